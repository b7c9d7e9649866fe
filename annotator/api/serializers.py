"""What goes over the wire in the annotator room. Class names are the names in the API schema."""

from typing import Any

from django.contrib.auth.models import User
from drf_spectacular.utils import extend_schema_field, inline_serializer
from rest_framework import serializers

from annotator.labels.pyramid import TILE_EXTENSION, TILE_SIZE_PX, pyramid_levels
from annotator.models import (
    MAX_COMMENT_LENGTH,
    AnnotationRevision,
    Dataset,
    DatasetClass,
    Image,
    ImageStatus,
    Import,
    ImportRow,
    Membership,
    Role,
    Split,
)
from annotator.models.annotations import MAX_NOTE_LENGTH
from annotator.models.jobs import Job
from annotator.services.jobs import Progress, progress_of
from annotator.services.review import VERDICTS
from annotator.services.tiles import is_tiled


class ColorField(serializers.RegexField):
    """A colour like ``#e69f00``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            r"^#[0-9a-fA-F]{6}$",
            error_messages={"invalid": "A colour is written like #e69f00."},
            **kwargs,
        )


class UserSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField()
    display_name = serializers.SerializerMethodField()
    is_administrator = serializers.BooleanField(source="is_superuser")

    class Meta:
        ref_name = "User"

    def get_display_name(self, user: User) -> str:
        return user.get_full_name() or user.get_username()


class ProgressSerializer(serializers.Serializer[Progress]):
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    unit = serializers.CharField()
    message = serializers.CharField()
    eta_seconds = serializers.FloatField(allow_null=True)


class JobSerializerMixin(serializers.Serializer[Any]):
    """``progress`` of anything that is a Job."""

    progress = serializers.SerializerMethodField()

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, job: Job) -> Progress:
        return progress_of(job)


class OutlineSerializer(serializers.Serializer[Any]):
    class_id = serializers.IntegerField()
    points = serializers.ListField(
        child=serializers.FloatField(), help_text="Flat x, y, normalised to 0..1."
    )


class DatasetClassSerializer(serializers.ModelSerializer[DatasetClass]):
    instance_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = DatasetClass
        fields = ["id", "index", "name", "color", "is_retired", "instance_count"]
        read_only_fields = fields


class NewClassSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    color = ColorField(required=False)


class CountsSerializer(serializers.Serializer[Any]):
    images = serializers.IntegerField()
    unlabelled = serializers.IntegerField()
    in_progress = serializers.IntegerField()
    done = serializers.IntegerField(help_text="Finished, and not reviewed.")
    accepted = serializers.IntegerField()
    sent_back = serializers.IntegerField()
    train = serializers.IntegerField()
    val = serializers.IntegerField()
    test = serializers.IntegerField()
    instances = serializers.IntegerField()


class CoverImageSerializer(serializers.ModelSerializer[Image]):
    thumbnail_url = serializers.SerializerMethodField()
    outline = OutlineSerializer(many=True)

    class Meta:
        model = Image
        fields = ["id", "thumbnail_url", "width", "height", "outline"]

    def get_thumbnail_url(self, image: Image) -> str:
        return thumbnail_url(image)


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    """``role``, ``counts``, ``cover`` and ``member_count`` come from services.summaries."""

    role = serializers.ChoiceField(choices=Role.choices)
    classes = DatasetClassSerializer(many=True)
    counts = CountsSerializer()
    cover = CoverImageSerializer(many=True)
    member_count = serializers.IntegerField()

    class Meta:
        model = Dataset
        fields = [
            "id", "slug", "name", "description", "role", "created_at", "updated_at",
            "classes", "counts", "cover", "member_count",
        ]  # fmt: skip
        read_only_fields = fields


class DatasetCreateSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    classes = NewClassSerializer(many=True, required=False)

    def validate_classes(self, classes: list[dict[str, str]]) -> list[dict[str, str]]:
        names = [item["name"] for item in classes]
        for name in names:
            if names.count(name) > 1:
                raise serializers.ValidationError(f"The class “{name}” is there twice.")
        return classes


class DatasetUpdateSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120, required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=5000)


class ClassUpdateSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80, required=False)
    color = ColorField(required=False)
    is_retired = serializers.BooleanField(required=False)


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    user = UserSerializer()

    class Meta:
        model = Membership
        fields = ["id", "user", "role"]


class MemberCreateSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(choices=Role.choices)


class MemberUpdateSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices)


def image_url(image: Image) -> str:
    return f"/api/files/images/{image.pk}/{image.sha256}.{image.extension}"


def thumbnail_url(image: Image) -> str:
    return f"/api/files/thumbnails/{image.pk}/{image.sha256}.webp"


def tiles_url(image: Image) -> str:
    """Return the address of a tile, with ``{level}``, ``{column}`` and ``{row}`` to fill in."""
    tile = f"{{level}}/{{column}}_{{row}}.{TILE_EXTENSION}"
    return f"/api/files/tiles/{image.pk}/{image.sha256}/{tile}"


class AssigneeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField()


class ImageListItemSerializer(serializers.ModelSerializer[Image]):
    file_name = serializers.CharField(read_only=True)
    thumbnail_url = serializers.SerializerMethodField()
    outline = OutlineSerializer(many=True)
    assignee = AssigneeSerializer(allow_null=True)

    class Meta:
        model = Image
        fields = [
            "id", "stem", "file_name", "split", "status", "width", "height",
            "instance_count", "revision", "thumbnail_url", "outline", "updated_at",
            "assignee", "open_comments", "sent_back_count",
        ]  # fmt: skip
        read_only_fields = fields

    def get_thumbnail_url(self, image: Image) -> str:
        return thumbnail_url(image)


class TilesSerializer(serializers.Serializer[Any]):
    class TileLevel(serializers.Serializer[Any]):
        level = serializers.IntegerField()
        width = serializers.IntegerField()
        height = serializers.IntegerField()

        class Meta:
            ref_name = "TileLevel"

    url = serializers.CharField(help_text="With {level}, {column} and {row} to fill in.")
    tile_size = serializers.IntegerField()
    levels = TileLevel(many=True, help_text="The smallest first.")


class PhotographSerializer(serializers.ModelSerializer[Image]):
    """An image without anything that people made of it."""

    file_name = serializers.CharField(read_only=True)
    thumbnail_url = serializers.SerializerMethodField()
    dataset = serializers.CharField(source="dataset.slug")
    dataset_name = serializers.CharField(source="dataset.name")
    url = serializers.SerializerMethodField()
    tiles = serializers.SerializerMethodField()

    class Meta:
        model = Image
        fields = [
            "id", "file_name", "width", "height", "thumbnail_url",
            "dataset", "dataset_name", "url", "tiles",
        ]  # fmt: skip
        read_only_fields = fields

    def get_thumbnail_url(self, image: Image) -> str:
        return thumbnail_url(image)

    def get_url(self, image: Image) -> str:
        return image_url(image)

    @extend_schema_field(TilesSerializer(allow_null=True))
    def get_tiles(self, image: Image) -> dict[str, Any] | None:
        if not is_tiled(image):
            return None
        levels = pyramid_levels((image.width, image.height))
        return {
            "url": tiles_url(image),
            "tile_size": TILE_SIZE_PX,
            "levels": [level._asdict() for level in levels],
        }


class ImageDetailSerializer(PhotographSerializer, ImageListItemSerializer):
    class Meta(ImageListItemSerializer.Meta):
        fields = [
            *ImageListItemSerializer.Meta.fields,
            "dataset", "dataset_name", "url", "size_bytes", "sha256", "tiles",
        ]  # fmt: skip
        read_only_fields = fields


class ImageUpdateSerializer(serializers.Serializer[Any]):
    split = serializers.ChoiceField(choices=Split.choices)


class ImageFiltersSerializer(serializers.Serializer[Any]):
    """The query parameters that choose images."""

    split = serializers.ChoiceField(choices=Split.choices, required=False)
    status = serializers.ChoiceField(choices=ImageStatus.choices, required=False)
    search = serializers.CharField(required=False, max_length=200)
    assignee = serializers.RegexField(
        r"^(me|none|\d{1,18})$",
        required=False,
        help_text="`me`, `none` or the id of a user.",
        error_messages={"invalid": "An assignee is me, none or the id of a user."},
    )
    has_comment = serializers.BooleanField(
        required=False, allow_null=True, help_text="With comments that nobody resolved."
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # "class" is the word on the wire and a keyword here
        return {**super().get_fields(), "class": serializers.IntegerField(required=False)}


class FacetsSerializer(serializers.Serializer[Any]):
    class ClassCount(serializers.Serializer[Any]):
        class_id = serializers.IntegerField()
        count = serializers.IntegerField()

        class Meta:
            ref_name = "ClassCount"

    class AssigneeCount(serializers.Serializer[Any]):
        assignee = AssigneeSerializer(allow_null=True)
        count = serializers.IntegerField()

        class Meta:
            ref_name = "AssigneeCount"

    total = serializers.IntegerField()
    by_status = serializers.DictField(child=serializers.IntegerField())
    by_split = serializers.DictField(child=serializers.IntegerField())
    by_class = ClassCount(many=True)
    by_assignee = AssigneeCount(many=True)
    with_comments = serializers.IntegerField(help_text="With comments that nobody resolved.")


class StripSerializer(serializers.Serializer[Any]):
    """Query parameters of ``strip/``."""

    before = serializers.IntegerField(min_value=0, max_value=100, default=8)
    after = serializers.IntegerField(min_value=0, max_value=100, default=16)


class MyWorkSerializer(serializers.Serializer[Any]):
    class WaitingDataset(serializers.Serializer[Any]):
        slug = serializers.CharField()
        name = serializers.CharField()
        unlabelled = serializers.IntegerField()
        in_progress = serializers.IntegerField()
        to_review = serializers.IntegerField(help_text="Done, where you are to review; else 0.")
        assigned = serializers.IntegerField(help_text="To you, and not done.")

        class Meta:
            ref_name = "WaitingDataset"

    class SecondAnnotations(serializers.Serializer[Any]):
        dataset = serializers.CharField()
        dataset_name = serializers.CharField()
        count = serializers.IntegerField(help_text="Yet to be drawn by you.")
        next = serializers.IntegerField(help_text="The id of the first of them.")

        class Meta:
            ref_name = "SecondAnnotations"

    sent_back = ImageDetailSerializer(many=True, help_text="To you, the longest waiting first.")
    in_progress = ImageDetailSerializer(many=True)
    assigned = ImageDetailSerializer(many=True)
    datasets = WaitingDataset(many=True)
    second_annotations = SecondAnnotations(
        many=True, help_text="Images that you are to draw without seeing the first annotation."
    )


class NeighboursSerializer(serializers.Serializer[Any]):
    previous = serializers.CharField(allow_null=True)
    next = serializers.CharField(allow_null=True)
    position = serializers.IntegerField()
    total = serializers.IntegerField()


SETTABLE = [ImageStatus.UNLABELLED, ImageStatus.IN_PROGRESS, ImageStatus.DONE]
"""What a save may set; verdicts are given through ``review/``."""
_NEEDED = {
    "set_split": "split",
    "set_status": "status",
    "set_assignee": "assignee",
    "share_out": "assignees",
    "review": "verdict",
}


class BulkActionSerializer(serializers.Serializer[Any]):
    ids = serializers.ListField(child=serializers.UUIDField(), max_length=10_000, min_length=1)
    action = serializers.ChoiceField(
        choices=["set_split", "set_status", "set_assignee", "share_out", "review", "delete"]
    )
    split = serializers.ChoiceField(choices=Split.choices, required=False)
    status = serializers.ChoiceField(choices=SETTABLE, required=False)
    assignee = serializers.IntegerField(
        required=False, allow_null=True, help_text="The id of a member; null for nobody."
    )
    assignees = serializers.ListField(
        child=serializers.IntegerField(),
        required=False,
        min_length=1,
        max_length=200,
        help_text="Members to share the images out to, in this order.",
    )
    verdict = serializers.ChoiceField(choices=VERDICTS, required=False)
    comment = serializers.CharField(
        required=False, max_length=MAX_COMMENT_LENGTH, help_text="To each image sent back."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for action, field in _NEEDED.items():
            if attrs["action"] == action and field not in attrs:
                raise serializers.ValidationError({field: [f"Say which {field}."]})
        return attrs


class BulkResultSerializer(serializers.Serializer[Any]):
    class SkippedImage(serializers.Serializer[Any]):
        id = serializers.CharField()
        reason = serializers.CharField()

        class Meta:
            ref_name = "SkippedImage"

    changed = serializers.IntegerField()
    skipped = SkippedImage(many=True)


@extend_schema_field(
    {
        "type": "array",
        "description": "Parts → rings (outer first, then holes) → flat x, y in pixels, not closed.",
        "items": {
            "type": "array",
            "items": {"type": "array", "items": {"type": "number", "format": "double"}},
        },
    }
)
class PolygonsField(serializers.Field[Any, Any, Any, Any]):
    """Lists of lists of lists of numbers; checked in one pass, as there may be a million."""

    default_error_messages = {"invalid": "Polygons are lists of rings, rings are lists of numbers."}

    def to_internal_value(self, data: Any) -> list[list[list[float]]]:
        if not (
            isinstance(data, list)
            and all(isinstance(part, list) for part in data)
            and all(isinstance(ring, list) for part in data for ring in part)
            and all({*map(type, ring)} <= {int, float} for part in data for ring in part)
        ):
            self.fail("invalid")
        return data

    def to_representation(self, value: list[list[list[float]]]) -> list[list[list[float]]]:
        return value


class InstanceSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    class_id = serializers.IntegerField()
    polygons = PolygonsField()
    occluded = serializers.BooleanField()
    truncated = serializers.BooleanField()
    note = serializers.CharField(allow_blank=True, max_length=MAX_NOTE_LENGTH)


class InstancePutSerializer(InstanceSerializer):
    """An attribute that is left out stays as it is stored."""

    occluded = serializers.BooleanField(required=False)
    truncated = serializers.BooleanField(required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=MAX_NOTE_LENGTH)

    class Meta:
        ref_name = "Instance"


class AnnotationSerializer(serializers.Serializer[Any]):
    image = serializers.UUIDField()
    revision = serializers.IntegerField()
    status = serializers.ChoiceField(choices=ImageStatus.choices)
    instances = InstanceSerializer(many=True)


class AnnotationPutSerializer(serializers.Serializer[Any]):
    instances = InstancePutSerializer(many=True)
    status = serializers.ChoiceField(choices=SETTABLE, required=False)


class AnnotationPatchSerializer(serializers.Serializer[Any]):
    upsert = InstancePutSerializer(many=True, required=False)
    delete = serializers.ListField(child=serializers.UUIDField(), required=False)
    order = serializers.ListField(child=serializers.UUIDField(), required=False)
    status = serializers.ChoiceField(choices=SETTABLE, required=False)


class AnnotationSavedSerializer(serializers.Serializer[Image]):
    image = serializers.UUIDField(source="pk")
    revision = serializers.IntegerField()
    status = serializers.ChoiceField(choices=ImageStatus.choices)
    instance_count = serializers.IntegerField()


class RevisionSerializer(serializers.ModelSerializer[AnnotationRevision]):
    """``reordered`` comes from services.history."""

    author = UserSerializer(allow_null=True)
    deleted = serializers.SerializerMethodField()
    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    reordered = serializers.BooleanField()

    class Meta:
        model = AnnotationRevision
        fields = [
            "number", "author", "source", "status_before", "status", "created_at", "added",
            "changed", "deleted", "reordered",
        ]  # fmt: skip

    def get_deleted(self, revision: AnnotationRevision) -> int:
        return len(revision.deleted)


class ImportSerializer(serializers.ModelSerializer[Import], JobSerializerMixin):
    dataset = serializers.CharField(source="dataset.slug")
    dataset_name = serializers.CharField(source="dataset.name")
    created_by = UserSerializer(allow_null=True)

    class Meta:
        model = Import
        fields = [
            "id", "dataset", "dataset_name", "source_name", "state", "progress", "taken",
            "repaired", "refused", "error", "created_by", "created_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


class ImportRowSerializer(serializers.ModelSerializer[ImportRow]):
    class Meta:
        model = ImportRow
        fields = ["id", "outcome", "file", "line", "reason"]
        read_only_fields = fields


class InsightsSerializer(serializers.Serializer[Any]):
    class SplitStatusCount(serializers.Serializer[Any]):
        split = serializers.ChoiceField(choices=Split.choices)
        status = serializers.ChoiceField(choices=ImageStatus.choices)
        count = serializers.IntegerField()

        class Meta:
            ref_name = "SplitStatusCount"

    class ClassSplitCount(serializers.Serializer[Any]):
        class_id = serializers.IntegerField()
        train = serializers.IntegerField()
        val = serializers.IntegerField()
        test = serializers.IntegerField()

        class Meta:
            ref_name = "ClassSplitCount"

    class Bin(serializers.Serializer[Any]):
        bin = serializers.CharField()
        count = serializers.IntegerField()

        class Meta:
            ref_name = "Bin"

    images_by_split_status = SplitStatusCount(many=True)
    instances_by_class_split = ClassSplitCount(many=True)
    instances_per_image = Bin(many=True)
    instance_sizes = Bin(many=True)


class SessionSerializer(serializers.Serializer[Any]):
    user = UserSerializer(allow_null=True)
    version = serializers.CharField()
    trash_days = serializers.FloatField(help_text="How long what was deleted can be restored.")


class SignInSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=256, trim_whitespace=False)


class TokenKeySerializer(serializers.Serializer[Any]):
    key = serializers.CharField(allow_null=True)


class PasswordChangeSerializer(serializers.Serializer[Any]):
    current = serializers.CharField(trim_whitespace=False)
    new = serializers.CharField(trim_whitespace=False)


ProblemSerializer = inline_serializer(  # not a class: "errors" is taken in serializers
    "Problem",
    {
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(help_text="A sentence that a person can act on."),
        "code": serializers.CharField(),
        "errors": serializers.DictField(
            child=serializers.ListField(child=serializers.CharField()), required=False
        ),
    },
)


class HealthSerializer(serializers.Serializer[Any]):
    class Check(serializers.Serializer[Any]):
        ok = serializers.BooleanField()
        detail = serializers.CharField()

        class Meta:
            ref_name = "HealthCheck"

    ok = serializers.BooleanField()
    checks = serializers.DictField(child=Check())

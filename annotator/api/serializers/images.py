"""What goes over the wire about images, and the addresses of their files."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotator.images.insight_filters import BINS_OF
from annotator.images.tiles import is_tiled
from annotator.labels.pixels.pyramid import TILE_EXTENSION, TILE_SIZE_PX, pyramid_levels
from annotator.labels.polygons.simplifying import MAX_TOLERANCE_PX
from annotator.models import (
    MAX_COMMENT_LENGTH,
    FindingKind,
    Image,
    ImageStatus,
    SendBackReason,
    Split,
)
from annotator.review.verdicts import VERDICTS

from .annotations import SETTABLE
from .changes import BulkChangeSerializer


def image_url(image: Image) -> str:
    return f"/api/files/images/{image.pk}/{image.sha256}.{image.extension}"


def thumbnail_url(image: Image) -> str:
    return thumbnail_address(image.pk, image.sha256)


def thumbnail_address(image_id: UUID, sha256: str) -> str:
    return f"/api/files/thumbnails/{image_id}/{sha256}.webp"


def tiles_url(image: Image) -> str:
    """Return the address of a tile, with ``{level}``, ``{column}`` and ``{row}`` to fill in."""
    tile = f"{{level}}/{{column}}_{{row}}.{TILE_EXTENSION}"
    return f"/api/files/tiles/{image.pk}/{image.sha256}/{tile}"


class OutlineSerializer(serializers.Serializer[Any]):
    class_id = serializers.IntegerField()
    points = serializers.ListField(
        child=serializers.FloatField(), help_text="Flat x, y, normalised to 0..1."
    )


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
            "instance_count", "ignore_region_count", "revision", "thumbnail_url", "outline",
            "updated_at", "assignee", "open_comments", "sent_back_count", "is_split_pinned",
            "group", "video_frame", "video_time_ms",
        ]  # fmt: skip
        read_only_fields = fields

    def get_thumbnail_url(self, image: Image) -> str:
        return thumbnail_url(image)


class ImageGridItemSerializer(ImageListItemSerializer):
    """An image of the grid; ``annotator.api.image_page`` writes the same, faster."""

    tags = serializers.ListField(child=serializers.IntegerField(), help_text="Ids.")

    class Meta(ImageListItemSerializer.Meta):
        fields = [*ImageListItemSerializer.Meta.fields, "tags"]
        read_only_fields = fields


class SimilarImagesSerializer(serializers.Serializer[Any]):
    class SimilarImage(ImageGridItemSerializer):
        distance = serializers.IntegerField(help_text="In how many of 64 bits they differ.")

        class Meta(ImageGridItemSerializer.Meta):
            ref_name = "SimilarImage"
            fields = [*ImageGridItemSerializer.Meta.fields, "distance"]
            read_only_fields = fields

    state = serializers.ChoiceField(
        choices=["compared", "waiting", "plain"],
        help_text="`waiting`: a worker has yet to look at the image; `plain`: it is all of one "
        "colour, so there is nothing to compare by.",
    )
    uncompared = serializers.IntegerField(
        help_text="Images of the dataset that a worker has yet to look at: they are not among the "
        "results."
    )
    results = SimilarImage(many=True, help_text="The most alike first.")


class GroupSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    count = serializers.IntegerField()


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
            "dataset", "dataset_name", "url", "tiles", "video_frame", "video_time_ms",
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
    split = serializers.ChoiceField(choices=Split.choices, required=False)
    is_split_pinned = serializers.BooleanField(
        required=False, help_text="Whether it stays when the dataset is split again."
    )


_WITH_IMAGES = [each for each in FindingKind.choices if each[0] != FindingKind.CLASS_EMPTY]
"""An empty class is in no image."""


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
    ground_truth = serializers.BooleanField(
        required=False, allow_null=True, help_text="Whether second annotations are scored on it."
    )
    has_comment = serializers.BooleanField(
        required=False, allow_null=True, help_text="With comments that nobody resolved."
    )
    has_box = serializers.BooleanField(
        required=False, allow_null=True, help_text="With boxes that wait to be outlined."
    )
    is_empty = serializers.BooleanField(
        required=False,
        allow_null=True,
        help_text="Finished, with nothing in it; one that nobody has looked at is not.",
    )
    is_pinned = serializers.BooleanField(
        required=False, allow_null=True, help_text="Stays when the dataset is split again."
    )

    finding = serializers.ChoiceField(
        choices=_WITH_IMAGES, required=False, help_text="Something of this kind is wrong with it."
    )
    set_aside = serializers.BooleanField(
        required=False,
        allow_null=True,
        help_text="With `finding`: those that somebody said are fine, and not the others.",
    )
    with_class = serializers.IntegerField(
        required=False, help_text="The id of a class that it has too, besides `class`."
    )

    without_class = serializers.IntegerField(
        required=False, help_text="The id of a class of which it has no object."
    )
    tag = serializers.RegexField(
        r"^(none|\d{1,18})$",
        required=False,
        help_text="The id of a tag, or `none`.",
        error_messages={"invalid": "A tag is its id, or none."},
    )
    group = serializers.CharField(
        required=False, max_length=200, help_text="The folder or video it belongs to."
    )
    edited_by = serializers.RegexField(
        r"^(me|\d{1,18})$",
        required=False,
        help_text="Who saved one of its revisions: `me` or an id.",
    )
    finished_by = serializers.RegexField(
        r"^(me|\d{1,18})$", required=False, help_text="Who marked it done last: `me` or an id."
    )
    min_objects = serializers.IntegerField(required=False, min_value=0)
    max_objects = serializers.IntegerField(required=False, min_value=0)
    min_width = serializers.IntegerField(required=False, min_value=0)
    max_width = serializers.IntegerField(required=False, min_value=0)
    min_height = serializers.IntegerField(required=False, min_value=0)
    max_height = serializers.IntegerField(required=False, min_value=0)
    min_bytes = serializers.IntegerField(required=False, min_value=0)
    max_bytes = serializers.IntegerField(required=False, min_value=0)
    created_since = serializers.DateField(required=False, help_text="A day, in UTC, and later.")
    created_until = serializers.DateField(required=False, help_text="That day included.")
    updated_since = serializers.DateField(required=False)
    updated_until = serializers.DateField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("set_aside") is not None and "finding" not in attrs:
            raise serializers.ValidationError({"set_aside": ["Only with `finding`."]})
        return attrs

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # words on the wire that are keywords here
        bins = {
            name: serializers.IntegerField(
                required=False,
                min_value=0,
                max_value=count - 1,
                help_text="The place of a bar on the Insights page, from 0.",
            )
            for name, count in BINS_OF.items()
        }
        return {
            **super().get_fields(),
            **bins,
            "class": serializers.IntegerField(required=False),
            "import": serializers.IntegerField(
                required=False, help_text="Images that this import brought or changed."
            ),
        }


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

    class TagCount(serializers.Serializer[Any]):
        tag_id = serializers.IntegerField()
        count = serializers.IntegerField()

        class Meta:
            ref_name = "TagCount"

    total = serializers.IntegerField()
    at_least = serializers.BooleanField(
        help_text="More images match than were counted (10,000): the counts are of these."
    )
    by_status = serializers.DictField(child=serializers.IntegerField())
    by_split = serializers.DictField(child=serializers.IntegerField())
    by_class = ClassCount(many=True)
    by_tag = TagCount(many=True)
    by_assignee = AssigneeCount(many=True)
    with_comments = serializers.IntegerField(help_text="With comments that nobody resolved.")
    with_boxes = serializers.IntegerField(help_text="With boxes that wait to be outlined.")
    empty = serializers.IntegerField(help_text="Finished, with nothing in them.")
    pinned = serializers.IntegerField(help_text="To their splits.")


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


_NEEDED = {
    "set_split": "split",
    "set_status": "status",
    "set_assignee": "assignee",
    "share_out": "assignees",
    "review": "verdict",
    "set_ground_truth": "is_ground_truth",
    "set_split_pinned": "is_split_pinned",
    "change_class": "into",
    "simplify": "tolerance_px",
    "add_tag": "tag",
    "remove_tag": "tag",
}
_MAY_COME_TOO = {
    "review": ("comment", "reasons"),
    "change_class": ("class_id",),
    "set_status": ("skip_unseen",),
}
_CHOOSING = ("ids", "filters", "excluded", "action")


class BulkActionSerializer(serializers.Serializer[Any]):
    ids = serializers.ListField(
        child=serializers.UUIDField(), max_length=10_000, min_length=1, required=False
    )
    filters = ImageFiltersSerializer(
        required=False, help_text="Instead of `ids`: all images that these let through."
    )
    excluded = serializers.ListField(
        child=serializers.UUIDField(),
        max_length=10_000,
        required=False,
        help_text="Of what the filters let through, those that stay as they are.",
    )
    action = serializers.ChoiceField(
        choices=[
            *("set_split", "set_status", "set_assignee", "share_out", "review", "delete"),
            *("set_ground_truth", "set_split_pinned", "change_class", "simplify"),
            *("add_tag", "remove_tag"),
        ]
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

    reasons = serializers.ListField(
        child=serializers.ChoiceField(choices=SendBackReason.choices),
        required=False,
        max_length=len(SendBackReason.choices),
        help_text="Of what is sent back.",
    )
    is_ground_truth = serializers.BooleanField(required=False)
    is_split_pinned = serializers.BooleanField(required=False)
    skip_unseen = serializers.BooleanField(
        required=False,
        help_text="Of `set_status`: leave images that nobody has looked at as they are. Done with "
        "nothing drawn says that there is nothing in them.",
    )
    class_id = serializers.IntegerField(
        required=False, help_text="Of `change_class`: whose objects become objects of `into`."
    )
    into = serializers.IntegerField(required=False)
    tolerance_px = serializers.FloatField(
        required=False,
        min_value=0.1,
        max_value=MAX_TOLERANCE_PX,
        help_text="Of `simplify`: how far a point of an outline may move.",
    )
    tag = serializers.IntegerField(required=False, help_text="The id of a tag of the dataset.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        action = attrs["action"]
        needed = _NEEDED.get(action)
        if needed and needed not in attrs:
            raise serializers.ValidationError({needed: [f"Say which {needed}."]})
        if action == "change_class" and "class_id" not in attrs:
            raise serializers.ValidationError({"class_id": ["Say which class."]})
        if ("ids" in attrs) == ("filters" in attrs):
            raise serializers.ValidationError(
                {"ids": ["Name the images, or filters: one of both."]}
            )
        if "excluded" in attrs and "filters" not in attrs:
            raise serializers.ValidationError({"excluded": ["Only with filters."]})
        taken = {*_CHOOSING, needed, *_MAY_COME_TOO.get(action, ())}
        for name in attrs.keys() - taken:
            raise serializers.ValidationError({name: [f"`{action}` takes no `{name}`."]})
        return attrs


class BulkResultSerializer(serializers.Serializer[Any]):
    class SkippedImage(serializers.Serializer[Any]):
        id = serializers.CharField()
        reason = serializers.CharField()

        class Meta:
            ref_name = "SkippedImage"

    changed = serializers.IntegerField()
    skipped = SkippedImage(many=True)
    job = BulkChangeSerializer(
        required=False, help_text="Instead of counts: what changes the images, one after another."
    )
    finished = serializers.IntegerField(
        required=False, help_text="Of those assigned: done or accepted already."
    )


class SimplifyingCostSerializer(serializers.Serializer[Any]):
    """What fewer points cost: the IoU of objects with what they were."""

    tolerance_px = serializers.FloatField()
    objects = serializers.IntegerField(help_text="That were measured: the first ones.")
    points_before = serializers.IntegerField()
    points_after = serializers.IntegerField()
    lowest_iou = serializers.FloatField()
    median_iou = serializers.FloatField()


class SimplifyPreviewRequestSerializer(serializers.Serializer[Any]):
    ids = serializers.ListField(
        child=serializers.UUIDField(), max_length=10_000, min_length=1, required=False
    )
    filters = ImageFiltersSerializer(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in attrs) == ("filters" in attrs):
            raise serializers.ValidationError(
                {"ids": ["Name the images, or filters: one of both."]}
            )
        return attrs


class SimplifyPreviewSerializer(serializers.Serializer[Any]):
    costs = SimplifyingCostSerializer(many=True, help_text="One for each tolerance.")

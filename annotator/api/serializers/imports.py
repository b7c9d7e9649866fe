"""What goes over the wire about imports."""

from typing import Any, get_args

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotator.imports.counting import Tally, tally_of
from annotator.imports.imports import is_resumable
from annotator.imports.options import MAX_ALSO, MAX_CLASS_NAME, MAX_PATH, ON_CONFLICT
from annotator.labels.polygons.simplifying import MAX_TOLERANCE_PX
from annotator.labels.video.rules import MOST_FRAMES
from annotator.models import Import, ImportRow, Split
from annotator.models.imports import ImportEnding

from .base import JobSerializerMixin, UserSerializer
from .images import OutlineSerializer, SimplifyingCostSerializer


class TallySerializer(serializers.Serializer[Any]):
    """Each one of the source is counted once: source = taken + repaired + refused."""

    source = serializers.IntegerField()  # type: ignore[assignment] # a field of the answer
    taken = serializers.IntegerField()
    repaired = serializers.IntegerField()
    refused = serializers.IntegerField()


class FrameRuleSerializer(serializers.Serializer[Any]):
    """Which frames of videos become images: `every`, `fps` or `scene`; one a second without any."""

    every = serializers.IntegerField(required=False, min_value=1, max_value=1_000_000)
    fps = serializers.FloatField(required=False, min_value=0.001, max_value=1000)
    scene = serializers.FloatField(
        required=False,
        min_value=0.01,
        max_value=1,
        help_text="A frame when the scene has changed by so much since the last one: the share of "
        "the image that has another brightness.",
    )
    from_seconds = serializers.FloatField(required=False, min_value=0)
    to_seconds = serializers.FloatField(required=False, min_value=0)
    most = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_FRAMES, help_text="Of each video."
    )
    keeps_duplicates = serializers.BooleanField(
        required=False, help_text="Take frames too that look like one that was taken."
    )

    class Meta:
        ref_name = "FrameRule"


class ImportOptionsSerializer(serializers.Serializer[Any]):
    """What a person chooses for an import."""

    format = serializers.CharField(
        max_length=40, required=False, help_text="Recognised where it is left out."
    )
    on_conflict = serializers.ChoiceField(
        choices=ON_CONFLICT,
        required=False,
        help_text="What becomes of an image that is here already. Left out: it stays as it is, and "
        "labels that come without an image replace those here.",
    )
    classes = serializers.DictField(
        child=serializers.CharField(allow_null=True, max_length=MAX_CLASS_NAME),
        required=False,
        help_text="Class in the source → class here, null to ignore it, `__ignore__` to make its "
        "objects ignore regions.",
    )
    splits = serializers.DictField(
        child=serializers.ChoiceField(choices=Split.choices),
        required=False,
        help_text="Split in the source → split here.",
    )
    also = serializers.ListField(
        child=serializers.CharField(max_length=MAX_PATH),
        required=False,
        max_length=MAX_ALSO,
        help_text="Folders of the source to take although its dataset does not name them.",
    )
    simplify_px = serializers.FloatField(
        required=False,
        min_value=0,
        max_value=MAX_TOLERANCE_PX,
        help_text="Outlines lose the points that move them by no more than so many pixels.",
    )
    crowds = serializers.ChoiceField(
        choices=["ignore"],
        required=False,
        help_text="Crowds (COCO's iscrowd) come in as ignore regions. Left out: as objects.",
    )
    video = FrameRuleSerializer(required=False)


class ImportSerializer(serializers.ModelSerializer[Import], JobSerializerMixin):
    dataset = serializers.CharField(source="dataset.slug")
    dataset_name = serializers.CharField(source="dataset.name")
    created_by = UserSerializer(allow_null=True)
    images = serializers.SerializerMethodField()
    objects = serializers.SerializerMethodField()
    ending = serializers.ChoiceField(
        choices=get_args(ImportEnding),
        help_text="What *finished* does not say: it waits for your choice (a dry run), something "
        "was not taken (each such thing has a line), or it was taken back.",
    )
    is_resumable = serializers.SerializerMethodField()
    options = ImportOptionsSerializer()

    class Meta:
        model = Import
        fields = [
            "id", "dataset", "dataset_name", "source_name", "state", "progress", "format",
            "options", "is_dry_run", "images", "objects", "images_updated", "ending", "taken",
            "repaired", "refused", "error", "is_resumable", "undone_at", "created_by",
            "created_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(TallySerializer)
    def get_images(self, job: Import) -> Tally:
        return tally_of(job, "images")

    @extend_schema_field(TallySerializer)
    def get_objects(self, job: Import) -> Tally:
        return tally_of(job, "objects")

    def get_is_resumable(self, job: Import) -> bool:
        return is_resumable(job)


class ImportRowSerializer(serializers.ModelSerializer[ImportRow]):
    changed_image = serializers.UUIDField(
        allow_null=True, help_text="An image that was here before and has these labels now."
    )

    class Meta:
        model = ImportRow
        fields = ["id", "outcome", "file", "line", "reason", "changed_image"]
        read_only_fields = fields


class ImportPreviewSerializer(serializers.Serializer[Any]):
    """What a dry run found. With ``candidates`` several formats fit: choose one and look again."""

    class FormatChoice(serializers.Serializer[Any]):
        name = serializers.CharField()
        title = serializers.CharField()

        class Meta:
            ref_name = "FormatChoice"

    class ForeseenClass(serializers.Serializer[Any]):
        name = serializers.CharField()
        count = serializers.IntegerField()
        is_new = serializers.BooleanField(help_text="The dataset has no class of this name yet.")

        class Meta:
            ref_name = "ForeseenClass"

    class ForeseenGroup(serializers.Serializer[Any]):
        name = serializers.CharField()
        count = serializers.IntegerField()

        class Meta:
            ref_name = "ForeseenGroup"

    class ForeseenProblem(serializers.Serializer[Any]):
        outcome = serializers.ChoiceField(choices=["taken", "repaired", "refused"])
        file = serializers.CharField()
        line = serializers.IntegerField(allow_null=True)
        reason = serializers.CharField()
        times = serializers.IntegerField()

        class Meta:
            ref_name = "ForeseenProblem"

    class Conflicts(serializers.Serializer[Any]):
        class Conflict(serializers.Serializer[Any]):
            conflict = serializers.ChoiceField(choices=["same_image", "same_name", "labels_only"])
            file = serializers.CharField()
            image = serializers.UUIDField()
            image_name = serializers.CharField()
            reason = serializers.CharField()

            class Meta:
                ref_name = "ImportConflict"

        same_image = serializers.IntegerField()
        same_name = serializers.IntegerField()
        labels_only = serializers.IntegerField()
        labels_differ = serializers.IntegerField()
        examples = Conflict(many=True)

        class Meta:
            ref_name = "ImportConflicts"

    class Thumbnail(serializers.Serializer[Any]):
        class ForeseenOutline(serializers.Serializer[Any]):
            class_name = serializers.CharField()
            points = OutlineSerializer().fields["points"]

            class Meta:
                ref_name = "ForeseenOutline"

        file = serializers.CharField()
        width = serializers.IntegerField()
        height = serializers.IntegerField()
        image = serializers.CharField(help_text="A data: address.")
        outlines = ForeseenOutline(many=True)

        class Meta:
            ref_name = "ForeseenThumbnail"

    class Offer(serializers.Serializer[Any]):
        folder = serializers.CharField()
        images = serializers.IntegerField()
        objects = serializers.IntegerField()

        class Meta:
            ref_name = "OfferedFolder"

    class ForeseenVideo(serializers.Serializer[Any]):
        class SceneCount(serializers.Serializer[Any]):
            threshold = serializers.FloatField()
            count = serializers.IntegerField()

            class Meta:
                ref_name = "SceneCount"

        class FrameThumbnail(serializers.Serializer[Any]):
            frame_number = serializers.IntegerField()
            time_ms = serializers.IntegerField()
            image = serializers.CharField(help_text="A data: address.")

            class Meta:
                ref_name = "FrameThumbnail"

        file = serializers.CharField()
        name = serializers.CharField(help_text="The group of its frames.")
        width = serializers.IntegerField(help_text="As it is shown: turned.")
        height = serializers.IntegerField()
        duration_ms = serializers.IntegerField(allow_null=True)
        frames = serializers.IntegerField(
            allow_null=True, help_text="As its header says, which may be wrong; null: nothing."
        )
        fps = serializers.FloatField(allow_null=True)
        codec = serializers.CharField()
        rotation = serializers.IntegerField()
        read = serializers.IntegerField(help_text="Frames that were decoded, up to end_ms.")
        end_ms = serializers.IntegerField()
        chosen = serializers.IntegerField(help_text="Frames that become images.")
        near_duplicates = serializers.IntegerField(
            help_text="Frames that the rule asks for and that look like one that is taken."
        )
        is_whole = serializers.BooleanField(help_text="It was read to its end.")
        problem = serializers.CharField(help_text="What was lost of it; empty for nothing.")
        notes = serializers.ListField(child=serializers.CharField())
        scenes = SceneCount(many=True, help_text="Frames that a change of scene would choose.")
        thumbnails = FrameThumbnail(many=True)

        class Meta:
            ref_name = "ForeseenVideo"

    format = serializers.CharField()
    format_title = serializers.CharField()
    candidates = FormatChoice(many=True)
    images = TallySerializer()
    objects = TallySerializer()
    labelled = serializers.IntegerField()
    backgrounds = serializers.IntegerField(help_text="Labelled, with nothing in them.")
    unlabelled = serializers.IntegerField()
    classes = ForeseenClass(many=True)
    splits = serializers.DictField(child=serializers.IntegerField())
    groups = ForeseenGroup(many=True)
    group_count = serializers.IntegerField()
    notes = serializers.ListField(child=serializers.CharField())
    problems = ForeseenProblem(many=True)
    problem_count = serializers.IntegerField()
    conflicts = Conflicts()
    thumbnails = Thumbnail(many=True)
    offers = Offer(many=True)
    also = serializers.ListField(child=serializers.CharField(), help_text="Taken as asked.")
    simplified = SimplifyingCostSerializer(many=True)
    simplify_px = serializers.FloatField(help_text="As asked for this look.")
    crowds = serializers.IntegerField(help_text="Objects that are several, outlined as one.")
    videos = ForeseenVideo(many=True, help_text="The first fifty.")
    video_rule = FrameRuleSerializer(help_text="By which frames were chosen in this look.")

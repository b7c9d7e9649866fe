"""What goes over the wire about exports."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotator.exports.selection import STATUSES
from annotator.labels.formats import FORMATS
from annotator.models import DatasetExport, Split

from .base import JobSerializerMixin, UserSerializer
from .images import ImageFiltersSerializer

FORMAT_NAMES = [(name, name) for name in sorted(FORMATS)]


class ExportChoiceSerializer(ImageFiltersSerializer):
    """What goes out: images as the grid filters them, and of these splits and classes."""

    format = serializers.ChoiceField(choices=FORMAT_NAMES, default="yolo")
    status = serializers.ChoiceField(
        choices=STATUSES,
        default="done",
        help_text="`done`: finished images, accepted or not; `all`: every image, with the objects "
        "of those that nobody finished; or those of one status.",
    )
    split = serializers.ListField(  # type: ignore[assignment]
        child=serializers.ChoiceField(choices=Split.choices),
        default=list,
        help_text="Repeated for several; without it all.",
    )
    classes = serializers.ListField(
        child=serializers.IntegerField(min_value=0),
        default=list,
        max_length=10_000,
        help_text="Ids of the classes whose objects go out, repeated for several; without it all. "
        "The order of the dataset's classes is kept.",
    )
    version = serializers.IntegerField(
        default=None,
        allow_null=True,
        min_value=1,
        help_text="The number of a version; without it the live dataset.",
    )


class PreviewParametersSerializer(ExportChoiceSerializer):
    cursor = serializers.CharField(default="", max_length=300, allow_blank=True)


class FormatSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    leaves_out = serializers.ListField(child=serializers.CharField())

    class Meta:
        ref_name = "LabelFormat"


class ExportLossSerializer(serializers.Serializer[Any]):
    """An object that would not come back equal. ``position``: in its image, from 1."""

    image = serializers.CharField()
    position = serializers.IntegerField()
    class_name = serializers.CharField()
    iou = serializers.FloatField(help_text="Of what comes back with the object.")
    done = serializers.ChoiceField(choices=["left_out", "changed"])


class ExportLossesSerializer(serializers.Serializer[Any]):
    """`images` and `objects` were looked at; `listed` are the worst."""

    images = serializers.IntegerField()
    objects = serializers.IntegerField()
    changed = serializers.IntegerField()
    left_out = serializers.IntegerField()
    images_without_file = serializers.IntegerField()
    listed = ExportLossSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class ExportCountsSerializer(serializers.Serializer[Any]):
    images = serializers.IntegerField()
    objects = serializers.IntegerField()
    unfinished_images = serializers.IntegerField(help_text="Among these: drawn in, not finished.")
    unfinished_objects = serializers.IntegerField()
    left_out_images = serializers.IntegerField(
        help_text="Drawn in or finished, and left out by the status."
    )
    left_out_objects = serializers.IntegerField()
    other_class_objects = serializers.IntegerField(help_text="Left out by the chosen classes.")
    with_attributes = serializers.IntegerField(
        help_text="Objects with a note, occluded, truncated, or only a box."
    )
    ignore_regions = serializers.IntegerField(help_text="These are no objects.")
    size_bytes = serializers.IntegerField(help_text="Of the images.")


class ExportPreviewSerializer(serializers.Serializer[Any]):
    counts = ExportCountsSerializer(allow_null=True)
    leaves_out = serializers.ListField(child=serializers.CharField())
    losses = ExportLossesSerializer()


class ExportSelectionSerializer(serializers.Serializer[Any]):
    """What was chosen, as it is kept."""

    status = serializers.CharField()
    splits = serializers.ListField(child=serializers.CharField())
    class_ids = serializers.ListField(child=serializers.IntegerField())
    filters = serializers.DictField()
    version = serializers.IntegerField(allow_null=True)


class DatasetExportSerializer(serializers.ModelSerializer[DatasetExport], JobSerializerMixin):
    dataset = serializers.CharField(source="dataset.slug")
    created_by = UserSerializer(allow_null=True)
    selection = ExportSelectionSerializer()
    losses = serializers.SerializerMethodField()
    file_url = serializers.SerializerMethodField()

    class Meta:
        model = DatasetExport
        fields = [
            "id", "dataset", "format", "selection", "state", "progress", "error", "size_bytes",
            "image_count", "object_count", "loss_count", "losses", "file_url", "created_by",
            "created_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ExportLossesSerializer(allow_null=True))
    def get_losses(self, job: DatasetExport) -> dict[str, Any] | None:
        return dict(job.losses) or None

    def get_file_url(self, job: DatasetExport) -> str:
        return f"/api/dataset-exports/{job.pk}/file/"

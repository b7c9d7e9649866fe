"""What goes over the wire about annotations and their history."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotator.models import AnnotationRevision, Image, ImageStatus
from annotator.models.annotations import MAX_NOTE_LENGTH

from .base import UserSerializer

SETTABLE = [ImageStatus.UNLABELLED, ImageStatus.IN_PROGRESS, ImageStatus.DONE]
"""What a save may set; verdicts are given through ``review/``."""


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
    class_id = serializers.IntegerField(
        allow_null=True,
        help_text="null: an ignore region. What it encloses is neither learned from nor judged, "
        "and it counts as no object.",
    )
    polygons = PolygonsField()
    occluded = serializers.BooleanField()
    truncated = serializers.BooleanField()
    note = serializers.CharField(allow_blank=True, max_length=MAX_NOTE_LENGTH)
    is_box = serializers.BooleanField(
        default=False,
        help_text="A rectangle that came as a box and that nobody has outlined yet.",
    )


class InstancePutSerializer(InstanceSerializer):
    """An attribute that is left out stays as it is stored."""

    occluded = serializers.BooleanField(required=False)
    truncated = serializers.BooleanField(required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=MAX_NOTE_LENGTH)
    is_box = serializers.BooleanField(
        required=False, help_text="False by itself for what is no rectangle along the axes."
    )

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
    ignore_region_count = serializers.IntegerField()


class RevisionSerializer(serializers.ModelSerializer[AnnotationRevision]):
    """``reordered`` comes from annotations.history."""

    author = UserSerializer(allow_null=True)
    deleted = serializers.SerializerMethodField()
    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    ignore_regions = serializers.IntegerField(help_text="Ignore regions drawn or changed.")
    reordered = serializers.BooleanField()

    class Meta:
        model = AnnotationRevision
        fields = [
            "number", "author", "source", "status_before", "status", "created_at", "added",
            "changed", "ignore_regions", "deleted", "reordered",
        ]  # fmt: skip

    def get_deleted(self, revision: AnnotationRevision) -> int:
        return len(revision.deleted)

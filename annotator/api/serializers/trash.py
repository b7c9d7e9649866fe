"""What goes over the wire about the trash."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from annotator.kernel.trash_time import purged_at
from annotator.models import Dataset, DeletedInstance, Image

from .annotations import PolygonsField
from .base import UserSerializer
from .images import thumbnail_url


class DeletedInstanceSerializer(serializers.Serializer[Any]):
    """An instance as it was last; saved with its id, it is back."""

    id = serializers.UUIDField(source="data.id")
    class_id = serializers.IntegerField(allow_null=True)
    polygons = PolygonsField(source="data.polygons")
    occluded = serializers.BooleanField(source="data.occluded")
    truncated = serializers.BooleanField(source="data.truncated")
    note = serializers.CharField(source="data.note")
    is_box = serializers.BooleanField(source="data.is_box", default=False)
    revision = serializers.IntegerField(help_text="The revision that deleted it.")
    deleted_at = serializers.DateTimeField()
    deleted_by = UserSerializer(allow_null=True)


class TrashSerializerMixin(serializers.Serializer[Any]):
    """What everything in the trash tells."""

    deleted_by = UserSerializer(allow_null=True)
    purged_at = serializers.SerializerMethodField()

    def get_purged_at(self, thing: Image | Dataset | DeletedInstance) -> datetime:
        assert thing.deleted_at is not None  # noqa: S101 - it is in the trash
        return purged_at(thing.deleted_at)


class TrashedImageSerializer(serializers.ModelSerializer[Image], TrashSerializerMixin):
    file_name = serializers.CharField()
    thumbnail_url = serializers.SerializerMethodField()
    deleted_at = serializers.DateTimeField()

    class Meta:
        model = Image
        fields = [
            "id", "file_name", "width", "height", "split", "status", "instance_count",
            "thumbnail_url", "deleted_at", "deleted_by", "purged_at",
        ]  # fmt: skip

    def get_thumbnail_url(self, image: Image) -> str:
        return thumbnail_url(image)


class TrashedInstanceSerializer(serializers.ModelSerializer[DeletedInstance], TrashSerializerMixin):
    """``outline``: flat rings for its image's thumbnail, normalised to 0..1."""

    id = serializers.UUIDField(source="instance_id")
    image = serializers.UUIDField(source="image_id")
    file_name = serializers.CharField(source="image.file_name")
    width = serializers.IntegerField(source="image.width")
    height = serializers.IntegerField(source="image.height")
    thumbnail_url = serializers.SerializerMethodField()
    outline = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))

    class Meta:
        model = DeletedInstance
        fields = [
            "id", "class_id", "image", "file_name", "width", "height", "thumbnail_url", "outline",
            "deleted_at", "deleted_by", "purged_at",
        ]  # fmt: skip

    def get_thumbnail_url(self, row: DeletedInstance) -> str:
        return thumbnail_url(row.image)


class TrashedDatasetSerializer(serializers.ModelSerializer[Dataset], TrashSerializerMixin):
    """``slug`` is the one it had; the counts come from trash.datasets."""

    slug = serializers.CharField(source="former_slug")
    deleted_at = serializers.DateTimeField()
    image_count = serializers.IntegerField()
    instance_count = serializers.IntegerField()

    class Meta:
        model = Dataset
        fields = [
            "id", "slug", "name", "image_count", "instance_count",
            "deleted_at", "deleted_by", "purged_at",
        ]  # fmt: skip


class TrashIdsSerializer(serializers.Serializer[Any]):
    ids = serializers.ListField(child=serializers.UUIDField(), max_length=10_000, min_length=1)

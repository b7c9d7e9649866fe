"""What goes over the wire about imports."""

from rest_framework import serializers

from annotator.models import Import, ImportRow

from .base import JobSerializerMixin, UserSerializer


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

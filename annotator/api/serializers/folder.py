"""What goes over the wire about live folders and what other programs changed in them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotator.folder.outside import folders as service
from annotator.models import (
    ChangeKind,
    ChangeSubject,
    FolderChange,
    FolderJob,
    FolderPolicy,
    LiveFolder,
)

from .base import JobSerializerMixin, UserSerializer
from .images import OutlineSerializer, thumbnail_url

MOST_MINUTES = 7 * 24 * 60
MOST_CHOSEN = 1_000


class FolderJobSerializer(serializers.ModelSerializer[FolderJob], JobSerializerMixin):
    dataset = serializers.CharField(source="dataset.slug")
    created_by = UserSerializer(allow_null=True)

    class Meta:
        model = FolderJob
        fields = [
            "id", "dataset", "action", "state", "progress", "settled", "left", "error",
            "created_by", "created_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


class ChangeCountSerializer(serializers.Serializer[Any]):
    subject = serializers.ChoiceField(choices=ChangeSubject.choices)
    kind = serializers.ChoiceField(choices=ChangeKind.choices)
    count = serializers.IntegerField()


class LiveFolderSerializer(serializers.ModelSerializer[LiveFolder]):
    counts = serializers.SerializerMethodField(help_text="Of the changes that wait.")
    waiting = serializers.SerializerMethodField(
        help_text="How many changes are to be decided; strange files are left alone."
    )
    job = serializers.SerializerMethodField(help_text="The one at work, else the last one.")

    class Meta:
        model = LiveFolder
        fields = [
            "policy", "look_minutes", "looked_at", "trouble", "is_watched", "watch_note",
            "counts", "waiting", "job",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ChangeCountSerializer(many=True))
    def get_counts(self, folder: LiveFolder) -> list[dict[str, Any]]:
        return service.count_changes(folder.dataset)

    @extend_schema_field(serializers.IntegerField())
    def get_waiting(self, folder: LiveFolder) -> int:
        return service.count_waiting(folder.dataset)

    @extend_schema_field(FolderJobSerializer(allow_null=True))
    def get_job(self, folder: LiveFolder) -> Any:
        job = service.last_job(folder.dataset)
        return None if job is None else FolderJobSerializer(job).data


class LiveFolderUpdateSerializer(serializers.Serializer[Any]):
    policy = serializers.ChoiceField(choices=FolderPolicy.choices, required=False)
    look_minutes = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_MINUTES,
        help_text="Between two looks by themselves; 0 for none.",
    )


class RowNoteSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=["refused", "repaired"])
    line = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()
    times = serializers.IntegerField()


class FolderChangeSerializer(serializers.ModelSerializer[FolderChange]):
    image_id = serializers.UUIDField(allow_null=True)
    image_name = serializers.SerializerMethodField(help_text='"" for a file without an image.')
    thumbnail_url = serializers.SerializerMethodField(help_text='"" where there is no image.')
    width = serializers.SerializerMethodField()
    height = serializers.SerializerMethodField()
    before = OutlineSerializer(many=True)
    after = OutlineSerializer(many=True)
    problems = RowNoteSerializer(many=True)

    class Meta:
        model = FolderChange
        fields = [
            "id", "subject", "kind", "state", "path", "from_path", "image_id", "image_name",
            "thumbnail_url", "width", "height", "size_bytes", "before", "after", "before_count",
            "after_count", "problems", "reason", "asks", "kept", "settled_at", "settled_by",
        ]  # fmt: skip
        read_only_fields = fields

    def get_image_name(self, change: FolderChange) -> str:
        return change.image.file_name if change.image else ""

    def get_thumbnail_url(self, change: FolderChange) -> str:
        image = change.image
        return thumbnail_url(image) if image and image.deleted_at is None else ""

    def get_width(self, change: FolderChange) -> int:
        return change.image.width if change.image else 0

    def get_height(self, change: FolderChange) -> int:
        return change.image.height if change.image else 0


class ChangeFiltersSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=["waiting", "settled"], default="waiting")
    subject = serializers.ChoiceField(choices=ChangeSubject.choices, required=False)
    kind = serializers.ChoiceField(choices=ChangeKind.choices, required=False)


class SettleSerializer(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=["take", "put_back"])
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        required=False,
        min_length=1,
        max_length=MOST_CHOSEN,
        help_text="Of changes; left out: all that wait.",
    )
    subject = serializers.ChoiceField(choices=ChangeSubject.choices, required=False)
    kind = serializers.ChoiceField(
        choices=["added", "changed", "moved", "removed"],
        required=False,
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "ids" in attrs and ("subject" in attrs or "kind" in attrs):
            raise serializers.ValidationError("Name changes by ids, or choose them by kind.")
        return attrs

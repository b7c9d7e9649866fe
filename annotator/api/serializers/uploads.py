"""What goes over the wire about uploads that can be continued."""

from datetime import datetime

from rest_framework import serializers

from annotator.imports.arriving.receiving import is_being_sent
from annotator.imports.arriving.uploads import expires_at
from annotator.models import Upload


class UploadSerializer(serializers.ModelSerializer[Upload]):
    dataset = serializers.SerializerMethodField(help_text="“” for a source of a prediction.")
    dataset_name = serializers.SerializerMethodField()
    expires_at = serializers.SerializerMethodField()
    is_being_sent = serializers.SerializerMethodField(help_text="A request writes it right now.")

    class Meta:
        model = Upload
        fields = [
            "id", "dataset", "dataset_name", "name", "fingerprint", "length_bytes", "offset_bytes",
            "is_being_sent", "is_ended", "error", "import_job", "created_at", "expires_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_dataset(self, upload: Upload) -> str:
        return "" if upload.dataset is None else upload.dataset.slug

    def get_dataset_name(self, upload: Upload) -> str:
        return "" if upload.dataset is None else upload.dataset.name

    def get_expires_at(self, upload: Upload) -> datetime:
        return expires_at(upload)

    def get_is_being_sent(self, upload: Upload) -> bool:
        return not upload.is_ended and is_being_sent(upload)

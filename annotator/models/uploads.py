"""Uploads that are continued after a break."""

import uuid

from django.conf import settings
from django.db import models

from .datasets import Dataset
from .imports import Import


class Upload(models.Model):
    """A file on its way from a browser or a script (tus, annotator/api/tus.py), to be imported.

    ``dataset``: what it is imported into; null for a source of a prediction, which waits, whole,
    until the prediction takes it.

    ``offset_bytes`` is how much is on the disk for certain: it follows each fsync. The file may be
    longer for a moment, or after a crash; what lies beyond is cut off and sent again.

    States::

        open ──all bytes are on the disk──▶ ended, with ``import_job`` or ``error``
        open ──cancelled, or a day without a byte──▶ deleted, with its file
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(
        Dataset, null=True, on_delete=models.CASCADE, related_name="uploads"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads"
    )
    name = models.CharField(max_length=255)
    suffix = models.CharField(max_length=10)
    fingerprint = models.CharField(max_length=200, blank=True, default="")
    length_bytes = models.BigIntegerField()
    offset_bytes = models.BigIntegerField(default=0)
    is_ended = models.BooleanField(default=False)
    error = models.TextField(blank=True, default="")
    import_job = models.ForeignKey(
        Import, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    active_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["is_ended", "active_at"], name="upload_open")]

    def __str__(self) -> str:
        return f"upload {self.pk} of {self.name}"

"""Versions: a dataset, frozen."""

from django.db import models

from annotator.models import Dataset
from annotator.models.jobs import Job


class Version(Job):
    """A dataset as it was at one moment, frozen into a folder that nobody edits.

    ``classes`` are those of that moment, in the order of their index:
    ``[{"class_id": 7, "index": 0, "name": "duck", "color": "#1f77b4"}, ...]``.
    ``content_sha256`` is of what was frozen (images, splits, labels, class names), so that two
    versions with the same content can be told; "" until the version is finished. The row of a
    deleted version stays, so that its number is never given to another. ``only_accepted``: done
    images that no reviewer had accepted were left out.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    notes = models.TextField(blank=True, default="")
    only_accepted = models.BooleanField(default=False)
    train_count = models.PositiveIntegerField(default=0)
    val_count = models.PositiveIntegerField(default=0)
    test_count = models.PositiveIntegerField(default=0)
    instance_count = models.PositiveIntegerField(default=0)
    background_count = models.PositiveIntegerField(default=0)
    classes = models.JSONField(default=list)
    size_bytes = models.PositiveBigIntegerField(default=0)
    content_sha256 = models.CharField(max_length=64, blank=True, default="")
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="version_number_unique"),
        ]

    def __str__(self) -> str:
        return f"version {self.number} of dataset {self.dataset_id}"

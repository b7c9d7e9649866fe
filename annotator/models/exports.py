"""Exports that were made as a job."""

from django.db import models

from .datasets import Dataset
from .jobs import Job


class DatasetExport(Job):
    """A .zip that a worker makes, so that nobody has to wait before the page.

    ``selection`` is what was chosen (annotator.exports.selection). ``losses`` is what the format
    could not hold: how many objects and images, and the worst of them
    (annotator.exports.losses).
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="exports")
    format = models.CharField(max_length=40)
    selection = models.JSONField(default=dict)
    size_bytes = models.PositiveBigIntegerField(default=0)
    image_count = models.PositiveIntegerField(default=0)
    object_count = models.PositiveBigIntegerField(default=0)
    loss_count = models.PositiveBigIntegerField(default=0)
    losses = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"export {self.pk} of {self.dataset_id} as {self.format}"

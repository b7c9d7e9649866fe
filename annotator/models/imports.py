"""Imports and their reports."""

from django.db import models

from .datasets import Dataset
from .jobs import Job


class Import(Job):
    """Taking images and labels into a dataset from a folder, a .zip or the sample pond.

    ``source_path`` is where the worker reads (a folder or a .zip on the server);
    ``source_name`` is what the person called it. ``owns_source`` says that the source was
    uploaded for this import and goes when it ends.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="imports")
    source_name = models.CharField(max_length=255)
    source_path = models.TextField()
    owns_source = models.BooleanField(default=False)
    taken = models.PositiveIntegerField(default=0)
    repaired = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"import {self.pk} of {self.source_name}"


class ImportOutcome(models.TextChoices):
    TAKEN = "taken"
    REPAIRED = "repaired"
    REFUSED = "refused"


class ImportRow(models.Model):
    """One line of an import's report."""

    import_job = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    outcome = models.CharField(max_length=8, choices=ImportOutcome.choices)
    file = models.TextField()
    line = models.PositiveIntegerField(null=True, blank=True)
    reason = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["import_job", "outcome", "id"], name="import_row_outcome")]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.file}"

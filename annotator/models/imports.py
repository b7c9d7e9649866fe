"""Imports and their reports."""

from typing import Literal

from django.db import models

from .datasets import Dataset
from .jobs import Job, JobState

ImportEnding = Literal["", "choice", "losses", "taken_back"]
"""``choice``: a dry run that waits for a person; ``losses``: something was not taken."""


class Import(Job):
    """Taking images and labels into a dataset from a folder, a .zip or the sample pond.

    ``source_path`` is where the worker reads (a folder or a .zip on the server);
    ``source_name`` is what the person called it. ``owns_source`` says that the source was
    uploaded for this import and goes when it ends. ``format``: what it was recognised as.

    ``is_dry_run``: everything is read and nothing is written but ``preview``, what a person looks
    at before the import itself. ``options``: what that person chose (annotator.imports.options).
    ``undone_at``: its images were taken back.

    ``taken``, ``repaired`` and ``refused`` count lines of the report. Of images and objects each
    one of the source is counted once: ``source = taken + repaired + refused``. ``images_updated``:
    images that were here already and whose annotation it changed.

    A dry run that has finished is queued once more, as the import itself or with another format; so
    is an import that was cancelled or failed, which goes on behind what it has taken.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="imports")
    source_name = models.CharField(max_length=255)
    source_path = models.TextField()
    owns_source = models.BooleanField(default=False)
    taken = models.PositiveIntegerField(default=0)
    repaired = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    format = models.CharField(max_length=40, blank=True, default="")
    options = models.JSONField(default=dict, blank=True)
    is_dry_run = models.BooleanField(default=False)
    preview = models.JSONField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    images_source = models.PositiveIntegerField(default=0)
    images_taken = models.PositiveIntegerField(default=0)
    images_repaired = models.PositiveIntegerField(default=0)
    images_refused = models.PositiveIntegerField(default=0)
    images_updated = models.PositiveIntegerField(default=0)
    objects_source = models.PositiveBigIntegerField(default=0)
    objects_taken = models.PositiveBigIntegerField(default=0)
    objects_repaired = models.PositiveBigIntegerField(default=0)
    objects_refused = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"import {self.pk} of {self.source_name}"

    @property
    def has_losses(self) -> bool:
        """Whether anything of the source was not taken; each such thing has a line."""
        return bool(self.refused or self.images_refused or self.objects_refused)

    @property
    def ending(self) -> ImportEnding:
        """What "finished" does not say of an import that is."""
        if self.undone_at is not None:
            return "taken_back"
        if self.state != JobState.FINISHED:
            return ""
        if self.is_dry_run:
            return "choice"
        return "losses" if self.has_losses else ""


class ImportOutcome(models.TextChoices):
    TAKEN = "taken"
    REPAIRED = "repaired"
    REFUSED = "refused"


class ImportRow(models.Model):
    """One line of an import's report.

    ``changed_image``: an image that was here before, whose annotation the import made revision
    ``changed_to``. No foreign key: the line stays when the image is gone.
    """

    import_job = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    outcome = models.CharField(max_length=8, choices=ImportOutcome.choices)
    file = models.TextField()
    line = models.PositiveIntegerField(null=True, blank=True)
    reason = models.TextField(blank=True, default="")
    changed_image = models.UUIDField(null=True, blank=True)
    changed_to = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["import_job", "outcome", "id"], name="import_row_outcome"),
            models.Index(
                fields=["import_job", "id"],
                name="import_row_changed",
                condition=models.Q(changed_image__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.file}"

"""A look at images before they are trained on: synthetic ones, and augmented batches. Whether
synthetic ones helped."""

from typing import ClassVar

from django.db import models

from annotator.models.jobs import Job

from .runs import Run, RunGroup
from .versions import Version


class Preview(Job):
    """Images made of ``version`` to be looked at. They lie in the cache, in ``folder``, and may be
    deleted at any time; ``result``: what the engine answered about them."""

    folder: ClassVar[str]
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="%(class)ss")
    result = models.JSONField(default=dict)

    class Meta:
        abstract = True
        ordering = ["-id"]


class SyntheticPreview(Preview):
    """A few synthetic images by a recipe. ``result``: ``classes``, ``messages`` and ``images``
    (records of them)."""

    folder = "synthetic-previews"
    recipe = models.JSONField()

    def __str__(self) -> str:
        return f"preview of synthetic examples of version {self.version_id}"


class BatchPreview(Preview):
    """A few augmented train batches, as a run would see them. ``request``: the engine's, without
    its paths; ``result``: ``batches``, ``class_weights`` and ``messages``."""

    folder = "batch-previews"
    request = models.JSONField()

    def __str__(self) -> str:
        return f"preview of train batches of version {self.version_id}"


class SyntheticVerdict(models.Model):
    """Two runs that differ by the synthetic examples alone: ``plain_run`` on the version without
    them, ``synthetic_run`` on ``version``."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    group = models.ForeignKey(RunGroup, null=True, on_delete=models.SET_NULL, related_name="+")
    plain_run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")
    synthetic_run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"verdict on the synthetic examples of version {self.version_id}"

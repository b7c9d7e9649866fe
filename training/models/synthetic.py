"""Synthetic examples: a look at them before they are frozen, and whether they helped."""

from django.db import models

from annotator.models.jobs import Job

from .runs import Run, RunGroup
from .versions import Version

BATCHES = "batches"


class SyntheticPreview(Job):
    """A few images made of ``version`` with a recipe. The images lie in the cache; ``result``:
    ``classes``, ``messages`` and ``images`` (records of them), as the engine answered.

    A recipe with the key ``BATCHES`` asks for train batches instead, as a run with these arguments
    would see them; ``result``: ``batches``, ``class_weights`` and ``messages``."""

    version = models.ForeignKey(
        Version, on_delete=models.CASCADE, related_name="synthetic_previews"
    )
    recipe = models.JSONField()
    result = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]

    @property
    def shows_batches(self) -> bool:
        return BATCHES in self.recipe

    def __str__(self) -> str:
        return f"preview of synthetic examples of version {self.version_id}"


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

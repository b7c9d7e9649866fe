"""Evaluations: a checkpoint measured on a split."""

from django.db import models

from annotator.models import Split
from annotator.models.jobs import Job

from .runs import Checkpoint, Run


class Evaluation(Job):
    """A checkpoint of a run, measured on one split of the run's version.

    The curves, the confusion matrix and the single images lie in the evaluation's folder; the
    headline figures are here. ``per_class`` is the engine's own list of classes that have labels.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="evaluations")
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.CASCADE, related_name="evaluations")
    split = models.CharField(max_length=5, choices=Split.choices)
    image_count = models.PositiveIntegerField(default=0)
    instance_count = models.PositiveIntegerField(default=0)
    box = models.JSONField(null=True)
    mask = models.JSONField(null=True)
    per_class = models.JSONField(default=list)
    confidence_floor = models.FloatField(default=0.0)
    best_confidence = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["checkpoint", "split"], name="evaluation_unique"),
        ]

    def __str__(self) -> str:
        return f"evaluation {self.pk} of run {self.run_id}"

"""Evaluations: a checkpoint measured on a split of a version."""

from django.db import models

from annotator.models import Split
from annotator.models.jobs import Job

from .runs import Checkpoint, Run
from .versions import Version


class Evaluation(Job):
    """A checkpoint of a run, measured on one split of a version of the same dataset.

    The curves, the confusion matrix and the single images lie in the evaluation's folder; the
    headline figures are here. ``per_class`` is the engine's own list of classes that have labels.
    Classes are matched by name: ``unknown_classes`` of the version are not known to the model,
    ``extra_classes`` of the model are not in the version. ``box`` and ``mask`` are Ultralytics'
    figures (its precision and recall at ``ultralytics_confidence``), ``operating`` is what was
    counted at ``best_confidence``; null in evaluations of an older format. ``speed``: milliseconds
    an image, null where it was not measured. ``format``: of the folder
    (training/evaluation/files/store.py). ``export``: the exported model that was measured in place
    of the checkpoint; null: the checkpoint itself.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="evaluations")
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.CASCADE, related_name="evaluations")
    export = models.ForeignKey(
        "training.Export", null=True, on_delete=models.CASCADE, related_name="evaluations"
    )
    version = models.ForeignKey(Version, on_delete=models.RESTRICT, related_name="evaluations")
    split = models.CharField(max_length=5, choices=Split.choices)
    image_count = models.PositiveIntegerField(default=0)
    instance_count = models.PositiveIntegerField(default=0)
    box = models.JSONField(null=True)
    mask = models.JSONField(null=True)
    per_class = models.JSONField(default=list)
    confidence_floor = models.FloatField(default=0.0)
    best_confidence = models.JSONField(default=dict)
    ultralytics_confidence = models.JSONField(default=dict)
    operating = models.JSONField(null=True)
    unknown_classes = models.JSONField(default=list)
    extra_classes = models.JSONField(default=list)
    speed = models.JSONField(null=True)
    format = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["checkpoint", "version", "split"],
                name="evaluation_unique",
                condition=models.Q(export__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["export", "version", "split"],
                name="evaluation_of_export_unique",
                condition=models.Q(export__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"evaluation {self.pk} of run {self.run_id}"

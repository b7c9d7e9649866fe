"""What people say about single objects of an evaluation, and the objects a model must find."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotator.models import AnnotationRevision, Comment, Dataset, Image

from .evaluations import Evaluation
from .versions import Version


class VerdictKind(models.TextChoices):
    """What is wrong: the label (all but the last), or the model."""

    MISSING = "missing"  # a prediction is right, and nobody drew that object
    EXTRA = "extra"  # a label where there is no such object
    WRONG_CLASS = "wrong_class"
    OUTLINE = "outline"  # sloppy
    MODEL = "model"  # the label is right: a hard case


class VerdictState(models.TextChoices):
    """::

    open ──a save changes the object, or by hand──▶ fixed
      │  ◀──the change is undone, or by hand──────────┘
      └──dismissed by a reviewer──▶ dismissed ──▶ open
    """

    OPEN = "open"
    FIXED = "fixed"
    DISMISSED = "dismissed"


class Side(models.TextChoices):
    LABEL = "label"
    PREDICTION = "prediction"


class Verdict(models.Model):
    """A verdict on one object: what is wrong with it, who is to mend it, and what became of it.

    ``side`` and ``index`` are the object's place in image ``key`` of the evaluation. Class and
    outline are kept as they were, so that the object can be found again when the evaluation is
    gone: ``polygon`` is a flat ring in pixels, ``partner_polygon`` that of the prediction matched
    to a label (or the label matched to a prediction), [] where there was none. ``class_id`` is
    null for a class that only the model has; no foreign key, as a class may go.
    ``instance_id`` is the label's instance and ``instance_polygons`` how it was drawn then; null
    and [] for a prediction without label, and where no instance fits.
    ``fixed_by`` is the revision that mended it, null when a person said so. ``included_in`` is the
    first version that was frozen with the fix.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="verdicts")
    evaluation = models.ForeignKey(
        Evaluation, null=True, on_delete=models.SET_NULL, related_name="verdicts"
    )
    image = models.ForeignKey(Image, null=True, on_delete=models.SET_NULL, related_name="+")
    key = models.CharField(max_length=20)
    side = models.CharField(max_length=10, choices=Side.choices)
    index = models.PositiveIntegerField()
    kind = models.CharField(max_length=11, choices=VerdictKind.choices)
    class_id = models.BigIntegerField(null=True)
    class_name = models.CharField(max_length=80)
    polygon = models.JSONField()
    confidence = models.FloatField(null=True)
    partner_class_name = models.CharField(max_length=80, blank=True, default="")
    partner_polygon = models.JSONField(default=list)
    instance_id = models.UUIDField(null=True)
    instance_polygons = models.JSONField(default=list)
    comment = models.ForeignKey(Comment, null=True, on_delete=models.SET_NULL, related_name="+")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=9, choices=VerdictState.choices, default=VerdictState.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    fixed_by = models.ForeignKey(
        AnnotationRevision, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    included_in = models.ForeignKey(
        Version, null=True, on_delete=models.SET_NULL, related_name="fixes"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "key", "side", "index"],
                name="verdict_unique",
                condition=Q(evaluation__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["dataset", "state", "id"], name="verdict_dataset_state"),
            models.Index(fields=["image", "state"], name="verdict_image_state"),
            models.Index(fields=["assignee", "state"], name="verdict_assignee_state"),
        ]

    def __str__(self) -> str:
        return f"verdict {self.pk}"


class PinnedInstance(models.Model):
    """A must-find object: every evaluation of a split that holds it tells whether it was found."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="pins")
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="+")
    instance_id = models.UUIDField(unique=True)
    note = models.CharField(max_length=500, blank=True, default="")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"pin of instance {self.instance_id}"


class PinOutcome(models.Model):
    """What an evaluation made of a pinned instance.

    ``key`` and ``index`` are the label's place. ``confidence`` is that of the prediction of the
    right class which found it at IoU 0.5, null where none did; at a higher threshold it is lost.
    ``is_lost`` holds at the evaluation's own best confidence.
    """

    pin = models.ForeignKey(PinnedInstance, on_delete=models.CASCADE, related_name="outcomes")
    evaluation = models.ForeignKey(
        Evaluation, on_delete=models.CASCADE, related_name="pin_outcomes"
    )
    key = models.CharField(max_length=20)
    index = models.PositiveIntegerField()
    confidence = models.FloatField(null=True)
    is_lost = models.BooleanField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["pin", "evaluation"], name="pin_outcome_unique"),
        ]
        indexes = [models.Index(fields=["evaluation", "is_lost"], name="pin_outcome_lost")]

    def __str__(self) -> str:
        return f"pin {self.pin_id} in evaluation {self.evaluation_id}"

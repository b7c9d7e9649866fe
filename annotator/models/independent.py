"""Images that are drawn by a second person who does not see the first annotation."""

from django.conf import settings
from django.db import models

from .images import Image


class IndependentAnnotation(models.Model):
    """A second annotation of an image, kept apart: it never reaches the label folder by itself.

    ::

        in_progress ──finish──▶ done ──▶ kept_first (the first annotation stays)
             ▲                   │  └──▶ took_second (this one was saved as a revision)
             └──────edit─────────┘

    ``first_revision`` and ``first_annotator`` are what it is compared with: the image as it was
    when it was given out, and who had finished it. ``instances`` are as on the wire, ``revision``
    counts saves. ``comparison`` (labels.agreement.Comparison) and ``disagreement`` are there once
    it is done.
    """

    class State(models.TextChoices):
        IN_PROGRESS = "in_progress"
        DONE = "done"
        KEPT_FIRST = "kept_first"
        TOOK_SECOND = "took_second"

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="independent")
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    first_annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    first_revision = models.PositiveIntegerField()
    instances = models.JSONField(default=list)
    revision = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=11, choices=State.choices, default=State.IN_PROGRESS)
    comparison = models.JSONField(default=dict)
    disagreement = models.FloatField(null=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["image", "annotator"], name="independent_once"),
        ]
        indexes = [
            models.Index(fields=["annotator", "state", "id"], name="independent_of_annotator"),
        ]

    def __str__(self) -> str:
        return f"{self.image} by {self.annotator}"

    @property
    def is_compared(self) -> bool:
        return self.state != self.State.IN_PROGRESS

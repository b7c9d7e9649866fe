"""Files that are made of the video of a prediction."""

from django.db import models

from annotator.models.jobs import Job

from .predictions import Prediction


class VideoFileKind(models.TextChoices):
    PLAYABLE = "playable"  # the video as browsers play it
    BURNT_IN = "burnt_in"  # with what was found drawn into it


class VideoFile(Job):
    """One file, and the job that makes it. ``confidence``, ``class_names``: what is drawn, null and
    [] for a playable one; ``with_boxes``: boxes and names as well as masks."""

    prediction = models.ForeignKey(Prediction, on_delete=models.CASCADE, related_name="video_files")
    kind = models.CharField(max_length=10, choices=VideoFileKind.choices)
    confidence = models.FloatField(null=True)
    class_names = models.JSONField(default=list)
    with_boxes = models.BooleanField(default=False)
    size_bytes = models.PositiveBigIntegerField(default=0)
    notes = models.JSONField(default=list)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"video file {self.pk}"

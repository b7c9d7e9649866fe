"""Predictions: a checkpoint applied to uploaded images."""

from django.db import models

from annotator.models.jobs import Job

from .runs import Checkpoint


class Prediction(Job):
    """One job of predicting. Everything from confidence 0.05 is kept; ``confidence`` is what the
    person asked to see first. ``instance_count`` counts the instances at that confidence."""

    checkpoint = models.ForeignKey(
        Checkpoint, on_delete=models.RESTRICT, related_name="predictions"
    )
    confidence = models.FloatField()
    device = models.CharField(max_length=20)
    device_name = models.CharField(max_length=120, blank=True, default="")
    image_count = models.PositiveIntegerField(default=0)
    instance_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"prediction {self.pk}"


class PredictedImage(models.Model):
    """One uploaded image and what was found in it.

    ``instances``: ``[{"class_index", "confidence", "polygon", "box"}, ...]`` in pixels, the most
    confident first. ``error`` says why an image has none although it should.
    """

    prediction = models.ForeignKey(Prediction, on_delete=models.CASCADE, related_name="images")
    position = models.PositiveIntegerField()
    file_name = models.CharField(max_length=255)
    extension = models.CharField(max_length=5)
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    instances = models.JSONField(default=list)
    is_done = models.BooleanField(default=False)
    error = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["prediction", "position"], name="predicted_image_position_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} of prediction {self.prediction_id}"

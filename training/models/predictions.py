"""Predictions: a model applied to a source of images."""

from django.db import models

from annotator.models import Dataset, Image
from annotator.models.jobs import Job, JobState

from .weights import UsesModel


class SourceKind(models.TextChoices):
    """What a prediction reads."""

    UPLOAD = "upload"  # images
    ARCHIVE = "archive"  # one uploaded archive of images
    URL = "url"  # an image or an archive
    SERVER_FOLDER = "server_folder"
    DATASET = "dataset"  # or what a filter of its grid matches
    VERSION = "version"  # a split of a version
    VIDEO = "video"
    STREAM = "stream"  # RTSP or HTTP, recorded for a given time


class LivingPredictions(models.Manager["Prediction"]):
    """Predictions that nobody has deleted."""

    def get_queryset(self) -> models.QuerySet["Prediction"]:
        return super().get_queryset().filter(deleted_at__isnull=True)


class Prediction(Job, UsesModel):
    """One job of predicting. Everything from confidence 0.05 is kept; ``confidence`` is what the
    person asked to see first. ``instance_count`` counts the instances at that confidence.

    ``dataset``: whose members may see it; null: only who asked for it. ``source`` says what of
    ``source_kind`` is read (its keys depend on the kind), ``source_name`` what a list calls it.
    ``options``: what the engine is asked beyond the confidence, by Ultralytics' names. A person
    who pauses the job sets ``is_paused``; the worker then gives it back until it is unset.
    ``video``: what is known of a video or a recorded stream (size, frame rate, length, problems).
    ``class_names`` are the model's, in the order of its indices.
    """

    dataset = models.ForeignKey(
        Dataset, null=True, on_delete=models.CASCADE, related_name="predictions"
    )
    source_kind = models.CharField(
        max_length=13, choices=SourceKind.choices, default=SourceKind.UPLOAD
    )
    source_name = models.CharField(max_length=255, blank=True, default="")
    source = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    class_names = models.JSONField(default=list)
    confidence = models.FloatField()
    device = models.CharField(max_length=20)
    device_name = models.CharField(max_length=120, blank=True, default="")
    image_count = models.PositiveIntegerField(default=0)
    instance_count = models.PositiveIntegerField(default=0)
    is_paused = models.BooleanField(default=False)
    video = models.JSONField(null=True)
    deleted_at = models.DateTimeField(null=True)
    """Of a large one, whose rows and files a worker still removes."""

    objects = LivingPredictions()
    all_objects = models.Manager["Prediction"]()

    class Meta(UsesModel.Meta):
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"prediction {self.pk}"

    @classmethod
    def may_be_claimed(cls) -> models.Q:
        """A paused one waits for its person; one that is to be cancelled does not."""
        return models.Q(is_paused=False) | models.Q(state=JobState.CANCELLING)


class PredictedImage(models.Model):
    """One image or video frame and what was found in it.

    ``instances``: ``[{"class_index", "confidence", "polygon", "box"}, ...]`` in pixels, the most
    confident first; with tracking also ``"track"``. ``error`` says why an image has none although
    it should. ``source_image``: the image of a dataset that it is; then no file is kept.
    ``frame`` and ``time_ms``: of a video, from 0. ``taken_as``: the image of a dataset that it
    became.
    """

    prediction = models.ForeignKey(Prediction, on_delete=models.CASCADE, related_name="images")
    position = models.PositiveIntegerField()
    file_name = models.CharField(max_length=255)
    extension = models.CharField(max_length=5)
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    frame = models.PositiveIntegerField(null=True)
    time_ms = models.PositiveBigIntegerField(null=True)
    source_image = models.ForeignKey(
        Image, null=True, on_delete=models.SET_NULL, related_name="predicted_images"
    )
    taken_as = models.ForeignKey(Image, null=True, on_delete=models.SET_NULL, related_name="+")
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

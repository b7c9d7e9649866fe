"""Weights that no run of this server left: uploaded, or laid into the folder of weights."""

from django.db import models

from annotator.models import Dataset
from annotator.models.jobs import Job


class WeightsOrigin(models.TextChoices):
    UPLOADED = "uploaded"
    PRETRAINED = "pretrained"  # a base model's file, in the folder of weights


class Weights(Job):
    """A segmentation model in a .pt file, whatever its classes, to predict with.

    The job opens the file with the engine's restricted unpickler; the fields after ``sha256`` are
    known once it has finished. ``dataset``: whose members may use it; null: everybody.
    """

    dataset = models.ForeignKey(
        Dataset, null=True, on_delete=models.CASCADE, related_name="uploaded_weights"
    )
    name = models.CharField(max_length=120)
    file_name = models.CharField(max_length=255)
    origin = models.CharField(max_length=10, choices=WeightsOrigin.choices)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    class_names = models.JSONField(default=list)
    image_size = models.PositiveIntegerField(default=640)
    base_model = models.CharField(max_length=40, blank=True, default="")
    parameters = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "weights"

    def __str__(self) -> str:
        return f"weights {self.pk}"


class UsesModel(models.Model):
    """Abstract: uses exactly one of a checkpoint, an exported model, or weights from elsewhere.

    ``training/inference/usable.py`` says what each comes to: a file, classes, an image size.
    """

    checkpoint = models.ForeignKey(
        "training.Checkpoint", null=True, on_delete=models.RESTRICT, related_name="%(class)ss"
    )
    export = models.ForeignKey(
        "training.Export", null=True, on_delete=models.RESTRICT, related_name="%(class)ss"
    )
    weights = models.ForeignKey(
        Weights, null=True, on_delete=models.RESTRICT, related_name="%(class)ss"
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_one_model",
                condition=(
                    models.Q(checkpoint__isnull=False, export__isnull=True, weights__isnull=True)
                    | models.Q(checkpoint__isnull=True, export__isnull=False, weights__isnull=True)
                    | models.Q(checkpoint__isnull=True, export__isnull=True, weights__isnull=False)
                ),
            ),
        ]

"""What is measured of images and objects, and what is found wrong with them.

Everything here follows from images and annotations: a worker computes it, and may do so again.
Only ``SetAside`` is what people said.
"""

from django.conf import settings
from django.db import models

from .datasets import Dataset, DatasetClass
from .images import Image, Split


class FindingKind(models.TextChoices):
    """What can be wrong. The first of a dataset's list are those that cost most."""

    LEAK = "leak"
    DUPLICATE = "duplicate"
    TORN_GROUP = "torn_group"
    CLASS_ABSENT = "class_absent"
    CLASS_EMPTY = "class_empty"
    OVERLAPPING = "overlapping"
    OUTSIDE = "outside"
    CROSSING = "crossing"
    TINY = "tiny"
    BOX = "box"
    SIZE_OUTLIER = "size_outlier"
    ASPECT_OUTLIER = "aspect_outlier"
    UNSEEN = "unseen"


class ObjectFigures(models.Model):
    """What is measured of the objects of one class in one image, at its ``measured_revision``.

    ``sizes``, ``points``, ``aspects`` and ``cells`` have a bit for each bin that holds an object
    (labels.figures.bins); ``numbers`` are records of ``labels.figures.objects.OBJECT``.
    """

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="figures")
    dataset_class = models.ForeignKey(DatasetClass, on_delete=models.CASCADE, related_name="+")
    objects_count = models.PositiveIntegerField()
    sizes = models.PositiveSmallIntegerField()
    points = models.PositiveSmallIntegerField()
    aspects = models.PositiveSmallIntegerField()
    cells = models.BigIntegerField()
    numbers = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["image", "dataset_class"], name="figures_unique")
        ]
        # covers the filters behind the bars
        indexes = [
            models.Index(
                fields=[
                    *("dataset_class", "image", "objects_count", "sizes", "points", "aspects"),
                    "cells",
                ],
                name="figures_of_class",
            )
        ]

    def __str__(self) -> str:
        return f"{self.objects_count} of class {self.dataset_class_id} in {self.image_id}"


class ImageFinding(models.Model):
    """Something of one kind that is wrong with an image: with ``objects_count`` of its objects, of
    which ``object_ids`` are the first, or with the image itself."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="+")
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=14, choices=FindingKind.choices)
    objects_count = models.PositiveIntegerField(default=0)
    object_ids = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "kind"], name="finding_unique")]
        # covers the counts of the list
        indexes = [
            models.Index(fields=["dataset", "kind", "image", "objects_count"], name="finding_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of image {self.image_id}"


class SetAside(models.Model):
    """Somebody said that a finding of an image is fine, at that revision and in that split: when
    the image changes, the finding comes back."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=14, choices=FindingKind.choices)
    revision = models.PositiveIntegerField()
    split = models.CharField(max_length=5, choices=Split.choices)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "kind"], name="set_aside_unique")]

    def __str__(self) -> str:
        return f"{self.kind} of image {self.image_id} is fine"


class DatasetFigures(models.Model):
    """The figures of a dataset, kept: a page reads this row and no objects.

    ``signature`` is what the figures were computed from (findings.signature); ``took_seconds`` how
    long that took; ``data`` is ``findings.figures.Figures``.
    """

    dataset = models.OneToOneField(
        Dataset, on_delete=models.CASCADE, primary_key=True, related_name="figures"
    )
    signature = models.CharField(max_length=200)
    computed_at = models.DateTimeField()
    took_seconds = models.FloatField(default=0)
    data = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"figures of {self.dataset_id}"

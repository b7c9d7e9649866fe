"""Counts that are kept instead of counted; the database's triggers write them (datasets.counts).

No code writes these rows. On SQLite a cell is one row. On PostgreSQL each statement that changes a
count appends what it adds or takes away, so that nobody waits for anybody; a cell is the sum of its
rows, and a worker folds them together now and then.
"""

from django.db import models

from .datasets import Dataset, DatasetClass
from .images import Image, ImageStatus, Split


class ImageClass(models.Model):
    """How many objects of a class an image has; no row for none."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="class_counts")
    dataset_class = models.ForeignKey(
        DatasetClass, on_delete=models.CASCADE, related_name="image_counts"
    )
    objects_count = models.IntegerField()
    boxes = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["image", "dataset_class"], name="image_class_unique"),
        ]
        indexes = [models.Index(fields=["dataset_class", "image"], name="image_class_images")]

    def __str__(self) -> str:
        return f"{self.objects_count} of {self.dataset_class_id} in {self.image_id}"


class ImageCount(models.Model):
    """How many living images of a dataset are alike in all of these, and their objects.

    ``assignee_id`` and ``import_id``: 0 for none. ``flags``: ``Flag`` added up.
    """

    class Flag(models.IntegerChoices):
        COMMENT = 1
        OBJECT = 2
        BOX = 4
        PINNED = 8
        GROUND_TRUTH = 16

    dataset = models.ForeignKey(
        Dataset, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    split = models.CharField(max_length=5, choices=Split.choices)
    status = models.CharField(max_length=11, choices=ImageStatus.choices)
    assignee_id = models.BigIntegerField()
    import_id = models.BigIntegerField()
    flags = models.IntegerField()
    images = models.BigIntegerField()
    instances = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(
                fields=["dataset", "split", "status", "assignee_id", "import_id", "flags"],
                name="image_count_cell",
            )
        ]

    def __str__(self) -> str:
        return f"{self.images} images of {self.dataset_id}"


class ClassCount(models.Model):
    """How many living images of a split and a status have objects of a class, and how many."""

    dataset = models.ForeignKey(
        Dataset, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    class_id = models.BigIntegerField()
    split = models.CharField(max_length=5, choices=Split.choices)
    status = models.CharField(max_length=11, choices=ImageStatus.choices)
    images = models.BigIntegerField()
    instances = models.BigIntegerField()
    boxes = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["dataset", "class_id", "split", "status"], name="class_count_cell")
        ]

    def __str__(self) -> str:
        return f"{self.images} images with {self.class_id}"


class KeyCount(models.Model):
    """How many living images a group or a tag has. ``key``: the name of the group, the tag's id."""

    class Kind(models.TextChoices):
        GROUP = "group"
        TAG = "tag"

    dataset = models.ForeignKey(
        Dataset, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    kind = models.CharField(max_length=5, choices=Kind.choices)
    key = models.CharField(max_length=200)
    images = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["dataset", "kind", "key"], name="key_count_cell")]

    def __str__(self) -> str:
        return f"{self.images} images of {self.kind} {self.key}"

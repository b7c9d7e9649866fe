"""Instances and the history of every annotation."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models

from .datasets import DatasetClass
from .images import Image, ImageStatus

MAX_NOTE_LENGTH = 500


class Objects(models.Manager["Instance"]):
    """Instances that are objects: ignore regions are none, so nothing counts or writes them."""

    def get_queryset(self) -> models.QuerySet["Instance"]:
        return super().get_queryset().filter(dataset_class__isnull=False)


class IgnoreRegions(models.Manager["Instance"]):
    """Instances of no class: what they enclose is neither learned from nor judged."""

    def get_queryset(self) -> models.QuerySet["Instance"]:
        return super().get_queryset().filter(dataset_class__isnull=True)


class Instance(models.Model):
    """One object in an image, or an ignore region: an instance of no class.

    ``objects`` and ``image.instances`` hold objects alone; ``Instance.ignore_regions`` the
    regions; ``Instance.all_shapes`` and ``image.instances(manager="all_shapes")`` both, which only
    those who edit, keep or purge annotations want.

    ``polygons`` is a list of polygons (the parts of the object), each a list of rings (the outer
    one first, then the holes), each flat ``[x1, y1, x2, y2, ...]`` in pixels, not closed.
    ``id`` is made by the client, so a save can be repeated without effect. ``area_px`` is the
    area of the outer rings less the holes; ``outline`` is a drawing for thumbnails: flat
    outer rings of few points, normalised to 0..1. ``is_box``: it came as a box, nobody has outlined
    it yet (its polygon is that rectangle). ``occluded``, ``truncated`` and ``note`` are
    for people: label files do not hold them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="instances")
    dataset_class = models.ForeignKey(
        DatasetClass, null=True, on_delete=models.PROTECT, related_name="instances"
    )
    order = models.PositiveIntegerField()
    polygons = models.JSONField()
    area_px = models.FloatField()
    outline = models.JSONField(default=list)
    is_box = models.BooleanField(default=False)
    occluded = models.BooleanField(default=False)
    truncated = models.BooleanField(default=False)
    note = models.CharField(max_length=MAX_NOTE_LENGTH, blank=True, default="")

    objects = Objects()
    ignore_regions = IgnoreRegions()
    all_shapes = models.Manager["Instance"]()

    class Meta:
        ordering = ["order", "id"]
        indexes = [
            # covers the counts by class
            models.Index(fields=["dataset_class", "image"], name="instance_class_image"),
            # a save reads the last place and the largest, not every instance
            models.Index(fields=["image", "order"], name="instance_image_order"),
            models.Index(fields=["image", "-area_px"], name="instance_image_area"),
            # who has boxes that wait to be outlined
            models.Index(fields=["image"], name="instance_box", condition=models.Q(is_box=True)),
            models.Index(
                fields=["image"],
                name="instance_ignored",
                condition=models.Q(dataset_class__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_class or 'ignore region'} in {self.image}"


class RevisionSource(models.TextChoices):
    USER = "user"
    IMPORT = "import"
    DISK = "disk"
    MODEL = "model"
    RESTORE = "restore"
    REPAIR = "repair"


class SendBackReason(models.TextChoices):
    """What is wrong with an annotation that a reviewer sends back."""

    MISSING = "missing", "objects are missing"
    EXTRA = "extra", "there are objects too many"
    WRONG_CLASS = "wrong_class", "an object has the wrong class"
    LOOSE = "loose", "an outline is loose"


class AnnotationRevision(models.Model):
    """What one save changed: ``put`` the instances as they became, ``deleted`` the ids that went.

    New instances come last, in the order of ``put``; where the save left them in another,
    ``order`` names every instance in it. ``added`` and ``changed`` count the objects in ``put``,
    ``ignore_regions`` the ignore regions there.
    ``active_time`` is how long ago the same person saved the image just before, 0 after a pause:
    summed up, the time spent drawing.
    ``status_before`` and ``status`` are those of the image before and after. ``judged`` is whose
    work a verdict is about: the counts of the People page read no other table. ``reasons``
    (``SendBackReason``, joined by commas) are those of a verdict that sent the image back, and
    again of the verdict that took it back.
    ``bulk_change``: the change of many images that wrote it; it may be forgotten by now.
    Replaying the revisions 1..n of an image from nothing gives its annotation at revision n.
    """

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    source = models.CharField(max_length=10, choices=RevisionSource.choices)
    status = models.CharField(max_length=11, choices=ImageStatus.choices)
    status_before = models.CharField(
        max_length=11, choices=ImageStatus.choices, default=ImageStatus.UNLABELLED
    )
    judged = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reasons = models.CharField(max_length=60, blank=True, default="")
    active_time = models.DurationField(default=timedelta)
    put = models.JSONField(default=list)
    deleted = models.JSONField(default=list)
    order = models.JSONField(null=True, default=None)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    ignore_regions = models.PositiveIntegerField(default=0)
    bulk_change = models.ForeignKey(
        "annotator.BulkChange",
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["image", "number"], name="revision_number_unique"),
        ]
        indexes = [
            models.Index(
                fields=["bulk_change"],
                name="revision_bulk_change",
                condition=models.Q(bulk_change__isnull=False),
            ),
            # covers the figures of the People page: the rows themselves are full of polygons
            models.Index(
                fields=[
                    "image", "number", "author", "source", "status_before", "status", "judged",
                    "created_at", "added", "active_time",
                ],
                name="revision_people",
            ),
            models.Index(
                fields=["image", "author", "judged", "status_before", "status", "created_at"],
                condition=~models.Q(status=models.F("status_before")),
                name="revision_moves",
            ),
            models.Index(
                fields=["image", "judged", "status", "reasons", "created_at"],
                condition=~models.Q(reasons=""),
                name="revision_reasons",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"revision {self.number} of {self.image}"


class DeletedInstance(models.Model):
    """An instance that a save deleted, as it was last; kept for ``SEGLOOP_TRASH_DAYS``.

    ``data`` is the instance as it goes over the wire, ``outline`` its drawing for thumbnails,
    ``revision`` the one that deleted it. ``class_id`` is no foreign key: the class may go while
    the instance lies here; null for an ignore region. The row goes when the instance is put back.
    """

    instance_id = models.UUIDField(unique=True)
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="deleted_instances")
    class_id = models.BigIntegerField(null=True)
    data = models.JSONField()
    outline = models.JSONField(default=list)
    revision = models.PositiveIntegerField()
    deleted_at = models.DateTimeField(auto_now_add=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["deleted_at"], name="deleted_instance_at")]

    def __str__(self) -> str:
        return f"instance {self.instance_id}, deleted from {self.image}"

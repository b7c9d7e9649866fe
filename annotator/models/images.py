"""Images."""

import uuid

from django.conf import settings
from django.db import models

from .datasets import Dataset


class Split(models.TextChoices):
    TRAIN = "train"
    VAL = "val"
    TEST = "test"


class ImageStatus(models.TextChoices):
    """How far an image is. Verdicts are given by reviewers and team leads alone (review.verdicts).

    ::

        unlabelled ──edit──▶ in_progress ──finish──▶ done ──▶ accepted
                                                      │  ◀── edit by an annotator ─┘
                                                      ▼          │
                                   done ◀──finish── sent_back ◀──┘

    A verdict can be taken back: accepted or sent_back become done again.
    """

    UNLABELLED = "unlabelled"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    ACCEPTED = "accepted"
    SENT_BACK = "sent_back"


FINISHED = (ImageStatus.DONE, ImageStatus.ACCEPTED)
"""The label file of these lies in the live folder: they are trained on."""
UNFINISHED = (ImageStatus.SENT_BACK, ImageStatus.IN_PROGRESS, ImageStatus.UNLABELLED)
"""Somebody has to draw in these, what was sent back first."""


class LivingImages(models.Manager["Image"]):
    """Images that are not in the trash."""

    def get_queryset(self) -> models.QuerySet["Image"]:
        return super().get_queryset().filter(deleted_at__isnull=True)


class TrashedImages(models.Manager["Image"]):
    """Images in the trash."""

    def get_queryset(self) -> models.QuerySet["Image"]:
        return super().get_queryset().filter(deleted_at__isnull=False)


class Image(models.Model):
    """One picture of a dataset, its place in the split and the state of its annotation.

    ``sha256`` is of the stored file, ``upload_sha256`` of the file as it came (they differ when
    EXIF orientation was baked in, transparency was filled, values of more than 8 bits were
    rendered, or the file was repaired). ``revision`` counts saves of the
    annotation. ``label_sha256`` is of the label file that Segloop last wrote or took in ("" when
    there is none); ``label_pending`` is set in the transaction of a save and cleared when the
    label file is on disk, so that what a crash left unwritten is found at the next start.
    ``label_stale``: the annotation changed since the label file was written (an unchanged file is
    moved, never rewritten).
    ``instance_count`` counts the objects, ``ignore_region_count`` the ignore regions.
    ``file_mtime_ns``, ``label_size``, ``label_mtime_ns``: of its files when their hashes were last
    compared with those here; a file that still has them is not read again. None: not compared yet.
    ``outline`` is a drawing of the annotation for thumbnails, the largest objects first:
    ``[{"class_id": 7, "points": [x1, y1, ...]}, ...]``, normalised to 0..1.
    ``deleted_at``: it lies in the trash, with its annotation and history; ``objects`` and
    ``dataset.images`` pass over it, joins from other tables have to ask. Its stem is free, its
    files are in the trash once ``label_pending`` is clear.
    ``box_count``: instances that are boxes; the database keeps it (datasets.counts).
    ``open_comments`` counts the comments that nobody resolved, kept in the transactions of these.
    ``is_ground_truth``: its annotation is what second annotations of it are scored against
    (review.ground_truth).
    ``group``: the folder, video or prefix it belongs to, "" for none; a split keeps it together.
    ``import_job``: the import it came with. ``video_frame``, ``video_time_ms``: of a frame of a
    video, its number, counted from 0, and its time; None for all other images.
    ``is_split_pinned``: splitting the dataset again leaves it where it is.
    ``perceptual_hash``: 64 bits (signed) of what it looks like, by which near-duplicates are found
    (images.likeness); None until the worker has computed it, 0 where there is nothing to compare.
    ``brightness`` (the mean grey value, 0 to 1) and ``sharpness`` (variance of the Laplacian) come
    with it; -1 where the image cannot be read.
    ``measured_revision``: of which revision the figures and findings of its objects are
    (findings.measuring).
    ``finished_by`` is who last marked it done: whose work a verdict judges. ``sent_back_count`` is
    how often it was sent back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="images")
    stem = models.CharField(max_length=200)
    extension = models.CharField(max_length=5)
    split = models.CharField(max_length=5, choices=Split.choices)
    status = models.CharField(
        max_length=11, choices=ImageStatus.choices, default=ImageStatus.UNLABELLED
    )
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    upload_sha256 = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(default=0)
    instance_count = models.PositiveIntegerField(default=0)
    ignore_region_count = models.PositiveIntegerField(default=0)
    box_count = models.PositiveIntegerField(default=0, db_default=0)
    outline = models.JSONField(default=list)
    label_sha256 = models.CharField(max_length=64, blank=True, default="")
    label_pending = models.BooleanField(default=False)
    label_stale = models.BooleanField(default=False)
    file_mtime_ns = models.BigIntegerField(null=True, blank=True)
    label_size = models.PositiveBigIntegerField(null=True, blank=True)
    label_mtime_ns = models.BigIntegerField(null=True, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    open_comments = models.PositiveIntegerField(default=0)
    finished_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    sent_back_count = models.PositiveIntegerField(default=0)
    is_ground_truth = models.BooleanField(default=False)
    group = models.CharField(max_length=200, blank=True, default="")
    import_job = models.ForeignKey(
        "annotator.Import",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_index=False,  # image_import_stem is one
        related_name="images",
    )
    video_frame = models.PositiveIntegerField(null=True, blank=True)
    video_time_ms = models.PositiveBigIntegerField(null=True, blank=True)
    is_split_pinned = models.BooleanField(default=False)
    perceptual_hash = models.BigIntegerField(null=True, blank=True)
    brightness = models.FloatField(null=True, blank=True)
    sharpness = models.FloatField(null=True, blank=True)
    measured_revision = models.IntegerField(default=-1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    is_changed = has_moved = False
    """Of an image that a save returns: it has a new revision; it went into the live folder, or out
    of it."""

    objects = LivingImages()
    trashed = TrashedImages()
    all_objects = models.Manager["Image"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "stem"],
                name="image_stem_unique",
                condition=models.Q(deleted_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["dataset", "upload_sha256"], name="image_upload_sha256"),
            # these cover the counts behind "17 of 3,000", hence deleted_at
            models.Index(fields=["dataset", "stem", "deleted_at"], name="image_stem"),
            models.Index(
                fields=["dataset", "status", "stem", "deleted_at"], name="image_status_stem"
            ),
            models.Index(
                fields=["dataset", "split", "stem", "deleted_at"], name="image_split_stem"
            ),
            # the sorts of the grid, from one page to the next
            *(
                models.Index(
                    fields=["dataset", name, "id"],
                    name=f"image_by_{name}",
                    condition=models.Q(deleted_at__isnull=True),
                )
                for name in ("updated_at", "created_at", "instance_count", "size_bytes")
            ),
            models.Index(fields=["dataset", "assignee", "stem"], name="image_assignee_stem"),
            models.Index(
                fields=["dataset", "stem"],
                name="image_open_comments",
                condition=models.Q(open_comments__gt=0),
            ),
            models.Index(
                fields=["dataset", "stem"],
                name="image_boxes",
                condition=models.Q(box_count__gt=0),
            ),
            models.Index(fields=["import_job", "stem"], name="image_import_stem"),
            models.Index(
                fields=["dataset", "stem"],
                name="image_ground_truth",
                condition=models.Q(is_ground_truth=True),
            ),
            models.Index(
                fields=["dataset", "group", "stem"],
                name="image_group",
                condition=~models.Q(group=""),
            ),
            models.Index(
                fields=["dataset", "perceptual_hash", "id"],
                name="image_hashed",
                condition=models.Q(perceptual_hash__isnull=False, deleted_at__isnull=True),
            ),
            models.Index(
                fields=["dataset"],
                name="image_unhashed",
                condition=models.Q(perceptual_hash__isnull=True, deleted_at__isnull=True),
            ),
            models.Index(
                fields=["dataset"],
                name="image_unlooked",
                condition=models.Q(brightness__isnull=True, deleted_at__isnull=True),
            ),
            models.Index(
                fields=["dataset"],
                name="image_unmeasured",
                condition=~models.Q(measured_revision=models.F("revision"))
                & models.Q(deleted_at__isnull=True),
            ),
            # two files of the same bytes
            models.Index(fields=["dataset", "sha256"], name="image_sha256"),
            models.Index(
                fields=["dataset"],
                name="image_label_pending",
                condition=models.Q(label_pending=True),
            ),
            models.Index(
                fields=["dataset", "-deleted_at"],
                name="image_trashed",
                condition=models.Q(deleted_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def file_name(self) -> str:
        return f"{self.stem}.{self.extension}"

    @property
    def is_finished(self) -> bool:
        return self.status in FINISHED


class ImageOriginal(models.Model):
    """The file of an image of more than 8 bits a value, kept as it came in ``originals/``.

    The image's own file is a rendering of it in 8 bits through the window ``window_low`` to
    ``window_high``; where these are not the dataset's, it is to be rendered again. ``low`` and
    ``high`` are percentiles of its values, ``lowest`` and ``highest`` the extremes.
    """

    image = models.OneToOneField(
        Image, on_delete=models.CASCADE, primary_key=True, related_name="original"
    )
    extension = models.CharField(max_length=5)
    lowest = models.PositiveIntegerField()
    highest = models.PositiveIntegerField()
    low = models.PositiveIntegerField()
    high = models.PositiveIntegerField()
    window_low = models.PositiveIntegerField()
    window_high = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"original of {self.image_id}"

"""Versions: a dataset, frozen."""

from django.db import models
from django.db.models.functions import Lower

from annotator.models import Dataset
from annotator.models.jobs import Job


class Version(Job):
    """A dataset as it was at one moment, frozen into a folder that nobody edits.

    ``classes`` are those of that moment, in the order of their index:
    ``[{"class_id": 7, "index": 0, "name": "duck", "color": "#1f77b4"}, ...]``.
    ``content_sha256`` is of what was frozen (images, splits, labels, class names), so that two
    versions with the same content can be told; "" until the version is finished. The row of a
    deleted version stays, so that its number is never given to another. ``only_accepted``: done
    images that no reviewer had accepted were left out. ``name``: what people call it, "" for none;
    it is given up when the version is deleted.
    ``painted_count``: images with ignore regions, which are painted out; ``ignored_object_count``:
    objects that were left out with them.
    ``synthetic``: null, or what synthetic train images it has beside those of another version:
    ``base`` (that version's id) and ``base_number``, ``recipe``, and since it is frozen ``images``,
    ``instances``, ``classes`` (objects, usable, pasted by class) and ``messages``.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=80, blank=True, default="")
    notes = models.TextField(blank=True, default="")
    only_accepted = models.BooleanField(default=False)
    train_count = models.PositiveIntegerField(default=0)
    val_count = models.PositiveIntegerField(default=0)
    test_count = models.PositiveIntegerField(default=0)
    instance_count = models.PositiveIntegerField(default=0)
    background_count = models.PositiveIntegerField(default=0)
    painted_count = models.PositiveIntegerField(default=0)
    ignored_object_count = models.PositiveIntegerField(default=0)
    classes = models.JSONField(default=list)
    synthetic = models.JSONField(null=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    content_sha256 = models.CharField(max_length=64, blank=True, default="")
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="version_number_unique"),
            models.UniqueConstraint(
                models.F("dataset"),
                Lower("name"),
                name="version_name_unique",
                condition=~models.Q(name="") & models.Q(deleted_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.number} of dataset {self.dataset_id}"


class VersionCheck(Job):
    """What Ultralytics would make of a version's labels at one size of the images.

    ``image_size``, ``mask_ratio``, ``overlap_mask`` and ``single_class`` are a run's; ``counts``
    says how many objects and images each kind of loss has. The images themselves lie in a file of
    the cache (training/versions/losses.py).
    """

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="checks")
    image_size = models.PositiveIntegerField()
    mask_ratio = models.PositiveIntegerField(default=4)
    overlap_mask = models.BooleanField(default=True)
    single_class = models.BooleanField(default=False)
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "image_size", "mask_ratio", "overlap_mask", "single_class"],
                name="version_check_unique",
            ),
        ]

    def __str__(self) -> str:
        return f"check of version {self.version_id} at {self.image_size}"

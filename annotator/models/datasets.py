"""Datasets, their classes and their members."""

from django.conf import settings
from django.db import models


class Dataset(models.Model):
    """A set of images with one list of classes; its folder on disk is a live YOLO dataset.

    Deleted, it lies in the trash under another slug; ``former_slug`` is the one it had.
    ``files_slug`` is the slug under which its files still lie, "" when they have followed.
    ``is_purging``: it is being deleted for good, a batch at a time.
    ``evaluate_new_versions``: the last best checkpoint is evaluated on each version that is frozen.
    ``window_low``, ``window_high``: the window through which images of more than 8 bits a value
    are shown and trained (labels.deep_images); None before the first such image.
    ``window_is_automatic``: nobody has set it by hand.
    ``ground_truth_percent``: which share of each person's work is drawn once more on ground truth.
    """

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    former_slug = models.CharField(max_length=80, blank=True, default="")
    files_slug = models.CharField(max_length=80, blank=True, default="")
    is_purging = models.BooleanField(default=False)
    evaluate_new_versions = models.BooleanField(default=True)
    window_low = models.PositiveIntegerField(null=True)
    window_high = models.PositiveIntegerField(null=True)
    window_is_automatic = models.BooleanField(default=True)
    ground_truth_percent = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class DatasetClass(models.Model):
    """A class. ``id`` is the permanent key, ``index`` is YOLO's and never moves."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="classes")
    index = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    color = models.CharField(max_length=7)
    is_retired = models.BooleanField(default=False)

    class Meta:
        ordering = ["index"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "index"], name="class_index_unique"),
            models.UniqueConstraint(fields=["dataset", "name"], name="class_name_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.index} {self.name}"


class Role(models.TextChoices):
    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    LEAD = "lead"


class Membership(models.Model):
    """What a user may do in a dataset. Who has none does not know that the dataset exists."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "user"], name="membership_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.dataset}"

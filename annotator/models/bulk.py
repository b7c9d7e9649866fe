"""Changes of many images at once, each a job."""

from django.db import models

from .datasets import Dataset
from .jobs import Job


class BulkAction(models.TextChoices):
    SET_SPLIT = "set_split"
    SET_STATUS = "set_status"
    SET_ASSIGNEE = "set_assignee"
    SHARE_OUT = "share_out"
    REVIEW = "review"
    DELETE = "delete"
    SET_GROUND_TRUTH = "set_ground_truth"
    SET_SPLIT_PINNED = "set_split_pinned"
    CHANGE_CLASS = "change_class"
    ADD_TAG = "add_tag"
    REMOVE_TAG = "remove_tag"
    SPLIT_AGAIN = "split_again"
    MERGE_CLASS = "merge_class"
    DELETE_CLASS = "delete_class"
    RESTORE_VERSION = "restore_version"
    REPAIR_LABELS = "repair_labels"
    REPAIR = "repair"
    GATHER = "gather"
    SPLIT_CLASS = "split_class"
    SIMPLIFY = "simplify"
    UNDO = "undo"


class BulkChange(Job):
    """One change of many images of a dataset, as a person asked for it.

    ``options``: what the action needs (a split, a class ...). ``selection``: which images, either
    ``{"ids": [...]}`` or ``{"filters": {...}, "excluded": [...]}``; actions that choose by
    themselves have none. ``is_planned``: its items are all there, so a worker that takes the job
    up goes on with those that are left. ``changed`` and ``skipped`` count images.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="bulk_changes")
    action = models.CharField(max_length=20, choices=BulkAction.choices)
    options = models.JSONField(default=dict, blank=True)
    selection = models.JSONField(default=dict, blank=True)
    is_planned = models.BooleanField(default=False)
    changed = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"change {self.pk} of {self.dataset}: {self.action}"


class BulkItem(models.Model):
    """One image of a bulk change that waits, or that was skipped, with the reason.

    What is changed has no row any more. ``value``: what this image gets, where each gets its own.
    """

    change = models.ForeignKey(BulkChange, on_delete=models.CASCADE, related_name="items")
    image_id = models.UUIDField()
    value = models.CharField(max_length=40, blank=True, default="")
    is_skipped = models.BooleanField(default=False)
    file_name = models.TextField(blank=True, default="")
    reason = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["change", "is_skipped", "id"], name="bulk_item_waiting")]

    def __str__(self) -> str:
        return f"image {self.image_id} of change {self.change_id}"

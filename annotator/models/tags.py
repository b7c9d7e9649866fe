"""Tags on images, and views of the grid that people keep."""

from django.conf import settings
from django.db import models

from .datasets import Dataset
from .images import Image

MAX_TAG_LENGTH = 50
MAX_VIEW_LENGTH = 80


class Tag(models.Model):
    """A word that people put on images of a dataset, with a colour."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=MAX_TAG_LENGTH)
    color = models.CharField(max_length=7)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["dataset", "name"], name="tag_name_unique")]

    def __str__(self) -> str:
        return self.name


class ImageTag(models.Model):
    """A tag on an image."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="image_tags")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="image_tags")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "image"], name="image_tag_unique")]

    def __str__(self) -> str:
        return f"{self.tag} on {self.image}"


class SavedView(models.Model):
    """Filters, order and layout of the grid under a name; ``is_shared``: all members see it.

    ``filters`` are in the words of the API, checked when they were stored.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="saved_views")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views"
    )
    name = models.CharField(max_length=MAX_VIEW_LENGTH)
    filters = models.JSONField(default=dict, blank=True)
    ordering = models.CharField(max_length=20, default="stem")
    tile = models.CharField(max_length=6, default="medium")
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "owner", "name"], name="view_name_unique")
        ]

    def __str__(self) -> str:
        return self.name

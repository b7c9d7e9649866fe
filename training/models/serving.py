"""Served models: names that point at a model and answer at once."""

from django.conf import settings
from django.db import models

from annotator.models import Dataset

from .weights import UsesModel


class ServedModel(UsesModel):
    """A name and the model behind it. ``dataset``: whose members may ask and whose leads may move.

    ``requests_per_minute``: the limit of one token.
    """

    name = models.SlugField(max_length=60, unique=True)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="served_models")
    requests_per_minute = models.PositiveIntegerField(default=600)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(UsesModel.Meta):
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ServedMove(UsesModel):
    """What a name pointed at, from one moment on. The newest is the one of the name itself."""

    served = models.ForeignKey(ServedModel, on_delete=models.CASCADE, related_name="moves")
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    moved_at = models.DateTimeField(auto_now_add=True)

    class Meta(UsesModel.Meta):
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"move {self.pk} of {self.served_id}"

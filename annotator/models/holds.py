"""Who was handed which image."""

from django.conf import settings
from django.db import models

from .images import Image


class ImageHold(models.Model):
    """An image that was handed to somebody, until a moment; one row an image, so never to two.

    A soft lock: it only keeps the image from being handed to another. Whoever opens it may draw.
    """

    image = models.OneToOneField(Image, on_delete=models.CASCADE, related_name="hold")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["user", "until"], name="image_hold_user")]

    def __str__(self) -> str:
        return f"{self.image} is with {self.user} until {self.until}"

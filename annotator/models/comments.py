"""What people say to each other about an image."""

from django.conf import settings
from django.db import models

from .images import Image

MAX_COMMENT_LENGTH = 2000


class Comment(models.Model):
    """A remark about an image, pinned to a place where ``x`` and ``y`` (image pixels) say so.

    ``instance_id`` names the object that it is about; that object may be gone, so it is no
    foreign key. Open until ``resolved_at`` is set.
    """

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    text = models.TextField(max_length=MAX_COMMENT_LENGTH)
    x = models.FloatField(null=True, blank=True)
    y = models.FloatField(null=True, blank=True)
    instance_id = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(x__isnull=True, y__isnull=True)
                | models.Q(x__isnull=False, y__isnull=False),
                name="comment_place_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"comment {self.pk} on {self.image}"


class Mention(models.Model):
    """That a comment calls on a member by ``@username``; ``read_at`` once they have seen it."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comment", "user"], name="mention_once"),
        ]
        indexes = [
            models.Index(
                fields=["user", "-created_at", "id"],
                name="mention_unread",
                condition=models.Q(read_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.comment}"

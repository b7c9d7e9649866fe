"""Comments on images. ``Image.open_comments`` is kept in the transaction of each change."""

from typing import TypedDict
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from annotator.datasets.mentions import keep_mentions
from annotator.kernel.errors import ServiceError
from annotator.kernel.events import publish_event
from annotator.kernel.turns import write_turn
from annotator.models import Comment, Image

from .difference import instance_elsewhere
from .store import find_elsewhere


class CommentData(TypedDict, total=False):
    """A new comment: where it is pinned (image pixels) and what object it is about."""

    text: str
    x: float | None
    y: float | None
    instance_id: UUID | None


def list_comments(image: Image) -> QuerySet[Comment]:
    """Return all comments of an image, the oldest first."""
    return image.comments.select_related("author", "resolved_by")


def add_comment(image: Image, data: CommentData, *, author: User) -> Comment:
    """Add an open comment. Raises ServiceError for a place outside the image or an object of
    another; an object that is not saved yet may be named."""
    x, y = data.get("x"), data.get("y")
    if x is not None and y is not None and not (0 <= x <= image.width and 0 <= y <= image.height):
        raise ServiceError(
            f"The place ({x:g}, {y:g}) is outside the image of {image.width} × {image.height} "
            "pixels.",
            code="outside_image",
        )
    instance_id = data.get("instance_id")
    if instance_id is not None and find_elsewhere(image.pk, [str(instance_id)]):
        raise instance_elsewhere(instance_id)
    with write_turn(), transaction.atomic():
        comment = Comment.objects.create(image=image, author=author, **data)
        keep_mentions(comment)
        _count(image, 1)
    return comment


def edit_comment(comment: Comment, *, text: str) -> Comment:
    """Say it in other words."""
    with write_turn(), transaction.atomic():
        Comment.objects.filter(pk=comment.pk).update(text=text)
        comment.text = text
        keep_mentions(comment)
        _count(comment.image, 0)
    return comment


def resolve_comment(comment: Comment, *, resolved: bool, by: User) -> Comment:
    """Close a comment or open it again; nothing happens where it is so already.

    ::

        open ──resolve──▶ resolved ──open again──▶ open
    """
    rows = Comment.objects.filter(pk=comment.pk, resolved_at__isnull=resolved)
    with write_turn(), transaction.atomic():
        if resolved:
            changed = rows.update(resolved_at=timezone.now(), resolved_by_id=by.pk)
        else:
            changed = rows.update(resolved_at=None, resolved_by=None)
        if changed == 1:
            _count(comment.image, -1 if resolved else 1)
    return list_comments(comment.image).get(pk=comment.pk)


def delete_comment(comment: Comment) -> None:
    with write_turn(), transaction.atomic():
        was_open, _ = Comment.objects.filter(pk=comment.pk, resolved_at__isnull=True).delete()
        Comment.objects.filter(pk=comment.pk).delete()
        _count(comment.image, -was_open)


def _count(image: Image, difference: int) -> None:
    """Add to the open comments of an image and tell the pages that show it."""
    if difference:
        rows = Image.objects.filter(pk=image.pk)
        rows.update(open_comments=F("open_comments") + difference)
    publish_event("comments.changed", dataset=image.dataset, id=str(image.pk))

"""What a save or a verdict makes of an image's status; the picture is in ``ImageStatus``."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from annotator.models import (
    AnnotationRevision,
    Image,
    ImageStatus,
    Membership,
    RevisionSource,
    Role,
)

PAUSE = timedelta(minutes=5)
"""Who did not save an image for longer was not at work on it."""


def next_status(image: Image, status: str | None, has_changed: bool, author: User | None) -> str:
    """Return the status after a save that asks for ``status`` (None: for none)."""
    if status is not None:
        return status
    if has_changed and image.status == ImageStatus.UNLABELLED:
        return ImageStatus.IN_PROGRESS
    if has_changed and image.status == ImageStatus.ACCEPTED and not _may_review(image, author):
        return ImageStatus.DONE
    return image.status


def _may_review(image: Image, author: User | None) -> bool:
    """Whether what ``author`` draws needs no other look."""
    reviewers = Membership.objects.filter(
        dataset_id=image.dataset_id, role__in=[Role.REVIEWER, Role.LEAD]
    )
    return author is not None and reviewers.filter(user_id=author.pk).exists()


def active_time(image: Image, author: User | None, source: RevisionSource) -> timedelta:
    """Return how long ``author`` has been at it since the save before, 0 after a pause."""
    if author is None or source != RevisionSource.USER or image.revision == 1:
        return timedelta()
    before = AnnotationRevision.objects.filter(image=image, number=image.revision - 1)
    saved_at = before.filter(author_id=author.pk).values_list("created_at", flat=True).first()
    passed = timezone.now() - saved_at if saved_at else timedelta()
    return passed if passed <= PAUSE else timedelta()


def finishes(image: Image, status_before: str, has_changed: bool) -> bool:
    """Whether a save hands the image in to be reviewed; a mend of what waits there does not."""
    if image.status != ImageStatus.DONE or status_before == ImageStatus.DONE:
        return False
    return has_changed or status_before != ImageStatus.ACCEPTED


def count_verdict(image: Image, status_before: str) -> None:
    """Keep ``sent_back_count`` of an image that was just judged."""
    if image.status == ImageStatus.SENT_BACK:
        image.sent_back_count += 1
    elif status_before == ImageStatus.SENT_BACK and image.status == ImageStatus.DONE:
        image.sent_back_count -= 1  # the verdict was taken back

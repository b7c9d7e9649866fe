"""What a save or a verdict makes of an image's status; ``ImageStatus`` has the diagram."""

from datetime import datetime, timedelta

from django.utils import timezone

from annotator.models import Image, ImageStatus, RevisionSource, Role

from .difference import Difference, Save

PAUSE = timedelta(minutes=5)
"""Who did not save an image for longer was not at work on it."""


def next_status(image: Image, save: Save, difference: Difference, *, role: str | None) -> str:
    """Return the status after a save by somebody with ``role`` in the dataset."""
    if save.status is not None:
        return save.status
    if difference.has_changed and image.status == ImageStatus.UNLABELLED:
        return ImageStatus.IN_PROGRESS
    may_review = role in (Role.REVIEWER, Role.LEAD)
    if difference.has_changed and image.status == ImageStatus.ACCEPTED and not may_review:
        return ImageStatus.DONE
    return image.status


def active_time(save: Save, saved_at: datetime | None) -> timedelta:
    """Return how long the author has been at it since their save just before, 0 after a pause."""
    if saved_at is None or save.source != RevisionSource.USER:
        return timedelta()
    passed = timezone.now() - saved_at
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

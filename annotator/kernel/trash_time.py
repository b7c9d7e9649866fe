"""How long what was deleted is kept."""

from datetime import datetime, timedelta
from typing import TypedDict

from django.conf import settings
from django.utils import timezone


class Skipped(TypedDict):
    """Why one of many was left as it is."""

    id: str
    reason: str


def kept_since() -> datetime:
    """Return the time since when deletions can be undone."""
    return timezone.now() - timedelta(days=settings.TRASH_DAYS)


def purged_at(deleted_at: datetime) -> datetime:
    """Return when what was deleted at ``deleted_at`` goes for good."""
    return deleted_at + timedelta(days=settings.TRASH_DAYS)

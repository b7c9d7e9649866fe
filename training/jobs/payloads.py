"""What every job's answer has: who asked for it, and its line in the tray."""

from datetime import datetime
from typing import Literal, TypedDict

from django.contrib.auth.models import AbstractUser

from annotator.kernel.jobs import Progress
from annotator.models.imports import ImportEnding
from annotator.models.jobs import JobState


class UserPayload(TypedDict):
    id: int
    username: str
    display_name: str
    is_administrator: bool


class JobItem(TypedDict):
    """``ending``: what the state of an import that ended does not say.
    ``is_mine``: whether who asks has started it, and is told of its end.
    """

    kind: Literal[
        "import",
        "dataset_export",
        "bulk_change",
        "folder",
        "version",
        "run",
        "evaluation",
        "prediction",
        "export",
        "check",
        "run_import",
        "version_check",
        "synthetic_preview",
        "batch_preview",
        "weights",
    ]
    id: int
    dataset: str
    title: str
    state: JobState
    ending: ImportEnding
    progress: Progress
    url: str
    is_mine: bool
    created_at: datetime


def user_payload(user: AbstractUser | None) -> UserPayload | None:
    if user is None:
        return None
    return {
        "id": user.pk,
        "username": user.get_username(),
        "display_name": user.get_full_name() or user.get_username(),
        "is_administrator": user.is_superuser,
    }

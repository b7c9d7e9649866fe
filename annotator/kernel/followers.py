"""Other rooms that keep things of a dataset, and follow when it goes or comes back."""

from collections.abc import Callable
from typing import Protocol

from annotator.models import AnnotationRevision, Dataset


class Follower(Protocol):
    """What a room does for a dataset. Each of these may be called twice."""

    def prepare_deletion(self, dataset: Dataset) -> None:
        """End what waits. Raises ConflictError when something cannot be ended."""

    def move_files(self, *, old_slug: str, new_slug: str) -> None:
        """Move what lies under the dataset's slug."""

    def check_purge(self, dataset: Dataset) -> None:
        """Raise ConflictError when something outside the dataset needs a part of it."""

    def purge(self, dataset: Dataset) -> None:
        """Delete everything that belongs to the dataset, files first. Raises like check_purge."""


FOLLOWERS: list[Follower] = []
"""Filled when the applications are set up."""

ANNOTATION_FOLLOWERS: list[Callable[[AnnotationRevision], None]] = []
"""Called with each new revision, in the transaction that stores it, when its instances are in
place. Also filled when the applications are set up."""

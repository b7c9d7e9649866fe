"""Other rooms that keep things of a dataset, and follow when it goes or comes back."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from annotator.models import AnnotationRevision, Dataset, DatasetClass, Image


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


@dataclass(frozen=True, slots=True)
class AnnotationChange:
    """A save that is about to be stored, with nobody waiting yet; ``instances()`` reads what the
    image has after it."""

    image: Image
    instances: Callable[[], Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class ClassHolders:
    """How many versions and runs of other rooms hold a class."""

    versions: int
    runs: int


CLASS_FOLLOWERS: list[Callable[[DatasetClass], ClassHolders]] = []
"""Rooms that keep a class in what they made of the dataset. Filled with the others."""

PIXEL_KEEPERS: list[Callable[[Image], Iterator[Path]]] = []
"""Rooms that keep files of a dataset's images: where that of an image may lie. Filled with the
others."""

Following = Callable[[AnnotationRevision], None]
ANNOTATION_FOLLOWERS: list[Callable[[AnnotationChange], Following | None]] = []
"""Called before the transaction of a save: here is the time to read and to compute. What they
return is called in the transaction, when the revision is in place. Also filled when the
applications are set up."""

"""What of a dataset goes out: images as the grid filters them, splits, classes, a version."""

from dataclasses import dataclass, field
from typing import Any, Self, TypedDict

from django.db.models import QuerySet

from annotator.images.listing import ImageFilters, filter_images
from annotator.kernel.errors import ServiceError
from annotator.models import FINISHED, Dataset, Image, ImageStatus, Split

STATUSES = ("done", "all", *(status for status in ImageStatus.values if status != "done"))
"""``done``: accepted ones too; ``all``: also those that nobody finished; or one status alone."""


class StoredSelection(TypedDict):
    """As a job keeps it."""

    status: str
    splits: list[str]
    class_ids: list[int]
    filters: dict[str, Any]
    version: int | None


@dataclass(frozen=True, slots=True)
class Selection:
    """``splits`` and ``class_ids``: () for all. Objects of other classes are left out, their images
    stay; ``filters`` are those of the grid. ``version``: the number of a frozen one, None for the
    live dataset."""

    status: str = "done"
    splits: tuple[str, ...] = ()
    class_ids: tuple[int, ...] = ()
    filters: ImageFilters = field(default_factory=ImageFilters)
    version: int | None = None

    def store(self) -> StoredSelection:
        return {
            "status": self.status,
            "splits": list(self.splits),
            "class_ids": list(self.class_ids),
            "filters": dict(self.filters),
            "version": self.version,
        }

    @classmethod
    def load(cls, stored: StoredSelection) -> Self:
        return cls(
            status=stored["status"],
            splits=tuple(stored["splits"]),
            class_ids=tuple(stored["class_ids"]),
            filters=stored["filters"],  # type: ignore[arg-type]
            version=stored["version"],
        )


def check_selection(dataset: Dataset, selection: Selection) -> None:
    """Raise ServiceError where something is chosen that is not there."""
    known = set(dataset.classes.values_list("pk", flat=True))
    if odd := [pk for pk in selection.class_ids if pk not in known]:
        raise ServiceError(f"This dataset has no class {odd[0]}.", code="unknown_class")
    if selection.version is not None and (selection.filters or selection.status != "done"):
        raise ServiceError(
            "A version holds finished images alone: of it only splits and classes can be chosen.",
            code="version_is_whole",
        )


def choose_images(dataset: Dataset, selection: Selection) -> QuerySet[Image]:
    """The images that go out, in no order."""
    rows = choose_whatever_status(dataset, selection)
    if selection.status == "done":
        return rows.filter(status__in=FINISHED)
    return rows if selection.status == "all" else rows.filter(status=selection.status)


def choose_whatever_status(dataset: Dataset, selection: Selection) -> QuerySet[Image]:
    rows = filter_images(dataset, selection.filters).select_related(None).order_by()
    if selection.splits and set(selection.splits) != set(Split.values):
        rows = rows.filter(split__in=selection.splits)
    return rows

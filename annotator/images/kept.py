"""Which filters the kept counts answer, and how many images can match at most."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from annotator.datasets.counts.reading import (
    Cell,
    ClassCell,
    count_of_key,
    read_cells,
    read_class_cells,
)
from annotator.models import FINISHED, Dataset, ImageCount, ImportRow, KeyCount

Flag = ImageCount.Flag


def is_empty_cell(cell: Cell) -> bool:
    return cell.status in FINISHED and not cell.flags & Flag.OBJECT


OF_CELLS: Mapping[str, Callable[[Cell, Any], bool]] = {
    "split": lambda cell, value: cell.split == value,
    "status": lambda cell, value: cell.status == value,
    "assignee": lambda cell, value: cell.assignee_id == (value or 0),
    "import_id": lambda cell, value: cell.import_id == value,
    "has_comment": lambda cell, value: bool(cell.flags & Flag.COMMENT) == value,
    "has_box": lambda cell, value: bool(cell.flags & Flag.BOX) == value,
    "is_pinned": lambda cell, value: bool(cell.flags & Flag.PINNED) == value,
    "ground_truth": lambda cell, value: bool(cell.flags & Flag.GROUND_TRUTH) == value,
    "is_empty": lambda cell, value: is_empty_cell(cell) == value,
}
"""Filters that a cell of the kept counts passes whole, or not at all."""
OF_CLASS_CELLS = frozenset({"split", "status"})


def divide_filters(
    dataset: Dataset, filters: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part the filters into those that cells answer, and the others."""
    given: dict[str, Any] = {name: value for name, value in filters.items() if is_set(name, value)}
    of_cells = {name: value for name, value in given.items() if name in OF_CELLS}
    if "import_id" in of_cells and _has_changed_images(dataset, of_cells["import_id"]):
        del of_cells["import_id"]
    return of_cells, {name: value for name, value in given.items() if name not in of_cells}


def is_set(name: str, value: object) -> bool:
    return name in ("assignee", "tag") or value not in (None, "")


def _has_changed_images(dataset: Dataset, import_id: int) -> bool:
    return ImportRow.objects.filter(
        import_job_id=import_id, import_job__dataset=dataset, changed_image__isnull=False
    ).exists()


def pass_class_cells(
    cells: Iterable[ClassCell], filters: Mapping[str, Any], without: str = ""
) -> list[ClassCell]:
    wanted = {name: value for name, value in filters.items() if name != without}
    return [
        cell
        for cell in cells
        if cell.split == wanted.get("split", cell.split)
        and cell.status == wanted.get("status", cell.status)
    ]


def most_matching(dataset: Dataset, filters: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many images can match at most, and how many there are: read, not counted."""
    of_cells, others = divide_filters(dataset, filters)
    tests = [(OF_CELLS[name], value) for name, value in of_cells.items()]
    cells = read_cells(dataset)
    total = sum(cell.images for cell in cells)
    most = sum(cell.images for cell in cells if all(test(cell, value) for test, value in tests))
    if "class_id" in others:
        own = [each for each in read_class_cells(dataset) if each.class_id == others["class_id"]]
        of_class = {name: of_cells[name] for name in OF_CLASS_CELLS if name in of_cells}
        most = min(most, sum(cell.images for cell in pass_class_cells(own, of_class)))
    if others.get("tag") is not None:
        most = min(most, count_of_key(dataset, KeyCount.Kind.TAG, str(others["tag"])))
    if "group" in others:
        most = min(most, count_of_key(dataset, KeyCount.Kind.GROUP, others["group"]))
    return most, total


def is_rare(most: int, total: int) -> bool:
    """Of n in N images 100 N / n are looked at for a page in order, or n looked up and sorted."""
    return most * most < 100 * total

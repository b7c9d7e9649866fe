"""How the images that match divide: read from counts that are kept, or counted up to a limit."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Case, IntegerField, Model, QuerySet, Value, When

from annotator.datasets.counts.reading import (
    Cell,
    add_up,
    count_by_tag,
    read_cells,
    read_class_cells,
)
from annotator.models import Dataset, Image, ImageClass, ImageTag

from .filters import Walk
from .kept import (
    OF_CELLS,
    OF_CLASS_CELLS,
    Flag,
    divide_filters,
    is_empty_cell,
    is_set,
    pass_class_cells,
)
from .listing import ImageFilters, filter_images

MOST_COUNTED = 10_000
"""Where counts are not kept, so many images are looked at, and what there is beyond is "more"."""


class Assignee(TypedDict):
    id: int
    username: str


class AssigneeCount(TypedDict):
    assignee: Assignee | None
    count: int


class Facets(TypedDict):
    """``at_least``: more images match than were looked at; the counts are of those."""

    total: int
    at_least: bool
    by_status: dict[str, int]
    by_split: dict[str, int]
    by_class: list[dict[str, int]]
    by_tag: list[dict[str, int]]
    by_assignee: list[AssigneeCount]
    with_comments: int
    with_boxes: int
    empty: int
    pinned: int


def count_facets(dataset: Dataset, filters: ImageFilters) -> Facets:
    """Count the images that match, and how they divide.

    What a filter chooses among is counted as if that filter were not set: each count is what
    choosing that instead would show.
    """
    of_cells, others = divide_filters(dataset, filters)
    cells, is_cut = _cells_of(dataset, others)

    def passing(without: str = "") -> list[Cell]:
        tests = [(OF_CELLS[name], value) for name, value in of_cells.items() if name != without]
        return [cell for cell in cells if all(test(cell, value) for test, value in tests)]

    total, is_more = sum(cell.images for cell in passing()), False
    by_status = add_up(passing("status"), lambda cell: cell.status)
    by_split = add_up(passing("split"), lambda cell: cell.split)
    class_cells = None
    if set(of_cells) <= OF_CLASS_CELLS and set(others) <= {"class_id"}:
        class_cells = read_class_cells(dataset)
    if class_cells is not None and "class_id" in others:
        own = [cell for cell in class_cells if cell.class_id == others["class_id"]]
        total = sum(cell.images for cell in pass_class_cells(own, of_cells))
        by_status = add_up(pass_class_cells(own, of_cells, "status"), lambda cell: cell.status)
        by_split = add_up(pass_class_cells(own, of_cells, "split"), lambda cell: cell.split)
    elif is_cut:
        total = _count_up_to(_sample(dataset, filters))
        is_more = total > MOST_COUNTED
    if class_cells is not None:
        by_class = add_up(pass_class_cells(class_cells, of_cells), lambda cell: cell.class_id)
    else:
        by_class = _count_by(ImageClass, "dataset_class_id", _without("class_id", dataset, filters))
    flags = {
        "with_comments": ("has_comment", Flag.COMMENT),
        "with_boxes": ("has_box", Flag.BOX),
        "pinned": ("is_pinned", Flag.PINNED),
    }
    flagged = {
        name: sum(cell.images for cell in passing(without) if cell.flags & flag)
        for name, (without, flag) in flags.items()
    }
    return {
        "total": min(total, MOST_COUNTED) if is_more else total,
        "at_least": is_more or (is_cut and class_cells is None),
        "by_status": {str(key): n for key, n in by_status.items()},
        "by_split": {str(key): n for key, n in by_split.items()},
        "by_class": [{"class_id": int(str(key)), "count": n} for key, n in by_class.items()],
        "by_tag": _by_tag(dataset, filters),
        "by_assignee": _by_assignee(passing("assignee")),
        **flagged,  # type: ignore[typeddict-item]
        "empty": sum(cell.images for cell in passing("is_empty") if is_empty_cell(cell)),
    }


def _cells_of(dataset: Dataset, filters: Mapping[str, Any]) -> tuple[list[Cell], bool]:
    """Return cells of the images that match, and whether there are more images than these."""
    if not filters:
        return read_cells(dataset), False
    rows = _sample(dataset, filters)
    flag: dict[Flag, dict[str, Any]] = {
        Flag.COMMENT: {"open_comments__gt": 0},
        Flag.OBJECT: {"instance_count__gt": 0},
        Flag.BOX: {"box_count__gt": 0},
        Flag.PINNED: {"is_split_pinned": True},
        Flag.GROUND_TRUTH: {"is_ground_truth": True},
    }
    flags = sum(
        (
            Case(When(**condition, then=Value(int(bit))), default=Value(0))
            for bit, condition in flag.items()
        ),
        start=Value(0, output_field=IntegerField()),
    )
    chosen = rows.select_related(None).annotate(flags=flags)
    names = ("split", "status", "assignee_id", "import_job_id", "flags")
    sql, parameters = chosen.values_list(*names)[: MOST_COUNTED + 1].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.*, COUNT(*) FROM "  # noqa: S608 - the text is Django's
            f"({sql}) AS d GROUP BY {', '.join(str(n) for n in range(1, len(names) + 1))}",
            parameters,
        )
        found = cursor.fetchall()
    cells = [
        Cell(split, status, assignee or 0, job or 0, bits, count, 0)
        for split, status, assignee, job, bits, count in found
    ]
    return cells, sum(cell.images for cell in cells) > MOST_COUNTED


def _count_up_to(rows: QuerySet[Image]) -> int:
    return rows[: MOST_COUNTED + 1].count()


def _sample(dataset: Dataset, filters: Mapping[str, Any]) -> QuerySet[Image]:
    """The images that match, in the order in which they are found fastest."""
    rows = filter_images(dataset, filters, walk=Walk.ANY)  # type: ignore[arg-type]
    rows = rows.select_related(None)
    return rows.order_by("stem") if "search" in filters else rows.order_by()


def _without(name: str, dataset: Dataset, filters: ImageFilters) -> QuerySet[Image]:
    others = filters.copy()
    others.pop(name, None)  # type: ignore[misc]
    return _sample(dataset, others)


def _count_by(links: type[Model], column: str, images: QuerySet[Image]) -> dict[Any, int]:
    """Count links to the first images, by a column of theirs."""
    sql, parameters = images.values_list("id")[:MOST_COUNTED].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT l.{column}, COUNT(*) FROM ({sql}) AS d "  # noqa: S608 - the text is Django's
            f"JOIN {links._meta.db_table} l ON l.image_id = d.id GROUP BY l.{column}",
            parameters,
        )
        return dict(cursor.fetchall())


def _by_tag(dataset: Dataset, filters: ImageFilters) -> list[dict[str, int]]:
    if not dataset.tags.exists():
        return []
    others = {name for name, value in filters.items() if is_set(name, value)} - {"tag"}
    counts: Mapping[Any, int]
    if others:
        counts = _count_by(ImageTag, "tag_id", _without("tag", dataset, filters))
    else:
        counts = count_by_tag(dataset)
    return [{"tag_id": pk, "count": n} for pk, n in counts.items() if n > 0]


def _by_assignee(cells: Iterable[Cell]) -> list[AssigneeCount]:
    """Images by whom they are assigned to, by name, what is nobody's last."""
    counts: Counter[int] = Counter()
    for cell in cells:
        counts[cell.assignee_id] += cell.images
    names = dict(User.objects.filter(pk__in=counts).values_list("pk", "username"))
    rows = sorted(counts.items(), key=lambda row: (row[0] == 0, names.get(row[0], "")))
    return [
        {"assignee": {"id": pk, "username": names[pk]} if pk in names else None, "count": count}
        for pk, count in rows
    ]

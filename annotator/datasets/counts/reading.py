"""Reading the counts that are kept: sums of a few rows, whatever the size of the dataset."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from django.db.models import Sum

from annotator.models import ClassCount, Dataset, ImageCount, KeyCount

T = TypeVar("T", "Cell", "ClassCell")


class Cell(NamedTuple):
    """Images of a dataset that are alike in all of these; ``assignee_id``, ``import_id``: 0 for
    none."""

    split: str
    status: str
    assignee_id: int
    import_id: int
    flags: int
    images: int
    instances: int


class ClassCell(NamedTuple):
    """Images of a split and a status with objects of a class."""

    class_id: int
    split: str
    status: str
    images: int
    instances: int
    boxes: int


class SplitStatusCount(NamedTuple):
    dataset_id: int
    split: str
    status: str
    images: int
    instances: int


def read_cells(dataset: Dataset) -> list[Cell]:
    rows = (
        ImageCount.objects.filter(dataset=dataset)
        .values_list("split", "status", "assignee_id", "import_id", "flags")
        .annotate(n=Sum("images"), m=Sum("instances"))
        .order_by()
    )
    return [cell for row in rows if (cell := Cell(*row)).images > 0]


def read_class_cells(dataset: Dataset) -> list[ClassCell]:
    rows = (
        ClassCount.objects.filter(dataset=dataset)
        .values_list("class_id", "split", "status")
        .annotate(n=Sum("images"), m=Sum("instances"), b=Sum("boxes"))
        .order_by()
    )
    return [cell for row in rows if (cell := ClassCell(*row)).images > 0]


def count_by_split_status(dataset_ids: Iterable[int]) -> list[SplitStatusCount]:
    rows = (
        ImageCount.objects.filter(dataset_id__in=list(dataset_ids))
        .values_list("dataset_id", "split", "status")
        .annotate(n=Sum("images"), m=Sum("instances"))
        .order_by()
    )
    return [SplitStatusCount(*row) for row in rows if row[3] > 0]


def count_objects_by_class(dataset_ids: Iterable[int]) -> dict[int, int]:
    """Return ``{class id: objects}`` of living images."""
    rows = ClassCount.objects.filter(dataset_id__in=list(dataset_ids)).order_by()
    return dict(rows.values_list("class_id").annotate(n=Sum("instances")))


def count_objects_by_class_split(dataset: Dataset) -> dict[int, Counter[str]]:
    """Return objects by split of each class that has any."""
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for cell in read_class_cells(dataset):
        found[cell.class_id][cell.split] += cell.instances
    return dict(found)


def count_by_tag(dataset: Dataset) -> dict[int, int]:
    """Return ``{tag id: images}``."""
    rows = KeyCount.objects.filter(dataset=dataset, kind=KeyCount.Kind.TAG).order_by()
    return {int(key): n for key, n in rows.values_list("key").annotate(n=Sum("images"))}


def list_groups(dataset: Dataset, *, search: str = "", limit: int = 50) -> list[tuple[str, int]]:
    """Return groups by name, with how many images each has."""
    rows = KeyCount.objects.filter(dataset=dataset, kind=KeyCount.Kind.GROUP)
    if search:
        rows = rows.filter(key__icontains=search)
    counted = rows.values_list("key").annotate(n=Sum("images")).filter(n__gt=0)
    return list(counted.order_by("key")[:limit])


def add_up(cells: Iterable[T], key: Callable[[T], object]) -> dict[object, int]:
    """Return the images of ``cells`` by what ``key`` says of each."""
    found: dict[object, int] = {}
    for cell in cells:
        place = key(cell)
        found[place] = found.get(place, 0) + cell.images
    return found


def count_of_key(dataset: Dataset, kind: KeyCount.Kind, key: str) -> int:
    """Return the images of a group or a tag."""
    rows = KeyCount.objects.filter(dataset=dataset, kind=kind, key=key)
    return rows.aggregate(n=Sum("images"))["n"] or 0

"""Images that are in the dataset already: finding them, and comparing their labels with others."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from annotator.folder.intake import StagedObject
from annotator.labels.polygons.geometry import Polygons
from annotator.labels.polygons.overlap import overlapping_pairs
from annotator.models import Dataset, Image, Instance

SAME_IOU = 0.99
"""Labels whose masks overlap by so much say the same."""

PRESENT_FIELDS = (
    *("stem", "extension", "split", "status", "width", "height", "revision"),
    *("instance_count", "upload_sha256", "import_job_id", "dataset_id"),
)


class Shape(NamedTuple):
    """An object, to be compared: ``key`` is its id, or its place among those of a source.

    ``class_id`` None: an ignore region.
    """

    key: str
    class_id: int | None
    polygons: Polygons


def find_present(
    dataset: Dataset, *, hashes: Iterable[str], names: Iterable[str]
) -> tuple[dict[str, Image], dict[str, Image]]:
    """Images of the dataset by hash and by name: two queries."""
    rows = dataset.images.only(*PRESENT_FIELDS)
    by_sha = {row.upload_sha256: row for row in rows.filter(upload_sha256__in=list(hashes))}
    by_name = {row.stem: row for row in rows.filter(stem__in=list(names))}
    return by_sha, by_name


def read_shapes(image: Image, *, with_regions: bool = False) -> list[Shape]:
    """The objects of an image, in their order; its ignore regions too where a source has some."""
    shapes = Instance.all_shapes if with_regions else Instance.objects
    rows = shapes.filter(image_id=image.pk).order_by("order", "id")
    return [
        Shape(str(pk), class_id, polygons)
        for pk, class_id, polygons in rows.values_list("pk", "dataset_class_id", "polygons")
    ]


def shapes_of(objects: Sequence[StagedObject]) -> list[Shape]:
    return [Shape(str(place), item.class_id, item.polygons) for place, item in enumerate(objects)]


def match_shapes(
    first: Sequence[Shape], second: Sequence[Shape], *, min_iou: float
) -> dict[str, str]:
    """Pair objects of one class whose masks overlap by ``min_iou`` or more, each at most once.

    Returns keys of ``first`` → keys of ``second``; those that overlap most are paired first.
    """
    matched: dict[str, str] = {}
    for class_id in {shape.class_id for shape in first}:
        ones = [shape for shape in first if shape.class_id == class_id]
        others = [shape for shape in second if shape.class_id == class_id]
        pairs = overlapping_pairs(
            [shape.polygons for shape in ones],
            [shape.polygons for shape in others],
            min_iou=min_iou,
        )
        paired: set[int] = set()
        for i, j, _ in sorted(pairs, key=lambda pair: -pair[2]):
            if ones[i].key not in matched and j not in paired:
                matched[ones[i].key] = others[j].key
                paired.add(j)
    return matched


def are_same(first: Sequence[Shape], second: Sequence[Shape]) -> bool:
    """Whether two annotations say the same: the same objects, in any order."""
    if len(first) != len(second):
        return False
    if [shape[1:] for shape in first] == [shape[1:] for shape in second]:
        return True
    return len(match_shapes(first, second, min_iou=SAME_IOU)) == len(first)

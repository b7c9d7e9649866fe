"""What a dataset holds, in numbers: from counts that a worker keeps, and from a few indexes.

No object is read here: see ``annotator.images.findings``, whose figures are one row a dataset.
"""

from collections import Counter
from datetime import datetime
from typing import Any, TypedDict

from django.db.models import Count

from annotator.labels.figures import bins
from annotator.labels.figures.bins import Bins
from annotator.models import (
    FINISHED,
    Dataset,
    DatasetFigures,
    Image,
    ImageStatus,
    Instance,
    Split,
)

from .counts.reading import count_objects_by_class_split


class Bin(TypedDict):
    """``place``: as the filter of the image list names it."""

    place: int
    bin: str
    count: int


class ClassSplitCount(TypedDict):
    class_id: int
    train: int
    val: int
    test: int


class Boxes(TypedDict):
    """Objects that came as boxes and that nobody has outlined, and the images that have some."""

    objects: int
    images: int


class Looked(TypedDict):
    """Images without an object: ``empty``, as somebody who finished them said; ``begun``, not
    finished; ``unseen``, nobody has looked at them."""

    empty: int
    begun: int
    unseen: int


class Together(TypedDict):
    """Images that have objects of both classes; of one with itself: that have the class."""

    first: int
    second: int
    images: int


class ObjectBins(TypedDict):
    """Objects of one class, or of all: ``positions`` are counts of ``GRID`` × ``GRID`` cells, row
    by row from the top left."""

    sizes: list[Bin]
    points: list[Bin]
    aspects: list[Bin]
    positions: list[int]


class Insights(TypedDict):
    """``computed_at`` None: no worker has measured anything yet. Figures of objects are of then;
    what is counted by images is of now."""

    computed_at: datetime | None
    images_by_split_status: list[dict[str, str | int]]
    instances_by_class_split: list[ClassSplitCount]
    instances_per_image: list[Bin]
    instance_sizes: list[Bin]
    objects: ObjectBins
    together_classes: list[int]
    together: list[Together]
    image_pixels: list[Bin]
    image_shapes: list[Bin]
    brightness: list[Bin]
    sharpness: list[Bin]
    unreadable: int
    boxes: Boxes
    without_objects: Looked


def measure_dataset(dataset: Dataset, *, class_id: int | None = None) -> Insights:
    """Return what the Insights page draws; ``objects`` are those of the class that is chosen."""
    kept = DatasetFigures.objects.filter(dataset=dataset).first()
    data: dict[str, Any] = kept.data if kept else {}
    everything = _bins_of(data, None)
    by_class = count_objects_by_class_split(dataset)
    images = Image.objects.filter(dataset=dataset).order_by()
    counts = images.values_list("split", "status", "instance_count").annotate(n=Count("pk"))
    rows = list(counts)
    by_status: Counter[tuple[str, str]] = Counter()
    for split, status, _, count in rows:
        by_status[split, status] += count
    return {
        "computed_at": kept.computed_at if kept else None,
        "images_by_split_status": [
            {"split": split, "status": status, "count": count}
            for (split, status), count in by_status.items()
        ],
        "instances_by_class_split": [
            {
                "class_id": pk,
                "train": of_split[Split.TRAIN],
                "val": of_split[Split.VAL],
                "test": of_split[Split.TEST],
            }
            for pk in dataset.classes.values_list("pk", flat=True)
            for of_split in [by_class.get(pk, Counter())]
        ],
        "instances_per_image": _per_image(rows),
        "instance_sizes": everything["sizes"],
        "objects": everything if class_id is None else _bins_of(data, class_id),
        "together_classes": data.get("together_classes", []),
        "together": [
            {"first": first, "second": second, "images": count}
            for first, second, count in data.get("together", [])
        ],
        "image_pixels": _fill(bins.PIXELS, data.get("image_pixels")),
        "image_shapes": _fill(bins.SHAPES, data.get("image_shapes")),
        "brightness": _fill(bins.BRIGHTNESS, data.get("brightness")),
        "sharpness": _fill(bins.SHARPNESS, data.get("sharpness")),
        "unreadable": data.get("unreadable", 0),
        "boxes": _count_boxes(dataset),
        "without_objects": _count_without_objects(rows),
    }


Rows = list[tuple[str, str, int, int]]
"""Split, status, objects, images."""


def _bins_of(data: dict[str, Any], class_id: int | None) -> ObjectBins:
    of_class: dict[str, dict[str, list[int]]] = data.get("by_class", {})
    chosen = list(of_class.values()) if class_id is None else [of_class.get(str(class_id), {})]

    def summed(name: str) -> list[int] | None:
        lists = [row[name] for row in chosen if name in row]
        return [sum(column) for column in zip(*lists, strict=True)] if lists else None

    return {
        "sizes": _fill(bins.SIZES, summed("sizes")),
        "points": _fill(bins.POINTS, summed("points")),
        "aspects": _fill(bins.ASPECTS, summed("aspects")),
        "positions": summed("cells") or [0] * bins.CELLS,
    }


def _fill(kind: Bins, counts: list[int] | None) -> list[Bin]:
    return [
        {"place": place, "bin": label, "count": count}
        for place, (label, count) in enumerate(
            zip(kind.labels, counts or [0] * len(kind), strict=True)
        )
    ]


def _count_boxes(dataset: Dataset) -> Boxes:
    rows = Instance.objects.filter(
        is_box=True, image__dataset=dataset, image__deleted_at__isnull=True
    )
    counts = rows.aggregate(objects=Count("pk"), images=Count("image", distinct=True))
    return {"objects": counts["objects"], "images": counts["images"]}


def _count_without_objects(rows: Rows) -> Looked:
    counts: Counter[str] = Counter()
    for _, status, objects, count in rows:
        if not objects:
            counts[status] += count
    unseen = counts[ImageStatus.UNLABELLED]
    empty = sum(counts[status] for status in FINISHED)
    return {"empty": empty, "begun": counts.total() - empty - unseen, "unseen": unseen}


def _per_image(rows: Rows) -> list[Bin]:
    """Images by their objects; none in images that nobody has looked at says nothing."""
    counts = [0] * len(bins.OBJECTS)
    for _, status, objects, count in rows:
        if objects or status != ImageStatus.UNLABELLED:
            counts[int(bins.OBJECTS.places(objects))] += count
    return _fill(bins.OBJECTS, counts)

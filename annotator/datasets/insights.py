"""What a dataset holds, in numbers."""

from collections import Counter
from typing import TypedDict

from django.db.models import Case, CharField, Count, F, FloatField, QuerySet, Value, When
from django.db.models.functions import Cast

from annotator.models import FINISHED, Dataset, Image, ImageStatus, Instance, Split

COUNT_BINS = ((0, 0), (1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (21, 50), (51, 100))
SIZE_BINS = (
    (0.0001, "< 0.01 %"),
    (0.001, "0.01–0.1 %"),
    (0.01, "0.1–1 %"),
    (0.05, "1–5 %"),
    (0.2, "5–20 %"),
)
LARGEST = "> 20 %"


class Bin(TypedDict):
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


class Insights(TypedDict):
    images_by_split_status: list[dict[str, str | int]]
    instances_by_class_split: list[ClassSplitCount]
    instances_per_image: list[Bin]
    instance_sizes: list[Bin]
    boxes: Boxes
    without_objects: Looked


def measure_dataset(dataset: Dataset) -> Insights:
    """Return the distributions that the Insights page draws; four grouped queries."""
    images = Image.objects.filter(dataset=dataset)
    return {
        "images_by_split_status": [
            {"split": split, "status": status, "count": count}
            for split, status, count in images.values_list("split", "status").annotate(
                n=Count("pk")
            )
        ],
        "instances_by_class_split": _by_class_split(dataset),
        "instances_per_image": _per_image(dataset),
        "instance_sizes": _sizes(dataset),
        "boxes": _count_boxes(dataset),
        "without_objects": _count_without_objects(dataset),
    }


def _living_instances(dataset: Dataset) -> QuerySet[Instance]:
    return Instance.objects.filter(image__dataset=dataset, image__deleted_at__isnull=True)


def _by_class_split(dataset: Dataset) -> list[ClassSplitCount]:
    counts = Counter(
        {
            (class_id, split): count
            for class_id, split, count in _living_instances(dataset)
            .order_by()
            .values_list("dataset_class_id", "image__split")
            .annotate(n=Count("pk"))
        }
    )
    return [
        {
            "class_id": class_id,
            "train": counts[class_id, Split.TRAIN],
            "val": counts[class_id, Split.VAL],
            "test": counts[class_id, Split.TEST],
        }
        for class_id in dataset.classes.values_list("pk", flat=True)
    ]


def _count_boxes(dataset: Dataset) -> Boxes:
    rows = _living_instances(dataset).filter(is_box=True)
    counts = rows.aggregate(objects=Count("pk"), images=Count("image", distinct=True))
    return {"objects": counts["objects"], "images": counts["images"]}


def _count_without_objects(dataset: Dataset) -> Looked:
    rows = Image.objects.filter(dataset=dataset, instance_count=0)
    counts = Counter(dict(rows.order_by().values_list("status").annotate(n=Count("pk"))))
    unseen = counts[ImageStatus.UNLABELLED]
    empty = sum(counts[status] for status in FINISHED)
    return {"empty": empty, "begun": counts.total() - empty - unseen, "unseen": unseen}


def _per_image(dataset: Dataset) -> list[Bin]:
    """Images by their objects; none in images that nobody has looked at says nothing."""
    looked_at = Image.objects.filter(dataset=dataset).exclude(
        status=ImageStatus.UNLABELLED, instance_count=0
    )
    counts = dict(looked_at.values_list("instance_count").annotate(n=Count("pk")))
    bins: list[Bin] = [
        {
            "bin": f"{low}" if low == high else f"{low}–{high}",
            "count": sum(n for count, n in counts.items() if low <= count <= high),
        }
        for low, high in COUNT_BINS
    ]
    last = COUNT_BINS[-1][1]
    bins.append({"bin": f"> {last}", "count": sum(n for c, n in counts.items() if c > last)})
    return bins


def _sizes(dataset: Dataset) -> list[Bin]:
    share = Cast(F("area_px"), FloatField()) / (F("image__width") * F("image__height"))
    rows = (
        _living_instances(dataset)
        .order_by()
        .annotate(share=share)
        .annotate(
            size=Case(
                *(When(share__lt=limit, then=Value(name)) for limit, name in SIZE_BINS),
                default=Value(LARGEST),
                output_field=CharField(),
            )
        )
        .values_list("size")
        .annotate(n=Count("pk"))
    )
    counts = dict(rows)
    names = [name for _, name in SIZE_BINS] + [LARGEST]
    return [{"bin": name, "count": counts.get(name, 0)} for name in names]

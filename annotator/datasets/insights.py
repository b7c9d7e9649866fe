"""What a dataset holds, in numbers."""

from collections import Counter
from typing import TypedDict

from django.db.models import Case, CharField, Count, F, FloatField, QuerySet, Value, When
from django.db.models.functions import Cast

from annotator.models import Dataset, Image, Instance, Split

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


class Insights(TypedDict):
    images_by_split_status: list[dict[str, str | int]]
    instances_by_class_split: list[ClassSplitCount]
    instances_per_image: list[Bin]
    instance_sizes: list[Bin]


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


def _per_image(dataset: Dataset) -> list[Bin]:
    counts = dict(
        Image.objects.filter(dataset=dataset).values_list("instance_count").annotate(n=Count("pk"))
    )
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

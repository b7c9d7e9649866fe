"""How far the people of a dataset agree on the images that two of them drew."""

from collections import defaultdict
from typing import TypedDict

from django.contrib.auth.models import User

from annotator.labels.polygons.agreement import MIN_IOU, Agreement, Comparison, measure_agreement
from annotator.models import Dataset, IndependentAnnotation

from .independent import list_compared


class PairAgreement(Agreement):
    first_annotator: User | None
    second_annotator: User
    images: int


class ClassAgreement(Agreement):
    class_id: int


class DatasetAgreement(TypedDict):
    images: int
    waiting: int
    min_iou: float
    overall: Agreement
    pairs: list[PairAgreement]
    classes: list[ClassAgreement]


def measure_dataset_agreement(dataset: Dataset) -> DatasetAgreement:
    """Return the figures per pair of people and per class; three queries."""
    by_pair: dict[tuple[int | None, int], list[IndependentAnnotation]] = defaultdict(list)
    comparisons: list[Comparison] = []
    for row in list_compared(dataset).defer("instances"):
        by_pair[row.first_annotator_id, row.annotator_id].append(row)
        comparisons.append(row.comparison)
    pairs: list[PairAgreement] = [
        {
            "first_annotator": rows[0].first_annotator,
            "second_annotator": rows[0].annotator,
            "images": len(rows),
            **measure_agreement(row.comparison for row in rows),
        }
        for rows in by_pair.values()
    ]
    classes: list[ClassAgreement] = []
    for class_id in dataset.classes.order_by("index").values_list("pk", flat=True):
        figures = measure_agreement(comparisons, class_id=class_id)
        if figures["first"] + figures["second"]:
            classes.append({"class_id": class_id, **figures})
    waiting = IndependentAnnotation.objects.filter(
        image__dataset=dataset,
        image__deleted_at__isnull=True,
        state=IndependentAnnotation.State.IN_PROGRESS,
    )
    return {
        "images": len(comparisons),
        "waiting": waiting.count(),
        "min_iou": MIN_IOU,
        "overall": measure_agreement(comparisons),
        "pairs": sorted(pairs, key=lambda pair: -pair["images"]),
        "classes": classes,
    }

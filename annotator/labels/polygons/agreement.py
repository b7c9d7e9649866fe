"""How far two annotations of one image agree.

Objects are matched greedily by mask IoU, the best pair first, whatever their classes; a class that
differs is told by Cohen's kappa (Cohen 1960, "A coefficient of agreement for nominal scales").
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypedDict

from .geometry import Polygons
from .overlap import overlapping_pairs

MIN_IOU = 0.5
"""Two outlines of less are of two objects."""


class Shape(NamedTuple):
    class_id: int
    polygons: Polygons


class Match(NamedTuple):
    """Places in the two annotations, and the IoU there."""

    first: int
    second: int
    iou: float


class Comparison(TypedDict):
    """What is known of one image: the class of each object, and ``[first, second, iou]``."""

    first_classes: list[int]
    second_classes: list[int]
    matches: list[Match]


class Agreement(TypedDict):
    """``f1`` is None without objects, ``mean_iou`` without matches, ``kappa`` with one class."""

    first: int
    second: int
    matched: int
    f1: float | None
    mean_iou: float | None
    kappa: float | None


def compare_annotations(first: Sequence[Shape], second: Sequence[Shape]) -> Comparison:
    """Match the objects of two annotations of one image at an IoU of ``MIN_IOU`` or more."""
    pairs = overlapping_pairs(
        [shape.polygons for shape in first],
        [shape.polygons for shape in second],
        min_iou=MIN_IOU,
    )
    near = sorted((Match(*pair) for pair in pairs), key=lambda pair: (-pair.iou, pair))
    matches: list[Match] = []
    taken_first: set[int] = set()
    taken_second: set[int] = set()
    for pair in near:
        if pair.first not in taken_first and pair.second not in taken_second:
            taken_first.add(pair.first)
            taken_second.add(pair.second)
            matches.append(pair)
    return {
        "first_classes": [shape.class_id for shape in first],
        "second_classes": [shape.class_id for shape in second],
        "matches": matches,
    }


def disagreement(comparison: Comparison) -> float:
    """From 0 (the same objects, classes and masks) to 1: one less the IoU of an average object.

    An object that one side alone has, or calls by another class, counts as IoU 0.
    """
    objects = (
        len(comparison["first_classes"])
        + len(comparison["second_classes"])
        - len(comparison["matches"])
    )
    agreed = sum(match[2] for match in comparison["matches"] if _is_same(comparison, match))
    return 1 - agreed / objects if objects else 0.0


def measure_agreement(
    comparisons: Iterable[Comparison], *, class_id: int | None = None
) -> Agreement:
    """Sum several images up. With ``class_id``: only objects of it, matched where both say so."""
    first = second = 0
    ious: list[float] = []
    pairs: list[tuple[int, int]] = []
    for comparison in comparisons:
        first_classes, second_classes = comparison["first_classes"], comparison["second_classes"]
        first += sum(class_id in (None, each) for each in first_classes)
        second += sum(class_id in (None, each) for each in second_classes)
        for i, j, iou in comparison["matches"]:
            pair = (first_classes[i], second_classes[j])
            if class_id is None or pair == (class_id, class_id):
                pairs.append(pair)
                ious.append(iou)
    return {
        "first": first,
        "second": second,
        "matched": len(ious),
        "f1": 2 * len(ious) / (first + second) if first + second else None,
        "mean_iou": sum(ious) / len(ious) if ious else None,
        "kappa": cohens_kappa(pairs),
    }


def cohens_kappa(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Agreement beyond chance on ``(first class, second class)``; None for less than 2 classes."""
    if len({each for pair in pairs for each in pair}) < 2:
        return None
    count = len(pairs)
    observed = sum(a == b for a, b in pairs) / count
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    by_chance = sum(first[each] * second[each] for each in first) / count**2
    return (observed - by_chance) / (1 - by_chance)


def _is_same(comparison: Comparison, match: Match) -> bool:
    i, j, _ = match
    return comparison["first_classes"][i] == comparison["second_classes"][j]

"""Four curves, as they go over the wire.

Precision, recall and F1 over confidence are counts (``operating``): at every confidence they are
what is shown beside a slider there. Precision over recall is the envelope that the average
precision is the area of (``average_precision``).
"""

from typing import TypedDict

import numpy as np

from training.evaluation.matching import Basis, match_greedily

from .average_precision import CURVE_X, Doubles, Scores
from .operating import IOU, Rate, count_at, rate_curves
from .statistics import Statistics

WIRE_POINTS = 201


class Curve(TypedDict):
    """``mean`` over the classes, and one curve a class in the order of ``class_names``."""

    mean: list[float]
    per_class: list[list[float]]


class RateCurve(Curve):
    """``all_objects``: of all classes counted together. 0 where nothing is predicted."""

    all_objects: list[float]


class CurveSet(TypedDict):
    """Precision, recall and F1 over confidence at IoU 0.50; ``pr``: precision over recall."""

    precision: RateCurve
    recall: RateCurve
    f1: RateCurve
    pr: Curve


class Curves(TypedDict):
    """``class_indices`` and ``class_names``: the classes that have labels in the split."""

    class_indices: list[int]
    class_names: list[str]
    confidence: list[float]
    recall: list[float]
    box: CurveSet
    mask: CurveSet


def wire_curves(
    statistics: Statistics, *, box: Scores, mask: Scores, class_names: list[str]
) -> Curves:
    """Curves of 201 points, rounded to five digits; ``class_names`` are those of the dataset."""
    x = np.linspace(0.0, 1.0, WIRE_POINTS).round(5).tolist()
    return {
        "class_indices": box.class_index.tolist(),
        "class_names": [class_names[index] for index in box.class_index],
        "confidence": x,
        "recall": x,
        "box": _curve_set(statistics, box, "box", class_count=len(class_names)),
        "mask": _curve_set(statistics, mask, "mask", class_count=len(class_names)),
    }


def _curve_set(
    statistics: Statistics, scores: Scores, basis: Basis, *, class_count: int
) -> CurveSet:
    matches = match_greedily(
        statistics.pairs_of(basis),
        ranks=statistics.ranks,
        label_count=len(statistics.label_class),
        iou=IOU,
    )
    counts = count_at(
        np.linspace(0.0, 1.0, WIRE_POINTS).round(5).astype(np.float32),
        matches,
        prediction_confidence=statistics.counted_confidence(matches, basis=basis, iou=IOU),
        prediction_class=statistics.prediction_class,
        label_class=statistics.label_class,
        class_count=class_count,
    )
    per_class, together = rate_curves(counts), rate_curves(counts.together())

    def rate_curve(name: Rate) -> RateCurve:
        rows = per_class[name][scores.class_index]
        return {**_curve(rows), "all_objects": together[name][0].round(5).tolist()}

    at = np.linspace(0.0, 1.0, WIRE_POINTS)
    return {
        "precision": rate_curve("precision"),
        "recall": rate_curve("recall"),
        "f1": rate_curve("f1"),
        "pr": _curve(
            np.array([np.interp(at, CURVE_X, row) for row in scores.precision_recall]).reshape(
                -1, WIRE_POINTS
            )
        ),
    }


def _curve(rows: Doubles) -> Curve:
    if not len(rows):
        return {"mean": [0.0] * WIRE_POINTS, "per_class": []}
    return {"mean": rows.mean(axis=0).round(5).tolist(), "per_class": rows.round(5).tolist()}

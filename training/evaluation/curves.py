"""The four curves of the results page, as they go over the wire."""

from typing import TypedDict

import numpy as np

from .average_precision import CURVE_X, Doubles, Scores

WIRE_POINTS = 201


class Curve(TypedDict):
    """``mean`` over the classes, and one curve a class in the order of ``class_names``."""

    mean: list[float]
    per_class: list[list[float]]


class CurveSet(TypedDict):
    """Precision, recall and F1 over confidence; ``pr``: precision over recall."""

    precision: Curve
    recall: Curve
    f1: Curve
    pr: Curve


class Curves(TypedDict):
    """``class_indices`` and ``class_names``: the classes that have labels in the split."""

    class_indices: list[int]
    class_names: list[str]
    confidence: list[float]
    recall: list[float]
    box: CurveSet
    mask: CurveSet


def wire_curves(*, box: Scores, mask: Scores, class_names: list[str]) -> Curves:
    """Curves of 201 points, rounded to five digits; ``class_names`` are those of the dataset."""
    x = np.linspace(0.0, 1.0, WIRE_POINTS).round(5).tolist()
    return {
        "class_indices": box.class_index.tolist(),
        "class_names": [class_names[index] for index in box.class_index],
        "confidence": x,
        "recall": x,
        "box": _curve_set(box),
        "mask": _curve_set(mask),
    }


def _curve_set(scores: Scores) -> CurveSet:
    return {
        "precision": _curve(scores.precision),
        "recall": _curve(scores.recall),
        "f1": _curve(scores.f1),
        "pr": _curve(scores.precision_recall),
    }


def _curve(per_class: Doubles) -> Curve:
    if not len(per_class):
        return {"mean": [0.0] * WIRE_POINTS, "per_class": []}
    at = np.linspace(0.0, 1.0, WIRE_POINTS)
    rows = np.stack([np.interp(at, CURVE_X, row) for row in per_class])
    return {"mean": rows.mean(axis=0).round(5).tolist(), "per_class": rows.round(5).tolist()}

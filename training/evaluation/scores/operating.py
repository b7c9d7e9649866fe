"""Precision, recall and F1 at one confidence: the only place on the server that computes them.

**The rule.** Predictions in falling confidence each take the free label that they overlap most, if
the IoU is above the threshold, whatever the classes. If the classes are the same, the prediction is
right. If not, it is of the wrong class: a false prediction of the one class and a miss of the
other. So, at one confidence, precision is right / predictions, recall is right / labels and F1 is
2 · right / (predictions + labels): counts, nothing smoothed and nothing interpolated.

There are two averages, and each figure names its own: over all objects (all classes counted
together), and the mean over the classes that have labels, where a class of which nothing is
predicted counts as 0. ``frontend/src/review-data/rates.ts`` does the same in the browser;
``frontend/src/review-data/rates.cases.json`` binds the two.

Ultralytics' precision and recall are other numbers: matched within the class, interpolated, at the
confidence where the smoothed mean F1 is highest. They are called Ultralytics' wherever they stand.
"""

from typing import Literal, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

from training.evaluation.matching import Basis, Floats, Ints, Matches
from training.evaluation.thresholds import CONFIDENCE_FLOOR

Reason = Literal["", "nothing_found", "nothing_to_measure", "not_evaluated"]
"""Why a figure is null. ``nothing_found``: there are labels, and no prediction (of Ultralytics'
figures: no label was found at any confidence). ``nothing_to_measure``: there are no labels.
``not_evaluated``: there is no evaluation (yet)."""

IOU = 0.5
"""Pairs match above it where no other IoU is chosen."""

MATCH_RULE = (
    "A prediction and a label match whatever their classes; a wrong class is a false prediction of "
    "the one class and a miss of the other."
)

CONFIDENCE_STEPS = 1000
"""The best confidence is a whole number of thousandths: what three digits show is what counts."""

Doubles = npt.NDArray[np.float64]
Rate = Literal["precision", "recall", "f1"]


class Rates(TypedDict):
    """0 … 1; null where there is nothing to divide by."""

    precision: float | None
    recall: float | None
    f1: float | None


class OperatingPoint(TypedDict):
    """Counts above ``confidence``, of pairs above ``iou``, and what follows from them.

    ``wrong_class`` counts pairs, which are neither in ``false_positives`` nor in
    ``false_negatives``: predictions = true_positives + false_positives + wrong_class, and labels =
    true_positives + false_negatives + wrong_class. ``reason``: why the rates are null, or "".
    """

    confidence: float
    iou: float
    labels: int
    predictions: int
    true_positives: int
    false_positives: int
    false_negatives: int
    wrong_class: int
    all_objects: Rates
    mean_of_classes: Rates
    reason: Reason


class ClassRates(Rates):
    """One class that has labels or predictions; ``name`` is the dataset's or the model's."""

    class_index: int
    name: str
    labels: int
    predictions: int
    true_positives: int
    reason: Reason


class ChosenPoint(OperatingPoint):
    """An operating point with its classes, as it goes over the wire."""

    basis: Basis
    class_rates: list[ClassRates]


class BestPoints(TypedDict):
    """At the best confidence of each, at IoU 0.50."""

    box: OperatingPoint
    mask: OperatingPoint


class Counts(NamedTuple):
    """Of each class, at T confidences: right (C, T) and predicted (C, T); labels (C,)."""

    right: Doubles
    predicted: Doubles
    labels: Doubles

    def together(self) -> "Counts":
        """All classes as one."""
        return Counts(*(part.sum(axis=0, keepdims=True) for part in self))


def operating_point(confusion: Ints, *, confidence: float, iou: float) -> OperatingPoint:
    """What a confusion matrix says (rows predicted, columns labelled, the background last)."""
    objects = confusion[:-1, :-1]
    right = int(np.trace(objects))
    false, missed = int(confusion[:-1, -1].sum()), int(confusion[-1, :-1].sum())
    wrong = int(objects.sum()) - right
    labels, predictions = right + missed + wrong, right + false + wrong
    reason = reason_of(labels=labels, predictions=predictions)
    classes = class_rates(confusion, names=[""] * len(objects))
    return {
        "confidence": confidence,
        "iou": iou,
        "labels": labels,
        "predictions": predictions,
        "true_positives": right,
        "false_positives": false,
        "false_negatives": missed,
        "wrong_class": wrong,
        "all_objects": _rates(right, predictions, labels),
        "mean_of_classes": NO_RATES if reason else _mean_rates(classes),
        "reason": reason,
    }


def class_rates(confusion: Ints, *, names: list[str]) -> list[ClassRates]:
    """Rates of the classes that have labels or predictions; ``names`` of all."""
    labels, predictions = confusion[:, :-1].sum(axis=0), confusion[:-1].sum(axis=1)
    return [
        {
            "class_index": index,
            "name": name,
            "labels": int(labels[index]),
            "predictions": int(predictions[index]),
            "true_positives": int(confusion[index, index]),
            **_rates(int(confusion[index, index]), int(predictions[index]), int(labels[index])),
            "reason": reason_of(labels=int(labels[index]), predictions=int(predictions[index])),
        }
        for index, name in enumerate(names)
        if labels[index] or predictions[index]
    ]


def reason_of(*, labels: int, predictions: int) -> Reason:
    """Why there are no rates; "" where there are."""
    if not labels:
        return "nothing_to_measure"
    return "" if predictions else "nothing_found"


NO_RATES: Rates = {"precision": None, "recall": None, "f1": None}


def _rates(right: int, predictions: int, labels: int) -> Rates:
    if reason_of(labels=labels, predictions=predictions):
        return NO_RATES
    return {
        "precision": right / predictions,
        "recall": right / labels,
        "f1": 2 * right / (predictions + labels),
    }


def _mean_rates(classes: list[ClassRates]) -> Rates:
    own = [row for row in classes if row["labels"]]
    return {
        "precision": sum(row["precision"] or 0.0 for row in own) / len(own),
        "recall": sum(row["recall"] or 0.0 for row in own) / len(own),
        "f1": sum(row["f1"] or 0.0 for row in own) / len(own),
    }


def count_at(
    confidences: Floats,
    matches: Matches,
    *,
    prediction_confidence: Floats,
    prediction_class: Ints,
    label_class: Ints,
    class_count: int,
) -> Counts:
    """Counts of each class above each of T rising ``confidences``; a pass over the predictions."""
    steps = np.searchsorted(confidences, prediction_confidence, side="left")
    found = np.append(label_class, -1)[matches.label]
    is_right = found == prediction_class

    def count(is_counted: npt.NDArray[np.bool_]) -> Doubles:
        # A prediction counts at every confidence before its step.
        places = (prediction_class[is_counted], steps[is_counted])
        counts = np.zeros((class_count, len(confidences) + 1))
        np.add.at(counts, places, 1)
        return counts[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]

    return Counts(
        count(is_right),
        count(np.ones(len(is_right), dtype=bool)),
        np.bincount(label_class, minlength=class_count).astype(np.float64),
    )


def rate_curves(counts: Counts) -> dict[Rate, Doubles]:
    """Rates (C, T) of each class; 0 where nothing is predicted, as in the mean of the classes."""
    right, predicted, labels = counts.right, counts.predicted, counts.labels[:, None]

    def divide(upper: Doubles, lower: Doubles) -> Doubles:
        return np.divide(upper, lower, out=np.zeros(right.shape), where=lower > 0)

    return {
        "precision": divide(right, predicted),
        "recall": divide(right, np.broadcast_to(labels, right.shape)),
        "f1": divide(2 * right, predicted + labels),
    }


def confidence_steps() -> Floats:
    """The confidences that the best one is chosen from: 0.050, 0.051 … 0.999."""
    first = round(CONFIDENCE_FLOOR * CONFIDENCE_STEPS)
    return (np.arange(first, CONFIDENCE_STEPS) / CONFIDENCE_STEPS).astype(np.float32)


def best_confidence(counts: Counts) -> float:
    """The confidence with the highest mean F1 of the classes that have labels.

    ``counts`` are at :func:`confidence_steps`. Of several in a row it is the middle one, of several
    rows the first; the floor where nothing is right.
    """
    f1 = rate_curves(counts)["f1"][counts.labels > 0]
    mean = f1.mean(axis=0) if len(f1) else np.zeros(counts.right.shape[1])
    if not mean.any():
        return CONFIDENCE_FLOOR
    is_best = mean >= mean.max() - 1e-12
    first = int(is_best.argmax())
    length = int((~is_best[first:]).argmax()) or len(is_best) - first
    middle = first + (length - 1) // 2
    return round(float(confidence_steps()[middle]), 3)

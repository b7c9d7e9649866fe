"""Why predictions are wrong: the six types of TIDE (Bolya et al. 2020, section 2.2).

A false positive is, in this order,

- *localisation*: of the right class, but it overlaps no such label enough (0.1 … 0.5);
- *classification*: it overlaps a label enough (0.5), but of another class;
- *duplicate*: it overlaps a label of its class enough, which a more confident one has found;
- *background*: it overlaps no label (0.1);
- *both*: the rest, of another class and too far off.

A label that is not found, and at which no prediction of the first two types aims, is *missed*.

``d_ap`` is what AP at IoU 0.50 would gain were all errors of one type corrected, as the paper does
it: localisation and classification become right where the label is free (of several the most
confident, the others go), duplicate, background and both go, missed labels go. Gains do not add up.
"""

from typing import Literal, NamedTuple, TypedDict

import numpy as np

from training.evaluation.matching import IOU_FLOOR, Bools, Floats, Ints, Pairs, match_greedily

from .coco import step_average_precision
from .statistics import Statistics

ErrorType = Literal["classification", "localisation", "both", "duplicate", "background", "missed"]
ERROR_TYPES: tuple[ErrorType, ...] = (
    "classification",
    "localisation",
    "both",
    "duplicate",
    "background",
    "missed",
)
CLASSIFICATION, LOCALISATION, BOTH, DUPLICATE, BACKGROUND = range(5)
RIGHT, IGNORED = -1, -2
FOREGROUND_IOU = 0.5


class ErrorFigure(TypedDict):
    """``count``: at the confidence said; ``d_ap``: over all confidences."""

    type: ErrorType
    count: int
    d_ap: float


class Errors(TypedDict):
    foreground_iou: float
    background_iou: float
    confidence: float
    ap50: float
    types: list[ErrorFigure]


class _Typed(NamedTuple):
    """``type`` (P,): a code, or ``RIGHT``. ``target`` (P,): the label that it found or aims at."""

    type: Ints
    target: Ints


def find_errors(statistics: Statistics, *, confidence: float) -> Errors:
    """Errors of masks: counted at ``confidence``, weighed over all confidences."""
    typed = type_predictions(statistics)
    ap50 = _mean_average_precision(statistics, typed.type == RIGHT)
    is_present = statistics.confidence > confidence
    counts = [int((is_present & (typed.type == code)).sum()) for code in range(BACKGROUND + 1)]
    counts.append(int(missed_labels(statistics, typed, is_present).sum()))
    return {
        "foreground_iou": FOREGROUND_IOU,
        "background_iou": IOU_FLOOR,
        "confidence": confidence,
        "ap50": ap50,
        "types": [
            {"type": name, "count": count, "d_ap": _corrected(statistics, typed, code) - ap50}
            for code, (name, count) in enumerate(zip(ERROR_TYPES, counts, strict=True))
        ],
    }


def type_predictions(statistics: Statistics) -> _Typed:
    """What each prediction is, matched within its class from the most confident on."""
    pairs = statistics.mask_pairs
    label_class, prediction_class = statistics.label_class, statistics.prediction_class
    is_same = label_class[pairs.label] == prediction_class[pairs.prediction]
    same = Pairs(pairs.label[is_same], pairs.prediction[is_same], pairs.iou[is_same])
    other = Pairs(pairs.label[~is_same], pairs.prediction[~is_same], pairs.iou[~is_same])
    found = match_greedily(
        same,
        ranks=statistics.ranks,
        label_count=len(label_class),
        iou=FOREGROUND_IOU,
        is_inclusive=True,
    ).label
    count = len(prediction_class)
    is_ignored = (found < 0) & (statistics.ignored_of("mask") >= FOREGROUND_IOU)
    same_iou, same_label = _best(same, count)
    other_iou, other_label = _best(other, count)
    is_near_same = (same_iou >= IOU_FLOOR) & (same_iou < FOREGROUND_IOU)
    kind = np.select(
        [
            found >= 0,
            is_ignored,
            is_near_same,
            other_iou >= FOREGROUND_IOU,
            same_iou >= FOREGROUND_IOU,
            np.maximum(same_iou, other_iou) < IOU_FLOOR,
        ],
        [RIGHT, IGNORED, LOCALISATION, CLASSIFICATION, DUPLICATE, BACKGROUND],
        default=BOTH,
    )
    target = np.select(
        [kind == RIGHT, kind == LOCALISATION, kind == CLASSIFICATION],
        [found, same_label, other_label],
        default=-1,
    )
    return _Typed(kind, target)


def missed_labels(statistics: Statistics, typed: _Typed, is_present: Bools) -> Bools:
    """Labels (L,) that no present prediction finds, nor aims at with the wrong class or place."""
    is_missed = np.ones(len(statistics.label_class), dtype=bool)
    is_missed[typed.target[is_present & (typed.target >= 0)]] = False
    return is_missed


def _corrected(statistics: Statistics, typed: _Typed, code: int) -> float:
    """AP at IoU 0.50 with the errors of one type corrected."""
    is_right = typed.type == RIGHT
    if code > BACKGROUND:
        everything = np.ones(len(is_right), dtype=bool)
        is_counted = ~missed_labels(statistics, typed, everything)
        return _mean_average_precision(statistics, is_right, is_label_counted=is_counted)
    is_error = typed.type == code
    prediction_class = statistics.prediction_class.copy()
    if code in (CLASSIFICATION, LOCALISATION):
        is_free = np.ones(len(statistics.label_class), dtype=bool)
        is_free[typed.target[is_right]] = False
        errors = np.flatnonzero(is_error)
        errors = errors[is_free[typed.target[errors]]]
        errors = errors[np.argsort(-statistics.confidence[errors], kind="stable")]
        _, first = np.unique(typed.target[errors], return_index=True)
        corrected = errors[first]
        is_right = is_right.copy()
        is_right[corrected] = True
        prediction_class[corrected] = statistics.label_class[typed.target[corrected]]
    return _mean_average_precision(
        statistics,
        is_right,
        is_kept=is_right | ~is_error,
        prediction_class=prediction_class,
    )


def _mean_average_precision(
    statistics: Statistics,
    is_right: Bools,
    *,
    is_kept: Bools | None = None,
    prediction_class: Ints | None = None,
    is_label_counted: Bools | None = None,
) -> float:
    """Mean over the classes that have labels of AP, its envelope read as steps."""
    order = np.argsort(-statistics.confidence, kind="stable")
    is_aside = ~is_right & (statistics.ignored_of("mask") >= FOREGROUND_IOU)
    order = order[~is_aside[order]]
    if is_kept is not None:
        order = order[is_kept[order]]
    own_class = (statistics.prediction_class if prediction_class is None else prediction_class)[
        order
    ]
    labels = statistics.label_class
    if is_label_counted is not None:
        labels = labels[is_label_counted]
    scores = [
        step_average_precision(is_right[order[own_class == index]], label_count=int(count))
        for index, count in zip(*np.unique(labels, return_counts=True), strict=True)
    ]
    return float(np.mean(scores)) if scores else 0.0


def _best(pairs: Pairs, count: int) -> tuple[Floats, Ints]:
    """The greatest IoU of each prediction (P,) and the label that it has it with, or 0 and -1."""
    iou = np.zeros(count, dtype=np.float32)
    label = np.full(count, -1, dtype=np.int64)
    order = np.argsort(pairs.iou, kind="stable")  # the greatest is written last
    iou[pairs.prediction[order]] = pairs.iou[order]
    label[pairs.prediction[order]] = pairs.label[order]
    return iou, label

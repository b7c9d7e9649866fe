"""Which prediction found which label.

All images at once: labels are numbered 0 … L-1 and predictions 0 … P-1 through the whole split, and
a prediction's *rank* is its place in its image, the most confident first. Only pairs that overlap
are kept (``Pairs``), so a split of a million objects fits in memory.

Matching is greedy and one to one: predictions in falling confidence each take the free label that
they overlap most, as in PASCAL VOC (Everingham et al. 2010, section 4.2) and COCO, and as
Ultralytics does. Because the more confident go first, what one prediction finds does not depend on
those below it: **a match made once holds at every confidence threshold**. So a threshold only masks
the predictions under it, and a slider needs no new matching.

**Ignore regions** are COCO's crowds for all classes (``iscrowd``, ``evaluateImg`` of pycocotools):
what is drawn there is neither right nor wrong. A prediction that found no label, and of whose own
area a share of the IoU threshold or more lies in ignore regions, is set aside: it counts nowhere.
"""

import itertools
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Basis = Literal["box", "mask"]
Outcome = Literal["tp", "fp", "fn", "wrong_class"]

IOU_FLOOR = 0.1
"""Pairs that overlap less are not stored."""

IOU_THRESHOLDS: Floats = np.linspace(0.5, 0.95, 10, dtype=np.float32)
"""COCO's ten thresholds, over which mAP50-95 is the mean."""

LOW_IOU = 0.7
"""A right detection whose mask overlaps its label less than this is called loose."""

TP, FP, FN, WRONG_CLASS, ABSENT = range(5)
OUTCOMES: tuple[Outcome, ...] = ("tp", "fp", "fn", "wrong_class")


class Pairs(NamedTuple):
    """Overlapping pairs, each array of shape (K,); in the order of predictions, then labels."""

    label: Ints
    prediction: Ints
    iou: Floats | npt.NDArray[np.float64]


class Matches(NamedTuple):
    """``label`` (P,): the label that each prediction took, or -1. ``iou`` (P,): their overlap."""

    label: Ints
    iou: Floats


class Outcomes(NamedTuple):
    """What became of each label (L,) and prediction (P,) at one confidence.

    ``*_outcome`` are codes: TP, FN or WRONG_CLASS for a label; TP, FP, WRONG_CLASS or ABSENT (not
    confident enough) for a prediction. ``*_match`` is the partner's number or -1, ``*_iou`` 0 then.
    """

    label_outcome: npt.NDArray[np.int8]
    label_match: Ints
    label_iou: Floats
    prediction_outcome: npt.NDArray[np.int8]
    prediction_match: Ints
    prediction_iou: Floats


def set_aside(matches: Matches, *, ignored: npt.NDArray[np.float64], iou: float) -> Bools:
    """Which predictions (P,) lie in ignore regions at an IoU threshold and found no label.

    ``ignored`` (P,): how much of each prediction's own area lies in ignore regions.
    """
    is_aside: Bools = (matches.label < 0) & (ignored >= iou)
    return is_aside


def counted_at_thresholds(
    correct: Bools, *, ignored: npt.NDArray[np.float64], thresholds: Floats = IOU_THRESHOLDS
) -> Bools:
    """Which predictions count at the T IoU thresholds, (P, T): those not set aside."""
    is_counted: Bools = correct | (ignored[:, None] < thresholds[None, :])
    return is_counted


def match_greedily(
    pairs: Pairs,
    *,
    ranks: Ints,
    label_count: int,
    iou: float,
    is_inclusive: bool = False,
) -> Matches:
    """Greedy one-to-one matching of all images; ``ranks`` has shape (P,).

    Pairs count with an IoU above ``iou``, or of ``iou`` too where ``is_inclusive`` (average
    precision counts from 0.50 on, the confusion matrix above 0.45). Of equal overlaps the first
    label wins. All predictions of one rank are matched in one step: they lie in different images.
    """
    counts = pairs.iou >= iou if is_inclusive else pairs.iou > iou
    chosen = np.flatnonzero(counts)
    chosen = chosen[
        np.lexsort((pairs.label[chosen], pairs.prediction[chosen], ranks[pairs.prediction[chosen]]))
    ]
    label, prediction, overlap = pairs.label[chosen], pairs.prediction[chosen], pairs.iou[chosen]
    matched_label = np.full(len(ranks), -1, dtype=np.int64)
    matched_iou = np.zeros(len(ranks), dtype=np.float32)
    is_taken = np.zeros(label_count, dtype=bool)
    steps = np.flatnonzero(np.diff(ranks[prediction])) + 1
    bounds = [0, *steps.tolist(), len(label)] if len(label) else []
    for begin, end in itertools.pairwise(bounds):
        step_label, step_prediction = label[begin:end], prediction[begin:end]
        free = np.where(is_taken[step_label], np.float32(0), overlap[begin:end])
        best = _first_maximum(free, step_prediction)
        best = best[free[best] > 0]
        matched_label[step_prediction[best]] = step_label[best]
        matched_iou[step_prediction[best]] = free[best]
        is_taken[step_label[best]] = True
    return Matches(matched_label, matched_iou)


def _first_maximum(values: Floats | npt.NDArray[np.float64], groups: Ints) -> Ints:
    """The first place of the greatest value in each run of equal ``groups``."""
    starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])
    greatest = np.maximum.reduceat(values, starts)
    run = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(groups)]))
    places = np.flatnonzero(values == greatest[run])
    is_first = np.r_[True, run[places][1:] != run[places][:-1]]
    return places[is_first]


def correct_at_thresholds(
    pairs: Pairs,
    *,
    ranks: Ints,
    label_class: Ints,
    prediction_class: Ints,
    thresholds: Floats = IOU_THRESHOLDS,
) -> Bools:
    """Whether each prediction is right at the T IoU thresholds, shape (P, T).

    Only labels of the prediction's own class can be found, at each threshold anew.
    """
    is_same = label_class[pairs.label] == prediction_class[pairs.prediction]
    own = Pairs(pairs.label[is_same], pairs.prediction[is_same], pairs.iou[is_same])
    columns = [
        match_greedily(
            own, ranks=ranks, label_count=len(label_class), iou=float(iou), is_inclusive=True
        ).label
        >= 0
        for iou in thresholds
    ]
    return np.stack(columns, axis=1)


def outcomes_at(
    matches: Matches,
    *,
    confidence: float,
    prediction_confidence: Floats,
    prediction_class: Ints,
    label_class: Ints,
) -> Outcomes:
    """Outcomes with the predictions above ``confidence``; matches are made regardless of class."""
    is_present = prediction_confidence > confidence
    is_matched = is_present & (matches.label >= 0)
    prediction_match = np.where(is_matched, matches.label, -1)
    prediction_iou = np.where(is_matched, matches.iou, np.float32(0))
    finder = np.flatnonzero(is_matched)
    found = prediction_match[finder]
    is_right = prediction_class[finder] == label_class[found]
    prediction_outcome = np.where(is_present, FP, ABSENT).astype(np.int8)
    prediction_outcome[finder] = np.where(is_right, TP, WRONG_CLASS)
    label_outcome = np.full(len(label_class), FN, dtype=np.int8)
    label_outcome[found] = np.where(is_right, TP, WRONG_CLASS)
    label_match = np.full(len(label_class), -1, dtype=np.int64)
    label_match[found] = finder
    label_iou = np.zeros(len(label_class), dtype=np.float32)
    label_iou[found] = prediction_iou[finder]
    return Outcomes(
        label_outcome, label_match, label_iou, prediction_outcome, prediction_match, prediction_iou
    )


def panoptic_quality(
    *,
    iou_sum: npt.NDArray[np.float64],
    true_positives: Ints,
    false_positives: Ints,
    false_negatives: Ints,
    wrong_class: Ints,
) -> npt.NDArray[np.float64]:
    """How right each image is, 0 … 1: the lower, the sooner a reviewer should see it.

    Panoptic quality (Kirillov et al. 2019, equation 1): the IoU summed over the right detections,
    divided by TP + FP/2 + FN/2. A wrong class is a false positive and a false negative at once. An
    image with neither labels nor predictions has nothing wrong: 1.
    """
    denominator = true_positives + (false_positives + false_negatives) / 2 + wrong_class
    return np.divide(iou_sum, denominator, out=np.ones(len(iou_sum)), where=denominator > 0)

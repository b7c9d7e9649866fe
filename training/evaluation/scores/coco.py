"""COCO's average precision of masks, as pycocotools computes it.

It differs from Ultralytics' (``average_precision``) in three ways, so both are told:

- masks are compared at the resolution of the stored image, not of the model's prototypes;
- the precision envelope is read as a step function at 101 recalls and averaged, not integrated;
- at most 100 predictions count, of each class in each image.

For a range of areas, labels outside of it are set aside: a prediction that finds nothing inside may
find one of them and is then set aside too, as is one that finds nothing and has such an area
itself (``evaluateImg`` and ``accumulate`` of pycocotools). Ignore regions are crowds of every class
(``iscrowd``): any number of predictions may lie in one.
"""

from typing import NamedTuple

import numpy as np

from training.evaluation.matching import Bools, Floats, Ints, Pairs, match_greedily

from .average_precision import Doubles
from .statistics import NativeMasks, Statistics

MAX_DETECTIONS = 100
_THRESHOLDS: Doubles = np.linspace(0.5, 0.95, 10)
"""In double precision, as the IoU of such masks is."""
_RECALLS: Doubles = np.linspace(0.0, 1.0, 101)


class CocoMatches(NamedTuple):
    """At the ten thresholds, (P, 10): which predictions are right, and which count at all."""

    is_right: Bools
    is_counted: Bools


class AreaRange(NamedTuple):
    """From ``begin`` to ``end``, both within, as pycocotools has it."""

    begin: float
    end: float


def match_coco(
    statistics: Statistics, native: NativeMasks, *, area: AreaRange | None = None
) -> tuple[CocoMatches, Bools]:
    """Matches of masks within the class, and which labels (L,) count in the range of areas."""
    label_class, prediction_class = statistics.label_class, statistics.prediction_class
    is_considered = _rank_in_class(statistics) < MAX_DETECTIONS
    is_label_counted = np.ones(len(label_class), dtype=bool)
    is_inside = np.ones(len(prediction_class), dtype=bool)
    if area:
        is_label_counted = _is_inside(native.label_area, area)
        is_inside = _is_inside(native.prediction_area, area)
    pairs = native.pairs
    is_own = (label_class[pairs.label] == prediction_class[pairs.prediction]) & is_considered[
        pairs.prediction
    ]
    own = _choose(pairs, is_own)
    counted = _choose(own, is_label_counted[own.label])
    aside = _choose(own, ~is_label_counted[own.label])
    ignored = statistics.ignored_of("mask").astype(np.float64)
    right, counts = [], []
    for threshold in _THRESHOLDS:
        is_right = _is_matched(counted, statistics, iou=float(threshold))
        is_aside = np.zeros_like(is_right)
        if len(aside.label):
            # What lies in an ignore region by more than it overlaps a label goes there.
            goes_there = (ignored >= threshold) & ~is_right
            is_left = ~is_right & ~goes_there
            left = _choose(
                aside,
                is_left[aside.prediction]
                | (goes_there[aside.prediction] & (aside.iou > ignored[aside.prediction])),
            )
            is_aside = _is_matched(left, statistics, iou=float(threshold))
        is_aside = is_aside | (~is_right & (ignored >= threshold))
        right.append(is_right)
        counts.append(is_considered & (is_right | (is_inside & ~is_aside)))
    return CocoMatches(np.stack(right, axis=1), np.stack(counts, axis=1)), is_label_counted


def score_coco(
    statistics: Statistics, matches: CocoMatches, is_label_counted: Bools, *, class_index: Ints
) -> Doubles:
    """Average precision of each class (C, 10); NaN where the class has no label that counts."""
    result = np.full((len(class_index), matches.is_right.shape[1]), np.nan)
    order = np.argsort(-statistics.confidence, kind="stable")
    own_class = statistics.prediction_class[order]
    for row, index in enumerate(class_index):
        label_count = int((is_label_counted & (statistics.label_class == index)).sum())
        if not label_count:
            continue
        own = order[own_class == index]
        for column in range(result.shape[1]):
            counted = own[matches.is_counted[own, column]]
            result[row, column] = step_average_precision(
                matches.is_right[counted, column], label_count=label_count
            )
    return result


def step_average_precision(is_right: Bools, *, label_count: int) -> float:
    """The mean of the precision envelope at 101 recalls; predictions in falling confidence."""
    found = is_right.cumsum()
    recall, precision = found / label_count, found / np.arange(1, len(found) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(recall, _RECALLS, side="left")
    reached = places[places < len(envelope)]
    return float(envelope[reached].sum() / len(_RECALLS))


def _rank_in_class(statistics: Statistics) -> Ints:
    """The place of each prediction among those of its class in its image, from 0."""
    class_count = int(statistics.prediction_class.max(initial=0)) + 1
    group = statistics.image_of_prediction * class_count + statistics.prediction_class
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    first = np.searchsorted(ordered, ordered, side="left")
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - first
    return rank


def _is_matched(pairs: Pairs, statistics: Statistics, *, iou: float) -> Bools:
    # Of equal overlaps pycocotools takes the last label, match_greedily the first.
    label_count = len(statistics.label_class)
    matches = match_greedily(
        pairs._replace(label=label_count - 1 - pairs.label),
        ranks=statistics.ranks,
        label_count=label_count,
        iou=iou,
        is_inclusive=True,
    )
    is_matched: Bools = matches.label >= 0
    return is_matched


def _choose(pairs: Pairs, is_chosen: Bools) -> Pairs:
    return Pairs(pairs.label[is_chosen], pairs.prediction[is_chosen], pairs.iou[is_chosen])


def _is_inside(values: Floats, area: AreaRange) -> Bools:
    is_inside: Bools = (values >= area.begin) & (values <= area.end)
    return is_inside

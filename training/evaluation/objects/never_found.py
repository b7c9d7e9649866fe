"""Labels that none of several models found, on the same version and split."""

from collections.abc import Sequence

import numpy as np

from training.evaluation.files.loading import Loaded
from training.evaluation.matching import TP, Floats, Ints
from training.evaluation.thresholds import CONFIDENCE_FLOOR

MATCH_IOU = 0.5


def never_found(loaded: Loaded, asked: Sequence[Loaded]) -> tuple[Ints, Floats, Floats]:
    """Labels that no evaluation found, with score and greatest IoU."""
    best = _best_iou_of_labels(loaded)
    missed_by_all = 1 - _recall_of_labels(loaded)
    for other in asked:
        place = places_of_labels(loaded, other)
        is_there = place >= 0
        best[is_there] = np.maximum(best[is_there], _best_iou_of_labels(other)[place[is_there]])
        missed_by_all[is_there] *= 1 - _recall_of_labels(other)[place[is_there]]
    extra = np.flatnonzero(best < MATCH_IOU)
    score = ((1 - best) * (1 - missed_by_all)).astype(np.float32)
    return extra, score[extra], best[extra]


def _best_iou_of_labels(loaded: Loaded) -> Floats:
    """The greatest IoU of each label (L,) with a prediction that is shown."""
    statistics = loaded.statistics
    is_shown = statistics.confidence[statistics.mask_prediction] >= np.float32(CONFIDENCE_FLOOR)
    return greatest_of(
        statistics.mask_label[is_shown], statistics.mask_iou[is_shown], len(statistics.label_class)
    )


def _recall_of_labels(loaded: Loaded) -> Floats:
    """Of each label (L,) how much of its class the model finds, at its best confidence."""
    statistics = loaded.statistics
    outcomes = loaded.outcomes(
        confidence=loaded.summary["best_confidence"]["mask"], iou=MATCH_IOU, basis="mask"
    )
    class_count = len(loaded.summary["class_names"])
    labels = np.bincount(statistics.label_class, minlength=class_count)
    is_found = outcomes.label_outcome == TP
    found = np.bincount(statistics.label_class[is_found], minlength=class_count)
    recall: Floats = (found / np.maximum(labels, 1)).astype(np.float32)
    return recall[statistics.label_class]


def places_of_labels(loaded: Loaded, other: Loaded) -> Ints:
    """The number in ``other`` of each label (L,), or -1: by file name and row."""
    told = {name: index for index, name in enumerate(other.statistics.file_name.tolist())}
    image_in_other = np.array(
        [told.get(name, -1) for name in loaded.statistics.file_name.tolist()], dtype=np.int64
    )
    rows = [one.statistics.native.label_row for one in (loaded, other) if one.statistics.native]
    width = 1 + max(int(row.max(initial=0)) for row in rows)
    own = image_in_other[loaded.image_of_label] * width + rows[0]
    theirs = other.image_of_label * width + rows[1]
    order = np.argsort(theirs)
    at = np.searchsorted(theirs[order], own).clip(0, max(0, len(order) - 1))
    place = np.full(len(own), -1, dtype=np.int64)
    if len(order):
        is_same = theirs[order][at] == own
        place[is_same] = order[at][is_same]
    return place


def greatest_of(groups: Ints, values: Floats, count: int) -> Floats:
    """The greatest value of each of ``count`` groups, or 0."""
    greatest = np.zeros(count, dtype=np.float32)
    np.maximum.at(greatest, groups, values)
    return greatest

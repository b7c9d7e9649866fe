"""Average precision, and precision and recall where the mean F1 is highest.

The definitions are Ultralytics' (``ap_per_class`` of its metrics), so that Segloop's figures are
its figures:

- The precision envelope is interpolated at 101 recalls (0, 0.01 … 1) *linearly* and integrated by
  the trapezoid rule. COCO instead averages the envelope's value at the same 101 recalls, taken as a
  step function (pycocotools ``accumulate``), so the two differ by up to about 0.01 on few labels
  and meet as labels grow in number.
- Curves over confidence have 1,000 points. A class without labels has no AP and no curve; one
  without predictions has AP 0.
- The best confidence is the maximum of the mean F1 curve, smoothed by a box of a tenth of its
  length.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from training.evaluation.matching import Bools, Floats, Ints

Doubles = npt.NDArray[np.float64]

CURVE_X: Doubles = np.linspace(0.0, 1.0, 1000)
_AP_RECALLS: Doubles = np.linspace(0.0, 1.0, 101)
_SMOOTHING = 0.1


class Scores(NamedTuple):
    """Scores of the C classes that have labels, on boxes or on masks.

    ``class_index`` (C,); ``average_precision`` (C, 10), a column an IoU threshold. ``precision``,
    ``recall``, ``f1`` (C, 1000) over confidence ``CURVE_X`` at IoU 0.50; ``precision_recall``
    (C, 1000): precision over recall ``CURVE_X`` at IoU 0.50. ``best``: the index in ``CURVE_X`` of
    the confidence with the highest mean F1.
    """

    class_index: Ints
    average_precision: Doubles
    precision: Doubles
    recall: Doubles
    f1: Doubles
    precision_recall: Doubles
    best: int


def score_classes(
    correct: Bools,
    *,
    confidence: Floats,
    prediction_class: Ints,
    label_class: Ints,
    is_counted: Bools | None = None,
) -> Scores:
    """Scores from ``correct`` (P, 10), the predictions' confidences and classes (P,) and labels.

    ``is_counted`` (P, 10): which predictions count at a threshold; None: all.
    """
    if is_counted is None:
        is_counted = np.ones(correct.shape, dtype=bool)
    is_counted = is_counted[np.argsort(-confidence, kind="stable")]
    order = np.argsort(-confidence, kind="stable")
    correct, confidence, prediction_class = (
        correct[order],
        confidence[order],
        prediction_class[order],
    )
    classes, label_counts = np.unique(label_class, return_counts=True)
    shape = (len(classes), len(CURVE_X))
    average_precision = np.zeros((len(classes), correct.shape[1]))
    precision, recall, precision_recall = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for row, (class_index, label_count) in enumerate(zip(classes, label_counts, strict=True)):
        is_own = prediction_class == class_index
        if not is_own.any():
            continue
        own, own_counted = correct[is_own], is_counted[is_own]
        for column in range(correct.shape[1]):
            counts = own_counted[:, column]
            if not counts.any():
                continue
            found = own[counts, column].cumsum()
            own_recall = found / label_count
            own_precision = found / np.arange(1, len(found) + 1)
            if column == 0:
                # Confidence falls along the predictions, and interpolation wants it to rise.
                falling = -confidence[is_own][counts]
                recall[row] = np.interp(-CURVE_X, falling, own_recall, left=0.0)
                precision[row] = np.interp(-CURVE_X, falling, own_precision, left=1.0)
            at, envelope = precision_envelope(own_recall, own_precision)
            sampled = np.interp(_AP_RECALLS, at, envelope)
            average_precision[row, column] = np.trapezoid(sampled, _AP_RECALLS)
            if column == 0:
                precision_recall[row] = np.interp(CURVE_X, at, envelope)
    f1 = 2 * precision * recall / (precision + recall + 1e-16)
    best = int(_smooth(f1.mean(axis=0)).argmax()) if len(classes) else 0
    return Scores(
        classes.astype(np.int64), average_precision, precision, recall, f1, precision_recall, best
    )


def precision_envelope(recall: Doubles, precision: Doubles) -> tuple[Doubles, Doubles]:
    """Recalls and the greatest precision at that recall or beyond, with both ends closed."""
    at = np.concatenate(([0.0], recall, [recall[-1]], [1.0]))
    closed = np.concatenate(([1.0], precision, [0.0], [0.0]))
    return at, np.maximum.accumulate(closed[::-1])[::-1]


def _smooth(curve: Doubles) -> Doubles:
    """Moving average over a tenth of the curve; its ends are carried on outwards."""
    width = round(len(curve) * _SMOOTHING * 2) // 2 + 1
    padded = np.pad(curve, width // 2, mode="edge")
    return np.convolve(padded, np.ones(width) / width, mode="valid")

"""The confusion matrix at any confidence and IoU, on boxes or masks."""

import numpy as np
import numpy.typing as npt

from training.evaluation.matching import FP, TP, WRONG_CLASS, Ints, Outcomes


def confusion_matrix(
    outcomes: Outcomes, *, prediction_class: Ints, label_class: Ints, class_count: int
) -> Ints:
    """Counts of shape (class_count + 1, class_count + 1): rows predicted, columns true.

    The last row and column are the background: a label that nothing found counts in the last row, a
    prediction that found nothing in the last column. So every column of a class sums to its labels,
    and every row of a class to its predictions above the confidence.

    Matches are made regardless of class. At confidence 0.25 and IoU 0.45 on boxes this is
    Ultralytics' ``ConfusionMatrix`` at its own defaults; its validation fills the matrix of its
    plots at the confidence of the validation, 0.001.
    """
    size = class_count + 1
    counts = np.zeros((size, size), dtype=np.int64)
    finder = np.flatnonzero(np.isin(outcomes.prediction_outcome, (TP, WRONG_CLASS)))
    found = outcomes.prediction_match[finder]
    np.add.at(counts, (prediction_class[finder], label_class[found]), 1)
    wrong = prediction_class[outcomes.prediction_outcome == FP]
    counts[:class_count, class_count] = np.bincount(wrong, minlength=class_count)
    missed = label_class[outcomes.label_match < 0]
    counts[class_count, :class_count] = np.bincount(missed, minlength=class_count)
    return counts


def normalise_columns(counts: Ints) -> npt.NDArray[np.float64]:
    """Shares of each true class; a column without labels stays 0."""
    shares = np.zeros(counts.shape)
    totals = counts.sum(axis=0, keepdims=True)
    np.divide(counts, totals, out=shares, where=totals > 0)
    return shares

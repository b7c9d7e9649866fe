"""The best confidence of an evaluation, and what is counted there."""

from training.evaluation.matching import Basis, match_greedily, outcomes_at

from .confusion import confusion_matrix
from .operating import (
    IOU,
    OperatingPoint,
    best_confidence,
    confidence_steps,
    count_at,
    operating_point,
)
from .statistics import Statistics


def find_best_point(statistics: Statistics, basis: Basis, *, class_count: int) -> OperatingPoint:
    """Where the mean F1 of the classes is highest at IoU 0.50."""
    matches = match_greedily(
        statistics.pairs_of(basis),
        ranks=statistics.ranks,
        label_count=len(statistics.label_class),
        iou=IOU,
    )
    confidences = statistics.counted_confidence(matches, basis=basis, iou=IOU)
    counts = count_at(
        confidence_steps(),
        matches,
        prediction_confidence=confidences,
        prediction_class=statistics.prediction_class,
        label_class=statistics.label_class,
        class_count=class_count,
    )
    confidence = best_confidence(counts)
    outcomes = outcomes_at(
        matches,
        confidence=confidence,
        prediction_confidence=confidences,
        prediction_class=statistics.prediction_class,
        label_class=statistics.label_class,
    )
    confusion = confusion_matrix(
        outcomes,
        prediction_class=statistics.prediction_class,
        label_class=statistics.label_class,
        class_count=class_count,
    )
    return operating_point(confusion, confidence=confidence, iou=IOU)

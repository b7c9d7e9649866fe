"""Figures as people and programs see them: null with a reason, never a zero that measured nothing.

Ultralytics answers 0 for all four figures both when there are labels and nothing was found, and
when there were no labels. The rows of the database keep its zeros; payloads tell the two apart.
"""

from typing import Any, Literal, TypedDict

from training.evaluation.comparing.differences import LEAST_IMAGES, Differences
from training.evaluation.scores.operating import OperatingPoint, Reason

REASON_WORDS: dict[Reason, str] = {
    "": "",
    "nothing_found": "nothing found",
    "nothing_to_measure": "nothing to measure",
    "not_evaluated": "not evaluated",
}


Average = Literal["mean_of_classes", "all_objects"]
AVERAGE_WORDS: dict[Average, str] = {
    "mean_of_classes": "mean of classes",
    "all_objects": "all objects",
}


class MetricSetPayload(TypedDict):
    """Ultralytics' own figures, 0 … 1; all null where there is a reason beside them.

    Its precision and recall are means over the classes, smoothed, at its own best confidence:
    what Segloop shows as precision, recall and F1 is ``operating``.
    """

    precision: float | None
    recall: float | None
    map50: float | None
    map50_95: float | None


FigureName = Literal["precision", "recall", "map50", "map50_95"]
NO_METRICS: MetricSetPayload = {
    "precision": None,
    "recall": None,
    "map50": None,
    "map50_95": None,
}


def reason_of_metrics(*sets: Any, has_labels: bool) -> Reason:
    """Why these sets (each a MetricSet, or None) are not shown; "" where one of them is."""
    known = [metrics for metrics in sets if metrics]
    if not known:
        return "not_evaluated"
    if not has_labels:
        return "nothing_to_measure"
    return "" if any(_is_something(metrics) for metrics in known) else "nothing_found"


def shown_metrics(metrics: Any, *, has_labels: bool = True) -> MetricSetPayload:
    """A stored MetricSet, with null for what measured nothing."""
    if not metrics or not has_labels or not _is_something(metrics):
        return NO_METRICS
    return {name: metrics[name] for name in NO_METRICS}  # type: ignore[return-value]


def has_val_labels(val_losses: Any) -> bool:
    """Whether an epoch was validated on any label: without one its losses are 0 to the bit."""
    return not val_losses or any(val_losses[name] for name in ("box", "seg", "dfl"))


def _is_something(metrics: dict[str, float]) -> bool:
    return any(metrics[name] for name in NO_METRICS)


def figure_words(value: float | None, reason: Reason = "") -> str:
    """Three digits, as every page has them; words for a figure that is null."""
    if value is None:
        return REASON_WORDS[reason] or "–"
    return f"{value:.3f}"


def operating_words(point: OperatingPoint, average: Average = "mean_of_classes") -> str:
    """ "precision 0.512, recall 0.434, F1 0.470 (mean of classes) at confidence 0.369, …"."""
    rates, reason = point[average], point["reason"]
    at = f"confidence {point['confidence']:.3f}, IoU {point['iou']:.3f}"
    if reason:
        return f"{REASON_WORDS[reason]} at {at}"
    shown = ", ".join(
        f"{word} {figure_words(value)}"
        for word, value in (
            ("precision", rates["precision"]),
            ("recall", rates["recall"]),
            ("F1", rates["f1"]),
        )
    )
    return f"{shown} ({AVERAGE_WORDS[average]}) at {at}"


class ComparedCounts(Differences):
    """Two evaluations on the same images, and on how many of these the other is better."""

    better: int
    worse: int
    same: int


def count_words(pair: ComparedCounts) -> str:
    """ "Better on 41 images, worse on 2, equal on 1"."""
    better = f"{pair['better']} image{'' if pair['better'] == 1 else 's'}"
    return f"Better on {better}, worse on {pair['worse']}, equal on {pair['same']}"


def verdict_words(pair: ComparedCounts) -> str:
    """ "the difference in mAP50-95 is not distinguishable from chance"."""
    if pair["is_too_small"]:
        return (
            f"{pair['image_count']} images are too few to tell a difference from chance (at least "
            f"{LEAST_IMAGES} are needed)"
        )
    figure = pair["figures"][0]
    if figure["difference"] is None:
        return "there is nothing to measure, as no image has a label"
    if figure["difference"] == figure["low"] == figure["high"] == 0:
        return "their mAP50-95 is the same"
    is_told = "is" if figure["is_distinguishable"] else "is not"
    return f"the difference in mAP50-95 {is_told} distinguishable from chance"

"""The figures beyond the headline, each with its thresholds: computed once, by the engine.

What needs masks at the stored image's resolution is null in folders of format 1, and a note says
so; the rest is computed from what they hold.
"""

from typing import NamedTuple, TypedDict

import numpy as np

from training.evaluation.matching import (
    ABSENT,
    IOU_THRESHOLDS,
    TP,
    Bools,
    Floats,
    Ints,
    correct_at_thresholds,
    match_greedily,
    outcomes_at,
)
from training.evaluation.sizes import AREA_LIMITS, SIZES, Size, sizes_of
from training.evaluation.thresholds import BOUNDARY_RATIO, CONFIDENCE_FLOOR, LOWEST_CONFIDENCE

from .average_precision import Doubles, Scores
from .calibration import Calibration, calibrate
from .coco import MAX_DETECTIONS, AreaRange, match_coco, score_coco
from .error_types import Errors, find_errors
from .figures import FORMAT, Speed, Summary
from .operating import Reason, reason_of
from .statistics import NativeMasks, Statistics

MATCH_IOU = 0.5
COCO_DEFINITION = (
    "COCO: masks at the resolution of the stored image, the precision envelope as steps at 101 "
    f"recalls, at most {MAX_DETECTIONS} predictions of a class in an image. The other figures are "
    "Ultralytics': masks at a quarter of the network's input, the envelope integrated."
)
OUTDATED_NOTE = (
    "This evaluation was made by an older version of Segloop: sizes and COCO's figures were not "
    "measured as COCO does. Evaluate again to have them."
)


class Thresholds(TypedDict):
    confidence: float
    iou: float
    confidence_floor: float
    lowest_confidence: float


class ClassPrecisions(TypedDict):
    """AP of one class at the ten IoU thresholds."""

    class_index: int
    name: str
    instances: int
    box: list[float]
    mask: list[float]
    coco_mask: list[float] | None


class MeanPrecisions(TypedDict):
    box: list[float]
    mask: list[float]
    coco_mask: list[float] | None


class Precisions(TypedDict):
    ious: list[float]
    mean: MeanPrecisions
    classes: list[ClassPrecisions]


class CocoFigures(TypedDict):
    """Null where no label has that size."""

    ap: float | None
    ap50: float | None
    ap75: float | None
    ap_small: float | None
    ap_medium: float | None
    ap_large: float | None
    max_detections: int
    definition: str


class SizeFigures(TypedDict):
    """AP by COCO's rules. Counts, precision and recall by the one rule (``operating``), at the
    confidence and IoU of ``thresholds``; a pair has the size of its label."""

    size: Size
    area_from: float
    area_to: float | None
    labels: int
    predictions: int
    true_positives: int
    false_positives: int
    false_negatives: int
    precision: float | None
    recall: float | None
    reason: Reason
    ap50: float | None
    ap: float | None


class ClassOverlap(TypedDict):
    class_index: int
    name: str
    count: int
    mask_iou: float | None
    native_mask_iou: float | None
    boundary_iou: float | None


class Overlap(TypedDict):
    """Means over the right detections. ``mask_iou``: as Ultralytics measures it; ``native_*``: at
    the stored image's resolution; boundaries as wide as ``dilation_ratio`` of the diagonal."""

    confidence: float
    iou: float
    count: int
    mask_iou: float | None
    native_mask_iou: float | None
    boundary_iou: float | None
    dilation_ratio: float
    classes: list[ClassOverlap]


class Figures(TypedDict):
    format: int
    notes: list[str]
    thresholds: Thresholds
    ap: Precisions
    coco: CocoFigures | None
    sizes: list[SizeFigures] | None
    overlap: Overlap
    calibration: Calibration
    errors: Errors
    speed: Speed | None


def compute_figures(
    statistics: Statistics, *, box: Scores, mask: Scores, summary: Summary
) -> Figures:
    """All of it. A second for 50,000 objects, most of it COCO's four ranges of areas."""
    names = summary["class_names"]
    confidence = summary["best_confidence"]["mask"]
    # Older folders painted labels otherwise than COCO does.
    native = statistics.native if summary["format"] == FORMAT else None
    whole = sizes = None
    if native:
        matches, is_counted = match_coco(statistics, native)
        whole = score_coco(statistics, matches, is_counted, class_index=mask.class_index)
        counts = _count_sizes(statistics, native, confidence=confidence)
        sizes = [
            _size(statistics, native, place, counts[place], class_index=mask.class_index)
            for place in range(len(SIZES))
        ]
    return {
        "format": summary["format"] if statistics.native else 1,
        "notes": [] if native else [OUTDATED_NOTE],
        "thresholds": {
            "confidence": confidence,
            "iou": MATCH_IOU,
            "confidence_floor": CONFIDENCE_FLOOR,
            "lowest_confidence": LOWEST_CONFIDENCE,
        },
        "ap": _precisions(box, mask, whole, summary=summary),
        "coco": None if whole is None or sizes is None else _coco(whole, sizes),
        "sizes": sizes,
        "overlap": _overlap(statistics, names, confidence=confidence),
        "calibration": calibrate(
            *_counted(statistics, _is_right(statistics)),
            iou=MATCH_IOU,
            confidence_floor=CONFIDENCE_FLOOR,
        ),
        "errors": find_errors(statistics, confidence=confidence),
        "speed": summary["speed"],
    }


def _counted(statistics: Statistics, is_right: Bools) -> tuple[Floats, Bools]:
    """Confidences of the predictions that count at mask IoU 0.50, and whether they are right."""
    is_counted = is_right | (statistics.ignored_of("mask") < MATCH_IOU)
    return statistics.confidence[is_counted], is_right[is_counted]


def _is_right(statistics: Statistics) -> Bools:
    """Whether each prediction (P,) is right at mask IoU 0.50."""
    is_right: Bools = correct_at_thresholds(
        statistics.mask_pairs,
        ranks=statistics.ranks,
        label_class=statistics.label_class,
        prediction_class=statistics.prediction_class,
        thresholds=IOU_THRESHOLDS[:1],
    )[:, 0]
    return is_right


def _precisions(box: Scores, mask: Scores, coco: Doubles | None, *, summary: Summary) -> Precisions:
    instances = {row["class_index"]: row["instances"] for row in summary["per_class"]}
    return {
        "ious": [round(float(iou), 2) for iou in IOU_THRESHOLDS],
        "mean": {
            "box": _column_means(box.average_precision),
            "mask": _column_means(mask.average_precision),
            "coco_mask": None if coco is None else _column_means(coco),
        },
        "classes": [
            {
                "class_index": index,
                "name": summary["class_names"][index],
                "instances": instances[index],
                "box": box.average_precision[row].tolist(),
                "mask": mask.average_precision[row].tolist(),
                "coco_mask": None if coco is None else coco[row].tolist(),
            }
            for row, index in enumerate(mask.class_index.tolist())
        ],
    }


def _column_means(values: Doubles) -> list[float]:
    means: list[float] = values.mean(axis=0).tolist() if len(values) else [0.0] * values.shape[1]
    return means


def _coco(whole: Doubles, sizes: list[SizeFigures]) -> CocoFigures:
    by_size = {row["size"]: row["ap"] for row in sizes}
    return {
        "ap": _mean_known(whole),
        "ap50": _mean_known(whole[:, 0]),
        "ap75": _mean_known(whole[:, 5]),
        "ap_small": by_size["small"],
        "ap_medium": by_size["medium"],
        "ap_large": by_size["large"],
        "max_detections": MAX_DETECTIONS,
        "definition": COCO_DEFINITION,
    }


def _size(
    statistics: Statistics,
    native: NativeMasks,
    place: int,
    counts: "SizeCounts",
    *,
    class_index: Ints,
) -> SizeFigures:
    limits = (0.0, *AREA_LIMITS, np.inf)
    area = AreaRange(limits[place], limits[place + 1])
    matches, is_counted = match_coco(statistics, native, area=area)
    scores = score_coco(statistics, matches, is_counted, class_index=class_index)
    right, predictions, labels = counts
    is_measured = not reason_of(labels=labels, predictions=predictions)
    return {
        "size": SIZES[place],
        "area_from": area.begin,
        "area_to": area.end if np.isfinite(area.end) else None,
        "labels": labels,
        "predictions": predictions,
        "true_positives": right,
        "false_positives": predictions - right,
        "false_negatives": labels - right,
        "precision": right / predictions if is_measured else None,
        "recall": right / labels if is_measured else None,
        "reason": reason_of(labels=labels, predictions=predictions),
        "ap50": _mean_known(scores[:, 0]),
        "ap": _mean_known(scores),
    }


class SizeCounts(NamedTuple):
    """Objects of one size; a prediction that found a label has its size."""

    right: int
    predictions: int
    labels: int


def count_sizes(statistics: Statistics, *, confidence: float) -> dict[Size, SizeCounts] | None:
    """Counts of each size at a confidence, IoU 0.50; None where areas were not measured."""
    if statistics.native is None:
        return None
    counts = _count_sizes(statistics, statistics.native, confidence=confidence)
    return dict(zip(SIZES, counts, strict=True))


def _count_sizes(
    statistics: Statistics, native: NativeMasks, *, confidence: float
) -> list[SizeCounts]:
    """Of each size; a prediction that found a label has its size."""
    matches = match_greedily(
        statistics.mask_pairs,
        ranks=statistics.ranks,
        label_count=len(statistics.label_class),
        iou=MATCH_IOU,
    )
    outcomes = outcomes_at(
        matches,
        confidence=confidence,
        prediction_confidence=statistics.counted_confidence(matches, basis="mask", iou=MATCH_IOU),
        prediction_class=statistics.prediction_class,
        label_class=statistics.label_class,
    )
    is_present = outcomes.prediction_outcome != ABSENT
    label_size = sizes_of(native.label_area)
    own_size = sizes_of(native.prediction_area)
    match = outcomes.prediction_match
    size = np.where(match >= 0, np.append(label_size, -1)[match], own_size)
    return [
        SizeCounts(
            int(((outcomes.prediction_outcome == TP) & (size == place)).sum()),
            int((is_present & (size == place)).sum()),
            int((label_size == place).sum()),
        )
        for place in range(len(SIZES))
    ]


def _overlap(statistics: Statistics, names: list[str], *, confidence: float) -> Overlap:
    matches = match_greedily(
        statistics.mask_pairs,
        ranks=statistics.ranks,
        label_count=len(statistics.label_class),
        iou=MATCH_IOU,
    )
    outcomes = outcomes_at(
        matches,
        confidence=confidence,
        prediction_confidence=statistics.counted_confidence(matches, basis="mask", iou=MATCH_IOU),
        prediction_class=statistics.prediction_class,
        label_class=statistics.label_class,
    )
    right = np.flatnonzero(outcomes.prediction_outcome == TP)
    native_iou, boundary_iou = (
        statistics.native_of_matches(matches.label, name)[right] for name in ("iou", "boundary_iou")
    )
    mask_iou = matches.iou[right]
    own_class = statistics.prediction_class[right]
    return {
        "confidence": confidence,
        "iou": MATCH_IOU,
        "count": len(right),
        "mask_iou": _mean_known(mask_iou),
        "native_mask_iou": _mean_known(native_iou),
        "boundary_iou": _mean_known(boundary_iou),
        "dilation_ratio": BOUNDARY_RATIO,
        "classes": [
            {
                "class_index": int(index),
                "name": names[index],
                "count": int((own_class == index).sum()),
                "mask_iou": _mean_known(mask_iou[own_class == index]),
                "native_mask_iou": _mean_known(native_iou[own_class == index]),
                "boundary_iou": _mean_known(boundary_iou[own_class == index]),
            }
            for index in np.unique(statistics.label_class)
        ],
    }


def _mean_known(values: Doubles | Floats) -> float | None:
    """The mean of what is not NaN; of means a class, so each class weighs the same."""
    known = values[~np.isnan(values)]
    return float(known.mean(dtype=np.float64)) if known.size else None

"""Whether two evaluations of the same images differ by more than chance.

The paired bootstrap over images (Efron & Tibshirani 1993, *An Introduction to the Bootstrap*,
chapter 13, percentile intervals; paired, as for two systems on one test set: Koehn 2004,
*Statistical Significance Tests for Machine Translation Evaluation*): images are drawn with
replacement as often as there are images, both evaluations are measured on the same draw, and the
middle 95 % of the differences are the interval. A difference whose interval holds 0 is not
distinguishable from chance. Chance is which images are in the split; how far a training's own
chance moves a figure, runs that differ by their seed alone say.
"""

from pathlib import Path
from typing import Literal, TypedDict

import numpy as np

from training.evaluation.files.loading import Loaded, check_share, open_folder
from training.evaluation.matching import Basis
from training.evaluation.scores.operating import IOU
from training.evaluation.thresholds import CONFIDENCE_FLOOR

from .resampled_scores import (
    Doubles,
    count_images,
    draw_weights,
    resample_count,
    resample_precisions,
    weighted_f1,
    weighted_precisions,
)

ComparedFigure = Literal["map50_95", "map50", "f1"]
LEVEL = 0.95
LEAST_IMAGES = 10
"""Of fewer images the draws are too much alike for an interval that means something."""
OTHER_IMAGES = "These evaluations do not hold the same images."


class Difference(TypedDict):
    """``difference`` is the other less the first; null figures where there is nothing to measure.

    ``low`` and ``high``: the 95 % interval, null with fewer than ``LEAST_IMAGES`` images.
    """

    figure: ComparedFigure
    first: float | None
    other: float | None
    difference: float | None
    low: float | None
    high: float | None
    is_distinguishable: bool


class Differences(TypedDict):
    """``is_too_small``: there are too few images for an interval."""

    confidence: float
    iou: float
    basis: Basis
    image_count: int
    is_too_small: bool
    resamples: int
    level: float
    figures: list[Difference]


def check_same_images(first: Loaded, other: Loaded) -> None:
    """Raise ValueError where two evaluations do not hold the same images."""
    names, others = (one.statistics.file_name[one.by_name] for one in (first, other))
    if not np.array_equal(names, others):
        raise ValueError(OTHER_IMAGES)


def find_differences(
    folder: Path, other_folder: Path, *, confidence: float, basis: Basis = "mask"
) -> Differences:
    """The differences of mAP50-95, mAP50 and F1 (mean of classes at ``confidence``, IoU 0.50).

    ``ValueError``: the folders do not hold the same images, or a threshold is out of range.
    """
    check_share("confidence", confidence, at_least=0.0)
    confidence = max(confidence, CONFIDENCE_FLOOR)
    folders = (folder, other_folder)
    sides = [open_folder(one) for one in folders]
    check_same_images(*sides)
    image_count = len(sides[0].keys)
    is_too_small = image_count < LEAST_IMAGES
    resamples = 0 if is_too_small else min(resample_count(side) for side in sides)
    whole = [_measure_once(side, confidence, basis) for side in sides]
    drawn = [_measure(one, confidence, basis, resamples) for one in folders] if resamples else []
    figures: tuple[ComparedFigure, ...] = ("map50_95", "map50", "f1")
    return {
        "confidence": confidence,
        "iou": IOU,
        "basis": basis,
        "image_count": image_count,
        "is_too_small": is_too_small,
        "resamples": resamples,
        "level": LEVEL,
        "figures": [
            _difference(
                figure,
                first=float(whole[0][figure][0]),
                other=float(whole[1][figure][0]),
                drawn=drawn[1][figure] - drawn[0][figure] if drawn else np.zeros(0),
            )
            for figure in figures
        ],
    }


def _difference(
    figure: ComparedFigure, *, first: float, other: float, drawn: Doubles
) -> Difference:
    known = drawn[~np.isnan(drawn)]
    low = high = None
    if len(known):
        tail = (1 - LEVEL) / 2
        low, high = (float(end) for end in np.quantile(known, [tail, 1 - tail]))
    return {
        "figure": figure,
        "first": None if np.isnan(first) else first,
        "other": None if np.isnan(other) else other,
        "difference": None if np.isnan(other - first) else other - first,
        "low": low,
        "high": high,
        "is_distinguishable": low is not None and high is not None and not low <= 0 <= high,
    }


def _measure(
    folder: Path, confidence: float, basis: Basis, resamples: int
) -> dict[ComparedFigure, Doubles]:
    precisions = resample_precisions(folder, basis=basis, resamples=resamples)
    counts = count_images(open_folder(folder), confidence=confidence, basis=basis)
    weights = draw_weights(len(counts.labels), resamples)
    return {
        "map50_95": precisions.map50_95,
        "map50": precisions.map50,
        "f1": weighted_f1(counts, weights),
    }


def _measure_once(loaded: Loaded, confidence: float, basis: Basis) -> dict[ComparedFigure, Doubles]:
    """Each image once: the figures that the pages show."""
    once = np.ones((1, len(loaded.keys)), dtype=np.int64)
    precisions = weighted_precisions(loaded, once, basis=basis)
    counts = count_images(loaded, confidence=confidence, basis=basis)
    return {
        "map50_95": precisions.map50_95,
        "map50": precisions.map50,
        "f1": weighted_f1(counts, once),
    }

"""For each class, whether a second evaluation of the same images finds it better, or worse.

The paired bootstrap of ``differences``, class by class. A class in a few images only has no
interval: draws of so few images are too much alike.
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal, TypedDict

import numpy as np

from training.evaluation.files.loading import Loaded, open_folder, written_ns

from .differences import LEAST_IMAGES, LEVEL, check_same_images
from .resampled_scores import (
    Doubles,
    ResampledPrecisions,
    draw_weights,
    resample_count,
    weighted_class_precisions,
    weighted_precisions,
)

Change = Literal["gained", "lost", "unclear"]
LEAST_CLASS_IMAGES = 5


class FigureChange(TypedDict):
    """``difference``: the other less the first. ``low`` and ``high``: its 95 % interval, null where
    there are too few images."""

    first: float
    other: float
    difference: float
    low: float | None
    high: float | None
    change: Change


class ClassChange(TypedDict):
    """``class_index`` null: the mean of all classes. ``image_count``: images with the class."""

    class_index: int | None
    image_count: int
    map50_95: FigureChange
    map50: FigureChange


class ClassChanges(TypedDict):
    """``visible``: about the smallest difference of mAP50-95 that could have been told from chance
    on these images, half the width of its interval; null without one."""

    image_count: int
    resamples: int
    level: float
    overall: ClassChange
    classes: list[ClassChange]
    visible: float | None


def find_class_changes(folder: Path, other: Path) -> ClassChanges:
    """The changes of masks. ``ValueError``: the folders do not hold the same images."""
    return _find(folder, other, written_ns(folder), written_ns(other))


@lru_cache(maxsize=32)
def _find(folder: Path, other: Path, _written: int, _other_written: int) -> ClassChanges:
    sides = [open_folder(one) for one in (folder, other)]
    check_same_images(*sides)
    image_count = len(sides[0].keys)
    resamples = 0
    if image_count >= LEAST_IMAGES:
        resamples = min(resample_count(side) for side in sides)
    once = np.ones((1, image_count), dtype=np.int64)
    drawn = draw_weights(image_count, resamples)
    weights = [drawn[:, side.place_by_name] for side in sides]
    whole = [weighted_class_precisions(side, once, basis="mask") for side in sides]
    means = [weighted_precisions(side, once, basis="mask") for side in sides]
    many = [
        weighted_class_precisions(side, own, basis="mask")
        for side, own in zip(sides, weights, strict=True)
    ]
    mean_many = [
        weighted_precisions(side, own, basis="mask")
        for side, own in zip(sides, weights, strict=True)
    ]
    overall = _change(None, image_count, means, mean_many)
    classes = [
        _change(
            index,
            _images_with(sides[0], index),
            [side[index] for side in whole],
            [side[index] for side in many],
        )
        for index in sorted(set(whole[0]) & set(whole[1]))
    ]
    low, high = overall["map50_95"]["low"], overall["map50_95"]["high"]
    return {
        "image_count": image_count,
        "resamples": resamples,
        "level": LEVEL,
        "overall": overall,
        "classes": classes,
        "visible": None if low is None or high is None else (high - low) / 2,
    }


def _images_with(side: Loaded, class_index: int) -> int:
    own = side.statistics.label_class == class_index
    return len(np.unique(side.image_of_label[own]))


def _change(
    class_index: int | None,
    image_count: int,
    once: list[ResampledPrecisions],
    many: list[ResampledPrecisions],
) -> ClassChange:
    is_enough = class_index is None or image_count >= LEAST_CLASS_IMAGES
    figures = [
        _figure(float(first[0]), float(other[0]), drawn_other - drawn if is_enough else np.zeros(0))
        for first, other, drawn, drawn_other in zip(*once, *many, strict=True)
    ]
    return {
        "class_index": class_index,
        "image_count": image_count,
        "map50": figures[0],
        "map50_95": figures[1],
    }


def _figure(first: float, other: float, drawn: Doubles) -> FigureChange:
    known = drawn[~np.isnan(drawn)]
    low = high = None
    change: Change = "unclear"
    if len(known):
        tail = (1 - LEVEL) / 2
        low, high = (float(end) for end in np.quantile(known, [tail, 1 - tail]))
        change = "gained" if low > 0 else "lost" if high < 0 else "unclear"
    first, other = (0.0 if np.isnan(value) else value for value in (first, other))
    return {
        "first": first,
        "other": other,
        "difference": other - first,
        "low": low,
        "high": high,
        "change": change,
    }

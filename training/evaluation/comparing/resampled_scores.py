"""Figures of one evaluation over many resamples of its images, for a paired bootstrap.

A resample says how often each image counts. Its mAP is what ``average_precision.score_classes``
gives where each image, with its labels and predictions, is there so many times: the same numbers,
without making the copies (a test compares the two).
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from training.evaluation.files.loading import Loaded, open_folder, written_ns
from training.evaluation.matching import ABSENT, TP, Basis, Bools, Ints, correct_at_thresholds
from training.evaluation.scores.operating import IOU
from training.evaluation.scores.statistics import count_predictions

Doubles = npt.NDArray[np.float64]

SEED = 2026
MOST_RESAMPLES, LEAST_RESAMPLES = 1000, 200
_WORK = 60_000_000
"""Predictions, and interpolated points, of all resamples: a few seconds of one processor."""
_RECALLS: Doubles = np.linspace(0.0, 1.0, 101)
_CELLS_AT_ONCE = 4_000_000


class ResampledPrecisions(NamedTuple):
    """Mean over classes in each of B resamples; NaN in a resample without a label."""

    map50: Doubles
    map50_95: Doubles


def draw_weights(image_count: int, resamples: int) -> Ints:
    """How often each image is in each resample, shape (B, N): N images drawn with replacement."""
    generator = np.random.default_rng(SEED)
    share = np.full(image_count, 1 / max(1, image_count))
    return generator.multinomial(image_count, share, size=resamples).astype(np.int64)


def resample_count(loaded: Loaded) -> int:
    """Fewer where there are very many predictions or classes, so that the work stays bounded."""
    classes = len(np.unique(loaded.statistics.label_class))
    cost = len(loaded.statistics.confidence) + classes * 10 * len(_RECALLS)
    return int(np.clip(_WORK // max(1, cost), LEAST_RESAMPLES, MOST_RESAMPLES))


def resample_precisions(folder: Path, *, basis: Basis, resamples: int) -> ResampledPrecisions:
    """mAP50 and mAP50-95 in each of the resamples of :func:`draw_weights`, images by name."""
    return _resample(folder, written_ns(folder), basis, resamples)


@lru_cache(maxsize=32)
def _resample(folder: Path, _written_ns: int, basis: Basis, resamples: int) -> ResampledPrecisions:
    loaded = open_folder(folder)
    weights = draw_weights(len(loaded.keys), resamples)[:, loaded.place_by_name]
    return weighted_precisions(loaded, weights, basis=basis)


def weighted_precisions(loaded: Loaded, weights: Ints, *, basis: Basis) -> ResampledPrecisions:
    """mAP where image i counts ``weights[b, i]`` times, in the order of the evaluation's images."""
    total: Doubles | None = None
    present = np.zeros(len(weights), dtype=np.int64)
    for _, is_there, precisions in _each_class(loaded, weights, basis=basis):
        total = precisions if total is None else total + precisions
        present += is_there
    if total is None:
        nothing = np.full(len(weights), np.nan)
        return ResampledPrecisions(nothing, nothing)
    mean = np.full(total.shape, np.nan)
    np.divide(total, present[:, None], out=mean, where=present[:, None] > 0)
    return ResampledPrecisions(mean[:, 0], mean.mean(axis=1))


def weighted_class_precisions(
    loaded: Loaded, weights: Ints, *, basis: Basis
) -> dict[int, ResampledPrecisions]:
    """AP of each class with a label; NaN in a resample without a label of the class."""
    found: dict[int, ResampledPrecisions] = {}
    for class_index, is_there, precisions in _each_class(loaded, weights, basis=basis):
        known = np.where(is_there[:, None], precisions, np.nan)
        found[class_index] = ResampledPrecisions(known[:, 0], known.mean(axis=1))
    return found


def _each_class(
    loaded: Loaded, weights: Ints, *, basis: Basis
) -> Iterator[tuple[int, Bools, Doubles]]:
    """For each class with a label: in which resamples it has one, and its AP (B, T), else 0."""
    statistics = loaded.statistics
    correct: Bools = correct_at_thresholds(
        statistics.pairs_of(basis),
        ranks=statistics.ranks,
        label_class=statistics.label_class,
        prediction_class=statistics.prediction_class,
    )
    is_counted = count_predictions(statistics, correct, basis=basis)
    order = np.argsort(-statistics.confidence, kind="stable")
    for class_index in np.unique(statistics.label_class):
        labels_of_image = np.bincount(
            loaded.image_of_label[statistics.label_class == class_index],
            minlength=len(loaded.keys),
        )
        labels = weights @ labels_of_image
        own = order[statistics.prediction_class[order] == class_index]
        is_there = labels > 0
        precisions = np.zeros((len(weights), correct.shape[1]))
        if correct[own].any():
            precisions[is_there] = _average_precisions(
                weights[is_there],
                labels[is_there],
                image=loaded.image_of_prediction[own],
                correct=correct[own],
                is_counted=None if is_counted is None else is_counted[own],
            )
        yield int(class_index), is_there, precisions


def _average_precisions(
    weights: Ints, labels: Ints, *, image: Ints, correct: Bools, is_counted: Bools | None
) -> Doubles:
    """AP (B, T) of one class. ``image`` (P,) and ``correct`` (P, T): the most confident first.

    ``is_counted`` (P, T): which predictions count at a threshold; None: all.
    """
    last = int(np.flatnonzero(correct.any(axis=1))[-1]) + 1
    image, correct = image[:last], correct[:last]
    found = np.zeros((len(weights), correct.shape[1]))
    rows = max(1, _CELLS_AT_ONCE // last)
    for begin in range(0, len(weights), rows):
        own = weights[begin : begin + rows][:, image]
        counted = own.cumsum(axis=1)
        for column in range(correct.shape[1]):
            places = np.flatnonzero(correct[:, column])
            if is_counted is not None:
                counted = (own * is_counted[:last, column]).cumsum(axis=1)
            if len(places):
                found[begin : begin + rows, column] = _areas(
                    own[:, places], counted[:, places], labels[begin : begin + rows]
                )
    return found


def _areas(weight: Ints, counted: Ints, labels: Ints) -> Doubles:
    """Area under the envelope, (B,). Of the K right predictions, the most confident first.

    ``weight`` (B, K): how often each counts; ``counted`` (B, K): predictions up to and with it.
    Between two right predictions the envelope is flat at the later one's height where a false one
    lies between, else it falls in a straight line over the first copy (1 / labels of recall).
    """
    count, width = weight.shape
    right = weight.cumsum(axis=1)
    false = counted - right
    precision = np.divide(right, counted, out=np.zeros(right.shape), where=counted > 0)
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    # The most right predictions whose recall is not above each of the 101 recalls.
    most = np.floor(_RECALLS * labels[:, None])
    most = np.where((most + 1) / labels[:, None] <= _RECALLS, most + 1, most)
    most = np.where(most / labels[:, None] > _RECALLS, most - 1, most).astype(np.int64)
    # All rows in one search: each lies above the one before.
    step = int(max(right.max(), most.max())) + 1
    offset = np.arange(count)[:, None] * step
    flat = (right + offset).ravel()
    begin = np.arange(count)[:, None] * width
    after = np.searchsorted(flat, (most + offset).ravel(), side="right").reshape(most.shape) - begin
    has_next, has_before = after < width, after > 0
    row = np.arange(count)[:, None]
    following = np.minimum(after, width - 1)
    so_far = np.where(has_before, right[row, np.maximum(after - 1, 0)], 0)
    # The prediction at which that recall was reached: those after it count in no copy.
    at = np.searchsorted(flat, (so_far + offset).ravel()).reshape(most.shape) - begin
    at = np.clip(at, 0, width - 1)
    is_begun = so_far > 0
    height = np.where(is_begun, envelope[row, at], 1.0)
    false_before = np.where(is_begun, false[row, at], 0)
    ahead = envelope[row, following]
    is_straight = false[row, following] == false_before
    share = np.clip(_RECALLS * labels[:, None] - so_far, 0.0, 1.0)
    value = np.where(is_straight, height + (ahead - height) * share, ahead)
    area: Doubles = np.trapezoid(np.where(has_next, value, 0.0), _RECALLS, axis=1)
    return area


class ImageCounts(NamedTuple):
    """Of each image and class, (N, C), in the order of the images' names, at one confidence."""

    right: Doubles
    predicted: Doubles
    labels: Doubles


def count_images(loaded: Loaded, *, confidence: float, basis: Basis) -> ImageCounts:
    """Counts by the one rule of precision and recall (see ``operating``)."""
    statistics = loaded.statistics
    outcomes = loaded.outcomes(confidence=confidence, iou=IOU, basis=basis)
    classes = len(loaded.summary["class_names"])

    def count(image: Ints, class_index: Ints, is_counted: Bools) -> Doubles:
        flat = image[is_counted] * classes + class_index[is_counted]
        counts = np.bincount(flat, minlength=len(loaded.keys) * classes)
        return counts.reshape(-1, classes)[loaded.by_name].astype(np.float64)

    image, own = loaded.image_of_prediction, statistics.prediction_class
    return ImageCounts(
        count(image, own, outcomes.prediction_outcome == TP),
        count(image, own, outcomes.prediction_outcome != ABSENT),
        count(
            loaded.image_of_label,
            statistics.label_class,
            np.ones(len(statistics.label_class), dtype=bool),
        ),
    )


def weighted_f1(counts: ImageCounts, weights: Ints) -> Doubles:
    """Mean F1 (B,) of the classes that have labels, over all images of each resample; or NaN."""
    shares = weights.astype(np.float64)
    right, predicted, labels = (shares @ part for part in counts)
    both = predicted + labels
    f1 = np.divide(2 * right, both, out=np.zeros(both.shape), where=both > 0)
    is_there = labels > 0
    mean = np.full(len(f1), np.nan)
    total, present = (f1 * is_there).sum(axis=1), is_there.sum(axis=1)
    np.divide(total, present, out=mean, where=present > 0)
    return mean

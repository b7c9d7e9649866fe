"""What is known of every object of an evaluation, as arrays over the whole split."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from training.evaluation.matching import (
    Basis,
    Bools,
    Floats,
    Ints,
    Matches,
    Pairs,
    correct_at_thresholds,
    counted_at_thresholds,
    set_aside,
)

from .average_precision import Doubles, Scores, score_classes


@dataclass(frozen=True)
class NativeMasks:
    """Masks measured at the resolution of the stored image. Folders of format 1 have none.

    ``label_row`` (L,): the label's row in its file (were no row repeated), the same in every
    evaluation of a version. Areas (L,), (P,) in pixels. The rest (K,): the pairs that overlap, see
    ``matching.Pairs``, with the IoU of their boundaries (Cheng et al. 2021), NaN where the
    prediction is not confident enough to be shown.
    """

    label_row: Ints
    label_area: Floats
    prediction_area: Floats
    label: Ints
    prediction: Ints
    iou: Doubles
    boundary_iou: Floats

    @property
    def pairs(self) -> Pairs:
        return Pairs(self.label, self.prediction, self.iou)


@dataclass(frozen=True)
class Statistics:
    """N images, L labels, P predictions. Labels and predictions are in the order of the images."""

    file_name: npt.NDArray[np.str_]  # (N,)
    label_start: Ints  # (N + 1,): the first label of each image
    prediction_start: Ints  # (N + 1,)
    label_class: Ints  # (L,)
    prediction_class: Ints  # (P,)
    confidence: Floats  # (P,)
    box_label: Ints  # the pairs whose boxes overlap, see matching.Pairs
    box_prediction: Ints
    box_iou: Floats
    mask_label: Ints
    mask_prediction: Ints
    mask_iou: Floats
    native: NativeMasks | None = None
    box_ignored: Doubles | None = None  # (P,): the share of the own area in ignore regions
    mask_ignored: Doubles | None = None  # None: there is no ignore region in the split

    @property
    def box_pairs(self) -> Pairs:
        return Pairs(self.box_label, self.box_prediction, self.box_iou)

    @property
    def mask_pairs(self) -> Pairs:
        return Pairs(self.mask_label, self.mask_prediction, self.mask_iou)

    def pairs_of(self, basis: Basis) -> Pairs:
        return self.box_pairs if basis == "box" else self.mask_pairs

    @property
    def has_ignored(self) -> bool:
        return self.mask_ignored is not None

    def ignored_of(self, basis: Basis) -> Doubles:
        """How much of each prediction's own area lies in ignore regions, (P,)."""
        found = self.box_ignored if basis == "box" else self.mask_ignored
        return np.zeros(len(self.confidence)) if found is None else found

    def counted_confidence(self, matches: Matches, *, basis: Basis, iou: float) -> Floats:
        """The confidences (P,), below any threshold for what lies in ignore regions."""
        if not self.has_ignored:
            return self.confidence
        is_aside = set_aside(matches, ignored=self.ignored_of(basis), iou=iou)
        return np.where(is_aside, np.float32(-1), self.confidence)

    @property
    def image_of_label(self) -> Ints:
        return np.repeat(np.arange(len(self.file_name)), np.diff(self.label_start))

    @property
    def image_of_prediction(self) -> Ints:
        return np.repeat(np.arange(len(self.file_name)), np.diff(self.prediction_start))

    @property
    def ranks(self) -> Ints:
        """The place of each prediction in its image, from 0."""
        return np.arange(len(self.confidence)) - np.repeat(
            self.prediction_start[:-1], np.diff(self.prediction_start)
        )

    def native_of_matches(self, match: Ints, name: Literal["iou", "boundary_iou"]) -> Floats:
        """At full resolution, of each prediction (P,) with the label that it took; or NaN."""
        values = np.full(len(self.confidence), np.nan, dtype=np.float32)
        if self.native:
            native = self.native
            is_match = match[native.prediction] == native.label
            values[native.prediction[is_match]] = getattr(native, name)[is_match]
        return values


_IGNORED = ("box_ignored", "mask_ignored")
_ARRAYS = tuple(
    field.name for field in fields(Statistics) if field.name not in ("native", *_IGNORED)
)
_NATIVE = {field.name: f"native_{field.name}" for field in fields(NativeMasks)}


def read_statistics(folder: Path) -> Statistics:
    """All arrays; loaded whole, since every figure needs most of them."""
    with np.load(folder / "statistics.npz", allow_pickle=False) as arrays:
        native = None
        if _NATIVE["label"] in arrays:
            native = NativeMasks(**{name: arrays[key] for name, key in _NATIVE.items()})
        ignored = {name: arrays[name] for name in _IGNORED if name in arrays}
        return Statistics(**{name: arrays[name] for name in _ARRAYS}, native=native, **ignored)


def has_native(folder: Path) -> bool:
    """Whether it has the arrays of :class:`NativeMasks`, which format 1 lacks; reads no array."""
    with np.load(folder / "statistics.npz", allow_pickle=False) as arrays:
        return _NATIVE["label"] in arrays


def named_arrays(statistics: Statistics) -> dict[str, Any]:
    """The arrays by the names that they have in statistics.npz."""
    arrays = {name: getattr(statistics, name) for name in _ARRAYS}
    if statistics.native:
        arrays |= {key: getattr(statistics.native, name) for name, key in _NATIVE.items()}
    if statistics.has_ignored:
        arrays |= {name: getattr(statistics, name) for name in _IGNORED}
    return arrays


def score_statistics(statistics: Statistics) -> tuple[Scores, Scores]:
    """Scores on boxes and on masks."""

    def score(basis: Basis) -> Scores:
        correct: Bools = correct_at_thresholds(
            statistics.pairs_of(basis),
            ranks=statistics.ranks,
            label_class=statistics.label_class,
            prediction_class=statistics.prediction_class,
        )
        return score_classes(
            correct,
            confidence=statistics.confidence,
            prediction_class=statistics.prediction_class,
            label_class=statistics.label_class,
            is_counted=count_predictions(statistics, correct, basis=basis),
        )

    return score("box"), score("mask")


def count_predictions(statistics: Statistics, correct: Bools, *, basis: Basis) -> Bools | None:
    """Which predictions count at the ten thresholds, (P, 10); None where all do."""
    if not statistics.has_ignored:
        return None
    return counted_at_thresholds(correct, ignored=statistics.ignored_of(basis))

"""An evaluation folder in memory: its arrays, with the matches made so far."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from training.evaluation.matching import (
    ABSENT,
    FN,
    FP,
    IOU_FLOOR,
    TP,
    WRONG_CLASS,
    Basis,
    Bools,
    Ints,
    Matches,
    Outcomes,
    match_greedily,
    outcomes_at,
    panoptic_quality,
    set_aside,
)
from training.evaluation.scores.figures import Summary
from training.evaluation.scores.statistics import Statistics, read_statistics

from .store import read_line_starts, read_summary


class Loaded:
    """An evaluation in memory, with the matches made so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.statistics: Statistics = read_statistics(folder)
        self.summary: Summary = read_summary(folder)
        self.line_starts = read_line_starts(folder)
        self.keys = {str(index): index for index in range(len(self.statistics.file_name))}
        self.image_of_label = self.statistics.image_of_label
        self.image_of_prediction = self.statistics.image_of_prediction
        # The order by name, as numbers: comparing strings again at every confidence is slow.
        self.by_name = np.argsort(self.statistics.file_name, kind="stable")
        self.place_by_name = np.empty(len(self.by_name), dtype=np.int64)
        self.place_by_name[self.by_name] = np.arange(len(self.by_name))
        self._matches: dict[tuple[Basis, float], Matches] = {}

    def matches(self, *, iou: float, basis: Basis) -> Matches:
        """Matches regardless of class, of pairs above ``iou``."""
        matches = self._matches.get((basis, iou))
        if matches is None:
            statistics = self.statistics
            matches = match_greedily(
                statistics.pairs_of(basis),
                ranks=statistics.ranks,
                label_count=len(statistics.label_class),
                iou=iou,
            )
            if len(self._matches) >= 16:
                self._matches.clear()
            self._matches[basis, iou] = matches
        return matches

    def aside(self, *, iou: float, basis: Basis) -> Bools:
        """Which predictions (P,) lie in ignore regions and found no label: they count nowhere."""
        matches = self.matches(iou=iou, basis=basis)
        return set_aside(matches, ignored=self.statistics.ignored_of(basis), iou=iou)

    def outcomes(self, *, confidence: float, iou: float, basis: Basis) -> Outcomes:
        statistics = self.statistics
        matches = self.matches(iou=iou, basis=basis)
        return outcomes_at(
            matches,
            confidence=confidence,
            prediction_confidence=statistics.counted_confidence(matches, basis=basis, iou=iou),
            prediction_class=statistics.prediction_class,
            label_class=statistics.label_class,
        )


@lru_cache(maxsize=4)
def _load(folder: Path, _written_ns: int) -> Loaded:
    return Loaded(folder)


def open_folder(folder: Path) -> Loaded:
    """The evaluation as it is now; those read last stay in memory."""
    return _load(folder, written_ns(folder))


def written_ns(folder: Path) -> int:
    """When the evaluation was finished: another number where it was made again."""
    return (folder / "summary.json").stat().st_mtime_ns


class Tallies:
    """Counts of every image, each array of shape (N,)."""

    def __init__(self, loaded: Loaded, outcomes: Outcomes) -> None:
        def count(images: Ints, is_counted: Bools) -> Ints:
            return np.bincount(images[is_counted], minlength=len(loaded.keys))

        is_right = outcomes.prediction_outcome == TP
        of_prediction = loaded.image_of_prediction
        self.predictions = count(of_prediction, outcomes.prediction_outcome != ABSENT)
        self.true_positives = count(of_prediction, is_right)
        self.false_positives = count(of_prediction, outcomes.prediction_outcome == FP)
        self.wrong_class = count(of_prediction, outcomes.prediction_outcome == WRONG_CLASS)
        self.false_negatives = count(loaded.image_of_label, outcomes.label_outcome == FN)
        self.iou_sum = np.bincount(
            of_prediction[is_right],
            weights=outcomes.prediction_iou[is_right],
            minlength=len(loaded.keys),
        ).astype(np.float64)
        self.quality = panoptic_quality(
            iou_sum=self.iou_sum,
            true_positives=self.true_positives,
            false_positives=self.false_positives,
            false_negatives=self.false_negatives,
            wrong_class=self.wrong_class,
        )

    def mean_iou(self, image: int) -> float | None:
        """Of the right detections of one image."""
        right = int(self.true_positives[image])
        return round(float(self.iou_sum[image]) / right, 4) if right else None


def check_share(name: str, value: float, *, at_least: float) -> None:
    """Raise ValueError for a threshold that is not between ``at_least`` and 1."""
    if not at_least <= value <= 1.0:
        raise ValueError(f"The {name} must lie between {at_least:g} and 1, not {value:g}.")


def check_iou(value: float) -> None:
    """Raise ValueError for an IoU at which nothing is known."""
    check_share("IoU", value, at_least=IOU_FLOOR)


def known_or_none(value: float) -> float | None:
    """Rounded, as it goes over the wire; what was not measured (NaN) is null."""
    return None if np.isnan(value) else round(float(value), 4)

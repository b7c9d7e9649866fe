"""The matching of all images at once against its definition, one prediction at a time."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.files.store import EvaluationWriter, Picture
from training.evaluation.matching import (
    ABSENT,
    FN,
    FP,
    IOU_THRESHOLDS,
    TP,
    WRONG_CLASS,
    Matches,
    correct_at_thresholds,
    match_greedily,
    outcomes_at,
    panoptic_quality,
)
from training.evaluation.scores.statistics import Statistics, read_statistics

from .strategies import pictures


def statistics_of(images: list[Picture]) -> Statistics:
    with TemporaryDirectory() as folder:
        writer = EvaluationWriter(Path(folder))
        for image in images:
            writer.add(image)
        writer.finish(class_names=["a", "b", "c"], split="val")
        return read_statistics(Path(folder))


def match_by_definition(iou: Any, threshold: float, *, is_inclusive: bool) -> list[int]:
    """For every prediction of one image the label it takes, or -1."""
    free = set(range(iou.shape[0]))
    taken = []
    for prediction in range(iou.shape[1]):
        candidates = [
            (-iou[label, prediction], label)
            for label in free
            if iou[label, prediction] > threshold
            or (is_inclusive and iou[label, prediction] == threshold)
        ]
        label = min(candidates)[1] if candidates else -1
        free.discard(label)
        taken.append(label)
    return taken


@given(pictures(), st.sampled_from([0.25, 0.45, 0.5, 0.75]), st.booleans())
def test_greedy_matching_is_its_definition(
    images: list[Picture], threshold: float, is_inclusive: bool
) -> None:
    statistics = statistics_of(images)
    matches = match_greedily(
        statistics.mask_pairs,
        ranks=statistics.ranks,
        label_count=len(statistics.label_class),
        iou=threshold,
        is_inclusive=is_inclusive,
    )
    expected = []
    for image, first in zip(images, statistics.label_start, strict=False):
        found = match_by_definition(
            image.mask_iou, float(np.float32(threshold)), is_inclusive=is_inclusive
        )
        expected += [label + first if label >= 0 else -1 for label in found]
    assert matches.label.tolist() == expected


@given(pictures())
def test_correct_at_thresholds_is_greedy_within_the_class(images: list[Picture]) -> None:
    statistics = statistics_of(images)
    correct = correct_at_thresholds(
        statistics.box_pairs,
        ranks=statistics.ranks,
        label_class=statistics.label_class,
        prediction_class=statistics.prediction_class,
    )
    assert correct.shape == (len(statistics.confidence), 10)
    row = 0
    for image in images:
        same = image.label_class[:, None] == image.prediction_class[None]
        for column, threshold in enumerate(IOU_THRESHOLDS):
            found = match_by_definition(image.box_iou * same, threshold, is_inclusive=True)
            expected = [label >= 0 for label in found]
            assert correct[row : row + len(found), column].tolist() == expected
        row += len(image.confidence)


@given(pictures(), st.floats(0.0, 1.0))
def test_a_match_holds_at_every_confidence(images: list[Picture], confidence: float) -> None:
    """Masking the less confident equals matching without them: what makes the slider fast."""
    statistics = statistics_of(images)
    outcomes = outcomes_of(statistics, confidence)
    row = 0
    for image, first in zip(images, statistics.label_start, strict=False):
        kept = image.confidence > np.float32(confidence)
        found = match_by_definition(image.mask_iou[:, kept], 0.5, is_inclusive=False)
        got = outcomes.prediction_match[row : row + len(kept)]
        assert got[kept].tolist() == [label + first if label >= 0 else -1 for label in found]
        assert (got[~kept] == -1).all()
        row += len(kept)


@given(pictures(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9]))
def test_outcomes_are_consistent(images: list[Picture], confidence: float) -> None:
    statistics = statistics_of(images)
    outcomes = outcomes_of(statistics, confidence)
    labels, predictions = outcomes.label_outcome, outcomes.prediction_outcome
    assert (labels == TP).sum() == (predictions == TP).sum()
    assert (labels == WRONG_CLASS).sum() == (predictions == WRONG_CLASS).sum()
    assert set(labels.tolist()) <= {TP, FN, WRONG_CLASS}
    assert set(predictions.tolist()) <= {TP, FP, WRONG_CLASS, ABSENT}
    for label, prediction in enumerate(outcomes.label_match.tolist()):
        if prediction < 0:
            assert labels[label] == FN
            continue
        assert outcomes.prediction_match[prediction] == label
        is_same = statistics.label_class[label] == statistics.prediction_class[prediction]
        assert labels[label] == predictions[prediction] == (TP if is_same else WRONG_CLASS)
        assert outcomes.label_iou[label] == outcomes.prediction_iou[prediction] > 0.5


def outcomes_of(statistics: Statistics, confidence: float) -> Any:
    matches: Matches = match_greedily(
        statistics.mask_pairs,
        ranks=statistics.ranks,
        label_count=len(statistics.label_class),
        iou=0.5,
    )
    return outcomes_at(
        matches,
        confidence=confidence,
        prediction_confidence=statistics.confidence,
        prediction_class=statistics.prediction_class,
        label_class=statistics.label_class,
    )


@pytest.mark.parametrize(
    ("iou_sum", "tp", "fp", "fn", "wrong", "quality"),
    [
        (0.0, 0, 0, 0, 0, 1.0),  # nothing there, nothing said
        (0.0, 0, 1, 0, 0, 0.0),
        (0.0, 0, 0, 3, 0, 0.0),
        (0.0, 0, 0, 0, 1, 0.0),
        (1.8, 2, 0, 0, 0, 0.9),
        (1.8, 2, 1, 1, 0, 0.6),
        (0.8, 1, 0, 0, 1, 0.4),  # a wrong class is a false positive and a false negative
    ],
)
def test_panoptic_quality(
    iou_sum: float, tp: int, fp: int, fn: int, wrong: int, quality: float
) -> None:
    result = panoptic_quality(
        iou_sum=np.array([iou_sum]),
        true_positives=np.array([tp]),
        false_positives=np.array([fp]),
        false_negatives=np.array([fn]),
        wrong_class=np.array([wrong]),
    )
    assert result == pytest.approx([quality])

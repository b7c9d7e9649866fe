import numpy as np
import pytest
from hypothesis import given

from training.evaluation.files.store import Picture
from training.evaluation.scores.average_precision import CURVE_X, precision_envelope, score_classes
from training.evaluation.scores.statistics import score_statistics

from ..strategies import pictures
from ..test_matching import statistics_of


def scores_of(correct: list[int], confidence: list[float], label_count: int) -> float:
    """AP of one class whose predictions are right at every IoU, or at none."""
    scores = score_classes(
        np.repeat(np.array(correct, dtype=bool)[:, None], 10, axis=1),
        confidence=np.array(confidence, dtype=np.float32),
        prediction_class=np.zeros(len(correct), dtype=np.int64),
        label_class=np.zeros(label_count, dtype=np.int64),
    )
    assert scores.average_precision.shape == (1, 10)
    return float(scores.average_precision[0, 0])


@pytest.mark.parametrize(
    ("correct", "confidence", "label_count", "expected"),
    [
        ([1, 1], [0.9, 0.8], 2, 0.995),  # the last of 101 recalls lies beyond the closed end
        ([0, 0], [0.9, 0.8], 2, 0.0),
        ([], [], 3, 0.0),
        ([0, 1], [0.9, 0.8], 1, 0.4975),  # precision one half at full recall
        ([1, 0], [0.9, 0.8], 1, 0.995),  # what comes after full recall does not matter
    ],
)
def test_average_precision_of_small_cases(
    correct: list[int], confidence: list[float], label_count: int, expected: float
) -> None:
    assert scores_of(correct, confidence, label_count) == pytest.approx(expected, abs=1e-9)


def test_order_of_the_predictions_does_not_matter() -> None:
    assert scores_of([1, 0, 1], [0.2, 0.5, 0.9], 3) == scores_of([1, 0, 1], [0.9, 0.5, 0.2], 3)


def test_precision_and_recall_at_a_confidence() -> None:
    scores = score_classes(
        np.repeat(np.array([[1], [0], [1]], dtype=bool), 10, axis=1),
        confidence=np.array([0.9, 0.6, 0.3], dtype=np.float32),
        prediction_class=np.zeros(3, dtype=np.int64),
        label_class=np.zeros(4, dtype=np.int64),
    )
    at_60 = int(np.argmin(np.abs(CURVE_X - 0.6)))
    assert scores.recall[0, at_60] == pytest.approx(1 / 4, abs=1e-3)
    assert scores.precision[0, at_60] == pytest.approx(1 / 2, abs=2e-3)
    assert scores.recall[0, 0] == 2 / 4
    assert scores.recall[0, -1] == 0
    assert scores.precision[0, -1] == 1


@given(pictures())
def test_scores_are_shares_and_curves_fall(images: list[Picture]) -> None:
    for scores in score_statistics(statistics_of(images)):
        for array in (scores.average_precision, scores.precision, scores.recall, scores.f1):
            assert (array >= 0).all()
            assert (array <= 1 + 1e-12).all()
        assert (np.diff(scores.recall, axis=1) <= 1e-12).all()
        assert (np.diff(scores.precision_recall, axis=1) <= 1e-12).all()
        assert 0 <= scores.best < len(CURVE_X)


def test_the_envelope_never_rises() -> None:
    recall = np.array([0.2, 0.2, 0.4, 0.6])
    precision = np.array([1.0, 0.5, 0.67, 0.75])
    at, envelope = precision_envelope(recall, precision)
    assert (np.diff(envelope) <= 0).all()
    assert envelope[3] == 0.75
    assert at[0] == 0
    assert at[-1] == 1

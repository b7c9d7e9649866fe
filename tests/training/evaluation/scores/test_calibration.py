import numpy as np
import pytest

from training.evaluation.scores.calibration import calibrate


def test_bins_and_their_gaps() -> None:
    confidence = np.array([0.9, 0.9, 0.9, 0.9, 0.31, 0.29, 0.04], dtype=np.float32)
    is_right = np.array([1, 1, 1, 0, 1, 0, 1], dtype=bool)
    figures = calibrate(confidence, is_right, iou=0.5, confidence_floor=0.05)
    assert figures["count"] == 6, "one lies below the floor"
    filled = {round(item["end"], 1): item for item in figures["bins"] if item["count"]}
    assert {end: item["count"] for end, item in filled.items()} == {0.9: 4, 0.4: 1, 0.3: 1}
    assert filled[0.9]["precision"] == 0.75
    assert filled[0.9]["mean_confidence"] == pytest.approx(0.9)
    expected = (4 * 0.15 + 0.69 + 0.29) / 6
    assert figures["expected_calibration_error"] == pytest.approx(expected, abs=1e-6)
    assert figures["bins"][0]["precision"] is None


def test_a_model_that_says_nothing_has_no_error() -> None:
    nothing = np.zeros(0, dtype=np.float32)
    figures = calibrate(nothing, nothing.astype(bool), iou=0.5, confidence_floor=0.05)
    assert figures["expected_calibration_error"] is None

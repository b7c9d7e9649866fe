"""Whether a confidence of 0.8 is right eight times of ten."""

from typing import TypedDict

import numpy as np

from training.evaluation.matching import Bools, Floats

BIN_COUNT = 10


class CalibrationBin(TypedDict):
    """Predictions with a confidence above ``begin``, up to ``end``."""

    begin: float
    end: float
    count: int
    mean_confidence: float | None
    precision: float | None


class Calibration(TypedDict):
    """``expected_calibration_error``: the mean gap between confidence and precision, weighted by
    the number of predictions (Guo et al. 2017; for detections Küppers et al. 2020)."""

    iou: float
    confidence_floor: float
    count: int
    expected_calibration_error: float | None
    bins: list[CalibrationBin]


def calibrate(
    confidence: Floats, is_right: Bools, *, iou: float, confidence_floor: float
) -> Calibration:
    """Ten bins of the predictions (P,) from the floor on; ``is_right`` at ``iou``."""
    is_counted = confidence >= confidence_floor
    confidence, is_right = confidence[is_counted].astype(np.float64), is_right[is_counted]
    place = np.clip(np.ceil(confidence * BIN_COUNT).astype(np.int64) - 1, 0, BIN_COUNT - 1)
    counts = np.bincount(place, minlength=BIN_COUNT)
    sums = np.bincount(place, weights=confidence, minlength=BIN_COUNT)
    right = np.bincount(place, weights=is_right, minlength=BIN_COUNT)
    gap = float(np.abs(sums - right).sum())
    return {
        "iou": iou,
        "confidence_floor": confidence_floor,
        "count": len(confidence),
        "expected_calibration_error": gap / len(confidence) if len(confidence) else None,
        "bins": [
            {
                "begin": index / BIN_COUNT,
                "end": (index + 1) / BIN_COUNT,
                "count": int(count),
                "mean_confidence": float(sums[index] / count) if count else None,
                "precision": float(right[index] / count) if count else None,
            }
            for index, count in enumerate(counts)
        ],
    }

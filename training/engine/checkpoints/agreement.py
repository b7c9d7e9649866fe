"""Whether two models find the same on the same pictures."""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from training.engine.protocol import PredictedInstance, Verified

_LEAST_IOU = 0.5

Mask = npt.NDArray[np.bool_]


class Found(NamedTuple):
    """What one model found on one picture."""

    size_wh: tuple[int, int]
    instances: list[PredictedInstance]


def compare_predictions(before: list[Found], after: list[Found]) -> Verified:
    """The agreement of two models on the same pictures, in the same order."""
    ious: list[float] = []
    differences: list[float] = []
    missing = extra = 0
    for one, two in zip(before, after, strict=True):
        pairs = _match(one, two)
        ious += [iou for iou, _, _ in pairs]
        differences += [
            abs(one.instances[i]["confidence"] - two.instances[j]["confidence"])
            for _, i, j in pairs
        ]
        missing += len(one.instances) - len(pairs)
        extra += len(two.instances) - len(pairs)
    return {
        "image_count": len(before),
        "matched": len(ious),
        "mean_mask_iou": round(float(np.mean(ious)), 5) if ious else 1.0,
        "worst_mask_iou": round(min(ious, default=1.0), 5),
        "max_confidence_difference": round(max(differences, default=0.0), 5),
        "missing": missing,
        "extra": extra,
    }


def _match(one: Found, two: Found) -> list[tuple[float, int, int]]:
    """Pairs of one class, the best mask IoU first; each instance at most once."""
    ones = [_mask(instance, one.size_wh) for instance in one.instances]
    twos = [_mask(instance, two.size_wh) for instance in two.instances]
    candidates = [
        (_iou(ones[i], twos[j]), i, j)
        for i, first in enumerate(one.instances)
        for j, second in enumerate(two.instances)
        if first["class_index"] == second["class_index"]
    ]
    pairs: list[tuple[float, int, int]] = []
    taken_ones: set[int] = set()
    taken_twos: set[int] = set()
    for iou, i, j in sorted(candidates, reverse=True):
        if iou >= _LEAST_IOU and i not in taken_ones and j not in taken_twos:
            pairs.append((iou, i, j))
            taken_ones.add(i)
            taken_twos.add(j)
    return pairs


def _mask(instance: PredictedInstance, size_wh: tuple[int, int]) -> Mask:
    mask = np.zeros((size_wh[1], size_wh[0]), dtype=np.uint8)
    points = np.array(instance["polygon_px"]).reshape(-1, 2).round().astype(np.int32)
    cv2.fillPoly(mask, [points], 1)
    return mask.astype(bool)


def _iou(one: Mask, two: Mask) -> float:
    union = int((one | two).sum())
    return int((one & two).sum()) / union if union else 0.0

"""Whether two models find the same on the same images."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from training.engine.measuring.native_masks import Crop, count_common
from training.engine.protocol import FoundShape, PredictedInstance, Verified

_LEAST_IOU = 0.5


class Found(NamedTuple):
    """What one model found on one image."""

    size_wh: tuple[int, int]
    instances: list[PredictedInstance]


class Agreement(NamedTuple):
    """Of two models on one image. ``pairs``: IoU and the places of instances that both found."""

    pairs: list[tuple[float, int, int]]
    missing: int
    extra: int

    @property
    def iou(self) -> float:
        """The mean over all instances of either, 0 for what only one of them found."""
        total = len(self.pairs) + self.missing + self.extra
        return sum(iou for iou, _, _ in self.pairs) / total if total else 1.0


def compare_predictions(before: list[Found], after: list[Found]) -> Verified:
    """The agreement of two models on the same images, in the same order."""
    ious: list[float] = []
    differences: list[float] = []
    missing = extra = 0
    for one, two in zip(before, after, strict=True):
        agreement = match_shapes(
            *([_shape(item) for item in found.instances] for found in (one, two))
        )
        ious += [iou for iou, _, _ in agreement.pairs]
        differences += [
            abs(one.instances[i]["confidence"] - two.instances[j]["confidence"])
            for _, i, j in agreement.pairs
        ]
        missing += agreement.missing
        extra += agreement.extra
    return {
        "image_count": len(before),
        "matched": len(ious),
        "mean_mask_iou": round(float(np.mean(ious)), 5) if ious else 1.0,
        "worst_mask_iou": round(min(ious, default=1.0), 5),
        "max_confidence_difference": round(max(differences, default=0.0), 5),
        "missing": missing,
        "extra": extra,
    }


def match_shapes(before: Sequence[FoundShape], after: Sequence[FoundShape]) -> Agreement:
    """Pair instances of one class, the best mask IoU first; each at most once."""
    ones, twos = ([_crop(shape["polygon"]) for shape in shapes] for shapes in (before, after))
    candidates = [
        (_iou(ones[i], twos[j]), i, j)
        for i, first in enumerate(before)
        for j, second in enumerate(after)
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
    return Agreement(pairs, len(before) - len(pairs), len(after) - len(pairs))


def _shape(instance: PredictedInstance) -> FoundShape:
    return {
        "class_index": instance["class_index"],
        "confidence": instance["confidence"],
        "polygon": instance["polygon_px"],
    }


def _crop(ring: list[float]) -> Crop:
    """The mask of a flat ring, painted in its own window."""
    if len(ring) < 6:
        return Crop(np.zeros((0, 0), dtype=np.uint8), 0, 0)
    points = np.array(ring).reshape(-1, 2).round().astype(np.int32)
    begin = points.min(axis=0)
    width, height = (points.max(axis=0) - begin + 1).tolist()
    mask = np.zeros((height, width), dtype=np.uint8)
    cv2.fillPoly(mask, [points - begin], (1,))
    return Crop(mask, int(begin[0]), int(begin[1]))


def _iou(one: Crop, two: Crop) -> float:
    common = count_common(one, two)
    union = int(np.count_nonzero(one.mask)) + int(np.count_nonzero(two.mask)) - common
    return common / union if union else 0.0

"""Masks for the tests: pixel centres by the even-odd rule, and OpenCV as Ultralytics calls it."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def centre_mask(rings: Sequence[Sequence[float]], *, size_wh: tuple[int, int]) -> Mask:
    """Which pixel centres are inside, by the even-odd rule over all rings."""
    width, height = size_wh
    mask = np.zeros((height, width), dtype=bool)
    centres_x = np.arange(width) + 0.5
    for row in range(height):
        y = row + 0.5
        for ring in rings:
            x1, y1 = ring[-2], ring[-1]
            for x2, y2 in zip(ring[0::2], ring[1::2], strict=True):
                if (y1 > y) != (y2 > y):
                    mask[row] ^= centres_x > x1 + (y - y1) * (x2 - x1) / (y2 - y1)
                x1, y1 = x2, y2
    return mask


def painted_mask(rings: Sequence[Sequence[float]], *, size_wh: tuple[int, int]) -> Mask:
    """What ultralytics.data.utils.polygon2mask paints: whole pixels, edges included."""
    width, height = size_wh
    mask = np.zeros((height, width), dtype=np.uint8)
    contours = [np.asarray(ring, dtype=np.int32).reshape(-1, 2) for ring in rings]
    cv2.fillPoly(mask, contours, color=1)
    return mask.astype(bool)


def mask_iou(a: Mask, b: Mask) -> float:
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 1.0

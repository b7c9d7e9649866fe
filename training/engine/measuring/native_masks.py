"""Masks compared at the resolution of the stored image, as COCO compares them.

Ultralytics compares masks at a quarter of the network's input. For COCO's figures, areas and the
boundary IoU they are painted here at the image's own pixels, each inside its box, so that memory
follows the objects: predictions are sampled like Ultralytics' ``process_mask_native``, labels are
painted by pycocotools itself. The area of a label is that of its polygon, as annotations of COCO
have it, the area of a prediction the number of its pixels, as pycocotools counts it.

Only pairs are compared whose boxes or small masks overlap, and only predictions measured that are
in such a pair, are shown, or whose area decides about their size class.
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from pycocotools import mask as coco_mask

from annotator.labels.polygons.bridges import split_ring
from annotator.labels.polygons.geometry import polygons_area
from training.evaluation.files.store import NativePicture
from training.evaluation.matching import IOU_FLOOR, Bools, Floats, Ints
from training.evaluation.sizes import AREA_LIMITS
from training.evaluation.thresholds import BOUNDARY_RATIO

from .polygons import Frame, pixel_window, sample_mask

Mask = npt.NDArray[np.uint8]


class Crop(NamedTuple):
    """A mask around an object; ``x`` and ``y``: where it begins, in cells of the grid."""

    mask: Mask
    x: int
    y: int


def choose_measured(
    *, box_iou: Floats, mask_iou: Floats, is_shown: Bools, rough_area: Floats
) -> Bools:
    """Which predictions (m,) to paint, from IoU (n, m) and areas known to a factor of two."""
    is_near = np.zeros(len(rough_area), dtype=bool)
    for limit in AREA_LIMITS:
        is_near |= (rough_area > limit / 2) & (rough_area < limit * 2)
    return is_shown | is_near | _candidates(box_iou, mask_iou).any(axis=0)


def measure_masks(
    *,
    labels: list[Crop],
    label_area: Floats,
    predictions: dict[int, Crop],
    box_iou: Floats,
    mask_iou: Floats,
    is_shown: Bools,
    rough_area: Floats,
    label_row: Ints,
    size_wh: tuple[int, int],
) -> NativePicture:
    """Compare painted labels with painted predictions (by their index)."""
    width = max(1, round(BOUNDARY_RATIO * float(np.hypot(*size_wh))))
    # In double precision: an IoU that equals a threshold of COCO's counts as pycocotools has it.
    iou = np.zeros(box_iou.shape, dtype=np.float64)
    boundary_iou = np.full(box_iou.shape, np.nan, dtype=np.float32)
    area = rough_area.astype(np.float32)
    for index, crop in predictions.items():
        area[index] = np.count_nonzero(crop.mask)
    label_cells = np.array([np.count_nonzero(crop.mask) for crop in labels], dtype=np.int64)
    bands: dict[tuple[str, int], Crop] = {}

    def band(side: str, index: int, crop: Crop) -> Crop:
        if (side, index) not in bands:
            bands[side, index] = crop._replace(mask=boundary_of(crop.mask, width=width))
        return bands[side, index]

    for label, index in np.argwhere(_candidates(box_iou, mask_iou)).tolist():
        one, two = labels[label], predictions[index]
        common = count_common(one, two)
        union = label_cells[label] + np.count_nonzero(two.mask) - common
        iou[label, index] = common / union if union else 0.0
        if is_shown[index] and iou[label, index] >= IOU_FLOOR:
            edges = band("label", label, one), band("prediction", index, two)
            common = count_common(*edges)
            union = sum(np.count_nonzero(edge.mask) for edge in edges) - common
            boundary_iou[label, index] = common / union if union else 0.0
    return NativePicture(
        label_row=label_row,
        label_area=label_area.astype(np.float32),
        prediction_area=area,
        iou=iou,
        boundary_iou=boundary_iou,
    )


def paint_label(points_px: npt.NDArray[np.floating], *, size_wh: tuple[int, int]) -> Crop:
    """The mask of a ring (k, 2), painted as pycocotools paints a polygon of the whole image.

    Painting does not depend on whole pixels to the left and above, so a window does.
    """
    size = np.array(size_wh)
    begin = (np.floor(points_px.min(axis=0)).astype(np.int64) - 1).clip(0, size - 1)
    end = (np.ceil(points_px.max(axis=0)).astype(np.int64) + 2).clip(begin + 1, size)
    width, height = (end - begin).tolist()
    ring = (points_px - begin).astype(np.float64).reshape(-1).tolist()
    mask: Mask = coco_mask.decode(coco_mask.frPyObjects([ring], height, width))[:, :, 0]
    return Crop(mask, int(begin[0]), int(begin[1]))


def area_of_label(points_px: npt.NDArray[np.floating]) -> float:
    """The area of a ring (k, 2), whose parts and holes bridges may join."""
    return polygons_area(split_ring(points_px.reshape(-1).tolist()))


def paint_prediction(
    logits: npt.NDArray[np.float32], *, box_xyxy: npt.NDArray[np.floating], frame: Frame
) -> Crop:
    """The mask where the ``logits`` (h, w) are positive inside a box in pixels."""
    window = pixel_window(box_xyxy, size_wh=frame.size_wh)
    x0, y0, x1, y1 = window
    if x1 <= x0 or y1 <= y0:
        return Crop(np.zeros((0, 0), dtype=np.uint8), x0, y0)
    return Crop(sample_mask(logits, window=window, step=1, frame=frame), x0, y0)


def boundary_of(mask: Mask, *, width: int) -> Mask:
    """The pixels of a mask at most ``width`` from its outside; the picture's edge is outside."""
    side = 2 * width + 1
    inner = cv2.erode(
        mask,
        np.ones((side, side), dtype=np.uint8),
        borderType=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    band: Mask = mask - inner.astype(np.uint8)
    return band


def count_common(one: Crop, two: Crop) -> int:
    """How many cells two masks share."""
    x0, y0 = max(one.x, two.x), max(one.y, two.y)
    x1 = min(one.x + one.mask.shape[1], two.x + two.mask.shape[1])
    y1 = min(one.y + one.mask.shape[0], two.y + two.mask.shape[0])
    if x0 >= x1 or y0 >= y1:
        return 0
    cut = [crop.mask[y0 - crop.y : y1 - crop.y, x0 - crop.x : x1 - crop.x] for crop in (one, two)]
    return int(np.count_nonzero(cut[0] & cut[1]))


def _candidates(box_iou: Floats, mask_iou: Floats) -> Bools:
    return (box_iou > 0) | (mask_iou > 0)

"""From a mask as the network gives it to a polygon in pixels of the picture.

A YOLO segmentation model answers a mask as a linear combination of prototypes, at a quarter of its
input's resolution. The logits are sampled bilinearly at the centres of the picture's pixels, inside
the box only, as Ultralytics' ``process_mask_native`` does for whole pictures; so memory follows the
object and not the picture.
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from annotator.labels.polygons.bridges import flatten_polygons

_MAX_SIDE = 1024
"""Larger objects are sampled every other pixel, every third … and traced there."""

_TOLERANCE = 0.008
_TOLERANCE_PX = (0.3, 1.5)
"""Simplification, as a share of the square root of the area and its bounds: an object keeps its
shape within about a hundredth of its size, and a large one loses the steps of its pixels."""

_MAX_PARTS = 16
_SMALLEST_HOLE_PX = 4.0

Array = npt.NDArray[np.float32]


class Frame(NamedTuple):
    """How the picture lies in the network's input: scaled by ``gain_xy``, then moved by ``pad_xy``
    pixels. ``proto_scale``: prototype pixels to one of the input."""

    size_wh: tuple[int, int]
    gain_xy: tuple[float, float]
    pad_xy: tuple[float, float]
    proto_scale: tuple[float, float]


def trace_mask(
    logits: Array,
    *,
    box_xyxy: npt.NDArray[np.floating],
    frame: Frame,
    is_fine: bool = False,
) -> list[float]:
    """The flat ring around the positive ``logits`` (h, w) inside a box in pixels of the picture.

    ``is_fine``: sample every pixel of a large object too, and keep what is simplified within a
    third of a pixel.

    Parts and holes are joined by bridges, the sixteen largest of each kept; empty where no part has
    an area. A ring goes through the centres of the border's pixels, so painting it as Ultralytics
    paints labels (truncate, ``cv2.fillPoly``) gives the mask back.
    """
    x0, y0, x1, y1 = window = pixel_window(box_xyxy, size_wh=frame.size_wh)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return []
    step = 1 if is_fine else -(-max(x1 - x0, y1 - y0) // _MAX_SIDE)
    mask = sample_mask(logits, window=window, step=step, frame=frame)
    return trace_pixels(mask, offset=np.array([x0, y0]), step=step, is_fine=is_fine)


def pixel_window(
    box_xyxy: npt.NDArray[np.floating], *, size_wh: tuple[int, int]
) -> tuple[int, int, int, int]:
    """The pixels of a picture inside a box, as Ultralytics' ``crop_mask`` takes them."""
    width, height = size_wh
    x0, y0 = (max(0, int(np.ceil(value))) for value in box_xyxy[:2])
    return x0, y0, min(width, int(np.ceil(box_xyxy[2]))), min(height, int(np.ceil(box_xyxy[3])))


def sample_mask(
    logits: Array, *, window: tuple[int, int, int, int], step: int, frame: Frame
) -> npt.NDArray[np.uint8]:
    """Where the ``logits`` (h, w) are positive in a window, every ``step`` pixels."""
    x0, y0, x1, y1 = window
    size = (-(-(x1 - x0) // step), -(-(y1 - y0) // step))
    matrix = np.zeros((2, 3))
    for axis, start in enumerate((x0, y0)):
        scale = frame.gain_xy[axis] * frame.proto_scale[axis]
        first = (start + step / 2) * scale + frame.pad_xy[axis] * frame.proto_scale[axis] - 0.5
        matrix[axis, axis], matrix[axis, 2] = scale * step, first
    sampled = cv2.warpAffine(
        logits,
        matrix,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    mask: npt.NDArray[np.uint8] = (sampled > 0).astype(np.uint8)
    return mask


def trace_pixels(
    mask: npt.NDArray[np.uint8],
    *,
    offset: npt.NDArray[np.int64],
    step: int,
    is_fine: bool = False,
) -> list[float]:
    """The flat ring around a mask whose cells are ``step`` pixels wide and begin at ``offset``."""
    contours, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return []
    parts: list[tuple[float, int]] = []
    for index, contour in enumerate(contours):
        is_outer = hierarchy[0][index][3] < 0
        if is_outer and (area := cv2.contourArea(contour)) > 0:
            parts.append((area, index))
    polygons = []
    for _, index in sorted(parts, reverse=True)[:_MAX_PARTS]:
        holes = []
        child = int(hierarchy[0][index][2])
        while child >= 0:
            if (area := cv2.contourArea(contours[child])) >= _SMALLEST_HOLE_PX:
                holes.append((area, child))
            child = int(hierarchy[0][child][0])
        chosen = [index, *(hole for _, hole in sorted(holes, reverse=True)[:_MAX_PARTS])]
        rings = [
            _ring(contours[ring], offset=offset, step=step, is_fine=is_fine) for ring in chosen
        ]
        if rings[0]:
            polygons.append([rings[0], *(ring for ring in rings[1:] if ring)])
    return [round(value, 2) for value in flatten_polygons(polygons)] if polygons else []


def _ring(
    contour: npt.NDArray[np.int32], *, offset: npt.NDArray[np.int64], step: int, is_fine: bool
) -> list[float]:
    tolerance = (
        _TOLERANCE_PX[0]
        if is_fine
        else np.clip(_TOLERANCE * np.sqrt(cv2.contourArea(contour)), *_TOLERANCE_PX)
    )
    simple = cv2.approxPolyDP(contour, float(tolerance), closed=True).reshape(-1, 2)
    if len(simple) < 3:
        simple = contour.reshape(-1, 2)
    if len(simple) < 3:
        return []
    points: list[float] = ((simple + 0.5) * step + offset).reshape(-1).tolist()
    return points

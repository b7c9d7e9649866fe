"""From a mask to polygons of few points, which keep what strokes say pixel by pixel."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from annotator.labels.polygons.geometry import Polygons

Mask = NDArray[np.bool_]
Points = NDArray[np.float64]

FINE = 4
"""Fine pixels a side of a pixel of the crop: strokes and outlines are exact to a fine pixel."""
SIMPLIFIED_IOU = 0.982
SMOOTHING_PX = 2.0
_TOLERANCES = (12.0, 9.0, 7.0, 5.5, 4.0, 3.0, 2.2, 1.5, 1.0, 0.6)
_FEWEST_PIXELS = 6
_SHIFT = 4
_EXACT = 3


@dataclass(frozen=True)
class StrokeMasks:
    """What strokes say, in fine pixels: ``keep`` and ``remove`` exactly, and with some room."""

    keep: Mask
    remove: Mask
    wide_keep: Mask
    wide_remove: Mask


def draw_strokes(
    strokes: list[tuple[bool, Points]], *, shape: tuple[int, int], radius: float, room: float
) -> StrokeMasks:
    """Draw (is to keep, points) oldest first; newer ones win. Lengths in pixels of the crop."""
    fine = (shape[0] * FINE, shape[1] * FINE)
    exact, wide = np.zeros(fine, np.uint8), np.zeros(fine, np.uint8)
    for is_kept, points in strokes:
        _draw(exact, points, radius + 0.5 / FINE, 1 if is_kept else 2)
        _draw(wide, points, radius + room + 1.5 / FINE, 1 if is_kept else 2)
    wide = np.where(exact > 0, exact, wide).astype(np.uint8)
    return StrokeMasks(exact == 1, exact == 2, wide == 1, wide == 2)


def _draw(canvas: NDArray[np.uint8], points: Points, radius: float, value: int) -> None:
    """All fine pixels whose centre is within ``radius`` of the line, without rounding."""
    limit = 4.0 * max(canvas.shape)
    fine = (points * FINE).clip(-limit, limit)
    reach = radius * FINE
    ends = list(pairwise(fine)) or [(fine[0], fine[0])]
    height, width = canvas.shape
    for start, end in ends:
        low = np.floor(np.minimum(start, end) - reach - 1).clip(0, (width, height)).astype(int)
        high = np.ceil(np.maximum(start, end) + reach + 1).clip(0, (width, height)).astype(int)
        if (high <= low).any():
            continue
        xs = np.arange(low[0], high[0])[None, :] + 0.5 - start[0]
        ys = np.arange(low[1], high[1])[:, None] + 0.5 - start[1]
        along = end - start
        length = max(float(along @ along), 1e-12)
        share = ((xs * along[0] + ys * along[1]) / length).clip(0, 1)
        near = np.hypot(xs - share * along[0], ys - share * along[1]) <= reach
        canvas[low[1] : high[1], low[0] : high[0]][near] = value


def coarse(mask: Mask, *, share: float = 0.5) -> Mask:
    """The crop's pixels of which more than that share is in a mask of fine pixels."""
    height, width = mask.shape
    blocks = mask.reshape(height // FINE, FINE, width // FINE, FINE).mean(axis=(1, 3))
    result: Mask = blocks > share
    return result


def refine(mask: Mask, strokes: StrokeMasks) -> Mask:
    """The mask in fine pixels with a smooth outline, and with what the strokes say."""
    padded = cv2.copyMakeBorder(mask.astype(np.uint8) * 255, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    large = cv2.resize(padded, None, fx=FINE, fy=FINE, interpolation=cv2.INTER_LINEAR)
    large = cv2.GaussianBlur(large, (0, 0), sigmaX=SMOOTHING_PX * FINE)[FINE:-FINE, FINE:-FINE]
    result: Mask = ((large > 127) | strokes.wide_keep) & ~strokes.wide_remove
    return result


def trace(fine: Mask, strokes: StrokeMasks) -> Polygons:
    """Outlines with holes, in pixels of the crop: the fewest points that still say the same.

    "The same" is an IoU of 0.98 with the mask, all of ``keep`` and nothing of ``remove``.
    """
    contours, hierarchy = cv2.findContours(
        fine.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE
    )
    if not contours:
        return []
    parents = [int(row[3]) for row in hierarchy[0]]
    for room in (1, 0):  # strokes side by side leave no room for the edge's own width
        for tolerance in _TOLERANCES:
            polygons = _simplify(contours, parents, fine, tolerance)
            if polygons and _says_the_same(polygons, fine, strokes, room):
                return polygons
    return _trace_exactly(fine)


def _trace_exactly(fine: Mask) -> Polygons:
    """Outlines within half a fine pixel, with as many points as that takes."""
    large = fine.repeat(_EXACT, axis=0).repeat(_EXACT, axis=1)
    contours, hierarchy = cv2.findContours(
        large.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE
    )
    parents = [int(row[3]) for row in hierarchy[0]]
    polygons = _simplify(contours, parents, large, 1.0)
    return [[(np.array(ring) / _EXACT).tolist() for ring in polygon] for polygon in polygons]


def rasterise(polygons: Polygons, shape: tuple[int, ...]) -> Mask:
    """The fine pixels whose centre is inside the polygons (in pixels of the crop)."""
    canvas = np.zeros((shape[0], shape[1]), np.uint8)
    for polygon in polygons:
        rings = [
            ((np.reshape(ring, (-1, 2)) * FINE - 0.5) * 2**_SHIFT).round().astype(np.int32)
            for ring in polygon
        ]
        part = np.zeros_like(canvas)
        cv2.fillPoly(part, rings, 1, shift=_SHIFT)
        canvas |= part
    return canvas.astype(bool)


def _says_the_same(polygons: Polygons, fine: Mask, strokes: StrokeMasks, room: int) -> bool:
    drawn = rasterise(polygons, fine.shape)
    shared, either = int((drawn & fine).sum()), int((drawn | fine).sum())
    if shared < SIMPLIFIED_IOU * either:
        return False
    square = np.ones((2 * room + 1, 2 * room + 1), np.uint8)
    thick = cv2.dilate(drawn.astype(np.uint8), square) > 0
    thin = cv2.erode(drawn.astype(np.uint8), square, borderValue=1) > 0
    return not ((strokes.keep & ~thin).any() or (strokes.remove & thick).any())


def _simplify(
    contours: Sequence[NDArray[np.int32]],
    parents: list[int],
    fine: Mask,
    tolerance: float,
) -> Polygons:
    polygons: dict[int, list[list[float]]] = {}
    for is_hole in (False, True):
        for index, contour in enumerate(contours):
            parent = parents[index]
            if (parent >= 0) != is_hole or (is_hole and parent not in polygons):
                continue
            if (ring := _ring(contour, fine.shape, tolerance)) is not None:
                polygons.setdefault(parent if is_hole else index, []).append(ring)
    return list(polygons.values())


def _ring(
    contour: NDArray[np.int32], shape: tuple[int, ...], tolerance: float
) -> list[float] | None:
    points = contour.reshape(-1, 2)
    if tolerance:
        points = cv2.approxPolyDP(contour, tolerance, closed=True).reshape(-1, 2)
    if len(points) < 3 or cv2.contourArea(points) < _FEWEST_PIXELS:
        return None
    ring = (points + 0.5) / FINE
    # a contour along the border of the crop lies on the border, not half a pixel inside
    last = np.array([shape[1], shape[0]]) - 1
    ring = np.where(points == 0, 0.0, np.where(points == last, (last + 1) / FINE, ring))
    flat: list[float] = ring.ravel().tolist()
    return flat

"""How much two outlines overlap, on a raster: IoU to about one hundredth, whatever their shape.

Good enough to tell "the same object" from another; figures of a model are measured by its engine.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .geometry import Polygons, polygon_area, polygons_bounds

GRID = 256
"""The longer side of the raster over both outlines, in cells."""

Box = tuple[float, float, float, float]


def polygons_iou(a: Polygons, b: Polygons) -> float:
    """IoU of two objects, each parts → rings in pixels; 0 where their boxes are apart."""
    box_a, box_b = polygons_bounds(a), polygons_bounds(b)
    if min(box_a[2], box_b[2]) <= max(box_a[0], box_b[0]):
        return 0.0
    if min(box_a[3], box_b[3]) <= max(box_a[1], box_b[1]):
        return 0.0
    box: Box = (
        min(box_a[0], box_b[0]),
        min(box_a[1], box_b[1]),
        max(box_a[2], box_b[2]),
        max(box_a[3], box_b[3]),
    )
    mask_a, mask_b = _rasterise(a, box), _rasterise(b, box)
    either = int(np.count_nonzero(mask_a | mask_b))
    return int(np.count_nonzero(mask_a & mask_b)) / either if either else 0.0


def pairs_that_may_overlap(
    first: Sequence[Polygons], second: Sequence[Polygons], *, min_iou: float
) -> list[tuple[int, int]]:
    """Return the places of all pairs whose IoU may be ``min_iou`` or more, from boxes and areas.

    What two objects share lies in both boxes, and what either covers is no less than the larger
    one; the raster errs by a hundredth or two, which is left as a margin.
    """
    if not first or not second:
        return []
    (boxes_a, areas_a), (boxes_b, areas_b) = _extents(first), _extents(second)
    pairs: list[tuple[int, int]] = []
    for place, (box, area) in enumerate(zip(boxes_a, areas_a, strict=True)):
        low = np.maximum(boxes_b[:, :2], box[:2])
        high = np.minimum(boxes_b[:, 2:], box[2:])
        shared = np.clip(high - low, 0, None).prod(axis=1)
        enough = (shared > 0) & (shared >= (min_iou - 0.05) * np.maximum(areas_b, area))
        pairs += [(place, other) for other in np.flatnonzero(enough).tolist()]
    return pairs


def _extents(
    outlines: Sequence[Polygons],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Boxes (N, 4), and what each object covers at least (N,): its parts may overlap."""
    boxes = [polygons_bounds(each) for each in outlines]
    areas = [max(polygon_area(part) for part in each) for each in outlines]
    return np.array(boxes), np.array(areas)


def _rasterise(polygons: Polygons, box: Box) -> NDArray[np.bool_]:
    """The cells inside, by the even-odd rule over the rings of each part; shape (h, w)."""
    left, top, right, bottom = box
    scale = GRID / max(right - left, bottom - top, 1e-9)
    size_wh = (
        max(1, round((right - left) * scale)) + 1,
        max(1, round((bottom - top) * scale)) + 1,
    )
    whole = np.zeros((size_wh[1], size_wh[0]), dtype=bool)
    for polygon in polygons:
        part = np.zeros_like(whole)
        for ring in polygon:
            part ^= _fill(ring, scale=scale, left=left, top=top, size_wh=size_wh)
        whole |= part
    return whole


def _fill(
    ring: Sequence[float], *, scale: float, left: float, top: float, size_wh: tuple[int, int]
) -> NDArray[np.bool_]:
    picture = Image.new("1", size_wh)
    points = [
        ((x - left) * scale, (y - top) * scale) for x, y in zip(ring[::2], ring[1::2], strict=True)
    ]
    if len(points) > 1:
        ImageDraw.Draw(picture).polygon(points, fill=1)
    return np.asarray(picture, dtype=bool)

"""What is measured of the objects of one image, and what is wrong with them. Pure.

Each object becomes one record of ``OBJECT``; the records of a class are stored as bytes, so that
the figures of a dataset are sums over arrays and no polygon is read again.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from annotator.labels.polygons.crossings import crossing_points
from annotator.labels.polygons.geometry import MIN_RING_POINTS, Polygons, ring_points
from annotator.labels.polygons.overlap import overlapping_pairs

OBJECT = np.dtype(
    [
        ("id", "V16"),
        ("share", "<f4"),
        ("aspect", "<f4"),
        ("points", "<i4"),
        ("x", "<f4"),
        ("y", "<f4"),
    ]
)
"""``share`` of the image that it covers; ``aspect``: width to height of the box around it; ``x``,
``y``: the middle of that box as shares of the image's sides."""

TINY_PX = 64
"""An object of fewer px² is tiny: it fits into one cell (8 by 8) of the finest grid on which YOLO
predicts, when the image is trained at its own size."""

DUPLICATE_IOU = 0.9
_GRAIN_PX = 1e-3
"""Coordinates are rounded to 1/10,000 px; what is outside by less is not."""

Records = NDArray[np.void]


class Shape(NamedTuple):
    """An object: ``id`` as 16 bytes, ``area_px`` as it is stored."""

    id: bytes
    class_id: int
    polygons: Polygons
    area_px: float


class Examined(NamedTuple):
    """``figures``: records by class; the others are ids of objects, in the order of the objects.

    ``duplicates``: of each pair of one class that overlaps by more than ``DUPLICATE_IOU``, the
    smaller one.
    """

    figures: dict[int, Records]
    tiny: list[bytes]
    crossing: list[bytes]
    outside: list[bytes]
    duplicates: list[bytes]


def examine_objects(shapes: Sequence[Shape], *, size_wh: tuple[int, int]) -> Examined:
    """Measure the objects of an image of ``size_wh`` pixels; what has no outline is passed over."""
    shapes = [shape for shape in shapes if any(part and part[0] for part in shape.polygons)]
    boxes = np.array([_box_of(shape.polygons) for shape in shapes]).reshape(-1, 4)
    return Examined(
        _figures(shapes, boxes, size_wh),
        [shape.id for shape in shapes if shape.area_px < TINY_PX],
        find_crossing(shapes),
        _outside(shapes, boxes, size_wh),
        _duplicates(shapes),
    )


def _box_of(polygons: Polygons) -> tuple[float, float, float, float]:
    points = np.concatenate([ring_points(part[0]) for part in polygons if part and part[0]])
    (x_min, y_min), (x_max, y_max) = points.min(axis=0), points.max(axis=0)
    return float(x_min), float(y_min), float(x_max), float(y_max)


def _figures(
    shapes: Sequence[Shape], boxes: NDArray[np.float64], size_wh: tuple[int, int]
) -> dict[int, Records]:
    width, height = size_wh
    records = np.zeros(len(shapes), dtype=OBJECT)
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], _GRAIN_PX)
    records["id"] = [np.void(shape.id) for shape in shapes]
    records["share"] = [shape.area_px / (width * height) for shape in shapes]
    records["aspect"] = sides[:, 0] / sides[:, 1]
    records["points"] = [
        sum(len(ring) // 2 for part in shape.polygons for ring in part) for shape in shapes
    ]
    records["x"] = (boxes[:, 0] + boxes[:, 2]) / 2 / width
    records["y"] = (boxes[:, 1] + boxes[:, 3]) / 2 / height
    by_class: Mapping[int, list[int]] = _places_by_class(shapes)
    return {class_id: records[places] for class_id, places in by_class.items()}


def _places_by_class(shapes: Sequence[Shape]) -> dict[int, list[int]]:
    places: dict[int, list[int]] = defaultdict(list)
    for place, shape in enumerate(shapes):
        places[shape.class_id].append(place)
    return places


def find_crossing(shapes: Sequence[Shape]) -> list[bytes]:
    """The objects of which a ring crosses itself; a bridge of no width does not."""
    rings = [
        (place, ring_points(ring))
        for place, shape in enumerate(shapes)
        for part in shape.polygons
        for ring in part
        if len(ring) > 2 * MIN_RING_POINTS
    ]
    if not rings:
        return []
    owners = np.repeat(np.arange(len(rings)), [len(points) for _, points in rings])
    lines = shapely.linearrings(np.concatenate([points for _, points in rings]), indices=owners)
    odd = np.flatnonzero(~shapely.is_valid(shapely.polygons(lines)))
    found = {rings[n][0] for n in odd.tolist() if len(crossing_points(rings[n][1]))}
    return [shapes[place].id for place in sorted(found)]


def _outside(
    shapes: Sequence[Shape], boxes: NDArray[np.float64], size_wh: tuple[int, int]
) -> list[bytes]:
    low = (boxes[:, :2] < -_GRAIN_PX).any(axis=1)
    high = (boxes[:, 2:] > np.array(size_wh) + _GRAIN_PX).any(axis=1)
    return [shapes[place].id for place in np.flatnonzero(low | high).tolist()]


def _duplicates(shapes: Sequence[Shape]) -> list[bytes]:
    gone: set[int] = set()
    for places in _places_by_class(shapes).values():
        if len(places) < 2:
            continue
        polygons = [shapes[place].polygons for place in places]
        for i, j, iou in overlapping_pairs(polygons, polygons, min_iou=DUPLICATE_IOU):
            first, second = places[i], places[j]
            if i >= j or iou <= DUPLICATE_IOU or first in gone or second in gone:
                continue
            # The larger stays; of two that are equal the one that was there first.
            gone.add(first if shapes[first].area_px < shapes[second].area_px else second)
    return [shapes[place].id for place in sorted(gone)]

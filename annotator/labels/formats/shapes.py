"""Shapes of other tools as polygons in the pixels of the image.

Whatever a file holds becomes polygons, or a ShapeError whose message says why not: the one rule
for numbers, borders and outlines that enclose nothing, for every format that is no YOLO.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import chain
from typing import NamedTuple, cast

import numpy as np
import shapely

from annotator.labels.polygons.geometry import (
    MIN_RING_POINTS,
    Polygons,
    Ring,
    clip_ring,
    encloses_nothing,
    flat_ring,
    open_ring,
    ring_points,
)

from .base import ReadLabels, ReadObject
from .yolo.rows import MAX_OBJECTS, MAX_POINTS, too_many_objects

_DECIMALS = 4  # of a pixel, as every save is stored
_HUGE = 1e7
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,20})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_BORDER_PX = 1e-3
"""So far outside the image a point still counts as lying on its border: rounding."""
_CIRCLE_POINTS = 64
_MOST_PARTS_JOINED = 1000


class ShapeError(ValueError):
    """It is no object; the message says why, for a person."""


class Draft(NamedTuple):
    """An object as its file has it, in the file's own pixels; ``repair``: what was changed.

    ``is_region`` and ``is_crowd``: as :class:`ReadObject` has them.
    """

    class_index: int
    polygons: Polygons
    is_box: bool = False
    occluded: bool = False
    truncated: bool = False
    note: str = ""
    repair: str = ""
    is_region: bool = False
    is_crowd: bool = False


def collect_objects(
    items: Iterable[tuple[str, Callable[[], Draft]]],
    *,
    size_wh: tuple[int, int],
    declared_wh: tuple[int, int] | None,
    class_count: int,
) -> ReadLabels:
    """Make each object; it is taken, or taken with a repair, or refused, each with its ``what``.

    ``declared_wh``: the size of the image that the file was drawn on, None where it does not say.
    An image of the same shape in another size has its objects scaled.
    """
    read = ReadLabels()
    points = 0
    for what, make in items:
        try:
            draft = make()
            scale = scale_of(declared_wh, size_wh)
            polygons, repair = place_polygons(draft.polygons, scale=scale, size_wh=size_wh)
            if not draft.is_region and not 0 <= draft.class_index < class_count:
                raise ShapeError("its class is not in the list of classes.")  # noqa: TRY301
            points += sum(len(ring) // 2 for polygon in polygons for ring in polygon)
            if len(read.objects) >= MAX_OBJECTS or points > MAX_POINTS:
                raise ShapeError(too_many_objects())  # noqa: TRY301
        except ShapeError as error:
            read.add_problem("refused", None, f"{what}: {error}")
            continue
        if repair := " ".join(filter(None, (draft.repair, repair))):
            read.add_problem("repaired", None, f"{what}: {repair}")
        read.objects.append(
            ReadObject(
                None,
                draft.class_index,
                polygons,
                is_box=draft.is_box,
                occluded=draft.occluded,
                truncated=draft.truncated,
                note=draft.note,
                is_region=draft.is_region,
                is_crowd=draft.is_crowd,
            )
        )
    return read


def scale_of(declared_wh: tuple[int, int] | None, size_wh: tuple[int, int]) -> tuple[float, float]:
    """By how much coordinates grow. Raises ShapeError where the image is of another shape."""
    if declared_wh is None or declared_wh == size_wh:
        return 1.0, 1.0
    x, y = size_wh[0] / declared_wh[0], size_wh[1] / declared_wh[1]
    if abs(declared_wh[0] * y - size_wh[0]) > 1.5 and abs(declared_wh[1] * x - size_wh[1]) > 1.5:
        drawn, is_now = (f"{w} × {h}" for w, h in (declared_wh, size_wh))
        raise ShapeError(
            f"it was drawn on an image of {drawn} pixels; this one has {is_now}, another shape."
        )
    return x, y


def place_polygons(
    polygons: Polygons, *, scale: tuple[float, float], size_wh: tuple[int, int]
) -> tuple[Polygons, str]:
    """The polygons inside the image, rounded as they are stored, and what was changed.

    Raises ShapeError where nothing is left.
    """
    repairs = [] if scale == (1.0, 1.0) else ["it was scaled to the size of the image."]
    placed: Polygons = []
    reasons: list[str] = []
    for polygon in polygons:
        rings: list[Ring] = []
        for place, ring in enumerate(polygon):
            try:
                whole, is_clipped = _place_ring(ring, scale, size_wh)
            except ShapeError as error:
                reasons.append(str(error))
                if place == 0:
                    break
                continue
            if is_clipped:
                repairs.append("it was clipped to the border of the image.")
            rings.append(whole)
        if rings:
            placed.append(rings)
    if not placed:
        raise ShapeError(reasons[0] if reasons else "it has no outline.")
    if reasons:
        repairs.append(f"a part was left out: {reasons[0]}")
    return placed, " ".join(dict.fromkeys(repairs))


def _place_ring(
    ring: Ring, scale: tuple[float, float], size_wh: tuple[int, int]
) -> tuple[Ring, bool]:
    """A ring inside the image, and whether it had to be clipped. Raises ShapeError."""
    points = open_ring(ring_points(ring) * scale)
    if len(points) < MIN_RING_POINTS or encloses_nothing(flat_ring(points)):
        count = len(np.unique(points, axis=0))
        if count < MIN_RING_POINTS:
            raise ShapeError(f"a polygon needs three different points; it has {count}.")
        raise ShapeError("it encloses nothing: its points lie on one line.")
    outside = max(float(-points.min()), float((points - size_wh).max()))
    if outside > 0:
        box = (0.0, 0.0, float(size_wh[0]), float(size_wh[1]))
        points = ring_points(clip_ring(flat_ring(points), box_xyxy=box))
    rounded = flat_ring(points.round(_DECIMALS))
    if len(points) < MIN_RING_POINTS or encloses_nothing(rounded):
        if outside > _BORDER_PX:
            raise ShapeError("it lies outside the image.")
        raise ShapeError("it is too small to be kept (below 0.0001 px).")
    return rounded, outside > _BORDER_PX


def join_parts(rings: Sequence[Ring]) -> tuple[Polygons, str]:
    """Several outlines of one object: its parts; those that overlap become one."""
    parts: Polygons = [[ring] for ring in rings]
    if len(rings) < 2 or len(rings) > _MOST_PARTS_JOINED:
        return parts, ""
    shapes = [shape for ring in rings if (shape := _shape_of(ring)) is not None]
    if len(shapes) < len(rings):
        return parts, ""
    tree = shapely.STRtree(shapes)
    first, second = tree.query(shapes, predicate="intersects")
    overlap = any(
        a < b and shapes[a].intersection(shapes[b]).area > 0
        for a, b in zip(first, second, strict=True)
    )
    if not overlap:
        return parts, ""
    united = shapely.unary_union(shapes)
    return polygons_of_shape(united), "its overlapping parts were joined."


def polygons_of_shape(shape: shapely.Geometry) -> Polygons:
    """The polygons of shapely's geometry; lines and points of it are left out."""
    found: Polygons = []
    for part in shapely.get_parts(shape):
        if isinstance(part, shapely.Polygon) and not part.is_empty:
            rings = (part.exterior, *part.interiors)
            found.append([flat_ring(shapely.get_coordinates(ring)[:-1]) for ring in rings])
    return found


def _shape_of(ring: Ring) -> shapely.Polygon | None:
    if len(ring) < 2 * MIN_RING_POINTS:
        return None
    shape = shapely.Polygon(ring_points(ring))
    return shape if shape.is_valid else None


# --- numbers and points ---------------------------------------------------------------------


def number(value: object, what: str = "a coordinate") -> float:
    """A plain number, also one that a program wrote as text. Raises ShapeError."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value.replace(",", "."))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ShapeError(f"{what} is not a number.")
    if not -_HUGE <= value <= _HUGE:  # also what is no number at all
        raise ShapeError(f"{what} is not a number that can be in an image.")
    return float(value)


def numbers(values: object, what: str = "coordinates") -> list[float]:
    """Plain numbers. Raises ShapeError."""
    if not isinstance(values, list):
        raise ShapeError(f"its {what} are not a list.")
    if {float, int}.issuperset(map(type, values)):
        with suppress(OverflowError):
            found = np.array(values, dtype=np.float64)
            if not len(found) or np.abs(found).max() <= _HUGE:
                return cast(list[float], found.tolist())
    return [number(value) for value in values]


def flat_points(values: object) -> Ring:
    """A ring from ``[x1, y1, x2, …]``. Raises ShapeError."""
    ring = numbers(values)
    if len(ring) % 2:
        raise ShapeError(f"an odd count of coordinates ({len(ring)}): an x or a y is missing.")
    return _bounded(ring)


def paired_points(values: object) -> Ring:
    """A ring from ``[[x, y], …]``. Raises ShapeError."""
    if not isinstance(values, list):
        raise ShapeError("its points are not a list.")
    if values and all(isinstance(point, dict) and {"x", "y"} <= point.keys() for point in values):
        values = [[point["x"], point["y"]] for point in values]
    if any(not isinstance(point, list) or len(point) != 2 for point in values):
        raise ShapeError("a point is not a pair of numbers.")
    return _bounded(numbers(list(chain.from_iterable(values))))


def zipped_points(xs: object, ys: object) -> Ring:
    """A ring from its x and its y. Raises ShapeError."""
    first, second = numbers(xs), numbers(ys)
    if len(first) != len(second):
        raise ShapeError(f"it has {len(first)} x and {len(second)} y.")
    return _bounded([each for pair in zip(first, second, strict=True) for each in pair])


def _bounded(ring: Ring) -> Ring:
    if len(ring) > 2 * MAX_POINTS:
        raise ShapeError(f"a polygon has at most {MAX_POINTS:,} points.")
    return ring


# --- boxes and circles ----------------------------------------------------------------------


def box_ring(x: float, y: float, width: float, height: float, *, degrees: float = 0.0) -> Ring:
    """A rectangle from its first corner, turned around that by ``degrees`` (clockwise)."""
    if width == 0 or height == 0:
        raise ShapeError("the box has no width or no height.")
    if not degrees % 360:
        return [x, y, x + width, y, x + width, y + height, x, y + height]
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    corners = ((0.0, 0.0), (width, 0.0), (width, height), (0.0, height))
    return [
        each for dx, dy in corners for each in (x + dx * cos - dy * sin, y + dx * sin + dy * cos)
    ]


def corner_ring(x1: float, y1: float, x2: float, y2: float) -> Ring:
    """The rectangle between two opposite corners."""
    left, right, top, bottom = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
    return box_ring(left, top, right - left, bottom - top)


def ellipse_ring(
    x: float, y: float, radius_x: float, radius_y: float, *, radians: float = 0.0
) -> Ring:
    """An ellipse as a polygon of the same area, half its edges outside and half inside."""
    if radius_x <= 0 or radius_y <= 0:
        raise ShapeError("the radius is not above 0.")
    step = 2 * math.pi / _CIRCLE_POINTS
    grow = math.sqrt(step / math.sin(step))
    cos, sin = math.cos(radians), math.sin(radians)
    ring: Ring = []
    for index in range(_CIRCLE_POINTS):
        dx = radius_x * grow * math.cos(index * step)
        dy = radius_y * grow * math.sin(index * step)
        ring += (x + dx * cos - dy * sin, y + dx * sin + dy * cos)
    return ring


def box_of(polygons: Polygons) -> tuple[float, float, float, float]:
    """Left, top, width and height around all parts."""
    xs = [x for polygon in polygons for x in polygon[0][0::2]]
    ys = [y for polygon in polygons for y in polygon[0][1::2]]
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def is_plain_box(polygons: Polygons) -> bool:
    """Whether it is one rectangle along the axes."""
    if len(polygons) != 1 or len(polygons[0]) != 1 or len(polygons[0][0]) != 8:
        return False
    x, y, width, height = box_of(polygons)
    ring = polygons[0][0]
    corners = {(x, y), (x + width, y), (x + width, y + height), (x, y + height)}
    points = list(zip(ring[0::2], ring[1::2], strict=True))
    return set(points) == corners and all(
        a[0] == b[0] or a[1] == b[1] for a, b in zip(points, points[1:] + points[:1], strict=True)
    )


def flag(value: object) -> bool:
    """Whether an attribute says yes: true, 1, "1", "yes", "true"."""
    if isinstance(value, str):
        return value.strip().lower() in {"1", "true", "yes", "y", "on"}
    return value is True or value == 1


def plain_text(value: object, *, most: int = 500) -> str:
    """A description as a note: text alone, cut."""
    return value.strip()[:most] if isinstance(value, str) else ""

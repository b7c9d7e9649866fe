"""Plane geometry of instances, in pixels.

An instance is a list of *polygons* (its parts); a polygon is a list of *rings* (the outer one
first, then its holes); a ring is a flat ``[x1, y1, x2, y2, ...]`` that does not repeat its first
point. The origin is the top left corner of the top left pixel. A point is inside by the even-odd
rule over all rings of a polygon.

A ring that crosses itself is kept as it came, from whatever client: its inside, its area and what
is trained on are what the even-odd rule says (``crossings``). The editor repairs such rings
before it saves them; one that encloses nothing by that rule is refused.
"""

import math
import operator
from collections.abc import Sequence
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from .crossings import covered_area

Ring = list[float]
Polygon = list[Ring]
Polygons = list[Polygon]
Points = NDArray[np.float64]
"""Points of one ring, shape (n, 2)."""

MIN_RING_POINTS = 3

GRAIN_PX = 1e-4
"""Half of what coordinates are rounded to, on either side."""


class GeometryError(ValueError):
    """The coordinates do not make a polygon; the message says why."""


def ring_points(ring: Sequence[float]) -> Points:
    """The points of a flat ring as an (n, 2) array."""
    return np.asarray(ring, dtype=np.float64).reshape(-1, 2)


def flat_ring(points: Points) -> Ring:
    """The flat ring of an (n, 2) array."""
    flat: Ring = points.reshape(-1).tolist()
    return flat


def ring_signed_area(ring: Sequence[float]) -> float:
    """Shoelace area in px²; positive when the ring turns clockwise on the screen (y down)."""
    x0, y0 = ring[0], ring[1]  # measured from the first point: no loss far from the origin
    xs = [x - x0 for x in ring[2::2]]
    ys = [y - y0 for y in ring[3::2]]
    forward: float = sum(map(operator.mul, xs, islice(ys, 1, None)))
    backward: float = sum(map(operator.mul, ys, islice(xs, 1, None)))
    return 0.5 * (forward - backward)


def ring_area(ring: Sequence[float]) -> float:
    """Area that a ring covers by the even-odd rule, in px²: the shoelace's where it is simple."""
    return covered_area(ring, ring_signed_area(ring))


def encloses_nothing(ring: Sequence[float]) -> bool:
    """Whether a ring has no inside: its points lie on one line, or it goes back as it came.

    Coordinates are stored to 1/10,000 px, so that an inside no wider than that is none: three
    points on a line that were rounded, or computed from fractions, enclose a little by chance.
    """
    least = least_area(ring)
    return abs(ring_signed_area(ring)) <= least and ring_area(ring) <= least


def least_area(ring: Sequence[float]) -> float:
    """The area in px² that a ring must pass to enclose anything: ``GRAIN_PX`` along its extent."""
    xs, ys = ring[0::2], ring[1::2]
    return GRAIN_PX * max(max(xs) - min(xs), max(ys) - min(ys))


def polygon_area(polygon: Sequence[Sequence[float]]) -> float:
    """Shoelace area of the outer ring less its holes, in px²; never negative."""
    outer, *holes = (abs(ring_signed_area(ring)) for ring in polygon)
    return max(0.0, outer - sum(holes))


def polygons_area(polygons: Sequence[Sequence[Sequence[float]]]) -> float:
    """Area of all parts together, in px² (parts are taken not to overlap)."""
    return sum(polygon_area(polygon) for polygon in polygons)


def point_in_rings(x: float, y: float, rings: Sequence[Sequence[float]]) -> bool:
    """Whether a point is inside by the even-odd rule over ``rings`` (Shimrat 1962)."""
    is_inside = False
    for ring in rings:
        x1, y1 = ring[-2], ring[-1]
        for x2, y2 in zip(ring[0::2], ring[1::2], strict=True):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
                is_inside = not is_inside
            x1, y1 = x2, y2
    return is_inside


def open_ring(points: Points) -> Points:
    """The ring without consecutive repeated points, and without a repeated first point."""
    if len(points) < 2:
        return points
    differs = np.any(points != np.roll(points, -1, axis=0), axis=1)
    kept: Points = points[differs] if differs.any() else points[:1]
    return kept


def clean_polygons(
    polygons: Sequence[Sequence[Sequence[float]]], *, size_wh: tuple[int, int]
) -> Polygons:
    """What a person drew, as it is stored: open rings inside the image, degenerate ones refused.

    Parts that reach over the border are clipped to it; holes that vanish are dropped.
    Raises GeometryError for numbers that are not finite, an odd count of numbers, a ring of fewer
    than three distinct points or without area by the even-odd rule (a bow tie has one), and for a
    polygon wholly outside the image.
    """
    if not polygons:
        raise GeometryError("An instance needs at least one polygon.")
    cleaned = [_clean_polygon(polygon, size_wh=size_wh) for polygon in polygons]
    kept = [polygon for polygon in cleaned if polygon]
    if not kept:
        raise GeometryError("The polygon lies outside the image.")
    return kept


def _clean_polygon(polygon: Sequence[Sequence[float]], *, size_wh: tuple[int, int]) -> Polygon:
    if not polygon:
        raise GeometryError("A polygon needs an outer ring.")
    width, height = size_wh
    rings = [_checked_ring(ring) for ring in polygon]
    clipped = [clip_ring(ring, box_xyxy=(0.0, 0.0, float(width), float(height))) for ring in rings]
    return [ring for ring in clipped if ring] if clipped[0] else []


def _checked_ring(ring: Sequence[float]) -> Ring:
    if len(ring) % 2:
        raise GeometryError("A ring needs an even count of numbers: x and y of every point.")
    if not all(math.isfinite(number) for number in ring):
        raise GeometryError("A coordinate is not a finite number.")
    opened = flat_ring(open_ring(ring_points(ring)))
    points = set(zip(opened[0::2], opened[1::2], strict=True))
    if len(points) < MIN_RING_POINTS:
        raise GeometryError("A ring needs at least three different points.")
    if encloses_nothing(opened):
        raise GeometryError("A ring without area is not a polygon.")
    return opened


def clip_ring(ring: Sequence[float], *, box_xyxy: tuple[float, float, float, float]) -> Ring:
    """The ring inside a box (Sutherland and Hodgman 1974); ``[]`` when nothing with area is left.

    A ring that leaves the box and comes back stays one ring: its pieces hang together along the
    border, where the connection has no width. A ring inside the box comes back as it was.
    """
    x_min, y_min, x_max, y_max = box_xyxy
    xs, ys = ring[0::2], ring[1::2]
    if min(xs) >= x_min and max(xs) <= x_max and min(ys) >= y_min and max(ys) <= y_max:
        return list(ring)
    points = list(zip(xs, ys, strict=True))
    for axis, limit, sign in ((0, x_min, 1), (0, x_max, -1), (1, y_min, 1), (1, y_max, -1)):
        points = _clip_half_plane(points, axis=axis, limit=limit, sign=sign)
    opened = flat_ring(open_ring(np.array(points, dtype=np.float64).reshape(-1, 2)))
    if len(opened) < 2 * MIN_RING_POINTS or encloses_nothing(opened):
        return []
    return opened


def _clip_half_plane(
    points: list[tuple[float, float]], *, axis: int, limit: float, sign: int
) -> list[tuple[float, float]]:
    """What of a ring lies at ``sign * (coordinate - limit) >= 0`` along one axis."""
    kept: list[tuple[float, float]] = []
    for index, point in enumerate(points):
        previous = points[index - 1]
        is_in = sign * (point[axis] - limit) >= 0
        was_in = sign * (previous[axis] - limit) >= 0
        if is_in != was_in:
            share = (limit - previous[axis]) / (point[axis] - previous[axis])
            other = previous[1 - axis] + share * (point[1 - axis] - previous[1 - axis])
            kept.append((limit, other) if axis == 0 else (other, limit))
        if is_in:
            kept.append(point)
    return kept


def simplify_ring(ring: Sequence[float], *, point_budget: int) -> Ring:
    """The ring with at most ``point_budget`` points, for drawing small; see simplify_rings."""
    return simplify_rings([ring], point_budget=point_budget)[0]


def simplify_rings(rings: Sequence[Sequence[float]], *, point_budget: int) -> list[Ring]:
    """Each ring with at most ``point_budget`` points, for drawing small.

    Visvalingam and Whyatt (1993) in rounds: a round drops up to a third of a ring's points, those
    whose triangles with their neighbours are smallest, and no two neighbours at once.
    """
    budget = max(point_budget, MIN_RING_POINTS)
    counts = np.array([len(ring) // 2 for ring in rings], dtype=np.intp)
    points = ring_points(list(chain.from_iterable(rings)))
    ring_of = np.repeat(np.arange(len(rings)), counts)
    is_kept = np.ones(len(points), dtype=bool)
    while (counts > budget).any():
        left = np.flatnonzero(is_kept & (counts > budget)[ring_of])
        chosen = _least_points(points[left], ring_of[left], counts, budget=budget)
        is_kept[left[chosen]] = False
        counts = counts - np.bincount(ring_of[left[chosen]], minlength=len(counts))
    flat = points[is_kept].reshape(-1).tolist()
    ends = np.cumsum(2 * counts).tolist()
    return [flat[end - 2 * count : end] for count, end in zip(counts.tolist(), ends, strict=True)]


def _least_points(
    points: Points, ring_of: NDArray[np.intp], counts: NDArray[np.intp], *, budget: int
) -> NDArray[np.intp]:
    """Which points one round drops; ``points`` are those of rings that have too many, in order."""
    starts = np.flatnonzero(np.diff(ring_of, prepend=-1))
    ends = np.append(starts[1:], len(points)) - 1
    before, after = np.arange(-1, len(points) - 1), np.arange(1, len(points) + 1)
    before[starts], after[ends] = ends, starts
    to, on = points - points[before], points[after] - points
    areas = np.abs(to[:, 0] * on[:, 1] - to[:, 1] * on[:, 0])
    candidates = np.flatnonzero((areas <= areas[before]) & (areas <= areas[after]))
    # Of neighbours among the candidates every second one.
    gaps = (np.diff(candidates, prepend=-2) > 1) | np.diff(ring_of[candidates], prepend=-1) > 0
    runs = np.flatnonzero(gaps)
    place = np.arange(len(candidates)) - np.repeat(runs, np.diff(np.append(runs, len(candidates))))
    candidates = candidates[place % 2 == 0]
    # The last point of a ring is a neighbour of its first.
    is_candidate = np.zeros(len(points), dtype=bool)
    is_candidate[candidates] = True
    closes = is_candidate[starts] & is_candidate[ends]
    is_candidate[ends[closes]] = False
    candidates = np.flatnonzero(is_candidate)
    # The smallest of each ring, as many as it may lose in one round.
    candidates = candidates[np.lexsort((areas[candidates], ring_of[candidates]))]
    rings = ring_of[candidates]
    first = np.searchsorted(rings, rings)
    may_lose = np.minimum(counts - budget, np.maximum(1, counts // 3))
    chosen: NDArray[np.intp] = candidates[np.arange(len(rings)) - first < may_lose[rings]]
    return chosen

"""Outlines with fewer points, and what that costs.

The outline of a mask runs along the edges of its pixels, so that its raster is the mask again: a
point at every step. Simplified, no point of it moves by more than a tolerance (Douglas-Peucker, by
GEOS). Each object is simplified by itself: outlines that touched may part or overlap a little.
"""

from collections.abc import Iterable
from statistics import median
from typing import NamedTuple, TypedDict

import shapely

from .geometry import MIN_RING_POINTS, Polygons, Ring, encloses_nothing, flat_ring, ring_points

TOLERANCES_PX = (0.5, 1.0, 2.0)
"""What a person is shown the cost of."""
MAX_TOLERANCE_PX = 50.0

_DECIMALS = 4  # of a pixel, as every save is stored


class SimplifyingCost(TypedDict):
    """What simplifying costs: IoU is that of an object with what it was."""

    tolerance_px: float
    objects: int
    points_before: int
    points_after: int
    lowest_iou: float
    median_iou: float


class Simplified(NamedTuple):
    polygons: Polygons
    is_changed: bool


def simplify_polygons(polygons: Polygons, tolerance_px: float) -> Simplified:
    """The same object with fewer points: as many parts and holes, each with at least three."""
    made = [[_simplified(ring, tolerance_px) for ring in polygon] for polygon in polygons]
    whole = [
        _without_crossings(polygon, before) for polygon, before in zip(made, polygons, strict=True)
    ]
    return Simplified(whole, count_points(whole) < count_points(polygons))


def count_points(polygons: Polygons) -> int:
    return sum(len(ring) // 2 for polygon in polygons for ring in polygon)


def outline_iou(first: Polygons, second: Polygons) -> float:
    """The IoU of two objects by their outlines; 1 where neither encloses anything."""
    a, b = _shape_of(first), _shape_of(second)
    union = shapely.union(a, b).area
    return float(shapely.intersection(a, b).area / union) if union > 0 else 1.0


class CostMeter:
    """Measures what simplifying would cost, over the first objects that it is shown."""

    def __init__(
        self, tolerances_px: Iterable[float] = TOLERANCES_PX, *, most_objects: int = 1_000
    ) -> None:
        self._left = most_objects
        self._before = 0
        self._ious: dict[float, list[float]] = {each: [] for each in tolerances_px}
        self._after = dict.fromkeys(self._ious, 0)

    def add(self, polygons: Polygons) -> None:
        if self._left <= 0:
            return
        self._left -= 1
        self._before += count_points(polygons)
        for tolerance, ious in self._ious.items():
            made = simplify_polygons(polygons, tolerance)
            self._after[tolerance] += count_points(made.polygons)
            ious.append(outline_iou(polygons, made.polygons) if made.is_changed else 1.0)

    def costs(self) -> list[SimplifyingCost]:
        """A row for each tolerance; none where there was no object."""
        return [
            {
                "tolerance_px": tolerance,
                "objects": len(ious),
                "points_before": self._before,
                "points_after": self._after[tolerance],
                "lowest_iou": min(ious),
                "median_iou": median(ious),
            }
            for tolerance, ious in self._ious.items()
            if ious
        ]


def _simplified(ring: Ring, tolerance_px: float) -> Ring:
    if len(ring) <= 2 * MIN_RING_POINTS:
        return ring
    shape = shapely.LinearRing(ring_points(ring))
    points = shapely.get_coordinates(shape.simplify(tolerance_px))[:-1]
    made = flat_ring(points.round(_DECIMALS))
    is_ring = len(points) >= MIN_RING_POINTS and not encloses_nothing(made)
    return made if is_ring and len(made) < len(ring) else ring


def _without_crossings(polygon: list[Ring], before: list[Ring]) -> list[Ring]:
    """A polygon as it was where simplifying made rings cross that did not."""
    if shapely.is_valid(_polygon_of(polygon)) or not shapely.is_valid(_polygon_of(before)):
        return polygon
    return before


def _polygon_of(polygon: list[Ring]) -> shapely.Polygon:
    outer, *holes = (ring_points(ring) for ring in polygon)
    return shapely.Polygon(outer, holes)


def _shape_of(polygons: Polygons) -> shapely.Geometry:
    parts = [shapely.make_valid(_polygon_of(polygon)) for polygon in polygons]
    return shapely.unary_union(parts)

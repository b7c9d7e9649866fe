"""How much outlines overlap, exactly, by shapely (GEOS).

Inside a part is what the even-odd rule over its rings says, also where a ring crosses itself; an
object is all of its parts. The browser's twin is ``iouOf`` in ``frontend/src/canvas/geometry``;
``overlap.cases.json`` beside it holds both to the same figures.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from .crossings import crossing_points, is_tangled
from .geometry import MIN_RING_POINTS, Points, Polygons, ring_points

_FIRST_AT_ONCE = 256
"""Objects that are asked about together, so that the pairs of many crowded ones fit into memory."""

MAX_CROSSINGS = 1_000
"""No outline of a real object has as many; the faces between them grow with their square."""

Geometries = NDArray[np.object_]


def polygons_iou(a: Polygons, b: Polygons) -> float:
    """IoU of two objects, each parts → rings in pixels; 0 where neither covers anything."""
    return ious_with(a, [b])[0]


def ious_with(one: Polygons, others: Sequence[Polygons]) -> list[float]:
    """IoU of one object with each of the others."""
    boxes = np.array([_bounds(each) for each in others]).reshape(-1, 4)
    box = _bounds(one)
    near = np.flatnonzero(
        (boxes[:, :2] < box[2:]).all(axis=1) & (boxes[:, 2:] > box[:2]).all(axis=1)
    )
    ious = np.zeros(len(others))
    if len(near):
        geometry = _geometries([one])[0]
        ious[near] = _ious(
            np.full(len(near), geometry), _geometries([others[place] for place in near.tolist()])
        )
    found: list[float] = ious.tolist()
    return found


def shares_inside(objects: Sequence[Polygons], regions: Sequence[Polygons]) -> list[float]:
    """Of each object, how much of its area lies in any of the regions, 0 … 1."""
    if not objects or not regions:
        return [0.0] * len(objects)
    geometries = _geometries(objects)
    everything = shapely.union_all(_geometries(regions))
    shared = shapely.area(shapely.intersection(geometries, everything))
    areas = shapely.area(geometries)
    shares: list[float] = np.divide(
        shared, areas, out=np.zeros_like(shared), where=areas > 0
    ).tolist()
    return shares


def overlapping_pairs(
    first: Sequence[Polygons], second: Sequence[Polygons], *, min_iou: float
) -> Iterator[tuple[int, int, float]]:
    """Yield places and IoU of all pairs that overlap by ``min_iou`` (above 0) or more.

    Objects whose boxes are apart cost nothing (an STR tree, Leutenegger 1997), those whose boxes
    or areas rule the IoU out a comparison of numbers.
    """
    if not first or not second:
        return
    ones, others = _geometries(first), _geometries(second)
    tree = shapely.STRtree(others)
    areas, other_areas = shapely.area(ones), shapely.area(others)
    boxes, other_boxes = shapely.bounds(ones), shapely.bounds(others)
    for begin in range(0, len(ones), _FIRST_AT_ONCE):
        i, j = tree.query(ones[begin : begin + _FIRST_AT_ONCE])
        i = i + begin
        sides = np.minimum(boxes[i, 2:], other_boxes[j, 2:]) - np.maximum(
            boxes[i, :2], other_boxes[j, :2]
        )
        # What two objects share lies in both boxes; what either covers is no less than the larger.
        shared = sides.prod(axis=1)
        may = shared * (1 + 1e-9) >= min_iou * np.maximum(areas[i], other_areas[j])
        i, j = i[may], j[may]
        ious = _ious(ones[i], others[j])
        for place in np.flatnonzero(ious >= min_iou):
            yield int(i[place]), int(j[place]), float(ious[place])


def _ious(a: Geometries, b: Geometries) -> NDArray[np.float64]:
    shared = shapely.area(shapely.intersection(a, b))
    either = shapely.area(a) + shapely.area(b) - shared
    ious: NDArray[np.float64] = np.divide(
        shared, either, out=np.zeros_like(shared), where=either > 0
    )
    return ious


def _geometries(objects: Sequence[Polygons]) -> Geometries:
    """A valid geometry for each object."""
    geometries = np.empty(len(objects), dtype=object)
    for place, polygons in enumerate(objects):
        parts = [part for polygon in polygons if (part := _part(polygon)) is not None]
        geometries[place] = parts[0] if len(parts) == 1 else shapely.union_all(parts)
    return geometries


def _part(polygon: Sequence[Sequence[float]]) -> shapely.Geometry | None:
    rings = [ring_points(ring) for ring in polygon if len(ring) >= 2 * MIN_RING_POINTS]
    if not rings:
        return None
    part = shapely.Polygon(rings[0], rings[1:])
    if part.is_valid:
        return part
    return _faces_inside(rings)


def _faces_inside(rings: Sequence[Points]) -> shapely.Geometry:
    """The faces between rings that touch or cross which are inside by the even-odd rule.

    ``shapely.make_valid`` does not follow that rule where an edge is walked twice, as a bridge is.
    A scribble that crosses itself more than ``MAX_CROSSINGS`` times outlines nothing.
    """
    crossings = sum(len(crossing_points(ring)) for ring in rings)
    if crossings > MAX_CROSSINGS or any(map(is_tangled, rings)):
        return shapely.Polygon()
    lines = shapely.MultiLineString([shapely.LinearRing(ring) for ring in rings])
    faces = shapely.get_parts(shapely.polygonize([shapely.node(lines)]))
    inner = shapely.get_coordinates(shapely.point_on_surface(faces))
    crossed = np.zeros(len(faces), dtype=np.int64)
    for ring in rings:
        following = np.roll(ring, -1, axis=0)
        for (x1, y1), (x2, y2) in zip(ring.tolist(), following.tolist(), strict=True):
            if y1 != y2:
                is_beside = (y1 > inner[:, 1]) != (y2 > inner[:, 1])
                at = x1 + (inner[:, 1] - y1) * (x2 - x1) / (y2 - y1)
                crossed += is_beside & (inner[:, 0] < at)
    return shapely.union_all(faces[crossed % 2 == 1])


def _bounds(polygons: Polygons) -> NDArray[np.float64]:
    numbers = np.array([number for part in polygons for ring in part for number in ring])
    points = numbers.reshape(-1, 2)
    if not len(points):
        return np.full(4, np.nan)
    return np.concatenate((points.min(axis=0), points.max(axis=0)))


def cut_at_crossings(polygons: Polygons) -> Polygons:
    """The same object, pixel by pixel, by outlines that do not cross themselves: each part is cut
    where its rings cross. ``[]`` for a scribble that crosses itself too often to be an outline.
    """
    cut: Polygons = []
    for polygon in polygons:
        geometry = _part(polygon)
        if geometry is None or shapely.is_empty(geometry):
            return []
        for face in shapely.get_parts(geometry):
            rings = [face.exterior, *face.interiors]
            cut.append([shapely.get_coordinates(ring)[:-1].reshape(-1).tolist() for ring in rings])
    return cut

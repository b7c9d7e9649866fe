"""From a mask to the rings around it, along the edges between pixels."""

import numpy as np
from numpy.typing import NDArray

from annotator.labels.polygons.bridges import nest_rings
from annotator.labels.polygons.geometry import (
    Polygons,
    Ring,
    flat_ring,
    open_ring,
    ring_signed_area,
    simplify_ring,
)

_Vertex = tuple[int, int]


def trace_mask(
    mask: NDArray[np.bool_], *, scale: float, offset_xy: tuple[int, int], min_area_px: float
) -> Polygons:
    """The parts of a mask as polygons with holes, in pixels of the picture.

    ``scale`` is mask pixels per picture pixel, ``offset_xy`` where the mask's corner lies, in mask
    pixels. Parts and holes below ``min_area_px`` (of the picture) are left out.
    """
    rings: list[Ring] = []
    for vertices in _loops(mask):
        points = (np.array(vertices, dtype=np.float64) + offset_xy) / scale
        smooth = _without_stairs(points)
        ring = flat_ring(open_ring(smooth))
        if len(ring) < 6 or abs(ring_signed_area(ring)) < min_area_px:
            continue
        length = float(np.hypot(*(smooth - np.roll(smooth, 1, axis=0)).T).sum())
        simple = simplify_ring(ring, point_budget=int(np.clip(length / 4, 10, 64)))
        rings.append([round(number, 2) for number in simple])
    return nest_rings(rings) if rings else []


def _without_stairs(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The middles of the steps along a pixel edge: the slope the steps stand for."""
    middles: NDArray[np.float64] = (points + np.roll(points, -1, axis=0)) / 2
    return middles


def _loops(mask: NDArray[np.bool_]) -> list[list[_Vertex]]:
    """Closed walks along the edges between inside and outside, the inside on the right."""
    padded = np.pad(mask, 1)
    steps: dict[_Vertex, list[_Vertex]] = {}

    def add(starts: NDArray[np.intp], start_dxy: _Vertex, end_dxy: _Vertex) -> None:
        for y, x in starts.tolist():
            start = (x + start_dxy[0], y + start_dxy[1])
            steps.setdefault(start, []).append((x + end_dxy[0], y + end_dxy[1]))

    inside = padded[1:-1, 1:-1]
    add(np.argwhere(inside & ~padded[:-2, 1:-1]), (0, 0), (1, 0))
    add(np.argwhere(inside & ~padded[1:-1, 2:]), (1, 0), (1, 1))
    add(np.argwhere(inside & ~padded[2:, 1:-1]), (1, 1), (0, 1))
    add(np.argwhere(inside & ~padded[1:-1, :-2]), (0, 1), (0, 0))
    loops: list[list[_Vertex]] = []
    while steps:
        start = next(iter(steps))
        loop = [start]
        previous, vertex = start, _take(steps, start, None)
        while vertex != start:
            loop.append(vertex)
            previous, vertex = vertex, _take(steps, vertex, previous)
        loops.append(loop)
    return loops


def _take(
    steps: dict[_Vertex, list[_Vertex]], vertex: _Vertex, previous: _Vertex | None
) -> _Vertex:
    """The next vertex; where two ways lead on, the right turn, so that corners do not connect."""
    ways = steps[vertex]
    index = 0
    if len(ways) > 1 and previous is not None:
        came = (vertex[0] - previous[0], vertex[1] - previous[1])
        right = (vertex[0] - came[1], vertex[1] + came[0])
        index = ways.index(right) if right in ways else 0
    way = ways.pop(index)
    if not ways:
        del steps[vertex]
    return way

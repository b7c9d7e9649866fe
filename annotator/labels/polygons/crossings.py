"""Rings that cross themselves: found, and measured by the even-odd rule.

Inside a ring is what a ray crosses an odd number of times. That is how the canvas, OpenCV's
``fillPoly`` and so Ultralytics fill it; the shoelace formula counts what lies inside twice or
the other way round with other weights, down to nothing for a bow tie.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_PAIRS_AT_ONCE = 500_000
MAX_PAIRS, MAX_PAIRS_PER_POINT = 1_000_000, 100
"""Pairs of edges that are compared for one ring at most; no outline of a real object has as many
edges above each other. Beyond this a ring is taken not to cross itself."""
MAX_BANDS, MAX_BAND_EDGES = 50_000, 4_000_000
"""The same for :func:`even_odd_area`: bands, and the sum of edges over all of them."""


def crossing_points(points: Points) -> Points:
    """Return where edges of a ring cross properly: (n, 2), in no order, each crossing once.

    Edges that touch (the ends of neighbours, the two sides of a bridge of no width) do not cross.
    """
    if len(points) < 4:
        return np.empty((0, 2))
    starts, ends, counts = _by_left_end(points)
    if _are_too_many(counts):
        return np.empty((0, 2))
    found = [
        _crossings_of_pairs(starts, ends, first, second) for first, second in _pairs_of(counts)
    ]
    return np.concatenate(found) if found else np.empty((0, 2))


def is_tangled(points: Points) -> bool:
    """Whether so many edges lie above each other that :func:`crossing_points` does not look."""
    return len(points) >= 4 and _are_too_many(_by_left_end(points)[2])


def _by_left_end(points: Points) -> tuple[Points, Points, NDArray[np.intp]]:
    """The edges from left to right, and with how many after it each overlaps along x."""
    starts, ends = points, np.roll(points, -1, axis=0)
    low_x = np.minimum(starts[:, 0], ends[:, 0])
    order = np.argsort(low_x, kind="stable")
    starts, ends, low_x = starts[order], ends[order], low_x[order]
    high_x = np.maximum(starts[:, 0], ends[:, 0])
    counts = np.searchsorted(low_x, high_x, side="right") - np.arange(len(points)) - 1
    return starts, ends, counts


def _are_too_many(counts: NDArray[np.intp]) -> bool:
    return int(counts.sum()) > MAX_PAIRS + MAX_PAIRS_PER_POINT * len(counts)


def _pairs_of(counts: NDArray[np.intp]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Index pairs (i, i + 1 … i + counts[i]), in pieces that fit into memory."""
    pieces = []
    total = np.cumsum(counts)
    begin = 0
    while begin < len(counts):
        before = total[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(total, before + _PAIRS_AT_ONCE, side="right")))
        part = counts[begin:end]
        first = np.repeat(np.arange(begin, end), part)
        offsets = np.arange(len(first)) - np.repeat(np.cumsum(part) - part, part)
        pieces.append((first, first + 1 + offsets))
        begin = end
    return pieces


def _crossings_of_pairs(
    starts: Points, ends: Points, first: NDArray[np.intp], second: NDArray[np.intp]
) -> Points:
    low_y, high_y = np.minimum(starts[:, 1], ends[:, 1]), np.maximum(starts[:, 1], ends[:, 1])
    meet = (low_y[first] <= high_y[second]) & (low_y[second] <= high_y[first])
    first, second = first[meet], second[meet]
    a, b, c, d = starts[first], ends[first], starts[second], ends[second]
    of_c, of_d = _side(a, b, c), _side(a, b, d)
    of_a, of_b = _side(c, d, a), _side(c, d, b)
    crosses = (np.sign(of_c) * np.sign(of_d) < 0) & (np.sign(of_a) * np.sign(of_b) < 0)
    share = of_a[crosses] / (of_a[crosses] - of_b[crosses])
    points: Points = a[crosses] + share[:, None] * (b - a)[crosses]
    return points


def _side(a: Points, b: Points, c: Points) -> NDArray[np.float64]:
    """Twice the area of triangles; the sign says on which side of a-b each c lies."""
    ab, ac = b - a, c - a
    side: NDArray[np.float64] = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    return side


def even_odd_area(points: Points) -> float | None:
    """Area inside a ring by the even-odd rule, in px²; None where that would take too long.

    Between two neighbouring heights of points and crossings no edges cross, so that the band
    between them is cut into trapezoids, every other one of which lies inside.
    """
    return _even_odd_area(points, crossing_points(points))


def _even_odd_area(points: Points, crossings: Points) -> float | None:
    heights = np.unique(np.concatenate((points[:, 1], crossings[:, 1])))
    starts, ends = points, np.roll(points, -1, axis=0)
    upper = np.where((starts[:, 1] <= ends[:, 1])[:, None], starts, ends)
    lower = np.where((starts[:, 1] <= ends[:, 1])[:, None], ends, starts)
    first = np.searchsorted(heights, upper[:, 1])
    last = np.searchsorted(heights, lower[:, 1])
    if len(heights) > MAX_BANDS or int((last - first).sum()) > MAX_BAND_EDGES:
        return None
    edges = _Edges(upper, lower, first, last)
    return sum(
        _area_of_bands(edges, heights, begin, end)
        for begin, end in _bands_at_once(edges, len(heights) - 1)
    )


class _Edges(NamedTuple):
    """Edges by their ends, and the bands that each crosses: from ``first`` to before ``last``."""

    upper: Points
    lower: Points
    first: NDArray[np.intp]
    last: NDArray[np.intp]


def _bands_at_once(edges: _Edges, count: int) -> Iterator[tuple[int, int]]:
    """Bands, in pieces with so few edges that they fit into memory."""
    opened = np.bincount(edges.first, minlength=count + 1)
    changes = opened - np.bincount(edges.last, minlength=count + 1)
    total = np.cumsum(np.cumsum(changes)[:count])
    begin = 0
    while begin < count:
        before = total[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(total, before + _PAIRS_AT_ONCE, side="right")))
        yield begin, end
        begin = end


def _area_of_bands(edges: _Edges, heights: NDArray[np.float64], begin: int, end: int) -> float:
    """The area inside in bands ``begin`` to ``end``: each is crossed by an even number of edges."""
    crosses = np.flatnonzero((edges.first < end) & (edges.last > begin))
    low = np.maximum(edges.first[crosses], begin)
    counts = np.minimum(edges.last[crosses], end) - low
    edge = np.repeat(crosses, counts)
    band = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts - low, counts)
    up, down = edges.upper[edge], edges.lower[edge]
    slope = (down[:, 0] - up[:, 0]) / (down[:, 1] - up[:, 1])
    middle = up[:, 0] + ((heights[band] + heights[band + 1]) / 2 - up[:, 1]) * slope
    order = np.argsort(middle)
    of_band = band[order] - begin  # small numbers are sorted by their digits, without comparing
    is_small = end - begin <= np.iinfo(np.int16).max
    order = order[np.argsort(of_band.astype(np.int16) if is_small else of_band, kind="stable")]
    middle, band = middle[order], band[order][::2]
    widths = middle[1::2] - middle[0::2]
    return float((widths * (heights[band + 1] - heights[band])).sum())


def covered_area(ring: Sequence[float], signed_area: float) -> float:
    """Area of a ring as it is filled, in px²; ``signed_area`` is its shoelace area."""
    points = np.asarray(ring, dtype=np.float64).reshape(-1, 2)
    if len(points) < 4:
        return abs(signed_area)
    crossings = crossing_points(points)
    if not len(crossings) and not _repeats(points):
        return abs(signed_area)
    area = _even_odd_area(points, crossings)
    return abs(signed_area) if area is None else area


def _repeats(points: Points) -> bool:
    """A ring that goes through a point twice may lie on both sides of itself."""
    return len(np.unique(points, axis=0)) < len(points)

"""Outlines of masks: polygons whose corners lie on the edges of pixels, and masks of polygons.

A polygon of a mask runs along the edges between pixels, so that the pixels whose centres lie
inside it are those of the mask, every one and no other (IoU 1). Pixels hang together over their
sides (4-connectivity): two that touch at a corner alone are two parts, whose rings share that
point, and the ground between them is one. So no ring crosses or touches itself, and each part is
a valid polygon for any library.

Only corners are looked at. Along a row of a mask's grid the corners of one object pair up: an edge
begins at the first and ends at the second, and so on; along a column likewise. A ring follows
these edges in turn, with its object on the right. All objects of an image are walked at once, so
what it costs depends on the pixels and the corners, however the objects lie.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .geometry import MIN_RING_POINTS, Polygon, Polygons, Ring, flat_ring, ring_points

MAX_CORNERS = 500_000
"""Corners of all objects in one mask: as many points as an image may have."""

_ROWS_AT_ONCE = 256
_CROSSINGS_AT_ONCE = 1 << 20

Mask = NDArray[np.bool_]
Labels = NDArray[np.unsignedinteger]
"""Whose each pixel is, shape (height, width); 0 is nobody's."""
_Numbers = NDArray[np.int64]

# Pixels around a corner: which of them belong to the object.
_TL, _TR, _BL, _BR = 1, 2, 4, 8
_IS_SADDLE = np.isin(np.arange(16), (_TL | _BR, _TR | _BL))
_IS_CORNER = np.isin(
    np.arange(16), (1, 2, 4, 8, 15 - 1, 15 - 2, 15 - 4, 15 - 8, _TL | _BR, _TR | _BL)
)


class ContourError(ValueError):
    """The mask holds no outlines of objects; the message says why."""


def polygons_of_mask(mask: Mask, *, max_corners: int = MAX_CORNERS) -> Polygons:
    """The parts of a mask, with their holes, from top to bottom; [] for an empty mask.

    Raises ContourError where the mask has more than ``max_corners`` corners.
    """
    found = list(polygons_of_labels(mask.astype(np.uint8), max_corners=max_corners))
    return found[0][1] if found else []


def polygons_of_labels(
    labels: Labels, *, max_corners: int = MAX_CORNERS
) -> Iterator[tuple[int, Polygons]]:
    """Yield each label above 0 that some pixel has, in order, with its outlines.

    Raises ContourError, before the first, where all together have more than ``max_corners``.
    """
    padded = np.pad(labels, 1)
    corners = _find_corners(padded, max_corners=max_corners)
    rings = _trace(corners)
    part_of = _parts_of_rings(rings, corners, padded)
    parts: list[Polygon] = []
    current = -1
    for ring, part in zip(rings, part_of, strict=True):
        label = int(corners.label[ring[0]])
        if label != current:
            if parts:
                yield current, [each for each in parts if each]
            current, parts, first = label, [], part
        simple = [_ring_at(corners.xy[nodes]) for nodes in _split_at_repeats(ring, corners)]
        while len(parts) <= part - first:
            parts.append([])
        polygon = parts[part - first]
        if not polygon and len(simple) > 1:
            # The outline of a part that touches itself: its largest ring is the outer one.
            simple.sort(key=_width, reverse=True)
        polygon.extend(simple)
    if parts:
        yield current, parts


def split_at_gaps(polygons: Polygons) -> list[Polygons]:
    """The parts of a mask as objects: parts that touch, be it at a corner, are one object.

    So pixels of one object hang together over sides and corners (8-connectivity).
    """
    group_of = list(range(len(polygons)))

    def root(place: int) -> int:
        while group_of[place] != place:
            group_of[place] = place = group_of[group_of[place]]
        return place

    owner: dict[tuple[float, float], int] = {}
    for place, polygon in enumerate(polygons):
        for ring in polygon:
            for point in zip(ring[0::2], ring[1::2], strict=True):
                other = root(owner.setdefault(point, place))
                mine = root(place)
                group_of[max(other, mine)] = min(other, mine)
    objects: dict[int, Polygons] = {}
    for place, polygon in enumerate(polygons):
        objects.setdefault(root(place), []).append(polygon)
    return list(objects.values())


def mask_of_polygons(polygons: Polygons, *, size_wh: tuple[int, int]) -> Mask:
    """The pixels whose centres lie inside a part, by the even-odd rule over its rings."""
    width, height = size_wh
    mask = np.zeros((height, width), dtype=bool)
    for polygon in polygons:
        rings = [ring_points(ring) for ring in polygon if len(ring) >= 2 * MIN_RING_POINTS]
        if rings:
            _fill(mask, rings)
    return mask


# --- corners and rings ----------------------------------------------------------------------


class _Corners(NamedTuple):
    """Corners in the order of labels, rows and columns; a place where two pixels of one object
    touch by their corners alone is there twice, once for each."""

    label: _Numbers
    xy: _Numbers
    following: _Numbers
    """Which corner comes next on the ring."""


def _find_corners(padded: Labels, *, max_corners: int) -> _Corners:
    """``padded`` has a border of nobody's pixels; corner (x, y) is the top left of pixel (x, y)
    without it."""
    height, width = padded.shape[0] - 1, padded.shape[1] - 1
    blocks: list[tuple[_Numbers, _Numbers, _Numbers, _Numbers]] = []
    count = 0
    for top in range(0, height, _ROWS_AT_ONCE):
        for block in _corners_of_rows(padded, top, min(top + _ROWS_AT_ONCE, height)):
            count += len(block[0])
            if count > max_corners:
                raise ContourError(
                    f"The mask has more than {max_corners:,} corners: this is noise, not objects."
                )
            blocks.append(block)
    label, y, x, pattern = (
        np.concatenate([block[column] for block in blocks] or [np.zeros(0, np.int64)])
        for column in range(4)
    )
    # At a saddle the first is the corner of the left pixel, the second that of the right one.
    place = (label * height + y) * width + x
    order = np.argsort(place, kind="stable")
    label, x, y, pattern, place = label[order], x[order], y[order], pattern[order], place[order]
    is_second = np.diff(place, prepend=-1) == 0
    beside = np.arange(len(label)) ^ 1
    is_lower = np.where(pattern == (_TR | _BL), ~is_second, is_second)
    by_column = np.argsort(((label * width + x) * height + y) * 2 + is_lower, kind="stable")
    above = np.empty_like(by_column)
    above[by_column] = by_column[np.arange(len(label)) ^ 1]
    # With the object below, an edge runs to the right; with the object above, to the left.
    runs_right = np.repeat((pattern[0::2] & _BR) > 0, 2)
    is_left_end = np.arange(len(label)) % 2 == 0
    following = np.where(runs_right == is_left_end, beside, above)
    return _Corners(label, np.stack((x, y), axis=1), following)


def _corners_of_rows(
    padded: Labels, top: int, bottom: int
) -> Iterator[tuple[_Numbers, _Numbers, _Numbers, _Numbers]]:
    """Label, y, x and pattern of the corners on some rows of the grid."""
    upper, lower = padded[top:bottom], padded[top + 1 : bottom + 1]
    is_edge = (upper[:, :-1] != upper[:, 1:]) | (lower[:, :-1] != lower[:, 1:])
    is_edge |= upper[:, :-1] != lower[:, :-1]
    y, x = np.nonzero(is_edge)
    around = [upper[y, x], upper[y, x + 1], lower[y, x], lower[y, x + 1]]
    for quarter, label in enumerate(around):
        pattern = sum((each == label).astype(np.int64) << bit for bit, each in enumerate(around))
        is_mine = (label > 0) & _IS_CORNER[pattern]
        for before in around[:quarter]:
            is_mine &= before != label
        found = np.flatnonzero(is_mine)
        found = np.repeat(found, 1 + _IS_SADDLE[pattern[found]])
        yield label[found].astype(np.int64), y[found] + top, x[found], pattern[found]


def _trace(corners: _Corners) -> list[list[int]]:
    """The rings, each as its corners from the top left one on; in the order of these."""
    following = corners.following.tolist()
    is_open = [True] * len(following)
    rings: list[list[int]] = []
    for start in range(len(following)):
        if not is_open[start]:
            continue
        ring = []
        node = start
        while is_open[node]:
            is_open[node] = False
            ring.append(node)
            node = following[node]
        rings.append(ring)
    return rings


def _parts_of_rings(rings: list[list[int]], corners: _Corners, padded: Labels) -> list[int]:
    """For each ring the number of its part, counted from 0; an outer ring opens a new part.

    An outer ring leaves its first corner, the top left one, to the right, a hole downwards, with
    its object on the left: the ring where that row of the object begins was found before.
    """
    if not rings:
        return []
    firsts = np.array([ring[0] for ring in rings])
    is_hole = corners.following[firsts] != (firsts ^ 1)
    ring_of = np.empty(len(corners.label), dtype=np.int64)
    ring_of[[node for ring in rings for node in ring]] = np.repeat(
        np.arange(len(rings)), [len(ring) for ring in rings]
    )
    parent = _ring_left_of(firsts[is_hole], ring_of, corners, padded)
    parents = iter(parent.tolist())
    part_of: list[int] = []
    parts = 0
    for hole in is_hole.tolist():
        if hole:
            part_of.append(part_of[next(parents)])
        else:
            part_of.append(parts)
            parts += 1
    return part_of


def _ring_left_of(
    nodes: _Numbers, ring_of: _Numbers, corners: _Corners, padded: Labels
) -> _Numbers:
    """The ring whose edge begins the row of object that ends at each of ``nodes``."""
    height, width = padded.shape
    label, (x, y) = corners.label[nodes], corners.xy[nodes].T
    row, column = y + 1, x  # of the object's last pixel, in ``padded``
    changes = np.flatnonzero(padded.reshape(-1)[1:] != padded.reshape(-1)[:-1]) + 1
    begin = changes[np.searchsorted(changes, row * width + column, side="right") - 1]
    begin_x = begin % width - 1
    key = (label * width + begin_x) * height
    column_keys = (corners.label * width + corners.xy[:, 0]) * height + corners.xy[:, 1]
    order = np.argsort(column_keys, kind="stable")
    # The last corner at or above the row on that column: the upper end of the edge beside it.
    found: _Numbers = order[np.searchsorted(column_keys[order], key + y, side="right") - 1]
    return ring_of[found]


def _split_at_repeats(ring: list[int], corners: _Corners) -> Iterator[list[int]]:
    """The simple rings of one that meets itself at corners."""
    points = list(map(tuple, corners.xy[ring].tolist()))
    if len(set(points)) == len(points):
        yield ring
        return
    place_of: dict[tuple[int, ...], int] = {}
    path: list[int] = []
    for node, point in zip(ring, points, strict=True):
        if (place := place_of.get(point)) is not None:
            yield path[place:]
            for left in path[place:]:
                del place_of[tuple(corners.xy[left].tolist())]
            del path[place:]
        place_of[point] = len(path)
        path.append(node)
    yield path


def _ring_at(xy: _Numbers) -> Ring:
    return flat_ring(xy.astype(np.float64))


def _width(ring: Ring) -> float:
    return max(ring[0::2]) - min(ring[0::2])


def _fill(mask: Mask, rings: Sequence[NDArray[np.float64]]) -> None:
    """Add the pixels inside one part: every crossing of an edge with the line through the centres
    of a row turns what lies to its right over."""
    height, width = mask.shape
    points = np.concatenate(rings)
    low = np.clip(np.floor(points.min(axis=0)), 0, (width, height)).astype(np.int64)
    high = np.clip(np.ceil(points.max(axis=0)), 0, (width, height)).astype(np.int64)
    if (high <= low).any():
        return
    span = high - low
    turned = np.zeros((span[1], span[0] + 1), dtype=np.int64)
    begin = np.concatenate(rings)
    end = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    # Rows whose centres lie between the ends of an edge: of y1 and y2 the upper one is outside.
    tops, bottoms = np.minimum(begin[:, 1], end[:, 1]), np.maximum(begin[:, 1], end[:, 1])
    first = np.clip(np.ceil(tops - 0.5), low[1], high[1]).astype(np.int64)
    last = np.clip(np.ceil(bottoms - 0.5), low[1], high[1]).astype(np.int64)
    counts = last - first
    steps = np.cumsum(counts)
    start = 0
    while start < len(counts):
        base = steps[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(steps, base + _CROSSINGS_AT_ONCE, side="right")))
        some = counts[start:stop]
        edge = np.repeat(np.arange(start, stop), some)
        row = np.arange(len(edge)) - np.repeat(np.cumsum(some) - some, some) + first[edge]
        (x1, y1), (x2, y2) = begin[edge].T, end[edge].T
        at = x1 + (row + 0.5 - y1) * (x2 - x1) / (y2 - y1)
        column = np.clip(np.floor(at + 0.5), low[0], high[0]).astype(np.int64) - low[0]
        flat = (row - low[1]) * (span[0] + 1) + column
        turned += np.bincount(flat, minlength=turned.size).reshape(turned.shape)
        start = stop
    inside = (np.cumsum(turned, axis=1) % 2)[:, :-1] == 1
    mask[low[1] : high[1], low[0] : high[0]] |= inside

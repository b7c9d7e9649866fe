"""One instance as one flat ring, as a YOLO label row needs it, and back.

The rings of an instance are joined by *bridges*: segments that are walked once in each direction
and so enclose nothing. Every bridge is a shortest segment between two rings, and the bridges form
a minimum spanning tree over the rings (Prim 1957). Hence no bridge crosses a ring: a ring C that
crossed the bridge of A and B would be nearer to both, and the tree would have gone through C. So
the bridge to a hole runs inside the object, and the bridge between two parts outside of both.

By any fill rule over pixel centres the mask of the flat ring is the mask of the instance. OpenCV,
which Ultralytics uses, also paints every edge one pixel wide: bridges to holes vanish in what is
painted anyway; a bridge between parts leaves a hairline across the gap, which no single row can
avoid, and which is as short as it can be.
"""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .geometry import (
    Points,
    Polygons,
    Ring,
    flat_ring,
    point_in_rings,
    ring_points,
    ring_signed_area,
)

_PAIRS_AT_ONCE = 1 << 20

_Step = Points | tuple[int, int, tuple[float, float]]
"""Either points to walk, or a ring to visit: its index, the edge and the point of entry."""


class _Bridge(NamedTuple):
    """A shortest segment between two rings; ``edge`` is the index of the point before it."""

    length_sq: float
    edge_a: int
    point_a: tuple[float, float]
    edge_b: int
    point_b: tuple[float, float]

    def reversed(self) -> "_Bridge":
        return _Bridge(self.length_sq, self.edge_b, self.point_b, self.edge_a, self.point_a)


def flatten_polygons(polygons: Sequence[Sequence[Sequence[float]]]) -> Ring:
    """All rings of an instance as one flat ring, joined by bridges; a single ring stays as it is.

    Outer rings turn clockwise on the screen and holes the other way, so that the result fills the
    same by the even-odd and by the non-zero rule.
    """
    if len(polygons) == 1 and len(polygons[0]) == 1:
        return list(polygons[0][0])
    rings = [
        _oriented(ring, is_hole=index > 0)
        for polygon in polygons
        for index, ring in enumerate(polygon)
    ]
    return flat_ring(_walk(rings, _spanning_tree(rings)))


def _oriented(ring: Sequence[float], *, is_hole: bool) -> Points:
    points = ring_points(ring)
    return points[::-1] if (ring_signed_area(ring) < 0) != is_hole else points


def _spanning_tree(rings: list[Points]) -> list[list[tuple[_Bridge, int]]]:
    """The children of every ring in a minimum spanning tree rooted at ring 0."""
    children: list[list[tuple[_Bridge, int]]] = [[] for _ in rings]
    nearest = {index: (_shortest(rings[0], rings[index]), 0) for index in range(1, len(rings))}
    while nearest:
        index = min(nearest, key=lambda candidate: nearest[candidate][0].length_sq)
        bridge, parent = nearest.pop(index)
        children[parent].append((bridge, index))
        for other, (known, _) in nearest.items():
            if _box_distance_sq(rings[index], rings[other]) < known.length_sq:
                candidate = _shortest(rings[index], rings[other])
                if candidate.length_sq < known.length_sq:
                    nearest[other] = (candidate, index)
    return children


def _box_distance_sq(a: Points, b: Points) -> float:
    gap = np.maximum(0.0, np.maximum(a.min(axis=0) - b.max(axis=0), b.min(axis=0) - a.max(axis=0)))
    return float(gap @ gap)


def _shortest(a: Points, b: Points) -> _Bridge:
    """A shortest segment between two rings that do not cross: one end is a vertex."""
    from_a = _vertex_to_edge(a, b)
    from_b = _vertex_to_edge(b, a).reversed()
    return min(from_a, from_b, key=lambda bridge: bridge.length_sq)


def _vertex_to_edge(a: Points, b: Points) -> _Bridge:
    """The shortest segment from a vertex of ``a`` to an edge of ``b``."""
    edges = np.roll(b, -1, axis=0) - b
    lengths_sq = np.einsum("ij,ij->i", edges, edges)
    lengths_sq[lengths_sq == 0.0] = 1.0
    best: _Bridge | None = None
    step = max(1, _PAIRS_AT_ONCE // len(b))
    for first in range(0, len(a), step):
        offsets = a[first : first + step, None, :] - b[None, :, :]
        shares = np.clip(np.einsum("ijk,jk->ij", offsets, edges) / lengths_sq, 0.0, 1.0)
        gaps = offsets - shares[:, :, None] * edges[None, :, :]
        distances_sq = np.einsum("ijk,ijk->ij", gaps, gaps)
        row, edge = divmod(int(np.argmin(distances_sq)), len(b))
        length_sq = float(distances_sq[row, edge])
        if best is None or length_sq < best.length_sq:
            vertex = a[first + row]
            share = float(shares[row, edge])
            foot = b[(edge + 1) % len(b)] if share == 1.0 else b[edge] + share * edges[edge]
            best = _Bridge(
                length_sq,
                first + row,
                (float(vertex[0]), float(vertex[1])),
                edge,
                (float(foot[0]), float(foot[1])),
            )
    if best is None:
        raise ValueError("a ring without points has no nearest point")
    return best


def _walk(rings: list[Points], children: list[list[tuple[_Bridge, int]]]) -> Points:
    """Once around every ring, crossing each bridge on the way out and on the way back."""
    parts: list[Points] = []
    stack: list[_Step] = [(0, 0, _first_point(rings[0]))]
    while stack:
        step = stack.pop()
        if isinstance(step, np.ndarray):
            parts.append(step)
            continue
        index, entry_edge, entry_point = step
        stack.extend(reversed(_around(rings[index], children[index], entry_edge, entry_point)))
    walked = np.concatenate(parts)
    differs = np.any(walked != np.roll(walked, 1, axis=0), axis=1)
    distinct: Points = walked[differs]
    return distinct


def _first_point(ring: Points) -> tuple[float, float]:
    return float(ring[0, 0]), float(ring[0, 1])


def _around(
    ring: Points,
    branches: list[tuple[_Bridge, int]],
    entry_edge: int,
    entry_point: tuple[float, float],
) -> list[_Step]:
    """The steps once around a ring from its entry point back to it, with visits to its children."""
    count = len(ring)

    def turn(edge: int, point: tuple[float, float]) -> tuple[int, float]:
        """How far along the ring a point lies, counted from the entry."""
        offset = ring[edge] - np.array(point)
        along = float(offset @ offset)
        entry = ring[entry_edge] - np.array(entry_point)
        is_before_entry = edge == entry_edge and along < float(entry @ entry)
        return (edge - entry_edge) % count + (count if is_before_entry else 0), along

    entry = np.array([entry_point])
    steps: list[_Step] = [entry]
    position = 0
    in_order = sorted(branches, key=lambda branch: turn(branch[0].edge_a, branch[0].point_a))
    for bridge, child in in_order:
        reached = turn(bridge.edge_a, bridge.point_a)[0]
        steps.append(ring[(entry_edge + np.arange(position + 1, reached + 1)) % count])
        position = max(position, reached)
        foot = np.array([bridge.point_a])
        steps += [foot, (child, bridge.edge_b, bridge.point_b), foot]
    steps.append(ring[(entry_edge + np.arange(position + 1, count + 1)) % count])
    steps.append(entry)
    return steps


def split_ring(ring: Sequence[float]) -> Polygons:
    """The instance behind a flat ring whose bridges are walked exactly twice.

    Rings are told apart by nesting: one inside an even number of others is the outer ring of a
    part, one inside an odd number is a hole of the smallest that holds it. A ring without bridges
    comes back as the only ring of the only polygon, and so does one that cannot be taken apart.
    """
    points = list(zip(ring[0::2], ring[1::2], strict=True))
    if len(set(points)) == len(points):  # a bridge passes through its ends twice
        return [[list(ring)]]
    loops = _cut_bridges(points)
    if len(loops) <= 1:
        return [[list(ring)]]
    rings = [[coordinate for point in loop for coordinate in point] for loop in loops]
    if any(ring_signed_area(loop) == 0.0 for loop in rings):
        return [[list(ring)]]
    polygons = nest_rings(rings)
    covered = sum(abs(ring_signed_area(polygon[0])) for polygon in polygons) - sum(
        abs(ring_signed_area(hole)) for polygon in polygons for hole in polygon[1:]
    )
    if abs(covered - abs(ring_signed_area(ring))) > 1e-6 * max(1.0, covered):
        return [[list(ring)]]
    return polygons


def _cut_bridges(points: list[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """The loops that are left when every edge that is also walked backwards is taken out."""
    count = len(points)
    edges = {(points[i - 1], points[i]): (i - 1) % count for i in range(count)}
    if len(edges) != count or not any((b, a) in edges for a, b in edges):
        return [points]
    following: dict[int, int] = {}
    for (a, b), start in edges.items():
        if (b, a) in edges:
            continue
        # Leave ``b`` by the next edge that is no bridge, turning back over the bridges met.
        step = (start + 1) % count
        for _ in range(count):
            back = edges.get((points[(step + 1) % count], points[step]))
            if back is None:
                break
            step = (back + 1) % count
        following[start] = step
    loops: list[list[tuple[float, float]]] = []
    while following:
        start, step = following.popitem()
        loop = [points[start]]
        while step != start:
            loop.append(points[step])
            next_step = following.pop(step, None)
            if next_step is None:
                return [points]
            step = next_step
        if len(loop) < 3:
            return [points]
        loops.append(loop)
    return loops


def nest_rings(rings: list[Ring]) -> Polygons:
    """Rings that do not cross, sorted into parts and their holes."""
    by_area = sorted(rings, key=lambda ring: -abs(ring_signed_area(ring)))
    polygons: Polygons = []
    owner_depth: list[tuple[Ring, int, int]] = []  # ring, depth, polygon index
    for ring in by_area:
        x, y = _inner_point(ring)
        around = [entry for entry in owner_depth if point_in_rings(x, y, [entry[0]])]
        depth = len(around)
        if depth % 2:
            parent = max(around, key=lambda entry: entry[1])
            polygons[parent[2]].append(ring)
            owner_depth.append((ring, depth, parent[2]))
        else:
            polygons.append([ring])
            owner_depth.append((ring, depth, len(polygons) - 1))
    return polygons


def _inner_point(ring: Sequence[float]) -> tuple[float, float]:
    """A point strictly inside a ring: the middle of its widest chord at one height."""
    heights = sorted(set(ring[1::2]))
    gaps = [(high - low, (high + low) / 2) for low, high in itertools.pairwise(heights)]
    y = max(gaps)[1]
    crossings: list[float] = []
    x1, y1 = ring[-2], ring[-1]
    for x2, y2 in zip(ring[0::2], ring[1::2], strict=True):
        if (y1 > y) != (y2 > y):
            crossings.append(x1 + (y - y1) * (x2 - x1) / (y2 - y1))
        x1, y1 = x2, y2
    crossings.sort()
    chords = list(zip(crossings[0::2], crossings[1::2], strict=False))
    left, right = max(chords, key=lambda chord: chord[1] - chord[0])
    return (left + right) / 2, y

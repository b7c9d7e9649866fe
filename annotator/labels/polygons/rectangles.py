"""Rectangles along the axes: the shape that a box has before somebody outlines it."""

from collections.abc import Sequence

_CORNERS = 4


def is_rectangle(polygons: Sequence[Sequence[Sequence[float]]]) -> bool:
    """Whether an object is one ring with the four corners of a rectangle along the axes."""
    if len(polygons) != 1 or len(polygons[0]) != 1:
        return False
    ring = polygons[0][0]
    if len(ring) != 2 * _CORNERS:
        return False
    corners = [(ring[i], ring[i + 1]) for i in range(0, len(ring), 2)]
    xs, ys = {x for x, _ in corners}, {y for _, y in corners}
    if len(xs) != 2 or len(ys) != 2 or len(set(corners)) != _CORNERS:
        return False
    # each side keeps one coordinate: the corners are in order, not crossed
    return all(
        (a[0] == b[0]) != (a[1] == b[1])
        for a, b in zip(corners, corners[1:] + corners[:1], strict=True)
    )

"""Telling polygons from what looks like them in a label file: oriented boxes.

A row of an oriented box is a class and eight numbers, the corners of a turned rectangle: exactly
the form of a polygon of four points. No row alone can be told apart, a set can: people who outline
objects do not draw only exact rectangles, turned every which way. So a set is taken for oriented
boxes when its first rows (at least two) are all of eight numbers and all, measured in pixels,
rectangles, and at least one of them is turned. Rectangles along the axes alone are taken as
polygons: they mean the same either way.
"""

import io
from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from .geometry import Points

SAMPLE_ROWS = 200
_MIN_ROWS = 2
_MAX_COSINE = 0.02  # 1.1 degrees off a right angle: the rounding of six decimals on small images
_MIN_TURN = 0.02


def rows_are_oriented_boxes(label_files: Iterable[tuple[bytes, tuple[int, int]]]) -> bool:
    """Whether label files, given with the sizes of their images, hold oriented boxes."""
    count = 0
    has_turned = False
    for data, size_wh in label_files:
        for row in io.StringIO(data.decode("utf-8", errors="replace"), newline="\n"):
            if not row.strip():
                continue
            corners = _corners(row, size_wh)
            if corners is None or not _is_rectangle(corners):
                return False
            has_turned = has_turned or _is_turned(corners)
            count += 1
        if count >= SAMPLE_ROWS:
            break
    return count >= _MIN_ROWS and has_turned


def _corners(row: str, size_wh: tuple[int, int]) -> Points | None:
    numbers = row.split()[1:]
    if len(numbers) != 8:
        return None
    try:
        points = np.array([float(number) for number in numbers]).reshape(4, 2)
    except ValueError:
        return None
    return points * np.array(size_wh, dtype=np.float64) if np.isfinite(points).all() else None


def _sides(corners: Points) -> Points:
    sides: Points = np.roll(corners, -1, axis=0) - corners
    return sides


def _is_rectangle(corners: Points) -> bool:
    sides = _sides(corners)
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    if not lengths.all():
        return False
    units = sides / lengths[:, None]
    return all(abs(float(a @ b)) <= _MAX_COSINE for a, b in pairwise([*units, units[0]]))


def _is_turned(corners: Points) -> bool:
    side = _sides(corners)[0]
    return float(np.min(np.abs(side)) / np.hypot(*side)) > _MIN_TURN

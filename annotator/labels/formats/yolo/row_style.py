"""How the rows of a whole set are written, where that differs from YOLO's polygons.

One row alone seldom tells: ``0 0.9 0.1 0.1 0.4 0.15 0.25 0.6`` has a confidence at one end, and
only many rows say at which. So the first rows of a set are judged together, and every row of the
set is read in that style, each change being told as a repair.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

BOX_NUMBERS = 4
CLIP_TOLERANCE = 0.01
"""How far outside [0, 1] a coordinate is still clipped; Ultralytics refuses beyond the same."""

Unit = Literal["", "pixels", "percent", "unknown"]
Rows = Sequence[Sequence[float]]
Sizes = Sequence[tuple[int, int] | None]

_FAR_OUTSIDE = 0.05
_MOST_PERCENT = 101.0
_MIN_KEYPOINTS = 3
_MUST_FIT = 0.95
_SMALL_PX, _LARGE_PX, _FEW_ROWS = 150, 300, 5


@dataclass(frozen=True, slots=True)
class RowStyle:
    """``has_confidence``: every row has one number beyond its points, from 0 to 1; ``is_first``:
    before them. ``tail``: whole numbers at the end, of tracks: with a confidence before them 2.
    ``unit``: of coordinates that do not go from 0 to 1. ``has_corners``: boxes are two corners."""

    has_confidence: bool = False
    is_first: bool = False
    tail: int = 0
    unit: Unit = ""
    has_corners: bool = False


PLAIN = RowStyle()


def judge_style(rows: Rows, sizes: Sizes) -> RowStyle:
    """The style of the first rows of a set, each the numbers behind its class; ``sizes``: of the
    image of each row, or None where that is not known."""
    if not rows:
        return PLAIN
    tail = _judge_tail(rows)
    if tail:
        rows = [row[:-tail] for row in rows]
    has_confidence = not tail and all(map(looks_like_confidence, rows))
    is_first = has_confidence and is_confidence_first(rows)
    if has_confidence:
        rows = [row[1:] if is_first else row[:-1] for row in rows]
    unit = _judge_unit(rows, sizes)
    if unit in {"pixels", "percent"}:
        rows = [scaled(row, unit, size) for row, size in zip(rows, sizes, strict=True) if size]
    return RowStyle(has_confidence, is_first, tail, unit, _are_corners(rows))


def looks_like_confidence(numbers: Sequence[float]) -> bool:
    """Whether the numbers behind a class may be a box or a polygon, and a confidence."""
    is_odd = len(numbers) % 2 == 1 and len(numbers) > BOX_NUMBERS
    return (
        is_odd
        and min(numbers) >= -CLIP_TOLERANCE
        and max(numbers) <= 1.0 + CLIP_TOLERANCE
        and not _has_flags(numbers)
    )


def is_confidence_first(rows: Iterable[Sequence[float]]) -> bool:
    """At which end of its rows the confidence of a set is: Ultralytics puts it at the end.

    Read from the wrong end, x and y change places, so that one point lies apart and the outlines
    are longer, and boxes reach beyond the image.
    """
    first = last = 0.0
    for row in rows:
        if len(row) == BOX_NUMBERS + 1:
            first, last = first + _outside(row[1:]), last + _outside(row[:-1])
        else:
            first, last = first + _length(row[1:]), last + _length(row[:-1])
    return first < 0.9 * last


def count_keypoints(numbers: Sequence[float]) -> int:
    """How many keypoints follow the box of a pose row, each with how visible it is; 0 for none.

    It is told by the 2 of "visible", which no coordinate can be.
    """
    visible = numbers[6::3]
    is_pose = (
        len(numbers) > BOX_NUMBERS
        and (len(numbers) - BOX_NUMBERS) % 3 == 0
        and 2.0 in visible
        and all(number in {0.0, 1.0, 2.0} for number in visible)
    )
    return len(visible) if is_pose else 0


def _has_flags(numbers: Sequence[float]) -> bool:
    """Whether every third number behind a box is 0 or 1: keypoints that are there or not."""
    flags = numbers[6::3]
    is_of_points = (len(numbers) - BOX_NUMBERS) % 3 == 0 and len(flags) >= _MIN_KEYPOINTS
    return is_of_points and all(number in {0.0, 1.0} for number in flags)


def are_poses_with_flags(rows: Rows) -> bool:
    """Whether every row is a box and keypoints, each with a 0 or 1 behind it."""
    return bool(rows) and all(len(row) % 2 == 1 and _has_flags(row) for row in rows)


def scaled(numbers: Sequence[float], unit: Unit, size_wh: tuple[int, int] | None) -> list[float]:
    """Coordinates from 0 to 1."""
    width, height = size_wh if unit == "pixels" and size_wh is not None else (100, 100)
    return [each / (height if place % 2 else width) for place, each in enumerate(numbers)]


def _judge_tail(rows: Rows) -> int:
    """How many numbers at the end of every row are of tracks: 1, or 2 with a confidence."""
    lasts = [row[-1] for row in rows if row]
    if len(lasts) < len(rows) or max(lasts) <= 1.0 + CLIP_TOLERANCE:
        return 0
    if any(last < 0 or last != int(last) for last in lasts if math.isfinite(last)):
        return 0
    for tail, parity in ((1, 1), (2, 0)):
        if all(
            len(row) % 2 == parity
            and len(row) - tail >= BOX_NUMBERS
            and max(row[:-1]) <= 1.0 + CLIP_TOLERANCE
            for row in rows
        ):
            return tail
    return 0


def _judge_unit(rows: Rows, sizes: Sizes) -> Unit:
    known = [
        (row, size)
        for row, size in zip(rows, sizes, strict=True)
        if row and size is not None and len(row) % 2 == 0 and len(row) >= BOX_NUMBERS
    ]
    beyond = [row for row, _ in known if max(row) > 1.0 + CLIP_TOLERANCE]
    if not known or len(beyond) < _MUST_FIT * len(known):
        return ""
    if sum(max(row) > 2.0 for row in beyond) < _MUST_FIT * len(beyond):
        return ""
    in_pixels = sum(_fits(row, size) for row, size in known) >= _MUST_FIT * len(known)
    in_percent = all(min(row) >= -1.0 and max(row) <= _MOST_PERCENT for row, _ in known)
    if in_pixels and in_percent:
        return _unit_by_size([min(size) for _, size in known])
    return "pixels" if in_pixels else "percent" if in_percent else ""


def _unit_by_size(shorter_sides: Sequence[int]) -> Unit:
    """Where all fit both: of small images nobody gives percent, and in large ones not every object
    lies in the first hundred pixels."""
    if max(shorter_sides) <= _SMALL_PX:
        return "pixels"
    is_percent = min(shorter_sides) >= _LARGE_PX and len(shorter_sides) >= _FEW_ROWS
    return "percent" if is_percent else "unknown"


def _fits(row: Sequence[float], size_wh: tuple[int, int]) -> bool:
    width, height = size_wh
    is_inside = max(row[0::2]) <= width + 1.0 and max(row[1::2]) <= height + 1.0
    return is_inside and min(row) >= -1.0


def _are_corners(rows: Rows) -> bool:
    """Whether boxes are two corners: read as middle and size, half of them would lie outside."""
    boxes = [row for row in rows if len(row) == BOX_NUMBERS]
    if not boxes or not all(x1 < x2 and y1 < y2 for x1, y1, x2, y2 in boxes):
        return False
    return 2 * sum(_outside(row) > _FAR_OUTSIDE for row in boxes) >= len(boxes)


def _outside(box: Sequence[float]) -> float:
    """How far a box of middle and size reaches beyond the image."""
    x, y, width, height = box
    return max(width / 2 - x, x + width / 2 - 1.0, height / 2 - y, y + height / 2 - 1.0, 0.0)


def _length(numbers: Sequence[float]) -> float:
    points = list(zip(numbers[0::2], numbers[1::2], strict=True))
    return sum(map(math.dist, points, points[1:] + points[:1]))

"""Label files of polygons alone, as most are: all rows of a file at once, with numpy.

The meaning is that of ``rows``. A file in which anything is unusual (another kind of row, a repair,
a refusal, a ring next to nothing) is left to it.
"""

from typing import NamedTuple

import numpy as np

from annotator.labels.polygons.geometry import GRAIN_PX, MIN_RING_POINTS, Points, Ring
from annotator.labels.polygons.many import (
    Integers,
    extents_of,
    ring_starts,
    signed_areas,
    split_rings,
)

from .rows import MAX_OBJECTS

_MOST_BYTES = 1 << 20
_PLAIN = b"0123456789.eE+- \t\n"
_DECIMALS = 4
_FEWEST_COLUMNS = 6
_MOST_DIGITS = 9


class PlainRow(NamedTuple):
    """One row; ``ring``: in pixels, open, rounded as it is stored.

    ``raw``: not rounded, of a ring that passes a point twice: it may hold several parts.
    """

    line: int
    class_index: int
    ring: Ring
    raw: Ring | None


class _UnusualError(ValueError):
    """``parse_labels`` has to look at the file."""


def read_plain_rows(
    data: bytes, *, size_wh: tuple[int, int], class_count: int
) -> list[PlainRow] | None:
    """The rows of a label file of polygons; None for one that ``parse_labels`` has to look at."""
    data = data.replace(b"\r\n", b"\n")
    if len(data) > _MOST_BYTES or data.translate(None, _PLAIN):
        return None
    try:
        heads, numbers, lengths = _numbers_of(data.decode("ascii"), class_count)
        return _rings_of(heads, numbers, lengths, size_wh) if heads else []
    except ValueError:
        return None


def _numbers_of(
    text: str, class_count: int
) -> tuple[list[tuple[int, int]], list[float], list[int]]:
    """Line and class of each row, the numbers of all, and how many points each has.

    Raises ValueError.
    """
    heads: list[tuple[int, int]] = []
    numbers: list[float] = []
    lengths: list[int] = []
    seen: set[str] = set()
    for line, row in enumerate(text.split("\n"), 1):
        token, _, rest = row.partition(" ")
        columns = rest.split()
        if not columns and not row.strip():
            continue
        if len(columns) < _FEWEST_COLUMNS or len(columns) % 2 or not _is_index(token):
            raise _UnusualError
        numbers += map(float, columns)
        heads.append((line, int(token)))
        lengths.append(len(columns) // 2)
        seen.add(row.strip())
    if len(seen) < len(heads) or len(heads) > MAX_OBJECTS:
        raise _UnusualError
    if any(class_index >= class_count for _, class_index in heads):
        raise _UnusualError
    return heads, numbers, lengths


def _is_index(token: str) -> bool:
    return token.isdigit() and len(token) <= _MOST_DIGITS


def _rings_of(
    heads: list[tuple[int, int]],
    numbers: list[float],
    lengths: list[int],
    size_wh: tuple[int, int],
) -> list[PlainRow]:
    """Raises ValueError."""
    shares = np.array(numbers).reshape(-1, 2)
    if shares.min() < 0.0 or shares.max() > 1.0:
        raise _UnusualError
    points, counts = _opened(shares * size_wh, np.array(lengths, dtype=np.intp))
    starts = ring_starts(counts)
    # Rounding moves a border by less than a grain: an area well above that stays one.
    least = GRAIN_PX * extents_of(points, starts).max(axis=1) * (2 * counts + 2)
    if (np.abs(signed_areas(points, starts)) <= least).any():
        raise _UnusualError
    repeats = _repeats(points, counts)
    doubled = (2 * counts).tolist()
    rings = split_rings(np.round(points, _DECIMALS).reshape(-1), doubled)
    raw = split_rings(points.reshape(-1), doubled) if repeats else []
    return [
        PlainRow(line, class_index, ring, raw[place] if place in repeats else None)
        for place, ((line, class_index), ring) in enumerate(zip(heads, rings, strict=True))
    ]


def _opened(points: Points, counts: Integers) -> tuple[Points, Integers]:
    """Rings without the point that closes them. Raises ValueError."""
    starts = ring_starts(counts)
    lasts = starts + counts - 1
    closes = (points[starts] == points[lasts]).all(axis=1)
    if not closes.any():
        return points, counts
    opened, left = np.delete(points, lasts[closes], axis=0), counts - closes
    starts = ring_starts(left)
    closes = (opened[starts] == opened[starts + left - 1]).all(axis=1)
    if (left < MIN_RING_POINTS).any() or closes.any():
        raise _UnusualError
    return opened, left


def _repeats(points: Points, counts: Integers) -> set[int]:
    """The rings that pass a point twice."""
    ring_of = np.repeat(np.arange(len(counts)), counts)
    order = np.lexsort((points[:, 1], points[:, 0], ring_of))
    ordered, of_ring = points[order], ring_of[order]
    is_again = (ordered[1:] == ordered[:-1]).all(axis=1) & (of_ring[1:] == of_ring[:-1])
    return set(of_ring[1:][is_again].tolist())

"""What a save does with its polygons, for all of them at once: numpy over every ring.

The meaning is that of ``geometry``: what is odd (to be clipped, repaired, refused, crossing itself)
goes through its functions one by one.
"""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from .crossings import covered_area
from .geometry import (
    GRAIN_PX,
    GeometryError,
    Points,
    Polygons,
    Ring,
    clean_polygons,
    simplify_rings,
)

_DECIMALS = 4
_OUTLINE_DECIMALS = 4
OUTLINE_POINTS = 24
Integers = NDArray[np.intp]


class Measures(NamedTuple):
    """``area_px`` as filled; ``outline``: outer rings for thumbnails, normalised to 0..1."""

    area_px: float
    outline: list[Ring]


class RefusedError(ValueError):
    """Polygons ``place`` cannot be stored; the message says why."""

    def __init__(self, place: int, reason: str) -> None:
        super().__init__(reason)
        self.place = place


def clean_many(items: Sequence[Polygons], *, size_wh: tuple[int, int]) -> list[Polygons]:
    """``clean_polygons`` of each, rounded to 1/10,000 px. Raises RefusedError."""
    rings = [ring for polygons in items for polygon in polygons for ring in polygon]
    is_plain = _are_plain(rings, size_wh=size_wh)
    rounded = iter(split_rings(np.round(_numbers(rings), _DECIMALS), [len(ring) for ring in rings]))
    plain = iter(is_plain)
    cleaned: list[Polygons] = []
    for place, polygons in enumerate(items):
        shaped = [[next(rounded) for _ in polygon] for polygon in polygons]
        fine = [next(plain) for polygon in polygons for _ in polygon]
        if polygons and all(polygons) and all(fine):
            cleaned.append(shaped)
            continue
        try:
            odd = clean_polygons(polygons, size_wh=size_wh)
        except GeometryError as error:
            raise RefusedError(place, str(error)) from error
        cleaned.append([[np.round(ring, _DECIMALS).tolist() for ring in part] for part in odd])
    return cleaned


def _numbers(rings: Sequence[Ring]) -> NDArray[np.float64]:
    return np.array(list(chain.from_iterable(rings)), dtype=np.float64)


def split_rings(numbers: NDArray[np.float64], counts: Sequence[int]) -> list[Ring]:
    """Flat rings of so many numbers each."""
    flat = numbers.tolist()
    rings, start = [], 0
    for count in counts:
        rings.append(flat[start : start + count])
        start += count
    return rings


def _are_plain(rings: Sequence[Ring], *, size_wh: tuple[int, int]) -> list[bool]:
    """Whether a ring is stored as it came: open, inside the image, with an area."""
    counts = np.array([len(ring) for ring in rings], dtype=np.intp)
    if not len(counts) or (counts % 2).any() or (counts < 6).any():
        return [False] * len(counts)
    points = _numbers(rings).reshape(-1, 2)
    starts = ring_starts(counts // 2)
    is_inside = ((points >= 0) & (points <= np.array(size_wh))).all(axis=1)  # not where it is NaN
    moves = (points != points[_following(starts, len(points))]).any(axis=1)
    are_fine = np.logical_and.reduceat(is_inside & moves, starts)
    least = GRAIN_PX * extents_of(points, starts).max(axis=1)  # see geometry.least_area
    result: list[bool] = (are_fine & (np.abs(signed_areas(points, starts)) > least)).tolist()
    return result


def extents_of(points: Points, starts: Integers) -> Points:
    """Width and height of each ring; ``starts``: the index of its first point."""
    extents: Points = np.maximum.reduceat(points, starts) - np.minimum.reduceat(points, starts)
    return extents


def ring_starts(counts: Integers) -> Integers:
    """The index of the first point of each ring; ``counts``: how many points each has."""
    return np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.intp)


def _following(starts: Integers, count: int) -> Integers:
    """The index of the point after each on its ring."""
    following = np.arange(1, count + 1)
    following[np.append(starts[1:], count) - 1] = starts
    return following


def signed_areas(points: Points, starts: Integers) -> NDArray[np.float64]:
    """``ring_signed_area`` of each ring."""
    lengths = np.diff(np.append(starts, len(points)))
    at = points - np.repeat(points[starts], lengths, axis=0)
    after = at[_following(starts, len(points))]
    with np.errstate(invalid="ignore", over="ignore"):
        doubled = at[:, 0] * after[:, 1] - at[:, 1] * after[:, 0]
        areas: NDArray[np.float64] = np.add.reduceat(doubled, starts) / 2
    return areas


def measure_many(items: Sequence[Polygons], *, size_wh: tuple[int, int]) -> list[Measures]:
    """Area and outline of each of ``items``, which are cleaned."""
    return measure_images([(items, size_wh)])


def measure_images(
    images: Sequence[tuple[Sequence[Polygons], tuple[int, int]]],
) -> list[Measures]:
    """``measure_many`` of the items of many images, each with its size, one after another."""
    items = [polygons for of_image, _ in images for polygons in of_image]
    rings = [ring for polygons in items for polygon in polygons for ring in polygon]
    if not rings:
        return []
    areas = iter(_covered_areas(rings))
    outers = [polygon[0] for polygons in items for polygon in polygons]
    simple = simplify_rings(outers, point_budget=OUTLINE_POINTS)
    lengths = [len(ring) for ring in simple]
    outer_counts = [sum(map(len, of_image)) for of_image, _ in images]
    scales = 1.0 / np.array([size_wh for _, size_wh in images], dtype=np.float64)
    scale = np.repeat(np.repeat(scales, outer_counts, axis=0), np.array(lengths) // 2, axis=0)
    scaled = np.round(_numbers(simple).reshape(-1, 2) * scale, _OUTLINE_DECIMALS).reshape(-1)
    outlines = iter(split_rings(scaled, lengths))
    return [
        Measures(
            sum(max(0.0, next(areas) - sum(next(areas) for _ in part[1:])) for part in polygons),
            [next(outlines) for _ in polygons],
        )
        for polygons in items
    ]


def _covered_areas(rings: Sequence[Ring]) -> list[float]:
    """``ring_area`` of each ring."""
    counts = np.array([len(ring) // 2 for ring in rings], dtype=np.intp)
    points = _numbers(rings).reshape(-1, 2)
    signed = signed_areas(points, ring_starts(counts))
    lines = shapely.linearrings(points, indices=np.repeat(np.arange(len(rings)), counts))
    is_simple = np.asarray(shapely.is_valid(shapely.polygons(lines)))
    return [
        abs(area) if fine else covered_area(ring, area)
        for ring, area, fine in zip(rings, signed.tolist(), is_simple.tolist(), strict=True)
    ]

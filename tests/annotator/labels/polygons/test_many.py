"""Many polygons at once are cleaned and measured as each by itself."""

import math
import random
from typing import Any

import pytest

from annotator.labels.polygons.geometry import (
    GeometryError,
    Polygons,
    clean_polygons,
    ring_area,
    simplify_ring,
    simplify_rings,
)
from annotator.labels.polygons.many import RefusedError, clean_many, measure_many

SIZE_WH = (100, 80)
SQUARE = [10.0, 10, 30, 10, 30, 30, 10, 30]
HOLE = [15.0, 15, 25, 15, 25, 25, 15, 25]
BOW_TIE = [10.0, 10, 20, 20, 20, 10, 10, 20]
OVER = [90.0, 10, 120, 10, 120, 30, 90, 30]
CLOSED = [10.0, 10, 30, 10, 30, 30, 10, 10]
OUTSIDE = [200.0, 200, 210, 200, 210, 210]
INTEGERS: Any = [10, 10, 30, 10, 30, 30]
FINE = [10.00004, 10, 30.123456, 10, 30, 30.99999]

ODD: list[Any] = [
    [],
    [[]],
    [[[1.0, 1, 2, 2]]],
    [[[1.0, 1, 2, 2, 3]]],
    [[[1.0, 1, 2, 2, 3, math.nan]]],
    [[[1.0, 1, 2, 2, 3, math.inf]]],
    [[[1.0, 1, 2, 2, 3, 3]]],
    [[[1.0, 1, 2, 2, 1, 1, 2, 2]]],
    [[OUTSIDE]],
    [[[]]],
    [[SQUARE], []],
]


def one_by_one(items: list[Polygons]) -> list[Polygons]:
    cleaned = [clean_polygons(polygons, size_wh=SIZE_WH) for polygons in items]
    return [[[[round(v, 4) for v in ring] for ring in part] for part in one] for one in cleaned]


def covered_by(polygons: Polygons) -> float:
    areas = [[ring_area(ring) for ring in part] for part in polygons]
    return sum(max(0.0, outer - sum(holes)) for outer, *holes in areas)


def random_ring(rng: random.Random, count: int) -> list[float]:
    """A ring around the middle; some reach over the border, some cross themselves."""
    angles = sorted(rng.uniform(0, 2 * math.pi) for _ in range(count))
    if rng.random() < 0.2:
        rng.shuffle(angles)
    reach = rng.choice([20, 60])
    points = [(50 + reach * math.cos(a), 40 + reach * math.sin(a)) for a in angles]
    return [number for point in points for number in point]


def test_cleaned_as_one_by_one() -> None:
    shapes = [SQUARE, BOW_TIE, OVER, CLOSED, INTEGERS, FINE]
    items: list[Polygons] = [[[ring]] for ring in shapes]
    items += [[[SQUARE, HOLE]], [[SQUARE], [OUTSIDE]], [[SQUARE, OUTSIDE], [OVER]]]
    assert clean_many(items, size_wh=SIZE_WH) == one_by_one(items)
    assert clean_many([], size_wh=SIZE_WH) == []


def test_random_polygons_are_cleaned_and_measured_as_one_by_one() -> None:
    rng = random.Random(13)
    for _ in range(100):
        items: list[Polygons] = [
            [[random_ring(rng, rng.randint(3, 60))] for _ in range(rng.randint(1, 3))]
            for _ in range(rng.randint(1, 6))
        ]
        cleaned = clean_many(items, size_wh=SIZE_WH)
        assert cleaned == one_by_one(items)
        for polygons, measured in zip(cleaned, measure_many(cleaned, size_wh=SIZE_WH), strict=True):
            assert measured.area_px == pytest.approx(covered_by(polygons))
            assert [len(ring) <= 48 for ring in measured.outline] == [True] * len(polygons)


@pytest.mark.parametrize("polygons", ODD)
def test_refused_as_one_by_one_with_its_place(polygons: Any) -> None:
    with pytest.raises(GeometryError) as alone:
        clean_polygons(polygons, size_wh=SIZE_WH)
    with pytest.raises(RefusedError, match=str(alone.value)) as among:
        clean_many([[[SQUARE]], polygons, [[SQUARE]]], size_wh=SIZE_WH)
    assert among.value.place == 1


def test_cleaning_again_changes_nothing() -> None:
    rng = random.Random(7)
    items: list[Polygons] = [[[random_ring(rng, 50)]] for _ in range(50)]
    once = clean_many(items, size_wh=SIZE_WH)
    assert clean_many(once, size_wh=SIZE_WH) == once


def test_an_outline_is_normalised_and_has_no_holes() -> None:
    [measured, other] = measure_many([[[SQUARE, HOLE], [HOLE]], [[BOW_TIE]]], size_wh=SIZE_WH)
    assert measured.outline[0] == [0.1, 0.125, 0.3, 0.125, 0.3, 0.375, 0.1, 0.375]
    assert len(measured.outline) == 2
    assert measured.area_px == 400 - 100 + 100
    assert other.area_px == pytest.approx(50)


def test_rings_are_simplified_as_each_by_itself() -> None:
    rng = random.Random(3)
    rings = [random_ring(rng, count) for count in (3, 24, 25, 60, 400, 7)]
    alone = [simplify_ring(ring, point_budget=24) for ring in rings]
    assert simplify_rings(rings, point_budget=24) == alone
    assert simplify_rings([], point_budget=24) == []

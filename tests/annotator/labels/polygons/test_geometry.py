import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from annotator.labels.polygons.geometry import (
    GeometryError,
    Ring,
    clean_polygons,
    clip_ring,
    encloses_nothing,
    point_in_rings,
    polygon_area,
    polygons_area,
    ring_signed_area,
    simplify_ring,
)
from annotator.labels.polygons.many import RefusedError, clean_many

SQUARE = [10.0, 10.0, 30.0, 10.0, 30.0, 30.0, 10.0, 30.0]
HOLE = [15.0, 15.0, 25.0, 15.0, 25.0, 25.0, 15.0, 25.0]
SIZE_WH = (100, 80)


def test_area_and_inside() -> None:
    assert ring_signed_area(SQUARE) == 400
    assert ring_signed_area(SQUARE[::-1]) < 0 or polygon_area([SQUARE[::-1]]) == 400
    assert polygon_area([SQUARE, HOLE]) == 300
    assert polygons_area([[SQUARE, HOLE], [HOLE]]) == 400
    assert point_in_rings(12, 12, [SQUARE, HOLE])
    assert not point_in_rings(20, 20, [SQUARE, HOLE])
    assert not point_in_rings(50, 20, [SQUARE, HOLE])


REFUSED = {
    "nothing": ([], "at least one polygon"),
    "no ring": ([[]], "outer ring"),
    "two points": ([[[1.0, 1.0, 5.0, 5.0]]], "three different points"),
    "three alike": ([[[1.0, 1.0, 5.0, 5.0, 1.0, 1.0]]], "three different points"),
    "odd": ([[[1.0, 1.0, 5.0, 5.0, 9.0]]], "even count"),
    "not finite": ([[[1.0, 1.0, 5.0, math.nan, 9.0, 2.0]]], "finite"),
    "a line": ([[[1.0, 1.0, 2.0, 2.0, 3.0, 3.0]]], "without area"),
    "outside": ([[[200.0, 1.0, 220.0, 2.0, 210.0, 30.0]]], "outside the image"),
}


@pytest.mark.parametrize(("polygons", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_encloses_nothing_is_refused(polygons: list[list[Ring]], reason: str) -> None:
    with pytest.raises(GeometryError, match=reason):
        clean_polygons(polygons, size_wh=SIZE_WH)


def test_clean_opens_clips_and_drops_what_is_outside() -> None:
    closed = [*SQUARE, *SQUARE[:2]]
    assert clean_polygons([[closed]], size_wh=SIZE_WH) == [[SQUARE]]
    over = [-20.0, 10.0, 30.0, 10.0, 30.0, 30.0, -20.0, 30.0]
    assert polygons_area(clean_polygons([[over]], size_wh=SIZE_WH)) == 600
    outside = [200.0, 1.0, 220.0, 2.0, 210.0, 30.0]
    assert clean_polygons([[SQUARE], [outside]], size_wh=SIZE_WH) == [[SQUARE]]
    assert clean_polygons([[SQUARE, outside]], size_wh=SIZE_WH) == [[SQUARE]]


def test_a_ring_inside_is_not_touched_by_clipping() -> None:
    assert clip_ring(SQUARE, box_xyxy=(0, 0, 30, 30)) == SQUARE


def test_a_comb_over_the_border_stays_one_ring_of_the_right_area() -> None:
    comb = [
        0.0,
        -5.0,
        20.0,
        -5.0,
        20.0,
        10.0,
        15.0,
        10.0,
        15.0,
        -2.0,
        5.0,
        -2.0,
        5.0,
        10.0,
        0.0,
        10.0,
    ]
    clipped = clip_ring(comb, box_xyxy=(0, 0, 100, 80))
    assert abs(ring_signed_area(clipped)) == pytest.approx(2 * 5 * 10)


coordinate = st.floats(-150, 250).map(lambda number: round(number, 2))


@given(st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=10))
def test_a_clipped_ring_is_inside_and_no_larger(points: list[tuple[float, float]]) -> None:
    ring = [number for point in points for number in point]
    clipped = clip_ring(ring, box_xyxy=(0, 0, 100, 80))
    assume(clipped)
    assert 0 <= min(clipped[0::2]) <= max(clipped[0::2]) <= 100
    assert 0 <= min(clipped[1::2]) <= max(clipped[1::2]) <= 80


@pytest.mark.parametrize("count", [3, 4, 24, 25, 1000])
def test_simplifying_keeps_to_the_budget_and_the_shape(count: int) -> None:
    angles = [2 * math.pi * index / count for index in range(count)]
    ring = [number for a in angles for number in (50 + 30 * math.cos(a), 40 + 30 * math.sin(a))]
    simple = simplify_ring(ring, point_budget=24)
    assert len(simple) == 2 * min(count, 24)
    assert abs(ring_signed_area(simple)) >= 0.97 * abs(ring_signed_area(ring))


def test_points_along_straight_lines_go_before_corners() -> None:
    """A square walked in steps of a tenth: flat stretches everywhere, four corners."""
    steps = [number / 10 for number in range(200)]
    ring = [n for s in steps for n in (s, 0.0)] + [n for s in steps for n in (20.0, s)]
    ring += [n for s in steps for n in (20.0 - s, 20.0)] + [
        n for s in steps for n in (0.0, 20.0 - s)
    ]
    assert abs(ring_signed_area(simplify_ring(ring, point_budget=4))) == pytest.approx(400)


@given(st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=60))
def test_simplifying_any_ring_ends_within_the_budget(points: list[tuple[float, float]]) -> None:
    ring = [number for point in points for number in point]
    assert 6 <= len(simplify_ring(ring, point_budget=8)) <= 16


LINES = {
    "computed": [0.2 * 64, 0.2 * 48, 0.3 * 64, 0.3 * 48, 0.4 * 64, 0.4 * 48],
    "rounded": [0.0, 0.0, 33.3333, 11.1111, 66.6667, 22.2222],
    "there and back": [0.0, 0.0, 10.0, 0.0, 10.0, 5.0, 10.0, 0.00001],
    "a strip": [1.0, 1.0, 60.0, 1.0, 60.0, 1.00005, 1.0, 1.00005],
}


@pytest.mark.parametrize("ring", LINES.values(), ids=LINES)
def test_what_is_thinner_than_a_coordinates_last_place_encloses_nothing(ring: Ring) -> None:
    assert encloses_nothing(ring)
    with pytest.raises(GeometryError, match="without area"):
        clean_polygons([[ring]], size_wh=SIZE_WH)
    with pytest.raises(RefusedError, match="without area"):
        clean_many([[[ring]]], size_wh=SIZE_WH)


@pytest.mark.parametrize(
    "ring", [[0.0, 0, 0.01, 0, 0, 0.01], [1.0, 1, 60, 1, 60, 1.01], [0.0, 0, 9, 9, 9, 0, 0, 9]]
)
def test_what_is_small_or_crosses_itself_encloses_something(ring: Ring) -> None:
    assert not encloses_nothing(ring)
    assert clean_many([[[ring]]], size_wh=SIZE_WH) == [[[ring]]]

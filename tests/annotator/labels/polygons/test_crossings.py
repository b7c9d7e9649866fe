"""Rings that cross themselves, measured as they are filled."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.labels.formats.yolo.rows import format_row, parse_labels
from annotator.labels.polygons import crossings
from annotator.labels.polygons.geometry import (
    GeometryError,
    clean_polygons,
    point_in_rings,
    ring_area,
)

BOW_TIE = [0.0, 0.0, 10.0, 10.0, 10.0, 0.0, 0.0, 10.0]
LOOP = [0.0, 0, 30, 0, 30, 20, 10, 20, 10, 10, 20, 10, 20, 30, 0, 30]
EIGHT = [0.0, 0, 5, 5, 10, 10, 10, 0, 5, 5, 0, 10]
BRIDGED = [0.0, 0, 9, 0, 9, 9, 0, 9, 0, 0, 3, 3, 3, 6, 6, 6, 6, 3, 3, 3]


@pytest.mark.parametrize(
    ("ring", "area", "count"),
    [
        ([0.0, 0, 10, 0, 10, 10, 0, 10], 100, 0),
        (BOW_TIE, 50, 1),
        (LOOP, 700, 1),
        (EIGHT, 50, 0),  # goes through one of its own points
        (BRIDGED, 72, 0),  # the hole's border is walked the other way round
        ([0.0, 0, 10, 0, 10, 10, 5, 0, 0, 10], 50, 0),  # edges that touch
    ],
)
def test_the_area_is_what_the_even_odd_rule_fills(
    ring: list[float], area: float, count: int
) -> None:
    assert ring_area(ring) == pytest.approx(area)
    assert len(crossings.crossing_points(np.array(ring).reshape(-1, 2))) == count


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=4, max_size=14))
def test_it_agrees_with_a_count_of_small_cells(points: list[tuple[int, int]]) -> None:
    ring = [float(number) for point in points for number in point]
    step = 0.125
    places = np.arange(step / 2, 20, step)
    inside = sum(point_in_rings(x, y, [ring]) for x in places for y in places[::4])
    border = sum(abs(np.hypot(*np.subtract(points[i], points[i - 1]))) for i in range(len(points)))
    assert ring_area(ring) == pytest.approx(inside * step * step * 4, abs=step * 4 * border + 1)


def test_a_bow_tie_is_stored_as_it_came_and_what_encloses_nothing_is_refused() -> None:
    assert clean_polygons([[BOW_TIE]], size_wh=(20, 20)) == [[BOW_TIE]]
    assert ring_area(BOW_TIE) == pytest.approx(50)
    with pytest.raises(GeometryError, match="without area"):
        clean_polygons([[[0, 0, 5, 5, 10, 10]]], size_wh=(20, 20))


def test_label_files_take_a_bow_tie_too() -> None:
    row = format_row(0, [[BOW_TIE]], size_wh=(20, 20))
    parsed = parse_labels(f"{row}\n".encode(), size_wh=(20, 20), class_count=1)
    assert [len(each.ring) for each in parsed.rows] == [8]
    nothing = parse_labels(b"0 0.1 0.1 0.2 0.2 0.3 0.3\n", size_wh=(20, 20), class_count=1)
    assert (nothing.rows, nothing.refused_count) == ([], 1)


def test_what_would_take_too_long_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    zigzag = np.array([(i % 2 * 100.0, i / 10) for i in range(800)])
    assert len(crossings.crossing_points(zigzag)) > 0
    monkeypatch.setattr(crossings, "MAX_PAIRS", 0)
    monkeypatch.setattr(crossings, "MAX_PAIRS_PER_POINT", 1)
    assert len(crossings.crossing_points(zigzag)) == 0

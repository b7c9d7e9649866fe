"""How much two outlines overlap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.labels.polygons.geometry import Polygons
from annotator.labels.polygons.overlap import pairs_that_may_overlap, polygons_iou


def square(x: float, y: float, side: float = 20) -> Polygons:
    return [[[x, y, x + side, y, x + side, y + side, x, y + side]]]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (square(0, 0), square(0, 0), 1.0),
        (square(0, 0), square(10, 0), 1 / 3),
        (square(0, 0), square(10, 10), 1 / 7),
        (square(0, 0), square(20, 0), 0.0),  # they touch
        (square(0, 0), square(500, 500), 0.0),
        (square(0, 0, 100), square(25, 25, 50), 0.25),
        # a frame: its hole does not count
        ([[square(0, 0, 100)[0][0], square(25, 25, 50)[0][0]]], square(0, 0, 100), 0.75),
        # two parts
        ([*square(0, 0), *square(40, 0)], square(0, 0), 0.5),
    ],
)
def test_known_overlaps(a: Polygons, b: Polygons, expected: float) -> None:
    assert polygons_iou(a, b) == pytest.approx(expected, abs=0.02)
    assert polygons_iou(b, a) == pytest.approx(expected, abs=0.02)


def test_the_scale_does_not_matter() -> None:
    tiny = polygons_iou(square(0, 0, 0.02), square(0.01, 0, 0.02))
    huge = polygons_iou(square(0, 0, 20_000), square(10_000, 0, 20_000))
    assert tiny == pytest.approx(1 / 3, abs=0.02)
    assert huge == pytest.approx(1 / 3, abs=0.02)


squares = st.builds(square, st.integers(0, 60), st.integers(0, 60), st.integers(1, 40))
outlines = st.lists(
    st.lists(squares, min_size=1, max_size=3).map(
        lambda objects: [part for each in objects for part in each]
    ),
    max_size=6,
)


@given(outlines, outlines, st.floats(0.2, 1))
def test_no_pair_that_overlaps_enough_is_left_out(
    first: list[Polygons], second: list[Polygons], min_iou: float
) -> None:
    asked = pairs_that_may_overlap(first, second, min_iou=min_iou)
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            if polygons_iou(a, b) >= min_iou:
                assert (i, j) in asked


def test_only_pairs_that_may_overlap_enough_are_asked() -> None:
    row = [square(30 * x, 0) for x in range(200)]
    shifted = [square(30 * x + 2, 1) for x in range(200)]
    beside = [square(30 * x + 15, 0) for x in range(200)]
    assert pairs_that_may_overlap(row, shifted, min_iou=0.5) == [(x, x) for x in range(200)]
    assert pairs_that_may_overlap(row, beside, min_iou=0.5) == []

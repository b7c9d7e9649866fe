"""How much outlines overlap: the server's figures, and the browser's by the same cases."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from annotator.labels.polygons.crossings import even_odd_area
from annotator.labels.polygons.geometry import Polygons, ring_points
from annotator.labels.polygons.overlap import ious_with, overlapping_pairs, polygons_iou

_GEOMETRY = Path(__file__).parents[4] / "frontend/src/canvas/geometry"
CASES = json.loads((_GEOMETRY / "overlap.cases.json").read_text())


def square(x: float, y: float, side: float = 20) -> Polygons:
    return [[[x, y, x + side, y, x + side, y + side, x, y + side]]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_known_overlaps(case: dict[str, object]) -> None:
    a, b, expected = case["a"], case["b"], case["iou"]
    assert polygons_iou(a, b) == pytest.approx(expected, abs=1e-9)  # type: ignore[arg-type]
    assert polygons_iou(b, a) == pytest.approx(expected, abs=1e-9)  # type: ignore[arg-type]


numbers = st.integers(0, 30).map(float)
rings = st.lists(st.tuples(numbers, numbers), min_size=3, max_size=12)


@given(rings)
def test_a_ring_that_crosses_itself_covers_what_the_even_odd_rule_says(
    points: list[tuple[float, float]],
) -> None:
    ring = [number for point in points for number in point]
    area = even_odd_area(ring_points(ring))
    frame = square(-1, -1, 40)
    assert polygons_iou([[ring]], frame) == pytest.approx((area or 0) / 1600, abs=1e-9)


def test_a_scribble_overlaps_nothing_and_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the faces of a scribble are asked for")

    monkeypatch.setattr(shapely, "polygonize", refuse)
    for count in (400, 8_000):  # the second is not even looked through for crossings
        scribble = np.random.default_rng(count).uniform(0, 1000, 2 * count).tolist()
        assert ious_with([[scribble]], [square(0, 0, 1000)]) == [0.0]


@pytest.mark.parametrize("nothing", [[], [[]], [[[]]], [[[1.0, 2.0]]], [[[0.0, 0, 5, 5, 10, 10]]]])
def test_what_covers_nothing_overlaps_nothing(nothing: Polygons) -> None:
    assert polygons_iou(nothing, square(0, 0)) == polygons_iou(square(0, 0), nothing) == 0.0
    assert polygons_iou(nothing, nothing) == 0.0
    assert list(overlapping_pairs([nothing], [nothing, square(0, 0)], min_iou=0.1)) == []


squares = st.builds(square, st.integers(0, 60), st.integers(0, 60), st.integers(1, 40))
outlines = st.lists(
    st.lists(squares, min_size=1, max_size=3).map(
        lambda objects: [part for each in objects for part in each]
    ),
    max_size=6,
)


@given(outlines, outlines, st.floats(0.01, 1))
def test_exactly_the_pairs_that_overlap_enough(
    first: list[Polygons], second: list[Polygons], min_iou: float
) -> None:
    every = {(i, j): iou for i, a in enumerate(first) for j, iou in enumerate(ious_with(a, second))}
    found = {(i, j): iou for i, j, iou in overlapping_pairs(first, second, min_iou=min_iou)}
    assert found == {pair: iou for pair, iou in every.items() if iou >= min_iou}


def test_only_pairs_that_may_overlap_enough_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    intersection = shapely.intersection

    def counted(a: np.ndarray, b: np.ndarray) -> object:
        nonlocal compared
        compared += len(a)
        return intersection(a, b)

    monkeypatch.setattr(shapely, "intersection", counted)
    row = [square(30 * x, 0) for x in range(600)]
    shifted = [square(30 * x + 2, 1) for x in range(600)]
    beside = [square(30 * x + 15, 0) for x in range(600)]
    near = [(i, j) for i, j, _ in overlapping_pairs(row, shifted, min_iou=0.5)]
    assert near == [(x, x) for x in range(600)]
    assert compared == 600
    assert list(overlapping_pairs(row, beside, min_iou=0.5)) == []
    assert compared == 600

"""Simplified outlines: fewer points within a tolerance, and what that costs."""

import math

import numpy as np
import pytest

from annotator.labels.polygons.contours import polygons_of_mask
from annotator.labels.polygons.geometry import Polygons, ring_points
from annotator.labels.polygons.simplifying import (
    CostMeter,
    count_points,
    outline_iou,
    simplify_polygons,
)


def disc(radius: int = 40, hole: int = 0) -> Polygons:
    """The exact outline of a round mask, with a hole."""
    y, x = np.mgrid[:100, :100] - 50
    mask = (x * x + y * y <= radius * radius) & (x * x + y * y >= hole * hole)
    return polygons_of_mask(mask)


@pytest.mark.parametrize("tolerance_px", [0.5, 1.0, 2.0])
def test_no_point_moves_farther_than_the_tolerance(tolerance_px: float) -> None:
    before = disc()
    made = simplify_polygons(before, tolerance_px)
    assert made.is_changed
    assert count_points(made.polygons) < count_points(before)
    kept = ring_points(made.polygons[0][0])
    for point in ring_points(before[0][0]):
        assert min(distance(point, a, b) for a, b in pairs(kept)) <= tolerance_px + 1e-3


def pairs(points: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    return list(zip(points, np.roll(points, -1, axis=0), strict=True))


def distance(point: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    along = b - a
    share = float(np.clip(np.dot(point - a, along) / max(np.dot(along, along), 1e-12), 0, 1))
    return float(np.hypot(*(point - a - share * along)))


def test_holes_and_parts_stay_and_nothing_vanishes() -> None:
    ring = disc(40, hole=15)
    made = simplify_polygons(ring, 1.0).polygons
    assert [len(polygon) for polygon in made] == [len(polygon) for polygon in ring] == [2]
    tiny: Polygons = [[[0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0]], disc()[0]]
    whole = simplify_polygons(tiny, 50.0).polygons
    assert [len(polygon[0]) >= 6 for polygon in whole] == [True, True]


def test_rings_that_would_cross_stay_as_they_were() -> None:
    """A thin frame whose hole, simplified coarsely, would reach beyond its outline."""
    steps = [index * math.pi / 30 for index in range(60)]
    outer = [each for a in steps for each in (50 + 40 * math.cos(a), 50 + 40 * math.sin(a))]
    inner = [each for a in steps for each in (50 + 39 * math.cos(a), 50 + 39 * math.sin(a))]
    frame: Polygons = [[outer, inner]]
    made = simplify_polygons(frame, 5.0)
    assert outline_iou(made.polygons, frame) > 0
    assert made.polygons == frame or len(made.polygons[0]) == 2


def test_iou_of_outlines() -> None:
    square: Polygons = [[[0.0, 0.0, 10.0, 0.0, 10.0, 10.0, 0.0, 10.0]]]
    half: Polygons = [[[0.0, 0.0, 10.0, 0.0, 10.0, 5.0, 0.0, 5.0]]]
    assert outline_iou(square, square) == 1.0
    assert outline_iou(square, half) == pytest.approx(0.5)
    assert outline_iou([[[0.0, 0.0, 1.0, 1.0, 2.0, 2.0]]], [[[0.0, 0.0, 1.0, 1.0, 2.0, 2.0]]]) == 1


def test_the_meter_measures_the_first_objects_alone() -> None:
    meter = CostMeter(most_objects=2)
    for radius in (40, 20, 10):
        meter.add(disc(radius))
    rows = meter.costs()
    assert [row["tolerance_px"] for row in rows] == [0.5, 1.0, 2.0]
    assert {row["objects"] for row in rows} == {2}
    assert {row["points_before"] for row in rows} == {
        count_points(disc(40)) + count_points(disc(20))
    }
    points = [row["points_after"] for row in rows]
    assert points == sorted(points, reverse=True)
    assert all(0.8 < row["lowest_iou"] <= row["median_iou"] <= 1 for row in rows)
    assert CostMeter().costs() == []

"""How much two outlines overlap."""

import pytest

from annotator.labels.geometry import Polygons
from annotator.labels.overlap import polygons_iou


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

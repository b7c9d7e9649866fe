"""An instance → one flat ring → label row → mask: the same mask."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.labels.formats.yolo.rows import format_labels, parse_labels
from annotator.labels.polygons.bridges import flatten_polygons, split_ring
from annotator.labels.polygons.geometry import Polygons, Ring, polygons_area, ring_signed_area

from ..raster import centre_mask, mask_iou, painted_mask

SIZE_WH = (320, 240)


def circle(x: float, y: float, radius: float, *, points: int = 40) -> Ring:
    angles = np.linspace(0, 2 * math.pi, points, endpoint=False)
    return (
        np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], axis=1)
        .ravel()
        .tolist()
    )


def square(x: float, y: float, side: float) -> Ring:
    return [x, y, x + side, y, x + side, y + side, x, y + side]


CASES: dict[str, Polygons] = {
    "one ring": [[circle(100, 100, 60)]],
    "a hole": [[circle(100, 100, 60), circle(100, 100, 30)]],
    "hole drawn the same way round": [[square(20, 20, 160), square(60, 60, 40)]],
    "many holes": [
        [
            square(10, 10, 200),
            *(circle(40 + 40 * i, 40 + 40 * j, 12) for i in range(4) for j in range(4)),
        ]
    ],
    "two parts": [[circle(80, 100, 50)], [circle(200, 100, 50)]],
    "parts touching in a point": [[square(20, 20, 60)], [square(80, 80, 60)]],
    "parts along the borders": [[square(0, 0, 90)], [[230, 0, 320, 0, 320, 90, 230, 90]]],
    "covers the image": [[[0, 0, 320, 0, 320, 240, 0, 240], circle(160, 120, 50)]],
    "an island in a hole": [[circle(150, 120, 100), circle(150, 120, 70)], [circle(150, 120, 40)]],
    "three parts, two with holes": [
        [circle(70, 70, 50), circle(70, 70, 20)],
        [circle(200, 70, 55), circle(190, 70, 15), circle(225, 70, 10)],
        [circle(140, 180, 40)],
    ],
    "a part behind a corner": [
        [[10, 10, 200, 10, 200, 40, 40, 40, 40, 200, 10, 200]],
        [square(80, 80, 90)],
    ],
}


def all_rings(polygons: Polygons) -> list[Ring]:
    return [ring for polygon in polygons for ring in polygon]


def through_label_file(polygons: Polygons) -> Ring:
    data = format_labels([(0, polygons)], size_wh=SIZE_WH)
    parsed = parse_labels(data, size_wh=SIZE_WH, class_count=1)
    assert parsed.is_unchanged
    return parsed.rows[0].ring


@pytest.mark.parametrize("polygons", CASES.values(), ids=CASES)
def test_mask_of_the_row_is_the_mask_of_the_instance(polygons: Polygons) -> None:
    ring = through_label_file(polygons)
    expected = centre_mask(all_rings(polygons), size_wh=SIZE_WH)
    assert mask_iou(centre_mask([ring], size_wh=SIZE_WH), expected) >= 0.999


@pytest.mark.parametrize("name", ["one ring", "a hole", "many holes", "covers the image"])
def test_opencv_paints_holes_as_ultralytics_would(name: str) -> None:
    polygons = CASES[name]
    ring = through_label_file(polygons)
    expected = painted_mask(all_rings(polygons), size_wh=SIZE_WH)
    assert mask_iou(painted_mask([ring], size_wh=SIZE_WH), expected) >= 0.999


@pytest.mark.parametrize("polygons", CASES.values(), ids=CASES)
def test_opencv_adds_no_more_than_a_hairline_between_parts(polygons: Polygons) -> None:
    """What OpenCV paints beyond the rings lies on the bridges, which are as short as can be."""
    ring = flatten_polygons(polygons)
    painted = painted_mask([ring], size_wh=SIZE_WH)
    expected = painted_mask(all_rings(polygons), size_wh=SIZE_WH)
    missing, extra = int((expected & ~painted).sum()), int((painted & ~expected).sum())
    edges = list(
        zip(ring[0::2], ring[1::2], ring[2::2] + ring[:1], ring[3::2] + ring[1:2], strict=True)
    )
    walked = set(edges)
    bridge_length = (
        sum(math.dist(edge[:2], edge[2:]) for edge in edges if (*edge[2:], *edge[:2]) in walked) / 2
    )
    assert missing <= 0.0005 * expected.sum()
    assert extra <= bridge_length + 0.0005 * expected.sum() + 2


@pytest.mark.parametrize("polygons", CASES.values(), ids=CASES)
def test_a_flat_ring_fills_alike_by_both_fill_rules(polygons: Polygons) -> None:
    assert abs(ring_signed_area(flatten_polygons(polygons))) == pytest.approx(
        polygons_area(polygons)
    )


@pytest.mark.parametrize("name", [name for name in CASES if name != "parts touching in a point"])
def test_split_gives_the_parts_and_holes_back(name: str) -> None:
    polygons = CASES[name]
    again = split_ring(flatten_polygons(polygons))
    shape = sorted((len(polygon), round(abs(ring_signed_area(polygon[0])), 3)) for polygon in again)
    assert shape == sorted(
        (len(polygon), round(abs(ring_signed_area(polygon[0])), 3)) for polygon in polygons
    )


def test_split_leaves_other_rings_alone() -> None:
    eight = [0.0, 0.0, 10.0, 10.0, 10.0, 0.0, 0.0, 10.0]
    spike = [0.0, 0.0, 10.0, 0.0, 20.0, 0.0, 10.0, 0.0, 10.0, 10.0]
    assert split_ring(eight) == [[eight]]
    assert split_ring(spike) == [[spike]]


@st.composite
def grid_instances(draw: st.DrawFn) -> Polygons:
    """Parts of any shape, each in its own cell of a grid, some with a hole."""
    cells = draw(st.lists(st.integers(0, 11), min_size=1, max_size=6, unique=True))
    polygons: Polygons = []
    for cell in cells:
        # Off the grid of pixel centres, where the last decimal would decide.
        x, y = 40.137 + 80 * (cell % 4), 40.219 + 80 * (cell // 4)
        count = draw(st.integers(3, 12))
        radii = draw(st.lists(st.floats(22, 39), min_size=count, max_size=count))
        angles = [2 * math.pi * index / count for index in range(count)]
        outer = [
            coordinate
            for radius, angle in zip(radii, angles, strict=True)
            for coordinate in (x + radius * math.cos(angle), y + radius * math.sin(angle))
        ]
        has_hole = draw(st.booleans())
        polygons.append([outer, circle(x, y, 8, points=9)] if has_hole else [outer])
    return polygons


@settings(deadline=None, max_examples=60)
@given(grid_instances())
def test_any_instance_keeps_its_mask_and_its_area(polygons: Polygons) -> None:
    ring = through_label_file(polygons)
    expected = centre_mask(all_rings(polygons), size_wh=SIZE_WH)
    assert mask_iou(centre_mask([ring], size_wh=SIZE_WH), expected) >= 0.999
    assert polygons_area(split_ring(ring)) == pytest.approx(polygons_area(polygons), rel=1e-4)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.integers(0, 4).map(float), min_size=6, max_size=24).filter(
        lambda n: len(n) % 2 == 0
    )
)
def test_split_never_fails_and_keeps_the_covered_area(ring: Ring) -> None:
    assert polygons_area(split_ring(ring)) == pytest.approx(abs(ring_signed_area(ring)))

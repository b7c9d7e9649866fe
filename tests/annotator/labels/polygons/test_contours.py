"""Outlines of masks: exact to the pixel, valid for any library, bounded for noise."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from annotator.labels.polygons.contours import (
    ContourError,
    mask_of_polygons,
    polygons_of_labels,
    polygons_of_mask,
    split_at_gaps,
)
from annotator.labels.polygons.geometry import Polygons, ring_signed_area
from tests.annotator.labels.raster import Mask, centre_mask

shapes = npst.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=14)
masks = npst.arrays(np.bool_, shapes)
labels = npst.arrays(np.uint16, shapes, elements=st.sampled_from([0, 1, 2, 3, 65535]))


def drawn(*rows: str) -> Mask:
    return np.array([[pixel == "#" for pixel in row] for row in rows])


def test_one_pixel_is_its_four_corners() -> None:
    assert polygons_of_mask(drawn("...", "..#")) == [[[2, 1, 3, 1, 3, 2, 2, 2]]]


def test_an_empty_mask_has_no_outline() -> None:
    assert polygons_of_mask(np.zeros((3, 4), dtype=bool)) == []
    assert polygons_of_mask(np.zeros((0, 0), dtype=bool)) == []


def test_a_full_mask_is_its_border() -> None:
    assert polygons_of_mask(np.ones((3, 4), dtype=bool)) == [[[0, 0, 4, 0, 4, 3, 0, 3]]]


@pytest.mark.parametrize(
    ("rows", "rings"),
    [
        (("##", "##"), [1]),
        (("#.", ".#"), [1, 1]),  # touching at a corner: two parts
        ((".#", "#."), [1, 1]),
        (("###", "#.#", "###"), [2]),
        ((".##", "#.#", "###"), [2]),  # the hole touches the border of its part
        (("####", "#.##", "##.#", "####"), [3]),  # two holes that touch
        (("#####", "#...#", "#.#.#", "#...#", "#####"), [2, 1]),  # an island in a hole
        (("#######", "#.#.#.#", "#######"), [4]),
        (("#.#.#", ".#.#.", "#.#.#"), [1] * 8),
    ],
)
def test_parts_and_their_rings(rows: tuple[str, ...], rings: list[int]) -> None:
    assert sorted(map(len, polygons_of_mask(drawn(*rows)))) == sorted(rings)


def assert_exact(polygons: Polygons, mask: Mask) -> None:
    height, width = mask.shape
    raster = np.zeros_like(mask)
    for polygon in polygons:
        part = centre_mask(polygon, size_wh=(width, height))
        assert not (raster & part).any(), "two parts share a pixel"
        raster |= part
        assert ring_signed_area(polygon[0]) > 0
        assert all(ring_signed_area(hole) < 0 for hole in polygon[1:])
        rings = [np.reshape(ring, (-1, 2)) for ring in polygon]
        assert shapely.Polygon(rings[0], rings[1:]).is_valid
    assert (raster == mask).all()
    assert (mask_of_polygons(polygons, size_wh=(width, height)) == mask).all()


@given(masks)
def test_the_raster_of_the_outline_is_the_mask(mask: Mask) -> None:
    assert_exact(polygons_of_mask(mask), mask)


@given(labels)
def test_each_label_has_its_outline(found: np.ndarray) -> None:
    outlines = dict(polygons_of_labels(found))
    assert list(outlines) == sorted(set(found.reshape(-1).tolist()) - {0})
    for label, polygons in outlines.items():
        assert_exact(polygons, found == label)


@given(masks)
def test_objects_hang_together_over_corners(mask: Mask) -> None:
    cv2 = pytest.importorskip("cv2")
    count, _ = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    count4, _ = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    polygons = polygons_of_mask(mask)
    assert len(polygons) == count4 - 1
    assert len(split_at_gaps(polygons)) == count - 1


def test_noise_is_refused_with_a_sentence() -> None:
    noise = np.random.default_rng(0).random((1000, 1000)) < 0.5
    with pytest.raises(ContourError, match="noise, not objects"):
        polygons_of_mask(noise)
    with pytest.raises(ContourError, match="more than 7 corners"):
        polygons_of_mask(drawn("#.#"), max_corners=7)
    assert polygons_of_mask(drawn("#.#"), max_corners=8)


coordinates = st.floats(-3, 12).map(lambda number: round(number, 2))
rings = st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=8)


@given(st.lists(rings, min_size=1, max_size=3))
def test_masks_of_any_polygon(points: list[list[tuple[float, float]]]) -> None:
    polygon = [[number for point in ring for number in point] for ring in points]
    expected = centre_mask(polygon, size_wh=(9, 10))
    assert (mask_of_polygons([polygon], size_wh=(9, 10)) == expected).all()


def test_parts_that_overlap_cover_both() -> None:
    square, shifted = [[0.0, 0, 4, 0, 4, 4, 0, 4]], [[2.0, 0, 6, 0, 6, 4, 2, 4]]
    assert mask_of_polygons([square, shifted], size_wh=(6, 4)).all()

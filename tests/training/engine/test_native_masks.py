"""Masks at the picture's own pixels, against whole painted pictures."""

import cv2
import numpy as np
import pytest

from training.engine.native_masks import (
    Crop,
    boundary_of,
    count_common,
    grid_step,
    measure_masks,
    paint_label,
)


def whole(crop: Crop, shape: tuple[int, int]) -> np.ndarray:
    canvas = np.zeros(shape, dtype=np.uint8)
    height, width = crop.mask.shape
    canvas[crop.y : crop.y + height, crop.x : crop.x + width] = crop.mask
    return canvas


@pytest.mark.parametrize("seed", range(5))
def test_a_painted_label_is_ultralytics_mask(seed: int) -> None:
    """A ring that leaves the picture too."""
    points = np.random.default_rng(seed).uniform(-5, 70, (7, 2)) * (1, 0.7)
    expected = np.zeros((48, 64), dtype=np.uint8)
    cv2.fillPoly(expected, [points.clip(0, (64, 48)).astype(np.int32)], 1)
    crop = paint_label(points.clip(0, (64, 48)), size_wh=(64, 48))
    np.testing.assert_array_equal(whole(crop, (48, 64)), expected)


def boundary_by_definition(mask: np.ndarray, width: int) -> np.ndarray:
    """As in the authors' code: a border of zeros, then one erosion after the other."""
    padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    eroded = cv2.erode(padded, np.ones((3, 3), dtype=np.uint8), iterations=width)
    band: np.ndarray = mask - eroded[1:-1, 1:-1]
    return band


@pytest.mark.parametrize("width", [1, 3])
def test_the_boundary_is_its_definition_also_at_the_edge(width: int) -> None:
    canvas = np.zeros((40, 50), dtype=np.uint8)
    cv2.ellipse(canvas, (8, 20), (15, 9), 20, 0, 360, 1, -1)
    rows, columns = np.nonzero(canvas)
    y, x = rows.min(), columns.min()
    crop = canvas[y : rows.max() + 1, x : columns.max() + 1]
    got = whole(Crop(boundary_of(crop, width=width), int(x), int(y)), canvas.shape)
    np.testing.assert_array_equal(got, boundary_by_definition(canvas, width))


def test_common_cells_of_crops() -> None:
    one = Crop(np.ones((4, 6), dtype=np.uint8), 2, 3)
    assert count_common(one, Crop(np.ones((10, 2), dtype=np.uint8), 5, 0)) == 8
    assert count_common(one, Crop(np.ones((3, 3), dtype=np.uint8), 8, 3)) == 0
    assert count_common(one, Crop(np.zeros((0, 0), dtype=np.uint8), 3, 4)) == 0


def test_iou_and_boundary_iou_of_two_squares() -> None:
    square = np.ones((40, 40), dtype=np.uint8)
    measured = measure_masks(
        labels=[Crop(square, 10, 10)],
        predictions={0: Crop(square, 20, 10), 1: Crop(square, 10, 10)},
        box_iou=np.array([[0.6, 1.0, 0.0]], dtype=np.float32),
        mask_iou=np.array([[0.6, 1.0, 0.0]], dtype=np.float32),
        is_shown=np.array([True, False, False]),
        rough_area=np.array([1.0, 1.0, 99.0]),
        label_row=np.array([3]),
        size_wh=(160, 120),
    )
    assert measured.iou.tolist() == [[pytest.approx(30 / 50), 1.0, 0.0]]
    # Bands of 4 pixels: two rows of 30 × 4 above and below, and columns that do not meet.
    band = 40 * 40 - 32 * 32
    assert measured.boundary_iou[0, 0] == pytest.approx(240 / (2 * band - 240))
    assert np.isnan(measured.boundary_iou[0, 1:]).all(), "not shown"
    assert measured.label_area.tolist() == [1600]
    assert measured.prediction_area.tolist() == [1600, 1600, 99]


@pytest.mark.parametrize(("size_wh", "step"), [((640, 480), 1), ((2048, 9), 1), ((9, 20_000), 10)])
def test_very_large_pictures_are_compared_on_a_grid(size_wh: tuple[int, int], step: int) -> None:
    assert grid_step(size_wh) == step

"""Masks at the picture's own pixels, against whole painted pictures."""

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask

from annotator.labels.polygons.bridges import flatten_polygons
from training.engine.measuring.native_masks import (
    Crop,
    area_of_label,
    boundary_of,
    count_common,
    measure_masks,
    paint_label,
    paint_prediction,
)
from training.engine.measuring.polygons import Frame


def whole(crop: Crop, shape: tuple[int, int]) -> np.ndarray:
    canvas = np.zeros(shape, dtype=np.uint8)
    height, width = crop.mask.shape
    canvas[crop.y : crop.y + height, crop.x : crop.x + width] = crop.mask
    return canvas


@pytest.mark.parametrize("seed", range(20))
def test_a_painted_label_is_cocos_mask(seed: int) -> None:
    """Of the whole image, at its border too; large and small."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-5, 70, 2) + rng.uniform(0, rng.choice([2, 9, 60]), (7, 2))
    points = points.clip(0, (64, 48))
    expected = coco_mask.decode(coco_mask.frPyObjects([points.reshape(-1).tolist()], 48, 64))
    crop = paint_label(points, size_wh=(64, 48))
    np.testing.assert_array_equal(whole(crop, (48, 64)), expected[:, :, 0])


def test_the_area_of_a_label_is_of_its_parts_less_its_holes() -> None:
    square = [0.0, 0.0, 10.0, 0.0, 10.0, 10.0, 0.0, 10.0]
    hole = [2.0, 2.0, 4.0, 2.0, 4.0, 4.0, 2.0, 4.0]
    part = [value + 20 for value in square]
    ring = flatten_polygons([[square, hole], [part]])
    assert area_of_label(np.array(ring).reshape(-1, 2)) == pytest.approx(100 - 4 + 100)


@pytest.mark.parametrize("size_wh", [(320, 240), (100, 160)])
def test_a_painted_prediction_is_ultralytics_native_mask(size_wh: tuple[int, int]) -> None:
    """One prototype, letterboxed into 192 × 192; in a box that cuts it."""
    import torch
    from ultralytics.utils.ops import process_mask_native

    width, height = size_wh
    ys, xs = np.mgrid[:48, :48] + 0.5
    logits = (9 - np.hypot(xs - 23, ys - 25) + np.sin(xs)).astype(np.float32)
    box = np.array([width * 0.3, height * 0.31, width * 0.6, height * 0.9])
    expected = process_mask_native(
        torch.from_numpy(logits)[None], torch.ones(1, 1), torch.tensor(box)[None], size_wh[::-1]
    )[0].numpy()
    gain = 192 / max(size_wh)
    frame = Frame(
        size_wh=size_wh,
        gain_xy=(gain, gain),
        pad_xy=((192 - width * gain) / 2, (192 - height * gain) / 2),
        proto_scale=(0.25, 0.25),
    )
    got = whole(paint_prediction(logits, box_xyxy=box, frame=frame), size_wh[::-1])
    assert expected.sum() > 500
    assert (got != expected).sum() <= 0.002 * expected.sum()


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
        label_area=np.array([1590.5], dtype=np.float32),
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
    assert measured.label_area.tolist() == [1590.5]
    assert measured.prediction_area.tolist() == [1600, 1600, 99]

"""Tiles: where they lie, and that what they show of an object is put together again."""

from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from training.engine.measuring.polygons import trace_pixels
from training.engine.measuring.tiling import (
    Window,
    check_tile,
    lay_windows,
    merge_finds,
    shifted,
)
from training.engine.protocol import EngineError, PredictedInstance

Mask = npt.NDArray[np.uint8]
SIDE = 200


def see(
    mask: Mask, window: Window, *, confidence: float = 0.8, class_index: int = 0
) -> list[PredictedInstance]:
    """What a perfect model finds of a mask of the whole image in one window."""
    x0, y0, x1, y1 = window
    part = np.ascontiguousarray(mask[y0:y1, x0:x1])
    polygon = trace_pixels(part, offset=np.array([0, 0]), step=1, is_fine=True)
    if not polygon:
        return []
    rows, columns = np.nonzero(part)
    box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    found: PredictedInstance = {
        "class_index": class_index,
        "confidence": confidence,
        "polygon_px": polygon,
        "box_xyxy": [float(side) for side in box],
    }
    return [shifted(found, x0, y0)]


def merge(
    masks: list[Mask], windows: list[Window], *, classes: list[int] | None = None
) -> list[PredictedInstance]:
    chosen = classes or [0] * len(masks)
    found: list[list[PredictedInstance]] = [[]]  # the look at the whole image finds nothing
    for window in windows[1:]:
        found.append(
            [
                instance
                for mask, index in zip(masks, chosen, strict=True)
                for instance in see(mask, window, class_index=index)
            ]
        )
    return merge_finds(found, windows)


def painted(instance: PredictedInstance) -> Mask:
    canvas = np.zeros((SIDE, SIDE), dtype=np.uint8)
    points = np.array(instance["polygon_px"]).reshape(-1, 2).astype(np.int32)
    return np.asarray(cv2.fillPoly(canvas, [points], 1), dtype=np.uint8)


def iou(one: Mask, two: Mask) -> float:
    return float(np.count_nonzero(one & two) / np.count_nonzero(one | two))


def ellipse(x: float, y: float, width: float, height: float, angle: float = 0) -> Mask:
    canvas = np.zeros((SIDE, SIDE), dtype=np.uint8)
    shape = ((x, y), (width, height), angle)
    return np.asarray(cv2.ellipse(canvas, shape, 1, thickness=-1), dtype=np.uint8)


def two_windows(line: int, *, half: int, upright: bool) -> list[Window]:
    whole = (0, 0, SIDE, SIDE)
    if upright:
        return [whole, (0, 0, line + half, SIDE), (line - half, 0, SIDE, SIDE)]
    return [whole, (0, 0, SIDE, line + half), (0, line - half, SIDE, SIDE)]


def test_tiles_cover_the_image_and_overlap() -> None:
    whole, *tiles = lay_windows((1000, 500), side=300, overlap=0.2)
    assert whole == (0, 0, 1000, 500)
    assert {(x1 - x0, y1 - y0) for x0, y0, x1, y1 in tiles} == {(300, 300)}
    columns = sorted({(x0, x1) for x0, _, x1, _ in tiles})
    assert (columns[0][0], columns[-1][1]) == (0, 1000)
    for (_, end), (start, _) in pairwise(columns):
        assert end - start >= 60


@pytest.mark.parametrize("size_wh", [(300, 300), (300, 10), (1, 1)])
def test_an_image_no_larger_than_a_tile_has_none(size_wh: tuple[int, int]) -> None:
    assert lay_windows(size_wh, side=300, overlap=0.2) == [(0, 0, *size_wh)]


def test_an_image_that_is_only_wide_has_tiles_of_its_height() -> None:
    tiles = lay_windows((900, 100), side=300, overlap=0.2)[1:]
    assert all(y0 == 0 and y1 == 100 for _, y0, _, y1 in tiles)


@pytest.mark.parametrize(
    "tile",
    [
        {},
        {"size": 640},
        {"size": 8, "overlap": 0.2},
        {"size": "large", "overlap": 0.2},
        {"size": True, "overlap": 0.2},
        {"size": 640, "overlap": 0.9},
        {"size": 640, "overlap": 0},
        {"size": 640, "overlap": 0.2, "step": 3},
    ],
)
def test_what_is_no_tile_is_refused(tile: Any) -> None:
    with pytest.raises(EngineError, match="A tile has a size"):
        check_tile(tile)


@settings(max_examples=60, deadline=None)
@given(
    center=st.tuples(st.integers(60, 140), st.integers(60, 140)),
    axes=st.tuples(st.integers(16, 100), st.integers(16, 100)),
    angle=st.integers(0, 179),
    line=st.integers(40, 160),
    upright=st.booleans(),
)
def test_a_mask_that_a_line_cuts_is_put_together_again(
    center: tuple[int, int], axes: tuple[int, int], angle: int, line: int, upright: bool
) -> None:
    mask = ellipse(*center, *axes, angle)
    merged = merge([mask], two_windows(line, half=12, upright=upright))
    assert len(merged) == 1
    assert iou(painted(merged[0]), mask) >= 0.99


@settings(max_examples=60, deadline=None)
@given(
    border=st.integers(70, 130),
    shared=st.integers(0, 3),
    widths=st.tuples(st.integers(20, 60), st.integers(20, 60)),
    height=st.integers(20, 90),
    line=st.integers(50, 150),
    upright=st.booleans(),
    side_by_side=st.booleans(),
)
def test_two_objects_that_touch_stay_two(
    border: int,
    shared: int,
    widths: tuple[int, int],
    height: int,
    line: int,
    upright: bool,
    side_by_side: bool,
) -> None:
    masks = [np.zeros((SIDE, SIDE), dtype=np.uint8) for _ in range(2)]
    masks[0][50 : 50 + height, border - widths[0] : border] = 1
    masks[1][50 : 50 + height, border - shared : border + widths[1]] = 1
    if not side_by_side:
        masks = [np.ascontiguousarray(mask.T) for mask in masks]
    merged = merge(masks, two_windows(line, half=12, upright=upright))
    assert len(merged) == 2
    for mask in masks:
        assert max(iou(painted(instance), mask) for instance in merged) >= 0.99


@settings(max_examples=30, deadline=None)
@given(x=st.integers(30, 170), y=st.integers(30, 170), size=st.integers(8, 20))
def test_a_small_object_in_many_tiles_comes_out_once(x: int, y: int, size: int) -> None:
    mask = ellipse(x, y, size, size)
    windows = lay_windows((SIDE, SIDE), side=64, overlap=0.4)
    assume(len(windows) > 2)
    merged = merge([mask], windows)
    assert len(merged) == 1
    assert iou(painted(merged[0]), mask) >= 0.99


def test_a_long_object_over_many_tiles_is_one() -> None:
    mask = ellipse(100, 100, 190, 20, 30)
    merged = merge([mask], lay_windows((SIDE, SIDE), side=64, overlap=0.3))
    assert len(merged) == 1
    assert iou(painted(merged[0]), mask) >= 0.99


def test_a_hole_stays_a_hole() -> None:
    mask = ellipse(100, 100, 120, 120) - ellipse(100, 100, 50, 50)
    merged = merge([mask], two_windows(100, half=15, upright=True))
    assert len(merged) == 1
    assert iou(painted(merged[0]), mask) >= 0.98  # the bridge to the hole is painted too


def test_two_classes_in_one_place_are_two_objects() -> None:
    mask = ellipse(100, 100, 60, 40)
    merged = merge([mask, mask], two_windows(100, half=12, upright=True), classes=[0, 1])
    assert sorted(instance["class_index"] for instance in merged) == [0, 1]


def test_an_object_larger_than_a_tile_comes_from_the_whole_image() -> None:
    mask = ellipse(100, 100, 150, 150)
    windows = lay_windows((SIDE, SIDE), side=64, overlap=0.3)
    whole = see(mask, windows[0], confidence=0.9)
    pieces = [see(mask, window, confidence=0.4) for window in windows[1:]]
    assert merge_finds([whole, *pieces], windows) == whole


def test_confidence_is_that_of_the_surest_piece() -> None:
    mask = ellipse(100, 100, 60, 40)
    windows = two_windows(100, half=12, upright=True)
    found = [see(mask, windows[1], confidence=0.3), see(mask, windows[2], confidence=0.7)]
    merged = merge_finds([[], *found], windows)
    assert [instance["confidence"] for instance in merged] == [0.7]

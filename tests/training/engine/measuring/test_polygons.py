"""Polygons against the masks that Ultralytics paints from the same logits."""

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.engine.measuring.polygons import Frame, trace_mask

Array = Any


def logits_of(shape_hw: tuple[int, int], blobs: list[tuple[float, float, float]]) -> Array:
    """Positive inside circles (x, y, radius) given in pixels of the grid."""
    ys, xs = np.mgrid[: shape_hw[0], : shape_hw[1]] + 0.5
    fields = [radius - np.hypot(xs - x, ys - y) for x, y, radius in blobs]
    return np.max(fields, axis=0).astype(np.float32)


def paint(polygon: list[float], size_wh: tuple[int, int]) -> Array:
    """As Ultralytics paints labels."""
    canvas = np.zeros(size_wh[::-1], dtype=np.uint8)
    points = np.array(polygon).reshape(-1, 2).astype(np.int32)
    return cv2.fillPoly(canvas, [points], 1).astype(bool)


def wanted(logits: Array, frame: Frame) -> Array:
    """Logits sampled at every pixel of the picture, by a resize of the part that is not padding."""
    width, height = frame.size_wh
    scale = frame.gain_xy[0] * frame.proto_scale[0]
    left, top = (pad * share for pad, share in zip(frame.pad_xy, frame.proto_scale, strict=True))
    columns = (np.arange(width) + 0.5) * scale + left - 0.5
    rows = (np.arange(height) + 0.5) * scale + top - 0.5
    grid = np.meshgrid(columns.astype(np.float32), rows.astype(np.float32))
    sampled = cv2.remap(logits, *grid, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return sampled > 0


def iou(first: Array, second: Array) -> float:
    return float((first & second).sum() / (first | second).sum())


WHOLE = np.array([0.0, 0.0, 1e6, 1e6])


@settings(deadline=None)
@given(
    st.tuples(st.integers(200, 900), st.integers(200, 900)),
    st.floats(0.3, 0.7),
    st.floats(0.3, 0.7),
    st.floats(0.12, 0.25),
)
def test_painting_the_polygon_gives_the_mask_back(
    size_wh: tuple[int, int], x: float, y: float, radius: float
) -> None:
    """Letterboxed into 160 × 160 with prototypes of 40 × 40, as a network of imgsz 160 does."""
    gain = min(160 / size_wh[0], 160 / size_wh[1])
    pad = tuple(round((160 - round(side * gain)) / 2 - 0.1) for side in size_wh)
    frame = Frame(size_wh, (gain, gain), (pad[0], pad[1]), (0.25, 0.25))
    center = [
        (share * side * gain + margin) / 4
        for share, side, margin in zip((x, y), size_wh, pad, strict=True)
    ]
    logits = logits_of((40, 40), [(center[0], center[1], radius * min(size_wh) * gain / 4)])
    box = np.array([0.0, 0.0, *size_wh])
    polygon = trace_mask(logits, box_xyxy=box, frame=frame)
    assert iou(paint(polygon, size_wh), wanted(logits, frame)) > 0.97


SQUARE = Frame((400, 400), (1.0, 1.0), (0.0, 0.0), (0.25, 0.25))


def test_two_parts_are_one_ring() -> None:
    logits = logits_of((100, 100), [(25, 25, 12), (70, 70, 18)])
    polygon = trace_mask(logits, box_xyxy=WHOLE, frame=SQUARE)
    assert iou(paint(polygon, (400, 400)), wanted(logits, SQUARE)) > 0.97


def test_a_hole_stays_open() -> None:
    ring = np.minimum(logits_of((100, 100), [(50, 50, 35)]), -logits_of((100, 100), [(50, 50, 18)]))
    polygon = trace_mask(ring, box_xyxy=WHOLE, frame=SQUARE)
    painted = paint(polygon, (400, 400))
    assert not painted[200, 200]
    assert iou(painted, wanted(ring, SQUARE)) > 0.97


def test_the_mask_ends_at_the_box() -> None:
    logits = logits_of((100, 100), [(50, 50, 40)])
    polygon = trace_mask(logits, box_xyxy=np.array([100.0, 120.0, 260.0, 300.0]), frame=SQUARE)
    xs, ys = polygon[0::2], polygon[1::2]
    assert 100 <= min(xs) <= max(xs) <= 260
    assert 120 <= min(ys) <= max(ys) <= 300


def test_a_large_object_is_traced_on_a_coarser_grid() -> None:
    frame = Frame((4000, 4000), (0.1, 0.1), (0.0, 0.0), (0.25, 0.25))
    logits = logits_of((100, 100), [(50, 50, 40)])
    polygon = trace_mask(logits, box_xyxy=np.array([0.0, 0.0, 4000.0, 4000.0]), frame=frame)
    expected = np.pi * 1600**2
    points = np.array(polygon, dtype=np.float32).reshape(-1, 2)
    assert cv2.contourArea(points) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("box", [[10.0, 10.0, 10.5, 10.5], [500.0, 500.0, 600.0, 600.0]])
def test_a_box_without_pixels_has_no_polygon(box: list[float]) -> None:
    logits = logits_of((100, 100), [(50, 50, 40)])
    assert trace_mask(logits, box_xyxy=np.array(box), frame=SQUARE) == []


def test_an_empty_mask_has_no_polygon() -> None:
    logits = np.full((100, 100), -1.0, dtype=np.float32)
    assert trace_mask(logits, box_xyxy=WHOLE, frame=SQUARE) == []

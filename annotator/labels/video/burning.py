"""Drawing what was found into the frames of a video."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

_OPACITY = 0.4
_LINE_SHARE = 1 / 400
"""Of the shorter side: how wide a line is."""


class DrawnObject(TypedDict):
    """``polygon``: flat, in pixels. ``label``: "" for none."""

    polygon: list[float]
    box: list[float]
    color: list[int]
    label: str


class Drawing:
    """Draws, frame by frame, what a file of JSON lines names: ``{"frame": 12, "objects": […]}``.

    Read as it is needed. What was found on a frame stays until the next line: in a prediction on
    every third frame the masks do not flicker.
    """

    def __init__(self, lines: Path, *, with_boxes: bool) -> None:
        self._lines = _read(lines)
        self._with_boxes = with_boxes
        self._next: dict[str, Any] | None = next(self._lines, None)
        self._objects: list[DrawnObject] = []

    def __call__(self, number: int, rgb: Pixels) -> None:
        while self._next is not None and self._next["frame"] <= number:
            self._objects = self._next["objects"]
            self._next = next(self._lines, None)
        for each in self._objects:
            draw_object(rgb, each, with_box=self._with_boxes)


def _read(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def draw_object(rgb: Pixels, item: DrawnObject, *, with_box: bool) -> None:
    """Draw one object: its mask, the line around it, and its box with a label."""
    height, width = rgb.shape[:2]
    color = tuple(item["color"])
    line = max(1, round(min(height, width) * _LINE_SHARE))
    points = np.array(item["polygon"], dtype=np.float64).reshape(-1, 2)
    if len(points) >= 3:
        _draw_mask(rgb, points, color, line)
    if with_box:
        x1, y1, x2, y2 = (round(value) for value in item["box"])
        cv2.rectangle(rgb, (x1, y1), (x2, y2), color, line)
        if item["label"]:
            size = max(0.4, min(height, width) / 900)
            at = (x1 + line, max(round(22 * size), y1 - 2 * line))
            cv2.putText(rgb, item["label"], at, cv2.FONT_HERSHEY_SIMPLEX, size, (0, 0, 0), 3 * line)
            cv2.putText(rgb, item["label"], at, cv2.FONT_HERSHEY_SIMPLEX, size, color, line)


def _draw_mask(rgb: Pixels, points: NDArray[np.float64], color: tuple[int, ...], line: int) -> None:
    height, width = rgb.shape[:2]
    low = np.clip(np.floor(points.min(axis=0)).astype(int) - line, 0, (width, height))
    high = np.clip(np.ceil(points.max(axis=0)).astype(int) + line + 1, 0, (width, height))
    part = rgb[low[1] : high[1], low[0] : high[0]]
    if not part.size:
        return
    mask = np.zeros(part.shape[:2], dtype=np.uint8)
    cv2.fillPoly(mask, [np.floor(points - low).astype(np.int32)], 1)
    inside = mask.astype(bool)
    tint = np.array(color, dtype=np.float32) * _OPACITY
    part[inside] = (part[inside] * (1 - _OPACITY) + tint).astype(np.uint8)
    # Around the mask, not along the ring: bridges between its parts are no edge.
    contours, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    edge = np.zeros_like(mask)
    cv2.drawContours(edge, contours, -1, 1, line)
    part[edge.astype(bool)] = np.array(color, dtype=np.uint8)

"""From a box around an object to its outline: GrabCut.

Rother, Kolmogorov, Blake: "GrabCut: interactive foreground extraction using iterated graph cuts"
(SIGGRAPH 2004), https://doi.org/10.1145/1015706.1015720

Runs as a child process, so that OpenCV is not in the web server: one request a line on standard
input, one answer a line on standard output, both JSON. It ends when nobody asks for a minute::

    python -m annotator.labels.grabcut

Only the box with a margin is looked at, ``SIDE_PX`` on the longer side, so that an answer takes
well under a second whatever the size of the picture. (Small crops are enlarged: colours have more
samples and the outline is smoother.) On labelled cats, boxed by their labels, the outlines reach a
mean IoU of about 0.78; 512 pixels gain 0.01 and cost three times as much.
"""

import json
import select
import sys
from typing import NotRequired, TypedDict

import cv2
import numpy as np
from numpy.typing import NDArray

from annotator.labels.crops import PictureSource, read_crop
from annotator.labels.geometry import Polygons

Mask = NDArray[np.uint8]
Stroke = list[float]
"""Flat x, y in pixels."""

SIDE_PX = 320
MARGIN_SHARE = 0.1
SMALLEST_MARGIN_PX = 4
ITERATIONS = 3
IDLE_SECONDS = 60.0

_ENLARGED = 4
_TOLERANCE_PX = 0.75
_PINHOLE_SHARE = 0.003
_SMALLEST_FILL = 0.25
"""An object that is boxed tightly fills more of the box."""

_CORE_SHARE = 0.5
_COLOR_NOISE = 6.0
_ALIKE = 3.0
"""Standard deviations within which a colour is like that of a stroke."""

_MOST_RULED_OUT = 0.8
_FEWEST_SAMPLES = 10
_FEWEST_PIXELS = 12


class OutlineRequest(TypedDict):
    """All lengths in image pixels."""

    source: PictureSource
    box: list[float]
    inside: NotRequired[list[Stroke]]
    outside: NotRequired[list[Stroke]]
    radius: NotRequired[float]


class OutlineAnswer(TypedDict):
    polygons: Polygons


def answer_request(request: OutlineRequest) -> OutlineAnswer:
    """Return the outline of what is in the box, in image pixels; no polygons when nothing is."""
    inside, outside = request.get("inside", []), request.get("outside", [])
    radius = request.get("radius", 1.0)
    frame = _frame(request["source"]["size_wh"], request["box"], inside, radius)
    left, top, right, bottom = frame
    scale = SIDE_PX / max(right - left, bottom - top)
    size_wh = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    pixels = read_crop(request["source"], frame, size_wh)
    steps = np.array([size_wh[0] / (right - left), size_wh[1] / (bottom - top)])
    offset = np.array([left, top], dtype=float)

    def to_crop(flat: list[float]) -> NDArray[np.float64]:
        points: NDArray[np.float64] = (np.array(flat, dtype=float).reshape(-1, 2) - offset) * steps
        return points

    polygons = find_outline(
        pixels,
        box=to_crop(request["box"]),
        inside=[to_crop(stroke) for stroke in inside],
        outside=[to_crop(stroke) for stroke in outside],
        radius=radius * float(steps.mean()),
    )
    return {
        "polygons": [
            [
                (np.reshape(ring, (-1, 2)) / steps + offset).round(2).ravel().tolist()
                for ring in polygon
            ]
            for polygon in polygons
        ]
    }


def _frame(
    size_wh: tuple[int, int], box: list[float], inside: list[Stroke], radius: float
) -> tuple[int, int, int, int]:
    """The box and the strokes of the object with a margin, inside the image, in whole pixels."""
    corners = np.reshape(box, (2, 2))
    points = np.reshape([number for stroke in inside for number in stroke], (-1, 2))
    covered = np.vstack([corners, points - radius, points + radius])
    low, high = covered.min(axis=0), covered.max(axis=0)
    margin = max(SMALLEST_MARGIN_PX, MARGIN_SHARE * float((high - low).max()))
    left, top = np.floor(low - margin).clip(0).astype(int).tolist()
    right, bottom = np.ceil(high + margin).clip(0, size_wh).astype(int).tolist()
    return left, top, right, bottom


def find_outline(
    pixels: NDArray[np.uint8],
    *,
    box: NDArray[np.float64],
    inside: list[NDArray[np.float64]],
    outside: list[NDArray[np.float64]],
    radius: float,
) -> Polygons:
    """Segment RGB ``pixels`` (h, w, 3) and return the outline, all in the crop's own pixels.

    ``box`` holds two corners, shape (2, 2); strokes are points, shape (n, 2).
    """
    sure = np.zeros(pixels.shape[:2], np.uint8)
    _draw(sure, inside, radius, cv2.GC_FGD)
    labels = _start_labels(sure.shape, box)
    labels[sure == cv2.GC_FGD] = cv2.GC_FGD
    for stroke in outside:
        labels = _rule_out(labels, stroke, radius, pixels)
    is_object = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))
    if min(is_object.sum(), (~is_object).sum()) < _FEWEST_SAMPLES:
        return []
    mask = _keep_parts(_cut(pixels, labels), sure)
    if not inside and mask.sum() < _SMALLEST_FILL * is_object.sum():
        mask = _keep_parts(_cut(pixels, _with_core(labels, box)), sure)
    return _trace(_fill_pinholes(mask)) if mask.any() else []


def _cut(pixels: NDArray[np.uint8], labels: Mask) -> Mask:
    """What GrabCut says is object (1), from labels of what it is for sure or perhaps."""
    cv2.setRNGSeed(1)  # the same box gives the same outline
    labels, bgr = labels.copy(), np.ascontiguousarray(pixels[:, :, ::-1])
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(bgr, labels, None, *models, ITERATIONS, cv2.GC_INIT_WITH_MASK)
    return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)


def _with_core(labels: Mask, box: NDArray[np.float64]) -> Mask:
    """Labels that take the middle of the box for the object.

    What little remained shows that the object's colours were taken for background; the middle of
    a box is seldom that.
    """
    core = np.zeros_like(labels)
    centre, axes = box.mean(axis=0), (box[1] - box[0]) * _CORE_SHARE / 2
    cv2.ellipse(core, (centre.tolist(), (2 * axes).tolist(), 0), 1, cv2.FILLED)
    return np.where((core == 1) & (labels == cv2.GC_PR_FGD), cv2.GC_FGD, labels).astype(np.uint8)


def _start_labels(shape: tuple[int, ...], box: NDArray[np.float64]) -> Mask:
    """Outside the box is background for sure; where the box leaves no outside, its rim may be."""
    height, width = shape[:2]
    labels = np.full((height, width), cv2.GC_BGD, np.uint8)
    (left, top), (right, bottom) = box.round().astype(int).clip(0, (width, height))
    labels[top:bottom, left:right] = cv2.GC_PR_FGD
    if (labels == cv2.GC_BGD).sum() < _FEWEST_SAMPLES:
        rim = max(1, round(0.03 * min(height, width)))
        inner = labels[rim:-rim, rim:-rim].copy()
        labels[:] = cv2.GC_PR_BGD
        labels[rim:-rim, rim:-rim] = inner
    return labels


def _rule_out(
    labels: Mask, stroke: NDArray[np.float64], radius: float, pixels: NDArray[np.uint8]
) -> Mask:
    """Labels in which a stroke is background for sure, and what looks like it beside it perhaps.

    A few pixels alone would hardly count against the many that were taken for object so far.
    """
    drawn = np.zeros_like(labels)
    _draw(drawn, [stroke], radius, 1)
    labels = np.where(drawn == 1, cv2.GC_BGD, labels).astype(np.uint8)
    colors = cv2.GaussianBlur(pixels, (0, 0), 1.5).astype(np.float64)
    samples = colors[drawn == 1]
    if len(samples) < _FEWEST_SAMPLES:
        return labels
    spread = np.cov(samples.T) + _COLOR_NOISE**2 * np.eye(3)
    away = colors - samples.mean(axis=0)
    alike = np.einsum("hwc,cd,hwd->hw", away, np.linalg.inv(spread), away) < _ALIKE**2
    alike = (alike & (labels == cv2.GC_PR_FGD)) | (drawn == 1)
    _, parts = cv2.connectedComponents(alike.astype(np.uint8), connectivity=4)
    beside = np.isin(parts, np.unique(parts[drawn == 1])) & (labels == cv2.GC_PR_FGD)
    if beside.sum() > _MOST_RULED_OUT * (labels == cv2.GC_PR_FGD).sum():
        return labels  # the stroke crosses so many colours that all look like it
    labels[beside] = cv2.GC_PR_BGD
    return labels


def _draw(mask: Mask, strokes: list[NDArray[np.float64]], radius: float, value: int) -> None:
    for stroke in strokes:
        points = (stroke - 0.5).round().astype(np.int32)
        for point in points[[0, -1]]:
            cv2.circle(mask, point.tolist(), max(0, round(radius - 0.5)), value, cv2.FILLED)
        cv2.polylines(mask, [points], False, value, max(1, round(2 * radius)))


def _keep_parts(mask: Mask, sure: Mask) -> Mask:
    """The largest connected part, and those that a stroke of the object touches."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    if count < 2:
        return mask
    areas = stats[1:, cv2.CC_STAT_AREA]
    if areas.max() < _FEWEST_PIXELS:
        return np.zeros_like(mask)
    kept = {1 + int(areas.argmax()), *np.unique(parts[sure > 0]).tolist()} - {0}
    return np.isin(parts, list(kept)).astype(np.uint8)


def _fill_pinholes(mask: Mask) -> Mask:
    count, parts, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    edges = {*parts[0], *parts[-1], *parts[:, 0], *parts[:, -1]}
    smallest = max(_FEWEST_PIXELS, _PINHOLE_SHARE * int(mask.sum()))
    pinholes = [n for n in range(1, count) if areas[n] < smallest and n not in edges]
    mask[np.isin(parts, pinholes)] = 1
    return mask


def _trace(mask: Mask) -> Polygons:
    """Outlines with their holes along the edges of the pixels, smoothed and simplified.

    OpenCV traces through the centres of the border's pixels, half a pixel inside; on an enlarged
    mask that is an eighth.
    """
    padded = cv2.copyMakeBorder(mask * 255, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    large = cv2.resize(padded, None, fx=_ENLARGED, fy=_ENLARGED, interpolation=cv2.INTER_LINEAR)
    large = cv2.GaussianBlur(large, (0, 0), sigmaX=0.7 * _ENLARGED)[
        _ENLARGED:-_ENLARGED, _ENLARGED:-_ENLARGED
    ]
    edges = (large > 127).astype(np.uint8)
    contours, hierarchy = cv2.findContours(edges, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    polygons: dict[int, list[list[float]]] = {}
    for is_hole in (False, True):
        for index, contour in enumerate(contours):
            parent = int(hierarchy[0][index][3])
            if (parent >= 0) != is_hole or (is_hole and parent not in polygons):
                continue
            if (ring := _simplify(contour, edges.shape)) is not None:
                polygons.setdefault(parent if is_hole else index, []).append(ring)
    return list(polygons.values())


def _simplify(contour: NDArray[np.int32], shape: tuple[int, ...]) -> list[float] | None:
    points = cv2.approxPolyDP(contour, _TOLERANCE_PX * _ENLARGED, closed=True).reshape(-1, 2)
    if len(points) < 3 or cv2.contourArea(points) < _FEWEST_PIXELS * _ENLARGED**2:
        return None
    ring = (points + 0.5) / _ENLARGED
    # a contour along the border of the crop lies on the border, not half a pixel inside
    last = np.array([shape[1], shape[0]]) - 1
    ring = np.where(points == 0, 0.0, np.where(points == last, (last + 1) / _ENLARGED, ring))
    flat: list[float] = ring.ravel().tolist()
    return flat


def main() -> int:
    cv2.setNumThreads(2)
    while select.select([sys.stdin], [], [], IDLE_SECONDS)[0]:
        line = sys.stdin.buffer.readline()
        if not line:
            break
        print(json.dumps(answer_request(json.loads(line))), flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())

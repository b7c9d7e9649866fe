"""From a box around an object to its outline, after GrabCut.

Runs as a child process, so that OpenCV is not in the web server: one request a line on standard
input, one answer a line on standard output, both JSON. It ends when nobody asks for a minute::

    python -m annotator.labels.outlines.grabcut

Only the box with a margin is looked at, ``SIDE_PX`` on the longer side, so that time and memory do
not depend on the size of the image. ``box_segment`` finds the object, ``box_trace`` its outline.
The answer is never worse than the ellipse of the box by the energy that is minimised.

Strokes change the outline that was shown (or, without one, the outline of the box alone) near
them; the rest stays. Every pixel of a stroke is in the answer or outside it, as the newest stroke
over that pixel says; within 0.4 px of the edge of a newer stroke of the other kind an older one
may lose a sliver. ``bench/box_outline.py`` measures all this on labelled images.
"""

import json
import select
import sys
from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

import cv2
import numpy as np
from numpy.typing import NDArray

from annotator.labels.pixels.crops import PictureSource, read_crop
from annotator.labels.polygons.geometry import Polygons

from .box_segment import (
    Model,
    correct,
    fill_pinholes,
    inside_ellipse,
    is_implausible,
    segment_box,
    without_specks,
)
from .box_trace import StrokeMasks, coarse, draw_strokes, rasterise, refine, trace

Mask = NDArray[np.bool_]
Points = NDArray[np.float64]
Side = Literal["inside", "outside"]
Stroke = list[float]
"""Flat x, y in pixels."""

SIDE_PX = 160
MARGIN_SHARE = 0.2
SMALLEST_MARGIN_PX = 4
REACH_SHARE = 0.35
"""Of the longer side of the box: how far from a stroke much may change."""
IDLE_SECONDS = 60.0


class OutlineRequest(TypedDict):
    """All lengths in image pixels."""

    source: PictureSource
    box: list[float]
    inside: NotRequired[list[Stroke]]
    outside: NotRequired[list[Stroke]]
    order: NotRequired[list[Side]]
    """Which list each stroke comes from, oldest first; else those outside are the newer ones."""
    shown: NotRequired[Polygons]
    """The outline over which the newest stroke was drawn."""
    radius: NotRequired[float]


class OutlineAnswer(TypedDict):
    polygons: Polygons


def answer_request(request: OutlineRequest) -> OutlineAnswer:
    """Return the outline of what is in the box, in image pixels; no polygons when nothing is."""
    strokes = _in_order(request)
    shown, radius = request.get("shown", []), request.get("radius", 1.0)
    seen = [line for side, line in strokes if side == "inside"]
    reached = [line for polygon in shown for line in polygon]
    frame = _frame(request["source"]["size_wh"], request["box"], seen, reached, radius)
    left, top, right, bottom = frame
    scale = SIDE_PX / max(right - left, bottom - top)
    size_wh = (max(2, round((right - left) * scale)), max(2, round((bottom - top) * scale)))
    pixels = read_crop(request["source"], frame, size_wh)
    steps = np.array([size_wh[0] / (right - left), size_wh[1] / (bottom - top)])
    offset = np.array([left, top], dtype=float)

    def to_crop(flat: Sequence[float]) -> Points:
        points: Points = (np.array(flat, dtype=float).reshape(-1, 2) - offset) * steps
        return points

    polygons = find_outline(
        pixels,
        box=to_crop(request["box"]),
        strokes=[(side == "inside", to_crop(line)) for side, line in strokes],
        shown=[[to_crop(ring).ravel().tolist() for ring in polygon] for polygon in shown],
        radius=radius * float(steps.max()),
        room=0.75 * float(steps.max()),
    )
    return {
        "polygons": [
            [
                (np.reshape(ring, (-1, 2)) / steps + offset).round(3).ravel().tolist()
                for ring in polygon
            ]
            for polygon in polygons
        ]
    }


def _in_order(request: OutlineRequest) -> list[tuple[Side, Stroke]]:
    """All strokes, oldest first."""
    inside, outside = request.get("inside", []), request.get("outside", [])
    insides: list[Side] = ["inside"] * len(inside)
    outsides: list[Side] = ["outside"] * len(outside)
    sides = insides + outsides
    lines = {"inside": iter(inside), "outside": iter(outside)}
    return [(side, next(lines[side])) for side in request.get("order") or sides]


def _frame(
    size_wh: tuple[int, int],
    box: list[float],
    inside: list[Stroke],
    shown: list[list[float]],
    radius: float,
) -> tuple[int, int, int, int]:
    """Box, strokes of the object and outline with a margin, inside the image, in whole pixels."""
    corners = np.reshape(box, (2, 2))
    points = np.reshape([number for line in inside for number in line], (-1, 2))
    seen = np.reshape([number for line in shown for number in line], (-1, 2))
    covered = np.vstack([corners, points - radius, points + radius, seen]).clip(0, size_wh)
    low, high = covered.min(axis=0), covered.max(axis=0)
    margin = max(SMALLEST_MARGIN_PX, MARGIN_SHARE * float((high - low).max()))
    left, top = np.floor(low - margin).clip(0, np.array(size_wh) - 1).astype(int).tolist()
    right, bottom = np.ceil(high + margin).clip((left + 1, top + 1), size_wh).astype(int).tolist()
    return left, top, right, bottom


def find_outline(
    pixels: NDArray[np.uint8],
    *,
    box: Points,
    strokes: list[tuple[bool, Points]],
    shown: Polygons,
    radius: float,
    room: float = 0.0,
) -> Polygons:
    """Segment RGB ``pixels`` (h, w, 3) and return the outline, all in the crop's own pixels.

    ``box`` holds two corners, shape (2, 2); a stroke is (belongs to the object, points), oldest
    first. Strokes are drawn ``room`` wider, so that pixels that they only touch follow as well.
    """
    shape = (pixels.shape[0], pixels.shape[1])
    drawn = draw_strokes(strokes, shape=shape, radius=radius, room=room)
    if shown:
        fine_shape = (drawn.keep.shape[0], drawn.keep.shape[1])
        start = coarse(rasterise(shown, fine_shape))
    else:
        polygons, start = _outline_of_box(pixels, box)
        if not strokes:
            return polygons
    keep, remove = coarse(drawn.wide_keep), coarse(drawn.wide_remove)
    reach = max(1.0, REACH_SHARE * float((box[1] - box[0]).max()))
    mask = correct(pixels, start, keep, remove, reach)
    mask = without_specks(fill_pinholes(mask) & ~remove, keep)
    return trace(refine(mask, drawn), drawn)


def _outline_of_box(pixels: NDArray[np.uint8], box: Points) -> tuple[Polygons, Mask]:
    """The outline without strokes: what was found, or the ellipse where its energy is lower."""
    shape = (pixels.shape[0], pixels.shape[1])
    nothing = draw_strokes([], shape=shape, radius=0, room=0)
    mask, model = segment_box(pixels, box)
    ellipse = _traced(inside_ellipse(shape, box), nothing)
    if is_implausible(mask, box, model):
        return ellipse
    found = _traced(mask, nothing)
    return min(found, ellipse, key=lambda each: _energy(each, model)) if found[0] else ellipse


def _traced(mask: Mask, strokes: StrokeMasks) -> tuple[Polygons, Mask]:
    fine = refine(mask, strokes)
    polygons = trace(fine, strokes)
    return polygons, coarse(rasterise(polygons, fine.shape))


def _energy(traced: tuple[Polygons, Mask], model: Model) -> float:
    return model.energy(traced[1])


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

"""Shapes of CVAT as objects, and what CVAT shows between two keyframes."""

import math
from collections.abc import Sequence
from itertools import chain

import msgspec
import numpy as np

from annotator.labels.polygons.bridges import split_ring
from annotator.labels.polygons.contours import ContourError, polygons_of_mask
from annotator.labels.polygons.geometry import MIN_RING_POINTS, Polygons, Ring

from ..shapes import Draft, ShapeError, corner_ring, ellipse_ring, flag, number, plain_text
from ..yolo.rows import MAX_POINTS

_NO_OUTLINE = {
    "polyline": "a line, not an outline.",
    "points": "points, not an outline.",
    "cuboid": "a cuboid, not an outline.",
    "skeleton": "a skeleton, not an outline.",
    "tag": "a tag of the whole image, not an object.",
}
_IN_BETWEEN = "it was made from the keyframes before and after it, as CVAT shows it."
_HELD = "it was taken from the last keyframe before it, as CVAT shows it."
_OTHER_COUNT = (
    "it lies between two keyframes whose outlines have different counts of points; export every "
    "frame from CVAT."
)
_COORDINATES = {
    "box": ("xtl", "ytl", "xbr", "ybr"),
    "ellipse": ("cx", "cy", "rx", "ry"),
}


class Shape(msgspec.Struct):
    """A shape as its element has it, put aside until its image is read."""

    tag: str
    label: str
    class_index: int
    at: dict[str, str]
    attributes: dict[str, str] = {}
    repair: str = ""
    refusal: str = ""

    @property
    def group(self) -> str:
        return self.at.get("group_id", "").strip()


def draft_of(shape: Shape, *, size_wh: tuple[int, int]) -> Draft:
    """Raises ShapeError for what has no outline."""
    if shape.refusal:
        raise ShapeError(shape.refusal)
    if not shape.label.strip() and shape.tag not in _NO_OUTLINE:
        raise ShapeError("it has no class.")
    polygons, repair = _outline(shape, size_wh)
    attributes = {name.lower(): value for name, value in shape.attributes.items()}
    return Draft(
        shape.class_index,
        polygons,
        is_box=shape.tag == "box",
        occluded=flag(shape.at.get("occluded", "")) or flag(attributes.get("occluded")),
        truncated=flag(attributes.get("truncated")),
        note=plain_text(attributes.get("note")),
        repair=" ".join(filter(None, (shape.repair, repair))),
    )


def join_drafts(parts: Sequence[Draft]) -> Draft:
    """The parts of one object; what is true of one part is true of it."""
    return Draft(
        parts[0].class_index,
        list(chain.from_iterable(part.polygons for part in parts)),
        occluded=any(part.occluded for part in parts),
        truncated=any(part.truncated for part in parts),
        note=" ".join(dict.fromkeys(part.note for part in parts if part.note)),
        repair=" ".join(dict.fromkeys(part.repair for part in parts if part.repair)),
    )


def _outline(shape: Shape, size_wh: tuple[int, int]) -> tuple[Polygons, str]:
    if shape.tag == "box":
        return [[_box(shape)]], ""
    if shape.tag == "polygon":
        ring = _points(shape.at.get("points", ""))
        return split_ring(ring) if len(ring) > 2 * MIN_RING_POINTS else [[ring]], ""
    if shape.tag == "ellipse":
        cx, cy, rx, ry = (_at(shape, name) for name in _COORDINATES["ellipse"])
        turn = math.radians(_at(shape, "rotation", "0"))
        ring = ellipse_ring(cx, cy, rx, ry, radians=turn)
        return [[ring]], f"an ellipse became a polygon of {len(ring) // 2} points."
    if shape.tag == "mask":
        return _mask(shape, size_wh), ""
    raise ShapeError(_NO_OUTLINE.get(shape.tag, f"a {shape.tag[:40]} is not known."))


def _box(shape: Shape) -> Ring:
    ring = corner_ring(*(_at(shape, name) for name in _COORDINATES["box"]))
    degrees = _at(shape, "rotation", "0")
    if not degrees % 360:
        return ring
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y = (ring[0] + ring[4]) / 2, (ring[1] + ring[5]) / 2
    turned: Ring = []
    for dx, dy in ((px - x, py - y) for px, py in zip(ring[0::2], ring[1::2], strict=True)):
        turned += (x + dx * cos - dy * sin, y + dx * sin + dy * cos)
    return turned


def _mask(shape: Shape, size_wh: tuple[int, int]) -> Polygons:
    """Counts of pixels in the box of the mask, row by row, the empty ones first."""
    left, top, width, height = (_whole(shape, name) for name in ("left", "top", "width", "height"))
    if not (0 < width <= size_wh[0] and 0 < height <= size_wh[1]) or left < 0 or top < 0:
        raise ShapeError("the box of its mask does not lie in the image.")
    tokens = shape.at.get("rle", "").split(",", 2 * width * height + 2)
    try:
        counts = np.array([int(token) for token in tokens if token.strip()], dtype=np.int64)
    except (ValueError, OverflowError):
        raise ShapeError("its mask is not a list of whole numbers.") from None
    if (counts < 0).any() or (counts > width * height).any() or counts.sum() != width * height:
        raise ShapeError("the counts of its mask do not add up to its box.")
    flat = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    try:
        polygons = polygons_of_mask(flat.reshape(height, width), max_corners=MAX_POINTS)
    except ContourError as error:
        raise ShapeError(str(error)) from error
    if not polygons:
        raise ShapeError("its mask is empty.")
    return [
        [
            [each + (top if place % 2 else left) for place, each in enumerate(ring)]
            for ring in polygon
        ]
        for polygon in polygons
    ]


def _points(text: str) -> Ring:
    pairs = text.split(";", MAX_POINTS + 1)
    if len(pairs) > MAX_POINTS:
        raise ShapeError(f"a polygon has at most {MAX_POINTS:,} points.")
    ring: Ring = []
    for pair in pairs:
        x, comma, y = pair.partition(",")
        if not comma:
            raise ShapeError("a point is not a pair of numbers.")
        ring += (to_number(x), to_number(y))
    return ring


def _at(shape: Shape, name: str, default: str = "") -> float:
    return to_number(shape.at.get(name, default), name)


def _whole(shape: Shape, name: str) -> int:
    value = _at(shape, name)
    if value != int(value):
        raise ShapeError(f"{name} is not a whole number.")
    return int(value)


def to_number(text: str | None, what: str = "a coordinate") -> float:
    """A plain decimal number in text. Raises ShapeError."""
    try:
        value = float(text) if text is not None and text.isascii() and "_" not in text else None
    except ValueError:
        return number(text, what)  # with a decimal comma
    if value is None:
        raise ShapeError(f"{what} is not a number.")
    return number(value, what)


def between(before: Shape, after: Shape | None, share: float) -> Shape:
    """What CVAT shows ``share`` of the way from one keyframe to the next; without a next one the
    last one stays."""
    if after is None or (before.tag == after.tag == "mask"):
        return _changed(before, repair=_HELD)
    if before.tag not in {"box", "ellipse", "polygon"}:
        return before
    try:
        one, two = (_numbers_of(each) for each in (before, after))
    except ShapeError as error:
        return _changed(before, refusal=str(error))
    if before.tag != after.tag or len(one) != len(two):
        return _changed(before, refusal=_OTHER_COUNT)
    mixed = [a + (b - a) * share for a, b in zip(one, two, strict=True)]
    if before.tag == "polygon":
        pairs = zip(mixed[0::2], mixed[1::2], strict=True)
        at = {"points": ";".join(f"{x!r},{y!r}" for x, y in pairs)}
    else:
        names = (*_COORDINATES[before.tag], "rotation")
        at = dict(zip(names, map(repr, mixed), strict=True))
    return _changed(before, at=at, repair=_IN_BETWEEN)


def _numbers_of(shape: Shape) -> list[float]:
    if shape.tag == "polygon":
        return _points(shape.at.get("points", ""))
    return [_at(shape, name) for name in _COORDINATES[shape.tag]] + [_at(shape, "rotation", "0")]


def _changed(
    shape: Shape, *, at: dict[str, str] | None = None, repair: str = "", refusal: str = ""
) -> Shape:
    return msgspec.structs.replace(shape, at=shape.at | (at or {}), repair=repair, refusal=refusal)

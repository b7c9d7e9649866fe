"""YOLO label files: ``class x1 y1 x2 y2 …`` a row, normalised to 0..1, or ``class x y w h``, a box.

Reading is strict about what Ultralytics would drop an image for, and says so with the line:
every row either becomes a ring in pixels, or is refused with a reason, or is repaired with a
reason. A file of which every row was taken as it stands (``ParsedLabels.is_unchanged``) needs no
rewriting, ever.
"""

import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from annotator.labels.polygons.bridges import flatten_polygons
from annotator.labels.polygons.geometry import (
    MIN_RING_POINTS,
    Polygons,
    Ring,
    encloses_nothing,
    ring_points,
)

from ..base import ReadLabels

CLIP_TOLERANCE = 0.01
"""How far outside [0, 1] a coordinate is still clipped; Ultralytics refuses beyond the same."""

MAX_OBJECTS = 10_000
"""Objects in one image. Ultralytics takes any number; what an image has is stored in one turn."""

MAX_POINTS = 500_000
"""Points of all objects in one image together."""

MAX_LABEL_BYTES = 16 * 1024**2
"""Room for ``MAX_POINTS`` at 16 digits a coordinate."""

MAX_REFUSED_ROWS = 10_000
"""A file with more rows that are no polygons is no label file."""

_BOX_COLUMNS = 4
_ROUNDING = 1e-5
"""How far six decimals of a box's middle and size may carry its corners out of the image."""
_TINY_PX = 1e-3
_CLASS = re.compile(r"[^\s,;]+")
_DECIMAL_COMMA = re.compile(r"[+-]?(?:\d+|\d*,\d+)(?:[eE][+-]?\d+)?")
_DECIMALS = 8  # half a unit of the last place is 0.0001 px at 20,000 px


class LabelRow(NamedTuple):
    """One row that was taken: a ring in pixels, open (the first point is not repeated).

    ``is_box``: the row has a box alone, and the ring is that rectangle.
    """

    line: int
    class_index: int
    ring: Ring
    is_box: bool = False


class RowError(ValueError):
    """A row that cannot be taken; the message says why."""


@dataclass(slots=True)
class ParsedLabels(ReadLabels):
    """The rows of a label file, and what was wrong with the others."""

    rows: list[LabelRow] = field(default_factory=list)
    is_plain: bool = True
    """Whether Ultralytics reads the file as it was read here: no byte order mark, no boxes."""


def parse_labels(
    data: bytes,
    *,
    size_wh: tuple[int, int],
    class_count: int,
    is_foreign: bool = False,
    is_confidence_set: bool = False,
) -> ParsedLabels:
    """Read a label file. Never raises for what is in it: problems are returned.

    ``is_foreign``: other kinds of rows are taken too, though Ultralytics would not train on them as
    they stand: boxes, rows that end in a confidence, decimal commas. ``is_confidence_set``: in the
    whole set rows end in a confidence, so that a single row of an odd count is believed to.
    """
    parsed = ParsedLabels()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _refuse_file("The label file is not text in UTF-8.")
    if "\0" in text:
        return _refuse_file("The label file is not text.")
    parsed.is_plain = not data.startswith(b"\xef\xbb\xbf")
    seen: dict[str, int] = {}
    points = 0
    has_confidence: bool | None = None
    for line, row in enumerate(_lines(text), 1):
        stripped = row.strip()
        if not stripped:
            continue
        if (first_line := seen.setdefault(stripped, line)) != line:
            parsed.add_repeat(line, f"The row repeats line {first_line}; it was taken once.")
            continue
        try:
            numbers, repairs = _numbers_of(stripped, is_foreign=is_foreign)
            is_odd = is_foreign and len(numbers) % 2 == 1 and len(numbers) > _BOX_COLUMNS
            if is_odd and has_confidence is None:
                has_confidence = _ends_in_confidence(text, is_confidence_set=is_confidence_set)
            if is_odd and has_confidence:
                numbers.pop()
                repairs.append("The confidence at its end was left out.")
            class_index = _parse_class(stripped, class_count=class_count)
            ring, is_box = _ring_of(numbers, size_wh, repairs, takes_boxes=is_foreign)
        except RowError as error:
            parsed.add_problem("refused", line, str(error))
            if parsed.refused_count > MAX_REFUSED_ROWS:
                return _refuse_file(f"More than {MAX_REFUSED_ROWS:,} rows are no polygons.")
            continue
        if repairs:
            parsed.add_problem("repaired", line, " ".join(repairs))
        parsed.rows.append(LabelRow(line, class_index, ring, is_box))
        parsed.is_plain = parsed.is_plain and not is_box
        points += len(ring) // 2
        if len(parsed.rows) > MAX_OBJECTS or points > MAX_POINTS:
            return _refuse_file(too_many_objects())
    return parsed


def _lines(text: str) -> Iterable[str]:
    """The rows one after another: a list of them may take ten times the memory of the text."""
    text = text.replace("\r", "\n" if "\n" not in text else "")
    return io.StringIO(text, newline="\n")


def _refuse_file(reason: str) -> ParsedLabels:
    parsed = ParsedLabels()
    parsed.add_problem("refused", None, reason)
    return parsed


def too_many_objects() -> str:
    """The sentence for an annotation beyond its limits."""
    return (
        f"An image has at most {MAX_OBJECTS:,} objects with {MAX_POINTS:,} points together: "
        "simplify the outlines, or cut the image into tiles."
    )


def _numbers_of(row: str, *, is_foreign: bool) -> tuple[list[float], list[str]]:
    """The numbers behind the class of a row, and what was repaired to read them. Raises RowError.

    A count of numbers that no kind of row has is refused in :func:`_ring_of`.
    """
    repairs: list[str] = []
    if is_foreign and ("," in row or ";" in row):
        row = _without_commas(row, repairs)
    tokens = row.split(None, 2 * MAX_POINTS + 2)[1:]
    if len(tokens) > 2 * MAX_POINTS + 1:
        raise RowError(f"A polygon has at most {MAX_POINTS:,} points.")
    try:
        numbers = [float(token) for token in tokens]
    except ValueError:
        raise RowError(f"{_shortened(_first_not_number(tokens))} is not a number.") from None
    if any("_" in token or not token.isascii() for token in tokens):
        raise RowError("A coordinate is not a plain decimal number.")
    if not math.isfinite(sum(numbers)) and not all(map(math.isfinite, numbers)):
        raise RowError("A coordinate is not a finite number.")
    return numbers, repairs


def _without_commas(row: str, repairs: list[str]) -> str:
    """A row whose numbers have decimal commas, or commas or semicolons between them."""
    spaced = row.replace(";", " ")
    if "," in spaced and all(map(_DECIMAL_COMMA.fullmatch, spaced.split())):
        repairs.append("Decimal commas were read as points.")
        return spaced.replace(",", ".")
    repairs.append("Commas or semicolons between the numbers were read as spaces.")
    return spaced.replace(",", " ")


def _ends_in_confidence(text: str, *, is_confidence_set: bool) -> bool:
    """Whether every row of a file has one number more than its points, from 0 to 1 as all are."""
    count = 0
    for row in _lines(text):
        if not row.strip():
            continue
        try:
            numbers, _ = _numbers_of(row, is_foreign=True)
        except RowError:
            return False
        if not looks_like_confidence(numbers):
            return False
        count += 1
    return count >= 2 or is_confidence_set


def looks_like_confidence(numbers: Sequence[float]) -> bool:
    """Whether the numbers behind a class may be a box or a polygon, and a confidence."""
    is_odd = len(numbers) % 2 == 1 and len(numbers) > _BOX_COLUMNS
    return is_odd and min(numbers) >= -CLIP_TOLERANCE and max(numbers) <= 1.0 + CLIP_TOLERANCE


def _ring_of(
    numbers: list[float], size_wh: tuple[int, int], repairs: list[str], *, takes_boxes: bool
) -> tuple[Ring, bool]:
    """The ring of a row in pixels, and whether it is a box. Raises RowError."""
    is_box = len(numbers) == _BOX_COLUMNS
    if is_box and not takes_boxes:
        raise RowError("A box, not a polygon: the row has five columns.")
    if not is_box:
        _refuse_other_kinds(numbers)
    lowest, highest = min(numbers), max(numbers)
    if lowest < 0.0 or highest > 1.0:
        _refuse_far_outside(lowest, highest)
    if is_box:
        numbers = _corners_of_box(numbers)
        lowest, highest = min(numbers), max(numbers)
    if lowest < 0.0 or highest > 1.0:
        if not is_box or max(-lowest, highest - 1.0) > _ROUNDING:
            repairs.append("Coordinates just outside the image were clipped to its border.")
        numbers = [min(max(number, 0.0), 1.0) for number in numbers]
    width, height = size_wh
    ring = [0.0] * len(numbers)
    ring[0::2] = [x * width for x in numbers[0::2]]
    ring[1::2] = [y * height for y in numbers[1::2]]
    while len(ring) > 2 and ring[0] == ring[-2] and ring[1] == ring[-1]:
        del ring[-2:]
    if len(ring) < 2 * MIN_RING_POINTS:
        raise RowError(f"A polygon needs at least three points; this row has {len(ring) // 2}.")
    if encloses_nothing(ring):
        raise RowError(why_nothing(ring))
    return ring, is_box


def _refuse_other_kinds(numbers: list[float]) -> None:
    """Raise RowError for a row that is no polygon, named as what it is."""
    count = len(numbers)
    keypoints = count_keypoints(numbers)
    if keypoints:
        raise RowError(f"A pose, not a polygon: a box with {keypoints} keypoints.")
    if count == _BOX_COLUMNS + 1 and abs(numbers[-1]) > 1.0 + CLIP_TOLERANCE:
        raise RowError("A turned box, not a polygon: the row ends in an angle.")
    if count % 2:
        raise RowError(f"An odd count of coordinates ({count}): an x or a y is missing.")
    if count < 2 * MIN_RING_POINTS:
        raise RowError(f"A polygon needs at least three points; this row has {count // 2}.")


def count_keypoints(numbers: Sequence[float]) -> int:
    """How many keypoints follow the box of a pose row, each with how visible it is; 0 for none.

    It is told by the 2 of "visible", which no coordinate can be.
    """
    visible = numbers[6::3]
    is_pose = (
        len(numbers) > _BOX_COLUMNS
        and (len(numbers) - _BOX_COLUMNS) % 3 == 0
        and 2.0 in visible
        and all(number in {0.0, 1.0, 2.0} for number in visible)
    )
    return len(visible) if is_pose else 0


def _corners_of_box(numbers: Sequence[float]) -> list[float]:
    x, y, width, height = numbers
    if width <= 0.0 or height <= 0.0:
        raise RowError("A box without width or height encloses nothing.")
    left, right, top, bottom = x - width / 2, x + width / 2, y - height / 2, y + height / 2
    return [left, top, right, top, right, bottom, left, bottom]


def why_nothing(ring: Ring) -> str:
    """The sentence for a ring that encloses nothing."""
    points = ring_points(ring)
    offsets = points - points[0]
    lengths = np.hypot(offsets[:, 0], offsets[:, 1])
    farthest = offsets[int(lengths.argmax())]
    if lengths.max() <= _TINY_PX:
        return "The polygon is too small to be kept (below 0.001 px)."
    aside = np.abs(offsets[:, 0] * farthest[1] - offsets[:, 1] * farthest[0]) / lengths.max()
    if aside.max() <= _TINY_PX:
        return "The polygon encloses nothing: its points lie on one line."
    return "The polygon encloses nothing: it goes back the way it came."


def _parse_class(row: str, *, class_count: int) -> int:
    token = (_CLASS.match(row) or [row])[0]
    try:
        number = float(token) if token.isascii() and "_" not in token else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number != int(number):
        raise RowError(f"The class {_shortened(token)} is not a whole number.")
    if not 0 <= number < class_count:
        known = f"0 to {class_count - 1}" if class_count else "none"
        raise RowError(f"The class {int(number)} is not in the list of classes (known: {known}).")
    return int(number)


def _first_not_number(tokens: Iterable[str]) -> str:
    for token in tokens:
        try:
            float(token)
        except ValueError:
            return token
    return ""


def _refuse_far_outside(lowest: float, highest: float) -> None:
    worst = lowest if -lowest > highest - 1.0 else highest
    if lowest < -CLIP_TOLERANCE or highest > 1.0 + CLIP_TOLERANCE:
        raise RowError(
            f"A coordinate of {worst:.6g} lies outside the image: coordinates go from 0 to 1."
        )


def _shortened(token: str) -> str:
    return f"“{token[:40]}…”" if len(token) > 40 else f"“{token}”"


def format_row(class_index: int, polygons: Polygons, *, size_wh: tuple[int, int]) -> str:
    """One instance as a label row: its rings joined by bridges, clipped to [0, 1]."""
    width, height = size_wh
    ring = flatten_polygons(polygons)
    xs = [_format_number(x / width) for x in ring[0::2]]
    ys = [_format_number(y / height) for y in ring[1::2]]
    return " ".join([str(class_index), *(n for pair in zip(xs, ys, strict=True) for n in pair)])


def format_labels(instances: Iterable[tuple[int, Polygons]], *, size_wh: tuple[int, int]) -> bytes:
    """A whole label file from (class index, polygons) in order; empty for a background image."""
    rows = [format_row(index, polygons, size_wh=size_wh) for index, polygons in instances]
    return "".join(f"{row}\n" for row in rows).encode("ascii")


def _format_number(number: float) -> str:
    text = f"{min(max(number, 0.0), 1.0):.{_DECIMALS}f}".rstrip("0")
    return text.rstrip(".") or "0"

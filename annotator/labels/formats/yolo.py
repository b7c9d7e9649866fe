"""YOLO segmentation label files: ``class x1 y1 x2 y2 …`` a row, normalised to 0..1.

Reading is strict about what Ultralytics would drop an image for, and says so with the line:
every row either becomes a ring in pixels, or is refused with a reason, or is repaired with a
reason. A file of which every row was taken as it stands (``ParsedLabels.is_unchanged``) needs no
rewriting, ever.
"""

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from annotator.labels.polygons.bridges import flatten_polygons
from annotator.labels.polygons.geometry import MIN_RING_POINTS, Polygons, Ring, encloses_nothing

from .base import ReadLabels

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

_DECIMALS = 8  # half a unit of the last place is 0.0001 px at 20,000 px


class LabelRow(NamedTuple):
    """One row that was taken: a ring in pixels, open (the first point is not repeated)."""

    line: int
    class_index: int
    ring: Ring


class RowError(ValueError):
    """A row that cannot be taken; the message says why."""


@dataclass(slots=True)
class ParsedLabels(ReadLabels):
    """The rows of a label file, and what was wrong with the others."""

    rows: list[LabelRow] = field(default_factory=list)


def parse_labels(data: bytes, *, size_wh: tuple[int, int], class_count: int) -> ParsedLabels:
    """Read a label file. Never raises for what is in it: problems are returned."""
    parsed = ParsedLabels()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _refuse_file("The label file is not text in UTF-8.")
    if "\0" in text:
        return _refuse_file("The label file is not text.")
    seen: dict[str, int] = {}
    points = 0
    for line, row in enumerate(_lines(text), 1):
        stripped = row.strip()
        if not stripped:
            continue
        if (first_line := seen.setdefault(stripped, line)) != line:
            reason = f"The row repeats line {first_line}; it was taken once."
            parsed.add_problem("repaired", line, reason)
            continue
        try:
            class_index, ring, repair = parse_row(
                stripped, size_wh=size_wh, class_count=class_count
            )
        except RowError as error:
            parsed.add_problem("refused", line, str(error))
            if parsed.refused_count > MAX_REFUSED_ROWS:
                return _refuse_file(f"More than {MAX_REFUSED_ROWS:,} rows are no polygons.")
            continue
        if repair:
            parsed.add_problem("repaired", line, repair)
        parsed.rows.append(LabelRow(line, class_index, ring))
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


def parse_row(row: str, *, size_wh: tuple[int, int], class_count: int) -> tuple[int, Ring, str]:
    """One row as class index, ring in pixels and what was repaired ("" if nothing).

    Raises RowError.
    """
    head, *tail = row.split(None, 2 * MAX_POINTS + 1)
    if len(tail) > 2 * MAX_POINTS:
        raise RowError(f"A polygon has at most {MAX_POINTS:,} points.")
    class_index = _parse_class(head, class_count=class_count)
    coordinates = _parse_coordinates(tail)
    repair = ""
    lowest, highest = min(coordinates), max(coordinates)
    if lowest < 0.0 or highest > 1.0:
        _refuse_far_outside(lowest, highest)
        coordinates = [min(max(number, 0.0), 1.0) for number in coordinates]
        repair = "Coordinates just outside the image were clipped to its border."
    width, height = size_wh
    ring = [0.0] * len(coordinates)
    ring[0::2] = [x * width for x in coordinates[0::2]]
    ring[1::2] = [y * height for y in coordinates[1::2]]
    while len(ring) > 2 and ring[0] == ring[-2] and ring[1] == ring[-1]:
        del ring[-2:]
    if len(ring) < 2 * MIN_RING_POINTS:
        raise RowError(f"A polygon needs at least three points; this row has {len(ring) // 2}.")
    if encloses_nothing(ring):
        raise RowError("The polygon encloses nothing: its points lie on one line.")
    return class_index, ring, repair


def _parse_class(token: str, *, class_count: int) -> int:
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


def _parse_coordinates(tokens: Sequence[str]) -> list[float]:
    if len(tokens) == 4:
        raise RowError("A box, not a polygon: the row has five columns.")
    try:
        coordinates = [float(token) for token in tokens]
    except ValueError:
        raise RowError(f"{_shortened(_first_not_number(tokens))} is not a number.") from None
    if any("_" in token or not token.isascii() for token in tokens):
        raise RowError("A coordinate is not a plain decimal number.")
    if not math.isfinite(sum(coordinates)) and not all(map(math.isfinite, coordinates)):
        raise RowError("A coordinate is not a finite number.")
    if len(coordinates) % 2:
        raise RowError(f"An odd count of coordinates ({len(coordinates)}): an x or a y is missing.")
    if len(coordinates) < 2 * MIN_RING_POINTS:
        count = len(coordinates) // 2
        raise RowError(f"A polygon needs at least three points; this row has {count}.")
    return coordinates


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

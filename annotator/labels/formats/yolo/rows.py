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

from annotator.labels.encodings import decode_text
from annotator.labels.polygons.bridges import flatten_polygons
from annotator.labels.polygons.geometry import (
    MIN_RING_POINTS,
    Polygons,
    Ring,
    encloses_nothing,
    ring_points,
)

from ..base import ReadLabels, RowProblem
from .row_style import (
    BOX_NUMBERS,
    CLIP_TOLERANCE,
    PLAIN,
    RowStyle,
    count_keypoints,
    is_confidence_first,
    looks_like_confidence,
    scaled,
)

MAX_OBJECTS = 10_000
"""Objects in one image. Ultralytics takes any number; what an image has is stored in one turn."""

MAX_POINTS = 500_000
"""Points of all objects in one image together."""

MAX_LABEL_BYTES = 16 * 1024**2
"""Room for ``MAX_POINTS`` at 16 digits a coordinate."""

MAX_REFUSED_ROWS = 10_000
"""A file with more rows that are no polygons is no label file."""

LFS_POINTER = "version https://git-lfs.github.com/"
NOT_FETCHED = "A pointer of Git LFS, not the file itself: fetch it with “git lfs pull”."
_ROUNDING = 1e-5
"""How far six decimals of a box's middle and size may carry its corners out of the image."""
_TINY_PX = 1e-3
_CLASS = re.compile(r"[^\s,;]+")
_MARKS = str.maketrans(dict.fromkeys(",;|[](){}\"'", " "))
"""Between and around numbers; a colon stands behind a class alone."""
_ENDS = str.maketrans(dict.fromkeys("\v\f\x1c\x1d\x1e\x85\u2028\u2029", "\n"))
"""Where a row ends too, to Python and so to Ultralytics."""
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1b\x1f]")
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
    style: RowStyle = PLAIN,
    class_names: Sequence[str] = (),
) -> ParsedLabels:
    """Read a label file. Never raises for what is in it: problems are returned.

    ``is_foreign``: other kinds of rows are taken too, though Ultralytics would not train on them as
    they stand: boxes, rows that end in a confidence, decimal commas, classes by name. ``style``:
    how the rows of the whole set are written.
    """
    parsed = ParsedLabels()
    try:
        text = _text_of(data, is_foreign=is_foreign)
    except UnicodeDecodeError:
        return _refuse_file("The label file is not text in UTF-8.", data)
    except ValueError as error:
        return _refuse_file(str(error), b"")
    parsed.is_plain = data.isascii() and b"\0" not in data
    reader = _RowReader(
        text,
        size_wh=size_wh,
        class_count=class_count,
        is_foreign=is_foreign,
        style=style,
        class_names=class_names,
    )
    seen: dict[str, int] = {}
    points = 0
    for line, row in enumerate(_lines(text), 1):
        stripped = row.strip()
        if not stripped:
            continue
        if is_foreign and _is_remark(stripped, is_first=not seen):
            parsed.problems.append(RowProblem("repaired", line, "No row: a remark was left out."))
            continue
        if (first_line := seen.setdefault(stripped, line)) != line:
            parsed.add_repeat(line, f"The row repeats line {first_line}; it was taken once.")
            continue
        try:
            label_row, repairs = reader.read(line, stripped)
        except RowError as error:
            parsed.add_problem("refused", line, str(error))
            if parsed.refused_count > MAX_REFUSED_ROWS:
                return _refuse_file(f"More than {MAX_REFUSED_ROWS:,} rows are no polygons.", data)
            continue
        if repairs:
            parsed.add_problem("repaired", line, " ".join(repairs))
        parsed.rows.append(label_row)
        parsed.is_plain = parsed.is_plain and not label_row.is_box
        points += len(label_row.ring) // 2
        if len(parsed.rows) > MAX_OBJECTS or points > MAX_POINTS:
            return _refuse_file(too_many_objects(), data)
    return parsed


class _RowReader:
    """Reads the rows of one file, all in one style."""

    def __init__(
        self,
        text: str,
        *,
        size_wh: tuple[int, int],
        class_count: int,
        is_foreign: bool,
        style: RowStyle,
        class_names: Sequence[str],
    ) -> None:
        self._text, self._size_wh, self._class_count = text, size_wh, class_count
        self._is_foreign, self._style, self._names = is_foreign, style, class_names
        self._confidence: bool | None = None
        """Whether each row of this file has one, where the set's style does not say so."""
        self._is_first = style.is_first

    def read(self, line: int, row: str) -> tuple[LabelRow, list[str]]:
        """A row, and what was repaired in it. Raises RowError."""
        numbers, repairs, row = _numbers_of(row, is_foreign=self._is_foreign)
        class_index = self._class_of(row, repairs)
        if self._is_foreign:
            numbers = self._without_more(numbers, repairs)
        ring, is_box = _ring_of(
            numbers, self._size_wh, repairs, takes_boxes=self._is_foreign, style=self._style
        )
        return LabelRow(line, class_index, ring, is_box), repairs

    def _class_of(self, row: str, repairs: list[str]) -> int:
        token = (_CLASS.match(row) or [row])[0].rstrip(":")
        if self._is_foreign and token in self._names:
            index = self._names.index(token)
            if index < self._class_count:
                repairs.append("Its class was given by name.")
                return index
        return _parse_class(token, class_count=self._class_count)

    def _without_more(self, numbers: list[float], repairs: list[str]) -> list[float]:
        """The numbers without a confidence or the number of a track."""
        tail = self._style.tail
        if tail and len(numbers) % 2 == tail % 2 and len(numbers) - tail >= BOX_NUMBERS:
            what = "The number" if tail == 1 else "The confidence and the number"
            repairs.append(f"{what} of a track at its end was left out.")
            return numbers[:-tail]
        if len(numbers) % 2 == 0 or len(numbers) <= BOX_NUMBERS:
            return numbers
        if self._confidence is None:
            self._confidence = self._has_confidence()
        if not self._confidence:
            return numbers
        where = "before its points" if self._is_first else "at its end"
        repairs.append(f"The confidence {where} was left out.")
        return numbers[1:] if self._is_first else numbers[:-1]

    def _has_confidence(self) -> bool:
        """Whether every row has one number more than its points, from 0 to 1 as all are."""
        rows: list[list[float]] = []
        for row in _lines(self._text):
            if not row.strip():
                continue
            try:
                numbers, _, _ = _numbers_of(row, is_foreign=True)
            except RowError:
                return False
            if not looks_like_confidence(numbers):
                return False
            rows.append(numbers)
        if not self._style.has_confidence:
            self._is_first = is_confidence_first(rows)
        return len(rows) >= 2 or self._style.has_confidence


def _text_of(data: bytes, *, is_foreign: bool) -> str:
    """The text of a label file. Raises UnicodeDecodeError, and ValueError for what is none."""
    if not is_foreign:
        if b"\0" in data:
            raise ValueError("The label file is not text.")
        return data.decode("utf-8-sig")
    try:
        text = decode_text(data)
    except UnicodeDecodeError:
        if b"\0" in data:
            raise ValueError("The label file is not text.") from None
        text = data.decode("latin-1")  # a remark of another country: the rows are plain
    if text.startswith(LFS_POINTER):
        raise ValueError(NOT_FETCHED)
    if text and not text.strip("\0"):
        raise ValueError("The label file holds zero bytes alone, as after a crash.")
    if _CONTROL.search(text.rstrip("\0\x1a \r\n")):
        raise ValueError("The label file is not text.")
    return text.rstrip("\0\x1a \r\n").replace("\0", " ")


def _is_remark(row: str, *, is_first: bool) -> bool:
    """Whether a row is none: a remark, or a heading above the first row."""
    if row.startswith(("#", "//", "%")):
        return True
    tokens = row.translate(_MARKS).split()
    return is_first and len(tokens) > BOX_NUMBERS and not any(map(_is_number, tokens))


def _is_number(token: str) -> bool:
    try:
        float(token)
    except ValueError:
        return False
    return True


def _lines(text: str) -> Iterable[str]:
    """The rows one after another: a list of them may take ten times the memory of the text."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return io.StringIO(text if text.isascii() and text.isprintable() else text.translate(_ENDS))


def _refuse_file(reason: str, data: bytes) -> ParsedLabels:
    """Refuse every row of a file."""
    parsed = ParsedLabels()
    rows = sum(bool(row.strip()) for row in data.replace(b"\r", b"\n").split(b"\n"))
    parsed.add_problem("refused", None, reason)
    parsed.counts["refused"] = max(1, rows)
    parsed.is_whole = True
    return parsed


def too_many_objects() -> str:
    """The sentence for an annotation beyond its limits."""
    return (
        f"An image has at most {MAX_OBJECTS:,} objects with {MAX_POINTS:,} points together: "
        "simplify the outlines, or cut the image into tiles."
    )


def _numbers_of(row: str, *, is_foreign: bool) -> tuple[list[float], list[str], str]:
    """The numbers behind the class of a row, what was repaired to read them, and the row then.
    Raises RowError.

    A count of numbers that no kind of row has is refused in :func:`_ring_of`.
    """
    repairs: list[str] = []
    if is_foreign and not row.replace(".", "0").replace(" ", "0").isalnum():
        row = _plain_row(row, repairs)
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
    return numbers, repairs, row


def _plain_row(row: str, repairs: list[str]) -> str:
    """A row without what stands between, around and behind its numbers."""
    if "#" in row:
        row = row.partition("#")[0].rstrip()
        repairs.append("The remark at its end was left out.")
    spaced = row.replace(";", " ")
    if "," in spaced and all(map(_DECIMAL_COMMA.fullmatch, spaced.split())):
        repairs.append("Decimal commas were read as points.")
        return spaced.replace(",", ".")
    plain = row.translate(_MARKS).strip()
    if plain != row:
        repairs.append("Commas, brackets or quotes around the numbers were read as spaces.")
    return plain


def _ring_of(
    numbers: list[float],
    size_wh: tuple[int, int],
    repairs: list[str],
    *,
    takes_boxes: bool,
    style: RowStyle,
) -> tuple[Ring, bool]:
    """The ring of a row in pixels, and whether it is a box. Raises RowError."""
    is_box = len(numbers) == BOX_NUMBERS
    if is_box and not takes_boxes:
        raise RowError("A box, not a polygon: the row has five columns.")
    if not is_box:
        _refuse_other_kinds(numbers)
    lowest, highest = min(numbers), max(numbers)
    if style.unit and highest > 1.0 + CLIP_TOLERANCE:
        numbers = _scaled(numbers, size_wh, repairs, style)
        lowest, highest = min(numbers), max(numbers)
    if lowest < 0.0 or highest > 1.0:
        _refuse_far_outside(lowest, highest)
    if is_box:
        numbers = _corners_of_box(numbers, repairs, has_corners=style.has_corners)
        lowest, highest = min(numbers), max(numbers)
    if lowest < 0.0 or highest > 1.0:
        numbers = _clipped(numbers, max(-lowest, highest - 1.0), repairs, is_box=is_box)
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


def _scaled(
    numbers: list[float], size_wh: tuple[int, int], repairs: list[str], style: RowStyle
) -> list[float]:
    if style.unit == "unknown":
        raise RowError(
            "Coordinates go from 0 to 1; these are in pixels or in percent, and the set does not "
            "tell which."
        )
    of = "the size of the image" if style.unit == "pixels" else "100"
    repairs.append(f"Coordinates in {style.unit} were divided by {of}.")
    return scaled(numbers, style.unit, size_wh)


def _refuse_other_kinds(numbers: list[float]) -> None:
    """Raise RowError for a row that is no polygon, named as what it is."""
    count = len(numbers)
    keypoints = count_keypoints(numbers)
    if keypoints:
        raise RowError(f"A pose, not a polygon: a box with {keypoints} keypoints.")
    if count == BOX_NUMBERS + 1 and abs(numbers[-1]) > 1.0 + CLIP_TOLERANCE:
        raise RowError("A turned box, not a polygon: the row ends in an angle.")
    if count % 2:
        raise RowError(f"An odd count of coordinates ({count}): an x or a y is missing.")
    if count < 2 * MIN_RING_POINTS:
        raise RowError(f"A polygon needs at least three points; this row has {count // 2}.")


def _clipped(
    numbers: list[float], beyond: float, repairs: list[str], *, is_box: bool
) -> list[float]:
    if is_box and beyond > CLIP_TOLERANCE:
        repairs.append("The part of the box outside the image was cut off.")
    elif not is_box or beyond > _ROUNDING:
        repairs.append("Coordinates just outside the image were clipped to its border.")
    return [min(max(number, 0.0), 1.0) for number in numbers]


def _corners_of_box(
    numbers: Sequence[float], repairs: list[str], *, has_corners: bool
) -> list[float]:
    if has_corners:
        repairs.append("The box was read as two corners.")
        return _box_between(*numbers)
    x, y, width, height = numbers
    if width <= 0.0 or height <= 0.0:
        raise RowError("A box without width or height encloses nothing.")
    left, right, top, bottom = x - width / 2, x + width / 2, y - height / 2, y + height / 2
    return _box_between(left, top, right, bottom)


def _box_between(left: float, top: float, right: float, bottom: float) -> list[float]:
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

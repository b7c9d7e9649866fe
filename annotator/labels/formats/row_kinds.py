"""What the rows of YOLO label files are, told by the first files of a set.

A set whose rows all are something else than polygons and boxes is refused by name before one image
is taken: read as polygons, poses and turned boxes would be nonsense that looks like labels.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from annotator.labels.encodings import as_utf8, decode_text

from .leftovers import is_irrelevant
from .names import is_hidden_folder, is_text_name, join
from .trees import FileReadError, Tree, TreeError
from .yolo.row_style import PLAIN, RowStyle, are_poses_with_flags, count_keypoints, judge_style

_SNIFFED_FILES, _SNIFFED_FILES_A_FOLDER = 400, 20
_SNIFFED_BYTES = 1 << 16
_NUMBER = rb"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:e[+-]?\d+)?"
_ROW = re.compile(rb"\s*\d+(?:\.0*)?(?:[ \t]+" + _NUMBER + rb"){4,}\s*", re.IGNORECASE)


_MOST_ROWS = 2_000
_MIN_POSES, _MIN_KEYPOINTS = 3, 3
_HEADING = re.compile(r"(?:imagesource|gsd):", re.IGNORECASE)
_KITTI = re.compile(r"[^\W\d]\S*(?:\s+[+-]?\d+(?:\.\d+)?){14,15}")
_DOTA = re.compile(r"(?:[+-]?\d+(?:\.\d+)?\s+){8}[^\W\d]\S*(?:\s+\d)?")


@dataclass(slots=True)
class RowKinds:
    """What the first rows of a set are. ``others``: kinds that are not read, with their counts."""

    rows: int = 0
    boxes: int = 0
    corners: int = 0
    """Rows of eight numbers: polygons of four points, or turned boxes."""
    others: dict[str, int] = field(default_factory=dict)
    numbers: list[list[float]] = field(default_factory=list)
    """Of each row that holds numbers alone, those behind its class."""
    files: list[int] = field(default_factory=list)
    """Of which file each of them is."""
    classes: set[int] = field(default_factory=set)
    style: RowStyle = PLAIN

    @property
    def are_all_corners(self) -> bool:
        return self.rows > 0 and self.corners == self.rows

    def add(self, row: str, file: int = 0) -> None:
        """Look at one row."""
        if row.startswith("#") or _HEADING.match(row):
            return
        self.rows += 1
        if _DOTA.fullmatch(row):
            self._add_other("turned boxes as DOTA writes them (four corners, then the class)")
            return
        if _KITTI.fullmatch(row):
            self._add_other("KITTI's boxes (a class by name, then fourteen numbers)")
            return
        try:
            number, *numbers = [float(token) for token in row.replace(",", ".").split()]
        except ValueError:
            return
        if not numbers or not number.is_integer():
            return
        self.classes.add(int(number))
        self.corners += len(numbers) == 8
        if len(numbers) == 5 and abs(numbers[-1]) > 1.01 and numbers[-1] != int(numbers[-1]):
            self._add_other("turned boxes (x, y, width, height and an angle)")
        if count_keypoints(numbers):
            self._add_other("poses (a box with keypoints)")
        self.numbers.append(numbers)
        self.files.append(file)

    def judge(self, sizes: Sequence[tuple[int, int] | None]) -> None:
        """Find the style of the set; ``sizes``: of the images of its files, as far as known."""
        of_rows = [sizes[file] if file < len(sizes) else None for file in self.files]
        self.style = judge_style(self.numbers, of_rows)
        more = self.style.tail or self.style.has_confidence
        self.boxes = sum(len(row) == 4 + more for row in self.numbers)

    @property
    def reaches_far(self) -> bool:
        """Whether coordinates are in some other unit, so that the sizes of images are needed."""
        return any(max(row) > 2.0 for row in self.numbers)

    def refuse_others(self) -> None:
        """Raise TreeError where every row is of one kind that is not read."""
        points = [row for row in self.numbers if _may_be_pose(row)]
        if len(points) == self.rows >= _MIN_POSES and _are_poses(points):
            self.others["poses (a box with keypoints)"] = self.rows
        if len(self.numbers) == self.rows >= _MIN_POSES and are_poses_with_flags(self.numbers):
            self.others["poses (a box with keypoints)"] = self.rows
        for kind, count in self.others.items():
            if count == self.rows:
                raise TreeError(
                    f"Every label row is of {kind}, not a polygon: this kind of set is not read, "
                    "and nothing was taken."
                )

    def _add_other(self, kind: str) -> None:
        self.others[kind] = self.others.get(kind, 0) + 1


def look_at_rows(label_files: Iterable[bytes]) -> RowKinds:
    """What the rows of the first label files of a set are."""
    kinds = RowKinds()
    for file, data in enumerate(label_files):
        try:
            text = decode_text(data)
        except UnicodeDecodeError:
            text = data.decode("latin-1")
        for row in text.splitlines():
            if stripped := row.strip(" \t\0\x1a"):
                kinds.add(stripped, file)
            if kinds.rows >= _MOST_ROWS:
                return kinds
    return kinds


def _may_be_pose(row: Sequence[float]) -> bool:
    return len(row) >= 4 + 2 * _MIN_KEYPOINTS and len(row) % 2 == 0 and not count_keypoints(row)


def _are_poses(rows: Sequence[Sequence[float]]) -> bool:
    """Whether rows ``x y w h px py px py …`` are boxes around keypoints, and no polygons.

    All of one length, each box holds all of its points, and has their middle near its own: the
    first point of a polygon lies on its outline, so that the others lie to one side of it.
    """
    return len({len(row) for row in rows}) == 1 and all(map(_is_box_around_points, rows))


def _is_box_around_points(row: Sequence[float]) -> bool:
    for middle, size, places in ((row[0], row[2], row[4::2]), (row[1], row[3], row[5::2])):
        seen = [place for place in places if place > 0.0]  # 0 is a point that is not there
        if not seen:
            return False
        low, high = min(seen), max(seen)
        holds = middle - size * 0.6 <= low and high <= middle + size * 0.6
        is_around = abs((low + high) / 2 - middle) <= 0.25 * size and high - low >= 0.2 * size
        if not holds or not is_around:
            return False
    return True


def has_label_rows(tree: Tree) -> bool:
    """Whether one of the first texts of each folder begins with a row ``class number number …``."""
    looked_at = 0
    for folder in tree.folders():
        if is_hidden_folder(folder):
            continue
        texts = [n for n in tree.names(folder) if is_text_name(n) and not is_irrelevant(n)]
        for name in texts[:_SNIFFED_FILES_A_FOLDER]:
            with (
                suppress(FileReadError),
                tree.open(join(folder, name), limit_bytes=1 << 50) as file,
            ):
                head = as_utf8(file).read(_SNIFFED_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
                row = head.replace(b"\r", b"\n").split(b"\n", 1)[0]
                if _ROW.fullmatch(row) or (len(row) == len(head) and _ROW.match(row)):
                    return True
            looked_at += 1
        if looked_at >= _SNIFFED_FILES:
            return False
    return False

"""What of a dataset's train split can be pasted, where, and how large.

Only an index is kept: which row of which label can be cut out, and where the objects of a class lie
and how large they are. Pixels are read when an object is pasted.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeVar

import cv2
import numpy as np
from PIL import Image

from annotator.labels.formats.yolo.rows import LabelRow, parse_labels
from annotator.labels.polygons.bridges import split_ring
from annotator.labels.polygons.contours import mask_of_polygons

from .cutouts import Cutout, Mask, Pixels, cut_out, why_not

T = TypeVar("T")

MOST_KEPT = 20_000
"""Objects of one class that are kept; of more, so many are drawn."""
MOST_PIXELS = 60_000_000
"""Larger images are neither cut from nor pasted onto."""
MOST_MASK_PIXELS = 400_000_000
"""Pixels of all masks of one image: those of an image with more objects would fill the memory."""
_CACHED, _CACHED_BYTES = 200, 256 * 1024**2

REASONS = ("small", "border", "covered", "box", "large")
"""Why an object cannot be cut out: too small, at the border, another over it, a box that nobody has
outlined, or its image is too large."""


class Photo(NamedTuple):
    """An image of the train split and its label file; ``key`` names it in what is written."""

    key: str
    image: Path
    label: Path


class Labels(NamedTuple):
    """``lines``: the rows as they stand in the file, in the order of ``rows``."""

    rows: list[LabelRow]
    lines: list[str]


class Spot(NamedTuple):
    """An object that can be cut out: the place of its image, and of its row."""

    photo: int
    row: int


class Habit(NamedTuple):
    """Where a real object of a class lies (its centre) and how large it is (root of its area), as
    shares of its image's width, height, and root of its area."""

    x: float
    y: float
    size: float


@dataclass
class ClassStock:
    class_index: int
    objects: int = 0
    usable: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    spots: list[Spot] = field(default_factory=list)
    habits: list[Habit] = field(default_factory=list)


def read_labels(photo: Photo, size_wh: tuple[int, int], class_count: int) -> Labels | None:
    """Return the rows of an image; None where a row cannot be taken as it stands."""
    try:
        data = photo.label.read_bytes()
    except FileNotFoundError:
        return Labels([], [])
    parsed = parse_labels(data, size_wh=size_wh, class_count=class_count)
    if parsed.problems:
        return None
    lines = [line for line in data.decode("utf-8-sig").splitlines() if line.strip()]
    return Labels(parsed.rows, lines) if len(lines) == len(parsed.rows) else None


def mask_of_row(row: LabelRow, size_wh: tuple[int, int]) -> Mask:
    return mask_of_polygons(split_ring(row.ring), size_wh=size_wh)


def read_size(path: Path) -> tuple[int, int] | None:
    """Width and height by the file's head; None for what is no image."""
    try:
        with Image.open(path) as image:
            return image.size
    except (OSError, ValueError, Image.DecompressionBombError):
        return None


def read_pixels(path: Path) -> Pixels | None:
    """Read an image as a training reads it: 8 bits a channel, BGR."""
    try:
        data = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    except OSError:
        return None
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    return None if decoded is None else decoded.astype(np.uint8, copy=False)


class Stock:
    """The index of all images for some classes."""

    def __init__(self, photos: Sequence[Photo], class_indices: Sequence[int], class_count: int):
        self.photos = photos
        self.class_count = class_count
        self.classes = {index: ClassStock(index) for index in class_indices}
        self.unreadable = 0
        self._cache: OrderedDict[Spot, Cutout | None] = OrderedDict()
        self._bytes = 0

    def survey(self, generator: np.random.Generator, look: Callable[[int], None]) -> None:
        """Fill the index; ``look`` is called with the place of each image before it is read."""
        for place, photo in enumerate(self.photos):
            look(place)
            size_wh = read_size(photo.image)
            labels = None if size_wh is None else read_labels(photo, size_wh, self.class_count)
            if size_wh is None or labels is None:
                self.unreadable += 1
            elif any(row.class_index in self.classes for row in labels.rows):
                self._survey_one(place, size_wh, labels.rows, generator)

    def _survey_one(
        self,
        place: int,
        size_wh: tuple[int, int],
        rows: list[LabelRow],
        generator: np.random.Generator,
    ) -> None:
        pixels = size_wh[0] * size_wh[1]
        if pixels > MOST_PIXELS:
            for row in rows:
                if row.class_index in self.classes:
                    self.classes[row.class_index].objects += 1
                    self.classes[row.class_index].reasons["large"] += 1
            return
        cover = np.zeros((size_wh[1], size_wh[0]), dtype=np.uint16)
        for row in rows:
            cover += mask_of_row(row, size_wh)
        for number, row in enumerate(rows):
            stock = self.classes.get(row.class_index)
            if stock is None:
                continue
            mask = mask_of_row(row, size_wh)
            stock.objects += 1
            habit = _habit_of(mask)
            if habit is not None:
                _keep(stock.habits, habit, stock.objects, generator)
            reason = "box" if is_rectangle(row) else why_not(mask, cover - mask > 0)
            if reason:
                stock.reasons[reason] += 1
                continue
            stock.usable += 1
            _keep(stock.spots, Spot(place, number), stock.usable, generator)

    def cut(self, spot: Spot) -> Cutout | None:
        """Cut an object out of its image; the last ones are kept in memory."""
        if spot in self._cache:
            self._cache.move_to_end(spot)
            return self._cache[spot]
        cutout = self._cut(spot)
        self._cache[spot] = cutout
        self._bytes += _bytes_of(cutout)
        while len(self._cache) > 1 and (len(self._cache) > _CACHED or self._bytes > _CACHED_BYTES):
            self._bytes -= _bytes_of(self._cache.popitem(last=False)[1])
        return cutout

    def _cut(self, spot: Spot) -> Cutout | None:
        photo = self.photos[spot.photo]
        bgr = read_pixels(photo.image)
        if bgr is None:
            return None
        size_wh = (bgr.shape[1], bgr.shape[0])
        labels = read_labels(photo, size_wh, self.class_count)
        if labels is None or spot.row >= len(labels.rows):
            return None
        others = np.zeros(bgr.shape[:2], dtype=bool)
        for number, row in enumerate(labels.rows):
            if number != spot.row:
                others |= mask_of_row(row, size_wh)
        row = labels.rows[spot.row]
        return cut_out(bgr, mask_of_row(row, size_wh), others, row.class_index)


def is_rectangle(row: LabelRow) -> bool:
    """Whether the outline is an upright rectangle: a box, most likely, that nobody outlined."""
    if len(row.ring) != 8:
        return False
    points = list(zip(row.ring[0::2], row.ring[1::2], strict=True))
    sides = [*pairwise(points), (points[-1], points[0])]
    return all((abs(a[0] - b[0]) < 1e-3) != (abs(a[1] - b[1]) < 1e-3) for a, b in sides)


def _keep(kept: list[T], item: T, seen: int, generator: np.random.Generator) -> None:
    """Keep each of the ``seen`` items with the same chance (reservoir sampling, Vitter 1985)."""
    if len(kept) < MOST_KEPT:
        kept.append(item)
    elif (place := int(generator.integers(seen))) < MOST_KEPT:
        kept[place] = item


def _habit_of(mask: Mask) -> Habit | None:
    area = int(mask.sum())
    if not area:
        return None
    height, width = mask.shape
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Habit(
        float(columns[0] + columns[-1] + 1) / 2 / width,
        float(rows[0] + rows[-1] + 1) / 2 / height,
        float(np.sqrt(area / (width * height))),
    )


def _bytes_of(cutout: Cutout | None) -> int:
    return 0 if cutout is None else cutout.bgr.nbytes + cutout.mask.nbytes

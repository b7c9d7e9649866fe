"""What was found in a video, in columns on the disk: counts by time, tracks and tables of 100,000
frames are read from there, without the polygons, which are rows of the database.

Two files of records: one a frame, one an object. A record lies where its number says, so writing
one again changes nothing. The rows of the database are the truth: a file that has fewer frames (the
power failed) is written anew from them.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from training import paths
from training.models import PredictedImage, Prediction

FRAMES, OBJECTS = "frames.bin", "objects.bin"
NO_PTS = np.iinfo(np.int64).min
NO_TRACK = -1

_FRAME = np.dtype(
    [
        ("frame", "<u4"),
        ("time_ms", "<u8"),
        ("pts", "<i8"),
        ("first", "<u8"),
        ("count", "<u4"),
    ]
)
_OBJECT = np.dtype(
    [("position", "<u4"), ("class_index", "<u2"), ("confidence", "<f4"), ("track", "<i4")]
)
_READ_ROWS = 500
Records = npt.NDArray[Any]


class Columns(NamedTuple):
    """``frames``: ``frame``, ``time_ms``, ``pts``, ``first`` and ``count`` of its objects.
    ``objects``: ``position`` of their frame, ``class_index``, ``confidence``, ``track``."""

    frames: Records
    objects: Records


class Row(NamedTuple):
    """What a frame comes to. ``pts``: where it is known."""

    frame: int
    time_ms: int
    pts: int | None
    instances: Sequence[Mapping[str, Any]]


class ColumnsWriter:
    """Writes behind the frames that are stored in the database, ``count`` of them."""

    def __init__(self, prediction: Prediction, count: int) -> None:
        folder = paths.prediction_frames_dir(prediction)
        folder.mkdir(parents=True, exist_ok=True)
        self._frames = os.open(folder / FRAMES, os.O_RDWR | os.O_CREAT, 0o600)
        self._objects = os.open(folder / OBJECTS, os.O_RDWR | os.O_CREAT, 0o600)
        self.count = count
        self.objects = 0
        known = _read(folder)
        if len(known.frames) >= count:
            if count:
                last = known.frames[count - 1]
                self.objects = int(last["first"]) + int(last["count"])
            self._cut()
            return
        self.count = 0
        self._write_anew(prediction)
        self._cut()

    def _write_anew(self, prediction: Prediction) -> None:
        after = -1
        rows = prediction.images.order_by("position")
        while some := list(rows.filter(position__gt=after)[:_READ_ROWS]):
            after = some[-1].position
            self.add([_row_of(each) for each in some])

    def add(self, rows: Iterable[Row]) -> None:
        frames, objects = [], []
        first = self.objects
        for position, row in enumerate(rows, self.count):
            pts = NO_PTS if row.pts is None else row.pts
            count = len(row.instances)
            frames.append((row.frame, row.time_ms, pts, first, count))
            first += count
            objects += [
                (
                    position,
                    each["class_index"],
                    each["confidence"],
                    NO_TRACK if each.get("track") is None else each["track"],
                )
                for each in row.instances
            ]
        _write(self._objects, np.array(objects, dtype=_OBJECT), self.objects)
        _write(self._frames, np.array(frames, dtype=_FRAME), self.count)
        self.count += len(frames)
        self.objects = first

    def _cut(self) -> None:
        """Leave no record behind the last one: an earlier attempt may have been further."""
        os.ftruncate(self._frames, self.count * _FRAME.itemsize)
        os.ftruncate(self._objects, self.objects * _OBJECT.itemsize)

    def close(self) -> None:
        os.close(self._frames)
        os.close(self._objects)


def _row_of(image: PredictedImage) -> Row:
    return Row(image.frame or 0, image.time_ms or 0, None, image.instances)


def _write(descriptor: int, records: Records, place: int) -> None:
    content = records.tobytes()
    offset = place * records.dtype.itemsize
    while content:
        written = os.pwrite(descriptor, content, offset)
        content, offset = content[written:], offset + written


def read_columns(prediction: Prediction) -> Columns:
    """Return what was stored so far."""
    return _read(paths.prediction_frames_dir(prediction))


def _read(folder: Path) -> Columns:
    frames = _records(folder / FRAMES, _FRAME)
    objects = _records(folder / OBJECTS, _OBJECT)
    ends = frames["first"] + frames["count"]
    whole = int(np.searchsorted(ends, len(objects), side="right"))
    frames = frames[:whole]
    return Columns(frames, objects[: int(ends[whole - 1]) if whole else 0])


def _records(path: Path, kind: np.dtype[Any]) -> Records:
    try:
        count = path.stat().st_size // kind.itemsize
    except FileNotFoundError:
        count = 0
    if not count:
        return np.empty(0, dtype=kind)
    return np.fromfile(path, dtype=kind, count=count)  # no map: a file that is cut would be fatal

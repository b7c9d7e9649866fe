"""Frames that were chosen, on the disk until their import: a file of images, one of records.

A writer appends; whoever was killed goes on behind the last frame that is there whole. A frame
counts once its record is written, and its record is written after its image is on the disk. Memory
does not grow with the number of frames: records are looked up in the file.
"""

import fcntl
import json
import os
import zlib
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from annotator.labels.formats.trees import FileReadError

IMAGES, RECORDS, OUTCOME, LOCK = "frames.bin", "frames.index", "outcome.json", "lock"
_RECORD = np.dtype(
    [
        ("number", "<i8"),
        ("time_ms", "<i8"),
        ("pts", "<i8"),
        ("offset", "<i8"),
        ("length", "<i8"),
        ("crc", "<u8"),
        ("likeness", "<i8"),
        ("mean", "<i8"),
        ("near_duplicates", "<i8"),
        ("damaged", "<i8"),
    ]
)


class StoredFrame(NamedTuple):
    """``pts``: in the stream's own units. ``likeness``, ``mean``: by what near-duplicates are
    found. ``near_duplicates``, ``damaged``: how many were left out before this frame."""

    number: int
    time_ms: int
    pts: int
    offset: int
    length: int
    crc: int
    likeness: int
    mean: int
    near_duplicates: int
    damaged: int


class FrameWriter:
    """Appends frames to a folder, or begins anew."""

    def __init__(self, folder: Path, *, from_start: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._lock = (folder / LOCK).open("ab")
        fcntl.flock(self._lock, fcntl.LOCK_EX)  # a process that lost the job may still write
        whole = _whole_records(folder)[: 0 if from_start else None]
        self.records = [StoredFrame(*map(int, record)) for record in whole[-1:]]
        self.likenesses: list[int] = [int(value) for value in whole["likeness"]]
        self.means: list[int] = [int(value) for value in whole["mean"]]
        self.checks: set[int] = {int(value) for value in whole["crc"]}
        self.count = len(whole)
        end = self.records[-1].offset + self.records[-1].length if self.records else 0
        self._images = (folder / IMAGES).open("ab")
        self._records = (folder / RECORDS).open("ab")
        self._images.truncate(end)
        self._records.truncate(len(whole) * _RECORD.itemsize)
        self._end = end
        self._waiting: list[bytes] = []

    @property
    def last(self) -> StoredFrame | None:
        return self.records[-1] if self.records else None

    def add(
        self,
        image: bytes,
        *,
        number: int,
        time_ms: int,
        pts: int,
        likeness: int,
        mean: int,
        near_duplicates: int,
        damaged: int,
    ) -> None:
        """Add a frame behind those that are there; :meth:`flush` makes it last."""
        crc = zlib.crc32(image) | len(image) << 32
        values = (number, time_ms, pts, self._end, len(image), crc, likeness, mean)
        record = StoredFrame(*values, near_duplicates, damaged)
        self._images.write(image)
        self._end += len(image)
        self._waiting.append(np.array(tuple(record), dtype=_RECORD).tobytes())
        self.records = [record]
        self.likenesses.append(likeness)
        self.means.append(mean)
        self.checks.add(crc)
        self.count += 1

    def has(self, image: bytes) -> bool:
        """Whether an image like this, byte for byte, is there."""
        return (zlib.crc32(image) | len(image) << 32) in self.checks

    def flush(self) -> None:
        if not self._waiting:
            return
        self._images.flush()
        os.fsync(self._images.fileno())
        self._records.write(b"".join(self._waiting))
        self._records.flush()
        self._waiting.clear()

    def close(self) -> None:
        self.flush()
        self._images.close()
        self._records.close()
        self._lock.close()

    def finish(self, outcome: dict[str, Any]) -> None:
        """Say that the video has been read to its end."""
        self.close()
        write_outcome(self.folder, outcome)


def write_outcome(folder: Path, outcome: dict[str, Any]) -> None:
    temporary = folder / f".{OUTCOME}"
    with temporary.open("w") as handle:
        json.dump(outcome, handle)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(folder / OUTCOME)


def read_outcome(folder: Path) -> dict[str, Any] | None:
    """What was found out about a video that has been read; None: not to its end yet."""
    try:
        outcome = json.loads((folder / OUTCOME).read_text())
    except (OSError, ValueError):
        return None
    return outcome if isinstance(outcome, dict) else None


class StoredFrames:
    """Reads the frames of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._records = _whole_records(folder)
        self._numbers = self._records["number"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __len__(self) -> int:
        return len(self._records)

    def at(self, place: int) -> StoredFrame:
        return StoredFrame(*map(int, self._records[place]))

    def find(self, number: int) -> StoredFrame | None:
        place = int(np.searchsorted(self._numbers, number))
        if place == len(self._records) or self._numbers[place] != number:
            return None
        return self.at(place)

    def read(self, frame: StoredFrame) -> bytes:
        """The image of a frame. Raises FileReadError."""
        try:
            with (self._folder / IMAGES).open("rb") as handle:
                image = os.pread(handle.fileno(), frame.length, frame.offset)
        except OSError as error:
            raise FileReadError(f"The frame cannot be read: {error.strerror}.") from error
        if zlib.crc32(image) | len(image) << 32 != frame.crc:
            raise FileReadError("The frame is no longer on the disk as it was decoded.")
        return image


def _whole_records(folder: Path) -> Any:
    """The records whose images lie there whole."""
    try:
        size = (folder / IMAGES).stat().st_size
        count = (folder / RECORDS).stat().st_size // _RECORD.itemsize
    except FileNotFoundError:
        return np.empty(0, dtype=_RECORD)
    if not count:
        return np.empty(0, dtype=_RECORD)
    records = np.memmap(folder / RECORDS, dtype=_RECORD, mode="r", shape=(count,))
    ends = records["offset"] + records["length"]
    return records[: int(np.searchsorted(ends, size, side="right"))]

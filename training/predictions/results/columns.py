"""Every object of a prediction as columns of numbers, without its outline.

The browser counts, sorts and filters with them, so no slider asks the server. They are kept beside
the prediction and only grow: rows are read once, whether the job is at work or has ended. A file
``state.json`` says how many records count; what a crash left behind them is cut off.

The answer: the header's length (uint32), the header (JSON), then the arrays that it lists, little
endian, each at a multiple of four bytes.
"""

import json
import shutil
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

from annotator.kernel.files import file_lock, write_atomically
from training import paths
from training.models import PredictedImage, Prediction

from .cut import Cut, thousandths_of
from .rows import class_names_of

FORMAT = 1
STEPS = 101
"""Of the histogram: confidences in steps of 0.01, from 0.00 to 1.00."""

HAS_ERROR = 1
_BATCH_IMAGES = 200
_NONE = 0xFFFF_FFFF

_IMAGE = np.dtype(
    [
        ("position", "<u4"),
        ("count", "<u4"),
        ("flags", "<u4"),
        ("frame", "<u4"),
        ("time_ms", "<u4"),
    ]
)
_INSTANCE = np.dtype([("class_index", "<u2"), ("thousandths", "<u2")])

Numbers = npt.NDArray[Any]


class _State(TypedDict):
    """``next``: the position from which rows are still to be read."""

    format: int
    images: int
    instances: int
    next: int
    is_whole: bool


_EMPTY: _State = {"format": FORMAT, "images": 0, "instances": 0, "next": 0, "is_whole": False}


@dataclass(frozen=True, slots=True)
class Columns:
    """Images by position, and their objects, the most confident first in each image.

    ``thousandths``: of a confidence. ``start``: one more than there are images; the objects of
    image i lie at ``start[i]:start[i + 1]``. ``by_name``: images in the order of their names.
    """

    position: Numbers
    has_error: Numbers
    frame: Numbers
    time_ms: Numbers
    start: Numbers
    class_index: Numbers
    thousandths: Numbers
    by_name: Numbers
    is_whole: bool

    def _size(self, class_count: int) -> int:
        return max(class_count, int(self.class_index.max(initial=0)) + 1)

    def shown(self, cut: Cut, class_count: int) -> Numbers:
        """Which objects reach the cut: a mask."""
        thresholds = cut.thresholds(self._size(class_count))
        return np.asarray(self.thousandths >= thresholds[self.class_index])

    def counts(self, cut: Cut, class_count: int) -> Numbers:
        """Objects of each image that reach the cut."""
        sums = np.concatenate(([0], np.cumsum(self.shown(cut, class_count))))
        return np.asarray(sums[self.start[1:]] - sums[self.start[:-1]])

    def histogram(self, class_count: int) -> Numbers:
        """Objects by class index (row) and hundredth of confidence (column)."""
        size = self._size(class_count)
        place = self.class_index.astype(np.int64) * STEPS + self.thousandths // 10
        return np.bincount(place, minlength=size * STEPS).reshape(size, STEPS)


def read_columns(prediction: Prediction, *, seconds: float | None = None) -> Columns:
    """Take in the rows that came since the last time, and return all.

    ``seconds``: how long rows may be read; then ``is_whole`` is False and the caller asks again.
    """
    with file_lock(f"prediction-{prediction.pk}", kind="results"):
        folder = paths.prediction_results_dir(prediction)
        state = _catch_up(prediction, folder, seconds)
        return _load(folder, state)


def _catch_up(prediction: Prediction, folder: Path, seconds: float | None) -> _State:
    prediction.refresh_from_db(fields=["state"])
    has_ended = not prediction.is_active
    state = _read_state(folder)
    if state["is_whole"] and has_ended:
        return state
    if state["is_whole"] or state["format"] != FORMAT:  # it went on after its end: begin anew
        shutil.rmtree(folder, ignore_errors=True)
        state = _EMPTY.copy()
    folder.mkdir(parents=True, exist_ok=True)
    until = None if seconds is None else time.monotonic() + seconds
    while True:
        rows = _read_rows(prediction, state["next"], only_done=has_ended)
        if not rows:
            break
        _append(folder, state, rows)
        write_atomically(folder / "state.json", json.dumps(state).encode())
        if until is not None and time.monotonic() > until:
            return state
    if has_ended:
        _keep_names(prediction, folder, state)
        state["is_whole"] = True
        write_atomically(folder / "state.json", json.dumps(state).encode())
    return state


def _read_state(folder: Path) -> _State:
    try:
        state: _State = json.loads((folder / "state.json").read_text())
    except (FileNotFoundError, ValueError):
        return _EMPTY.copy()
    return state


_Row = tuple[int, bool, str, int | None, int | None, list[dict[str, Any]]]


def _read_rows(prediction: Prediction, first: int, *, only_done: bool) -> list[_Row]:
    """The next images that were looked at; of a job at work up to the first that was not."""
    rows = PredictedImage.objects.filter(prediction=prediction, position__gte=first)
    if only_done:
        rows = rows.filter(is_done=True)
    found: list[_Row] = []
    values = rows.order_by("position").values_list(
        "position", "is_done", "error", "frame", "time_ms", "instances"
    )
    for row in values[:_BATCH_IMAGES]:
        if not row[1]:
            break
        found.append(row)
    return found


def _append(folder: Path, state: _State, rows: Sequence[_Row]) -> None:
    images = np.array(
        [
            (
                position,
                len(instances),
                HAS_ERROR if error else 0,
                _NONE if frame is None else frame,
                _NONE if time_ms is None else min(time_ms, _NONE - 1),
            )
            for position, _, error, frame, time_ms, instances in rows
        ],
        dtype=_IMAGE,
    )
    objects = np.array(
        [
            (item["class_index"], thousandths_of(item["confidence"]))
            for *_, instances in rows
            for item in instances
        ],
        dtype=_INSTANCE,
    )
    _write_behind(folder / "images.bin", state["images"] * _IMAGE.itemsize, images)
    _write_behind(folder / "instances.bin", state["instances"] * _INSTANCE.itemsize, objects)
    state["images"] += len(images)
    state["instances"] += len(objects)
    state["next"] = rows[-1][0] + 1


def _write_behind(path: Path, offset: int, records: Numbers) -> None:
    """Append, over what a crash may have left there."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(offset)
        file.seek(offset)
        file.write(records.tobytes())


def _keep_names(prediction: Prediction, folder: Path, state: _State) -> None:
    rows = PredictedImage.objects.filter(prediction=prediction, is_done=True)
    positions = rows.order_by("file_name", "position").values_list("position", flat=True)
    by_name = np.fromiter(positions.iterator(chunk_size=5000), dtype="<u4")
    known = _load_records(folder / "images.bin", _IMAGE, state["images"])["position"]
    places = np.searchsorted(known, by_name).astype("<u4")
    write_atomically(folder / "by_name.bin", places.tobytes())


def _load_records(path: Path, dtype: np.dtype[Any], count: int) -> Numbers:
    if count == 0:
        return np.empty(0, dtype=dtype)
    return np.fromfile(path, dtype=dtype, count=count)


def _load(folder: Path, state: _State) -> Columns:
    images = _load_records(folder / "images.bin", _IMAGE, state["images"])
    objects = _load_records(folder / "instances.bin", _INSTANCE, state["instances"])
    by_name = np.arange(len(images), dtype="<u4")
    if state["is_whole"]:
        by_name = _load_records(folder / "by_name.bin", np.dtype("<u4"), len(images))
    return Columns(
        position=images["position"],
        has_error=(images["flags"] & HAS_ERROR).astype("u1"),
        frame=images["frame"],
        time_ms=images["time_ms"],
        start=np.concatenate(([0], np.cumsum(images["count"]))).astype("<u4"),
        class_index=objects["class_index"],
        thousandths=objects["thousandths"],
        by_name=by_name,
        is_whole=state["is_whole"],
    )


_TYPES = {"<u4": "uint32", "<u2": "uint16", "|u1": "uint8"}


def pack_columns(prediction: Prediction, columns: Columns) -> bytes:
    """The answer for the browser."""
    arrays = {
        "position": columns.position,
        "has_error": columns.has_error,
        "start": columns.start,
        "by_name": columns.by_name,
        "class_index": columns.class_index,
        "thousandths": columns.thousandths,
    }
    if (columns.time_ms != _NONE).any():
        arrays |= {"frame": columns.frame, "time_ms": columns.time_ms}
    listed, parts, offset = [], [], 0
    for name, array in arrays.items():
        content = np.ascontiguousarray(array).tobytes()
        listed.append(
            {
                "name": name,
                "type": _TYPES[array.dtype.str],
                "length": len(array),
                "offset": offset,
            }
        )
        parts.append(content + bytes(-len(content) % 4))
        offset += len(parts[-1])
    header = {
        "format": FORMAT,
        "prediction": prediction.pk,
        "is_whole": columns.is_whole,
        "image_count": len(columns.position),
        "instance_count": len(columns.class_index),
        "class_names": class_names_of(prediction),
        "arrays": listed,
    }
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 4)
    return b"".join([struct.pack("<I", len(text)), text, *parts])

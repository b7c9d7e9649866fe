"""What was found in a video, by frame, over time and by track."""

from collections.abc import Iterator
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

from annotator.kernel.plain_text import csv_line
from training.models import Prediction

from .columns import NO_TRACK, Columns, read_columns

MOST_FRAMES = 500
MOST_BINS = 2000
FLOORS = tuple(round(0.05 * step, 2) for step in range(1, 20))
"""Confidences for which a timeline counts: 0.05, 0.1 … 0.95."""

MOST_TRACKS = 20_000
_CSV_ROWS = 2000


class FramePayload(TypedDict):
    """``instances``: ``[class_index, confidence, track or null, [x1, y1, …]]`` each, in pixels, the
    most confident first."""

    position: int
    frame: int
    time_ms: int
    width: int
    height: int
    instances: list[list[float | list[float] | None]]


class FramesPayload(TypedDict):
    total: int
    frames: list[FramePayload]


class ClassTimeline(TypedDict):
    """``counts``: for each of ``floors`` a list with a number a bin: how many objects of at least
    that confidence its frames hold together."""

    class_index: int
    counts: list[list[int]]


class TimelinePayload(TypedDict):
    """``times_ms``: where each bin begins, and where the last one ends. ``frames``: how many
    predicted frames are in each: a count divided by it is the mean of a frame. ``classes``: those
    that were found."""

    floors: list[float]
    times_ms: list[float]
    frames: list[int]
    first_positions: list[int]
    classes: list[ClassTimeline]


class TrackPayload(TypedDict):
    """An object that was followed. ``class_index``: that of most of its frames. ``frames``: on how
    many it was found between ``from_position`` and ``to_position``. ``best_position``: where it is
    most confident."""

    track: int
    class_index: int
    from_ms: int
    to_ms: int
    from_position: int
    to_position: int
    frames: int
    best_position: int
    best_confidence: float


def frames_payload(prediction: Prediction, start: int, stop: int) -> FramesPayload:
    """Return the frames of the positions from ``start`` up to and without ``stop``."""
    rows = prediction.images.filter(
        position__gte=start, position__lt=min(stop, start + MOST_FRAMES), frame__isnull=False
    )
    return {
        "total": prediction.image_count,
        "frames": [
            {
                "position": row.position,
                "frame": row.frame or 0,
                "time_ms": row.time_ms or 0,
                "width": row.width,
                "height": row.height,
                "instances": [
                    [item["class_index"], item["confidence"], item.get("track"), item["polygon"]]
                    for item in row.instances
                ],
            }
            for row in rows.order_by("position")
        ],
    }


def timeline_payload(prediction: Prediction, bins: int) -> TimelinePayload:
    """Count objects by class, time and least confidence."""
    return count_over_time(read_columns(prediction), bins)


def count_over_time(columns: Columns, bins: int) -> TimelinePayload:
    frames, objects = columns
    if not len(frames):
        return {
            "floors": list(FLOORS),
            "times_ms": [],
            "frames": [],
            "first_positions": [],
            "classes": [],
        }
    times = frames["time_ms"].astype(np.float64)
    bins = min(bins, len(frames))
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    edges = np.linspace(0.0, float(times[-1]) + max(step, 1.0), bins + 1)
    bin_of_frame = np.clip(np.searchsorted(edges, times, side="right") - 1, 0, bins - 1)
    found = np.unique(objects["class_index"])
    place = np.searchsorted(found, objects["class_index"])
    floor = np.clip(
        np.searchsorted(FLOORS, objects["confidence"] + 1e-6, side="right") - 1,
        0,
        len(FLOORS) - 1,
    )
    counts = np.zeros((len(found), len(FLOORS), bins), dtype=np.int64)
    np.add.at(counts, (place, floor, bin_of_frame[objects["position"]]), 1)
    counts = counts[:, ::-1].cumsum(axis=1)[:, ::-1]
    return {
        "floors": list(FLOORS),
        "times_ms": [round(float(edge), 1) for edge in edges],
        "frames": np.bincount(bin_of_frame, minlength=bins).tolist(),
        "first_positions": np.searchsorted(bin_of_frame, np.arange(bins)).tolist(),
        "classes": [
            {"class_index": int(index), "counts": counts[number].tolist()}
            for number, index in enumerate(found)
        ],
    }


def tracks_payload(prediction: Prediction) -> list[TrackPayload]:
    """Return the tracks in the order in which they begin."""
    return find_tracks(read_columns(prediction))


def find_tracks(columns: Columns) -> list[TrackPayload]:
    frames, objects = columns
    objects = objects[objects["track"] != NO_TRACK]
    objects = objects[np.argsort(objects["track"], kind="stable")]
    ids, firsts, counts = np.unique(objects["track"], return_index=True, return_counts=True)
    tracks: list[TrackPayload] = []
    for track, first, count in zip(ids, firsts, counts, strict=True):
        rows = objects[first : first + count]
        start, stop = int(rows["position"].min()), int(rows["position"].max())
        tracks.append(
            {
                "track": int(track),
                "class_index": int(np.bincount(rows["class_index"]).argmax()),
                "from_ms": int(frames[start]["time_ms"]),
                "to_ms": int(frames[stop]["time_ms"]),
                "from_position": start,
                "to_position": stop,
                "frames": int(count),
                "best_position": int(rows["position"][rows["confidence"].argmax()]),
                "best_confidence": round(float(rows["confidence"].max()), 5),
            }
        )
    tracks.sort(key=lambda item: (item["from_position"], item["track"]))
    return tracks[:MOST_TRACKS]


def csv_lines(prediction: Prediction, confidence: float) -> Iterator[bytes]:
    """A line a frame: how many objects of each class are at least so confident."""
    columns = read_columns(prediction)
    yield csv_line(["position", "frame", "time_ms", "objects", *prediction.class_names])
    for start in range(0, len(columns.frames), _CSV_ROWS):
        rows = _csv_rows(columns, start, len(prediction.class_names), confidence)
        yield b"".join(csv_line(row) for row in rows)


def _csv_rows(columns: Columns, start: int, classes: int, confidence: float) -> list[list[Any]]:
    frames = columns.frames[start : start + _CSV_ROWS]
    first = int(frames[0]["first"])
    last = int(frames[-1]["first"]) + int(frames[-1]["count"])
    objects = columns.objects[first:last]
    objects = objects[objects["confidence"] >= confidence - 1e-6]
    counts: npt.NDArray[np.int64] = np.zeros((len(frames), classes), dtype=np.int64)
    np.add.at(counts, (objects["position"] - start, objects["class_index"]), 1)
    return [
        [start + number, frame, time_ms, int(row.sum()), *row.tolist()]
        for number, (frame, time_ms, row) in enumerate(
            zip(frames["frame"].tolist(), frames["time_ms"].tolist(), counts, strict=True)
        )
    ]

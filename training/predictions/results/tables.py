"""Counts as CSV, and everything found as JSON, JSON lines or label files; written while sent."""

import json
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from annotator.kernel.plain_text import csv_line, one_line
from annotator.kernel.stored_zip import Content
from annotator.labels.formats.yolo import rows as yolo
from training.checkpoints.usable import model_of
from training.models import PredictedImage, Prediction

from .columns import Columns
from .cut import Cut
from .rows import class_names_of, walk_images

_BATCH_ROWS = 1000


def write_image_counts(prediction: Prediction, columns: Columns, cut: Cut) -> Iterator[bytes]:
    """One line an image or frame: how many objects of each class reach the cut."""
    names = class_names_of(prediction)
    kept = columns.shown(cut, len(names))
    yield csv_line(["image", "frame", "seconds", *names, "all", "error"])
    for begin in range(0, len(columns.position), _BATCH_ROWS):
        positions = columns.position[begin : begin + _BATCH_ROWS].tolist()
        rows = {
            row[0]: row[1:]
            for row in prediction.images.filter(position__in=positions).values_list(
                "position", "file_name", "frame", "time_ms", "error"
            )
        }
        for place, position in enumerate(positions, start=begin):
            of_image = slice(int(columns.start[place]), int(columns.start[place + 1]))
            classes = columns.class_index[of_image][kept[of_image]]
            counts = np.bincount(classes, minlength=len(names)).tolist()
            name, frame, time_ms, error = rows.get(position, ("", None, None, ""))
            seconds = "" if time_ms is None else f"{time_ms / 1000:.3f}"
            shown_frame = "" if frame is None else frame
            yield csv_line([name, shown_frame, seconds, *counts, sum(counts), error])


def write_class_counts(prediction: Prediction, columns: Columns, cut: Cut) -> Iterator[bytes]:
    """One line a class: objects that reach the cut, and the images that hold one."""
    names = class_names_of(prediction)
    kept = columns.shown(cut, len(names))
    counts: Any = np.diff(columns.start.astype(np.int64))
    image_of = np.repeat(np.arange(len(columns.position)), counts)
    yield csv_line(["class", "confidence from", "objects", "images"])
    for index, name in enumerate(names):
        threshold = cut.threshold(index)
        chosen = kept & (columns.class_index == index)
        shown = "off" if threshold > 1000 else f"{threshold / 1000:g}"
        yield csv_line([name, shown, int(chosen.sum()), len(np.unique(image_of[chosen]))])


def write_json_lines(prediction: Prediction, cut: Cut) -> Iterator[bytes]:
    """One line of JSON an image; coordinates in pixels."""
    for image in walk_images(prediction):
        yield _dump(image_json(image, cut)) + b"\n"


def write_json(prediction: Prediction, cut: Cut, *, confidence: float) -> Iterator[bytes]:
    """The same as one JSON object, with the model."""
    model = model_of(prediction)
    head = {
        "prediction": prediction.pk,
        "model": model.reference,
        "model_name": model.name,
        "model_sha256": model.sha256,
        "confidence": confidence,
        "classes": model.class_names,
    }
    yield _dump(head)[:-1] + b',"images":['
    for place, image in enumerate(walk_images(prediction)):
        yield (b"," if place else b"") + _dump(image_json(image, cut))
    yield b"]}"


def image_json(image: PredictedImage, cut: Cut) -> dict[str, Any]:
    names = class_names_of(image.prediction)
    found: dict[str, Any] = {
        "file_name": image.file_name,
        "width": image.width,
        "height": image.height,
        "error": image.error,
        "instances": [
            {
                "class_index": item["class_index"],
                "class_name": names[item["class_index"]],
                **{key: value for key, value in item.items() if key != "class_index"},
            }
            for item in kept_instances(image, cut)
        ],
    }
    if image.frame is not None:
        found |= {"frame": image.frame, "time_ms": image.time_ms}
    return found


def _dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def kept_instances(image: PredictedImage, cut: Cut) -> list[dict[str, Any]]:
    return [item for item in image.instances if cut.keeps(item)]


def label_files(prediction: Prediction, cut: Cut) -> Iterator[tuple[str, Content]]:
    """A YOLO label file for each image that could be read, and the names of the classes."""
    names = FreeNames()
    for image in walk_images(prediction):
        if not image.error:
            stem = names.take(PurePosixPath(image.file_name).stem or "image")
            yield f"labels/{stem}.txt", format_label_file(image, kept_instances(image, cut))
    classes = "".join(f"{one_line(name)}\n" for name in class_names_of(prediction))
    yield "classes.txt", classes.encode()  # a line is a class


def format_label_file(image: PredictedImage, instances: Sequence[dict[str, Any]]) -> bytes:
    rows = (
        (item["class_index"], [[item["polygon"]]])
        for item in instances
        if len(item["polygon"]) >= 6
    )
    return yolo.format_labels(rows, size_wh=(image.width, image.height))


class FreeNames:
    """Names that differ, also where upper and lower case are one: the second gets a number."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self._next: dict[str, int] = {}

    def take(self, stem: str) -> str:
        candidate, key = stem, stem.lower()
        number = self._next.get(key, 2)
        while candidate.lower() in self._used:
            candidate, number = f"{stem}-{number}", number + 1
        self._next[key] = number
        self._used.add(candidate.lower())
        return candidate

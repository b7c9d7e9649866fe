"""Which suspects somebody has given a verdict on, before they are ranked and cut into pages.

Whether a verdict is on a suspect, its place tells: another evaluation predicts the same object a
little differently. Boxes are read only of images that have a verdict, and are kept, so that a page
costs as much as its own images whatever was judged before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.evaluation.matching import Bools

from .loading import Loaded, written_ns
from .store import StoredShape, read_records

SuspectKind = Literal["missing", "extra", "wrong_class", "sloppy_outline"]
Side = Literal["label", "prediction"]
Box = Sequence[float]
"""xyxy, in pixels."""
Judged = Mapping[str, Mapping[SuspectKind, Sequence[Box]]]
"""The places of verdicts, by file name and kind."""

SAME_PLACE_IOU = 0.5
"""Of boxes."""
IMAGES_KEPT = 4096


@dataclass(frozen=True)
class SuspectPlace:
    """``image`` and ``index``: numbers in the evaluation and in its image."""

    kind: SuspectKind
    image: int
    side: Side
    index: int


def find_judged_images(loaded: Loaded, judged: Judged) -> Bools:
    """Whether there is a verdict in an image; shape (N,)."""
    return np.isin(loaded.statistics.file_name, list(judged))


def is_judged(loaded: Loaded, place: SuspectPlace, judged: Judged) -> bool:
    """Whether there is a verdict of the suspect's kind at its place."""
    verdicts = judged[str(loaded.statistics.file_name[place.image])].get(place.kind, [])
    if not verdicts:
        return False
    start, end = (int(at) for at in loaded.line_starts[place.image : place.image + 2])
    boxes = _read_boxes(loaded.folder, written_ns(loaded.folder), start, end)
    of_side = boxes.labels if place.side == "label" else boxes.predictions
    box = of_side[place.index].tolist()
    return any(box_iou(box, verdict) >= SAME_PLACE_IOU for verdict in verdicts)


def box_iou(a: Box, b: Box) -> float:
    """Of two boxes, xyxy; 0 where they do not overlap."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return width * height / (areas - width * height)


class _Boxes(NamedTuple):
    """Of an image, shape (n, 4) each."""

    labels: NDArray[np.float64]
    predictions: NDArray[np.float64]


@lru_cache(maxsize=IMAGES_KEPT)
def _read_boxes(folder: Path, _written_ns: int, start: int, end: int) -> _Boxes:
    (record,) = read_records(folder, [0], line_starts=np.array([start, end]))
    return _Boxes(_boxes_of(record["labels"]), _boxes_of(record["predictions"]))


def _boxes_of(shapes: Sequence[StoredShape]) -> NDArray[np.float64]:
    return np.array([shape["box"] for shape in shapes], dtype=np.float64).reshape(-1, 4)

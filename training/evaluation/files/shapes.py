"""The polygons of some images, without outcomes: those follow from the columns."""

from pathlib import Path
from typing import TypedDict

from .loading import open_folder
from .store import ImageRecord, StoredShape, read_records


class PlainShape(TypedDict):
    """A label (``confidence`` null) or a prediction; its place in the list is its index."""

    class_index: int
    polygon: list[float]
    box: list[float]
    confidence: float | None


class ImageShapes(TypedDict):
    """``regions``: outlines of ignore regions, flat rings in pixels."""

    key: str
    file_name: str
    width: int
    height: int
    labels: list[PlainShape]
    predictions: list[PlainShape]
    regions: list[list[float]]


def read_shapes(folder: Path, keys: list[str]) -> list[ImageShapes]:
    """The shapes of these images, in their order. ``KeyError`` where there is no such key."""
    loaded = open_folder(folder)
    indices = [loaded.keys[key] for key in keys]
    records = read_records(folder, indices, line_starts=loaded.line_starts)
    return [_image(key, record) for key, record in zip(keys, records, strict=True)]


def _image(key: str, record: ImageRecord) -> ImageShapes:
    return {
        "key": key,
        "file_name": record["file_name"],
        "width": record["width"],
        "height": record["height"],
        "labels": [plain_shape(stored, confidence=None) for stored in record["labels"]],
        "predictions": [
            plain_shape(stored, confidence=stored["confidence"]) for stored in record["predictions"]
        ],
        "regions": record.get("regions", []),
    }


def plain_shape(stored: StoredShape, *, confidence: float | None) -> PlainShape:
    return {
        "class_index": stored["class_index"],
        "polygon": stored["polygon"],
        "box": stored["box"],
        "confidence": confidence,
    }

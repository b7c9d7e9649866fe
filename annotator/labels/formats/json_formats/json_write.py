"""Pieces of JSON for the writers: a list as long as it may be, never whole in memory."""

import json
from collections.abc import Iterable, Iterator, Mapping

from annotator.labels.polygons.geometry import Ring

from ..base import WrittenImage, WrittenObject

SPLITS = ("train", "val", "test")

NEVER_WRITTEN = (
    "locks of objects",
    "comments and the history of images",
    "who drew and who accepted an image",
)


def dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def dump_list(items: Iterable[object]) -> Iterator[bytes]:
    """A JSON list, piece by piece."""
    yield b"["
    separator = b"\n"
    for item in items:
        yield separator + dump(item)
        separator = b",\n"
    yield b"\n]"


def dump_object(members: Iterable[tuple[str, object]]) -> Iterator[bytes]:
    """A JSON object, piece by piece."""
    yield b"{"
    separator = b"\n"
    for key, value in members:
        yield separator + dump(key) + b": " + dump(value)
        separator = b",\n"
    yield b"\n}"


def rounded(ring: Ring) -> list[float]:
    """As they are stored: 0.0001 px."""
    return [round(number, 4) for number in ring]


def pairs(ring: Ring) -> list[list[float]]:
    flat = rounded(ring)
    return [[x, y] for x, y in zip(flat[0::2], flat[1::2], strict=True)]


def class_names(classes: Mapping[int, str]) -> list[str]:
    """The names in the order of their indices."""
    return [classes[index] for index in sorted(classes)]


def image_path(image: WrittenImage) -> str:
    return f"images/{image.folder}/{image.name}"


def attributes_of(each: WrittenObject) -> dict[str, object]:
    """Those that are set."""
    found: dict[str, object] = {}
    if each.occluded:
        found["occluded"] = True
    if each.truncated:
        found["truncated"] = True
    if each.note:
        found["note"] = each.note
    return found

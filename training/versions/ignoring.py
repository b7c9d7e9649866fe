"""Ignore regions in a version: painted out of the image, and what lies in them left out.

``ignore/<split>/<name>.json`` holds them beside the labels, for evaluations and exports.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TypedDict

from annotator.labels.formats.yolo import rows as yolo
from annotator.labels.polygons.bridges import split_ring
from annotator.labels.polygons.geometry import Polygons
from annotator.labels.polygons.overlap import shares_inside
from annotator.models import Image, Instance

INSIDE = 0.5
"""An object with so much of its area in ignore regions is left out of the labels."""


class DroppedObject(TypedDict):
    """An object that lies in ignore regions, ``share`` of its area; ``row`` counts from 1."""

    row: int
    class_index: int
    share: float


class IgnoreFile(TypedDict):
    """``regions``: each parts → rings → flat points, in pixels."""

    regions: list[Polygons]
    dropped: list[DroppedObject]


class Trimmed(NamedTuple):
    """A label file without the rows that lie in ignore regions; ``kept``: which rows stayed."""

    label: bytes
    kept: list[bool]
    dropped: list[DroppedObject]


def read_regions(image: Image) -> list[Polygons] | None:
    """The ignore regions of an image; None where somebody has changed them since it was read."""
    if not image.ignore_region_count:
        return []
    rows = Instance.ignore_regions.filter(image=image, image__revision=image.revision)
    regions = list(rows.order_by("order", "id").values_list("polygons", flat=True))
    return regions if len(regions) == image.ignore_region_count else None


def hash_regions(regions: Sequence[Polygons]) -> str:
    """SHA-256 of the ignore regions of an image, "" for none."""
    if not regions:
        return ""
    return hashlib.sha256(json.dumps(list(regions)).encode()).hexdigest()


def trim_label(label: bytes, parsed: yolo.ParsedLabels, regions: Sequence[Polygons]) -> Trimmed:
    """Leave out the rows whose object lies in ``regions`` by ``INSIDE``; others stay."""
    shares = shares_inside([split_ring(row.ring) for row in parsed.rows], regions)
    dropped: list[DroppedObject] = []
    lines = re.findall(rb"[^\n]*\n|[^\n]+", label)
    gone: set[bytes] = set()  # by what they say: a row may be there twice
    for row, share in zip(parsed.rows, shares, strict=True):
        if share >= INSIDE:
            gone.add(lines[row.line - 1].strip())
            dropped.append(
                {"row": row.line, "class_index": row.class_index, "share": round(share, 4)}
            )
    kept = b"".join(line for line in lines if line.strip() not in gone) if gone else label
    return Trimmed(kept, [share < INSIDE for share in shares], dropped)


def ignore_path(picture: str) -> str:
    """Where the ignore regions of ``images/<split>/<name>`` lie in the version's folder."""
    split, _, name = picture.removeprefix("images/").partition("/")
    return f"ignore/{split}/{name.rpartition('.')[0]}.json"


def read_ignore_file(path: Path) -> IgnoreFile:
    """Raises FileNotFoundError where an image has no ignore region."""
    content: IgnoreFile = json.loads(path.read_text(encoding="utf-8"))
    return content

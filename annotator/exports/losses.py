"""What a format cannot hold: each object that would not come back equal, with its IoU."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Literal, TypedDict

from annotator.labels.formats.base import (
    HOLD_REGIONS,
    Format,
    SharesPixels,
    WrittenImage,
    WrittenObject,
)
from annotator.labels.polygons.geometry import Polygons
from annotator.labels.polygons.overlap import polygons_iou

from .material import ExportCounts, Material

EQUAL_IOU = 0.999
MOST_LISTED = 100


class Loss(TypedDict):
    """``position``: of the object in its image, from 1. ``done``: what the export does with it."""

    image: str
    position: int
    class_name: str
    iou: float
    done: Literal["left_out", "changed"]


@dataclass(slots=True)
class Losses:
    """``listed`` are the worst of ``changed`` + ``left_out``. ``next``: where to go on, None where
    everything was looked at."""

    images: int = 0
    objects: int = 0
    changed: int = 0
    left_out: int = 0
    images_without_file: int = 0
    listed: list[Loss] = field(default_factory=list)
    next: str | None = None

    @property
    def count(self) -> int:
        """Objects and images that do not go out as they are."""
        return self.changed + self.left_out + self.images_without_file

    def add(self, part: "Losses") -> None:
        """Take in what was found behind these."""
        self.images += part.images
        self.objects += part.objects
        self.changed += part.changed
        self.left_out += part.left_out
        self.images_without_file += part.images_without_file
        self.listed = _worst([*self.listed, *part.listed])
        self.next = part.next


def tell_left_out(kind: Format, counts: ExportCounts | None) -> list[str]:
    """What the format cannot hold, as words: of every dataset, and of this one."""
    regions = counts["ignore_regions"] if counts else 0
    if not regions or kind.name in HOLD_REGIONS:
        return list(kind.leaves_out)
    words = "1 ignored region is" if regions == 1 else f"{regions:,} ignored regions are"
    return [f"{words} not written: the format cannot hold them", *kind.leaves_out]


def find_losses(
    kind: Format, material: Material, *, cursor: str = "", seconds: float | None = None
) -> Losses:
    """Look at the objects behind ``cursor``, for so many seconds (None: to the end)."""
    until = None if seconds is None else time.monotonic() + seconds
    found = Losses()
    for place, image in material.images.after(cursor):
        found.images += 1
        found.images_without_file += image.file is None
        _look_at(kind, image, material.classes, found)
        if len(found.listed) > 2 * MOST_LISTED:
            found.listed = _worst(found.listed)
        if until is not None and time.monotonic() > until:
            found.next = place
            break
    found.listed = _worst(found.listed)
    return found


def _worst(listed: Iterable[Loss]) -> list[Loss]:
    return nlargest(MOST_LISTED, listed, key=lambda loss: -loss["iou"])


def _look_at(kind: Format, image: WrittenImage, names: Mapping[int, str], found: Losses) -> None:
    if image.read_objects is None:
        return
    objects = image.read_objects()
    kept = (
        kind.kept_together(objects, size_wh=image.size_wh)
        if isinstance(kind, SharesPixels)
        else None
    )
    for position, item in enumerate(objects, start=1):
        found.objects += 1
        if kept is None:
            iou = round_trip_iou(kind, item, size_wh=image.size_wh)
        else:
            iou = _iou(item.polygons, kept[position - 1])
        if iou >= EQUAL_IOU:
            continue
        is_gone = iou == 0.0
        found.left_out += is_gone
        found.changed += not is_gone
        found.listed.append(
            {
                "image": image.name,
                "position": position,
                "class_name": names.get(item.class_index, ""),
                "iou": round(iou, 4),
                "done": "left_out" if is_gone else "changed",
            }
        )


def round_trip_iou(kind: Format, item: WrittenObject, *, size_wh: tuple[int, int]) -> float:
    """How much of an object comes back from a format; 1.0 where it is the same."""
    return _iou(item.polygons, kind.kept(item.polygons, size_wh=size_wh))


def _iou(before: Polygons, kept: Polygons) -> float:
    if kept == before:
        return 1.0
    return polygons_iou(before, kept) if kept else 0.0

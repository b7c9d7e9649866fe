"""Repairs of the live labels that a check of a version offers, as bulk changes that can be undone.

Each image is changed by one revision, whose source is "repair".
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Literal
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.http import Http404

from annotator.annotations.data import InstanceData, is_object, read_annotation
from annotator.annotations.difference import Save
from annotator.bulk.actions import OtherAction, Planned
from annotator.bulk.changes import start_change
from annotator.folder.changing import delete_image
from annotator.folder.saving import carry_out
from annotator.kernel.errors import ServiceError
from annotator.models import (
    BulkAction,
    BulkChange,
    Image,
    RevisionSource,
)
from training.models import VersionCheck

from .losses import KINDS, iterate_stems

Repair = Literal["delete_images", "duplicates", "specks", "split_parts", "fill_holes"]
_AT_ONCE = 500
_WORDS = {
    "delete_images": "Move refused images to the trash",
    "duplicates": "Remove repeated objects",
    "specks": "Delete specks",
    "split_parts": "Make parts objects of their own",
    "fill_holes": "Fill small holes",
}


def start_repair(check: VersionCheck, kind: str, *, below_px: float, author: User) -> BulkChange:
    """Queue the repair of a kind of loss. ``below_px``: specks and holes whose shorter side is
    smaller at the check's image size. Raises ServiceError where there is none."""
    if kind not in KINDS or not KINDS[kind]["repair"]:
        raise ServiceError("There is no repair for this kind of loss.", code="no_repair")
    options = {
        "check": check.pk,
        "version": check.version.number,
        "kind": kind,
        "repair": KINDS[kind]["repair"],
        "image_size": check.image_size,
        "below_px": below_px,
    }
    dataset = check.version.dataset
    return start_change(dataset, BulkAction.REPAIR_LABELS, options, author=author)


def plan_repair(job: BulkChange, _: User) -> Iterator[Planned]:
    check = VersionCheck.objects.select_related("version__dataset").filter(
        pk=job.options["check"], version__dataset=job.dataset
    )
    if (found := check.first()) is None:
        raise ServiceError("The check is not kept any more: ask again.", code="check_gone")
    stems = iter(iterate_stems(found, job.options["kind"]))
    while some := list(islice(stems, _AT_ONCE)):
        rows = job.dataset.images.filter(stem__in=some).order_by("stem")
        yield from map(Planned, rows.values_list("pk", flat=True))


def repair_image(job: BulkChange, image_id: UUID, value: str, author: User) -> str:
    image = job.dataset.images.select_related("dataset").filter(pk=image_id).first()
    if image is None:
        raise Http404
    repair = job.options["repair"]
    if repair == "delete_images":
        delete_image(image, author=author)
        return image.file_name
    drawn = read_annotation(image)["instances"]
    before = [item for item in drawn if is_object(item)]
    items = repaired(before, repair=repair, scale_px=_scale(job, image), options=job.options)
    if items == before:
        raise ServiceError("There is nothing to repair in it now.", code="nothing")
    items += [item for item in drawn if not is_object(item)]
    save = Save(
        base_revision=image.revision,
        author=author,
        upsert=items,
        source=RevisionSource.REPAIR,
        is_whole=True,
    )
    carry_out(image.pk, save)
    return image.file_name


def _scale(job: BulkChange, image: Image) -> float:
    """Pixels at the check's image size for each pixel of the image."""
    return float(job.options["image_size"]) / max(image.width, image.height)


def repaired(
    items: list[InstanceData], *, repair: str, scale_px: float, options: dict[str, Any]
) -> list[InstanceData]:
    """Return the objects of an image after a repair. Pure."""
    below = float(options["below_px"])
    match repair:
        case "duplicates":
            seen: list[tuple[int | None, Any]] = []
            kept: list[InstanceData] = []
            for item in items:
                key = (item["class_id"], item["polygons"])
                if key not in seen:
                    seen.append(key)
                    kept.append(item)
            return kept
        case "specks":
            return [item for item in items if _short_side(item["polygons"]) * scale_px >= below]
        case "split_parts":
            return [part for item in items for part in _parts(item)]
        case _:
            return [
                {
                    **item,
                    "polygons": [
                        [ring for place, ring in enumerate(polygon)
                         if place == 0 or _short_side([[ring]]) * scale_px >= below]
                        for polygon in item["polygons"]
                    ],
                }
                for item in items
            ]  # fmt: skip


def _parts(item: InstanceData) -> Iterator[InstanceData]:
    for place, polygon in enumerate(item["polygons"]):
        pk = item["id"] if place == 0 else str(uuid4())
        yield {**item, "id": pk, "polygons": [polygon]}


def _short_side(polygons: list[list[list[float]]]) -> float:
    xs = [x for polygon in polygons for x in polygon[0][0::2]]
    ys = [y for polygon in polygons for y in polygon[0][1::2]]
    return min(max(xs) - min(xs), max(ys) - min(ys))


def describe_repair(job: BulkChange) -> str:
    repair = job.options["repair"]
    words = _WORDS[repair]
    if repair in ("specks", "fill_holes"):
        return f"{words} below {job.options['below_px']:g} px at {job.options['image_size']}"
    return words


REPAIR = OtherAction(plan_repair, repair_image, describe_repair)

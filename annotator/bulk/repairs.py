"""Repairs of findings: what each would do, and what becomes of an image.

A repair looks at the objects as they are now, not at what was found: so it can be asked for twice,
and what somebody mended meanwhile is left alone. Objects change by one revision of their image,
whose history undoes it; deleted objects and images lie in the trash.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, TypedDict
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Count, Sum

from annotator.annotations.data import InstanceData
from annotator.folder.changing import delete_image
from annotator.folder.saving import save_annotation
from annotator.images.findings.kinds import KINDS
from annotator.images.findings.measuring import examine_images, problems_of
from annotator.images.findings.ties import GATHERED, plan_gathering, read_ties
from annotator.images.insight_filters import with_finding
from annotator.kernel.errors import ServiceError
from annotator.labels.figures.objects import TINY_PX
from annotator.labels.polygons.geometry import GeometryError, Polygons, clean_polygons
from annotator.labels.polygons.overlap import cut_at_crossings
from annotator.models import (
    FINISHED,
    BulkAction,
    Dataset,
    FindingKind,
    Image,
    ImageFinding,
    Instance,
    RevisionSource,
    Split,
)

from .classes import retried

Finding = FindingKind
OF_OBJECTS = (Finding.TINY, Finding.CROSSING, Finding.OUTSIDE, Finding.OVERLAPPING)


class RepairPreview(TypedDict):
    """What a repair would change: images, and objects in them (0 where images move or go)."""

    images: int
    objects: int
    consequences: list[str]


def check_repairable(kind: str) -> None:
    """Raise ServiceError for a kind that has no bulk repair."""
    if not KINDS[FindingKind(kind)].repair:
        raise ServiceError("Only a person can repair this: open the images.", code="no_repair")


def action_for(kind: str) -> BulkAction:
    return BulkAction.GATHER if kind in GATHERED else BulkAction.REPAIR


# --- which images ------------------------------------------------------------------------------


def list_found(dataset: Dataset, kind: str) -> Iterator[UUID]:
    """Yield the images of a finding in the order of their names; not those set aside."""
    rows = with_finding(Image.objects.filter(dataset=dataset), dataset, kind).order_by("stem")
    yield from rows.values_list("pk", flat=True).iterator(chunk_size=2_000)


def plan_repair(dataset: Dataset, options: Mapping[str, Any]) -> Iterator[tuple[UUID, str]]:
    """Yield the images that a repair changes, and the split that each gets ("" for none)."""
    kind = options["finding"]
    if kind in GATHERED:
        found = list_found(dataset, kind)
        for tied, split in plan_gathering(read_ties(dataset), FindingKind(kind), found):
            yield tied.image_id, split
    elif kind == Finding.DUPLICATE:
        yield from ((pk, "") for pk in find_extra_files(dataset))
    else:
        yield from ((pk, "") for pk in list_found(dataset, kind))


def find_extra_files(dataset: Dataset) -> list[UUID]:
    """Of images of one file, all but the one with the most work in it; only where nobody said that
    it is fine that they are there."""
    rows = with_finding(Image.objects.filter(dataset=dataset), dataset, Finding.DUPLICATE)
    sets: dict[str, list[Image]] = defaultdict(list)
    fields = ("pk", "sha256", "status", "instance_count", "revision", "stem")
    for image in rows.only(*fields).order_by("stem"):
        sets[image.sha256].append(image)
    counted = Image.objects.filter(dataset=dataset).order_by().values_list("sha256")
    of_file = dict(counted.annotate(n=Count("pk")).filter(n__gt=1))
    extra: list[UUID] = []
    for sha256, images in sets.items():
        # One that was set aside stays besides: then each of these is extra.
        is_all = of_file.get(sha256, 0) <= len(images)
        kept = max(images, key=_work_in) if is_all else None
        extra += [image.pk for image in images if image is not kept]
    return extra


def _work_in(image: Image) -> tuple[bool, int, int]:
    return image.status in FINISHED, image.instance_count, image.revision


# --- before ------------------------------------------------------------------------------------


def preview_repair(dataset: Dataset, options: Mapping[str, Any]) -> RepairPreview:
    """Work out what a repair would change; nothing is written."""
    kind = options["finding"]
    if kind in GATHERED:
        return _preview_gathering(dataset, kind)
    if kind == Finding.DUPLICATE:
        count = len(find_extra_files(dataset))
        sentence = (
            f"{_images(count)} {'go' if count != 1 else 'goes'} to the trash, from where they can "
            "be put back. Of each file the image with the most work stays."
        )
        return {"images": count, "objects": 0, "consequences": [sentence]}
    images = with_finding(Image.objects.filter(dataset=dataset), dataset, kind)
    found = ImageFinding.objects.filter(kind=kind, image__in=images.values("pk"))
    if kind == Finding.TINY:
        rows = Instance.objects.filter(image__in=images.values("pk"), area_px__lt=_below(options))
        image_count = rows.order_by().values("image").distinct().count()
        count = rows.count()
    else:
        image_count = found.count()
        count = found.aggregate(n=Sum("objects_count"))["n"] or 0
    finished = images.filter(status__in=FINISHED).count()
    what = {
        Finding.TINY: f"smaller than {_below(options)} px² go to the trash of objects",
        Finding.OVERLAPPING: "that another covers go to the trash of objects",
        Finding.OUTSIDE: "are clipped to their image",
        Finding.CROSSING: "are cut at their crossings; no pixel changes",
    }[kind]
    objects = "1 object" if count == 1 else f"{count:,} objects"
    consequences = [
        f"{objects} in {_images(image_count)} {what}.",
        "Each image gets one revision. The repair can be taken back on its page, and each image by "
        "its history.",
    ]
    if finished:
        consequences.append(f"The label files of up to {_images(finished)} are written anew.")
    return {"images": image_count, "objects": count, "consequences": consequences}


def _preview_gathering(dataset: Dataset, kind: str) -> RepairPreview:
    found = list_found(dataset, kind)
    moves = list(plan_gathering(read_ties(dataset), FindingKind(kind), found))
    pinned = sum(tied.is_pinned for tied, _ in moves)
    targets = Counter(split for tied, split in moves if not tied.is_pinned)
    where = ", ".join(f"{targets[split]:,} to {split}" for split in Split.values if targets[split])
    count = targets.total()
    consequences = [
        f"{_images(count)} {'moves' if count == 1 else 'move'}: {where}."
        if count
        else "No image moves.",
        "Images that look alike and images of one group go together. To move them back, choose "
        "them in the grid and set their split.",
    ]
    if pinned:
        consequences.append(f"{_images(pinned)} stay where they are pinned.")
    return {"images": count, "objects": 0, "consequences": consequences}


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count:,} images"


def _below(options: Mapping[str, Any]) -> int:
    return int(options.get("below_px", TINY_PX))


# --- each image --------------------------------------------------------------------------------


def repair_image(image: Image, options: Mapping[str, Any], *, author: User) -> Image:
    """Repair one image. Raises ServiceError where there is nothing to repair any more."""
    kind = FindingKind(options["finding"])
    if kind == Finding.DUPLICATE:
        same = Image.objects.filter(dataset_id=image.dataset_id, sha256=image.sha256)
        if not same.exclude(pk=image.pk).exists():
            raise ServiceError("No other image has its file any more.", code="nothing_found")
        delete_image(image, author=author)
        return image

    def save(image: Image) -> Image:
        ids = set(problems_of(examine_images([image])[image.pk])[kind])
        rows = image.instances.filter(pk__in=[UUID(bytes=pk) for pk in ids])
        if kind == Finding.TINY:
            rows = rows.filter(area_px__lt=_below(options))
        upsert, delete = _mend(image, kind, list(rows))
        if not upsert and not delete:
            raise ServiceError("Nothing of this kind is in it any more.", code="nothing_found")
        return save_annotation(
            image.pk,
            base_revision=image.revision,
            upsert=upsert,
            delete=delete,
            author=author,
            source=RevisionSource.REPAIR,
        )

    return retried(image, save)


def _mend(
    image: Image, kind: FindingKind, instances: list[Instance]
) -> tuple[list[InstanceData], list[str]]:
    """What is put in the place of objects, and what goes."""
    if kind in (Finding.TINY, Finding.OVERLAPPING):
        return [], [str(instance.pk) for instance in instances]
    upsert: list[InstanceData] = []
    delete: list[str] = []
    for instance in instances:
        polygons = _reshaped(image, kind, instance)
        if polygons is None:
            delete.append(str(instance.pk))
        else:
            upsert.append(
                {
                    "id": str(instance.pk),
                    "class_id": instance.dataset_class_id,
                    "polygons": polygons,
                }
            )
    return upsert, delete


def _reshaped(image: Image, kind: FindingKind, instance: Instance) -> Polygons | None:
    """None: nothing of it lies in the image. Raises ServiceError for a scribble."""
    if kind == Finding.OUTSIDE:
        try:
            return clean_polygons(instance.polygons, size_wh=(image.width, image.height))
        except GeometryError:
            return None
    cut = cut_at_crossings(instance.polygons)
    if not cut:
        raise ServiceError("An outline in it crosses itself too often: draw it anew.")
    return cut

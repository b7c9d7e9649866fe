"""Labels of a source for an image that is here already: saved as people's are, as a revision.

The save goes through the store, with its compare-and-set; it can be undone in the image's history.
"""

from collections.abc import Sequence
from typing import Literal

from annotator.annotations.data import InstanceData, read_regions
from annotator.annotations.difference import Save
from annotator.folder.saving import carry_out
from annotator.kernel.errors import ServiceError, StaleRevisionError
from annotator.models import Image, ImageStatus, Import, RevisionSource

from .batches import Update
from .counting import Counts, Finding
from .present import SAME_IOU, Shape, match_shapes, read_shapes, shapes_of
from .reading import Labels

SAME_OBJECT_IOU = 0.5
"""An object of the same class that overlaps by so much is there already (as in matching)."""

_TRIES = 3


def apply_update(job: Import, update: Update, counts: Counts) -> list[Finding]:
    """Change the annotation of an image that is here; return the lines of the report.

    The caller's transaction holds the save, the lines and the counts together.
    """
    candidate = update.candidate
    for attempt in range(_TRIES):
        image = Image.objects.filter(pk=update.image.pk).first()
        if image is None:
            return _refuse(update, counts, "The image here was deleted meanwhile.")
        try:
            return _apply(job, update, image, counts)
        except StaleRevisionError as error:
            if attempt == _TRIES - 1:
                return _refuse(update, counts, str(error))
        except ServiceError as error:
            return _refuse(update, counts, str(error))
    raise AssertionError(candidate.file)


def _apply(job: Import, update: Update, image: Image, counts: Counts) -> list[Finding]:
    candidate, labels = update.candidate, update.candidate.labels
    if labels.status == ImageStatus.UNLABELLED:
        reason = f"None of its labels can be taken; “{image.file_name}” stays as it is."
        return [*_refuse(update, counts, reason), *labels.findings]
    here = read_shapes(image, with_regions=labels.has_regions)
    if update.rule == "add":
        items, known = _missing_from(labels, here)
        status = _status_after_adding(image, labels)
    else:
        items, known = _replacing(labels, here)
        if not labels.has_regions:  # the source says nothing about them: they stay
            items += read_regions(image)
        status = labels.status
    is_same = len(known) == len(labels.objects) and (
        update.rule == "add" or len(here) == len(labels.objects)
    )
    saved: Image | None = None
    if not (is_same and image.is_finished):
        save = Save(
            base_revision=image.revision,
            author=job.created_by,
            upsert=items,
            status=status,
            source=RevisionSource.IMPORT,
            is_whole=update.rule == "replace",
        )
        saved = carry_out(image.pk, save)
    changed = (str(image.pk), saved.revision) if saved is not None and saved.is_changed else None
    if changed:
        counts.add_update()
    if candidate.staged is not None:
        counts.add_image("taken" if update.has_same_pixels else "repaired")
    there_already = len(known) if update.rule == "add" else 0
    counts.add_objects(
        taken=max(0, len(labels.objects) - max(there_already, labels.repaired)),
        repaired=max(there_already, labels.repaired),
        refused=labels.refused,
    )
    head = Finding("taken", candidate.file, None, _tell(update, image, here, known), 1, changed)
    return [head, *_told(update, image, there_already), *labels.findings]


def _told(update: Update, image: Image, there_already: int) -> list[Finding]:
    file = update.candidate.file
    told: list[Finding] = []
    if there_already:
        reason = f"{_objects(there_already)} of it {_are(there_already)} here already."
        told.append(Finding("repaired", file, None, reason))
    if not update.has_same_pixels:
        reason = f"Its pixels differ from those of “{image.file_name}”, which stay."
        told.append(Finding("repaired", file, None, reason))
    return told


def _tell(update: Update, image: Image, here: Sequence[Shape], known: dict[str, str]) -> str:
    labels = update.candidate.labels
    count = len(labels.objects)
    if update.rule == "add":
        return f"Added to “{image.file_name}”: {_objects(count - len(known))}."
    if len(known) == count == len(here):
        return f"“{image.file_name}” has these labels already."
    return (
        f"The labels of “{image.file_name}” became these: {_objects(count)}, before {len(here):,}."
    )


def _replacing(labels: Labels, here: Sequence[Shape]) -> tuple[list[InstanceData], dict[str, str]]:
    """The objects of the source; those that are here keep their ids, attributes and polygons."""
    known = match_shapes(shapes_of(labels.objects), here, min_iou=SAME_IOU)
    by_id = {shape.key: shape for shape in here}
    items: list[InstanceData] = []
    for place, item in enumerate(labels.objects):
        data = item.data()
        if (key := known.get(str(place))) is not None:
            data["id"] = key
            if len(here) == len(labels.objects) == len(known):
                data["polygons"] = by_id[key].polygons
        items.append(data)
    return items, known


def _missing_from(
    labels: Labels, here: Sequence[Shape]
) -> tuple[list[InstanceData], dict[str, str]]:
    known = match_shapes(shapes_of(labels.objects), here, min_iou=SAME_OBJECT_IOU)
    new = [item.data() for place, item in enumerate(labels.objects) if str(place) not in known]
    return new, known


def _status_after_adding(image: Image, labels: Labels) -> str:
    if image.status == ImageStatus.UNLABELLED:
        return labels.status
    return ImageStatus.DONE if image.status == ImageStatus.ACCEPTED else image.status


def _refuse(update: Update, counts: Counts, reason: str) -> list[Finding]:
    candidate = update.candidate
    if candidate.staged is not None:
        counts.add_image("refused")
    counts.add_objects(refused=candidate.labels.source_count)
    return [Finding("refused", candidate.file, None, reason)]


def _objects(count: int) -> str:
    return "1 object" if count == 1 else f"{count:,} objects"


def _are(count: int) -> Literal["is", "are"]:
    return "is" if count == 1 else "are"

"""The trash of images.

A deleted image keeps its row, annotation and history; ``Image.objects`` passes over it. Deleting
(``images.delete_image``) and restoring change the row and set ``label_pending`` in one
transaction; ``live_folder.sync_image`` moves the files after it, and housekeeping moves those
that a crash left. Purging first marks images as ``PURGED``, so that nothing half deleted comes
back, then deletes what hangs on them in turns, then their rows, then the files; a folder in the
trash without a row is what a crash left of that, and goes by :func:`remove_leftovers`.
"""

import shutil
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from annotator import paths
from annotator.folder.intake import intake_lock
from annotator.folder.live_folder import clear_names, sync_image
from annotator.images.windows import remove_original_files
from annotator.kernel.errors import ConflictError
from annotator.kernel.events import publish_event
from annotator.kernel.trash_time import Skipped, kept_since
from annotator.kernel.turns import delete_in_turns, write_in_turns
from annotator.models import (
    AnnotationRevision,
    Comment,
    Dataset,
    DeletedInstance,
    Image,
    ImageOriginal,
    IndependentAnnotation,
    Instance,
)

PURGE_IMAGES = 100
PURGE_SECONDS = 5.0
"""How long a request deletes; the ``cpu`` worker does the rest."""

PURGED = datetime(1, 1, 2, tzinfo=UTC)
"""``deleted_at`` of what is being deleted for good: long expired, whatever the trash keeps."""
LOOK_UP_IMAGES = 500
_GONE = "It is not in the trash any more."


def list_trashed_images(dataset: Dataset) -> QuerySet[Image]:
    return _restorable(dataset).select_related("deleted_by")


def _restorable(dataset: Dataset) -> QuerySet[Image]:
    """What lies in the trash of ``dataset`` and is not being deleted for good."""
    return Image.trashed.filter(dataset=dataset, deleted_at__gt=PURGED)


def restore_images(dataset: Dataset, ids: Sequence[UUID]) -> tuple[int, list[Skipped]]:
    """Bring images back; what cannot be is skipped with a reason.

    Raises ConflictError where one alone is asked for and its name or picture is there again.
    """
    wanted = list(dict.fromkeys(ids))
    rows = _restorable(dataset).select_related("dataset").in_bulk(wanted)
    skipped: list[Skipped] = []
    changed = 0
    for image_id in wanted:
        try:
            is_restored = image_id in rows and restore_image(rows[image_id])
        except ConflictError as error:
            if len(wanted) == 1:
                raise
            skipped.append({"id": str(image_id), "reason": str(error)})
            continue
        if is_restored:
            changed += 1
        else:
            skipped.append({"id": str(image_id), "reason": _GONE})
    publish_event("images.changed", dataset=dataset)
    return changed, skipped


def restore_image(image: Image) -> bool:
    """Bring an image back with its files. Returns whether it still was in the trash.

    Raises ConflictError when its name or its picture is in the dataset again.
    """
    dataset = image.dataset
    with intake_lock(dataset):
        _check_is_free(image)
        clear_names(dataset, [image.stem])
        with transaction.atomic():
            now = timezone.now()
            restored = (
                _restorable(dataset)
                .filter(pk=image.pk)
                .update(deleted_at=None, deleted_by=None, label_pending=True, updated_at=now)
            )
            publish_event("image.changed", dataset=dataset, id=str(image.pk))
    sync_image(image.pk)
    return restored == 1


def _check_is_free(image: Image) -> None:
    others = image.dataset.images.exclude(pk=image.pk)
    if named := others.filter(stem=image.stem).first():
        raise ConflictError(
            f"There is an image “{image.stem}” in the dataset again (in {named.split}). Delete "
            "that one first, then restore this.",
            code="stem_taken",
        )
    if same := others.filter(upload_sha256=image.upload_sha256).first():
        raise ConflictError(
            f"The image “{image.file_name}” is in the dataset again, as “{same.file_name}”. "
            "Delete that one first, then restore this.",
            code="duplicate",
        )


def purge_images(dataset: Dataset, ids: Sequence[UUID]) -> tuple[int, list[Skipped]]:
    """Delete trashed images for good; what is not in the trash is skipped with a reason.

    They cannot be restored from now on. What does not go within ``PURGE_SECONDS`` is left to the
    ``cpu`` worker.
    """
    wanted = list(dict.fromkeys(ids))
    there = set(_restorable(dataset).filter(pk__in=wanted).values_list("pk", flat=True))
    present = [pk for pk in wanted if pk in there]
    _purge(present, budget_seconds=PURGE_SECONDS)
    skipped: list[Skipped] = [{"id": str(pk), "reason": _GONE} for pk in wanted if pk not in there]
    return len(present), skipped


def purge_expired_images() -> int:
    """Delete a batch of images for good that were deleted too long ago. Returns how many."""
    expired = Image.trashed.filter(
        deleted_at__lt=kept_since(), dataset__deleted_at__isnull=True
    ).order_by("deleted_at")
    return _purge(list(expired.values_list("pk", flat=True)[:PURGE_IMAGES]))


def _purge(ids: Sequence[UUID], *, budget_seconds: float = float("inf")) -> int:
    """Delete those of ``ids`` that are in the trash, files and all; returns how many went."""
    until = time.monotonic() + budget_seconds
    for image_id in Image.trashed.filter(pk__in=ids, label_pending=True).values_list(
        "pk", flat=True
    ):
        sync_image(image_id)
    rows = Image.trashed.filter(label_pending=False)
    write_in_turns(ids, lambda batch: rows.filter(pk__in=batch).update(deleted_at=PURGED))
    count = 0
    for start in range(0, len(ids), PURGE_IMAGES):
        batch = list(rows.filter(pk__in=ids[start : start + PURGE_IMAGES]))
        delete_images([image.pk for image in batch])
        count += len(batch)
        if time.monotonic() > until:
            break
    return count


def delete_images(ids: Sequence[UUID]) -> None:
    """Delete the rows of images with all that hangs on them, then their files in the trash.

    A few turns for each kind, as an image may have thousands of objects and revisions.
    """
    originals = list(
        ImageOriginal.objects.filter(image_id__in=ids).select_related("image__dataset")
    )
    for model in (Instance, AnnotationRevision, DeletedInstance, Comment, IndependentAnnotation):
        delete_in_turns(model._base_manager.filter(image_id__in=ids))
    delete_in_turns(Image.all_objects.filter(pk__in=ids))
    remove_original_files(originals)
    for image_id in ids:
        remove_trashed_files(image_id)


def remove_trashed_files(image_id: UUID) -> None:
    shutil.rmtree(paths.trashed_image_dir(image_id), ignore_errors=True)


def remove_leftovers() -> int:
    """Remove files whose image was purged just before a crash. Returns how many."""
    folder = paths.trashed_images_dir()
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    ids = [UUID(name) for name in names if _is_uuid(name)]
    count = 0
    for start in range(0, len(ids), LOOK_UP_IMAGES):
        batch = ids[start : start + LOOK_UP_IMAGES]
        known = Image.all_objects.filter(pk__in=batch).values_list("pk", flat=True)
        for image_id in set(batch) - set(known):
            remove_trashed_files(image_id)
            count += 1
    return count


def _is_uuid(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False

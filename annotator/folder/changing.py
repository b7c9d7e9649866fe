"""Changing images: another split, another status, into the trash; one or many."""

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from annotator.kernel.errors import ServiceError
from annotator.kernel.trash_time import Skipped
from annotator.kernel.turns import job_turn
from annotator.models import FINISHED, Dataset, Image

from .live_folder import bring_into_step, syncing_together
from .saving import save_annotation

CHANGE_TOGETHER = 20
"""Images of one transaction, at whose end their files are brought into step together."""


def set_split(image: Image, split: str) -> Image:
    """Move an image to another split, its files with it."""
    if image.split == split:
        return image
    with transaction.atomic():
        rows = Image.objects.select_for_update(of=("self",)).select_related("dataset")
        image = get_object_or_404(rows, pk=image.pk)
        image.split = split
        image.label_pending = image.label_pending or image.is_finished
        image.updated_at = timezone.now()
        image.save(update_fields=["split", "label_pending", "updated_at"])
        transaction.on_commit(lambda: bring_into_step(image))
    return image


def set_splits(images: Sequence[Image], split: str) -> None:
    """Move many images to another split; the transaction is the caller's, the files follow it."""
    moved = [image for image in images if image.split != split]
    rows = Image.objects.filter(pk__in=[image.pk for image in moved])
    changes = {"split": split, "updated_at": timezone.now()}
    rows.filter(status__in=FINISHED).update(label_pending=True, **changes)
    rows.exclude(status__in=FINISHED).update(**changes)
    for image in moved:
        image.split = split
        image.label_pending = image.label_pending or image.is_finished
        transaction.on_commit(partial(bring_into_step, image))


def set_split_pinned(image: Image, is_pinned: bool) -> None:
    """Leave the image in its split when the dataset is split again, or no longer."""
    Image.objects.filter(pk=image.pk).update(is_split_pinned=is_pinned)


def set_status(image: Image, status: str, *, author: User) -> Image:
    """Mark an image done, or take the mark back."""
    return save_annotation(image.pk, base_revision=image.revision, status=status, author=author)


def delete_image(image: Image, *, author: User) -> None:
    """Put an image into the trash with its annotation and files; see trash.images."""
    with transaction.atomic():
        deleted = Image.objects.filter(pk=image.pk).update(
            deleted_at=timezone.now(), deleted_by_id=author.pk, label_pending=True
        )
        if deleted:
            image.label_pending = True
            transaction.on_commit(lambda: bring_into_step(image))


def change_many(
    dataset: Dataset,
    ids: Sequence[UUID],
    *,
    change: Callable[[Image], object],
) -> tuple[int, list[Skipped]]:
    """Apply ``change`` to each image of ``dataset``; what cannot be is skipped with a reason."""
    skipped: list[Skipped] = []
    changed = 0
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), CHANGE_TOGETHER):
        batch = wanted[start : start + CHANGE_TOGETHER]
        rows = dataset.images.in_bulk(batch)
        with syncing_together(dataset), job_turn():
            for image_id in batch:
                reason = change_one(dataset, rows.get(image_id), change)
                if reason is None:
                    changed += 1
                else:
                    skipped.append({"id": str(image_id), "reason": reason})
    return changed, skipped


def change_one(
    dataset: Dataset, image: Image | None, change: Callable[[Image], object]
) -> str | None:
    """Apply ``change`` in a transaction of its own; return why it could not be, None if it was."""
    if image is None:
        return "It is not in this dataset any more."
    image.dataset = dataset
    try:
        with transaction.atomic():
            change(image)
    except ServiceError as error:
        return str(error)
    except Http404:  # it went to the trash at this very moment
        return "It is not in this dataset any more."
    return None

"""Changing images: another split, another status, into the trash; one or many."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone

from annotator.kernel.errors import ServiceError
from annotator.kernel.events import publish_event
from annotator.kernel.trash_time import Skipped
from annotator.models import Dataset, Image

from .live_folder import sync_image, tell_changed
from .saving import save_annotation

CHANGE_AT_ONCE = 200
"""Images that are in memory at once; each is changed in a transaction of its own."""


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
        transaction.on_commit(
            lambda: sync_image(image.pk) if image.label_pending else tell_changed(image)
        )
    return image


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
            publish_event("image.changed", dataset=image.dataset, id=str(image.pk))
            transaction.on_commit(lambda: sync_image(image.pk))


def change_many(
    dataset: Dataset,
    ids: Sequence[UUID],
    *,
    change: Callable[[Image], object],
) -> tuple[int, list[Skipped]]:
    """Apply ``change`` to each image of ``dataset``; what cannot be is skipped with a reason."""
    skipped: list[Skipped] = []
    changed = 0
    rows: dict[UUID, Image] = {}
    for place, image_id in enumerate(ids):
        if place % CHANGE_AT_ONCE == 0:
            rows = dataset.images.in_bulk(ids[place : place + CHANGE_AT_ONCE])
        image = rows.get(image_id)
        if image is None:
            skipped.append({"id": str(image_id), "reason": "It is not in this dataset any more."})
            continue
        image.dataset = dataset
        try:
            change(image)
        except ServiceError as error:
            skipped.append({"id": str(image_id), "reason": str(error)})
        else:
            changed += 1
    publish_event("images.changed", dataset=dataset)
    return changed, skipped

"""Saving annotations: in the database, then on disk."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from annotator.annotations.data import InstanceData
from annotator.annotations.store import clean_instances, store_difference, store_whole
from annotator.kernel.turns import write_turn
from annotator.models import Image, RevisionSource

from .label_writer import follows_later
from .live_folder import sync_image


def save_annotation(
    image_id: UUID,
    *,
    base_revision: int,
    upsert: Sequence[InstanceData] = (),
    delete: Sequence[str] = (),
    order: Sequence[str] | None = None,
    status: str | None = None,
    author: User | None,
    source: RevisionSource = RevisionSource.USER,
) -> Image:
    """Store a difference and, after the commit, the label file.

    Repeatable, and checked against ``base_revision``: raises StaleRevisionError (with ``current``,
    the newest annotation) when that is not the newest and the save would change something.
    Raises ServiceError for a polygon that is none.
    """
    cleaned = clean_instances(image_id, upsert)
    with write_turn(), transaction.atomic():
        image = store_difference(
            image_id,
            base_revision=base_revision,
            upsert=cleaned,
            delete=delete,
            order=order,
            status=status,
            author=author,
            source=source,
        )
        _write_files(image)
    return image


def replace_annotation(
    image_id: UUID,
    *,
    base_revision: int,
    instances: Sequence[InstanceData],
    author: User | None,
    source: RevisionSource = RevisionSource.USER,
    status: str | None = None,
) -> Image:
    """Make ``instances`` the whole annotation, in this order. See :func:`save_annotation`."""
    cleaned = clean_instances(image_id, instances)
    with write_turn(), transaction.atomic():
        image = store_whole(
            image_id,
            base_revision=base_revision,
            instances=cleaned,
            author=author,
            source=source,
            status=status,
        )
        _write_files(image)
    return image


def _write_files(image: Image) -> None:
    if image.label_pending:
        transaction.on_commit(lambda: _sync(image))


def _sync(image: Image) -> None:
    # What goes into the live folder or out of it does so at once.
    if image.has_moved or not follows_later(image.pk):
        sync_image(image.pk)

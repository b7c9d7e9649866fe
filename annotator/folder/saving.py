"""Saving annotations: in the database, then on disk, then told.

The order of a save, whatever the process dies in between of (tests/annotator/folder/killed.py):
the commit acknowledges it; the label file follows, before its image where that moves; the event
"image.changed" goes out last. So whoever hears of a save finds its label file: another page, and
``yolo train`` that was started because of it. An image that is not finished has no label file, and
its event follows the commit.
"""

from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from annotator.annotations.data import InstanceData
from annotator.annotations.difference import Save
from annotator.annotations.statements import ImageToSave
from annotator.annotations.store import store
from annotator.models import Image, RevisionSource

from .label_writer import follows_later
from .live_folder import bring_into_step


def save_annotation(
    image: UUID | ImageToSave,
    *,
    base_revision: int,
    upsert: Sequence[InstanceData] = (),
    delete: Sequence[str] = (),
    order: Sequence[str] | None = None,
    status: str | None = None,
    author: User | None,
    source: RevisionSource = RevisionSource.USER,
) -> Image:
    """Store a difference, and let the label file follow the commit.

    Repeatable, and checked against ``base_revision``: raises StaleRevisionError (with ``current``,
    the newest annotation) when that is not the newest and the save would change something.
    Raises ServiceError for a polygon that is none.
    """
    save = Save(
        base_revision=base_revision,
        author=author,
        upsert=upsert,
        delete=delete,
        order=order,
        status=status,
        source=source,
    )
    return carry_out(image, save)


def replace_annotation(
    image: UUID | ImageToSave,
    *,
    base_revision: int,
    instances: Sequence[InstanceData],
    author: User | None,
    status: str | None = None,
) -> Image:
    """Make ``instances`` the whole annotation, in this order. See :func:`save_annotation`."""
    save = Save(
        base_revision=base_revision,
        author=author,
        upsert=instances,
        status=status,
        is_whole=True,
    )
    return carry_out(image, save)


def carry_out(image: UUID | ImageToSave, save: Save) -> Image:
    """Store a save; after the commit, write its label file and tell others."""
    if isinstance(image, ImageToSave):
        saved = store(image.image.pk, save, found=image)
    else:
        saved = store(image, save)
    if saved.is_changed:
        transaction.on_commit(lambda: follow_save(saved))
    return saved


def follow_save(image: Image) -> None:
    """What follows the commit of a save."""
    # What goes into the live folder or out of it does so at once.
    if not image.label_pending or image.has_moved or not follows_later(image.pk):
        bring_into_step(image)

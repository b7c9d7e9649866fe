"""Deleting datasets, bringing them back, deleting them for good.

Deleting and restoring change the row and leave the old slug in ``files_slug``; after the commit
:func:`settle_files` moves the folders and clears it; housekeeping does for what a crash left.
Purging only marks the row: housekeeping deletes what belongs to it in batches, files before rows,
so that it can go on after a crash.
"""

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from annotator import paths
from annotator.datasets.counts.reading import count_by_split_status
from annotator.datasets.data_yaml import write_data_yaml
from annotator.datasets.datasets import free_slug
from annotator.kernel.errors import ConflictError
from annotator.kernel.events import publish_event
from annotator.kernel.files import file_lock, fsync_dir
from annotator.kernel.followers import FOLLOWERS
from annotator.kernel.trash_time import kept_since
from annotator.kernel.turns import delete_in_turns
from annotator.models import ACTIVE_STATES, BulkItem, Dataset, Image, ImportRow

from .images import PURGE_IMAGES, delete_images

logger = logging.getLogger(__name__)


def delete_dataset(dataset: Dataset, *, author: User | None) -> None:
    """Put the dataset into the trash: out of sight, its slug free, its folder in ``trash/``."""
    settle_files(dataset.pk)
    _prepare(dataset)  # however many wait, each is ended in a transaction of its own
    with transaction.atomic():
        _delete(dataset, author)


def _prepare(dataset: Dataset) -> None:
    if dataset.imports.filter(state__in=ACTIVE_STATES).exists():
        raise ConflictError("An import into this dataset is running. Cancel it first.")
    for follower in FOLLOWERS:
        follower.prepare_deletion(dataset)


def _delete(dataset: Dataset, author: User | None) -> None:
    _prepare(dataset)
    slug = dataset.slug
    dataset.deleted_at = timezone.now()
    dataset.deleted_by_id = author.pk if author else None
    dataset.former_slug = dataset.files_slug = slug
    dataset.slug = f"{slug[:50]}-deleted-{dataset.pk}"
    _save_move(dataset)
    publish_event("dataset.changed", dataset=dataset, slug=slug, id=dataset.pk)


def restore_dataset(dataset: Dataset) -> Dataset:
    """Bring a dataset back under its slug, or a free one; harmless when it is back already.

    Raises ConflictError when it is being deleted for good.
    """
    settle_files(dataset.pk)
    with transaction.atomic():
        return _restore(Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk))


def _restore(dataset: Dataset) -> Dataset:
    if dataset.is_purging:
        raise ConflictError(f"“{dataset.name}” is being deleted for good.", code="purging")
    if dataset.deleted_at is None:
        return dataset
    dataset.files_slug = dataset.slug
    dataset.slug = free_slug(dataset.former_slug)
    dataset.deleted_at = dataset.deleted_by = None
    dataset.former_slug = ""
    _save_move(dataset)
    publish_event("dataset.changed", dataset=dataset, id=dataset.pk)
    return dataset


def _save_move(dataset: Dataset) -> None:
    dataset.save(
        update_fields=[
            "deleted_at", "deleted_by", "slug", "former_slug", "files_slug", "updated_at",
        ]
    )  # fmt: skip
    transaction.on_commit(lambda: settle_files(dataset.pk))


def settle_files(dataset_id: int) -> None:
    """Move the folders of a dataset to where its slug says, if they are not there yet."""
    with file_lock(str(dataset_id), kind="dataset"):
        dataset = Dataset.objects.filter(pk=dataset_id).first()
        if dataset is None or not dataset.files_slug:
            return
        old_slug = dataset.files_slug
        live, trashed = paths.dataset_dir(dataset), paths.trash_dir() / dataset.slug
        if dataset.deleted_at is None:
            _move(paths.trash_dir() / old_slug, live)
            write_data_yaml(dataset)
        else:
            _move(live.with_name(old_slug), trashed)
        for follower in FOLLOWERS:
            follower.move_files(old_slug=old_slug, new_slug=dataset.slug)
        Dataset.objects.filter(pk=dataset_id, slug=dataset.slug).update(files_slug="")


def _move(source: Path, target: Path) -> None:
    if source.exists() and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
        fsync_dir(target.parent)


def settle_pending() -> None:
    """Move the folders that a crash left behind."""
    for dataset_id in Dataset.objects.exclude(files_slug="").values_list("pk", flat=True):
        settle_files(dataset_id)


def count_contents(datasets: Sequence[Dataset]) -> dict[int, tuple[int, int]]:
    """Return ``{dataset id: (images, instances)}``, those in the images' trash left out."""
    found: dict[int, tuple[int, int]] = {}
    for row in count_by_split_status(dataset.pk for dataset in datasets):
        images, instances = found.get(row.dataset_id, (0, 0))
        found[row.dataset_id] = (images + row.images, instances + row.instances)
    return found


def purge_dataset(dataset: Dataset) -> None:
    """Delete a dataset in the trash for good. Raises ConflictError when that cannot be.

    It can no longer be restored; the ``cpu`` worker deletes its files and rows.
    """
    if dataset.deleted_at is None:
        raise ConflictError(f"“{dataset.name}” is not in the trash: delete it first.")
    for follower in FOLLOWERS:
        follower.check_purge(dataset)
    Dataset.objects.filter(pk=dataset.pk, deleted_at__isnull=False).update(is_purging=True)


def discard_dataset(dataset: Dataset) -> None:
    """Delete a dataset for good at once: one that was made for a moment, and is empty."""
    delete_dataset(dataset, author=None)
    with file_lock(f"purge-{dataset.pk}", kind="purge"):
        while Dataset.objects.filter(pk=dataset.pk).exists():
            _purge_batch(dataset)


def mark_expired_datasets() -> None:
    """Begin to purge the datasets that were deleted too long ago."""
    for dataset in Dataset.objects.filter(deleted_at__lt=kept_since(), is_purging=False):
        try:
            purge_dataset(dataset)
        except ConflictError as error:
            logger.debug("%s stays in the trash: %s", dataset.slug, error)


def purge_marked_datasets() -> int:
    """Delete one batch of the first dataset that is to go. Returns how many rows went."""
    for dataset in Dataset.objects.filter(is_purging=True).order_by("pk"):
        try:
            with file_lock(f"purge-{dataset.pk}", kind="purge"):
                return _purge_batch(dataset)
        except ConflictError as error:
            logger.warning("%s cannot be purged yet: %s", dataset.slug, error)
    return 0


def _purge_batch(dataset: Dataset) -> int:
    settle_files(dataset.pk)
    for follower in FOLLOWERS:
        follower.purge(dataset)
    rows = Image.all_objects.filter(dataset=dataset)
    if ids := list(rows.values_list("pk", flat=True)[:PURGE_IMAGES]):
        delete_images(ids)
        return len(ids)
    shutil.rmtree(paths.trash_dir() / dataset.slug, ignore_errors=True)
    delete_in_turns(ImportRow.objects.filter(import_job__dataset=dataset))
    delete_in_turns(BulkItem.objects.filter(change__dataset=dataset))
    delete_in_turns(dataset.folder_changes.all())
    delete_in_turns(dataset.folder_jobs.all())
    for children in (dataset.bulk_changes, dataset.imports, dataset.memberships, dataset.classes):
        delete_in_turns(children.all())
    dataset.delete()
    return 1

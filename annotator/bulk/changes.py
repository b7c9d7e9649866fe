"""Bulk changes: asked for by a person, worked off by a worker in small turns.

The images of a change are rows (``BulkItem``), written in turns before the first of them is
changed. A turn changes some images and removes their rows, in one transaction; their files follow
its commit together. So whoever takes the job up after a kill goes on with the rows that are left,
each image is changed whole or not at all, and nobody's save waits longer than one turn.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypedDict
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import F, QuerySet
from django.http import Http404
from rest_framework.exceptions import PermissionDenied

from annotator.annotations.store import BULK_CHANGE
from annotator.folder.live_folder import syncing_together
from annotator.images.findings.looking import nudge_looking
from annotator.images.listing import ImageFilters
from annotator.kernel import jobs
from annotator.kernel.errors import DISK_FULL, ServiceError, is_disk_full
from annotator.kernel.events import publish_event
from annotator.kernel.nudges import nudge_worker
from annotator.kernel.trash_time import kept_since
from annotator.kernel.turns import delete_in_turns, job_turn
from annotator.models import BulkAction, BulkChange, BulkItem, Dataset

from .actions import (
    ASSIGNING,
    AT_ONE_STROKE,
    TAGGING,
    Actor,
    Outcome,
    Planned,
    change_items,
    finish,
    plan,
    read_actor,
)
from .undoing import check_undoable
from .words import what_it_does

logger = logging.getLogger(__name__)

TURN_IMAGES = 100
TURN_ASSIGNED = 500
TURN_SECONDS = 0.15
"""How long one transaction changes images; one image more may lie beyond."""
PLAN_ROWS = 500
AT_ONCE = 50
"""Up to so many images are changed within the request that asks for it."""

_LOST = "The change failed by a fault of Segloop; the worker's log has it."


class Selection(TypedDict, total=False):
    """Either ``ids``, or what the ``filters`` let through less ``excluded``."""

    ids: list[str]
    filters: ImageFilters
    excluded: list[str]


def start_change(
    dataset: Dataset,
    action: BulkAction,
    options: dict[str, Any],
    *,
    selection: Selection | None = None,
    author: User,
) -> BulkChange:
    """Queue a change; a worker is nudged when the transaction commits."""
    job = BulkChange.objects.create(
        dataset=dataset,
        action=action,
        options=options,
        selection=selection or {},
        created_by=author,
        progress_unit="images",
        progress_message="Waiting for a worker",
    )
    _announce(job)
    nudge_worker("annotator.tasks.run_bulk_change", job.pk)
    return job


def cancel_change(job: BulkChange) -> BulkChange:
    """Ask a change to stop; the images that it has changed stay changed."""
    jobs.cancel_job(job)
    _announce(job)
    return job


def undo_change(job: BulkChange, *, author: User) -> BulkChange:
    """Queue the undoing of a change of labels. Raises ConflictError where it cannot be."""
    check_undoable(job)
    options = {"undone": job.pk, "title": what_it_does(job)}
    return start_change(job.dataset, BulkAction.UNDO, options, author=author)


def run_change(job_id: int) -> BulkChange | None:
    """Work a change off, unless somebody else does. Returns the job as it ended."""
    job = jobs.claim_job(BulkChange, job_id, jobs.make_owner())
    if job is None:
        return None
    with jobs.heartbeat(job):
        try:
            _run(job)
        except jobs.LeaseLostError:
            logger.warning("%s was taken over or ended by another worker", job)
            return job
        except Exception as error:
            _give_up(job, error)
    job.refresh_from_db()
    if not job.is_active:
        delete_in_turns(job.items.filter(is_skipped=False))
    publish_event("dataset.changed", dataset=job.dataset, id=job.dataset_id)
    publish_event("images.changed", dataset=job.dataset)
    nudge_looking(job.dataset_id)
    _announce(job)
    return job


def _give_up(job: BulkChange, error: Exception) -> None:
    if isinstance(error, ServiceError | PermissionDenied):
        reason = str(error)
    elif isinstance(error, Http404):
        reason = "Who asked for it is no member of the dataset any more, or the dataset is gone."
    elif is_disk_full(error):
        reason = f"{DISK_FULL} What was changed until then stays; ask for the rest again."
    else:
        logger.error("%s failed", job, exc_info=error)
        reason = _LOST
    jobs.mark_cancelled(job) if jobs.is_cancelling(job) else jobs.fail_job(job, reason)


def _run(job: BulkChange) -> None:
    actor = read_actor(job)
    if not job.is_planned and not _plan(job, actor):
        jobs.mark_cancelled(job)
        return
    size = TURN_ASSIGNED if job.action in (*ASSIGNING, *TAGGING) else TURN_IMAGES
    while not jobs.is_cancelling(job):
        items = list(job.items.filter(is_skipped=False).order_by("id")[:size])
        if not items:
            finish(job, actor)
            jobs.finish_job(job)
            return
        _turn(job, items, actor)
        _announce(job)
    jobs.mark_cancelled(job)


def _plan(job: BulkChange, actor: Actor) -> bool:
    """Write the rows of the images to change. False: it was cancelled meanwhile."""
    delete_in_turns(BulkItem.objects.filter(change=job))  # what a kill left of an earlier try
    jobs.report_progress(job, done=0, total=None, unit="images", message="Choosing the images")
    total = 0
    planned = iter(plan(job, actor))
    while rows := list(islice(planned, PLAN_ROWS)):
        if jobs.is_cancelling(job):
            return False
        with job_turn():
            BulkItem.objects.bulk_create(_item(job, row) for row in rows)
        total += len(rows)
    with job_turn():
        BulkChange.objects.filter(pk=job.pk).update(is_planned=True)
        jobs.report_progress(job, done=0, total=total, unit="images", message="")
    job.is_planned = True
    return True


def _item(job: BulkChange, row: Planned) -> BulkItem:
    return BulkItem(change=job, image_id=row.image_id, value=row.value)


def _turn(job: BulkChange, items: Sequence[BulkItem], actor: Actor) -> None:
    """Change some images: their rows go, or say why not, in the same transaction."""
    with _revisions_of(job), syncing_together(job.dataset), job_turn():
        until = time.monotonic() + TURN_SECONDS
        changed: list[int] = []
        skipped: list[BulkItem] = []
        for item, outcome in change_items(job, items, actor):
            if outcome.reason is None:
                changed.append(item.pk)
            else:
                item.is_skipped, item.file_name = True, outcome.file_name
                item.reason = outcome.reason
                skipped.append(item)
            if time.monotonic() > until and job.action not in AT_ONE_STROKE:
                break
        BulkItem.objects.filter(pk__in=changed).delete()
        BulkItem.objects.bulk_update(skipped, ["is_skipped", "file_name", "reason"])
        BulkChange.objects.filter(pk=job.pk).update(
            changed=F("changed") + len(changed), skipped=F("skipped") + len(skipped)
        )
        done = job.progress_done + len(changed) + len(skipped)
        jobs.report_progress(job, done=done, total=job.progress_total, unit="images", message="")


@contextmanager
def _revisions_of(job: BulkChange) -> Iterator[None]:
    """Let every revision that is written meanwhile name the change that it is of."""
    token = BULK_CHANGE.set(job.pk)
    try:
        yield
    finally:
        BULK_CHANGE.reset(token)


def change_now(
    dataset: Dataset, action: BulkAction, options: dict[str, Any], ids: Sequence[UUID], author: User
) -> list[tuple[BulkItem, Outcome]]:
    """Change a few images within the request; returns what became of each."""
    job = BulkChange(dataset=dataset, action=action, options=options, created_by=author)
    job.selection = {"ids": [str(pk) for pk in ids]}
    actor = read_actor(job)
    items = [BulkItem(image_id=row.image_id, value=row.value) for row in plan(job, actor)]
    results: list[tuple[BulkItem, Outcome]] = []
    with syncing_together(dataset), job_turn():
        results.extend(change_items(job, items, actor))
    return results


def purge_old_changes() -> int:
    """Forget changes that ended long ago, with what they skipped. Returns how many rows went."""
    ended = BulkChange.objects.filter(finished_at__lt=kept_since())
    count = delete_in_turns(BulkItem.objects.filter(change__in=ended), budget_seconds=1.0)
    return count + delete_in_turns(ended.filter(items__isnull=True), budget_seconds=1.0)


def list_changes(dataset: Dataset) -> QuerySet[BulkChange]:
    rows = BulkChange.objects.filter(dataset=dataset).select_related("dataset", "created_by")
    return rows.order_by("-id")


def _announce(job: BulkChange) -> None:
    publish_event("bulk_change.changed", dataset=job.dataset, id=job.pk)

"""Live folders: when they are looked at, and the jobs that look and settle.

A look is a job, and so is taking in or putting back what it found. A dataset has one of them at a
time. Each change is settled in a transaction of its own (new images a batch together) and then is
no longer waiting, so a job that is taken up again goes on with those that still are.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any, TypedDict

from django.contrib.auth.models import User
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from annotator.kernel import jobs
from annotator.kernel.errors import DISK_FULL, ConflictError, ServiceError, is_disk_full
from annotator.kernel.events import publish_event
from annotator.kernel.nudges import nudge_worker
from annotator.kernel.trash_time import kept_since
from annotator.kernel.turns import delete_in_turns
from annotator.models import (
    ACTIVE_STATES,
    ChangeKind,
    ChangeState,
    Dataset,
    FolderAction,
    FolderChange,
    FolderJob,
    FolderPolicy,
    JobState,
    LiveFolder,
)

from .adding import take_added
from .looking import look
from .settling import settle

logger = logging.getLogger(__name__)

BATCH_CHANGES = 100
MOST_DUE = 50
"""Looks that are asked for at once by the schedule; the others a moment later."""

_LOST = "It failed by a fault of Segloop; the worker's log has it."
_STATES = {FolderAction.TAKE: ChangeState.TAKEN, FolderAction.PUT_BACK: ChangeState.PUT_BACK}


class Selection(TypedDict, total=False):
    """Either ``ids``, or all that wait, of a ``subject`` and a ``kind``."""

    ids: list[int]
    subject: str
    kind: str


def folder_of(dataset: Dataset) -> LiveFolder:
    return LiveFolder.objects.get_or_create(dataset=dataset)[0]


def update_folder(dataset: Dataset, **values: Any) -> LiveFolder:
    """Change what a look does, and how often one is made."""
    folder = folder_of(dataset)
    LiveFolder.objects.filter(pk=folder.pk).update(**values)
    folder.refresh_from_db()
    _announce(dataset)
    return folder


def list_changes(
    dataset: Dataset, *, state: str = "", subject: str = "", kind: str = ""
) -> QuerySet[FolderChange]:
    rows = FolderChange.objects.filter(dataset=dataset).select_related("image", "image__dataset")
    if state == ChangeState.WAITING:
        rows = rows.filter(state=state)
    elif state:
        rows = rows.exclude(state=ChangeState.WAITING)
    if subject:
        rows = rows.filter(subject=subject)
    return rows.filter(kind=kind) if kind else rows


def count_changes(dataset: Dataset) -> list[dict[str, Any]]:
    """How many changes wait, by subject and kind."""
    rows = FolderChange.objects.filter(dataset=dataset, state=ChangeState.WAITING).order_by()
    counted = rows.values("subject", "kind").annotate(count=Count("pk"))
    return [dict(row) for row in counted.order_by("subject", "kind")]


def count_waiting(dataset: Dataset) -> int:
    """How many changes somebody has to decide about: strange files are left alone."""
    rows = FolderChange.objects.filter(dataset=dataset, state=ChangeState.WAITING)
    return rows.exclude(kind=ChangeKind.STRANGE).count()


# --- asking ----------------------------------------------------------------------------------


def start_look(dataset: Dataset, *, by: User | None = None) -> FolderJob:
    """Queue a look, unless one is under way: then that one is returned."""
    active = _active(dataset).filter(action=FolderAction.LOOK).first()
    if active is not None and active.state == JobState.QUEUED:
        return active
    return start_job(dataset, FolderAction.LOOK, {}, by=by)


def start_settling(
    dataset: Dataset, action: FolderAction, selection: Selection, *, by: User | None
) -> FolderJob:
    """Queue what is done about changes. Raises ConflictError where another such job is at work."""
    if _active(dataset).exclude(action=FolderAction.LOOK).exists():
        raise ConflictError(
            "Changes of this folder are being settled already: wait for it, or cancel it.",
            code="folder_busy",
        )
    return start_job(dataset, action, dict(selection), by=by)


def create_job(
    dataset: Dataset, action: FolderAction, options: dict[str, Any], *, by: User | None
) -> FolderJob:
    """Write the row of a job that the caller runs by itself."""
    return FolderJob.objects.create(
        dataset=dataset,
        action=action,
        options=options,
        created_by=by,
        progress_unit="images" if action == FolderAction.LOOK else "changes",
        progress_message="Waiting for a worker",
    )


def start_job(
    dataset: Dataset, action: FolderAction, options: dict[str, Any], *, by: User | None
) -> FolderJob:
    job = create_job(dataset, action, options, by=by)
    _announce(dataset)
    nudge_worker("annotator.tasks.run_folder_job", job.pk)
    return job


def cancel_folder_job(job: FolderJob) -> FolderJob:
    """Ask a job to stop; what it settled stays settled."""
    jobs.cancel_job(job)
    _announce(job.dataset)
    return job


def _active(dataset: Dataset) -> QuerySet[FolderJob]:
    return FolderJob.objects.filter(dataset=dataset, state__in=ACTIVE_STATES)


def last_job(dataset: Dataset) -> FolderJob | None:
    """The job that is at work, or the last one that a person should hear of."""
    rows = FolderJob.objects.filter(dataset=dataset).select_related("dataset", "created_by")
    return rows.filter(state__in=ACTIVE_STATES).order_by("id").first() or rows.first()


# --- the work ----------------------------------------------------------------------------------


def run_folder_job(job_id: int) -> FolderJob | None:
    """Work a job off, unless somebody else does. Returns the job as it ended."""
    job = FolderJob.objects.select_related("dataset").filter(pk=job_id).first()
    if job is None:
        return None
    others = _active(job.dataset).filter(pk__lt=job.pk).order_by("id")
    if others.exists():  # one at a time: that one nudges for this one
        return None
    claimed = jobs.claim_job(FolderJob, job_id, jobs.make_owner())
    if claimed is None:
        return None
    job = claimed
    with jobs.heartbeat(job):
        try:
            _look(job) if job.action == FolderAction.LOOK else _settle(job)
            jobs.mark_cancelled(job) if jobs.is_cancelling(job) else jobs.finish_job(job)
        except jobs.LeaseLostError:
            logger.warning("%s was taken over or ended by another worker", job)
            return job
        except Exception as error:
            _give_up(job, error)
    job.refresh_from_db()
    if job.state == JobState.FINISHED and job.action == FolderAction.LOOK:
        _settle_by_itself(job)
    for waiting in _active(job.dataset).order_by("id")[:1]:
        nudge_worker("annotator.tasks.run_folder_job", waiting.pk)
    _announce(job.dataset)
    return job


def _give_up(job: FolderJob, error: Exception) -> None:
    if isinstance(error, ServiceError):
        reason = str(error)
    elif is_disk_full(error):
        reason = f"{DISK_FULL} What was settled until then stays."
    elif isinstance(error, OSError):
        reason = f"The folder could not be read: {error.strerror or error}."
    else:
        logger.error("%s failed", job, exc_info=error)
        reason = _LOST
    jobs.mark_cancelled(job) if jobs.is_cancelling(job) else jobs.fail_job(job, reason)


def _look(job: FolderJob) -> None:
    folder = folder_of(job.dataset)
    try:
        look(job)
    except ServiceError as error:
        LiveFolder.objects.filter(pk=folder.pk).update(
            trouble=str(error), looked_at=timezone.now(), look_after=None
        )
        raise


def _settle_by_itself(job: FolderJob) -> None:
    """After a look: what the team lead has chosen for this dataset."""
    policy = folder_of(job.dataset).policy
    if policy == FolderPolicy.ASK:
        return
    rows = _choose(job.dataset, {}).filter(asks=False)
    if rows.exists() and not _active(job.dataset).exists():
        action = FolderAction.TAKE if policy == FolderPolicy.TAKE else FolderAction.PUT_BACK
        start_job(job.dataset, action, {"by_itself": True}, by=None)


def _choose(dataset: Dataset, options: dict[str, Any]) -> QuerySet[FolderChange]:
    rows = FolderChange.objects.filter(dataset=dataset, state=ChangeState.WAITING)
    rows = rows.exclude(kind=ChangeKind.STRANGE)
    if "ids" in options:
        rows = rows.filter(pk__in=options["ids"])
    if options.get("by_itself"):
        rows = rows.filter(asks=False)
    fields = {name: options[name] for name in ("subject", "kind") if options.get(name)}
    return rows.filter(**fields)


def _settle(job: FolderJob) -> None:
    """Settle what was chosen, a batch after another; what is left is passed over."""
    state, after, done = _STATES[FolderAction(job.action)], 0, 0
    rows = _choose(job.dataset, job.options).order_by("id")
    total = job.settled + job.left + rows.count()
    done = job.settled + job.left
    while batch := list(rows.filter(pk__gt=after).select_related("dataset")[:BATCH_CHANGES]):
        after = batch[-1].pk
        for is_new, group in groupby(batch, key=lambda change: _is_new(change, state)):
            changes = list(group)
            if is_new:
                done = _note(
                    job, done, total, changes, take_added(job.dataset, changes, by=job.created_by)
                )
                continue
            for change in changes:
                if jobs.is_cancelling(job):
                    return
                reason = settle(change, state, by=job.created_by)
                done = _note(job, done, total, [change], {change.pk: reason} if reason else {})
        if jobs.is_cancelling(job):
            return
        _announce(job.dataset)
    publish_event("images.changed", dataset=job.dataset)
    publish_event("dataset.changed", dataset=job.dataset, id=job.dataset_id)


def _is_new(change: FolderChange, state: ChangeState) -> bool:
    return (
        state == ChangeState.TAKEN and change.kind == ChangeKind.ADDED and change.subject == "image"
    )


def _note(
    job: FolderJob,
    done: int,
    total: int,
    changes: Sequence[FolderChange],
    left: dict[int, str],
) -> int:
    settled = len(changes) - len(left)
    FolderJob.objects.filter(pk=job.pk).update(
        settled=F("settled") + settled, left=F("left") + len(left)
    )
    done += len(changes)
    jobs.report_progress(job, done=done, total=total, unit="changes")
    return done


def _announce(dataset: Dataset) -> None:
    publish_event("folder.changed", dataset=dataset, id=dataset.pk)


# --- by the clock --------------------------------------------------------------------------------


def ask_for_looks(*, at_start: bool = False) -> int:
    """Queue the looks that are due: at the start those of all datasets. Returns how many."""
    living = Dataset.objects.filter(deleted_at__isnull=True, files_slug="")
    for dataset in living.filter(live_folder__isnull=True)[:MOST_DUE]:
        folder_of(dataset)
    now = timezone.now()
    if at_start:
        LiveFolder.objects.filter(dataset__in=living).update(look_after=now)
    folders = LiveFolder.objects.filter(dataset__in=living).select_related("dataset")
    due = folders.filter(
        Q(look_after__lte=now) | Q(look_minutes__gt=0, looked_at__isnull=True) | _is_overdue(now)
    )
    count = 0
    for folder in due.order_by("looked_at")[:MOST_DUE]:
        if not _active(folder.dataset).exists():
            LiveFolder.objects.filter(pk=folder.pk).update(look_after=None, looked_at=now)
            start_look(folder.dataset)
            count += 1
    return count


def _is_overdue(now: Any) -> Q:
    """Whose interval is over. The intervals that are in use are few."""
    minutes = LiveFolder.objects.filter(look_minutes__gt=0).order_by()
    overdue = Q(pk__in=[])
    for each in minutes.values_list("look_minutes", flat=True).distinct()[:200]:
        overdue |= Q(look_minutes=each, looked_at__lte=now - timedelta(minutes=each))
    return overdue


def purge_old_looks() -> int:
    """Forget changes that were settled, and jobs that ended, long ago."""
    settled = FolderChange.objects.filter(settled_at__lt=kept_since())
    count = delete_in_turns(settled, budget_seconds=1.0)
    ended = FolderJob.objects.filter(finished_at__lt=kept_since(), changes__isnull=True)
    return count + delete_in_turns(ended, budget_seconds=1.0)

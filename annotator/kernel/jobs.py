"""Moving jobs between their states. Each move is one compare-and-set UPDATE.

The row is the truth: a worker *claims* a job and holds it under a lease that it renews by
heartbeats. A message delivered twice finds the job claimed and does nothing; a job whose lease
ran out (its worker died) may be claimed again.
"""

import logging
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypedDict, TypeVar

from django.db import DatabaseError, close_old_connections, connection, models
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotator.models.jobs import ACTIVE_STATES, Job, JobState

logger = logging.getLogger(__name__)

LEASE_SECONDS = 30.0
HEARTBEAT_SECONDS = 5.0

J = TypeVar("J", bound=Job)


class Progress(TypedDict):
    done: int
    total: int | None
    unit: str
    message: str
    eta_seconds: float | None


class LeaseLostError(Exception):
    """Somebody else holds the job, or it was ended; whoever sees this stops at once."""


def make_owner() -> str:
    """Return a name for one holder of a lease, unique even between threads of one process."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


def progress_of(job: Job) -> Progress:
    """Return the progress of ``job`` with the time left, estimated from the mean pace so far."""
    eta_seconds = None
    done, total = job.progress_done, job.progress_total
    if job.state == JobState.RUNNING and job.started_at and total and 0 < done <= total:
        elapsed = (timezone.now() - job.started_at).total_seconds()
        eta_seconds = round(elapsed * (total - done) / done, 1)
    return {
        "done": done,
        "total": total,
        "unit": job.progress_unit,
        "message": job.progress_message,
        "eta_seconds": eta_seconds,
    }


def claim_job(model: type[J], job_id: int, owner: str) -> J | None:
    """Take a queued job, or a running one whose lease is over. None: it is not to be had."""
    now = timezone.now()
    free = models.Q(state=JobState.QUEUED) | models.Q(
        state__in=(JobState.RUNNING, JobState.CANCELLING), lease_until__lt=now
    )
    rows = model._default_manager.filter(free, model.may_be_claimed(), pk=job_id)
    taken = rows.update(
        state=models.Case(
            models.When(state=JobState.CANCELLING, then=models.Value(JobState.CANCELLING)),
            default=models.Value(JobState.RUNNING),
        ),
        lease_owner=owner,
        lease_until=now + timedelta(seconds=LEASE_SECONDS),
        attempts=models.F("attempts") + 1,
        started_at=Coalesce("started_at", models.Value(now)),
        error="",
        error_hint="",
    )
    return model._default_manager.get(pk=job_id) if taken == 1 else None


def renew_lease(job: Job) -> None:
    """Push the lease on. Raises LeaseLostError when it is no longer ours."""
    held = _held(job).update(lease_until=timezone.now() + timedelta(seconds=LEASE_SECONDS))
    if held != 1:
        raise LeaseLostError(f"{job} is held by another worker or has ended")


def report_progress(
    job: Job, *, done: int, total: int | None = None, unit: str = "", message: str = ""
) -> None:
    """Store progress and renew the lease. Raises LeaseLostError."""
    values = {
        "progress_done": done,
        "progress_total": total,
        "progress_unit": unit,
        "progress_message": message[:300],
        "lease_until": timezone.now() + timedelta(seconds=LEASE_SECONDS),
    }
    if _held(job).update(**values) != 1:
        raise LeaseLostError(f"{job} is held by another worker or has ended")
    for name, value in values.items():
        setattr(job, name, value)


def release_lease(job: Job) -> None:
    """Give a running job back, so that another worker may take it up at once."""
    _held(job).update(lease_until=timezone.now())


def is_cancelling(job: Job) -> bool:
    """Look up whether somebody asked for the job to stop."""
    return _rows(job).filter(state=JobState.CANCELLING).exists()


def finish_job(job: Job) -> bool:
    """running → finished (also when a wish to cancel came too late). False: no longer ours."""
    return _end(job, JobState.FINISHED)


def fail_job(job: Job, error: str, hint: str = "") -> bool:
    """running → failed, with a sentence that a person can act on."""
    return _end(job, JobState.FAILED, error=error, error_hint=hint)


def mark_cancelled(job: Job) -> bool:
    """cancelling → cancelled, said by the worker that has stopped."""
    return _end(job, JobState.CANCELLED)


def cancel_job(job: Job) -> bool:
    """Ask a job to stop: queued → cancelled, running → cancelling. False: it had ended."""
    now = timezone.now()
    rows = _rows(job)
    moved = rows.filter(state=JobState.QUEUED).update(state=JobState.CANCELLED, finished_at=now)
    if not moved:
        moved = rows.filter(state=JobState.RUNNING).update(state=JobState.CANCELLING)
    job.refresh_from_db()
    return moved == 1 or job.state == JobState.CANCELLING


def find_abandoned(model: type[J]) -> list[int]:
    """Return the ids of jobs that wait for a worker: queued, or held under a lease that is over."""
    now = timezone.now()
    rows = model._default_manager.filter(
        models.Q(state=JobState.QUEUED)
        | models.Q(state__in=(JobState.RUNNING, JobState.CANCELLING), lease_until__lt=now),
        model.may_be_claimed(),
    )
    return list(rows.order_by("created_at").values_list("pk", flat=True))


@contextmanager
def heartbeat(job: Job, *, every_seconds: float = HEARTBEAT_SECONDS) -> Iterator[threading.Event]:
    """Renew the lease from a thread of its own while the body works.

    Yields an event that is set when the lease is lost: the body looks at it and stops.
    """
    stop, lost = threading.Event(), threading.Event()

    def beat() -> None:
        try:
            while not stop.wait(every_seconds):
                close_old_connections()
                try:
                    renew_lease(job)
                except LeaseLostError:
                    lost.set()
                    return
                except DatabaseError:
                    logger.warning("%s: heartbeat missed, trying again", job, exc_info=True)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat-{job.pk}", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        stop.set()
        thread.join()


def _rows(job: J) -> models.QuerySet[J]:
    return type(job)._default_manager.filter(pk=job.pk)


def _held(job: J) -> models.QuerySet[J]:
    return _rows(job).filter(lease_owner=job.lease_owner, state__in=ACTIVE_STATES)


def _end(job: Job, state: JobState, *, error: str = "", error_hint: str = "") -> bool:
    moved = _held(job).update(
        state=state,
        finished_at=timezone.now(),
        lease_until=None,
        error=error,
        error_hint=error_hint,
    )
    job.refresh_from_db()
    return moved == 1

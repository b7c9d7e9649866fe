"""Working off a short job of the engine: claimed, given a device, supervised, concluded."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from annotator.kernel.errors import sentence_of
from annotator.kernel.jobs import (
    LeaseLostError,
    claim_job,
    fail_job,
    finish_job,
    make_owner,
    mark_cancelled,
)
from annotator.models.jobs import Job, JobState
from training import paths

from .device_holds import AUTO, DeviceBusyError, engine_device, give_back_job
from .engine_process import EngineEvent, EngineLock, RunLockedError, engine_lock
from .nudges import release_lease
from .short_places import Need, work_in_place
from .supervising import MAX_ATTEMPTS, Outcome, supervise_engine
from .workers import takes_work

logger = logging.getLogger(__name__)

J = TypeVar("J", bound=Job)


class EngineJob:
    """What one kind of job asks of the engine, and what it does with the answer."""

    command: str
    # What it finds out is true of the device it was asked for only.
    need = Need(image_size=640, batch=1, may_move=False)

    def request(self, device: str) -> dict[str, object]:
        """Return the request, without ``config_dir``. Raises RefusedError."""
        raise NotImplementedError

    def log(self) -> Path:
        raise NotImplementedError

    def handle(self, event: EngineEvent) -> None:
        """Take an event that is not the last."""

    def finish(self, event: EngineEvent) -> dict[str, object]:
        """Return the values of the row that the last event comes to."""
        raise NotImplementedError


class RefusedError(Exception):
    """The job cannot be done; the message is a sentence for a person."""


def work_off(model: type[J], job_id: int, make: Callable[[J], EngineJob], device: str = "") -> None:
    """Work a queued job off; does nothing if it is not to be had."""
    job = claim_job(model, job_id, make_owner()) if takes_work() else None
    if job is None:
        return
    kind = model.__name__.lower()
    try:
        work = make(job)

        def supervise(devices: str) -> Outcome:
            with engine_lock(paths.job_lock_path(kind, job.pk)) as lock:
                return _supervise(job, work, devices, lock)

        outcome = work_in_place(job, device or AUTO, work.need, supervise)
        _conclude(job, work, outcome)
    except LeaseLostError:
        return
    except (RunLockedError, DeviceBusyError) as reason:
        give_back_job(job, str(reason))
    except RefusedError as reason:
        fail_job(job, str(reason))
    except Exception as error:
        logger.exception("%s failed in Segloop itself", job)
        fail_job(
            job,
            f"Segloop could not go on with it: {sentence_of(error)}",
            "The worker's log says more.",
        )


def _supervise(job: Job, work: EngineJob, devices: str, lock: EngineLock) -> Outcome:
    if job.state == JobState.CANCELLING:
        return Outcome("cancelled", {})
    if job.attempts > MAX_ATTEMPTS:
        return Outcome("failed", {}, f"It was interrupted {MAX_ATTEMPTS} times.")
    device, environment = engine_device(devices)
    return supervise_engine(
        job,
        work.command,
        {**work.request(device), "config_dir": str(paths.engine_config_dir())},
        log=work.log(),
        on_event=work.handle,
        lock=lock,
        environment=environment,
    )


def _conclude(job: Job, work: EngineJob, outcome: Outcome) -> None:
    if outcome.state == "interrupted":
        release_lease(job)
    elif outcome.state == "cancelled":
        mark_cancelled(job)
    elif outcome.state == "failed":
        fail_job(job, outcome.error, outcome.hint)
    else:
        held = type(job)._default_manager.filter(pk=job.pk, lease_owner=job.lease_owner)
        if held.update(**work.finish(outcome.event)) != 1 or not finish_job(job):
            raise LeaseLostError

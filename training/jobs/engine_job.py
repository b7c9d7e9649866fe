"""One job of the engine, whatever its kind: a run, an evaluation, a prediction, an export, a check
before a run, or what was trained elsewhere and comes back.

The states of the row, and who moves them (each move is one compare-and-set: kernel/jobs.py)::

    queued ──worker claims──▶ running ──engine finished──────────▶ finished
      ▲  │                     │ │ │ └──engine failed, refused───▶ failed
      │  └─person cancels─┐    │ │ └────person cancels──▶ cancelling ──stopped──▶ cancelled
      │                   ▼    │ │                            └──stopped, kept──▶ finished
      │              cancelled │ └──lease over──another worker claims──▶ running
      └──────given back────────┘

A worker works a job off in this order::

    claim ▶ place (devices are held) ▶ lock ▶ engine, supervised ▶ judge ▶ conclude ▶ follow
                                        ▲                            │
                                        └─── another attempt (runs) ─┘

What may happen, who notices it, and what becomes of the job::

    device busy     the place, before any       given back: queued, with what it waits for
                    engine starts
    lock held       the lock: an earlier        that engine is killed after 10 seconds; one on
                    engine is still at the job  another host: given back, with the reason
    cancel now      the row, once a second      SIGTERM, killed 30 seconds later: cancelled
    stop and keep   the same, for runs only     SIGUSR2 after the first batch: finished
    out of memory   the engine says so          failed, with a hint; beside a training: once more,
                                                on the processor; a run: again, half the batch
    engine dies     exit code, the kernel's     failed, with its last words; a run: another
    or hangs        counters; silence           attempt from last.pt (runs/attempt_rules.py)
    full disk       engine, or our own write    failed; a run: waits until there is space
    shutdown        ``shutting_down``           SIGTERM; the lease ends now, the next worker goes on
    worker dies     the engine: it stops when   the lease ends by itself after 30 seconds, the next
                    its parent is gone          worker goes on; failed after 6 claims, a run by the
                                                rules of its attempts
    lease lost      heartbeat, look for wishes, the engine is killed, nothing more is written
                    every write of the job
    database away   every statement             two minutes' patience, then as if the worker died

A kind is a subclass: it says where the engine works (``place``), what it is asked (``request``),
takes its events (``handle``), stores what came of it (``finish``), does what follows (``follow``)
and removes files (``clear``). The base knows no kind: subclasses register in ``ENGINE_JOBS``.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar, cast

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from annotator.kernel.errors import DISK_FULL, is_disk_full, sentence_of
from annotator.kernel.jobs import (
    LeaseLostError,
    claim_job,
    fail_job,
    find_abandoned,
    finish_job,
    make_owner,
    mark_cancelled,
    release_lease,
    report_progress,
)
from annotator.models.jobs import Job, JobState
from training import paths

from .announce import announce
from .device_holds import DeviceBusyError, engine_device, give_back_job
from .engine_process import EngineEvent, EngineLock, EngineLockedError, engine_lock
from .nudges import TASKS
from .short_places import Need, work_in_place
from .supervising import Outcome, Wish, shutting_down, supervise_engine, with_database_patience
from .workers import takes_work

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 6

J = TypeVar("J", bound=Job)
ENGINE_JOBS: dict[type[Job], "type[EngineJob[Any]]"] = {}


class RefusedError(Exception):
    """The job cannot be done; the message is a sentence for a person."""


class EngineJob(Generic[J]):
    """One job that this worker has claimed. ``urgency`` of a short kind: the highest goes first."""

    model: ClassVar[type[Job]]
    command: ClassVar[str]
    urgency: ClassVar[int | None] = None

    def __init_subclass__(cls, *, is_main: bool = True) -> None:
        """``is_main``: what takes up jobs of the model, which may hand them to another kind."""
        if is_main:
            ENGINE_JOBS[cls.model] = cls

    def __init__(self, job: J) -> None:
        self.job = job
        self.devices = ""

    @classmethod
    def take_up(cls, job_id: int) -> None:
        """Work a job off that a message names; does nothing if it is not to be had."""
        may = TASKS[cls.model][1] == "cpu" or takes_work()
        job = claim_job(cls.model, job_id, make_owner()) if may else None
        if job is not None:
            cls(cast(J, job)).work()

    @classmethod
    def waiting(cls) -> list[int]:
        """Return the short jobs of this kind that wait now."""
        return find_abandoned(cls.model)

    # --- what a kind fills -----------------------------------------------------------------------

    def place(self) -> tuple[str, Need]:
        """Return the devices that a short job is asked for, and what it takes."""
        raise NotImplementedError

    def request(self, device: str) -> dict[str, object]:
        """Make the folder ready and return what the engine is asked. Raises RefusedError."""
        raise NotImplementedError

    def log(self) -> Path:
        raise NotImplementedError

    def handle(self, event: EngineEvent) -> None:
        """Take an event that is not the last."""

    def finish(self, event: EngineEvent) -> dict[str, object]:
        """Return the values of the row that the last event comes to; in the transaction that ends
        the job."""
        raise NotImplementedError

    def follow(self) -> None:
        """Do what follows from the end of the job, however it ended."""

    def clear(self) -> None:
        """Remove files that are of no use once this worker lets go of the job."""

    # --- the machine; runs and imports extend parts of it ----------------------------------------

    def work(self) -> None:
        """Work the job off, whose lease we hold."""
        job = self.job
        try:
            outcome = self.without_engine() or self.in_place(self.attempts)
            with_database_patience(partial(self.conclude, outcome))
        except LeaseLostError:
            logger.warning("%s: the lease was lost, its engine was stopped", job)
            return
        except (EngineLockedError, DeviceBusyError) as reason:
            if give_back_job(job, str(reason)):
                announce(job)
            return
        except (OperationalError, InterfaceError):
            logger.exception("%s: the database is away for too long; its lease ends by itself", job)
            return
        except Exception as error:
            logger.exception("%s failed in Segloop itself", job)
            sentence = f"Segloop could not go on with the {self.noun}: {sentence_of(error)}"
            self.conclude(Outcome("failed", {}, sentence, "The worker's log says more."))
        finally:
            self.clear()
        announce(job)
        try:
            self.follow()
        except Exception:
            logger.exception("%s has ended, but not all that follows from it was done", job)

    def in_place(self, work: Callable[[str], Outcome]) -> Outcome:
        """Do ``work`` with the devices that the job gets. Raises DeviceBusyError."""
        return work_in_place(self.job, *self.place(), work)

    def attempts(self, devices: str) -> Outcome:
        """Run the engine until :meth:`judge` says that the job has come to an end."""
        self.devices = devices
        while True:
            announce(self.job)
            try:
                outcome = self.attempt()
            except RefusedError as refusal:
                outcome = Outcome("failed", {}, str(refusal))
            except OSError as error:
                if not is_disk_full(error):
                    raise
                hint = "Free some space, then start it again."
                outcome = Outcome("failed", {"code": "disk_full"}, DISK_FULL, hint)
            judged = with_database_patience(partial(self.judge, outcome))
            if judged is not None:
                return judged

    def attempt(self) -> Outcome:
        """Run the engine once, under the lock that it inherits."""
        device, environment = engine_device(self.devices)
        with self.lock() as lock:
            return self.foresee() or supervise_engine(
                self.job,
                self.command,
                {**self.request(device), "config_dir": str(paths.engine_config_dir())},
                log=self.log(),
                on_event=self.handle,
                lock=lock,
                look_for_wish=self.look_for_wish,
                environment=environment,
            )

    def lock(self) -> AbstractContextManager[EngineLock]:
        return engine_lock(paths.job_lock_path(self.model.__name__.lower(), self.job.pk))

    def without_engine(self) -> Outcome | None:
        """Return the outcome of a job that needs no engine any more, and no device.

        First the lock: an earlier engine, of a worker that stands still, may be at it. Raises
        EngineLockedError.
        """
        outcome = self.foresee()
        if outcome is not None:
            with self.lock():
                pass
        return outcome

    def foresee(self) -> Outcome | None:
        """Return the outcome of a job that needs no engine any more."""
        if self.job.state == JobState.CANCELLING:  # asked for while nobody held it
            return Outcome("cancelled", {})
        if self.job.attempts > MAX_ATTEMPTS:
            return Outcome("failed", {}, f"The {self.noun} was interrupted {MAX_ATTEMPTS} times.")
        return None

    def look_for_wish(self) -> Wish:
        """Return what a person wants of the job by now. Raises LeaseLostError."""
        return "now" if self.read("state") == (JobState.CANCELLING,) else ""

    def judge(self, outcome: Outcome) -> Outcome | None:
        """Return what an attempt comes to for the job; None: another attempt follows."""
        return outcome

    def conclude(self, outcome: Outcome) -> None:
        """End the job in one transaction: a worker that dies here leaves all of it or nothing."""
        job = self.job
        with transaction.atomic():
            match outcome.state:
                case "interrupted":
                    release_lease(job)
                case "cancelled":
                    mark_cancelled(job)
                case "failed":
                    fail_job(job, outcome.error, outcome.hint)
                case "finished":
                    if not finish_job(job):
                        raise LeaseLostError
                    values = self.finish(outcome.event)
                    for name, value in values.items():
                        setattr(job, name, value)
                    job.save(update_fields=list(values))

    # --- what kinds need -------------------------------------------------------------------------

    @property
    def noun(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def _held(self) -> QuerySet[Job]:
        rows = self.model._default_manager.all()
        return rows.filter(pk=self.job.pk, lease_owner=self.job.lease_owner)

    def read(self, *fields: str) -> tuple[Any, ...]:
        """Read the row while we hold it. Raises LeaseLostError."""
        row = self._held.values_list(*fields).first()
        if row is None:
            raise LeaseLostError(f"{self.job} is held by another worker")
        return tuple(row)

    def update(self, **values: Any) -> None:
        """Change the row while we hold it. Raises LeaseLostError."""
        if self._held.update(**values) != 1:
            raise LeaseLostError(f"{self.job} is held by another worker")
        for name, value in values.items():
            setattr(self.job, name, value)

    def report(self, message: str, *, done: int, total: int | None, unit: str = "images") -> None:
        """Show how far the job is. Raises LeaseLostError."""
        report_progress(self.job, done=done, total=total, unit=unit, message=message)
        announce(self.job)

    def say(self, message: str) -> None:
        """Show a sentence beside the progress so far. Raises LeaseLostError."""
        job = self.job
        done, total, unit = job.progress_done, job.progress_total, job.progress_unit
        self.report(message, done=done, total=total, unit=unit)


def work_off(job: Job) -> None:
    """Work ``job`` off in this process, if it is to be had."""
    ENGINE_JOBS[type(job)].take_up(job.pk)


def work_off_short_jobs() -> None:
    """Work off every short job that waits now, before a worker begins to train.

    Messages come in the order in which they were sent. With several runs in the queue, the
    evaluation of the first would come after the last, and whoever checks a form or predicts an
    image would wait for all of them. Their own messages will find nothing to do.
    """
    short = [kind for kind in ENGINE_JOBS.values() if kind.urgency is not None]
    for kind in sorted(short, key=lambda kind: -(kind.urgency or 0)):
        for job_id in kind.waiting():
            if shutting_down.is_set():
                return
            kind.take_up(job_id)

"""Training: a gpu worker works a run off, attempt after attempt.

A run that was interrupted goes on from last.pt; without one it starts again. A lock that the engine
process inherits makes sure that two engines never train the same run, whatever the leases say.

What ends an attempt, and what follows (the rules: attempt_rules.py)::

    engine finished, cancelled, kept             the run ends
    engine killed, crashed, hung, out of memory  the next attempt, at once, in the same worker
    worker asked to go, killed, machine lost     the next attempt, by whoever claims the run
    disk full                                    waits, for everybody to see, until there is space
    database away                                two minutes' patience, then as a lost worker
"""

import logging
from functools import partial

from django.db import InterfaceError, OperationalError, transaction

from annotator.kernel.jobs import LeaseLostError, cancel_job, fail_job, finish_job, mark_cancelled
from annotator.models import Split
from annotator.models.jobs import JobState
from training import paths
from training.evaluations.evaluations import queue_evaluation
from training.jobs.announce import announce
from training.jobs.device_holds import DeviceBusyError, give_back_job, hold_devices
from training.jobs.disk import find_disk_shortage
from training.jobs.engine_process import EngineLock, RunLockedError, engine_lock
from training.jobs.nudges import nudge_search_of, release_lease
from training.jobs.supervising import Outcome, shutting_down, with_database_patience
from training.models import AttemptOutcome, CheckpointKind, Run, RunAttempt, StopMode
from training.versions.freezing import find_changed_files

from .attempts import close_attempt, close_lost_attempts, judge_attempts
from .mail import tell_end
from .queue import claim_next_run
from .training_attempt import TrainingAttempt

logger = logging.getLogger(__name__)


def train_run(run_id: int) -> None:
    """Take up the run that is next in the queue; does nothing if there is none to be had.

    ``run_id`` is the one that the message was about. Which run is next, the queue says; those that
    are passed over now are found again by the workers' sweep.
    """
    run = _claim(run_id)
    if run is None:
        return
    announce(run)
    try:
        with hold_devices(run, run.parameters["device"]) as devices:
            while _attempt(run, devices):
                announce(run)
    except LeaseLostError:
        logger.warning("%s: the lease was lost, its engine was stopped", run)
        return
    except (RunLockedError, DeviceBusyError) as reason:
        logger.warning("%s: %r; later again", run, reason)
        give_back_job(run)
        announce(run)
        return
    except (OperationalError, InterfaceError):
        logger.exception("%s: the database is away for too long; its lease ends by itself", run)
        return
    except Exception as error:
        logger.exception("%s failed in Segloop itself", run)
        _fail(run, f"Segloop could not go on with the run: {error}", "The worker's log says more.")
    announce(run)
    nudge_search_of(run)
    tell_end(run.pk)


def _claim(run_id: int) -> Run | None:
    """Take the next run, and close what a worker that went down has left of it."""
    asked = Run.objects.select_related("dataset").filter(pk=run_id).first()
    if asked is not None and asked.dataset.deleted_at is not None:
        cancel_job(asked)
    claimed = claim_next_run()
    if claimed is None:
        return None
    before, run = claimed
    Run.objects.filter(pk=run.pk).update(is_paused=False)
    run.is_paused = False
    close_lost_attempts(run, last_seen=before.lease_until)
    return run


def _attempt(run: Run, devices: str) -> bool:
    """Make one attempt at ``run``, whose lease we hold. True: another one is to follow."""
    with engine_lock(paths.job_lock_path("run", run.pk)) as lock:
        if run.state == JobState.CANCELLING and run.stop_mode != StopMode.KEEP:
            mark_cancelled(run)  # asked for while nobody held it
            return False
        verdict = judge_attempts(run)
        if verdict is not None and not verdict.goes_on:
            fail_job(run, verdict.error, verdict.hint)
            return False
        return _train(TrainingAttempt(run, verdict, devices), lock)


def _train(attempt: TrainingAttempt, lock: EngineLock) -> bool:
    try:
        outcome = attempt.work(lock)
    except OSError as error:
        outcome = attempt.explain_os_error(error)
    outcome = with_database_patience(partial(_conclude, attempt, outcome))
    if outcome.state == "failed":
        return _goes_on(attempt.run, outcome)
    return False


def _goes_on(run: Run, outcome: Outcome) -> bool:
    """Decide, after an engine has failed, whether this worker makes the next attempt."""
    verdict = judge_attempts(run)
    assert verdict is not None  # noqa: S101 - an attempt has just ended
    if not verdict.goes_on:
        fail_job(run, verdict.error, outcome.hint if outcome.cause == "told" else verdict.hint)
        return False
    if shutting_down.is_set() or find_disk_shortage():
        release_lease(run)  # the next worker that looks waits for space, and says so
        return False
    run.refresh_from_db(fields=["state", "stop_mode"])
    return True


def _conclude(attempt: TrainingAttempt, outcome: Outcome) -> Outcome:
    """Say in the database what came of an attempt, and of the run where that ends it.

    The end in one transaction: a worker that dies here leaves all of it or nothing. (Files are read
    before.) Returns what it came to.
    """
    run = attempt.run
    attempt.record_checkpoints(outcome)
    if outcome.state == "finished" and (changed := find_changed_files(run.version)):
        outcome = _refuse_changed_version(run, changed)
    with transaction.atomic():
        attempt.close(outcome)
        if outcome.state == "interrupted":
            release_lease(run)
        elif outcome.state == "cancelled":
            mark_cancelled(run)
        elif outcome.state == "finished":
            _finish(run)
    return outcome


def _refuse_changed_version(run: Run, changed: list[str]) -> Outcome:
    error = (
        f"Version {run.version.number} was changed while it was trained on: "
        f"{', '.join(changed[:3])}{' …' if len(changed) > 3 else ''}. "
        "The result cannot be trusted."
    )
    hint = "Look what writes into the folder of versions, then freeze again and repeat the run."
    return Outcome("failed", {"code": "version_changed"}, error, hint)


def _finish(run: Run) -> None:
    if not finish_job(run):
        raise LeaseLostError(f"{run} is held by another worker")
    best = run.checkpoints.filter(kind=CheckpointKind.BEST).first()
    if best is not None:
        queue_evaluation(best, Split.VAL, created_by_id=run.created_by_id)


def _fail(run: Run, error: str, hint: str) -> None:
    for open_attempt in RunAttempt.objects.filter(run=run, outcome=AttemptOutcome.RUNNING):
        close_attempt(open_attempt, AttemptOutcome.FAILED, error, to_epoch=run.epoch)
    fail_job(run, error, hint)

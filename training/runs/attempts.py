"""The attempts at a run: opened with an engine, closed with a sentence, told on the API."""

import socket
from datetime import UTC, datetime
from itertools import zip_longest
from typing import TypedDict

import psutil
from django.contrib.auth.models import AbstractUser
from django.db.models import Max
from django.utils import timezone

from training.jobs.nudges import is_alive
from training.jobs.supervising import Outcome
from training.models import AttemptOutcome, Run, RunAttempt, Trial

from .attempt_rules import Verdict, decide_next, tell_attempt, tell_place


class AttemptPayload(TypedDict):
    """``sentence`` says how it ended and what came of it, ``notes`` what the engine lowered to
    what its host can hold, and warned of."""

    number: int
    outcome: AttemptOutcome
    sentence: str
    notes: list[str]
    worker: str
    device: str
    device_name: str
    started_at: datetime
    ended_at: datetime | None
    from_epoch: int
    to_epoch: int
    batch: int


def attempt_payloads(run: Run) -> list[AttemptPayload]:
    """Return the history of a run, the oldest first."""
    rows = list(run.attempt_rows.all())
    payloads: list[AttemptPayload] = []
    for row, after in zip_longest(rows, rows[1:]):
        resumed_by = after.started_by if after else None
        payloads.append(
            {
                "number": row.number,
                "outcome": AttemptOutcome(row.outcome),
                "sentence": tell_attempt(
                    row,
                    after=after,
                    resumed_by=name_of(resumed_by),
                    finished=run.epoch,
                    epochs=run.parameters["epochs"],
                ),
                "notes": row.notes,
                "worker": row.worker.partition(":")[0],
                "device": row.device,
                "device_name": row.device_name,
                "started_at": row.started_at,
                "ended_at": row.ended_at,
                "from_epoch": row.from_epoch,
                "to_epoch": run.epoch if row.outcome == AttemptOutcome.RUNNING else row.to_epoch,
                "batch": row.batch,
            }
        )
    return payloads


def name_of(user: AbstractUser | None) -> str:
    return "" if user is None else user.get_full_name() or user.get_username()


def open_attempt(
    run: Run, *, device: str, from_epoch: int, batch: int, loader_workers: int
) -> RunAttempt:
    """Note that an engine is about to train ``run``, whose lease we hold."""
    newest = run.attempt_rows.aggregate(number=Max("number"))["number"] or 0
    attempt = RunAttempt.objects.create(
        run=run,
        number=newest + 1,
        worker=run.lease_owner.rpartition(":")[0],
        device=device,
        started_by_id=run.resumed_by_id,
        started_at=timezone.now(),
        from_epoch=from_epoch,
        to_epoch=from_epoch,
        batch=batch,
        loader_workers=loader_workers,
    )
    Run.objects.filter(pk=run.pk).update(resumed_by=None)
    run.resumed_by = None
    return attempt


def close_attempt(
    attempt: RunAttempt, outcome: AttemptOutcome, sentence: str, *, to_epoch: int
) -> None:
    """Say how an attempt ended, unless somebody has said so already."""
    RunAttempt.objects.filter(pk=attempt.pk, outcome=AttemptOutcome.RUNNING).update(
        outcome=outcome, sentence=sentence, to_epoch=to_epoch, ended_at=timezone.now()
    )
    attempt.refresh_from_db()


def close_lost_attempts(run: Run, *, last_seen: datetime | None) -> None:
    """Close what a worker left open that went down; ``last_seen``: when its lease ended."""
    for attempt in run.attempt_rows.filter(outcome=AttemptOutcome.RUNNING):
        place = tell_place(
            epoch=run.epoch,
            epochs=run.parameters["epochs"],
            has_begun=attempt.has_begun,
        )
        sentence = f"{_explain_loss(attempt)} {place}."
        close_attempt(attempt, AttemptOutcome.LOST, sentence, to_epoch=run.epoch)
        if last_seen is not None and attempt.started_at < last_seen < timezone.now():
            RunAttempt.objects.filter(pk=attempt.pk).update(ended_at=last_seen)


def _explain_loss(attempt: RunAttempt) -> str:
    host, _, pid = attempt.worker.partition(":")
    if host != socket.gethostname():
        return f"The worker on {host} fell silent"
    if datetime.fromtimestamp(psutil.boot_time(), UTC) > attempt.started_at:
        return f"The machine {host} was restarted"
    if pid.isdigit() and is_alive(int(pid)):
        return f"The worker on {host} did not answer any more"
    return f"The worker on {host} was killed"


def judge_attempts(run: Run) -> Verdict | None:
    """Return what follows from the attempts so far; None before the first one has ended.

    Those before a person resumed the run no longer count.
    """
    rows = list(run.attempt_rows.all())
    begins = max((i for i, row in enumerate(rows) if row.started_by_id), default=0)
    rows = rows[begins:]
    if not rows or run.resumed_by_id is not None:
        return None
    return decide_next(rows, allow_smaller_batch=run.allow_smaller_batch)


# --- how an attempt ended --------------------------------------------------------------------


def tell_ending(attempt: RunAttempt, outcome: Outcome) -> tuple[AttemptOutcome, str]:
    """Return what the end of an engine is for its attempt, and a sentence for a person."""
    run = attempt.run
    epochs = run.parameters["epochs"]
    place = tell_place(epoch=run.epoch, epochs=epochs, has_begun=attempt.has_begun)
    match outcome.state:
        case "finished":
            return _tell_finish(run, outcome)
        case "cancelled":
            return AttemptOutcome.CANCELLED, f"Cancelled {place}."
        case "interrupted":
            host = attempt.worker.partition(":")[0]
            return AttemptOutcome.HANDED_ON, f"The worker on {host} was shut down {place}."
    if outcome.cause == "told":
        return _tell_failure(attempt, outcome, place)
    if outcome.cause == "crashed":
        return AttemptOutcome.CRASHED, f"Crashed {place}: {outcome.error}"
    verb = "Hung" if outcome.cause == "hung" else "Killed"
    return AttemptOutcome(outcome.cause), f"{verb} {place}: {outcome.error.partition(': ')[2]}"


def _tell_finish(run: Run, outcome: Outcome) -> tuple[AttemptOutcome, str]:
    epochs = run.parameters["epochs"]
    if outcome.event.get("stopped_early"):
        is_pruned = Trial.objects.filter(run=run, pruned_at__isnull=False).exists()
        who = "its search, as it fell behind," if is_pruned else "request"
        sentence = f"Stopped by {who} after epoch {run.epoch} of {epochs}, and kept."
        return AttemptOutcome.STOPPED, sentence
    if run.epoch < epochs:
        patience = run.parameters["patience"]
        sentence = f"Finished after epoch {run.epoch}: no better for {patience} epochs."
        return AttemptOutcome.FINISHED, sentence
    return AttemptOutcome.FINISHED, f"Finished: {epochs} epochs."


def _tell_failure(attempt: RunAttempt, outcome: Outcome, place: str) -> tuple[AttemptOutcome, str]:
    match outcome.event.get("code"):
        case "out_of_memory" if "fewer workers" in outcome.hint:
            # The engine's hint tells the loaders' memory from that of the device.
            return AttemptOutcome.OUT_OF_SHARED_MEMORY, f"Ended {place}: {outcome.error}"
        case "out_of_memory":
            sentence = f"Out of memory {place} with batch {attempt.batch}: {outcome.error}"
            return AttemptOutcome.OUT_OF_MEMORY, sentence
        case "disk_full":
            return AttemptOutcome.DISK_FULL, f"The disk was full {place}."
        case "unexpected":
            return AttemptOutcome.BROKEN, f"Broke off {place}: {outcome.error}"
        case _:
            return AttemptOutcome.FAILED, f"Failed {place}: {outcome.error}"

"""What follows from how an attempt ended: pure rules and their words, no database.

A run goes on from last.pt by itself wherever another attempt may fare better. It is given up when
the same thing happens again at the same epoch: then it is the run, not bad luck.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from training.models import AttemptOutcome

MOST_TIMES = {
    AttemptOutcome.KILLED: 2,
    AttemptOutcome.KILLED_FOR_MEMORY: 2,
    AttemptOutcome.CRASHED: 2,
    AttemptOutcome.BROKEN: 2,
    AttemptOutcome.DISK_FULL: 2,
    # A worker that goes down is seldom the run's doing, but a run can take its machine down.
    AttemptOutcome.LOST: 3,
}
"""How often each may happen at one epoch before the run is given up."""

ENDS = frozenset(
    {
        AttemptOutcome.FINISHED,
        AttemptOutcome.STOPPED,
        AttemptOutcome.CANCELLED,
        AttemptOutcome.FAILED,
        AttemptOutcome.OUT_OF_SHARED_MEMORY,
    }
)

HINTS = {
    AttemptOutcome.KILLED: "Look who ends processes on the worker's machine, then resume the run.",
    AttemptOutcome.KILLED_FOR_MEMORY: (
        "Resume it when the machine has more free memory, or start again with a smaller batch or "
        "image size."
    ),
    AttemptOutcome.OUT_OF_MEMORY: (
        "Start again with a smaller batch, a smaller image size or a smaller base model."
    ),
    AttemptOutcome.OUT_OF_SHARED_MEMORY: (
        "Give the container more shared memory (shm_size), then resume the run."
    ),
    AttemptOutcome.HUNG: "The log holds what each thread was doing. Then resume the run.",
    AttemptOutcome.LOST: (
        "Look whether the worker's machine runs out of memory, then resume the run."
    ),
    AttemptOutcome.DISK_FULL: "Free some space, then resume the run.",
}
_SEE_LOG = "The end of the log says more."


class Ended(Protocol):
    """What the rules look at in an attempt."""

    outcome: str
    from_epoch: int
    to_epoch: int
    batch: int
    loader_workers: int
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """What is to be done: go on with ``batch`` and ``loader_workers``, or give up and say why."""

    goes_on: bool
    batch: int
    loader_workers: int
    error: str = ""
    hint: str = ""


def decide_next(attempts: Sequence[Ended], *, allow_smaller_batch: bool) -> Verdict:
    """Judge the attempts since a person last asked; the last of them has just ended."""
    last = attempts[-1]
    outcome = AttemptOutcome(last.outcome)
    smaller = _shrink(last, outcome) if allow_smaller_batch else None
    if smaller is not None:
        return smaller
    if outcome == AttemptOutcome.OUT_OF_SHARED_MEMORY and last.loader_workers:
        return Verdict(True, last.batch, last.loader_workers // 2)
    reason = _find_reason_to_give_up(attempts, outcome)
    if reason is None:
        return Verdict(True, last.batch, last.loader_workers)
    error = f"{last.sentence} {reason}".strip()
    return Verdict(False, last.batch, last.loader_workers, error, HINTS.get(outcome, _SEE_LOG))


def _shrink(last: Ended, outcome: AttemptOutcome) -> Verdict | None:
    """Return half the batch where the memory did not hold it."""
    if outcome in (AttemptOutcome.OUT_OF_MEMORY, AttemptOutcome.KILLED_FOR_MEMORY) and (
        last.batch > 1
    ):
        return Verdict(True, last.batch // 2, last.loader_workers)
    return None


def _find_reason_to_give_up(attempts: Sequence[Ended], outcome: AttemptOutcome) -> str | None:
    """Return "" where the attempt's own sentence says it all, None where there is no reason."""
    last = attempts[-1]
    if outcome in ENDS:
        return ""
    if outcome == AttemptOutcome.OUT_OF_MEMORY:
        return "" if last.batch == 1 else "A smaller batch was not allowed."
    if outcome == AttemptOutcome.BROKEN and last.to_epoch == last.from_epoch:
        return ""  # an error of the set-up: another attempt would meet it again
    if outcome == AttemptOutcome.HUNG:
        times = sum(item.outcome == outcome for item in attempts)
        return "It had hung before, so it was given up." if times > 1 else None
    times = sum(item.outcome == outcome and item.to_epoch == last.to_epoch for item in attempts)
    if times >= MOST_TIMES.get(outcome, times + 1):
        return f"That happened {times} times at this epoch, so it was given up."
    return None


# --- words -----------------------------------------------------------------------------------


def tell_place(*, epoch: int, epochs: int, has_begun: bool) -> str:
    """Say where an attempt was that had finished ``epoch`` of ``epochs``."""
    if epoch >= epochs:
        return "in the final validation"
    if not has_begun:
        return "while it was starting"
    return f"at epoch {epoch + 1}"


def tell_beginning(attempt: Ended, *, before: Ended | None, by: str = "") -> str:
    """Say how an attempt began: "resumed after epoch 40 with batch 8"."""
    if before is None:
        return "Started"
    how = f"resumed after epoch {attempt.from_epoch}" if attempt.from_epoch else "started again"
    if by:
        how += f" by {by}"
    changes = []
    if attempt.batch != before.batch:
        changes.append(f"batch {attempt.batch}")
    if attempt.loader_workers != before.loader_workers:
        changes.append(f"{attempt.loader_workers} processes that load images")
    return f"{how} with {' and '.join(changes)}" if changes else how


def tell_attempt(
    attempt: Ended, *, after: Ended | None, resumed_by: str = "", finished: int = 0, epochs: int = 0
) -> str:
    """Say how an attempt ended and what came of it, in one line; while it runs, how far the run is.

    "Killed at epoch 41: the memory of the machine ran out; resumed after epoch 40 with batch 8."
    """
    if attempt.outcome == AttemptOutcome.RUNNING:
        return f"Training: {finished} of {epochs} epochs are finished."
    if after is None:
        return attempt.sentence
    return (
        f"{attempt.sentence.rstrip('.')}; {tell_beginning(after, before=attempt, by=resumed_by)}."
    )

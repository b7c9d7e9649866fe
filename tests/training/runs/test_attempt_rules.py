"""What follows from how an attempt ended, as a table; and the words for it."""

from dataclasses import dataclass

import pytest

from training.models import AttemptOutcome as Outcome
from training.runs.attempt_rules import Verdict, decide_next, tell_attempt, tell_place


@dataclass
class Attempt:
    outcome: str
    from_epoch: int = 0
    to_epoch: int = 0
    batch: int = 16
    loader_workers: int = 4
    sentence: str = "It ended."


def decide(*attempts: Attempt, allow_smaller_batch: bool = True) -> Verdict:
    return decide_next(attempts, allow_smaller_batch=allow_smaller_batch)


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        ([Attempt(Outcome.FINISHED)], None),
        ([Attempt(Outcome.CANCELLED)], None),
        ([Attempt(Outcome.FAILED)], None),
        ([Attempt(Outcome.HANDED_ON)] * 50, (16, 4)),
        ([Attempt(Outcome.KILLED)], (16, 4)),
        ([Attempt(Outcome.KILLED)] * 2, None),
        ([Attempt(Outcome.KILLED, to_epoch=1), Attempt(Outcome.KILLED, to_epoch=2)], (16, 4)),
        ([Attempt(Outcome.KILLED), Attempt(Outcome.CRASHED)], (16, 4)),
        ([Attempt(Outcome.CRASHED), Attempt(Outcome.KILLED), Attempt(Outcome.CRASHED)], None),
        ([Attempt(Outcome.LOST)] * 2, (16, 4)),
        ([Attempt(Outcome.LOST)] * 3, None),
        ([Attempt(Outcome.HUNG, to_epoch=1)], (16, 4)),
        ([Attempt(Outcome.HUNG, to_epoch=1), Attempt(Outcome.HUNG, to_epoch=9)], None),
        ([Attempt(Outcome.OUT_OF_MEMORY)], (8, 4)),
        ([Attempt(Outcome.OUT_OF_MEMORY, batch=3)], (1, 4)),
        ([Attempt(Outcome.OUT_OF_MEMORY, batch=1)], None),
        ([Attempt(Outcome.KILLED_FOR_MEMORY)], (8, 4)),
        ([Attempt(Outcome.KILLED_FOR_MEMORY, batch=1)], (1, 4)),
        ([Attempt(Outcome.KILLED_FOR_MEMORY, batch=1)] * 2, None),
        ([Attempt(Outcome.OUT_OF_SHARED_MEMORY)], (16, 2)),
        ([Attempt(Outcome.OUT_OF_SHARED_MEMORY, loader_workers=0)], None),
        ([Attempt(Outcome.BROKEN, from_epoch=2, to_epoch=2)], None),
        ([Attempt(Outcome.BROKEN, from_epoch=2, to_epoch=5)], (16, 4)),
        ([Attempt(Outcome.DISK_FULL)], (16, 4)),
        ([Attempt(Outcome.DISK_FULL)] * 2, None),
    ],
)
def test_what_is_done_next(attempts: list[Attempt], expected: tuple[int, int] | None) -> None:
    verdict = decide(*attempts)
    assert verdict.goes_on == (expected is not None)
    if expected is None:
        assert verdict.error.startswith("It ended.")
        assert verdict.hint
    else:
        assert (verdict.batch, verdict.loader_workers) == expected


def test_every_end_is_judged() -> None:
    """A kind of end that nobody thought of would be repeated for ever."""
    for outcome in set(Outcome) - {Outcome.RUNNING, Outcome.HANDED_ON}:
        many = [Attempt(outcome, batch=1, loader_workers=0)] * 5
        assert not decide(*many).goes_on, outcome


def test_a_smaller_batch_must_be_allowed() -> None:
    refused = decide(Attempt(Outcome.OUT_OF_MEMORY), allow_smaller_batch=False)
    assert not refused.goes_on
    assert "not allowed" in refused.error
    killed = decide(Attempt(Outcome.KILLED_FOR_MEMORY), allow_smaller_batch=False)
    assert (killed.goes_on, killed.batch) == (True, 16)  # there may be more memory by now


def test_the_history_in_words() -> None:
    killed = Attempt(
        Outcome.KILLED_FOR_MEMORY,
        to_epoch=40,
        batch=16,
        sentence="Killed at epoch 41: the memory of the machine ran out.",
    )
    after = Attempt(Outcome.FINISHED, from_epoch=40, to_epoch=50, batch=8, sentence="Finished.")
    assert tell_attempt(killed, after=after) == (
        "Killed at epoch 41: the memory of the machine ran out; "
        "resumed after epoch 40 with batch 8."
    )
    again = Attempt(Outcome.FINISHED, from_epoch=0, batch=16)
    assert tell_attempt(killed, after=again).endswith("; started again.")
    by_hand = Attempt(Outcome.FINISHED, from_epoch=40, batch=16)
    assert tell_attempt(killed, after=by_hand, resumed_by="Anna").endswith(
        "; resumed after epoch 40 by Anna."
    )
    assert tell_attempt(after, after=None) == "Finished."
    running = Attempt(Outcome.RUNNING, from_epoch=40, to_epoch=40)
    assert tell_attempt(running, after=None, finished=43, epochs=50) == (
        "Training: 43 of 50 epochs are finished."
    )


@pytest.mark.parametrize(
    ("epoch", "has_begun", "place"),
    [
        (0, False, "while it was starting"),
        (0, True, "at epoch 1"),
        (40, True, "at epoch 41"),
        (50, True, "in the final validation"),
    ],
)
def test_where_it_was(epoch: int, has_begun: bool, place: str) -> None:
    assert tell_place(epoch=epoch, epochs=50, has_begun=has_begun) == place

"""When an engine counts as hung; and whether the kernel killed it."""

from pathlib import Path

import pytest

from training.jobs import memory_kills
from training.jobs.memory_kills import MemoryKills, count_memory_kills, explain_kill
from training.jobs.silence import Silence

LIMIT = 600.0


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def batch(number: int, *, of: int = 100, epoch: int = 1) -> dict[str, object]:
    return {"type": "batch", "epoch": epoch, "batch": number, "batches": of}


def is_hung_after(seconds: float, *events: dict[str, object], pace_seconds: float = 10.0) -> bool:
    """Whether it counts as hung so long after the last of these events, which came evenly."""
    clock = Clock()
    silence = Silence(LIMIT, clock)
    for event in events:
        clock.now += pace_seconds
        silence.hear(event)
    clock.now += seconds
    return silence.is_too_long()


@pytest.mark.parametrize(
    ("events", "limit"),
    [
        ([], 3 * LIMIT),
        ([{"type": "started"}], 3 * LIMIT),
        ([batch(1), batch(2)], LIMIT),
        ([batch(98), batch(100)], 3 * LIMIT),
        ([{"type": "epoch"}], 3 * LIMIT),
        ([{"type": "progress"}], LIMIT),
    ],
    ids=["just started", "loading", "in an epoch", "validating", "between epochs", "evaluating"],
)
def test_how_long_it_may_be_silent(events: list[dict[str, object]], limit: float) -> None:
    assert not is_hung_after(limit - 1, *events)
    assert is_hung_after(limit + 1, *events)


def test_the_last_batches_of_a_quick_epoch_have_no_event() -> None:
    """40 batches a second, an event each half second: after the 85th validation comes."""
    events = [batch(5), batch(25), batch(45), batch(65), batch(85)]
    assert not is_hung_after(LIMIT + 1, *events, pace_seconds=0.5)
    assert is_hung_after(LIMIT + 1, *events[:3], pace_seconds=0.5)


def test_an_engine_that_waits_for_space_does_not_hang() -> None:
    assert not is_hung_after(1e6, batch(1), {"type": "paused"})
    assert is_hung_after(LIMIT + 1, {"type": "paused"}, {"type": "resumed"}, batch(1), batch(2))


# --- killed for memory? -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "for_memory", "words"),
    [
        (MemoryKills(3, None), MemoryKills(3, None), False, "kill -9"),
        (MemoryKills(3, None), MemoryKills(4, None), True, "memory of the machine"),
        (MemoryKills(3, 0), MemoryKills(4, 1), True, "limit of its container"),
        (MemoryKills(None, None), MemoryKills(None, None), True, "most likely"),
    ],
)
def test_why_it_was_killed(
    before: MemoryKills, after: MemoryKills, for_memory: bool, words: str
) -> None:
    verdict, clause = explain_kill(before, after)
    assert verdict == for_memory
    assert words in clause


def test_the_kernel_s_counters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = tmp_path / "memory.events"
    events.write_text("low 0\nhigh 0\nmax 12\noom 2\noom_kill 2\noom_group_kill 0\n")
    monkeypatch.setattr(memory_kills, "_CGROUPS", (tmp_path / "none", events))
    monkeypatch.setattr(memory_kills, "_VMSTAT", tmp_path / "none")
    assert count_memory_kills() == MemoryKills(None, 2)

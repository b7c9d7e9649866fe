"""The time that a run still takes, as the list of runs and the tray tell it."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.utils import timezone

from training.models import Run
from training.services.run_pace import progress_of_run


def run(*, done: int, attempts: list[tuple[int, float]], **changes: Any) -> Run:
    """10 epochs, ``done`` finished. Attempts: the epoch from which, and how many seconds ago."""
    now = timezone.now()
    rows = [
        SimpleNamespace(from_epoch=from_epoch, started_at=now - timedelta(seconds=ago))
        for from_epoch, ago in attempts
    ]
    return cast(
        Run,
        SimpleNamespace(
            state="running",
            is_paused=False,
            started_at=now - timedelta(seconds=attempts[0][1] if attempts else 1),
            parameters={"epochs": 10},
            progress_done=done,
            progress_total=10,
            progress_unit="epochs",
            progress_message="",
            attempt_rows=SimpleNamespace(all=lambda: rows),
            **changes,
        ),
    )


def test_a_first_attempt_goes_on_as_it_began() -> None:
    assert progress_of_run(run(done=4, attempts=[(0, 40)]))["eta_seconds"] == pytest.approx(60, 0.1)


def test_the_hours_before_it_was_resumed_do_not_count() -> None:
    resumed = run(done=6, attempts=[(0, 9 * 3600), (4, 20)])
    assert progress_of_run(resumed)["eta_seconds"] == pytest.approx(40, 0.1)


@pytest.mark.parametrize(
    ("done", "attempts", "changes"),
    [
        (4, [(0, 40)], {"is_paused": True}),
        (4, [(0, 9000), (4, 20)], {}),
        (4, [], {}),
        (4, [(0, 40)], {"state": "queued"}),
    ],
    ids=["paused", "just resumed", "no attempt", "queued"],
)
def test_nobody_can_tell(done: int, attempts: Any, changes: dict[str, Any]) -> None:
    waiting = run(done=done, attempts=attempts)
    vars(waiting).update(changes)
    assert progress_of_run(waiting)["eta_seconds"] is None

"""The time that a run still takes, as the list of runs and the tray tell it."""

from typing import Any

import pytest

from training.jobs.run_pace import progress_of_run
from training.models import Run


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ({}, 60.0),
        ({"is_paused": True}, None),
        ({"state": "queued"}, None),
        ({"eta_seconds": None}, None),
    ],
    ids=["as the engine told", "paused", "waits for the next attempt", "not known yet"],
)
def test_the_time_left_is_what_the_engine_told_last(
    changes: dict[str, Any], seconds: float | None
) -> None:
    run = Run(**{"state": "running", "eta_seconds": 60.0, **changes})
    assert progress_of_run(run)["eta_seconds"] == seconds

"""One run of ten epochs, five faults, ten epochs in the end: everything real.

PostgreSQL, Redis, the Celery worker and Ultralytics are processes that the test kills, stops and
cuts while the run trains.
"""

import signal
import time
from itertools import pairwise

import pytest

from .site import Site, send

pytestmark = pytest.mark.slow

EPOCHS = 10
DATABASE_AWAY_SECONDS = 10


def test_ten_epochs_through_five_faults(site: Site) -> None:
    run = site.start_run(epochs=EPOCHS, images=40)
    site.send_message(run)  # delivered twice from the beginning
    site.start_worker()

    site.wait_for_epoch(run, 1)
    (engine,) = site.engines(run)
    send(engine, signal.SIGKILL)
    site.wait_for(lambda: len(site.attempts_of(run)) == 2)

    site.wait_for_epoch(run, 3)
    (engine,) = site.engines(run)
    site.kill_worker()
    engine.wait(60)  # the engine goes with its worker
    site.start_worker()

    site.wait_for_epoch(run, 5)
    site.restart_redis()
    site.send_message(run)

    site.wait_for_epoch(run, 6)
    (engine,) = site.engines(run)
    send(engine, signal.SIGSTOP)
    site.wait_for(lambda: len(site.attempts_of(run)) == 4)

    site.wait_for_epoch(run, 7)
    site.database.stop()
    time.sleep(DATABASE_AWAY_SECONDS)
    site.database.start_again()

    site.wait_for(lambda: site.run(run)["state"] not in ("queued", "running"))
    assert site.run(run) == {"state": "finished", "epoch": EPOCHS, "error": "", "batch": 4}
    assert site.epochs_of(run) == list(range(1, EPOCHS + 1))
    assert site.engines(run) == []

    attempts = site.attempts_of(run)
    assert [item["outcome"] for item in attempts] == ["killed", "lost", "hung", "finished"]
    for earlier, later in pairwise(attempts):
        # It goes on where the last checkpoint is: never from the beginning, nothing left out.
        assert earlier["to_epoch"] <= later["from_epoch"] <= earlier["to_epoch"] + 1
    killed, lost, hung, finished = (item["sentence"] for item in attempts)
    assert killed.startswith(f"Killed at epoch {attempts[0]['to_epoch'] + 1}: ")
    assert "kill -9" in killed or "memory" in killed
    assert lost.startswith("The worker on ")
    assert f"was killed at epoch {attempts[1]['to_epoch'] + 1}" in lost
    assert hung.startswith("Hung ")
    assert finished == f"Finished: {EPOCHS} epochs."
    assert attempts[-1]["to_epoch"] == EPOCHS

    # The message that came again, and that Redis may still hold, starts nothing.
    site.send_message(run)
    time.sleep(3)
    assert len(site.attempts_of(run)) == 4
    assert site.engines(run) == []

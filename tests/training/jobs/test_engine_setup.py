"""What is said while the engine is being installed."""

import json
import os
import time
from collections.abc import Iterator

import pytest

from annotator.kernel.health import check_health
from training import paths
from training.jobs.engine_setup import STALE_SECONDS, engine_setup
from training.jobs.job_list import overview_workers
from training.jobs.workers import list_devices
from training.runs.queue import list_queue

from ..conftest import Pond, freeze, start

pytestmark = pytest.mark.django_db


def tell(**state: object) -> None:
    path = paths.engine_state_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"state": "installing", "percent": None, "detail": "", "error": "", **state}
    path.write_text(json.dumps(content))


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    paths.engine_state_path().unlink(missing_ok=True)


def test_nothing_is_said_where_nothing_is_installed() -> None:
    assert engine_setup() is None


def test_the_queue_and_the_form_say_how_far_the_installation_is(pond: Pond) -> None:
    """A run that is started early waits, and its page says for what."""
    start(pond, version=freeze(pond))
    assert list_queue(pond.lead)[0]["reason"].startswith("No worker is running")
    tell(percent=60, detail="40 of 67 packages, fetching torch")
    sentence = "The GPU worker is being installed, 60 %: it begins by itself after that."
    assert list_queue(pond.lead)[0]["reason"] == sentence
    assert list_devices()["message"] == sentence
    overview = overview_workers(pond.lead)["engine"]
    assert overview is not None
    assert overview["percent"] == 60
    assert overview["detail"] == "40 of 67 packages, fetching torch"
    assert check_health()["checks"]["worker_gpu"] == {"ok": False, "detail": sentence}


def test_a_failed_installation_says_why(pond: Pond) -> None:
    start(pond, version=freeze(pond))
    tell(state="failed", error="The disk is full: free some space.")
    reason = list_queue(pond.lead)[0]["reason"]
    assert "could not be installed: The disk is full: free some space." in reason
    assert "tried again" in reason


def test_what_a_dead_launcher_left_counts_for_nothing() -> None:
    tell(percent=60)
    path = paths.engine_state_path()
    then = time.time() - STALE_SECONDS - 1
    os.utime(path, (then, then))
    assert engine_setup() is None
    path.write_text("half a fi")
    assert engine_setup() is None

"""A prediction is paused, resumed, killed: what is done stays, and nothing is predicted twice."""

import io
import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection

from annotator.kernel.errors import ConflictError
from annotator.kernel.jobs import cancel_job, find_abandoned
from training.jobs import engine_job
from training.jobs.engine_job import work_off
from training.models import Prediction
from training.predictions import predicting
from training.predictions.predictions import (
    cancel_prediction,
    pause_prediction,
    resume_prediction,
)
from training.predictions.sources import requested

from .conftest import Room
from .test_sources import give_up_lease, png

COUNT = 8


def start(room: Room) -> Prediction:
    files = [requested.Upload(f"{n}.png", io.BytesIO(png(n))) for n in range(COUNT)]
    return room.start(requested.from_uploads(files, count=COUNT))


def once(job: Prediction, done: int, action: Callable[[Prediction], object]) -> threading.Thread:
    """Do something once ``done`` images are stored."""

    def act() -> None:
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                row = Prediction.objects.get(pk=job.pk)
                if row.progress_done >= done and row.state == "running":
                    action(row)
                    return
                time.sleep(0.02)
        finally:
            connection.close()

    thread = threading.Thread(target=act)
    thread.start()
    return thread


@pytest.fixture(autouse=True)
def stored_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predicting, "STORE_EVERY", 1)


def check_whole(room: Room, job: Prediction) -> None:
    job.refresh_from_db()
    assert (job.state, job.progress_done, job.instance_count) == ("finished", COUNT, COUNT)
    assert all(len(row.instances) == 1 for row in job.images.all())


def test_pause_and_resume(room: Room) -> None:
    room.engine.follow({"images": 3, "after": "hang"})
    job = start(room)
    thread = once(job, 3, pause_prediction)
    work_off(job)
    thread.join()
    job.refresh_from_db()
    assert (job.state, job.is_paused, job.progress_done, job.attempts) == ("queued", True, 3, 0)
    assert job.pk not in find_abandoned(Prediction), "no worker takes it up meanwhile"
    work_off(job)
    job.refresh_from_db()
    assert (job.state, job.progress_done) == ("queued", 3)
    resume_prediction(job)
    work_off(job)
    check_whole(room, job)
    asked = [item["key"] for item in room.asked]
    assert asked == [*map(str, range(COUNT)), *map(str, range(3, COUNT))], (
        "not again from the start"
    )


def test_a_paused_prediction_can_be_cancelled_and_go_on_later(room: Room) -> None:
    job = start(room)
    pause_prediction(job)
    cancel_prediction(job)
    assert job.state == "cancelled"
    with pytest.raises(ConflictError):
        pause_prediction(job)
    resume_prediction(job)
    assert (job.state, job.is_paused) == ("queued", False)
    work_off(job)
    check_whole(room, job)
    with pytest.raises(ConflictError):
        resume_prediction(job)


def test_cancel_keeps_what_is_done(room: Room) -> None:
    room.engine.follow({"images": 2, "after": "hang"})
    job = start(room)
    thread = once(job, 2, cancel_job)
    work_off(job)
    thread.join()
    job.refresh_from_db()
    assert (job.state, job.images.filter(is_done=True).count()) == ("cancelled", 2)


def test_ten_dead_engines_in_a_row_lose_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker dies after each image, more often than a job may be interrupted without progress."""
    room.engine.follow(*[{"images": 1, "after": "hang"}] * (COUNT - 1))
    job = start(room)
    stored = predicting.Predicting.store

    def die(self: predicting.Predicting) -> None:
        was_found = bool(self.found)
        stored(self)
        if was_found:
            raise SystemExit

    monkeypatch.setattr(predicting.Predicting, "store", die)
    for _ in range(COUNT):
        with pytest.raises(SystemExit):
            work_off(job)
        give_up_lease(job)
    monkeypatch.setattr(predicting.Predicting, "store", stored)
    assert engine_job.MAX_ATTEMPTS < COUNT
    work_off(job)
    check_whole(room, job)
    keys = [item["key"] for item in room.asked]
    asked_at = {key: keys.count(key) for key in keys}
    # The list of the n-th engine begins behind the images that were stored before it.
    assert asked_at == {str(n): n + 1 for n in range(COUNT)}


@pytest.mark.parametrize("after", ["crash", "kill"])
def test_an_engine_that_dies_goes_on_behind_what_it_found(room: Room, after: str) -> None:
    room.engine.follow({"images": 4, "after": after}, {"images": 1, "after": after})
    job = start(room)
    work_off(job)
    check_whole(room, job)
    keys = [item["key"] for item in room.asked]
    assert keys == [*map(str, range(COUNT)), *map(str, range(4, COUNT)), *map(str, range(5, COUNT))]


def test_an_engine_that_finds_nothing_more_fails_and_can_go_on_by_hand(room: Room) -> None:
    """The row is the truth: what was not stored was not done, and is stored once."""
    room.engine.follow({"images": 4, "after": "crash"}, {"images": 0, "after": "crash"})
    job = start(room)
    work_off(job)
    job.refresh_from_db()
    assert (job.state, job.progress_done) == ("failed", 4)
    assert len(room.engine.predict_requests) == 2
    resume_prediction(job)
    work_off(job)
    check_whole(room, job)


def test_without_any_progress_it_ends(room: Room) -> None:
    job = start(room)
    Prediction.objects.filter(pk=job.pk).update(attempts=6)
    work_off(job)
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "The prediction was interrupted 6 times.")

"""Predicting on a video: every frame once, whatever dies on the way. The engine is a script."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from annotator.kernel.jobs import cancel_job
from training import paths
from training.jobs import engine_process, supervising
from training.jobs.engine_job import ENGINE_JOBS, work_off
from training.models import Prediction, VideoFile
from training.predictions.predicting import Predicting
from training.predictions.video import predicting
from training.predictions.video.columns import ColumnsWriter, read_columns
from training.predictions.video.predicting import PredictingVideo

from ...conftest import Engine
from .conftest import MakePrediction


@pytest.fixture(autouse=True)
def _quick(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(engine_process, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(supervising, "LOOK_EVERY_SECONDS", 0.05)
    yield
    supervising.shutting_down.clear()


class DeadError(BaseException):
    """The worker is gone at this very place."""


def assert_every_frame_once(prediction: Prediction, count: int = 40) -> None:
    prediction.refresh_from_db()
    assert prediction.state == "finished", f"{prediction.error} {prediction.error_hint}"
    rows = list(prediction.images.order_by("position").values_list("position", "frame", "time_ms"))
    assert rows == [(number, number, 100 * number) for number in range(count)]
    tracks = [row.instances[0]["track"] for row in prediction.images.order_by("position")]
    assert tracks == list(range(1, count + 1)), "ids of tracks go on as if nothing had been"
    columns = read_columns(prediction)
    assert columns.frames["frame"].tolist() == list(range(count))
    assert columns.frames["pts"].tolist() == list(range(count))
    assert columns.objects["track"].tolist() == tracks
    assert (prediction.image_count, prediction.instance_count) == (count, count)
    assert (prediction.progress_done, prediction.progress_total) == (count, count)


def test_a_video_is_worked_off_by_its_own_kind(make_prediction: MakePrediction) -> None:
    assert ENGINE_JOBS[Prediction] is Predicting
    prediction = make_prediction()
    work_off(prediction)
    assert_every_frame_once(prediction)
    video: Any = prediction.video
    assert (video["width"], video["height"], video["fps"]) == (96, 64, 10.0)
    assert (video["frame_count"], video["is_variable"], video["codec"]) == (40, False, "h264")
    assert video["problems"] == ["Its header promises 41 frames."]
    assert not VideoFile.objects.exists(), "browsers play it as it is"
    left = [path.name for path in paths.prediction_frames_dir(prediction).glob("behind-*")]
    assert len(left) == predicting.KEPT_STATES
    assert prediction.images.get(position=7).file_name == "walk_000007.jpg"


def die_where(monkeypatch: pytest.MonkeyPatch, place: str, turn: int) -> None:
    """Let the worker die at its ``turn``-th pass of a place."""
    target: Any = PredictingVideo if hasattr(PredictingVideo, place) else predicting
    work: Callable[..., Any] = getattr(target, place)
    left = [turn]

    def dies(*arguments: Any, **options: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise DeadError
        return work(*arguments, **options)

    monkeypatch.setattr(target, place, dies)


def test_killed_five_times_every_frame_is_there_once(
    make_prediction: MakePrediction, monkeypatch: pytest.MonkeyPatch
) -> None:
    prediction = make_prediction()
    places = {
        "write_atomically": 2,  # before anything of a turn
        "_store_rows": 3,  # its files are written, its rows are not
        "execute_all": 2,  # in the transaction
        "report_progress": 2,  # in the transaction, the rows are written
        "_remove_states": 3,  # behind the transaction
    }
    for place, turn in places.items():
        with monkeypatch.context() as patch:
            die_where(patch, place, turn)
            with pytest.raises(DeadError):
                work_off(prediction)
        prediction.refresh_from_db()
        assert (prediction.state, prediction.images.count()) != ("finished", 40)
        past = timezone.now() - timedelta(seconds=1)
        Prediction.objects.filter(pk=prediction.pk).update(lease_until=past)
    work_off(prediction)
    assert_every_frame_once(prediction)


def test_an_engine_that_dies_goes_on_behind_what_it_found(make_prediction: MakePrediction) -> None:
    prediction = make_prediction({"frames": 40, "dies_at": [4, 9, 16, 25, 33]})
    work_off(prediction)
    assert_every_frame_once(prediction)


def test_an_engine_that_dies_at_once_is_not_started_again(make_prediction: MakePrediction) -> None:
    prediction = make_prediction()
    paths.prediction_video_path(prediction).write_text("no JSON")
    work_off(prediction)
    prediction.refresh_from_db()
    assert prediction.state == "failed"
    assert "stopped unexpectedly" in prediction.error


def while_it_predicts(prediction: Prediction, action: Callable[[], object]) -> threading.Thread:
    def act() -> None:
        try:
            deadline = time.monotonic() + 60
            while not prediction.images.exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            action()
        finally:
            connection.close()

    thread = threading.Thread(target=act)
    thread.start()
    return thread


def test_paused_it_waits_and_resumed_it_goes_on(make_prediction: MakePrediction) -> None:
    prediction = make_prediction({"frames": 40, "waits_at": 6})
    rows = Prediction.objects.filter(pk=prediction.pk)
    thread = while_it_predicts(prediction, lambda: rows.update(is_paused=True))
    work_off(prediction)
    thread.join()
    prediction.refresh_from_db()
    assert (prediction.state, prediction.is_paused) == ("queued", True)
    stored = prediction.images.count()
    assert 0 < stored < 40
    work_off(prediction)
    assert prediction.images.count() == stored, "a paused one is not taken up"
    rows.update(is_paused=False)
    work_off(prediction)
    assert_every_frame_once(prediction)


def test_cancelled_it_keeps_what_it_found(make_prediction: MakePrediction) -> None:
    prediction = make_prediction({"frames": 40, "waits_at": 6})
    thread = while_it_predicts(prediction, lambda: cancel_job(Prediction.objects.get()))
    work_off(prediction)
    thread.join()
    prediction.refresh_from_db()
    assert prediction.state == "cancelled"
    assert 0 < prediction.images.count() < 40


def test_without_its_state_it_is_read_by_number_and_tracks_are_new(
    make_prediction: MakePrediction, engine: Engine
) -> None:
    prediction = make_prediction({"frames": 40, "waits_at": 6})
    rows = Prediction.objects.filter(pk=prediction.pk)
    thread = while_it_predicts(prediction, lambda: rows.update(is_paused=True))
    work_off(prediction)
    thread.join()
    stored = prediction.images.count()
    for path in paths.prediction_frames_dir(prediction).iterdir():
        path.unlink()  # the power failed
    job = PredictingVideo(Prediction.objects.get(pk=prediction.pk))
    job.columns = ColumnsWriter(job.job, stored)
    assert job._start(stored) == {
        "frame": stored - 1,
        "pts": None,
        "damaged": 0,
        "tracker": {"name": "", "following": stored + 1},
    }
    assert read_columns(prediction).frames["frame"].tolist() == list(range(stored))
    rows.update(is_paused=False)
    work_off(prediction)
    prediction.refresh_from_db()
    frames = list(prediction.images.order_by("position").values_list("frame", flat=True))
    assert (prediction.state, frames) == ("finished", list(range(40)))

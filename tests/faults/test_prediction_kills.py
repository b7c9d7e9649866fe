"""Predictions through real kills: on sixty images with a rest, and on a video five times."""

import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.annotator.videos import scenes, write_video

from .site import Site, send

pytestmark = pytest.mark.slow

COUNT = 60
IMAGE_SIZE = 640


FRAMES = 90


def write_images(folder: Path) -> list[str]:
    folder.mkdir()
    rng = np.random.default_rng(0)
    names = [f"{number:03}.png" for number in range(COUNT)]
    for name in names:
        pixels = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name)
    return names


def kill_engine(site: Site, job: int, at: int) -> None:
    """Kill the engine when ``at`` images are stored, and wait for the next one."""
    site.wait_for_images(job, at)
    (engine,) = site.predicting_engines(job)
    send(engine, signal.SIGKILL)
    site.wait_for(lambda: site.predicting_engines(job) not in ([], [engine]))


def kill_worker(site: Site, job: int, at: int) -> None:
    site.wait_for_images(job, at)
    (engine,) = site.predicting_engines(job)
    site.kill_worker()
    engine.wait(60)  # the engine goes with its worker
    site.start_worker()


def test_every_image_once_and_in_order_through_four_kills_and_a_rest(site: Site) -> None:
    names = write_images(site.folder / "images")
    job = site.start_prediction(site.folder / "images", image_size=IMAGE_SIZE)
    site.start_worker()

    kill_engine(site, job, 2)
    kill_worker(site, job, 10)
    site.wait_for_images(job, 18)
    site.change_prediction(job, "pause_prediction")
    site.wait_for(lambda: site.prediction(job)["state"] == "queued")
    rested_at = site.prediction(job)
    assert rested_at["is_paused"]
    assert site.predicting_engines(job) == []
    site.change_prediction(job, "resume_prediction")
    kill_engine(site, job, max(26, rested_at["progress_done"] + 1))
    kill_worker(site, job, 34)

    site.wait_for(lambda: site.prediction(job)["state"] not in ("queued", "running"))
    ended = {"state": "finished", "is_paused": False, "error": "", "progress_done": COUNT}
    assert site.prediction(job) == ended
    rows = site.query(
        "SELECT position, file_name, is_done, error FROM training_predictedimage "
        "WHERE prediction_id = %s ORDER BY id",
        job,
    )
    assert rows == [(place, name, True, "") for place, name in enumerate(names)]
    assert site.predicting_engines(job) == []


def test_every_frame_once_through_five_kills(site: Site) -> None:
    video = site.folder / "walk.mp4"
    write_video(video, list(scenes(FRAMES)))
    job = site.start_prediction(video, image_size=IMAGE_SIZE)
    site.start_worker()
    for kill in (kill_engine, kill_worker, kill_engine, kill_worker, kill_engine):
        reached = site.prediction(job)["progress_done"]
        kill(site, job, reached + 4)

    site.wait_for(lambda: site.prediction(job)["state"] not in ("queued", "running"))
    ended = {"state": "finished", "is_paused": False, "error": "", "progress_done": FRAMES}
    assert site.prediction(job) == ended
    rows = site.query(
        "SELECT position, frame, is_done, error FROM training_predictedimage "
        "WHERE prediction_id = %s ORDER BY id",
        job,
    )
    assert rows == [(frame, frame, True, "") for frame in range(FRAMES)]
    times = site.query(
        "SELECT time_ms FROM training_predictedimage WHERE prediction_id = %s ORDER BY id", job
    )
    assert times == sorted(set(times))
    assert site.predicting_engines(job) == []

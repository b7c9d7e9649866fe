"""The real engine: what it finds is what a prediction finds, and how it ends."""

import io
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis as redis_client
from django.conf import settings
from PIL import Image as PillowImage

from tests.annotator.conftest import png_bytes
from tests.training.conftest import Trained
from training import paths
from training.checkpoints.usable import UsableModel, as_usable
from training.engine.serving.wire import engine_key
from training.serving.asking import Options, ask, load
from training.serving.keepers import write_keeper

from .conftest import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


class Process:
    def __init__(self, client: "redis_client.Redis", name: str) -> None:
        self.client = client
        self.name = name
        request = {
            "redis_url": settings.REDIS_URL,
            "name": name,
            "data_root": str(settings.DATA_ROOT),
            "device": "cpu",
            "notice": "",
            "idle_seconds": 600,
            "config_dir": str(paths.engine_config_dir()),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "training.engine", "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd=settings.REPOSITORY,
        )
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request).encode())
        self.process.stdin.close()
        wait_for(lambda: client.exists(engine_key(name)), 60)
        self.say()
        self.is_over = threading.Event()
        self.keeper = threading.Thread(target=self.go_on_saying, daemon=True)
        self.keeper.start()

    def go_on_saying(self) -> None:
        """As its worker does: one that is silent for a while is held for gone."""
        while not self.is_over.wait(1):
            self.say()

    def end(self) -> None:
        self.is_over.set()
        self.keeper.join()
        self.kill()

    def say(self) -> None:
        write_keeper(
            self.client,
            "host",
            {
                "beat": time.time(), "device_class": "cpu", "device": "cpu", "refuses": "",
                "notice": "", "engine": self.name,
            },
        )  # fmt: skip

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.client.delete(engine_key(self.name))  # as its keeper does


@pytest.fixture
def process(client: "redis_client.Redis", trained: Trained) -> Iterator[Process]:
    started = Process(client, "real")
    yield started
    started.end()


@pytest.fixture
def model(trained: Trained) -> UsableModel:
    return as_usable(trained.best)


def encoded(pixels: PillowImage.Image, format_name: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pixels.save(buffer, format_name, **options)
    return buffer.getvalue()


def turned() -> bytes:
    """A JPEG that is shown turned by a right angle."""
    exif = PillowImage.Exif()
    exif[0x0112] = 6
    return encoded(PillowImage.effect_noise((60, 40), 50).convert("RGB"), "JPEG", exif=exif)


def test_it_finds_what_a_prediction_finds(
    process: Process, model: UsableModel, trained: Trained, tmp_path: Path
) -> None:
    """The same polygons as the ``predict`` command of the same file, for each kind of image."""
    noise = PillowImage.effect_noise((96, 64), 60).convert("RGB")
    first = trained.pond.dataset.images.filter(split="val").first()
    assert first is not None
    from annotator import paths as annotator_paths

    files = {
        "val.png": annotator_paths.image_path(first).read_bytes(),
        "turned.jpg": turned(),
        "grey.png": encoded(noise.convert("L"), "PNG"),
        "alpha.png": encoded(noise.convert("RGBA"), "PNG"),
        "page.tif": encoded(noise, "TIFF"),
        "web.webp": encoded(noise, "WEBP"),
        "plain.bmp": encoded(noise, "BMP"),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    request = {
        "checkpoint": str(model.path), "conf": 0.001, "iou": 0.7, "imgsz": model.image_size,
        "device": "cpu", "config_dir": str(paths.engine_config_dir()),
        "images": [{"key": name, "path": str(tmp_path / name)} for name in files],
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "training.engine", "predict"],
        input=json.dumps(request), capture_output=True, text=True, cwd=settings.REPOSITORY,
        check=True,
    )  # fmt: skip
    events = [json.loads(line) for line in done.stdout.splitlines()]
    expected = {event["key"]: event for event in events if event["type"] == "image"}
    for name, content in files.items():
        answer = ask(model, content, Options(conf=0.001), 60)
        event = expected[name]
        assert (answer.width, answer.height) == (event["width"], event["height"]), name
        found = [(item["class_index"], item["polygon"]) for item in answer.instances]
        wanted = sorted(event["instances"], key=lambda item: -item["confidence"])
        assert found == [(item["class_index"], item["polygon_px"]) for item in wanted], name
    assert any(event["instances"] for event in expected.values()), "the model finds something"
    assert (expected["turned.jpg"]["width"], expected["turned.jpg"]["height"]) == (40, 60)


def test_killed_between_the_request_and_its_answer(
    process: Process, model: UsableModel, client: "redis_client.Redis"
) -> None:
    """The next engine answers; whoever asked notices nothing but the time."""
    import threading

    load(model, 60)
    process.process.send_signal(19)  # SIGSTOP: it takes the request no further
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(ask(model, png_bytes(), None, 90)))
    asking.start()
    time.sleep(0.3)
    process.kill()
    second = Process(client, "second")
    try:
        asking.join(90)
        assert answers[0].width == 100
    finally:
        second.end()


def test_it_ends_when_its_worker_is_gone(client: "redis_client.Redis", tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time, pathlib\n"
        "child = subprocess.Popen([sys.executable, '-m', 'training.engine', 'serve'],"
        " stdin=open(sys.argv[1]), stdout=subprocess.DEVNULL)\n"
        "pathlib.Path(sys.argv[2]).write_text(str(child.pid))\n"
        "time.sleep(600)\n"
    )
    request = tmp_path / "request.json"
    request.write_text(
        json.dumps(
            {
                "redis_url": settings.REDIS_URL, "name": "orphan", "notice": "",
                "data_root": str(settings.DATA_ROOT), "device": "cpu", "idle_seconds": 600,
                "config_dir": str(paths.engine_config_dir()),
            }
        )
    )  # fmt: skip
    pid_file = tmp_path / "pid"
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(request), str(pid_file)], cwd=settings.REPOSITORY
    )
    wait_for(lambda: client.exists(engine_key("orphan")), 60)
    parent.kill()
    parent.wait()
    wait_for(lambda: not client.exists(engine_key("orphan")), 30)
    pid = int(pid_file.read_text())
    wait_for(lambda: not Path(f"/proc/{pid}/stat").exists() or _is_zombie(pid), 30)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_sigterm_ends_it_cleanly(process: Process, client: "redis_client.Redis") -> None:
    process.process.terminate()
    assert process.process.wait(20) == 0
    assert not client.exists(engine_key("real"))

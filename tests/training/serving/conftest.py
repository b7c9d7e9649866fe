"""A warm engine in this process: the real loop over the real Redis, around a model that is told
what to do. What needs PyTorch, or a process that dies, is in test_real_engine.py."""

import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import redis as redis_client
from PIL import Image as PillowImage

from training.engine.serving.inbox import Inbox
from training.engine.serving.models import WarmModels
from training.engine.serving.serve import WarmEngine
from training.engine.serving.wire import DeviceClass, KeeperState, engine_key, pack
from training.serving.asking import serving_redis
from training.serving.keepers import write_keeper

FOUND = {
    "class_index": 1,
    "confidence": 0.75,
    "polygon_px": [1.0, 1.0, 9.0, 1.0, 9.0, 9.0],
    "box_xyxy": [1.0, 1.0, 9.0, 9.0],
}


class ToldModel:
    """``before``: called with the pictures before each batch is answered."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.before: Callable[[list[Any]], None] = lambda pictures: None
        self.batches: list[int] = []
        self.warmed = 0
        self.options: list[Any] = []

    def is_batched(self) -> bool:
        return True

    def predict(self, pictures: list[Any], options: Any) -> tuple[list[list[Any]], float, float]:
        self.before(pictures)
        self.batches.append(len(pictures))
        self.options.append(options)
        return [[dict(FOUND)] for _ in pictures], 0.004, 0.001

    def warm_up(self, options: Any) -> None:
        self.before([])
        self.warmed += 1


def decode(content: bytes, header: Any) -> Any:
    try:
        with PillowImage.open(io.BytesIO(content)) as image:
            return np.asarray(image.convert("RGB"))
    except OSError as error:
        raise ValueError("The image cannot be read.") from error


class ToldEngine:
    """One engine in a thread. ``models``: those it has loaded, by the name of the file."""

    def __init__(
        self,
        client: "redis_client.Redis",
        data_root: Path,
        *,
        name: str,
        device_class: DeviceClass = "cpu",
        most: int = 4,
        free_mb: int = 100_000,
        notice: str = "",
    ) -> None:
        self.client = client
        self.name = name
        self.device_class = device_class
        self.models: dict[str, ToldModel] = {}
        self.before: Callable[[list[Any]], None] = lambda pictures: None
        self.free_mb = free_mb
        self.stops = threading.Event()
        warm = WarmModels(
            data_root=data_root,
            load=self._load,
            free_mb=lambda: self.free_mb,
            idle_seconds=900,
        )
        self.engine = WarmEngine(
            client,
            warm,
            name=name,
            device="cpu" if device_class == "cpu" else "0",
            device_name="A processor",
            notice=notice,
            inbox=Inbox(client, engine=name, device_class=device_class, most=most, decode=decode),
        )
        self._thread = threading.Thread(
            target=self.engine.run, args=(self.stops.is_set,), kwargs={"idle_seconds": 600}
        )

    def _load(self, path: Path) -> ToldModel:
        model = ToldModel(path)
        model.before = self._before
        self.models[path.name] = model
        return model

    def _before(self, pictures: list[Any]) -> None:
        self.before(pictures)

    def say(self, *, refuses: str = "", engine: str | None = None) -> None:
        state: KeeperState = {
            "beat": time.time(),
            "device_class": self.device_class,
            "device": "cpu",
            "refuses": refuses,
            "notice": "",
            "engine": self.name if engine is None else engine,
        }
        write_keeper(self.client, f"host:{self.name}", state)

    def start(self) -> "ToldEngine":
        self.say()
        self._thread.start()
        return self

    def stop(self) -> None:
        self.stops.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)


@pytest.fixture
def client(redis: "redis_client.Redis") -> "redis_client.Redis":
    serving_redis.cache_clear()
    return serving_redis()


@pytest.fixture
def make_engine(
    client: "redis_client.Redis", data_root: Path
) -> Iterator[Callable[..., ToldEngine]]:
    made: list[ToldEngine] = []

    def make(name: str = "e1", **options: Any) -> ToldEngine:
        engine = ToldEngine(client, data_root, name=name, **options)
        made.append(engine)
        return engine

    yield make
    for engine in made:
        engine.stop()


@pytest.fixture
def engine(make_engine: Callable[..., ToldEngine]) -> ToldEngine:
    return make_engine().start()


def jpeg(size_wh: tuple[int, int] = (32, 24)) -> bytes:
    buffer = io.BytesIO()
    PillowImage.new("RGB", size_wh, "#557799").save(buffer, "JPEG")
    return buffer.getvalue()


def pretend_engine_lives(client: "redis_client.Redis", name: str) -> None:
    client.set(engine_key(name), pack({"models": []}), ex=60)


def headers_in(client: "redis_client.Redis", key: str) -> list[Any]:
    found: Any = client.lrange(key, 0, -1)
    return [json.loads(item) for item in found]


def wait_for(condition: Callable[[], Any], seconds: float = 10) -> Any:
    """Return the first true value of ``condition``."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)
    return value


def hold_until(gate: threading.Event) -> None:
    """What a model does that computes for long."""
    gate.wait(20)

"""Asking a warm engine: one image in, its instances out, at once.

``ask`` queues the request, waits for its answer, and looks twice a second where the request is
(:mod:`training.engine.serving.wire`)::

    still in the list     a worker is asked to start its engine; no worker left: NoEngineError
    taken, engine lives   it waits
    taken, engine died    queued again, at the front. If the engine died while it computed this
                          very request, it is computed alone then, and a second death ends it:
                          ModelFailedError, and the model rests for a minute
    nowhere, twice        an engine died between taking it and saying so: queued again
"""

import json
import time
import uuid
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypedDict

import redis
from django.conf import settings
from django.db import connection

from training.checkpoints.usable import UsableModel
from training.engine.serving.wire import (
    AnswerTimes,
    DeviceClass,
    EngineAnswer,
    Operation,
    RequestHeader,
    RequestOptions,
    answer_key,
    engine_key,
    image_key,
    pack,
    put_request,
    taken_key,
    waiting_key,
    wanted_key,
)
from training.jobs.workers import describe_workers

from .errors import (
    ModelFailedError,
    NoEngineError,
    QueueFullError,
    TimeLimitError,
    UnreadableImageError,
)
from .keepers import read_keepers
from .model_files import relative_path, sha256_of_model

DEFAULT_CONFIDENCE = 0.25
DEFAULT_IOU = 0.7
DEFAULT_TIMEOUT = 30.0
MOST_WAITING = 64
MOST_WAITING_BYTES = 256 << 20
RETRY_SECONDS = 2
LOOK_SECONDS = 0.5
MOST_REPEATS = 4
REST_SECONDS = 60
_CRASHES_UNTIL_REST = 2


@dataclass(frozen=True)
class Options:
    """By Ultralytics' names. ``classes``: indices, None: all. ``imgsz``: None: the model's own."""

    conf: float = DEFAULT_CONFIDENCE
    iou: float = DEFAULT_IOU
    classes: tuple[int, ...] | None = None
    imgsz: int | None = None
    max_det: int = 300
    retina_masks: bool = False
    half: bool = False


class AnsweredInstance(TypedDict):
    """``polygon`` (flat, with bridges) and ``box`` (x1, y1, x2, y2) in pixels of the image."""

    class_index: int
    class_name: str
    confidence: float
    polygon: list[float]
    box: list[float]


@dataclass(frozen=True)
class Answer:
    """What a warm engine found. ``milliseconds``: decode, wait (queue, batch and the way there and
    back), load (0 where the model was warm), model, masks. ``notice``: why it was computed where it
    was, or "". ``batch``: how many images were computed together."""

    model: UsableModel
    width: int
    height: int
    instances: list[AnsweredInstance]
    milliseconds: dict[str, float]
    device: str
    device_name: str
    notice: str
    batch: int


def ask(
    model: UsableModel,
    image: bytes,
    options: Options | None = None,
    timeout: float = DEFAULT_TIMEOUT,
) -> Answer:
    """Return what ``model`` finds in the bytes of an image.

    Raises QueueFullError, NoEngineError, ModelFailedError, TimeLimitError, UnreadableImageError.
    """
    options = options or Options()
    began = time.monotonic()
    answer = _Asking(model, image, options, "predict", timeout).wait()
    whole = (time.monotonic() - began) * 1000
    times: AnswerTimes = answer["milliseconds"]
    engine: dict[str, float] = {name: round(float(ms), 2) for name, ms in times.items()}  # type: ignore[arg-type]
    wait = max(0.0, whole - sum(engine.values()))
    names = model.class_names
    return Answer(
        model=model,
        width=answer["width"],
        height=answer["height"],
        instances=[
            {
                "class_index": item["class_index"],
                "class_name": names[item["class_index"]]
                if item["class_index"] < len(names)
                else str(item["class_index"]),
                "confidence": round(item["confidence"], 5),
                "polygon": item["polygon_px"],
                "box": item["box_xyxy"],
            }
            for item in sorted(answer["instances"], key=lambda item: -item["confidence"])
        ],
        milliseconds={**engine, "wait": round(wait, 2)},
        device=answer["device"],
        device_name=answer["device_name"],
        notice=answer["notice"],
        batch=answer["batch"],
    )


def load(model: UsableModel, timeout: float = DEFAULT_TIMEOUT) -> float:
    """Have a warm engine load a model and compute once; return the seconds. Raises like ask."""
    began = time.monotonic()
    _Asking(model, b"", Options(), "load", timeout).wait()
    return time.monotonic() - began


@cache
def serving_redis() -> "redis.Redis":
    """A client that may wait for an answer, and speaks bytes."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=30, health_check_interval=30
    )


@dataclass
class _Asking:
    model: UsableModel
    image: bytes
    options: Options
    operation: Operation
    timeout: float
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    crashes: int = 0
    repeats: int = 0
    missed: int = 0
    waits_for: str = "a worker to take it"

    def wait(self) -> EngineAnswer:
        try:
            return self._wait()
        except redis.RedisError as error:
            raise NoEngineError(
                "Redis does not answer, over which warm models are asked. Try again in a moment."
            ) from error

    def _wait(self) -> EngineAnswer:
        self.client = serving_redis()
        self.deadline = time.monotonic() + self.timeout
        self._refuse_resting()
        sha256 = sha256_of_model(self.model)
        self.header: RequestHeader = {
            "id": self.request_id,
            "operation": self.operation,
            "path": relative_path(self.model),
            "sha256": sha256,
            "options": _on_the_wire(self.options, self.model),
            "attempt": 0,
            "size": len(self.image),
            "max_megapixels": settings.MAX_IMAGE_MEGAPIXELS,
        }
        self.device_class = self._choose_class()
        let_go_of_database()
        self._put()
        try:
            while True:
                left = self.deadline - time.monotonic()
                if answer := self._receive(min(left, LOOK_SECONDS)):
                    return self._judge(answer)
                if left <= LOOK_SECONDS:
                    raise TimeLimitError(
                        f"No answer came within {self.timeout:g} s: it waited for "
                        f"{self.waits_for}. Try again."
                    )
                self._look()
        finally:
            self._withdraw()

    def _receive(self, seconds: float) -> EngineAnswer | None:
        got: Any = self.client.blpop([answer_key(self.request_id)], timeout=max(0.01, seconds))
        return None if got is None else json.loads(got[1])

    def _judge(self, answer: EngineAnswer) -> EngineAnswer:
        match answer.get("kind"):
            case None:
                return answer
            case "unreadable":
                raise UnreadableImageError(answer["message"])
            case _:
                raise ModelFailedError(answer["message"])

    # --- where it goes ---------------------------------------------------------------------------

    def _choose_class(self) -> DeviceClass:
        """Return the class of devices that is asked: a GPU where a worker offers one."""
        keepers = read_keepers(self.client)
        if not keepers:
            let_describe = describe_workers() if not connection.in_atomic_block else ""
            raise NoEngineError(
                let_describe.replace("it waits until one is started", "start one, then try again")
                or "No gpu worker is running: start one, then try again."
            )
        ready = [keeper for keeper in keepers if not keeper["refuses"]]
        if not ready:
            raise NoEngineError(keepers[0]["refuses"])
        classes = {keeper["device_class"] for keeper in ready}
        self.keepers = ready
        return "gpu" if "gpu" in classes else "cpu"

    def _put(self, *, is_first: bool = False) -> None:
        is_put = put_request(
            self.client,
            self.device_class,
            self.header,
            self.image,
            expires_seconds=max(1.0, self.deadline - time.monotonic()),
            most_waiting=MOST_WAITING + (MOST_WAITING if is_first else 0),
            most_bytes=MOST_WAITING_BYTES * (2 if is_first else 1),
            is_first=is_first,
        )
        if not is_put:
            raise QueueFullError(RETRY_SECONDS)
        self._want_engine()

    def _want_engine(self) -> None:
        """Ask one worker to start its engine, where none of the class runs."""
        if any(
            keeper["engine"] and keeper["device_class"] == self.device_class
            for keeper in self.keepers
        ):
            return
        pipeline = self.client.pipeline(transaction=False)
        pipeline.rpush(wanted_key(self.device_class), b"1")
        pipeline.ltrim(wanted_key(self.device_class), -MOST_WAITING, -1)
        pipeline.expire(wanted_key(self.device_class), 60)
        pipeline.execute()

    # --- where it is -----------------------------------------------------------------------------

    def _look(self) -> None:
        taken: Any = self.client.get(taken_key(self.request_id))
        if taken is not None:
            state, _, engine = taken.decode().partition(" ")
            if self.client.exists(engine_key(engine)):
                self.missed = 0
                self.waits_for = (
                    "the model to be loaded, or to compute it"
                    if state == "working"
                    else "the requests before it"
                )
                return
            self._repeat(was_computed=state == "working")
            return
        waiting: Any = self.client.lpos(waiting_key(self.device_class), pack(self.header).decode())
        if waiting is None:
            self.missed += 1
            if self.missed > 1:
                self._repeat(was_computed=False)
            return
        self.missed = 0
        self.waits_for = "a worker to take it" if waiting == 0 else f"{waiting} requests before it"
        self._follow_workers()

    def _follow_workers(self) -> None:
        """It still waits: move to the class of devices that workers offer by now."""
        wanted = self._choose_class()
        if wanted != self.device_class:
            # Whoever removes it from the list has it: no engine can have taken it meanwhile.
            if not self.client.lrem(waiting_key(self.device_class), 1, pack(self.header).decode()):
                return
            self.device_class = wanted
            self._put(is_first=True)
        else:
            self._want_engine()

    def _repeat(self, *, was_computed: bool) -> None:
        self.missed = 0
        self.repeats += 1
        self.crashes += was_computed
        if was_computed:
            self._note_crash()
        if self.crashes > 1:
            raise ModelFailedError(
                f"The engine died twice while it computed this image with “{self.model.name}”. "
                "The worker's log says more."
            )
        if self.repeats > MOST_REPEATS:
            raise NoEngineError("Engines keep ending before they answer. The worker's log says why")
        self.client.delete(taken_key(self.request_id))
        self.header = {**self.header, "attempt": self.crashes}
        self.device_class = self._choose_class()
        self._put(is_first=True)

    def _withdraw(self) -> None:
        """Leave nothing behind, whatever came of it."""
        pipeline = self.client.pipeline(transaction=False)
        pipeline.lrem(waiting_key(self.device_class), 1, pack(self.header).decode())
        for key in (image_key, answer_key, taken_key):
            pipeline.delete(key(self.request_id))
        pipeline.execute()

    # --- models that end their engine ------------------------------------------------------------

    def _crash_key(self) -> str:
        return f"segloop:serving:crashes:{self.header['sha256']}"

    def _note_crash(self) -> None:
        pipeline = self.client.pipeline(transaction=False)
        pipeline.incr(self._crash_key())
        pipeline.expire(self._crash_key(), REST_SECONDS)
        pipeline.execute()

    def _refuse_resting(self) -> None:
        """A model that keeps ending its engine would take the requests of all others with it."""
        key = f"segloop:serving:crashes:{sha256_of_model(self.model)}"
        count: Any = self.client.get(key)
        if count is not None and int(count) >= _CRASHES_UNTIL_REST:
            raise ModelFailedError(
                f"“{self.model.name}” ended its engine {int(count)} times within a minute. It is "
                f"asked again in {REST_SECONDS} s; the worker's log says more.",
                headers={"Retry-After": str(REST_SECONDS)},
            )


def _on_the_wire(options: Options, model: UsableModel) -> RequestOptions:
    return {
        "conf": options.conf,
        "iou": options.iou,
        "classes": None if options.classes is None else list(options.classes),
        "imgsz": options.imgsz or model.image_size,
        "max_det": options.max_det,
        "retina_masks": options.retina_masks,
        "half": options.half,
    }


def let_go_of_database() -> None:
    """Whoever waits for an engine keeps no connection from others."""
    if not connection.in_atomic_block:
        connection.close()

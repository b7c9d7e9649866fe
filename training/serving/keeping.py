"""The warm engine of a gpu worker: a thread starts it, follows the devices, and ends it.

The engine is started when a request wants one (:func:`training.engine.serving.wire.wanted_key`) and
again when it dies. Its device, looked up once a second::

    a GPU that no run holds      the first one
    all GPUs are held by runs    the processor, and each answer says why
    too little memory there      none: requests are refused with the reason
    the worker is paused         none

A run that is given the GPU of the engine begins after the engine has left it (``make_room``). A
stop lets the engine answer what it computes; what it had only taken, others answer.
"""

import logging
import os
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from annotator.models.jobs import Job
from training import paths
from training.engine.serving.wire import DeviceClass, engine_key, wanted_key
from training.jobs.device_holds import AUTO, engine_device
from training.jobs.engine_process import EngineProcess
from training.jobs.short_places import THIS_DEVICE, find_shortage, trainings_here
from training.jobs.workers import takes_work
from training.models import DeviceHold, Run, ServedModel, Worker

from .keepers import forget_keeper, forget_silent_keepers, write_keeper

logger = logging.getLogger(__name__)

STOP_SECONDS = 5.0
LOOK_SECONDS = 1.0
TICK_SECONDS = 0.25
_DEATHS_ALLOWED = 5
_DEATHS_WINDOW_SECONDS = 60.0
_RECENTLY_SECONDS = 300.0
_LOG_BYTES = 20 << 20


@dataclass(frozen=True)
class Place:
    """Where an engine of this worker works now. ``device``: "cpu", "mps" or the id of a GPU.
    ``refuses``: why none works, or "". ``notice``: why it is not a GPU, or ""."""

    device: str
    refuses: str = ""
    notice: str = ""

    @property
    def device_class(self) -> DeviceClass:
        return "cpu" if self.device == "cpu" else "gpu"


def find_place() -> Place:
    """Look where a warm engine of this worker may work now."""
    if not takes_work():
        return Place("cpu", refuses="All workers are paused or being drained: try again later.")
    gpus = _gpus_here()
    if not gpus:
        return _on_processor("")
    host = socket.gethostname()
    by_runs = set(
        DeviceHold.objects.filter(hostname=host, job_kind="run").values_list("device", flat=True)
    )
    for gpu in gpus:
        if gpu not in by_runs:
            return Place(gpu)
    runs = trainings_here()
    holder = f"The training of “{runs[0].name}”" if runs else "A training"
    return _on_processor(f"{holder} has the GPU: answers come from the processor until its end.")


def _on_processor(notice: str) -> Place:
    if shortage := find_shortage(THIS_DEVICE):
        return Place("cpu", refuses=shortage)
    return Place("cpu", notice=notice)


def _gpus_here() -> list[str]:
    """The GPUs that this worker has told of."""
    this = Worker.objects.filter(hostname=socket.gethostname(), pid=os.getpid()).first()
    return [] if this is None else [d["id"] for d in this.devices if d["kind"] == "gpu"]


class Keeper:
    """Keeps one engine. ``idle_seconds``: then a model that nobody asks is unloaded."""

    def __init__(self, client: "redis.Redis", *, name: str, idle_seconds: float) -> None:
        self.client = client
        self.name = name
        self.idle_seconds = idle_seconds
        self.place = Place("cpu")
        self.engine: EngineProcess | None = None
        self._engine_place = Place("cpu")
        self._engine_name = ""
        self._engine_number = 0
        self._deaths: deque[float] = deque(maxlen=_DEATHS_ALLOWED)
        self._last_words = ""
        self._wanted_at = -_RECENTLY_SECONDS
        self._lock = threading.RLock()
        self._is_stopped = threading.Event()
        self._next_look = 0.0
        self._has_looked_ahead = False

    # --- the thread ------------------------------------------------------------------------------

    def run(self) -> None:
        """Until :meth:`stop`; then the engine is gone."""
        while not self._is_stopped.is_set():
            try:
                self.step()
            except redis.RedisError as error:
                logger.warning("warm engine: Redis does not answer: %s", error)
                self._is_stopped.wait(1.0)
            except DatabaseError as error:
                logger.warning("warm engine: the database does not answer: %s", error)
                self._is_stopped.wait(1.0)
            except Exception:
                logger.exception("warm engine: a step failed")
                self._is_stopped.wait(1.0)
        connection.close()

    def stop(self) -> None:
        """End the engine and say that this worker offers nothing any more."""
        self._is_stopped.set()
        with self._lock:
            self.end_engine()
        try:
            forget_keeper(self.client, self.name)
        except redis.RedisError:
            logger.warning("warm engine: could not sign off", exc_info=True)

    def step(self) -> None:
        """Look once: at the place, at the engine, at who wants one."""
        with self._lock:
            self._look_at_place()
            self._look_at_engine()
            self._start_ahead()
            may_start = self.engine is None and not self._refusal()
        if may_start:
            self._start_if_wanted()
        else:
            self._is_stopped.wait(TICK_SECONDS)

    def _look_at_place(self) -> None:
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + LOOK_SECONDS
        close_old_connections()
        self.place = find_place()
        if self.engine is not None and self._should_leave():
            self._change_place()
        self._say()
        forget_silent_keepers(self.client)

    def _should_leave(self) -> bool:
        return bool(self.place.refuses) or self._engine_place.device != self.place.device

    def _change_place(self) -> None:
        """The engine goes; where it was used lately the next one is ready before it is asked."""
        self.end_engine()
        if not self.place.refuses and time.monotonic() - self._wanted_at < _RECENTLY_SECONDS:
            self._start()

    def _look_at_engine(self) -> None:
        if self.engine is None or self.engine.exit_code is None:
            return
        code = self.engine.exit_code
        if code != 0:
            self._deaths.append(time.monotonic())
            lines = self.engine.log_tail(1).strip().splitlines()
            self._last_words = lines[-1][:200] if lines else f"it ended with {code}"
            logger.warning("the warm engine ended with %s: %s", code, self._last_words)
        self._forget_engine()
        self._say()

    def _refusal(self) -> str:
        """Return why no engine is started now, or ""."""
        if self.place.refuses:
            return self.place.refuses
        now = time.monotonic()
        recent = [at for at in self._deaths if now - at < _DEATHS_WINDOW_SECONDS]
        if len(recent) >= _DEATHS_ALLOWED:
            return (
                f"The warm engine keeps ending ({self._last_words}). It is started again in a "
                "minute; the worker's log says more."
            )
        return ""

    def _start_ahead(self) -> None:
        """Once, where models are served: its imports are done before the first request comes."""
        if self._has_looked_ahead:
            return
        self._has_looked_ahead = True
        if self.engine is None and not self._refusal() and ServedModel.objects.exists():
            self._start()

    def _start_if_wanted(self) -> None:
        wanted: Any = self.client.blpop([wanted_key(self.place.device_class)], timeout=TICK_SECONDS)
        if wanted is None:
            return
        with self._lock:
            if self._is_stopped.is_set() or self.engine is not None or self._refusal():
                return
            self._start()
            self.client.delete(wanted_key(self.place.device_class))

    def _say(self) -> None:
        write_keeper(
            self.client,
            self.name,
            {
                "beat": time.time(),
                "device_class": self.place.device_class,
                "device": self.place.device,
                "refuses": self._refusal(),
                "notice": self.place.notice,
                "engine": self._engine_name,
            },
        )

    # --- the engine ------------------------------------------------------------------------------

    def _start(self) -> None:
        self._wanted_at = time.monotonic()
        self._engine_number += 1
        self._engine_name = f"{self.name}:{self._engine_number}"
        self._engine_place = self.place
        device, environment = engine_device(self.place.device)
        log = paths.warm_engine_log_path(socket.gethostname())
        if log.exists() and log.stat().st_size > _LOG_BYTES:
            os.truncate(log, 0)
        self.engine = EngineProcess(
            "serve",
            {
                "redis_url": settings.REDIS_URL,
                "name": self._engine_name,
                "data_root": str(settings.DATA_ROOT),
                "device": device,
                "notice": self.place.notice,
                "idle_seconds": self.idle_seconds,
                "config_dir": str(paths.engine_config_dir()),
            },
            log=log,
            environment=environment,
        )
        logger.info("the warm engine starts on %s", self.place.device)
        self._say()

    def end_engine(self) -> None:
        """End the engine: what it computes is answered first, if that is soon done."""
        with self._lock:
            engine = self.engine
            if engine is None:
                return
            engine.terminate()
            deadline = time.monotonic() + STOP_SECONDS
            while engine.exit_code is None and time.monotonic() < deadline:
                time.sleep(0.05)
            self._forget_engine()

    def _forget_engine(self) -> None:
        """Say at once that the engine is gone, so that what it had is asked again."""
        if self.engine is not None:
            self.engine.kill()
        name, self._engine_name, self.engine = self._engine_name, "", None
        if name:
            try:
                self.client.delete(engine_key(name))
            except redis.RedisError:
                logger.warning("warm engine: Redis does not answer", exc_info=True)

    def make_room(self, devices: str) -> None:
        """Leave devices that a run was given, before it begins."""
        with self._lock:
            if self.engine is not None and self._engine_place.device in devices.split(","):
                self._next_look = 0.0
                self.end_engine()


# --- the keeper of this worker -------------------------------------------------------------------

_keeper: Keeper | None = None


def start_keeper() -> None:
    """Offer a warm engine from now on; of a gpu worker, once."""
    global _keeper  # noqa: PLW0603 - one a process
    _keeper = Keeper(
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=10),
        name=f"{socket.gethostname()}:{os.getpid()}",
        idle_seconds=settings.WARM_MODEL_MINUTES * 60,
    )
    threading.Thread(target=_keeper.run, name="warm-engine", daemon=True).start()


def stop_keeper() -> None:
    """End the warm engine with its worker."""
    if _keeper is not None:
        _keeper.stop()


def follow_devices(job: Job, devices: str) -> None:
    """One of DEVICE_FOLLOWERS: a run that gets a GPU finds no warm model on it."""
    if _keeper is not None and isinstance(job, Run) and devices != AUTO:
        _keeper.make_room(devices)

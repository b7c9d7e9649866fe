"""The ``serve`` command: answer requests from Redis until asked to stop.

One thread takes and decodes, one says that the engine lives, the main one computes. SIGTERM: the
batch that is computed is answered, what was only taken goes back to the head of the list.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis

from training.engine.emitter import Emitter
from training.engine.host.environment import allow_host
from training.engine.requests import ServeRequest
from training.engine.stopping import Stopping

from .inbox import Inbox, Taken
from .models import MemoryShortError, RefusedModelError, WarmModels, release_memory
from .wire import (
    ENGINE_EXPIRES_SECONDS,
    DeviceClass,
    EngineAnswer,
    EngineState,
    FailureKind,
    engine_key,
    mark_taken,
    pack,
    put_answer,
)

logger = logging.getLogger(__name__)

_GPU_BATCH = 16
_CPU_BATCH = 2
"""On a processor a batch gains little, and each image of it waits for all."""

_TICK_SECONDS = 0.5
_HANG_SECONDS = 120.0
_DEVICE_IS_LOST = 3
"""Exit codes: the GPU is of no use to this process any more, or the model hangs."""
_HANGS = 4

NOBODY = "-"
"""The name of no engine."""


def serve(request: ServeRequest, emit: Emitter, stopping: Stopping) -> None:
    """Answer requests until asked to stop, or until nobody has asked for ``idle_seconds``."""
    import torch
    import ultralytics

    from training.engine.host.devices import check_device

    from .decoding import decode_image
    from .warm_model import WarmModel

    host = urlsplit(request["redis_url"]).hostname
    if host:
        allow_host(host)
    device = request["device"]
    device_name = check_device(device)
    device_class: DeviceClass = "gpu" if device != "cpu" else "cpu"
    client = redis.Redis.from_url(request["redis_url"], socket_connect_timeout=5)
    models = WarmModels(
        data_root=Path(request["data_root"]),
        load=lambda path: WarmModel(path, device=device),
        free_mb=lambda: free_memory_mb(device),
        idle_seconds=request["idle_seconds"],
    )
    engine = WarmEngine(
        client,
        models,
        name=request["name"],
        device=device,
        device_name=device_name,
        notice=request["notice"],
        inbox=Inbox(
            client,
            engine=request["name"],
            device_class=device_class,
            most=_CPU_BATCH if device == "cpu" else _GPU_BATCH,
            decode=lambda content, header: decode_image(
                content, max_megapixels=header["max_megapixels"]
            ),
        ),
    )
    stopping.enter_batches()
    emit(
        {
            "type": "started",
            "device": device,
            "device_name": device_name,
            "torch": str(torch.__version__),
            "ultralytics": ultralytics.__version__,
        }
    )
    engine.run(lambda: stopping.is_requested, idle_seconds=2 * request["idle_seconds"])


def free_memory_mb(device: str) -> int:
    """Memory that is free on a device, with what torch keeps in reserve there."""
    if device.isdigit():
        import torch

        index = int(device)
        free, _ = torch.cuda.mem_get_info(index)
        kept = torch.cuda.memory_reserved(index) - torch.cuda.memory_allocated(index)
        return int(free + kept) >> 20
    import psutil

    return int(psutil.virtual_memory().available) >> 20


class WarmEngine:
    """The loop around the models."""

    def __init__(
        self,
        client: "redis.Redis",
        models: WarmModels,
        *,
        name: str,
        device: str,
        device_name: str,
        notice: str,
        inbox: Inbox,
    ) -> None:
        self.client = client
        self.models = models
        self.name = name
        self.device = device
        self.device_name = device_name
        self.notice = notice
        self.inbox = inbox
        self.used_at = time.monotonic()
        self._busy_since: float | None = None
        self._is_ended = threading.Event()
        self._paths: list[str] = []

    def run(self, is_asked_to_stop: Callable[[], bool], *, idle_seconds: float) -> None:
        self._say_alive()
        threading.Thread(target=self._keep_saying, name="alive", daemon=True).start()
        self.inbox.start()
        try:
            while not is_asked_to_stop() and time.monotonic() - self.used_at < idle_seconds:
                if batch := self.inbox.next_batch(_TICK_SECONDS):
                    self.answer(batch)
                self.models.forget_unused()
                self._paths = self.models.paths
        finally:
            self._give_back(self.inbox.stop())
            self._is_ended.set()
            self.client.delete(engine_key(self.name))

    def _give_back(self, left: list[Taken]) -> None:
        """Requests that were taken and not begun go to another engine.

        Whoever asks still has the image, and queues it again as soon as no living engine has it.
        """
        mark_taken(self.client, [item.header["id"] for item in left], NOBODY, "taken")

    # --- answering -------------------------------------------------------------------------------

    def answer(self, batch: list[Taken]) -> None:
        """Answer every request of a batch, whatever happens to it."""
        self.used_at = time.monotonic()
        readable = []
        for item in batch:
            if error := item.picture.exception():
                self._fail(item, "unreadable", str(error))
            else:
                readable.append(item)
        if not readable:
            return
        mark_taken(self.client, [item.header["id"] for item in readable], self.name, "working")
        self._busy_since = time.monotonic()
        try:
            self._compute(readable)
        finally:
            self._busy_since = None
            self.used_at = time.monotonic()

    def _compute(self, batch: list[Taken]) -> None:
        header = batch[0].header
        try:
            model, load_seconds = self.models.get(header["path"], header["sha256"])
        except RefusedModelError as error:
            self._fail_all(batch, "refused", str(error))
            return
        except MemoryShortError as error:
            self._fail_all(batch, "memory", str(error))
            return
        except Exception as error:
            logger.exception("a model could not be loaded")
            self._fail_all(batch, "failed", f"The model could not be loaded: {_line_of(error)}")
            return
        self._paths = self.models.paths
        size = len(batch) if model.is_batched() else 1
        for start in range(0, len(batch), size):
            self._compute_part(model, batch[start : start + size], load_seconds)

    def _compute_part(self, model: Any, part: list[Taken], load_seconds: float) -> None:
        header = part[0].header
        try:
            if header["operation"] == "load":
                model.warm_up(header["options"])
                self._put(part[0], [], (0.0, 0.0), load_seconds, 1)
                return
            pictures = [item.picture.result()[0] for item in part]
            found, model_seconds, mask_seconds = model.predict(pictures, header["options"])
        except Exception as error:
            self._recover(model, part, error, load_seconds)
            return
        for item, instances in zip(part, found, strict=True):
            self._put(item, instances, (model_seconds, mask_seconds), load_seconds, len(part))

    def _recover(self, model: Any, part: list[Taken], error: Exception, load: float) -> None:
        """Out of memory: again without the other models, one by one. Else say what happened."""
        if _is_memory(error):
            release_memory()
            header = part[0].header
            had_others = self.models.forget_others(header["path"], header["sha256"])
            if had_others or len(part) > 1:
                for item in part:
                    self._compute_part(model, [item], load)
                return
            message = "The memory of the device was not enough for this image."
            self._fail_all(part, "memory", f"{message} Ask for a smaller imgsz, or try later.")
            return
        logger.exception("a batch failed")
        self._fail_all(part, "failed", f"The model failed on this image: {_line_of(error)}")
        if _is_device_lost(error):
            sys.stderr.write("The GPU is of no use to this process any more; it ends.\n")
            self._give_back(self.inbox.stop())
            self.client.delete(engine_key(self.name))
            os._exit(_DEVICE_IS_LOST)

    def _put(
        self,
        item: Taken,
        instances: list[Any],
        seconds: tuple[float, float],
        load_seconds: float,
        batch: int,
    ) -> None:
        picture, decode_seconds = item.picture.result()
        height, width = (0, 0) if picture is None else picture.shape[:2]
        put_answer(
            self.client,
            item.header["id"],
            {
                "width": width,
                "height": height,
                "instances": instances,
                "milliseconds": {
                    "decode": decode_seconds * 1000,
                    "load": load_seconds * 1000,
                    "model": seconds[0] * 1000,
                    "masks": seconds[1] * 1000,
                },
                "device": self.device,
                "device_name": self.device_name,
                "notice": self.notice,
                "batch": batch,
            },
        )

    def _fail(self, item: Taken, kind: FailureKind, message: str) -> None:
        answer: EngineAnswer = {"kind": kind, "message": message}
        put_answer(self.client, item.header["id"], answer)

    def _fail_all(self, batch: list[Taken], kind: FailureKind, message: str) -> None:
        for item in batch:
            self._fail(item, kind, message)

    # --- saying that it lives --------------------------------------------------------------------

    def _keep_saying(self) -> None:
        while not self._is_ended.wait(1.0):
            if self._busy_since is not None and time.monotonic() - self._busy_since > _HANG_SECONDS:
                sys.stderr.write("A batch takes too long: this engine hangs and ends.\n")
                os._exit(_HANGS)
            try:
                self._say_alive()
            except redis.RedisError as error:
                logger.warning("Redis does not answer: %s", error)

    def _say_alive(self) -> None:
        state: EngineState = {
            "device": self.device,
            "device_name": self.device_name,
            "device_class": "cpu" if self.device == "cpu" else "gpu",
            "models": self._paths,
        }
        self.client.set(engine_key(self.name), pack(state), ex=ENGINE_EXPIRES_SECONDS)


def _line_of(error: Exception) -> str:
    line = (str(error).strip().splitlines() or [""])[0]
    return f"{type(error).__name__}: {line}"[:300]


def _is_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or "out of memory" in str(error).lower()


def _is_device_lost(error: Exception) -> bool:
    text = str(error)
    return "CUDA error" in text or "cuDNN error" in text or "device-side assert" in text

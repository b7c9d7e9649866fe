"""Requests on their way from Redis to the model: taken, decoded ahead, grouped into batches."""

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import redis

from .wire import DeviceClass, RequestHeader, take_images, waiting_key

logger = logging.getLogger(__name__)

TOGETHER_SECONDS = 0.003
"""How long a request waits for others that came at the same moment, where several ask at once; one
client that asks again and again waits for nobody."""

_LOOK_SECONDS = 0.5
_DECODERS = 2


@dataclass
class Taken:
    """A request that this engine has taken. ``picture``: (pixels, seconds of decoding)."""

    header: RequestHeader
    picture: Future[tuple[Any, float]]

    @property
    def together(self) -> tuple[object, ...]:
        """Equal for requests that may be computed in one batch.

        One at which an engine died before is computed alone, so that it takes nobody with it.
        """
        header = self.header
        options = tuple((name, str(value)) for name, value in sorted(header["options"].items()))
        alone = header["id"] if header["attempt"] or header["operation"] == "load" else ""
        shape = () if self.picture.exception() else getattr(self.picture.result()[0], "shape", ())
        return (header["path"], header["sha256"], options, shape, alone)


class Inbox:
    """A thread that takes requests, and holds two batches of ``most`` at the most: what it has not
    taken can be answered by another engine."""

    def __init__(
        self,
        client: "redis.Redis",
        *,
        engine: str,
        device_class: DeviceClass,
        most: int,
        decode: Callable[[bytes, RequestHeader], Any],
    ) -> None:
        self._client = client
        self._engine = engine
        self._list = waiting_key(device_class)
        self._most = most
        self._decode = decode
        self._pool = ThreadPoolExecutor(_DECODERS, thread_name_prefix="decode")
        self._held: deque[Taken] = deque()
        self._changed = threading.Condition()
        self._is_stopped = False
        self._are_several = False
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> list[Taken]:
        """Take no more; return what was taken and not handed out."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
        self._thread.join(timeout=2 * _LOOK_SECONDS + 1)
        with self._changed:
            left, self._held = list(self._held), deque()
        return left

    def next_batch(self, timeout: float) -> list[Taken]:
        """Return requests that may be computed together, the oldest first; [] after ``timeout``."""
        with self._changed:
            if not self._changed.wait_for(lambda: bool(self._held), timeout):
                return []
            waits = self._are_several or len(self._held) > 1
            until = time.monotonic() + (TOGETHER_SECONDS if waits else 0.0)
            while len(self._held) < self._most and (left := until - time.monotonic()) > 0:
                self._changed.wait(left)
            first = self._held[0]
        _settle(first)
        with self._changed:
            alike = [item for item in self._held if self._is_alike(item, first)][: self._most]
            for item in alike:
                self._held.remove(item)
            self._are_several = len(alike) > 1 or bool(self._held)
            self._changed.notify_all()
        return alike

    @staticmethod
    def _is_alike(item: Taken, first: Taken) -> bool:
        """One that is still being decoded is waited for in the next batch."""
        return item is first or (item.picture.done() and item.together == first.together)

    def _run(self) -> None:
        while not self._is_stopped:
            try:
                self._take_some()
            except redis.RedisError as error:
                logger.warning("Redis does not answer: %s", error)
                time.sleep(_LOOK_SECONDS)

    def _take_some(self) -> None:
        with self._changed:
            room = 2 * self._most - len(self._held)
            if room <= 0:
                self._changed.wait(_LOOK_SECONDS)
                return
        first: Any = self._client.blpop([self._list], timeout=_LOOK_SECONDS)
        if first is None:
            return
        more: Any = self._client.lpop(self._list, room - 1) if room > 1 else None
        self._hold([json.loads(header) for header in (first[1], *(more or ()))])

    def _hold(self, headers: list[RequestHeader]) -> None:
        ids = [header["id"] for header in headers]
        contents = take_images(self._client, ids, self._engine)
        with self._changed:
            for header, content in zip(headers, contents, strict=True):
                if content is not None:  # else nobody waits for it any more
                    work = self._pool.submit(self._timed_decode, content, header)
                    self._held.append(Taken(header, work))
            self._changed.notify_all()

    def _timed_decode(self, content: bytes, header: RequestHeader) -> tuple[Any, float]:
        began = time.perf_counter()
        pixels = None if header["operation"] == "load" else self._decode(content, header)
        return pixels, time.perf_counter() - began


def _settle(item: Taken) -> None:
    """Wait until an image is decoded, or has turned out to be unreadable."""
    item.picture.exception()

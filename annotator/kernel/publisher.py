"""Events on their way to Redis: nobody who saves waits for it.

In the web server a thread sends them, in their order. While Redis does not answer they wait, the
newest ``MOST_WAITING`` of them: an event is a hint, and pages look again by themselves. Other
processes (workers, commands) send at once, as they end soon.
"""

import logging
import threading
from collections import deque

import redis

from .redis_client import redis_client

logger = logging.getLogger(__name__)

STREAM = "segloop:events"
STREAM_LENGTH = 20_000
MOST_WAITING = 5_000

Fields = dict[str, str]


class Publisher:
    """A thread that sends events."""

    def __init__(self) -> None:
        self._waiting: deque[Fields] = deque(maxlen=MOST_WAITING)
        self._wakes = threading.Condition()
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Send what waits, and end."""
        with self._wakes:
            self._is_stopped = True
            self._wakes.notify()
        self._thread.join()

    def put(self, fields: Fields) -> None:
        with self._wakes:
            self._waiting.append(fields)
            self._wakes.notify()

    def _run(self) -> None:
        while batch := self._next():
            try:
                send(batch)
            except Exception:  # the thread goes on: the next event may be published
                logger.exception("events were not published")

    def _next(self) -> list[Fields]:
        """Wait for events; [] at the end."""
        with self._wakes:
            while not self._waiting and not self._is_stopped:
                self._wakes.wait()
            batch = list(self._waiting)
            self._waiting.clear()
            return batch


_publisher: Publisher | None = None


def start_publisher() -> None:
    """Let events of this process be sent by a thread; called where the web server starts."""
    global _publisher  # noqa: PLW0603 - one a process
    _publisher = Publisher()
    _publisher.start()


def stop_publisher() -> None:
    """Send what waits; from here on this process sends at once."""
    global _publisher
    publisher, _publisher = _publisher, None
    if publisher is not None:
        publisher.stop()


def publish(fields: Fields) -> None:
    """Send an event, now or soon."""
    if _publisher is None:
        send([fields])
    else:
        _publisher.put(fields)


def send(batch: list[Fields]) -> None:
    """Put events into the stream; where Redis does not take them, that is logged."""
    try:
        with redis_client().pipeline(transaction=False) as pipe:
            for fields in batch:
                pipe.xadd(STREAM, fields, maxlen=STREAM_LENGTH, approximate=True)  # type: ignore[arg-type]
            pipe.execute()
    except redis.RedisError as error:
        logger.warning("event not published, pages will catch up by polling: %s", error)

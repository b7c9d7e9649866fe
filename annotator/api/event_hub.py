"""The one reader of live events in a web process, and the pages that it hands them to.

However many pages are open, a process has one connection to Redis for them and decodes an event
once. A page joins at the reader's place in the stream; what it missed before that place is read
once for it, what comes after waits in its own queue. So nothing is left out and nothing comes
twice. A page that does not keep up is closed, and its browser asks again from where it stopped.
"""

import asyncio
import json
import logging
from collections import deque
from contextlib import suppress
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import redis.asyncio as aioredis
from asgiref.sync import sync_to_async
from django.conf import settings
from redis.exceptions import RedisError

from annotator.kernel.publisher import STREAM
from annotator.kernel.redis_client import redis_client

logger = logging.getLogger(__name__)

CLIENT_NAME = "segloop-events"
BLOCK_MS = 2_000
READ_AT_ONCE = 500
MOST_WAITING = 2_000
"""Events that a page may be behind."""


class Entry(NamedTuple):
    id: str
    dataset_id: int | None  # None: for everybody
    kind: str
    body: str


def is_stream_id(text: str) -> bool:
    left, _, right = text.partition("-")
    return left.isdigit() and right.isdigit() and len(text) < 40


def _place(stream_id: str) -> tuple[int, int]:
    left, _, right = stream_id.partition("-")
    return int(left), int(right)


class Page:
    """An open page: ``after`` is the last event that it has; it joins at the reader's place."""

    def __init__(self, reader: "Reader", after: str) -> None:
        self.reader = reader
        self.after = after or reader.position
        self.is_open = True
        self._joined = reader.position
        self._waiting: deque[Entry] = deque()
        self._news = asyncio.Event()

    def offer(self, entry: Entry) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self.close()
        elif self.is_open:
            self._waiting.append(entry)
            self._news.set()

    def close(self) -> None:
        self.is_open = False
        self._waiting.clear()
        self._news.set()

    async def take(self, wait_seconds: float) -> list[Entry]:
        """Return the next events in order; [] when there was none for so long, or it is closed.

        Raises RedisError where what was missed cannot be read.
        """
        entries = await self._read_missed()
        if not entries:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_seconds):
                    await self._news.wait()
            self._news.clear()
            # Another process may have been ahead of this one when the page last listened to it.
            entries = [item for item in self._waiting if _place(item.id) > _place(self.after)]
            self._waiting.clear()
        if entries:
            self.after = entries[-1].id
        return entries

    async def _read_missed(self) -> list[Entry]:
        if _place(self.after) >= _place(self._joined):
            return []
        missed = await _read_range(self.after, self._joined)
        if not missed:  # forgotten by now, or never published
            self.after = self._joined
        return missed


class Reader:
    """Reads the stream for its pages, from the first that joins until the last one leaves."""

    def __init__(self) -> None:
        self.position = ""
        self.pages: set[Page] = set()
        self.count = 0
        """Pages that have joined or are about to."""
        self.started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        client = aioredis.Redis.from_url(
            settings.REDIS_URL,
            decode_responses=True,
            socket_timeout=BLOCK_MS / 1000 + 5,
            single_connection_client=True,
            client_name=CLIENT_NAME,
        )
        try:
            newest: Any = await client.xrevrange(STREAM, count=1)
            self.position = str(newest[0][0]) if newest else "0-0"
            self.started.set_result(None)
            # Python 3.11's wait_for, which the client uses, may swallow a cancellation.
            while not self.task.cancelling():
                answer: Any = await client.xread(
                    {STREAM: self.position}, count=READ_AT_ONCE, block=BLOCK_MS
                )
                for _, entries in answer:
                    for entry_id, fields in entries:
                        self._hand_out(_entry(entry_id, fields))
        except (RedisError, OSError) as error:
            # The pages ask again after "retry" milliseconds and poll meanwhile.
            logger.warning("live events cannot be read: %s", error)
            if not self.started.done():
                self.started.set_exception(error)
        finally:
            try:
                await client.aclose()
            finally:  # last, so that no page joins a reader that is about to end
                for page in self.pages:
                    page.close()

    def _hand_out(self, entry: Entry) -> None:
        self.position = entry.id
        for page in self.pages:
            page.offer(entry)


class Hub:
    """The open pages of one event loop; a web process has one."""

    def __init__(self) -> None:
        self._reader: Reader | None = None

    async def join(self, after: str = "") -> Page:
        """Add a page that has everything up to ``after`` ("": up to now).

        Raises RedisError, OSError while Redis is away.
        """
        while True:
            if self._reader is None or self._reader.task.done():
                self._reader = Reader()
            reader = self._reader
            reader.count += 1
            try:
                await asyncio.shield(reader.started)
            except BaseException:
                self._release(reader)
                raise
            if not reader.task.done():
                page = Page(reader, after)
                reader.pages.add(page)
                return page

    def leave(self, page: Page) -> None:
        page.reader.pages.discard(page)
        self._release(page.reader)

    def _release(self, reader: Reader) -> None:
        reader.count -= 1
        if not reader.count:
            reader.task.cancel()
            if self._reader is reader:
                self._reader = None


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def this_hub() -> Hub:
    """Return the hub of the running loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())


@sync_to_async
def _read_range(after: str, until: str) -> list[Entry]:
    rows: Any = redis_client().xrange(STREAM, min=f"({after}", max=until, count=READ_AT_ONCE)
    return [_entry(entry_id, fields) for entry_id, fields in rows]


def _entry(entry_id: str, fields: dict[str, str]) -> Entry:
    body = fields["event"]
    event = json.loads(body)
    named = fields.get("dataset_id", "")
    # Of an earlier version, which noted no ids: whose it was is not known any more.
    unknown = None if event.get("dataset") is None else -1
    return Entry(entry_id, int(named) if named else unknown, event["kind"], body)

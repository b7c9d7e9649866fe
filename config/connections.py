"""The web server's HTTP connections: one that stands still does not stay.

uvicorn closes connections that idle between two requests and none that stop inside one: a client
that sends half a header, or half a body, would keep its connection for ever ("slowloris").
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS = 10.0
HEADER_MAX_BYTES = 64 * 1024
# A body makes so much progress within so long, or nobody is there.
BODY_SECONDS = 60.0
BODY_LEAST_BYTES = 1024
# The same of an answer. Longer: the system's own buffer moves in steps of a megabyte.
ANSWER_SECONDS = 300.0
CONNECTIONS = 2000

BUSY = b"503 Service Unavailable"
SLOW = b"408 Request Timeout"
LONG = b"431 Request Header Fields Too Large"


class Deadline:
    """Calls back once, unless it is cleared before."""

    def __init__(self, loop: asyncio.AbstractEventLoop, on_end: Callable[[], None]) -> None:
        self._loop = loop
        self._on_end = on_end
        self._handle: asyncio.TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        return self._handle is not None

    def set(self, seconds: float) -> None:
        self.clear()
        self._handle = self._loop.call_later(seconds, self._end)

    def clear(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _end(self) -> None:
        self._handle = None
        self._on_end()


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's, with deadlines for headers and for stalled bodies and answers.

    A body may take as long as it likes while it makes progress. At the limit of connections the one
    that has waited longest for its header goes first.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.header_deadline = Deadline(self.loop, lambda: self._refuse(SLOW))
        self.body_deadline = Deadline(self.loop, self._check_body)
        self.answer_deadline = Deadline(self.loop, self._check_answer)
        self.waits_since = 0.0
        self.header_bytes = 0
        self.body_bytes = 0
        self.unsent_bytes = 0

    # --- the header --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS and not self._make_room():
            self._refuse(BUSY)
            return
        self._await_header()

    def data_received(self, data: bytes) -> None:
        if self.header_deadline.is_set:
            self.header_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self.header_deadline.is_set:
            if self.header_bytes > HEADER_MAX_BYTES:
                self._refuse(LONG)
        elif self._is_between_requests and self.timeout_keep_alive_task is None:
            self._await_header()  # bytes came that are no request yet

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if not self.header_deadline.is_set:
            self._await_header()

    def on_headers_complete(self) -> None:
        self.header_deadline.clear()
        self.body_bytes = 0
        self.body_deadline.set(BODY_SECONDS)
        super().on_headers_complete()

    def _await_header(self) -> None:
        self.waits_since = time.monotonic()
        self.header_bytes = 0
        self.header_deadline.set(HEADER_SECONDS)

    @property
    def _is_between_requests(self) -> bool:
        is_answered = self.cycle is None or self.cycle.response_complete
        # A body that was answered before its end is still coming, and is no header.
        return is_answered and not self.body_deadline.is_set

    # --- the body ----------------------------------------------------------------------------

    def on_body(self, body: bytes) -> None:
        self.body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.body_deadline.clear()
        super().on_message_complete()

    def _check_body(self) -> None:
        is_our_turn = self.flow.read_paused  # the application has not read yet what came
        if not is_our_turn and self.body_bytes < BODY_LEAST_BYTES:
            self._refuse(SLOW)
            return
        self.body_bytes = 0
        self.body_deadline.set(BODY_SECONDS)

    # --- the answer --------------------------------------------------------------------------

    def pause_writing(self) -> None:
        super().pause_writing()
        self.unsent_bytes = self.transport.get_write_buffer_size()
        self.answer_deadline.set(ANSWER_SECONDS)

    def resume_writing(self) -> None:
        self.answer_deadline.clear()
        super().resume_writing()

    def _check_answer(self) -> None:
        unsent = self.transport.get_write_buffer_size()
        if unsent >= self.unsent_bytes:
            self.transport.abort()
            return
        self.unsent_bytes = unsent
        self.answer_deadline.set(ANSWER_SECONDS)

    # --- the end -----------------------------------------------------------------------------

    def connection_lost(self, exc: Exception | None) -> None:
        self._clear()
        super().connection_lost(exc)

    def _clear(self) -> None:
        for deadline in (self.header_deadline, self.body_deadline, self.answer_deadline):
            deadline.clear()

    def _refuse(self, status: bytes) -> None:
        """Close; where no answer has begun, with a status that says why."""
        self._clear()
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            head = b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            self.transport.write(head)
        self.transport.close()

    def _make_room(self) -> bool:
        """Close the connection that has waited longest for its header; whether there was one."""
        others = cast(set[Any], self.connections) - {self}
        waiting = [
            each
            for each in others
            if isinstance(each, LimitedProtocol) and each.header_deadline.is_set
        ]
        if not waiting:
            return False
        longest = min(waiting, key=lambda each: each.waits_since)
        longest.transport.abort()
        longest._clear()
        return True

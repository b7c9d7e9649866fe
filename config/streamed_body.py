"""The body of an upload, read by its view while it arrives: Django would keep it in a file first.

The view runs in a thread and reads like from any file; each read takes the next piece from the
connection. What is not read stays in the network, so memory does not grow.
"""

import asyncio
from concurrent.futures import Future
from typing import Any

MEDIA_TYPE = b"application/offset+octet-stream"
ADDRESS = "/api/uploads/"
READ_SECONDS = 1.0


def is_streamed(scope: Any) -> bool:
    """Whether a request's body goes to its view as it comes: parts of uploads (tus)."""
    if scope.get("method") != "PATCH" or not scope["path"].startswith(ADDRESS):
        return False
    media_type = dict(scope["headers"]).get(b"content-type", b"").split(b";")[0]
    return bool(media_type.strip().lower() == MEDIA_TYPE)


class StreamedBody:
    """A file for the view's thread, and ``receive`` for Django.

    ``read`` raises TimeoutError when nothing came for ``READ_SECONDS`` (ask again), and
    ConnectionError when the connection was cut.
    """

    def __init__(self, receive: Any) -> None:
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._coming: Future[Any] | None = None
        self._held = b""
        self._has_ended = self._is_cut = False

    async def __call__(self) -> Any:
        """Never say that the client has gone: the view keeps what came, and ends by itself."""
        await asyncio.Event().wait()

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes; b"" at the end of the body."""
        while not self._held and not self._has_ended:
            self._take(self._next_message())
        if self._is_cut:
            raise ConnectionError("The connection was cut")
        size = len(self._held) if size < 0 else size
        piece, self._held = self._held[:size], self._held[size:]
        return piece

    def close(self) -> None:
        """Let go of what was not read; the server drops it."""
        self._has_ended, self._held = True, b""
        if self._coming is not None:
            self._coming.cancel()

    def _next_message(self) -> Any:
        if self._coming is None:
            self._coming = asyncio.run_coroutine_threadsafe(self._receive(), self._loop)
        message = self._coming.result(timeout=READ_SECONDS)
        self._coming = None
        return message

    def _take(self, message: Any) -> None:
        self._is_cut = message["type"] == "http.disconnect"
        self._held = message.get("body", b"")
        self._has_ended = self._is_cut or not message.get("more_body", False)

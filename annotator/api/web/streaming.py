"""Answers that are made while they are sent, in memory that does not grow."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from rest_framework.request import Request

from annotator.kernel.plain_text import safe_file_name

CHUNK_BYTES = 1024 * 1024
NO_HEADERS: Mapping[str, str] = {}


def download_headers(name: str, *, inline: bool = False) -> dict[str, str]:
    """Return the header that names a download, whatever characters ``name`` has."""
    header = content_disposition_header(not inline, safe_file_name(name))
    return {"Content-Disposition": header or "inline"}


def stream_response(
    request: Request,
    pieces: Iterable[bytes],
    *,
    name: str,
    media_type: str,
    status: int = 200,
    headers: Mapping[str, str] = NO_HEADERS,
) -> StreamingHttpResponse:
    """Answer with a download. The first piece is made at once, so that errors are still answers."""
    iterator = iter(pieces)
    first = next(iterator, b"")
    chunks = gather(first, iterator)
    # Under ASGI Django would gather an ordinary iterator whole before it sends anything.
    is_async = isinstance(request._request, ASGIRequest)
    return StreamingHttpResponse(
        read_in_threads(chunks) if is_async else chunks,
        content_type=media_type,
        status=status,
        headers={
            **download_headers(name),
            "Cache-Control": "private, no-store",
            "X-Accel-Buffering": "no",
            **headers,
        },
    )


def gather(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in chunks of a good size; the first piece goes out alone, at once."""
    try:
        yield first
        held: list[bytes] = []
        size = 0
        for piece in pieces:
            held.append(piece)
            size += len(piece)
            if size >= CHUNK_BYTES:
                yield b"".join(held)
                held, size = [], 0
        if held:
            yield b"".join(held)
    finally:
        _close(pieces)


async def read_in_threads(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Take each chunk in a worker thread, the next one while the last is on its way; the event loop
    serves others meanwhile."""
    take = sync_to_async(lambda: next(chunks, None), thread_sensitive=True)
    upcoming = asyncio.ensure_future(take())
    try:
        while (chunk := await upcoming) is not None:
            upcoming = asyncio.ensure_future(take())
            yield chunk
    finally:
        if not upcoming.done():
            await asyncio.wait([upcoming])
        await sync_to_async(_close)(chunks)
        await sync_to_async(close_old_connections)()


def _close(chunks: Iterator[bytes]) -> None:
    """End what makes them, in its thread: it may have a file or a query open."""
    close = getattr(chunks, "close", None)
    if close is not None:
        close()

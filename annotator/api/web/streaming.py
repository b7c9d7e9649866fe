"""Answers that are made while they are sent, in memory that does not grow."""

from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import chain

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from rest_framework.request import Request

from annotator.kernel.plain_text import safe_file_name

CHUNK_BYTES = 1024 * 1024


def download_headers(name: str, *, inline: bool = False) -> dict[str, str]:
    """Return the header that names a download, whatever characters ``name`` has."""
    header = content_disposition_header(not inline, safe_file_name(name))
    return {"Content-Disposition": header or "inline"}


def stream_response(
    request: Request, pieces: Iterable[bytes], *, name: str, media_type: str
) -> StreamingHttpResponse:
    """Answer with a download. The first piece is made at once, so that errors are still answers."""
    iterator = iter(pieces)
    first = next(iterator, b"")
    chunks = gather(chain([first], iterator))
    # Under ASGI Django would gather an ordinary iterator whole before it sends anything.
    is_async = isinstance(request._request, ASGIRequest)
    return StreamingHttpResponse(
        read_in_threads(chunks) if is_async else chunks,
        content_type=media_type,
        headers={
            **download_headers(name),
            "Cache-Control": "private, no-store",
            "X-Accel-Buffering": "no",
        },
    )


def gather(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in chunks of a good size; the first piece goes out alone, at once."""
    held: list[bytes] = []
    size = 0
    is_first = True
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if is_first or size >= CHUNK_BYTES:
            yield b"".join(held)
            held, size, is_first = [], 0, False
    if held:
        yield b"".join(held)


async def read_in_threads(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Take each chunk in a worker thread; the event loop serves others meanwhile."""
    take = sync_to_async(lambda: next(chunks, None), thread_sensitive=True)
    try:
        while (chunk := await take()) is not None:
            yield chunk
    finally:
        await sync_to_async(close_old_connections)()

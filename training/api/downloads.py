"""Files as answers, read in chunks without blocking the event loop or filling the memory."""

import asyncio
from collections.abc import AsyncIterator
from email.utils import formatdate
from pathlib import Path

from django.http import StreamingHttpResponse

from annotator.api.web.streaming import download_headers

CHUNK_BYTES = 1 << 20
_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".csv": "text/csv; charset=utf-8",
    ".yaml": "text/plain; charset=utf-8",
    ".log": "text/plain; charset=utf-8",
}


def file_response(path: Path, *, download_name: str = "") -> StreamingHttpResponse:
    """Answer a file. Plots show in the page; everything else is a download."""
    media_type = _TYPES.get(path.suffix, "application/octet-stream")
    status = path.stat()
    return StreamingHttpResponse(
        _read(path),
        content_type=media_type,
        headers={
            "Content-Length": str(status.st_size),
            **download_headers(download_name or path.name, inline=media_type.startswith("image/")),
            "Last-Modified": formatdate(status.st_mtime, usegmt=True),
            "Cache-Control": "private, no-cache",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


async def _read(path: Path) -> AsyncIterator[bytes]:
    handle = await asyncio.to_thread(path.open, "rb")
    try:
        while chunk := await asyncio.to_thread(handle.read, CHUNK_BYTES):
            yield chunk
    finally:
        handle.close()

"""Answers of a part: a download that goes on where it broke (RFC 9110, section 14)."""

import asyncio
import re
from collections.abc import AsyncIterator
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from typing import NamedTuple

from django.http import HttpResponse, StreamingHttpResponse
from rest_framework.request import Request

from .problems import plain_problem
from .streaming import CHUNK_BYTES, download_headers

_RANGE = re.compile(r"bytes=(\d{1,18})?-(\d{1,18})?", re.ASCII)


class ByteRange(NamedTuple):
    """``first`` None: the last ``last`` bytes; ``last`` None: to the end."""

    first: int | None
    last: int | None


def read_range(request: Request) -> ByteRange | None:
    """The one range that a request asks for; None where it asks for all, or for what is none."""
    match = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if match is None or request.method != "GET":
        return None
    first, last = (int(number) if number else None for number in match.groups())
    if first is None and last is None:
        return None
    if first is not None and last is not None and last < first:
        return None
    return ByteRange(first, last)


def strong_etag(value: str | None) -> str | None:
    """What stands between the quotes; None for a weak one, and for a date."""
    match = re.fullmatch(r'"([^"]*)"', (value or "").strip())
    return match[1] if match else None


def content_range(start: int, stop: int, total: int) -> str:
    return f"bytes {start}-{stop - 1}/{total}"


def file_response(
    request: Request, path: Path, *, download_name: str, media_type: str, inline: bool = False
) -> HttpResponse | StreamingHttpResponse:
    """Answer a file, or the part of it that was asked for."""
    status = path.stat()
    size = status.st_size
    etag = f'"{status.st_mtime_ns:x}-{size:x}"'
    modified = formatdate(status.st_mtime, usegmt=True)
    headers = {
        **download_headers(download_name, inline=inline),
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": modified,
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    start, stop, code = 0, size, 200
    wanted = read_range(request)
    if wanted is not None and _is_same(request.headers.get("If-Range"), etag, status.st_mtime):
        start, stop = _limits(wanted, size)
        if start >= stop:
            return plain_problem(
                416,
                f"The file ends before that: it has {size:,} bytes.",
                code="range_not_satisfiable",
                headers={"Content-Range": f"bytes */{size}"},
            )
        code = 206
        headers["Content-Range"] = content_range(start, stop, size)
    headers["Content-Length"] = str(stop - start)
    return StreamingHttpResponse(
        _read(path, start, stop), content_type=media_type, status=code, headers=headers
    )


def _limits(wanted: ByteRange, size: int) -> tuple[int, int]:
    if wanted.first is None:
        return max(0, size - (wanted.last or 0)), size
    return wanted.first, size if wanted.last is None else min(wanted.last + 1, size)


def _is_same(if_range: str | None, etag: str, mtime: float) -> bool:
    """Whether the part that the client has is of this file."""
    if if_range is None or if_range == etag:
        return True
    try:
        return int(parsedate_to_datetime(if_range).timestamp()) == int(mtime)
    except (TypeError, ValueError):
        return False


async def _read(path: Path, start: int, stop: int) -> AsyncIterator[bytes]:
    handle = await asyncio.to_thread(path.open, "rb")
    try:
        await asyncio.to_thread(handle.seek, start)
        while start < stop and (
            chunk := await asyncio.to_thread(handle.read, min(CHUNK_BYTES, stop - start))
        ):
            start += len(chunk)
            yield chunk
    finally:
        handle.close()

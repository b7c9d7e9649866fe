"""Archives that are made while they are sent, and go on where their download broke."""

from collections.abc import Callable

from django.http import StreamingHttpResponse
from rest_framework.request import Request

from annotator.exports.downloads import Download, Files, begin_download, continue_download

from .ranges import content_range, read_range, strong_etag
from .streaming import stream_response


def resumable_response(
    request: Request, list_files: Callable[[], Files], *, key: str, name: str
) -> StreamingHttpResponse:
    """Answer a .zip of the files, or the range of it that was asked for where what was sent is
    still what would be sent. ``key`` is the same for the same person and choice."""
    download = _continue(request, list_files, key) or begin_download(list_files(), key)
    headers = {"Accept-Ranges": "bytes", "ETag": f'"{download.etag}"'}
    status = 200
    if download.total is not None and download.stop is not None:
        status = 206
        headers["Content-Range"] = content_range(download.start, download.stop, download.total)
        headers["Content-Length"] = str(download.stop - download.start)
    return stream_response(
        request,
        download.pieces,
        name=name,
        media_type="application/zip",
        status=status,
        headers=headers,
    )


def _continue(request: Request, list_files: Callable[[], Files], key: str) -> Download | None:
    wanted = read_range(request)
    given = request.headers.get("If-Range")
    etag = strong_etag(given)
    if wanted is None or not wanted.first or (given is not None and etag is None):
        return None
    return continue_download(list_files(), key, etag=etag, start=wanted.first, last=wanted.last)

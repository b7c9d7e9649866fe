"""Files as answers, read in chunks without blocking the event loop or filling the memory."""

from pathlib import Path

from django.http import HttpResponse, StreamingHttpResponse
from rest_framework.request import Request

from annotator.api.web import ranges

_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".csv": "text/csv; charset=utf-8",
    ".yaml": "text/plain; charset=utf-8",
    ".log": "text/plain; charset=utf-8",
}


def file_response(
    request: Request, path: Path, *, download_name: str = ""
) -> HttpResponse | StreamingHttpResponse:
    """Answer a file, or a range of it. Plots show in the page; all else is a download."""
    media_type = _TYPES.get(path.suffix, "application/octet-stream")
    return ranges.file_response(
        request,
        path,
        download_name=download_name or path.name,
        media_type=media_type,
        inline=media_type.startswith("image/"),
    )

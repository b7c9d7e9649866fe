"""Bodies that are larger than the server takes are refused before they are read to the disk."""

from typing import Any

from annotator.api.web.problems import CONTENT_TYPE, plain_problem
from config.streamed_body import is_streamed

GIB = 1024**3


class BodyTooLargeError(Exception):
    """More came than the server takes."""


class LimitedBodies:
    """ASGI: forms with files, and parts of uploads, up to the limit of uploads; others as JSON.

    Django reads a body to the end, whoever sends it, before it looks at who that is.
    """

    def __init__(self, app: Any, *, most_bytes: int, most_upload_bytes: int) -> None:
        self.app = app
        self.most_bytes = most_bytes
        self.most_upload_bytes = most_upload_bytes

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        is_form = headers.get(b"content-type", b"").lower().startswith(b"multipart/form-data")
        most = self.most_upload_bytes if is_form or is_streamed(scope) else self.most_bytes
        announced = headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced) > most:
            await _refuse(most, send)
            return
        came = 0

        async def receive_limited() -> Any:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > most:
                raise BodyTooLargeError
            return message

        try:
            await self.app(scope, receive_limited, send)
        except BodyTooLargeError:  # of a body without a length; no answer has begun
            await _refuse(most, send)


async def _refuse(most_bytes: int, send: Any) -> None:
    shown = f"{most_bytes / GIB:g} GB" if most_bytes >= GIB else f"{most_bytes / 1024**2:g} MB"
    detail = f"The body is larger than the {shown} that the server accepts."
    problem = plain_problem(413, detail, code="too_large")
    headers = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store", "Connection": "close"}
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 413, "headers": pairs})
    await send({"type": "http.response.body", "body": problem.content})

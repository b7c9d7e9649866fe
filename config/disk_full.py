"""A full disk is said as such also where no view is reached: sessions, bodies that do not fit."""

import json
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import server_error as django_server_error

from annotator.kernel.errors import DISK_FULL, is_disk_full

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

CONTENT_TYPE = "application/problem+json"
PROBLEM = {
    "type": "about:blank",
    "title": "Disk full",
    "status": 507,
    "detail": f"{DISK_FULL} Nothing was changed.",
    "code": "disk_full",
}


def server_error(request: HttpRequest) -> HttpResponse:
    """``handler500``: what a middleware could not write, such as a session."""
    if is_disk_full(sys.exc_info()[1]):
        return JsonResponse(PROBLEM, status=507, content_type=CONTENT_TYPE)
    return django_server_error(request)


def with_disk_full(application: Application) -> Application:
    """Answer 507 where Django cannot even keep the body of a request."""

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await application(scope, receive, watched)
        except OSError as error:
            if has_begun or scope["type"] != "http" or not is_disk_full(error):
                raise
            body = json.dumps(PROBLEM).encode()
            headers = [(b"content-type", CONTENT_TYPE.encode()), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 507, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    return answer

"""Django's ASGI handler, with all of a request in one thread.

Django calls each half of each middleware in the thread of the request, and goes back to the event
loop between two: some twenty changes of thread, which took longer than a bare request. Here the
loop reads the body and sends the answer; what is between is one call. A part of an upload is not
read beforehand: its view does that (``config/streamed_body.py``).
"""

from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http.response import HttpResponseBase

from config.streamed_body import StreamedBody, is_streamed


class OneThreadHandler(ASGIHandler):
    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: Any) -> HttpResponseBase:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        if is_streamed(scope):
            receive = StreamedBody(receive)
        await super().handle(scope, receive, send)

    async def read_body(self, receive: Any) -> Any:
        if isinstance(receive, StreamedBody):
            return receive
        return await super().read_body(receive)

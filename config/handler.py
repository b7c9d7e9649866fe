"""Django's ASGI handler, with all of a request in one thread.

Django calls each half of each middleware in the thread of the request, and goes back to the event
loop between two: some twenty changes of thread, which took longer than a bare request. Here the
loop reads the body and sends the answer; what is between is one call.
"""

from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http.response import HttpResponseBase


class OneThreadHandler(ASGIHandler):
    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: Any) -> HttpResponseBase:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)

"""Static files, the content security policy of every answer, and addresses that are refused."""

import re
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import cast

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from servestatic.middleware import ServeStaticMiddleware

# Vite puts a hash of the content into the names of what it bundles.
HASHED_NAME = re.compile(r"^/static/app/assets/.+-[\w-]{8}\.\w+$")
POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "frame-ancestors 'none'; form-action 'self'"
)


class StaticFilesMiddleware(ServeStaticMiddleware):  # type: ignore[misc]
    """Lets browsers keep the front end's bundles for ever."""

    def immutable_file_test(self, path: str, url: str) -> bool:
        return HASHED_NAME.match(url) is not None


Handler = Callable[[HttpRequest], HttpResponseBase]
AsyncHandler = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def content_security_policy(get_response: Handler | AsyncHandler) -> Handler | AsyncHandler:
    """Let pages load nothing from elsewhere: data never leaves the machine."""
    if iscoroutinefunction(get_response):
        answer_async: AsyncHandler = get_response

        async def ahandle(request: HttpRequest) -> HttpResponseBase:
            return _with_policy(await answer_async(request))

        return ahandle
    answer = cast(Handler, get_response)

    def handle(request: HttpRequest) -> HttpResponseBase:
        return _with_policy(answer(request))

    return handle


def _with_policy(response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    return response


@sync_and_async_middleware
def refuse_null_characters(get_response: Handler | AsyncHandler) -> Handler | AsyncHandler:
    """Refuse an address with a null character: PostgreSQL and file systems know no such text."""
    if iscoroutinefunction(get_response):
        answer_async: AsyncHandler = get_response

        async def ahandle(request: HttpRequest) -> HttpResponseBase:
            return _null_problem() if _has_null(request) else await answer_async(request)

        return ahandle
    answer = cast(Handler, get_response)

    def handle(request: HttpRequest) -> HttpResponseBase:
        return _null_problem() if _has_null(request) else answer(request)

    return handle


def _has_null(request: HttpRequest) -> bool:
    query = request.META.get("QUERY_STRING", "")
    return "\0" in request.path or "%00" in query or "\0" in query


def _null_problem() -> JsonResponse:
    return JsonResponse(
        {
            "type": "about:blank",
            "title": "Bad request",
            "status": 400,
            "detail": "The address holds a null character (%00): leave it out.",
            "code": "null_character",
        },
        status=400,
        content_type="application/problem+json",
    )

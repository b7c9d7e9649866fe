"""Static files, headers of every answer, errors of the API, and addresses that are refused."""

import re
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import cast

from asgiref.sync import async_to_sync
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware, sync_only_middleware
from servestatic.middleware import ServeStaticMiddleware

from annotator.api.web.problems import plain_problem, sentence_for

# Vite puts a hash of the content into the names of what it bundles.
HASHED_NAME = re.compile(r"^/static/app/assets/.+-[\w-]{8}\.\w+$")
POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "frame-ancestors 'none'; form-action 'self'"
)

# What pages never use: a script that got into one cannot either.
_UNUSED = (
    *("accelerometer", "autoplay", "browsing-topics", "display-capture", "geolocation"),
    *("gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "serial", "usb"),
    "xr-spatial-tracking",
)
# The camera: Predict, Live. The browser asks the person first.
PERMISSIONS = ", ".join([*(f"{feature}=()" for feature in _UNUSED), "camera=(self)"])


class _StaticFiles(ServeStaticMiddleware):  # type: ignore[misc]
    """Lets browsers keep the front end's bundles for ever."""

    def immutable_file_test(self, path: str, url: str) -> bool:
        return HASHED_NAME.match(url) is not None


Handler = Callable[[HttpRequest], HttpResponseBase]
AsyncHandler = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_only_middleware
def static_files(get_response: Handler) -> Handler:
    """Serve the front end's bundles."""

    async def not_found(request: HttpRequest) -> None:
        return None

    files = _StaticFiles(not_found)
    serve = async_to_sync(files)

    def handle(request: HttpRequest) -> HttpResponseBase:
        is_file = files.autorefresh or request.path_info in files.files
        return (serve(request) if is_file else None) or get_response(request)

    return handle


@sync_and_async_middleware
def security_headers(get_response: Handler | AsyncHandler) -> Handler | AsyncHandler:
    """Let pages load nothing from elsewhere, and use no device: data never leaves the machine."""
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
    response.headers.setdefault("Permissions-Policy", PERMISSIONS)
    return response


def is_api(request: HttpRequest) -> bool:
    return request.path == "/api" or request.path.startswith("/api/")


@sync_and_async_middleware
def finish_api_answers(get_response: Handler | AsyncHandler) -> Handler | AsyncHandler:
    """Keep answers of the API out of caches, and make every error a problem (RFC 9457).

    What has a Cache-Control of its own keeps it: files under the hash of their content.
    """
    if iscoroutinefunction(get_response):
        answer_async: AsyncHandler = get_response

        async def ahandle(request: HttpRequest) -> HttpResponseBase:
            return _finish_api_answer(request, await answer_async(request))

        return ahandle
    answer = cast(Handler, get_response)

    def handle(request: HttpRequest) -> HttpResponseBase:
        return _finish_api_answer(request, answer(request))

    return handle


def _finish_api_answer(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if not is_api(request):
        return response
    status = response.status_code
    is_page = response.headers.get("Content-Type", "").startswith(("text/html", "text/plain"))
    if status >= 400 and is_page and not (settings.DEBUG and status >= 500):
        response = _as_problem(response)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _as_problem(page: HttpResponseBase) -> HttpResponseBase:
    status = page.status_code
    codes = {400: "invalid", 403: "not_allowed", 404: "not_found", 405: "method_not_allowed"}
    code = codes.get(status, "server_error" if status >= 500 else "error")
    problem = plain_problem(status, sentence_for(status), code=code)
    for name, value in page.headers.items():
        if not name.startswith("Content-"):
            problem.headers.setdefault(name, value)
    problem.cookies = page.cookies
    page.close()
    return problem


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


def _null_problem() -> HttpResponseBase:
    return plain_problem(
        400, "The address holds a null character (%00): leave it out.", code="null_character"
    )

"""RFC 9457 problem details: every error of the API is a sentence that a person can act on."""

from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import OperationalError
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import set_rollback

from annotator.kernel.errors import DISK_FULL, ServiceError, is_disk_full

from .keys import UnknownKeysError

CONTENT_TYPE = "application/problem+json"

_TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    411: "Length missing",
    412: "Changed by somebody else",
    413: "Too large",
    415: "Unsupported media type",
    422: "Nothing found",
    428: "Revision missing",
    429: "Too many requests",
    500: "Server error",
    503: "Not available",
    504: "Out of time",
    507: "Disk full",
}

_SENTENCES = {
    400: "The server could not read this request. Check the address and the body.",
    403: "This is not allowed.",
    404: "The API has no such address; /api/docs/ lists them all.",
    405: "This address does not take that method; /api/docs/ says which it takes.",
    413: "The body is larger than the server accepts.",
    415: "The server does not read a body of that type.",
    429: "Too many requests. Wait a minute and try again.",
}


def problem_response(
    status_code: int,
    detail: str,
    *,
    code: str,
    errors: dict[str, list[str]] | None = None,
    headers: dict[str, str] | None = None,
    **extra: object,
) -> Response:
    """Return an answer in ``application/problem+json``."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": _TITLES.get(status_code, "Error"),
        "status": status_code,
        "detail": detail,
        "code": code,
        **extra,
    }
    if errors:
        body["errors"] = errors
    return Response(body, status=status_code, headers=headers, content_type=CONTENT_TYPE)


def plain_problem(
    status_code: int, detail: str, *, code: str, headers: dict[str, str] | None = None
) -> JsonResponse:
    """Return a problem where no view of the REST framework answers."""
    response = problem_response(status_code, detail, code=code)
    return JsonResponse(
        response.data, status=status_code, headers=headers, content_type=CONTENT_TYPE
    )


def sentence_for(status_code: int) -> str:
    """What to say where nothing better is known."""
    return _SENTENCES.get(status_code) or (
        "The server failed while answering. Try again; its log says more."
        if status_code >= 500
        else "The server could not accept this request."
    )


def handle_exception(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler; None lets Django answer 500 and log the traceback."""
    response = _respond(exc)
    if response is not None:
        set_rollback()
        request = context.get("request")
        if request is not None:  # the schema answers YAML, its pages HTML: problems are JSON
            request.accepted_renderer = JSONRenderer()
            request.accepted_media_type = JSONRenderer.media_type
    return response


def _respond(exc: Exception) -> Response | None:  # noqa: PLR0911 - a table of cases
    if isinstance(exc, ServiceError):
        extra: dict[str, Any] = exc.extra
        return problem_response(exc.status, str(exc), code=exc.code, **extra)
    if isinstance(exc, Http404):
        return problem_response(
            404, "There is nothing here, or you are not a member of its dataset.", code="not_found"
        )
    if isinstance(exc, DjangoPermissionDenied):
        return problem_response(403, str(exc) or "You may not do this.", code="not_allowed")
    if isinstance(exc, DjangoValidationError):
        exc = exceptions.ValidationError(exc.messages)
    if is_disk_full(exc):
        return problem_response(507, f"{DISK_FULL} Nothing was changed.", code="disk_full")
    if isinstance(exc, RequestDataTooBig):
        return problem_response(413, sentence_for(413), code="too_large")
    if isinstance(exc, OperationalError):
        return problem_response(
            503,
            "The database does not answer. Nothing was changed; try again in a moment.",
            code="database_unavailable",
        )
    if isinstance(exc, UnknownKeysError):
        return problem_response(
            400, exc.sentences[0], code="unknown_key", errors=flatten_errors(exc.detail)
        )
    if isinstance(exc, exceptions.ValidationError):
        errors = flatten_errors(exc.detail)
        field, messages = next(iter(errors.items()))
        detail = messages[0] if field == "" else f"{field}: {messages[0]}"
        return problem_response(400, detail, code="invalid", errors=errors)
    if isinstance(exc, exceptions.APIException):
        headers = {}
        if challenge := getattr(exc, "auth_header", None):
            headers["WWW-Authenticate"] = challenge
        if wait := getattr(exc, "wait", None):
            headers["Retry-After"] = str(int(wait))
        code = exc.get_codes()
        return problem_response(
            exc.status_code,
            str(exc.detail),
            code=code if isinstance(code, str) else "error",
            headers=headers,
        )
    return None


def flatten_errors(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """Return DRF's nested error details as ``{"classes.0.name": ["..."]}``."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for key, value in detail.items():
            name = "" if key == "non_field_errors" else str(key)
            found |= flatten_errors(value, f"{prefix}.{name}".strip("."))
        return found
    if isinstance(detail, list):
        if all(isinstance(item, str) for item in detail):
            return {prefix: [str(item) for item in detail]} if detail else {}
        found = {}
        for index, value in enumerate(detail):
            if value:
                found |= flatten_errors(value, f"{prefix}.{index}".strip("."))
        return found
    return {prefix: [str(detail)]}

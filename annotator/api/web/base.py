"""What every view of the API stands on."""

from functools import cache
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.serializers.images import ImageFiltersSerializer
from annotator.kernel.errors import NotAllowedError

from .pagination import CursorPagination
from .parsers import LARGEST_INTEGER
from .view import APIView

CURSOR_PARAMETERS = [
    OpenApiParameter("cursor", str, description="Where the page starts."),
    OpenApiParameter("page_size", int, description="How many results a page has."),
]
FILTER_PARAMETERS = [ImageFiltersSerializer]
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description='The revision it is based on: `"7"`.'
)


def current_user(request: Request) -> User:
    """Return the signed-in user; the permission class has seen to it that there is one."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - narrows the type
    return user


def require_session(request: Request, action: str) -> None:
    """Refuse a token: one that leaked must not make others, or lock its owner out."""
    if request.auth is not None:
        raise NotAllowedError(
            f"A token cannot {action}: sign in in the browser.", code="session_needed"
        )


def parse(serializer: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """Return the validated data of a request, or raise a problem that names the field."""
    checked = serializer(data=data)
    checked.is_valid(raise_exception=True)
    result: dict[str, Any] = checked.validated_data
    for name, value in result.items():  # of an address: a body's are refused by its parser
        if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            raise serializers.ValidationError({name: "That number is too large."})
    return result


@cache
def page_of(serializer: type[serializers.BaseSerializer[Any]]) -> serializers.Serializer[Any]:
    """Return the schema of one page of a cursor-paginated list, named ``<Thing>Page``."""
    name = serializer.__name__.removesuffix("Serializer")
    return inline_serializer(
        f"{name}Page",
        {
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": serializer(many=True),
        },
    )


def paginate(
    view: APIView,
    request: Request,
    queryset: QuerySet[Any],
    serializer: type[serializers.BaseSerializer[Any]],
    *,
    ordering: tuple[str, ...],
    page_size: int = 50,
) -> Response:
    """Answer one page of ``queryset`` in ``ordering``."""
    paginator = CursorPagination(ordering, page_size)
    page = paginator.paginate_queryset(queryset, request, view)
    return paginator.get_paginated_response(serializer(page, many=True).data)

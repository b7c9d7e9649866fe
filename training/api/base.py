"""What the views of the training room stand on."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from annotator.api.web.pagination import CursorPagination
from annotator.api.web.view import APIView

from .schema import schema_of

M = TypeVar("M", bound=Model)


def page_of(payload: type) -> Any:
    """Return the schema of one page of a cursor-paginated list, named ``<Thing>Page``."""
    serializer = schema_of(payload)
    return inline_serializer(
        f"{serializer.__name__.removesuffix('Serializer')}Page",
        {
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": serializer(many=True),
        },
    )


def list_of(payload: type) -> Any:
    """Return the schema of a plain list."""
    return schema_of(payload)(many=True)


def offset_page_of(payload: type, **fields: serializers.Field[Any, Any, Any, Any]) -> Any:
    """Return the schema of a page of a list whose order never changes, with its total."""
    serializer = schema_of(payload)
    return inline_serializer(
        f"{serializer.__name__.removesuffix('Serializer')}Page",
        {
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "total": serializers.IntegerField(),
            **fields,
            "results": serializer(many=True),
        },
    )


class OffsetQuerySerializer(serializers.Serializer[Any]):
    """Where a page of such a list begins."""

    cursor = serializers.IntegerField(default=0, min_value=0, max_value=2**31 - 1)
    page_size = serializers.IntegerField(default=50, min_value=1, max_value=200)


def offset_response(
    request: Request, page: Mapping[str, Any], *, total: int, offset: int, limit: int
) -> Response:
    """Answer a page of such a list, with the addresses of its neighbours."""
    address = request.build_absolute_uri()

    def at(place: int) -> str:
        return replace_query_param(address, "cursor", place)

    return Response(
        {
            "next": at(offset + limit) if offset + limit < total else None,
            "previous": at(max(0, offset - limit)) if offset else None,
            **page,
        }
    )


def paginate(
    view: APIView,
    request: Request,
    rows: QuerySet[M],
    make_payload: Callable[[M], Any],
    *,
    ordering: tuple[str, ...] = ("-id",),
    page_size: int = 50,
) -> Response:
    """Answer one page of ``rows`` as payloads."""
    paginator = CursorPagination(ordering, page_size)
    page: list[M] = paginator.paginate_queryset(rows, request, view) or []
    return paginator.get_paginated_response([make_payload(row) for row in page])

"""A page of the grid as JSON: as ``ImageGridItemSerializer`` says it, read and written at once.

A page is a hundred images; making objects of them, and of every outline, took longer than the
database. The outlines go from the database to the wire as the text that they are.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpResponse
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from annotator.images.ordering import beyond, order_images, read_cursor, write_cursor
from annotator.models import Image, ImageTag

from .serializers.images import ImageGridItemSerializer, thumbnail_address

PAGE_SIZE = 100
MOST_OF_A_PAGE = 500

_MADE = ("file_name", "thumbnail_url", "outline", "assignee", "tags")
_COLUMNS = (
    *(name for name in ImageGridItemSerializer.Meta.fields if name not in _MADE),
    *("extension", "sha256", "outline_text", "assignee_id", "assignee__username"),
)
_ALSO_FOR_PLACES = ("created_at", "size_bytes")


def read_items(rows: QuerySet[Image]) -> list[dict[str, Any]]:
    """Return images as they go over the wire, with what their places in an ordering need."""
    columns = (*_COLUMNS, *_ALSO_FOR_PLACES)
    text = Cast("outline", TextField())
    found = list(rows.select_related(None).annotate(outline_text=text).values_list(*columns))
    read = [dict(zip(columns, row, strict=True)) for row in found]
    tags = _tags_of([row["id"] for row in read])
    return [_item(row, tags) for row in read]


def _item(row: dict[str, Any], tags: Mapping[UUID, list[int]]) -> dict[str, Any]:
    extension, sha256 = row.pop("extension"), row.pop("sha256")
    assignee, name = row.pop("assignee_id"), row.pop("assignee__username")
    row["file_name"] = f"{row['stem']}.{extension}"
    row["thumbnail_url"] = thumbnail_address(row["id"], sha256)
    row["outline"] = msgspec.Raw(row.pop("outline_text").encode())
    row["assignee"] = None if assignee is None else {"id": assignee, "username": name}
    row["tags"] = tags.get(row["id"], [])
    return row


def _tags_of(ids: list[UUID]) -> Mapping[UUID, list[int]]:
    found: defaultdict[UUID, list[int]] = defaultdict(list)
    rows = ImageTag.objects.filter(image_id__in=ids).order_by("tag__name")
    for image_id, tag_id in rows.values_list("image_id", "tag_id"):
        found[image_id].append(tag_id)
    return found


def answer_items(items: list[dict[str, Any]], **beside: Any) -> HttpResponse:
    for item in items:
        for name in _ALSO_FOR_PLACES:
            item.pop(name, None)
    return HttpResponse(
        msgspec.json.encode({**beside, "results": items}), content_type="application/json"
    )


def answer_page(request: Request, rows: QuerySet[Image], ordering: str) -> HttpResponse:
    """Answer the page that the request asks for."""
    size = _page_size(request)
    text = request.query_params.get("cursor")
    place, backwards = read_cursor(text, ordering) if text else ((), False)
    chosen = beyond(rows, ordering, place, backwards=backwards) if text else rows
    ordered = order_images(chosen, ordering, backwards=backwards)
    items = read_items(ordered[: size + 1])
    is_more = len(items) > size
    items = items[:size]
    if backwards:
        items.reverse()
    has_next, has_previous = (True, is_more) if backwards else (is_more, bool(text))
    following = _link(request, items, ordering, backwards=False) if has_next else None
    previous = _link(request, items, ordering, backwards=True) if has_previous else None
    return answer_items(items, next=following, previous=previous)


def _link(
    request: Request, items: list[dict[str, Any]], ordering: str, *, backwards: bool
) -> str | None:
    if not items:
        return None
    item = items[0] if backwards else items[-1]
    name = ordering.removeprefix("-")
    place = (item[name],) if name == "stem" else (item[name], item["id"])
    cursor = write_cursor(place, backwards=backwards)
    return str(replace_query_param(request.build_absolute_uri(), "cursor", cursor))


def _page_size(request: Request) -> int:
    asked = int(request.query_params.get("page_size", PAGE_SIZE))
    if not 1 <= asked <= MOST_OF_A_PAGE:
        raise ValidationError({"page_size": f"A page has 1 to {MOST_OF_A_PAGE} results."})
    return asked

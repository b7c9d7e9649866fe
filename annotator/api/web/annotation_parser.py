"""The body of a save, read and checked in one pass.

What is as it should be is taken here; whatever is odd in the slightest goes the way of every other
body (``parsers``, ``keys``, the serializer), which takes or refuses it with the sentence that fits.
"""

import io
from collections.abc import Iterable, Mapping
from typing import IO, Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, UnsetType
from rest_framework.request import Request

from annotator.annotations.data import InstanceData
from annotator.api.serializers.annotations import AnnotationPatchSerializer
from annotator.models.annotations import MAX_NOTE_LENGTH

from .base import parse
from .parsers import JSONParser, read_limited, refuse_many_parts

_LARGEST = 2.0**53
"""Integers beyond this are no longer what was sent."""


class _Instance(Struct, forbid_unknown_fields=True):
    id: UUID
    class_id: int | None
    polygons: list[list[list[float]]]
    occluded: bool | UnsetType = UNSET
    truncated: bool | UnsetType = UNSET
    is_box: bool | UnsetType = UNSET
    note: Annotated[str, msgspec.Meta(max_length=MAX_NOTE_LENGTH)] | UnsetType = UNSET


class Changes(Struct, forbid_unknown_fields=True):
    """As AnnotationPatchSerializer takes it."""

    upsert: list[_Instance] | UnsetType = UNSET
    delete: list[UUID] | UnsetType = UNSET
    order: list[UUID] | UnsetType = UNSET
    status: Literal["unlabelled", "in_progress", "done"] | UnsetType = UNSET


_decoder = msgspec.json.Decoder(Changes)


class AnnotationParser(JSONParser):
    """Gives ``Changes`` where the body of a PATCH is plain, what JSONParser gives otherwise."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        context = parser_context or {}
        if context["request"].method != "PATCH" or context.get("encoding") != "utf-8":
            return super().parse(stream, media_type, parser_context)
        content = read_limited(stream)
        changes = _read_plain(content)
        if changes is not None:
            return changes
        return super().parse(io.BytesIO(content), media_type, parser_context)


def _read_plain(content: bytes) -> Changes | None:
    """Read a body; None where anything about it is odd."""
    refuse_many_parts(content)
    try:
        changes = _decoder.decode(content)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    items = [] if isinstance(changes.upsert, UnsetType) else changes.upsert
    is_plain = all(map(_is_plain, items)) and content.count(b":") == _count_colons(changes, items)
    return changes if is_plain else None


def _is_plain(item: _Instance) -> bool:
    """Whether no number is an integer of more than 64 bits, and nothing is to be trimmed."""
    note = "" if isinstance(item.note, UnsetType) else item.note
    return (
        abs(item.class_id or 0) < _LARGEST
        and note == note.strip()
        and "\0" not in note
        and all(
            min(ring, default=0.0) > -_LARGEST and max(ring, default=0.0) < _LARGEST
            for part in item.polygons
            for ring in part
        )
    )


def _count_colons(changes: Changes, items: Iterable[_Instance]) -> int:
    """How many colons a body has in which no key stands twice."""
    count = sum(getattr(changes, name) is not UNSET for name in changes.__struct_fields__)
    for item in items:
        count += 3 + (item.occluded is not UNSET) + (item.truncated is not UNSET)
        count += item.is_box is not UNSET
        if not isinstance(item.note, UnsetType):
            count += 1 + item.note.count(":")
    return count


def read_changes(request: Request) -> dict[str, Any]:
    """Return what a PATCH asks for, in the words of ``save_annotation``."""
    changes = request.data
    if not isinstance(changes, Changes):
        return parse(AnnotationPatchSerializer, changes)
    values = {
        name: value
        for name in changes.__struct_fields__
        if (value := getattr(changes, name)) is not UNSET
    }
    if "upsert" in values:
        values["upsert"] = [_data_of(item) for item in values["upsert"]]
    return values


def _data_of(item: _Instance) -> InstanceData:
    data: InstanceData = {
        "id": str(item.id),
        "class_id": item.class_id,
        "polygons": item.polygons,
    }
    if not isinstance(item.occluded, UnsetType):
        data["occluded"] = item.occluded
    if not isinstance(item.truncated, UnsetType):
        data["truncated"] = item.truncated
    if not isinstance(item.note, UnsetType):
        data["note"] = item.note
    if not isinstance(item.is_box, UnsetType):
        data["is_box"] = item.is_box
    return data

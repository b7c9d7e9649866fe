"""The sorts of the images of a dataset, and where a page begins in each: the cost of a page does
not grow with how deep it lies."""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan

from annotator.kernel.errors import ServiceError
from annotator.models import Image

SORTS = ("stem", "updated_at", "created_at", "instance_count", "size_bytes")
ORDERINGS = tuple(f"{sign}{name}" for name in SORTS for sign in ("", "-"))
"""``-`` for the greatest first. Equals stand in the order of their ids."""


_NO_CURSOR = (
    *(ValueError, TypeError, binascii.Error, AttributeError),
    *(RecursionError, OverflowError),
)


def order_images(
    rows: QuerySet[Image], ordering: str, *, backwards: bool = False
) -> QuerySet[Image]:
    sign = "-" if ordering.startswith("-") != backwards else ""
    return rows.order_by(*(f"{sign}{name}" for name in _columns(ordering)))


def _columns(ordering: str) -> tuple[str, ...]:
    """A stem is there once: it needs no second column."""
    name = ordering.removeprefix("-")
    return (name,) if name == "stem" else (name, "id")


def place_of(image: Image, ordering: str) -> tuple[Any, ...]:
    """Return where an image stands in an ordering."""
    return tuple(getattr(image, name) for name in _columns(ordering))


def beyond(
    rows: QuerySet[Image], ordering: str, place: tuple[Any, ...], *, backwards: bool = False
) -> QuerySet[Image]:
    """Return the rows that stand after ``place``, or before it."""
    names = _columns(ordering)
    is_less = ordering.startswith("-") != backwards
    if len(names) == 1:
        return rows.filter(**{f"{names[0]}__{'lt' if is_less else 'gt'}": place[0]})
    lookup = TupleLessThan if is_less else TupleGreaterThan
    return rows.filter(lookup(names, place))


def write_cursor(place: tuple[Any, ...], *, backwards: bool = False) -> str:
    values = [value.isoformat() if isinstance(value, datetime) else value for value in place]
    text = json.dumps([int(backwards), *map(_plain, values)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def read_cursor(text: str, ordering: str) -> tuple[tuple[Any, ...], bool]:
    """Return the place and whether the page lies before it. Raises ServiceError for no cursor."""
    names = _columns(ordering)
    try:
        backwards, *values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        _check(len(values) == len(names) and backwards in (0, 1))
        place = tuple(_parse(name, value) for name, value in zip(names, values, strict=True))
    except _NO_CURSOR as error:
        raise ServiceError(
            "This cursor is not one of this list: start from the first page.", code="bad_cursor"
        ) from error
    return place, bool(backwards)


def _check(is_right: bool) -> None:
    if not is_right:
        raise ValueError


def _parse(name: str, value: Any) -> Any:
    if name == "stem":
        _check(isinstance(value, str) and "\x00" not in value)
        value.encode()  # no half of a surrogate pair
        return value
    if name == "id":
        return UUID(value)
    if name in ("created_at", "updated_at"):
        moment = datetime.fromisoformat(value)
        _check(moment.tzinfo is not None)
        return moment.astimezone(UTC)
    _check(type(value) is int and 0 <= value < 2**63)
    return value

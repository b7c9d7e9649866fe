"""From the types of payloads to the components of the API's schema.

A payload is described once, as a TypedDict next to the function that makes it; here it becomes a
serializer that drf-spectacular can read. ``RunPayload`` is called ``Run`` in the schema.
"""

from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from django.db.models import Choices
from rest_framework import serializers

from annotator.api.serializers.base import ProgressSerializer, UserSerializer
from annotator.kernel.jobs import Progress
from training.jobs.payloads import UserPayload

_KNOWN: dict[type, type[serializers.Serializer[Any]]] = {
    UserPayload: UserSerializer,
    Progress: ProgressSerializer,
}
_SIMPLE: dict[type, type[serializers.Field[Any, Any, Any, Any]]] = {
    bool: serializers.BooleanField,
    int: serializers.IntegerField,
    float: serializers.FloatField,
    str: serializers.CharField,
    datetime: serializers.DateTimeField,
}


@cache
def schema_of(payload: type) -> type[serializers.Serializer[Any]]:
    """Return a serializer class with the fields of a TypedDict, for the schema only."""
    if payload in _KNOWN:
        return _KNOWN[payload]
    name = payload.__name__.removesuffix("Payload")
    fields: dict[str, Any] = {
        field: _field_of(hint) for field, hint in get_type_hints(payload).items()
    }
    return type(f"{name}Serializer", (serializers.Serializer,), fields)


def _field_of(  # noqa: PLR0911 - a table of cases
    hint: Any, **options: Any
) -> serializers.Field[Any, Any, Any, Any]:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        inner, *others = (item for item in get_args(hint) if item is not NoneType)
        if others:  # such as the value of an argument: any of JSON's simple kinds
            return serializers.JSONField(**options)
        return _field_of(inner, allow_null=True)
    if origin is list:
        (inner,) = get_args(hint)
        if is_typeddict(inner):
            return schema_of(inner)(many=True, **options)
        return serializers.ListField(child=_field_of(inner), **options)
    if origin is dict:
        return serializers.DictField(**options)
    if origin is Literal:
        return serializers.ChoiceField(choices=list(get_args(hint)), **options)
    if is_typeddict(hint):
        return schema_of(hint)(**options)
    if isinstance(hint, type) and issubclass(hint, Enum) and issubclass(hint, Choices):
        return serializers.ChoiceField(choices=hint.choices, **options)
    return _SIMPLE[hint](**options)

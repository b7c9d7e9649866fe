"""The view that every endpoint of the API is: what ``@extend_schema`` declares is what it takes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework import views as rest_views
from rest_framework.exceptions import APIException
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from .keys import explain_unknown, refuse_unknown, unknown_keys

MULTIPART = "multipart/form-data"


class LengthRequiredError(APIException):
    """A body in chunks without its length would be taken for an empty one."""

    status_code = 411
    default_code = "length_required"
    default_detail = "Send the length of the body (Content-Length), not chunks."


@dataclass(frozen=True)
class Query:
    """A query parameter: ``many`` values, one of ``choices`` where there are some, a number."""

    many: bool = False
    choices: tuple[str, ...] = ()
    is_number: bool = False


@dataclass(frozen=True)
class Contract:
    """What one operation takes, as its ``@extend_schema`` declares it."""

    query: Mapping[str, Query] = field(default_factory=dict)
    body: serializers.BaseSerializer[Any] | None = None
    shown: frozenset[str] = frozenset()


class AnswerAsDeclared(DefaultContentNegotiation):
    """An address has one kind of answer; ``?format=`` is a parameter like others."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class APIView(rest_views.APIView):  # noqa: TID251
    # Refuses unknown, repeated and ill-typed query parameters, and unknown keys in the body.
    # Whoever writes a view has nothing to do for that: what is known is read from @extend_schema,
    # and a handler without one takes nothing. (No docstring: the schema would repeat it.)

    content_negotiation_class = AnswerAsDeclared

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        method = {"HEAD": "GET"}.get(request.method or "", request.method or "")
        if method == "OPTIONS":
            return
        contract = contract_of(type(self), method)  # type: ignore[arg-type]
        refuse_unknown(check_query(request.query_params, contract.query))
        meta = request._request.META
        if "HTTP_TRANSFER_ENCODING" in meta and not meta.get("CONTENT_LENGTH"):
            raise LengthRequiredError
        refuse_unknown(check_body(request.data, contract))


@cache
def contract_of(view: type[APIView], method: str) -> Contract:
    """Read what ``method`` of a view takes from its ``@extend_schema``; without one: nothing."""
    handler = getattr(view, method.lower(), None)
    schema_class = getattr(handler, "kwargs", {}).get("schema")
    if schema_class is None:
        return Contract()
    schema = schema_class()
    schema.view = view(**{"request": None, "kwargs": {}})
    schema.method = method
    body = schema.get_request_serializer() if method in ("POST", "PUT", "PATCH") else None
    if isinstance(body, Mapping):
        (body,) = body.values()
    answers = schema.get_response_serializers()
    shown: set[str] = set()
    for answer in answers.values() if isinstance(answers, Mapping) else [answers]:
        if isinstance(made := _instance_of(answer), serializers.Serializer):
            shown |= set(made.fields)
    return Contract(
        query=_query_of(schema.get_override_parameters()),
        body=_instance_of(body),
        shown=frozenset(shown),
    )


def _instance_of(declared: Any) -> serializers.BaseSerializer[Any] | None:
    if isinstance(declared, type) and issubclass(declared, serializers.BaseSerializer):
        return declared()
    return declared if isinstance(declared, serializers.BaseSerializer) else None


def _query_of(parameters: Any) -> dict[str, Query]:
    found: dict[str, Query] = {}
    for parameter in parameters:
        if isinstance(parameter, OpenApiParameter):
            if parameter.location == OpenApiParameter.QUERY:
                found[parameter.name] = Query(
                    many=bool(parameter.many),
                    choices=tuple(map(str, parameter.enum or ())),
                    is_number=parameter.type is int,
                )
        elif isinstance(made := _instance_of(parameter), serializers.Serializer):
            for name, item in made.fields.items():
                found[name] = Query(many=isinstance(item, serializers.ListField))
    return found


def check_query(values: QueryDict, known: Mapping[str, Query]) -> dict[str, str]:
    """Return a sentence for each parameter that is unknown, repeated, or not of its kind."""
    errors: dict[str, str] = {}
    for name, given in values.lists():
        query = known.get(name)
        if query is None:
            errors[name] = explain_unknown(name, known)
        elif len(given) > 1 and not query.many:
            errors[name] = f"`{name}` is given more than once."
        elif query.is_number and not all(re.fullmatch(r"\d{1,18}", value) for value in given):
            errors[name] = f"`{name}` is a number."
        elif query.choices and (odd := [value for value in given if value not in query.choices]):
            known_choices = ", ".join(f"`{choice}`" for choice in query.choices)
            errors[name] = f"`{name}` cannot be `{odd[0][:60]}`; it is one of {known_choices}."
    return errors


def check_body(data: Any, contract: Contract) -> dict[str, str]:
    """Return a sentence for each key of a body that is unknown, or repeated in a form."""
    errors = unknown_keys(data, contract.body, shown=contract.shown)
    if contract.body is None and isinstance(data, list) and data:
        return {"": "This request takes no body."}
    if isinstance(data, QueryDict) and isinstance(contract.body, serializers.Serializer):
        for name, given in data.lists():
            item = contract.body.fields.get(name)
            if len(given) > 1 and item and not isinstance(item, serializers.ListField):
                errors[name] = f"`{name}` is given more than once."
    return errors

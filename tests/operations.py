"""Every operation of the API, read from its own OpenAPI schema and from Django's addresses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator

_UUID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Operation:
    """``path`` as the schema writes it: ``/api/images/{image_id}/``."""

    method: str
    path: str
    takes_form: bool = False
    parameters: tuple[Any, ...] = field(default=(), repr=False, compare=False)

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def example(self) -> str:
        """An address of the right form at which nothing need be."""

        kinds = {item["name"]: item["schema"] for item in self.parameters}

        def fill(match: re.Match[str]) -> str:
            kind = kinds[match[1]]
            return _UUID if kind.get("format") == "uuid" else "1"

        return re.sub(r"\{(\w+)\}", fill, self.path)


@cache
def read_schema() -> dict[str, Any]:
    generator: Any = SchemaGenerator
    schema: dict[str, Any] = generator().get_schema(request=None, public=True)
    return schema


@cache
def list_operations() -> tuple[Operation, ...]:
    """Return every operation that the schema describes."""
    return tuple(
        Operation(
            method,
            path,
            takes_form="multipart/form-data" in spec.get("requestBody", {}).get("content", {}),
            parameters=tuple(item for item in spec.get("parameters", []) if item["in"] == "path"),
        )
        for path, methods in read_schema()["paths"].items()
        for method, spec in methods.items()
    )


def list_api_patterns(
    resolver: URLResolver | None = None, prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    """Yield address and view of every pattern under ``/api/``, also those outside the schema."""
    for item in (resolver or get_resolver()).url_patterns:
        place = f"{prefix}{item.pattern}"
        if isinstance(item, URLResolver):
            yield from list_api_patterns(item, place)
        elif isinstance(item, URLPattern) and re.match(r"\^?api\b", place):
            yield place, item.callback

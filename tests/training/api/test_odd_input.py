"""Every address of the API with values that nobody types: it refuses them, it does not break.

What to ask is read from the API's own schema, so that a new endpoint is asked, too. Each request is
taken back before the next.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from drf_spectacular.generators import SchemaGenerator

from tests.world import add_one_of_each

from ...annotator.conftest import client_of
from ..conftest import Trained

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]  # a busy machine is no failure

METHODS = ("get", "post", "put", "patch", "delete")
TEXTS = ["", "\x00", "x" * 5000]
NUMBERS = [-1, 2**31, 2**63, 1e308]
ODD: list[Any] = [*TEXTS, "\ud800", -1, 2**31, 1e308, None, [], {"\x00": "\x00"}]


@cache
def read_schema() -> dict[str, Any]:
    """The API's schema. Not at import: those who leave the slow tests out need not wait for it."""
    generator: Any = SchemaGenerator
    found: dict[str, Any] = json.loads(json.dumps(generator().get_schema(public=True), default=str))
    return found


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """A schema with its reference followed."""
    for found in (part, *part.get("allOf", []), *part.get("oneOf", [])):
        if "$ref" in found:
            name = found["$ref"].rpartition("/")[2]
            return resolved(read_schema()["components"]["schemas"][name])
    return part


def plausible(name: str, part: dict[str, Any], known: dict[str, object], depth: int = 0) -> Any:
    """A value that a field may well have."""
    part = resolved(part)
    if name in known:
        return known[name]
    if values := [value for value in part.get("enum", []) if value]:
        return values[0]
    kind = part.get("type")
    if kind == "object" and depth < 4:
        fields = part.get("properties", {})
        return {key: plausible(key, value, known, depth + 1) for key, value in fields.items()}
    if kind == "array":
        return [plausible(name.removesuffix("s"), part["items"], known, depth + 1)]
    plain = {"integer": 1, "number": 0.5, "boolean": True, "object": {}}
    if kind in plain:
        return max(plain[kind], part.get("minimum", 0)) if kind == "integer" else plain[kind]
    return {"uuid": "6e0f63a0-0d5f-4f0a-9b3b-0c9d0f8d8a11"}.get(part.get("format", ""), "duck")


def varied(value: Any) -> Iterator[Any]:
    """Copies of a value, one place in each made odd."""
    yield from ODD
    if isinstance(value, dict):
        for key, inner in value.items():
            for other in varied(inner):
                yield {**value, key: other}
            yield {other: kept for other, kept in value.items() if other != key}
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            for other in varied(inner):
                yield [*value[:index], other, *value[index + 1 :]]


@pytest.fixture
def known(trained: Trained) -> dict[str, object]:
    """What the parameters and fields that name things stand for."""
    pond = trained.pond
    places = add_one_of_each(trained.run, lead=pond.lead, other=pond.annotator)
    image_id = str(places["image_id"])
    return {
        **places,
        "dataset": pond.dataset.slug,
        "evaluation": places["evaluation_id"],
        "checkpoint": places["checkpoint_id"],
        "run": places["run_id"],
        "version": places["version_id"],
        "image": image_id,
        "image_id": image_id,
        "ids": [image_id],
        "annotator": pond.annotator.pk,
        "import_id": places["run_import_id"],
        "number": 1,
        "username": pond.stranger.username,
        "base_model": "yolov8n-seg.yaml",
    }


def requests_for(
    path: str, operation: dict[str, Any], known: dict[str, object]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Address and options of each request: a parameter or a place in the body made odd."""
    parameters = operation.get("parameters", [])
    values = {item["name"]: known.get(item["name"], 1) for item in parameters}
    for item in parameters:
        name = item["name"]
        if item["in"] == "query":
            for odd in [*TEXTS, *NUMBERS]:
                query = f"{name}={quote(str(odd), errors='surrogatepass')}"
                yield path.format(**values), {"QUERY_STRING": query}
        else:
            for odd in NUMBERS:
                yield path.format(**{**values, name: odd}), {}
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        likely = plausible("", content["application/json"]["schema"], known)
        for body in (likely, *varied(likely)):
            options = {"data": json.dumps(body, default=str), "content_type": "application/json"}
            yield path.format(**values), options


def test_odd_values_are_refused(trained: Trained, known: dict[str, object]) -> None:
    broken = []
    for path, operations in read_schema()["paths"].items():
        for method in METHODS:
            if method not in operations or path == "/api/health/":  # 503 says that it is not well
                continue
            client = client_of(trained.pond.lead)  # anew: one of the requests signs out
            for address, options in requests_for(path, operations[method], known):
                try:
                    with transaction.atomic():
                        status = getattr(client, method)(address, **options).status_code
                        transaction.set_rollback(True)
                except Exception as error:  # what a person would see as status 500
                    status = repr(error)[:200]
                if status not in range(200, 500):
                    broken.append((method, address, options, status))
    assert broken == []

"""The quick way through a save's body takes what the usual way takes, and means the same."""

import io
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError, ValidationError

from annotator.api.serializers.annotations import AnnotationPatchSerializer
from annotator.api.web.annotation_parser import AnnotationParser, Changes, read_changes
from annotator.api.web.base import parse
from annotator.api.web.keys import unknown_keys
from annotator.api.web.parsers import JSONParser

SQUARE = [[[1, 1, 5, 1, 5, 5.5, 1, 5]]]
PK = "7e0a3a51-94a4-4f0b-8c14-0a9f0d1c9a11"


class Asked:
    """As much of a request as the parser and the view look at."""

    method = "PATCH"

    def __init__(self, data: Any = None) -> None:
        self.data = data


def read_quickly(content: bytes) -> Any:
    context = {"request": Asked(), "encoding": "utf-8"}
    return AnnotationParser().parse(io.BytesIO(content), "application/json", context)


def read_usually(content: bytes) -> dict[str, Any]:
    data = JSONParser().parse(io.BytesIO(content), "application/json", {"encoding": "utf-8"})
    if errors := unknown_keys(data, AnnotationPatchSerializer()):
        raise ValidationError(errors)
    return parse(AnnotationPatchSerializer, data)


def plain(values: dict[str, Any]) -> Any:
    """UUIDs as text, numbers as floats: what both ways mean."""
    return json.loads(json.dumps(values, default=str), parse_int=float)


def instance(**values: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "class_id": 3, "polygons": SQUARE, **values}


PLAIN: list[Any] = [
    {},
    {"status": "done"},
    {"delete": [PK], "order": []},
    {"upsert": [instance(), instance(occluded=True, truncated=False, note="a: b", is_box=True)]},
    {"upsert": [instance(note="")], "delete": [PK], "order": [PK], "status": "in_progress"},
]


@pytest.mark.parametrize("body", PLAIN)
def test_a_plain_body_is_read_in_one_pass(body: Any) -> None:
    content = json.dumps(body).encode()
    quickly = read_quickly(content)
    assert isinstance(quickly, Changes)
    assert plain(read_changes(Asked(quickly))) == plain(read_usually(content))  # type: ignore[arg-type]


ODD = [
    b"[]",
    b"null",
    b'"text"',
    b'{"status": "accepted"}',
    b'{"status": null}',
    b'{"upsert": null}',
    b'{"upserts": []}',
    b'{"upsert": [{}]}',
    b'{"status": "done", "status": "in_progress"}',
    b'{"status": "done", "st\\u0061tus": "in_progress"}',
    json.dumps({"upsert": [instance(colour=1)]}).encode(),
    json.dumps({"upsert": [instance(id="x")]}).encode(),
    json.dumps({"upsert": [instance(class_id=True)]}).encode(),
    json.dumps({"upsert": [instance(class_id=2**64)]}).encode(),
    json.dumps({"upsert": [instance(polygons=[[[1, 2, True, 3, 4, 5]]])]}).encode(),
    json.dumps({"upsert": [instance(polygons=[[["1", 2, 3, 3, 4, 5]]])]}).encode(),
    json.dumps({"upsert": [instance(polygons=[[[2**64, 2, 3, 3, 4, 5]]])]}).encode(),
    json.dumps({"upsert": [instance(polygons=[[[None]]])]}).encode(),
    json.dumps({"upsert": [instance(polygons={})]}).encode(),
    json.dumps({"upsert": [instance(note="x" * 501)]}).encode(),
    json.dumps({"upsert": [instance(note="\0")]}).encode(),
    b'{"upsert": [{"id": "' + PK.encode() + b'", "class_id": 1, "polygons": [[[NaN, 1]]]}]}',
    b'{"delete": ["' + PK.encode() + b'", 5]}',
    b'{"status": "\\ud800"}',
    b"{",
    b"[" * 100_000,
    b"\xff",
]


@pytest.mark.parametrize("content", ODD, ids=range(len(ODD)))
def test_an_odd_body_goes_the_usual_way(content: bytes) -> None:
    assert outcome(read_through, content) == outcome(read_usually, content)


def outcome(read: Callable[[bytes], dict[str, Any]], content: bytes) -> Any:
    """What was read, or what is said instead."""
    try:
        return plain(read(content))
    except (ParseError, ValidationError) as error:
        return type(error), str(error.detail)


def read_through(content: bytes) -> dict[str, Any]:
    """As the view does."""
    data = read_quickly(content)
    if not isinstance(data, Changes) and (
        errors := unknown_keys(data, AnnotationPatchSerializer())
    ):
        raise ValidationError(errors)
    return read_changes(Asked(data))  # type: ignore[arg-type]


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=5)
    | st.just(PK),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)
keys = st.sampled_from(["id", "class_id", "polygons", "occluded", "note", "x"])


@given(
    st.dictionaries(
        st.sampled_from(["upsert", "delete", "order", "status", "x"]),
        values | st.lists(st.dictionaries(keys, values, max_size=6), max_size=2),
        max_size=4,
    )
)
def test_whatever_comes_both_ways_agree(body: dict[str, Any]) -> None:
    test_an_odd_body_goes_the_usual_way(json.dumps(body).encode())

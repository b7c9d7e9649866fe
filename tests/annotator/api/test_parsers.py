"""The JSON of requests, and their addresses."""

import io
from typing import Any

import pytest
from rest_framework.exceptions import ParseError

from annotator.api.web.parsers import JSONParser

from ..conftest import Pond, client_of


def parse(text: str) -> Any:
    return JSONParser().parse(io.BytesIO(text.encode()))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2.5, null]}', {"a": [1, 2.5, None]}),
        ('"\\ud83e\\udd86 🦆"', "🦆 🦆"),
        ('"\\\\ud800"', "\\ud800"),
        (str(2**63 - 1), 2**63 - 1),
        ("1e300", 1e300),
    ],
)
def test_json_is_read(text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "JSON parse error"),
        ("NaN", "JSON parse error"),
        ('"\\uD800"', "surrogate"),
        ('{"\\udfff": 1}', "surrogate"),
        (f"[{2**63}]", "too large"),
        (f"-{'9' * 5000}", "JSON parse error"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_nothing_could_hold_is_refused(text: str, says: str) -> None:
    with pytest.raises(ParseError, match=says):
        parse(text)


def test_bytes_that_are_no_unicode_are_refused() -> None:
    with pytest.raises(ParseError):
        JSONParser().parse(io.BytesIO(b'"\xff"'))


def test_a_number_too_large_for_the_database_is_refused_in_an_address_and_in_a_body(
    pond: Pond,
) -> None:
    client = client_of(pond.lead)
    base = f"/api/datasets/{pond.dataset.slug}"
    answer = client.get(f"{base}/images/", {"class": 2**63})
    assert (answer.status_code, answer.json()["errors"]) == (
        400,
        {"class": ["That number is too large."]},
    )
    answer = client.post(f"{base}/independent/", {"ids": [], "annotator": 2**63})
    assert answer.status_code == 400
    assert "too large" in answer.json()["detail"]


def test_a_choice_that_is_no_unicode_is_refused_in_words(pond: Pond) -> None:
    answer = client_of(pond.lead).post(
        f"/api/datasets/{pond.dataset.slug}/members/",
        b'{"username": "stranger", "role": "\\ud800"}',
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert "surrogate" in answer.json()["detail"]


@pytest.mark.parametrize("address", ["/api/datasets/?search=a%00", "/api/images/a%00/"])
def test_an_address_with_a_null_character_is_refused(pond: Pond, address: str) -> None:
    """PostgreSQL takes no such text: it ended in status 500 there."""
    answer = client_of(pond.lead).get(address)
    assert (answer.status_code, answer.json()["code"]) == (400, "null_character")
    assert answer["Content-Type"] == "application/problem+json"

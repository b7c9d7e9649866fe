"""No operation of the API takes a key that it does not know: the schema is walked, both rooms."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from annotator.api.events import stream_events
from annotator.api.web.view import APIView
from config.views import DocsView, SchemaView, api_not_found
from tests.operations import Operation, list_api_patterns, list_operations

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(db: None) -> APIClient:
    client = APIClient()
    client.force_login(User.objects.create_user("somebody", is_staff=True, is_superuser=True))
    return client


def assert_refused(response: Any, key: str) -> None:
    assert response.status_code == 400, response.content
    problem = response.json()
    assert problem["code"] == "unknown_key"
    assert f"`{key}`" in problem["detail"]
    assert key in problem["errors"]


@pytest.mark.parametrize("operation", list_operations(), ids=lambda item: item.name)
def test_every_operation_refuses_what_it_does_not_know(
    client: APIClient, operation: Operation
) -> None:
    address, method = operation.example, operation.method
    call = getattr(client, method)
    assert_refused(call(f"{address}?unheard_of=1"), "unheard_of")
    if operation.takes_form:
        assert_refused(call(address, {"unheard_of": "1"}, format="multipart"), "unheard_of")
        return
    answer = client.generic(
        method.upper(), address, json.dumps({"unheard_of": 1}), content_type="application/json"
    )
    if answer.status_code == 415:  # the list beside an upload reads forms only
        answer = client.generic(
            method.upper(),
            address,
            "--b\r\nContent-Disposition: form-data; name=unheard_of\r\n\r\n1\r\n--b--\r\n",
            content_type="multipart/form-data; boundary=b",
        )
    assert_refused(answer, "unheard_of")


def test_every_address_is_of_the_view_that_refuses() -> None:
    """Addresses outside the schema too, such as those of files."""
    others = {stream_events, api_not_found, SchemaView, DocsView}
    views = {getattr(view, "cls", view) for _, view in list_api_patterns()}
    assert {view for view in views if not _is_ours(view)} == others
    assert len(views) > 100


def _is_ours(view: Any) -> bool:
    return isinstance(view, type) and issubclass(view, APIView)


@pytest.mark.parametrize("address", ["/api/schema/", "/api/docs/", "/api/events/"])
def test_addresses_outside_the_schema(client: APIClient, address: str) -> None:
    assert client.get(f"{address}?unheard_of=1").status_code == 400


def test_the_description_is_still_there(client: APIClient) -> None:
    assert client.get("/api/docs/").status_code == 200
    assert client.get("/api/docs/?script=").status_code == 200
    assert client.get("/api/schema/?format=json").json()["info"]["title"] == "Segloop"

"""Every error under /api/ is a problem (RFC 9457), and no answer there stays in a cache."""

import asyncio
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import AsyncClient, Client
from rest_framework.test import APIClient

from annotator.models import Image
from tests.annotator.conftest import Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)

PROBLEM = "application/problem+json"


def check(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM)
    assert answer["Cache-Control"] == "no-store"
    problem: dict[str, Any] = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["detail"].endswith(".")
    return problem


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/api", 404, "not_found"),
        ("get", "/api/", 404, "not_found"),
        ("get", "/api/datasets", 404, "not_found"),
        ("post", "/api/nothing/", 404, "not_found"),
        ("delete", "/api/health/", 405, "method_not_allowed"),
        ("post", "/api/schema/", 405, "method_not_allowed"),
        ("put", "/api/events/", 405, "method_not_allowed"),
        ("patch", "/api/session/", 405, "method_not_allowed"),
    ],
)
def test_what_is_not_there(pond: Pond, method: str, path: str, status: int, code: str) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_authenticate(pond.lead)
    answer = getattr(client, method)(path)
    check(answer, status, code)
    if status == 405:
        assert "GET" in answer["Allow"]


def test_an_error_of_the_server(pond: Pond, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.api.health.check_health", lambda: 1 / 0)
    monkeypatch.setattr("config.views.sentence_for", lambda status: 1 / 0)
    client = Client(raise_request_exception=False)
    for path in ("/api/health/", "/api/nothing/"):
        assert "log says more" in check(client.get(path), 500, "server_error")["detail"]


def test_an_error_of_the_server_under_asgi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.api.events.aget_user", lambda request: 1 / 0)

    async def ask() -> Any:
        return await AsyncClient(raise_request_exception=False).get("/api/events/")

    check(asyncio.run(ask()), 500, "server_error")


@pytest.mark.parametrize("path", ["/api/session/", "/api/me/tokens/"])
def test_a_body_that_is_too_large(pond: Pond, settings: Any, path: str) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    check(client_of(pond.lead).post(path, {"name": "x" * 1000}), 413, "too_large")


def test_an_address_with_a_wrong_host_name(db: None) -> None:
    check(Client().get("/api/session/", headers={"Host": "evil.example.org"}), 400, "invalid")


def guarded_client(pond: Pond) -> APIClient:
    client = APIClient(enforce_csrf_checks=True)
    client.login(username="lead", password="lead-pass-word")
    return client


@pytest.mark.parametrize("cookie", [None, "x" * 32])
def test_a_csrf_token_that_does_not_fit_is_no_matter_of_roles(
    pond: Pond, cookie: str | None
) -> None:
    for client in (guarded_client(pond), APIClient(enforce_csrf_checks=True)):
        if cookie:
            client.cookies["csrftoken"] = cookie
        problem = check(client.post("/api/session/", {}), 403, "csrf_failed")
        assert "reload the page" in problem["detail"]
    client = guarded_client(pond)
    problem = check(client.post("/api/datasets/", {"name": "x"}), 403, "csrf_failed")
    assert "role" not in problem["detail"]
    client.get("/api/session/")  # gives a new cookie
    token = client.cookies["csrftoken"].value
    answer = client.post("/api/datasets/", {"name": "x"}, headers={"X-CSRFToken": token})
    assert answer.status_code == 201


def test_an_address_that_the_server_does_not_know_is_told_to_an_administrator(pond: Pond) -> None:
    headers = {"Origin": "https://other.example.org"}
    for client in (guarded_client(pond), APIClient(enforce_csrf_checks=True)):
        answer = client.post("/api/session/", {}, headers=headers)
        assert "SEGLOOP_CSRF_TRUSTED_ORIGINS" in check(answer, 403, "origin_refused")["detail"]
    answer = guarded_client(pond).post("/api/datasets/", {}, headers=headers)
    check(answer, 403, "origin_refused")


def test_answers_of_the_api_stay_out_of_caches_and_files_stay_in(pond: Pond, image: Image) -> None:
    client = client_of(pond.lead)
    for path in ("/api/session/", "/api/datasets/", f"/api/images/{image.pk}/", "/api/schema/"):
        assert client.get(path)["Cache-Control"] == "no-store"
    file = f"/api/files/images/{image.pk}/{image.sha256}.png"
    assert client.get(file)["Cache-Control"] == "private, max-age=31536000, immutable"
    wrong = client.get(file.replace(image.sha256, "0" * 64))
    assert wrong["Cache-Control"] == "no-store"


def test_pages_may_ask_for_the_camera_alone_and_the_admin_keeps_its_own_page(db: None) -> None:
    for path in ("/admin/login/", "/api/session/"):
        allowed = Client().get(path)["Permissions-Policy"].split(", ")
        assert [feature for feature in allowed if not feature.endswith("=()")] == ["camera=(self)"]
        assert {"microphone=()", "geolocation=()", "usb=()"} <= set(allowed)
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {})
    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (403, "text/html")
    assert django_settings.CSRF_FAILURE_VIEW == "config.views.csrf_failure"

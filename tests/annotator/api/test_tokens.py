"""Tokens for scripts: hashed, with an end, a name and a last use; ended by a new password."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone
from rest_framework.test import APIClient

from annotator.models import Token
from tests.annotator.conftest import Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)


def script_with(key: str) -> APIClient:
    script = APIClient()
    script.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    return script


def make(pond: Pond, **body: Any) -> dict[str, Any]:
    answer = client_of(pond.lead).post("/api/me/tokens/", {"name": "nightly", **body})
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


def test_a_token_serves_scripts_and_is_stored_as_a_hash(pond: Pond) -> None:
    made = make(pond, days=7)
    key, token = made["key"], made["token"]
    assert len(script_with(key).get("/api/datasets/").json()["results"]) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM annotator_token")
        (row,) = cursor.fetchall()
    assert not [value for value in row if key in str(value)]
    (listed,) = client_of(pond.lead).get("/api/me/tokens/").json()
    assert key not in str(listed)
    assert (listed["id"], listed["name"], listed["is_expired"]) == (token["id"], "nightly", False)
    assert listed["last_used_at"] is not None
    assert client_of(pond.stranger).get("/api/me/tokens/").json() == []


def test_a_token_ends_and_says_so(pond: Pond) -> None:
    key = make(pond, days=1)["key"]
    Token.objects.update(expiry=timezone.now() - timedelta(days=2))
    answer = script_with(key).get("/api/datasets/")
    assert answer.status_code == 401
    assert "“nightly” ended on" in answer.json()["detail"]
    assert client_of(pond.lead).get("/api/me/tokens/").json()[0]["is_expired"] is True


@pytest.mark.parametrize("body", [{"name": ""}, {"days": 0}, {"days": 367}, {"days": "for ever"}])
def test_a_token_needs_a_name_and_an_end(pond: Pond, body: Any) -> None:
    answer = client_of(pond.lead).post("/api/me/tokens/", {"name": "x", **body})
    assert answer.status_code == 400
    assert not Token.objects.exists()


def test_a_deleted_token_does_not_work_and_others_cannot_delete_it(pond: Pond) -> None:
    made = make(pond)
    address = f"/api/me/tokens/{made['token']['id']}/"
    assert client_of(pond.stranger).delete(address).status_code == 404
    assert script_with(made["key"]).get("/api/datasets/").status_code == 200
    assert client_of(pond.lead).delete(address).status_code == 204
    answer = script_with(made["key"]).get("/api/datasets/")
    assert (answer.status_code, "not valid" in answer.json()["detail"]) == (401, True)


def test_a_token_cannot_make_tokens_or_change_the_password(pond: Pond) -> None:
    script = script_with(make(pond)["key"])
    answer = script.post("/api/me/tokens/", {"name": "another"})
    assert (answer.status_code, answer.json()["code"]) == (403, "session_needed")
    body = {"current": "lead-pass-word", "new": "a better one 77"}
    assert script.post("/api/me/password/", body).json()["code"] == "session_needed"
    assert pond.lead.check_password("lead-pass-word")


def test_fifty_tokens_are_enough(pond: Pond) -> None:
    for number in range(50):
        make(pond, name=f"token {number}")
    answer = client_of(pond.lead).post("/api/me/tokens/", {"name": "one more"})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_tokens")


@pytest.mark.parametrize("by", ["api", "admin", "command"])
def test_a_new_password_ends_tokens_and_other_sessions(
    pond: Pond, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make(pond)["key"]
    other = client_of(pond.lead)
    here = client_of(pond.lead)
    new = "a better one 77"
    if by == "api":
        body = {"current": "lead-pass-word", "new": new}
        assert here.post("/api/me/password/", body).status_code == 204
        assert here.get("/api/datasets/").status_code == 200
    elif by == "admin":
        pond.reviewer.is_staff = pond.reviewer.is_superuser = True
        pond.reviewer.save()
        answer = client_of(pond.reviewer).post(
            f"/admin/auth/user/{pond.lead.pk}/password/",
            {"password1": new, "password2": new, "usable_password": "true"},
            format="multipart",
        )
        assert answer.status_code == 302
    else:
        monkeypatch.setattr("getpass.getpass", lambda prompt: new)
        call_command("changepassword", "lead")
    pond.lead.refresh_from_db()
    assert pond.lead.check_password(new)
    assert other.get("/api/datasets/").status_code == 401
    assert script_with(key).get("/api/datasets/").status_code == 401
    assert not Token.objects.exists()


def test_a_stronger_hash_of_the_same_password_ends_nothing(pond: Pond, settings: Any) -> None:
    key = make(pond)["key"]
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    body = {"username": "lead", "password": "lead-pass-word"}
    assert APIClient().post("/api/session/", body).status_code == 200
    pond.lead.refresh_from_db()
    assert pond.lead.password.startswith("pbkdf2")
    assert script_with(key).get("/api/datasets/").status_code == 200


def test_the_token_of_a_deactivated_person_does_not_work(pond: Pond) -> None:
    key = make(pond)["key"]
    pond.lead.is_active = False
    pond.lead.save()
    answer = script_with(key).get("/api/datasets/")
    assert (answer.status_code, answer.json()["detail"]) == (401, "This account is deactivated.")


@pytest.mark.parametrize("header", ["Token", "Token a b", "Token \xff\xfe", "Token " + "0" * 64])
def test_what_is_no_token_is_refused_with_a_sentence(db: None, header: str) -> None:
    answer = APIClient().get("/api/datasets/", headers={"Authorization": header})
    assert answer.status_code == 401
    assert "token is not valid" in answer.json()["detail"]


def test_a_token_reads_while_nothing_can_be_written(pond: Pond) -> None:
    script = script_with(make(pond)["key"])

    def refuse(execute: Any, sql: str, *others: Any) -> Any:
        if sql.startswith("UPDATE"):
            raise OperationalError("database or disk is full")
        return execute(sql, *others)

    with connection.execute_wrapper(refuse):
        assert script.get("/api/datasets/").status_code == 200

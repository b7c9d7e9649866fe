"""Passwords and tokens cannot be guessed, and nobody is locked out by somebody elsewhere."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from annotator.kernel.accounts import guesses
from annotator.kernel.accounts.guesses import ACCOUNT, ACCOUNT_AT_PLACE, ADDRESS, Count, guard
from annotator.models import GuessCount
from tests.annotator.conftest import Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands still: on a slow machine a guess would be forgotten in the middle of a test."""
    moment = timezone.now()
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)


def sign_in(
    name: str, password: str, *, address: str = "192.0.2.1", client: APIClient | None = None
) -> Any:
    body = {"username": name, "password": password}
    return (client or APIClient()).post("/api/session/", body, REMOTE_ADDR=address)


def guess(name: str, times: int, **where: Any) -> list[int]:
    return [sign_in(name, f"guess {n}", **where).status_code for n in range(times)]


def test_guessing_one_password_has_to_wait_and_says_how_long(pond: Pond) -> None:
    assert guess("lead", 11) == [400] * 10 + [429]
    answer = sign_in("lead", "lead-pass-word")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 90
    problem = answer.json()
    assert problem["code"] == "locked_out"
    assert f"Try again in {answer['Retry-After']} seconds" in problem["detail"]


def test_one_guess_each_at_many_names_has_to_wait(pond: Pond) -> None:
    answers = [sign_in(f"person{n}", "spring2026").status_code for n in range(60)]
    assert answers == [400] * 50 + [429] * 10
    assert sign_in("lead", "no", address="192.0.2.2").status_code == 400


def test_many_addresses_at_one_name_have_to_wait_but_a_known_device_does_not(pond: Pond) -> None:
    home = APIClient()
    assert sign_in("lead", "lead-pass-word", client=home).status_code == 200
    home.delete("/api/session/")
    answers = [sign_in("lead", "no", address=f"198.51.100.{n}").status_code for n in range(110)]
    assert answers == [400] * 100 + [429] * 10
    assert sign_in("lead", "lead-pass-word", address="192.0.2.9").status_code == 429
    assert sign_in("lead", "lead-pass-word", address="192.0.2.9", client=home).status_code == 200


def test_a_known_device_guesses_no_more_than_others_and_nobody_elses_password(pond: Pond) -> None:
    device = APIClient()
    assert sign_in("lead", "lead-pass-word", client=device).status_code == 200
    device.delete("/api/session/")
    assert guess("lead", 11, client=device) == [400] * 10 + [429]
    # the same device for another account is a stranger at its address
    assert guess("reviewer", 11, client=device) == [400] * 10 + [429]
    forged = APIClient()
    forged.cookies["segloop_device"] = "made:up"
    assert guess("annotator", 11, client=forged) == [400] * 10 + [429]


def test_the_right_password_forgets_the_wrong_ones_of_its_place(pond: Pond) -> None:
    for _ in range(3):
        assert guess("lead", 9) == [400] * 9
        assert sign_in("lead", "lead-pass-word").status_code == 200


def test_an_account_of_ones_own_does_not_free_the_address(pond: Pond) -> None:
    answers = []
    for n in range(60):
        answers.append(sign_in(f"person{n}", "spring2026").status_code)
        if n % 5 == 0:
            sign_in("stranger", "stranger-pass-word")
    assert answers[-1] == 429


def test_the_wait_ends(pond: Pond, monkeypatch: pytest.MonkeyPatch) -> None:
    guess("lead", 11)
    later = timezone.now() + timedelta(seconds=91)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    assert sign_in("lead", "lead-pass-word").status_code == 200


def test_the_present_password_cannot_be_guessed_at_an_open_session(pond: Pond) -> None:
    client = client_of(pond.lead)
    body = {"current": "no", "new": "a better one 77"}
    answers = [client.post("/api/me/password/", body).status_code for _ in range(11)]
    assert answers == [400] * 10 + [429]
    right = client.post("/api/me/password/", {**body, "current": "lead-pass-word"})
    assert (right.status_code, right.json()["code"]) == (429, "locked_out")
    assert "Retry-After" in right
    # another address is no way round, and the owner can still sign in elsewhere
    other = client.post("/api/me/password/", body, REMOTE_ADDR="192.0.2.7")
    assert other.status_code == 429
    assert sign_in("lead", "lead-pass-word", address="192.0.2.8").status_code == 200


@pytest.fixture
def administrator(db: None) -> User:
    return User.objects.create_superuser("root", password="root-pass-word")


def test_the_admin_has_the_same_limits(administrator: User) -> None:
    def admin_sign_in(password: str) -> Any:
        return Client().post("/admin/login/", {"username": "root", "password": password})

    answers = [admin_sign_in(f"guess {n}").status_code for n in range(11)]
    assert answers == [200] * 10 + [429]
    answer = admin_sign_in("root-pass-word")
    assert answer.status_code == 429
    assert f"Try again in {answer['Retry-After']} seconds" in answer.content.decode()
    api = sign_in("root", "root-pass-word", address="127.0.0.1")
    assert api.status_code == 429  # one count for both doors


def test_the_admin_knows_a_device_too(administrator: User) -> None:
    client = Client()
    body = {"username": "root", "password": "root-pass-word", "next": "/admin/"}
    assert client.post("/admin/login/", body).status_code == 302
    assert "segloop_device" in client.cookies


def test_the_admins_change_of_password_has_limits(administrator: User) -> None:
    client = Client()
    client.force_login(administrator)
    body = {"new_password1": "a better one 77", "new_password2": "a better one 77"}

    def change(old: str) -> Any:
        return client.post("/admin/password_change/", {**body, "old_password": old})

    answers = [change("no").status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]
    assert "Try again in" in change("root-pass-word").content.decode()
    call_command("unlock", "root")
    assert change("root-pass-word").status_code == 302


def test_wrong_tokens_have_to_wait_and_right_ones_do_not(pond: Pond) -> None:
    key = client_of(pond.lead).post("/api/me/tokens/", {"name": "x"}).json()["key"]

    def ask(token: str) -> int:
        header = {"Authorization": f"Token {token}"}
        return int(APIClient().get("/api/datasets/", headers=header).status_code)

    assert [ask(f"{n:064x}") for n in range(51)] == [401] * 50 + [429]
    assert ask(key) == 200
    assert sign_in("lead", "lead-pass-word", address="127.0.0.1").status_code == 200


def test_unlock_lets_one_person_or_everybody_try_again(pond: Pond, capsys: Any) -> None:
    guess("lead", 11)
    guess("reviewer", 11)
    call_command("unlock", "Lead")
    assert sign_in("lead", "lead-pass-word").status_code == 200
    assert sign_in("reviewer", "reviewer-pass-word").status_code == 429
    call_command("unlock")
    assert sign_in("reviewer", "reviewer-pass-word").status_code == 200
    call_command("unlock", "nobody")
    assert "No wrong passwords of nobody" in capsys.readouterr().out


def test_names_are_not_kept_in_the_clear_and_old_counts_go(pond: Pond) -> None:
    sign_in("hunter2-typed-into-the-name", "x")
    assert "hunter2" not in str(list(GuessCount.objects.values_list()))
    GuessCount.objects.update(forgotten_at=timezone.now() - timedelta(seconds=1))
    sign_in("lead", "x")
    assert GuessCount.objects.count() == 3


@pytest.mark.parametrize(
    ("first", "second", "is_one_place"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_what_is_one_place(first: str, second: str, is_one_place: bool) -> None:
    from django.test import RequestFactory

    places = [
        guesses.place_of(RequestFactory().get("/", REMOTE_ADDR=address))
        for address in (first, second)
    ]
    assert (places[0] == places[1]) is is_one_place


def test_guesses_at_the_same_time_are_all_counted_before_they_are_judged(pond: Pond) -> None:
    """Each waits inside its judge until all have been let in or refused."""
    judged: list[int] = []
    refused: list[int] = []
    all_in = threading.Event()
    counts = [
        Count(ACCOUNT_AT_PLACE, "lead", "p"),
        Count(ADDRESS, place="p"),
        Count(ACCOUNT, "lead"),
    ]

    def judge() -> None:
        judged.append(1)
        if len(judged) + len(refused) == 25:
            all_in.set()
        all_in.wait(20)

    def try_once() -> None:
        try:
            guard(counts, judge)
        except guesses.TooManyGuessesError:
            refused.append(1)
            if len(judged) + len(refused) == 25:
                all_in.set()
        finally:
            connection.close()

    threads = [threading.Thread(target=try_once) for _ in range(25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(judged), len(refused)) == (10, 15)

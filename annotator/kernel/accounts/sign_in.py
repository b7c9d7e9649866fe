"""Judging passwords: at every sign-in, and where a signed-in person gives the present one again."""

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .guesses import ACCOUNT, ACCOUNT_AT_PLACE, ADDRESS, PASSWORD_CHANGE, Count, guard, place_of

DEVICE_COOKIE = "segloop_device"
DEVICE_SALT = "segloop.device"
DEVICE_SECONDS = 365 * 24 * 3600
PEOPLE_OF_A_DEVICE = 8


class LimitedBackend(ModelBackend):
    """Django's sign-in by name and password, with limits on guessing (TooManyGuessesError)."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if username is None or password is None:
            return None
        return guard(
            counts_of_sign_in(request, username),
            lambda: super(LimitedBackend, self).authenticate(
                request, username=username, password=password, **kwargs
            ),
        )


def counts_of_sign_in(request: HttpRequest | None, username: str) -> list[Count]:
    """Return what a guess at this account counts for.

    On a device where this person has signed in before, only for the device: what others do at the
    account or at the address does not lock the person out there.
    """
    if device := _known_device(request, username):
        return [Count(ACCOUNT_AT_PLACE, username, device)]
    place = place_of(request)
    return [
        Count(ACCOUNT_AT_PLACE, username, place),
        Count(ADDRESS, place=place),
        Count(ACCOUNT, username),
    ]


def confirm_password(request: HttpRequest, user: AbstractBaseUser, password: str) -> bool:
    """Whether this is the password of whoever is signed in; guesses count for their account.

    Not for signing in: who sits at an open session shall not lock its owner out.
    """
    counts = [Count(PASSWORD_CHANGE, user.get_username()), Count(ADDRESS, place=place_of(request))]
    return guard(counts, lambda: user.check_password(password) or None) is not None


def remember_device(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Mark the browser as one where this person has signed in."""
    device, people = _read_device(request)
    people = [user.pk, *(each for each in people if each != user.pk)][:PEOPLE_OF_A_DEVICE]
    response.set_cookie(
        DEVICE_COOKIE,
        signing.dumps([device or secrets.token_urlsafe(16), people], salt=DEVICE_SALT),
        max_age=DEVICE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _known_device(request: HttpRequest | None, username: str) -> str:
    device, people = _read_device(request)
    if not device:
        return ""
    user = get_user_model().objects.filter(username=username).values_list("pk").first()
    return f"device {device}" if user is not None and user[0] in people else ""


def _read_device(request: HttpRequest | None) -> tuple[str, list[int]]:
    cookie = request.COOKIES.get(DEVICE_COOKIE, "") if request is not None else ""
    try:
        device, people = signing.loads(cookie, salt=DEVICE_SALT, max_age=DEVICE_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return "", []
    return str(device), list(people)

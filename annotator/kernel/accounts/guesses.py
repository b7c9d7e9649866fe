"""Limits on guessing passwords and tokens, by account, by device and by address.

Each count holds a number of wrong guesses at once and forgets one after the other (a leaky bucket):
whoever reaches the limit waits for minutes and may then try once more. Decision 30 in
docs/decisions.md says why an attacker elsewhere cannot lock a known person out.
"""

import ipaddress
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from annotator.kernel.errors import ServiceError
from annotator.models import GuessCount

Result = TypeVar("Result")


@dataclass(frozen=True)
class Limit:
    """`most` wrong guesses at once; one is forgotten every `interval`."""

    kind: str
    most: int
    interval: timedelta


# One person at one place mistypes; the others are what no honest use reaches.
ACCOUNT_AT_PLACE = Limit("account at place", 10, timedelta(seconds=90))
ADDRESS = Limit("address", 50, timedelta(seconds=20))
ACCOUNT = Limit("account", 100, timedelta(seconds=36))
PASSWORD_CHANGE = Limit("password change", 10, timedelta(seconds=90))
TOKENS_OF_ADDRESS = Limit("tokens of address", 50, timedelta(seconds=20))


@dataclass(frozen=True)
class Count:
    """One count: of an account, of an address, or of both."""

    limit: Limit
    account: str = ""
    place: str = ""

    @property
    def key(self) -> str:
        return _hashed(f"{self.limit.kind}\0{self.account.casefold()}\0{self.place}")


class TooManyGuessesError(ServiceError):
    """A count is full: the guess was not looked at. `wait_seconds`: when one may be made."""

    status = 429
    code = "locked_out"

    def __init__(self, wait: timedelta) -> None:
        self.wait_seconds = max(1, math.ceil(wait.total_seconds()))
        super().__init__(
            f"Too many wrong attempts. Try again in {_in_words(self.wait_seconds)}, "
            "or ask an administrator.",
            headers={"Retry-After": str(self.wait_seconds)},
        )


def guard(counts: Sequence[Count], judge: Callable[[], Result | None]) -> Result | None:
    """Return what `judge` returns; None is a wrong guess and stays counted.

    Counted before it is judged, so that many guesses at once are not judged all before the first is
    counted. A right one frees its place again, and empties the counts of its account at its place.
    Raises TooManyGuessesError, without judging, when a count is full.
    """
    count_guess(counts)
    result: Result | None = None
    try:
        result = judge()
    finally:
        if result is not None:
            _take_back(counts)
    return result


def count_guess(counts: Sequence[Count]) -> None:
    """Count a guess in each of `counts`, or raise TooManyGuessesError where one is full."""
    now = timezone.now()
    _refuse_full(counts, now)  # without the database's lock, as a flood comes here
    with transaction.atomic():
        GuessCount.objects.filter(forgotten_at__lt=now).delete()
        for count in counts:
            GuessCount.objects.get_or_create(
                key=count.key,
                defaults={
                    "account": account_hash(count.account) if count.account else "",
                    "forgotten_at": now,
                },
            )
        rows = GuessCount.objects.select_for_update().order_by("key")
        locked = {row.key: row for row in rows.filter(key__in=[count.key for count in counts])}
        _refuse_full(counts, now, locked)
        for count in counts:
            row = locked[count.key]
            row.forgotten_at = max(row.forgotten_at, now) + count.limit.interval
            row.save(update_fields=["forgotten_at"])


def _refuse_full(
    counts: Sequence[Count], now: datetime, rows: dict[str, GuessCount] | None = None
) -> None:
    if rows is None:
        rows = GuessCount.objects.in_bulk([count.key for count in counts])
    waits = [
        row.forgotten_at - now - count.limit.interval * (count.limit.most - 1)
        for count in counts
        if (row := rows.get(count.key))
    ]
    if (longest := max(waits, default=timedelta())) > timedelta():
        raise TooManyGuessesError(longest)


def _take_back(counts: Sequence[Count]) -> None:
    with transaction.atomic():
        for count in counts:
            rows = GuessCount.objects.select_for_update().filter(key=count.key)
            if count.account and count.limit is not ACCOUNT:
                rows.delete()
            elif row := rows.first():
                row.forgotten_at -= count.limit.interval
                row.save(update_fields=["forgotten_at"])


def forget_guesses(username: str = "") -> int:
    """Let somebody try again at once; without a name everybody. How many counts were dropped."""
    rows = GuessCount.objects.all()
    if username:
        rows = rows.filter(account=account_hash(username))
    return rows.delete()[0]


def account_hash(username: str) -> str:
    """How an account is written in the counts: people type passwords into the field of the name."""
    return _hashed(f"account\0{username.casefold()}")


def place_of(request: HttpRequest | None) -> str:
    """The address of a request; of IPv6 its network, as one person has all of a /64."""
    address = request.META.get("REMOTE_ADDR", "") if request is not None else ""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _hashed(text: str) -> str:
    return salted_hmac("segloop.guesses", text, algorithm="sha256").hexdigest()


def _in_words(seconds: int) -> str:
    if seconds <= 90:
        return f"{seconds} seconds" if seconds > 1 else "a second"
    return f"{math.ceil(seconds / 60)} minutes"

"""Tokens for scripts: made, used, ended."""

import logging
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db import OperationalError
from django.db.models import Q, QuerySet
from django.utils import timezone

from annotator.kernel.errors import ConflictError
from annotator.models import Token

logger = logging.getLogger(__name__)

MOST_TOKENS = 50
LONGEST_DAYS = 366
USE_NOTED_EVERY = timedelta(minutes=1)


class NewToken(NamedTuple):
    token: Token
    key: str


def tokens_of(user: User) -> QuerySet[Token]:
    """Return the tokens of a person, the newest first; those that ended among them."""
    rows: QuerySet[Token] = Token.objects.filter(user=user)
    return rows


def create_token(user: User, *, name: str, days: int) -> NewToken:
    """Make a token; its key is known only now."""
    if tokens_of(user).count() >= MOST_TOKENS:
        raise ConflictError(
            f"You have {MOST_TOKENS} tokens: delete those that nothing uses any more.",
            code="too_many_tokens",
        )
    return NewToken(*Token.objects.create(user=user, expiry=timedelta(days=days), name=name))


def delete_token(user: User, public_id: UUID) -> bool:
    """Delete a person's token, which no longer works from then on; whether there was one."""
    return tokens_of(user).filter(public_id=public_id).delete()[0] > 0


def note_use(token: Token) -> None:
    """Remember when a token was last used, to the minute: not every request writes.

    A database that cannot be written (a full disk) is no reason to refuse to read.
    """
    now = timezone.now()
    if token.last_used_at is not None and token.last_used_at > now - USE_NOTED_EVERY:
        return
    is_due = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    try:
        Token.objects.filter(is_due, pk=token.pk).update(last_used_at=now)
    except OperationalError as error:
        logger.warning("the use of a token was not noted: %s", error)


class TokensEndWithPassword:
    """Django's hook for changed passwords, wherever they are changed: a person's tokens end.

    In AUTH_PASSWORD_VALIDATORS; a stronger hash of the same password is no change.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        """Any password will do."""

    def password_changed(self, password: str, user: User | None = None) -> None:
        if user is not None and user.pk is not None:
            tokens_of(user).delete()

    def get_help_text(self) -> str:
        return "A new password ends your other sessions and your tokens."

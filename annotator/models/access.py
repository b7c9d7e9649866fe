"""Tokens for scripts, and how many wrong passwords and tokens came."""

import uuid

from django.db import models
from django.utils import timezone
from knox.models import AbstractAuthToken


class Token(AbstractAuthToken):  # type: ignore[misc]
    """What a script signs in with: kept as a hash, with an end. The key itself is shown once."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=80)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"

    @property
    def is_expired(self) -> bool:
        return self.expiry is not None and self.expiry <= timezone.now()


class GuessCount(models.Model):
    """How full one count of wrong guesses is (`accounts.guesses`); names are kept as hashes."""

    key = models.CharField(primary_key=True, max_length=64)
    account = models.CharField(max_length=64, blank=True, db_index=True)
    forgotten_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key[:8]} until {self.forgotten_at}"

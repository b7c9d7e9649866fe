"""Live events: one Redis stream, read by every open page as server-sent events.

An event is a hint to look again, never the only carrier of a fact: the database is the truth, so
an event that cannot be published (Redis away) is logged and forgotten.
"""

import json
import logging
from typing import TypedDict

import redis
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from annotator.services.redis_client import redis_client

logger = logging.getLogger(__name__)

STREAM = "segloop:events"
STREAM_LENGTH = 20_000


class Event(TypedDict):
    kind: str
    dataset: str | None
    id: int | str | None
    data: dict[str, object]


def publish_event(
    kind: str,
    *,
    dataset: str | None,
    id: int | str | None = None,
    data: object | None = None,
) -> None:
    """Tell every member of ``dataset`` (a slug; None: everybody) once the transaction commits."""
    event = {"kind": kind, "dataset": dataset, "id": id, "data": data or {}}
    body = json.dumps(event, cls=DjangoJSONEncoder, separators=(",", ":"))
    transaction.on_commit(lambda: _send(body))


def _send(body: str) -> None:
    try:
        redis_client().xadd(STREAM, {"event": body}, maxlen=STREAM_LENGTH, approximate=True)
    except redis.RedisError as error:
        logger.warning("event not published, pages will catch up by polling: %s", error)

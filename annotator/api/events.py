"""Live events as server-sent events; a lost connection resumes where it stopped.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any, NamedTuple

import redis.asyncio as aioredis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import aget_user, get_user
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from annotator.kernel.events import STREAM
from annotator.permissions import datasets_of

from .web.problems import plain_problem
from .web.view import Query, check_query

logger = logging.getLogger(__name__)

BLOCK_MS = 2_000
# How long after their end a session and a membership are still listened to, at most about twice.
LOOK_SECONDS = 3.0
PING_SECONDS = 10.0


class Entry(NamedTuple):
    id: str
    dataset_id: int | None  # None: for everybody
    kind: str
    body: str


@csrf_exempt  # it answers no method that changes anything
@require_safe
async def stream_events(request: HttpRequest) -> HttpResponseBase:
    """Answer ``text/event-stream``: what happens in the datasets of whoever asks.

    ``Last-Event-ID`` (or ``?last_event_id=``) resumes; without it the stream starts now. It ends
    when the session ends, the person is deactivated or is no longer a member of a dataset.
    """
    user = await aget_user(request)
    if not user.is_authenticated:
        return plain_problem(401, "Sign in to follow events.", code="not_authenticated")
    if errors := check_query(request.GET, {"last_event_id": Query()}):
        return plain_problem(400, next(iter(errors.values())), code="unknown_key")
    last = request.headers.get("Last-Event-ID") or request.GET.get("last_event_id") or "$"
    if not _is_stream_id(last):
        last = "$"
    return StreamingHttpResponse(
        _follow(str(request.session.session_key), last),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _is_stream_id(text: str) -> bool:
    left, _, right = text.partition("-")
    return text == "$" or (left.isdigit() and right.isdigit() and len(text) < 40)


async def _follow(session_key: str, last: str) -> AsyncIterator[str]:
    client = aioredis.Redis.from_url(
        settings.REDIS_URL, decode_responses=True, socket_timeout=BLOCK_MS / 1000 + 5
    )
    try:
        yield "retry: 2000\n\n"
        known = await _datasets_heard(session_key)
        looked_up = sent = time.monotonic()
        if last == "$":
            last = await _newest_id(client)
            yield f"id: {last}\nevent: hello\ndata: {{}}\n\n"
        while known is not None:
            entries = await _read(client, last)
            gone: frozenset[int] = frozenset()
            is_told = any(entry.kind == "dataset.changed" for entry in entries)
            if is_told or time.monotonic() - looked_up > LOOK_SECONDS:
                before, known = known, await _datasets_heard(session_key)
                looked_up = time.monotonic()
                if known is None:
                    return
                gone = before - known
            for entry in entries:
                last = entry.id
                if _is_heard(entry, known, gone):
                    yield f"id: {entry.id}\ndata: {entry.body}\n\n"
                    sent = time.monotonic()
            if gone:
                return
            if time.monotonic() - sent > PING_SECONDS:
                yield ": still here\n\n"
                sent = time.monotonic()
    except (RedisError, OSError) as error:
        # The page asks again after "retry" milliseconds and polls meanwhile.
        logger.warning("event stream ended: %s", error)
        await asyncio.sleep(1)
    finally:
        await client.aclose()


def _is_heard(entry: Entry, known: frozenset[int], gone: frozenset[int]) -> bool:
    if entry.dataset_id is None or entry.dataset_id in known:
        return True
    # Says nothing but "look again", to the pages of somebody who was removed just now.
    return entry.kind == "dataset.changed" and entry.dataset_id in gone


async def _read(client: aioredis.Redis, last: str) -> list[Entry]:
    """Wait for events behind ``last``; [] after ``BLOCK_MS``."""
    answer: Any = await client.xread({STREAM: last}, count=500, block=BLOCK_MS)
    return [_entry(entry_id, fields) for _, entries in answer for entry_id, fields in entries]


def _entry(entry_id: str, fields: dict[str, str]) -> Entry:
    body = fields["event"]
    event = json.loads(body)
    named = fields.get("dataset_id", "")
    # Of an earlier version, which noted no ids: whose it was is not known any more.
    unknown = None if event["dataset"] is None else -1
    return Entry(entry_id, int(named) if named else unknown, event["kind"], body)


async def _newest_id(client: aioredis.Redis) -> str:
    newest: Any = await client.xrevrange(STREAM, count=1)
    return str(newest[0][0]) if newest else "0-0"


@sync_to_async
def _datasets_heard(session_key: str) -> frozenset[int] | None:
    """Return the ids of the datasets of whoever has this session; None: nobody has it any more."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)  # looks at the session, its end, the password and the account
    if not isinstance(user, User):
        return None
    return frozenset(datasets_of(user).values_list("pk", flat=True))

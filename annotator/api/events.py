"""Live events as server-sent events; a lost connection resumes where it stopped.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import redis.asyncio as aioredis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import aget_user
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from redis.exceptions import RedisError

from annotator.permissions import datasets_of
from annotator.services.events import STREAM

from .view import Query, check_query

logger = logging.getLogger(__name__)

BLOCK_MS = 10_000
MEMBERSHIP_SECONDS = 5.0


async def stream_events(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Answer ``text/event-stream``: what happens in the datasets of whoever asks.

    ``Last-Event-ID`` (or ``?last_event_id=``) resumes; without it the stream starts now.
    """
    user = await aget_user(request)
    if not user.is_authenticated:
        return _problem(401, "Not signed in", "Sign in to follow events.", "not_authenticated")
    if errors := check_query(request.GET, {"last_event_id": Query()}):
        return _problem(400, "Bad request", next(iter(errors.values())), "unknown_key")
    last = request.headers.get("Last-Event-ID") or request.GET.get("last_event_id") or "$"
    if not _is_stream_id(last):
        last = "$"
    return StreamingHttpResponse(
        _follow(user, last),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _problem(status: int, title: str, detail: str, code: str) -> JsonResponse:
    return JsonResponse(
        {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code},
        status=status,
        content_type="application/problem+json",
    )


def _is_stream_id(text: str) -> bool:
    left, _, right = text.partition("-")
    return text == "$" or (left.isdigit() and right.isdigit() and len(text) < 40)


async def _follow(user: User, last: str) -> AsyncIterator[str]:
    client = aioredis.Redis.from_url(
        settings.REDIS_URL, decode_responses=True, socket_timeout=BLOCK_MS / 1000 + 5
    )
    slugs: set[str] = set()
    looked_up = 0.0
    try:
        yield "retry: 2000\n\n"
        if last == "$":
            last = await _newest_id(client)
            yield f"id: {last}\nevent: hello\ndata: {{}}\n\n"
        while True:
            entries = await _read(client, last)
            if not entries:
                yield ": still here\n\n"
                continue
            if time.monotonic() - looked_up > MEMBERSHIP_SECONDS:
                slugs, looked_up = await _slugs_of(user), time.monotonic()
            for entry_id, body in entries:
                last = entry_id
                event = json.loads(body)
                if event["dataset"] is not None and event["dataset"] not in slugs:
                    # a dataset made a moment ago is not in the list yet
                    if event["kind"] != "dataset.changed":
                        continue
                    slugs, looked_up = await _slugs_of(user), time.monotonic()
                    if event["dataset"] not in slugs:
                        continue
                yield f"id: {entry_id}\ndata: {body}\n\n"
    except (RedisError, OSError) as error:
        # The page asks again after "retry" milliseconds and polls meanwhile.
        logger.warning("event stream ended: %s", error)
        await asyncio.sleep(1)
    finally:
        await client.aclose()


async def _read(client: aioredis.Redis, last: str) -> list[tuple[str, str]]:
    """Wait for events behind ``last``; return (id, JSON) of each, [] after ``BLOCK_MS``."""
    answer: Any = await client.xread({STREAM: last}, count=500, block=BLOCK_MS)
    return [(entry_id, fields["event"]) for _, entries in answer for entry_id, fields in entries]


async def _newest_id(client: aioredis.Redis) -> str:
    newest: Any = await client.xrevrange(STREAM, count=1)
    return str(newest[0][0]) if newest else "0-0"


@sync_to_async
def _slugs_of(user: User) -> set[str]:
    return set(datasets_of(user).values_list("slug", flat=True))

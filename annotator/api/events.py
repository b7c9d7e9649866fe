"""Live events as server-sent events; a lost connection resumes where it stopped.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from importlib import import_module

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import aget_user, get_user
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from annotator.permissions import datasets_of

from .event_hub import Entry, is_stream_id, this_hub
from .web.problems import plain_problem
from .web.view import Query, check_query

logger = logging.getLogger(__name__)

BLOCK_MS = 2_000
# How long after their end a session and a membership are still listened to, at most about twice.
LOOK_SECONDS = 3.0
PING_SECONDS = 10.0


@csrf_exempt  # it answers no method that changes anything
@require_safe
async def stream_events(request: HttpRequest) -> HttpResponseBase:
    """Answer ``text/event-stream``: what happens in the datasets of whoever asks.

    ``Last-Event-ID`` (or ``?last_event_id=``) resumes; without it the stream starts now. It ends
    when the session ends, the person is deactivated or is no longer a member of a dataset, and
    when the page does not keep up. Each event is an ``Event`` of the API's schema.
    """
    user = await aget_user(request)
    if not user.is_authenticated:
        return plain_problem(401, "Sign in to follow events.", code="not_authenticated")
    if errors := check_query(request.GET, {"last_event_id": Query()}):
        return plain_problem(400, next(iter(errors.values())), code="unknown_key")
    last = request.headers.get("Last-Event-ID") or request.GET.get("last_event_id") or ""
    return StreamingHttpResponse(
        _follow(str(request.session.session_key), last if is_stream_id(last) else ""),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _follow(session_key: str, last: str) -> AsyncIterator[str]:
    yield "retry: 2000\n\n"
    known = await _datasets_heard(session_key)
    looked_up = sent = time.monotonic()
    hub = this_hub()
    try:
        page = await hub.join(last)
    except (RedisError, OSError):
        await asyncio.sleep(1)
        return
    try:
        if not last:
            yield f"id: {page.after}\nevent: hello\ndata: {{}}\n\n"
        while known is not None and page.is_open:
            entries = await page.take(BLOCK_MS / 1000)
            gone: frozenset[int] = frozenset()
            is_told = any(entry.kind == "dataset.changed" for entry in entries)
            if is_told or time.monotonic() - looked_up > LOOK_SECONDS:
                before, known = known, await _datasets_heard(session_key)
                looked_up = time.monotonic()
                if known is None:
                    return
                gone = before - known
            for entry in entries:
                if _is_heard(entry, known, gone):
                    yield f"id: {entry.id}\ndata: {entry.body}\n\n"
                    sent = time.monotonic()
            if gone:
                return
            if time.monotonic() - sent > PING_SECONDS:
                yield ": still here\n\n"
                sent = time.monotonic()
    except RedisError as error:
        # The page asks again after "retry" milliseconds and polls meanwhile.
        logger.warning("what a page has missed cannot be read: %s", error)
    finally:
        hub.leave(page)


def _is_heard(entry: Entry, known: frozenset[int], gone: frozenset[int]) -> bool:
    if entry.dataset_id is None or entry.dataset_id in known:
        return True
    # Says nothing but "look again", to the pages of somebody who was removed just now.
    return entry.kind == "dataset.changed" and entry.dataset_id in gone


@sync_to_async
def _datasets_heard(session_key: str) -> frozenset[int] | None:
    """Return the ids of the datasets of whoever has this session; None: nobody has it any more."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)  # looks at the session, its end, the password and the account
    if not isinstance(user, User):
        return None
    return frozenset(datasets_of(user).values_list("pk", flat=True))

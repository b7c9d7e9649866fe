"""Server-sent events: for members only, resumable."""

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from annotator.models import Image
from annotator.services.annotations import save_annotation
from annotator.services.events import STREAM, publish_event
from tests.annotator.conftest import Pond

pytestmark = pytest.mark.django_db(transaction=True)


async def read_events(client: AsyncClient, count: int, last: str) -> list[Any]:
    """Return the first ``count`` events behind ``last``, with their ids."""
    response: Any = await client.get(f"/api/events/?last_event_id={last}")
    assert response["Content-Type"] == "text/event-stream"
    found: list[Any] = []

    async def read() -> None:
        async for chunk in response.streaming_content:
            fields = dict(
                line.split(": ", 1) for line in chunk.decode().splitlines() if ": " in line
            )
            if fields.get("data", "{}") != "{}":
                found.append((fields["id"], json.loads(fields["data"])))
            if len(found) == count:
                return

    await asyncio.wait_for(read(), 10)
    return found


def newest_id(redis: Any) -> str:
    newest = redis.xrevrange(STREAM, count=1)
    return newest[0][0].decode() if newest else "0-0"


def test_a_member_hears_what_a_stranger_does_not(redis: Any, pond: Pond, image: Image) -> None:
    start = newest_id(redis)
    save_annotation(image.pk, base_revision=0, status="done", author=pond.annotator)
    publish_event("worker.changed", dataset=None, id="w")

    async def listen(user: Any, count: int) -> list[Any]:
        client = AsyncClient()
        await sync_to_async(client.force_login)(user)
        return await read_events(client, count, start)

    heard = asyncio.run(listen(pond.reviewer, 2))
    assert [event["kind"] for _, event in heard] == ["image.changed", "worker.changed"]
    assert heard[0][1]["data"]["revision"] == 1
    (stranger,) = asyncio.run(listen(pond.stranger, 1))
    assert stranger[1]["kind"] == "worker.changed"


def test_a_lost_connection_resumes(redis: Any, pond: Pond) -> None:
    start = newest_id(redis)
    for number in range(3):
        publish_event("run.changed", dataset=pond.dataset, id=number)

    async def listen(last: str, count: int) -> list[Any]:
        client = AsyncClient()
        await sync_to_async(client.force_login)(pond.lead)
        return await read_events(client, count, last)

    first = asyncio.run(listen(start, 1))
    rest = asyncio.run(listen(first[0][0], 2))
    assert [event["id"] for _, event in first + rest] == [0, 1, 2]


def test_nobody_hears_nothing(db: None) -> None:
    async def ask() -> int:
        return (await AsyncClient().get("/api/events/")).status_code

    assert asyncio.run(ask()) == 401


def test_an_event_that_cannot_be_published_does_not_break_a_save(
    pond: Pond, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    import redis as redis_client

    from annotator.services import events

    nowhere = redis_client.Redis(host="127.0.0.1", port=1)
    monkeypatch.setattr(events, "redis_client", lambda: nowhere)
    saved = save_annotation(image.pk, base_revision=0, status="done", author=pond.lead)
    assert saved.revision == 1

"""One reader a web process: in order, without gap or doubling, however slow a page is."""

import asyncio
import gc
import json
import random
from collections.abc import Coroutine
from typing import Any

import pytest
import redis as redis_module
import redis.asyncio as aioredis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import AsyncClient

from annotator.api import event_hub
from annotator.api.event_hub import CLIENT_NAME, Hub, Page
from annotator.kernel.event_types import EVENT_TYPES, BatchNumbers
from annotator.kernel.publisher import STREAM
from tests.annotator.conftest import Pond
from training.engine.protocol import BatchEvent


async def publish(client: Any, number: int = 1) -> list[str]:
    fields = {"event": json.dumps({"kind": "worker.changed"}), "dataset_id": ""}
    return [await client.xadd(STREAM, fields) for _ in range(number)]


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, 60))


def publisher() -> Any:
    return aioredis.Redis.from_url(settings.REDIS_URL, decode_responses=True)


async def take_until(page: Page, newest: str, got: list[str]) -> None:
    while page.is_open and (not got or got[-1] != newest) and page.after != newest:
        got += [entry.id for entry in await page.take(1)]


@pytest.mark.parametrize("seed", range(12))
def test_every_page_has_every_event_once_and_in_order(
    redis: Any, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages join anew, resume anywhere (ahead of the reader too), read and leave at random."""
    monkeypatch.setattr(event_hub, "READ_AT_ONCE", 3)
    chance = random.Random(seed)

    async def scenario() -> None:
        client, hub = publisher(), Hub()
        published = await publish(client, 5)
        open_pages: list[tuple[Page, str, list[str]]] = []
        for _ in range(80):
            action = chance.choice(("publish", "publish", "join", "take", "take", "leave"))
            if action == "publish":
                published += await publish(client, chance.randint(1, 6))
            elif action == "join":
                after = chance.choice(("", "0-0", *published[-15:]))
                page = await hub.join(after)
                open_pages.append((page, page.after, []))
            elif open_pages and action == "take":
                page, _, got = chance.choice(open_pages)
                got += [entry.id for entry in await page.take(0.001)]
            elif open_pages:
                hub.leave(open_pages.pop(chance.randrange(len(open_pages)))[0])
        published += await publish(client, 2)
        for page, after, got in open_pages:
            await take_until(page, published[-1], got)
            assert got == published[published.index(after) + 1 if after != "0-0" else 0 :]
            hub.leave(page)
        await client.aclose()

    run(scenario())


def test_a_page_that_another_process_told_more_does_not_hear_it_again(redis: Any) -> None:
    async def scenario() -> None:
        client, hub = publisher(), Hub()
        fields = {"event": json.dumps({"kind": "worker.changed"}), "dataset_id": ""}
        first = await hub.join()
        newest = redis.xadd(STREAM, fields).decode()  # the reader has had no turn since
        ahead = await hub.join(newest)
        published = await publish(client, 2)
        got: list[str] = []
        await take_until(ahead, published[-1], got)
        assert got == published
        hub.leave(first)
        hub.leave(ahead)
        await client.aclose()

    run(scenario())


def test_a_slow_page_is_closed_and_resumes_while_the_others_go_on(
    redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_hub, "MOST_WAITING", 10)

    async def scenario() -> None:
        client, hub = publisher(), Hub()
        first = await publish(client)
        slow, quick = await hub.join(first[0]), await hub.join(first[0])
        got: list[str] = []
        published: list[str] = []
        for _ in range(6):
            published += await publish(client, 5)
            await take_until(quick, published[-1], got)
        assert got == published
        assert not slow.is_open
        assert await slow.take(0) == []
        again = await hub.join(slow.after)
        resumed: list[str] = []
        await take_until(again, published[-1], resumed)
        assert resumed == published
        for page in (slow, quick, again):
            hub.leave(page)
        await client.aclose()

    run(scenario())


def test_without_redis_a_page_is_told_at_once_and_the_next_begins_anew(
    redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        client, hub = publisher(), Hub()
        address = settings.REDIS_URL
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        try:
            with pytest.raises(redis_module.RedisError):
                await hub.join()
        finally:
            settings.REDIS_URL = address
        page = await hub.join()
        await kill_readers(client)
        assert await page.take(10) == []
        assert not page.is_open
        again = await hub.join(page.after)
        published = await publish(client)
        assert [entry.id for entry in await again.take(5)] == published
        hub.leave(page)
        hub.leave(again)
        await client.aclose()

    run(scenario())


async def readers(client: Any) -> list[Any]:
    return [item for item in await client.client_list() if item["name"] == CLIENT_NAME]


async def kill_readers(client: Any) -> None:
    for item in await readers(client):
        await client.client_kill(item["addr"])


@pytest.mark.django_db(transaction=True)
def test_fifty_open_pages_have_one_connection_to_redis(redis: Any, pond: Pond) -> None:
    async def scenario() -> None:
        client, browser = publisher(), AsyncClient()
        await sync_to_async(browser.force_login)(pond.lead)
        await publish(client)
        before = len(await client.client_list())
        answers: list[Any] = [await browser.get("/api/events/") for _ in range(50)]
        pages = [answer.streaming_content.__aiter__() for answer in answers]

        async def read(page: Any) -> str:
            while "worker.changed" not in (chunk := (await anext(page)).decode()):
                pass
            return str(chunk)

        for page in pages:
            assert "retry" in (await anext(page)).decode()
            assert "hello" in (await anext(page)).decode()
        assert len(await readers(client)) == 1
        assert len(await client.client_list()) == before + 1
        (published,) = await publish(client)
        heard = await asyncio.gather(*map(read, pages))
        assert {chunk.splitlines()[0] for chunk in heard} == {f"id: {published}"}
        for item in pages:
            await item.aclose()
        answers.clear()
        gc.collect()
        while await readers(client):
            await asyncio.sleep(0.05)
        await client.aclose()

    run(scenario())


def test_the_numbers_of_a_batch_are_those_of_the_engine() -> None:
    theirs = {name: hint for name, hint in BatchEvent.__annotations__.items() if name != "type"}
    assert set(theirs) == set(BatchNumbers.__annotations__)


def test_the_schema_describes_every_event() -> None:
    from tests.operations import read_schema

    schemas = read_schema()["components"]["schemas"]
    event = schemas["Event"]
    assert event["discriminator"]["propertyName"] == "kind"
    assert set(event["discriminator"]["mapping"]) == set(EVENT_TYPES)
    for place in event["oneOf"]:
        name = place["$ref"].rpartition("/")[2]
        kinds = {kind for kind, of_kind in EVENT_TYPES.items() if of_kind.__name__ == name}
        assert set(schemas[name]["properties"]["kind"]["enum"]) == kinds

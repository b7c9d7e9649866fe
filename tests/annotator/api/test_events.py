"""Server-sent events: for members only, resumable."""

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import AsyncClient

from annotator.api import events
from annotator.datasets.datasets import create_dataset, remove_member
from annotator.folder.saving import save_annotation
from annotator.folder.trash.datasets import delete_dataset
from annotator.kernel.events import publish_event
from annotator.kernel.publisher import STREAM
from annotator.models import Image
from tests.annotator.conftest import Pond, client_of

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
    publish_event("worker.changed", dataset=None)

    async def listen(user: Any, count: int) -> list[Any]:
        client = AsyncClient()
        await sync_to_async(client.force_login)(user)
        return await read_events(client, count, start)

    heard = asyncio.run(listen(pond.reviewer, 2))
    assert [event["kind"] for _, event in heard] == ["image.changed", "worker.changed"]
    assert heard[0][1] == {
        "kind": "image.changed",
        "dataset": pond.dataset.slug,
        "id": str(image.pk),
    }
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

    from annotator.kernel import publisher as service

    nowhere = redis_client.Redis(host="127.0.0.1", port=1)
    monkeypatch.setattr(service, "redis_client", lambda: nowhere)
    saved = save_annotation(image.pk, base_revision=0, status="done", author=pond.lead)
    assert saved.revision == 1


def test_a_slug_used_again_does_not_replay_the_old_datasets_events(redis: Any, pond: Pond) -> None:
    start = newest_id(redis)
    publish_event("run.changed", dataset=pond.dataset, id=1)
    slug = pond.dataset.slug
    delete_dataset(pond.dataset, author=pond.lead)
    new = create_dataset(owner=pond.stranger, name=pond.dataset.name)
    assert new.slug == slug
    publish_event("run.changed", dataset=new, id=2)

    async def listen() -> list[Any]:
        client = AsyncClient()
        await sync_to_async(client.force_login)(pond.stranger)
        return await read_events(client, 2, start)

    heard = [event for _, event in asyncio.run(listen())]
    assert [(event["kind"], event["id"]) for event in heard] == [
        ("dataset.changed", new.pk),
        ("run.changed", 2),
    ]


def test_an_event_of_an_earlier_version_is_heard_by_nobody(redis: Any, pond: Pond) -> None:
    start = newest_id(redis)
    body = {"kind": "run.changed", "dataset": pond.dataset.slug, "id": 1, "data": {}}
    redis.xadd(STREAM, {"event": json.dumps(body)})
    publish_event("worker.changed", dataset=None)

    async def listen() -> list[Any]:
        client = AsyncClient()
        await sync_to_async(client.force_login)(pond.lead)
        return await read_events(client, 1, start)

    assert asyncio.run(listen())[0][1]["kind"] == "worker.changed"


def sign_out(client: AsyncClient, pond: Pond) -> None:
    client.logout()


def deactivate(client: AsyncClient, pond: Pond) -> None:
    User.objects.filter(pk=pond.annotator.pk).update(is_active=False)


def change_password(client: AsyncClient, pond: Pond) -> None:
    pond.annotator.set_password("a better one 77")
    pond.annotator.save()


def remove_from_dataset(client: AsyncClient, pond: Pond) -> None:
    remove_member(pond.dataset.memberships.get(user=pond.annotator))


def remove_without_a_word(client: AsyncClient, pond: Pond) -> None:
    pond.dataset.memberships.filter(user=pond.annotator).delete()


@pytest.mark.parametrize(
    "end", [sign_out, deactivate, change_password, remove_from_dataset, remove_without_a_word]
)
def test_a_stream_ends_when_its_person_may_no_longer_listen(
    redis: Any, pond: Pond, monkeypatch: pytest.MonkeyPatch, end: Any
) -> None:
    monkeypatch.setattr(events, "LOOK_SECONDS", 0)  # looked up before each event
    monkeypatch.setattr(events, "BLOCK_MS", 100)

    async def listen() -> list[str]:
        client = AsyncClient()
        await sync_to_async(client.force_login)(pond.annotator)
        response: Any = await client.get("/api/events/")
        chunks = response.streaming_content.__aiter__()
        heard = [(await anext(chunks)).decode() for _ in range(2)]  # retry and hello
        await sync_to_async(end)(client, pond)
        await sync_to_async(lambda: publish_event("run.changed", dataset=pond.dataset, id=1))()

        async def rest() -> None:
            async for chunk in chunks:
                heard.append(chunk.decode())

        await asyncio.wait_for(rest(), 20)
        return heard

    heard = asyncio.run(listen())[2:]
    if end is remove_from_dataset:  # told to look again, and nothing else
        assert len([chunk for chunk in heard if "dataset.changed" in chunk]) == 1
    assert not [chunk for chunk in heard if "run.changed" in chunk]


def test_events_take_no_other_method(pond: Pond) -> None:
    answer = client_of(pond.lead).post("/api/events/")
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
    assert "GET" in answer["Allow"]

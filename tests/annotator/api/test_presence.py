"""Who is on an image: seen by the others, gone by itself."""

import json
import logging
import time
from types import SimpleNamespace
from typing import Any

import pytest
import redis as redis_module
from django.contrib.auth.models import User

from annotator.annotations import presence
from annotator.kernel.publisher import STREAM
from annotator.kernel.redis_client import redis_client
from annotator.models import Image
from tests.annotator.conftest import Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)


def beat(image: Image, user: User, tab: str = "t1", *, editing: bool = False) -> Any:
    return client_of(user).post(
        f"/api/images/{image.pk}/presence/", {"tab": tab, "editing": editing}
    )


def leave(image: Image, user: User, tab: str = "t1") -> int:
    return client_of(user).delete(f"/api/images/{image.pk}/presence/?tab={tab}").status_code


def events(redis: Any) -> list[Any]:
    found = [json.loads(fields[b"event"]) for _, fields in redis.xrange(STREAM)]
    return [event for event in found if event["kind"] == "image.presence"]


def test_people_see_each_other_and_hear_of_changes_only(
    redis: Any, pond: Pond, image: Image
) -> None:
    User.objects.filter(pk=pond.lead.pk).update(first_name="Lea", last_name="Ding")
    assert beat(image, pond.annotator, editing=True).json() == [
        {
            "user_id": pond.annotator.pk,
            "username": "annotator",
            "display_name": "annotator",
            "tab": "t1",
            "editing": True,
        }
    ]
    people = beat(image, pond.lead).json()
    assert [(p["display_name"], p["editing"]) for p in people] == [
        ("annotator", True),
        ("Lea Ding", False),
    ]
    assert len(events(redis)) == 2
    beat(image, pond.lead)  # nothing new
    assert len(events(redis)) == 2
    beat(image, pond.lead, editing=True)
    newest = events(redis)[-1]
    assert newest["id"] == str(image.pk)
    assert [p["editing"] for p in newest["data"]["people"]] == [True, True]
    assert leave(image, pond.annotator) == 204
    assert [p["username"] for p in events(redis)[-1]["data"]["people"]] == ["lead"]
    count = len(events(redis))
    assert leave(image, pond.annotator) == 204  # gone already
    assert len(events(redis)) == count


def test_one_person_with_two_tabs_is_there_twice(redis: Any, pond: Pond, image: Image) -> None:
    beat(image, pond.lead, "one")
    assert [p["tab"] for p in beat(image, pond.lead, "two").json()] == ["one", "two"]
    leave(image, pond.lead, "one")
    assert [p["tab"] for p in beat(image, pond.lead, "two").json()] == ["two"]


def test_who_falls_silent_is_gone(
    redis: Any, pond: Pond, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat(image, pond.annotator)
    assert 0 < redis.ttl(presence.KEY.format(image_id=image.pk)) <= presence.PRESENT_SECONDS
    later = time.time() + presence.PRESENT_SECONDS + 1
    monkeypatch.setattr(presence, "time", SimpleNamespace(time=lambda: later))
    assert [p["username"] for p in beat(image, pond.lead).json()] == ["lead"]


def test_images_are_apart(redis: Any, pond: Pond, image: Image) -> None:
    beat(image, pond.annotator)
    assert len(beat(pond.add_image("b"), pond.lead).json()) == 1


@pytest.mark.parametrize("tab", ["", "a:b", "x" * 65, None])
def test_a_tab_has_a_plain_name(pond: Pond, image: Image, tab: Any) -> None:
    assert beat(image, pond.lead, tab).status_code == 400


def test_only_the_first_heartbeat_writes_to_the_database(
    redis: Any, pond: Pond, image: Image, django_assert_num_queries: Any
) -> None:
    client = client_of(pond.lead)
    beat(image, pond.lead)  # which keeps the image from being handed to others
    with django_assert_num_queries(6) as queries:  # session, user, image, role, hold, names
        client.post(f"/api/images/{image.pk}/presence/", {"tab": "t1"})
    assert all(query["sql"].startswith("SELECT") for query in queries.captured_queries)


def test_without_redis_nobody_is_there_and_the_log_says_so_once(
    pond: Pond, image: Image, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    beat(image, pond.lead)  # it was there a moment ago
    dead = redis_module.Redis.from_url("unix:///nowhere/at/all.sock")
    monkeypatch.setattr(presence, "redis_client", lambda: dead)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            answer = beat(image, pond.lead)
            assert (answer.status_code, answer.json()) == (200, [])
        assert leave(image, pond.lead) == 204
    assert sum("Redis is away" in record.message for record in caplog.records) == 1
    monkeypatch.setattr(presence, "redis_client", redis_client)
    assert len(beat(image, pond.lead).json()) == 1

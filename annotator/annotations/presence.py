"""Who is on an image now. Kept in Redis alone, where it expires.

Each image has a sorted set of ``<user id>:<tab>:<editing>``, scored by the moment until which it
holds. One person with two tabs is there twice. Whoever is there also keeps the image from being
handed to others (review.handing_out).
"""

import logging
import time
from uuid import UUID

import redis
from django.contrib.auth.models import User

from annotator.kernel.event_types import Present
from annotator.kernel.events import publish_event
from annotator.kernel.redis_client import redis_client
from annotator.models import Dataset, Image

from .holds import keep_hold, release_hold

logger = logging.getLogger(__name__)

KEY = "segloop:presence:{image_id}"
PRESENT_SECONDS = 40

_is_away = False
"""Whether Redis was away when it was last asked, so that it is logged once."""


def mark_present(image: Image, user: User, *, tab: str, editing: bool) -> list[Present]:
    """Note that ``user`` has the image open; return everybody who has, in the order of names.

    Holds for ``PRESENT_SECONDS``. Everybody is told when the list changed. [] without Redis.
    """
    now = time.time()
    mine = {f"{user.pk}:{tab}:{flag:d}": flag for flag in (True, False)}
    keep_hold(image, user)
    wanted = next(entry for entry, flag in mine.items() if flag == editing)
    other = next(entry for entry, flag in mine.items() if flag != editing)
    return _change(image, now, put={wanted: now + PRESENT_SECONDS}, drop=[other])


def mark_gone(image: Image, user: User, *, tab: str) -> None:
    """Note that a tab left the image."""
    left = [f"{user.pk}:{tab}:{flag}" for flag in (0, 1)]
    people = _change(image, time.time(), put={}, drop=left)
    if all(person["user_id"] != user.pk for person in people):
        release_hold(image, user)


def _change(image: Image, now: float, *, put: dict[str, float], drop: list[str]) -> list[Present]:
    """Apply a change and forget who expired, in one step. Returns who is there."""
    global _is_away  # noqa: PLW0603 - only a hint for the log
    key = KEY.format(image_id=image.pk)
    try:
        with redis_client().pipeline(transaction=True) as pipe:
            pipe.zremrangebyscore(key, "-inf", now)
            pipe.zrem(key, *drop)
            if put:
                pipe.zadd(key, put)
            pipe.expire(key, PRESENT_SECONDS)
            pipe.zrange(key, 0, -1)
            expired, dropped, *added, _, entries = pipe.execute()
    except redis.RedisError as error:
        if not _is_away:
            logger.warning("nobody knows who is on which image while Redis is away: %s", error)
        _is_away = True
        return []
    _is_away = False
    people = _describe(entries)
    if expired or dropped or any(added):
        _announce(image.dataset, image.pk, people)
    return people


def _describe(entries: list[str]) -> list[Present]:
    parsed = [entry.split(":") for entry in entries]
    users = User.objects.in_bulk([int(user_id) for user_id, _, _ in parsed])
    people: list[Present] = [
        {
            "user_id": user.pk,
            "username": user.get_username(),
            "display_name": user.get_full_name() or user.get_username(),
            "tab": tab,
            "editing": editing == "1",
        }
        for user_id, tab, editing in parsed
        if (user := users.get(int(user_id)))
    ]
    return sorted(people, key=lambda person: (person["username"], person["tab"]))


def _announce(dataset: Dataset, image_id: UUID, people: list[Present]) -> None:
    publish_event("image.presence", dataset=dataset, id=str(image_id), data={"people": people})

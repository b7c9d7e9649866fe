"""Is every part of Segloop there?"""

import shutil
from collections.abc import Callable
from typing import TypedDict

import redis
from django.conf import settings
from django.db import DatabaseError, connection

HEARTBEAT_KEY = "segloop:worker:{queue}"
"""Set by each worker, expiring; its presence says that somebody serves the queue."""


WORKER_EXPLANATIONS: dict[str, Callable[[], str]] = {}
"""For a queue: why no worker serves it yet, or "". Filled when the applications are set up."""


class Check(TypedDict):
    ok: bool
    detail: str


class Health(TypedDict):
    ok: bool
    checks: dict[str, Check]


def check_health() -> Health:
    """Ask every part; each check ends within a few seconds."""
    checks = {
        "database": _checked(_check_database),
        "redis": _checked(_check_redis),
        "worker_cpu": _checked(lambda: _check_worker("cpu")),
        "worker_gpu": _checked(lambda: _check_worker("gpu")),
        "disk": _checked(_check_disk),
    }
    return {"ok": all(check["ok"] for check in checks.values()), "checks": checks}


def _checked(check: Callable[[], Check]) -> Check:
    try:
        return check()
    except redis.RedisError:
        return {"ok": False, "detail": "Redis does not answer; see REDIS_URL and the log."}
    except DatabaseError as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return {"ok": False, "detail": f"The database does not answer: {reason}"}
    except OSError as error:
        return {"ok": False, "detail": f"The data folder cannot be used: {error.strerror}"}


def _check_database() -> Check:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"ok": True, "detail": connection.vendor}


def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def _check_redis() -> Check:
    with _redis() as client:
        client.ping()
    return {"ok": True, "detail": "answers"}


def _check_worker(queue: str) -> Check:
    with _redis() as client:
        beat = client.get(HEARTBEAT_KEY.format(queue=queue))
    if beat is None:
        explain = WORKER_EXPLANATIONS.get(queue)
        reason = explain() if explain else ""
        return {
            "ok": False,
            "detail": reason
            or f"No worker serves the {queue} queue: "
            f"celery -A config worker -Q {queue}. Jobs wait until one does.",
        }
    return {"ok": True, "detail": beat.decode() if isinstance(beat, bytes) else str(beat)}


def _check_disk() -> Check:
    free_mb = shutil.disk_usage(settings.DATA_ROOT).free // 1_000_000
    if free_mb < settings.MIN_FREE_DISK_MEGABYTES:
        return {
            "ok": False,
            "detail": f"{free_mb} MB free in {settings.DATA_ROOT}; free some space there.",
        }
    return {"ok": True, "detail": f"{free_mb / 1000:.0f} GB free"}

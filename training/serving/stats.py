"""Requests, errors and times of each served model, by minute for a day and by day for a year.

In Redis, a hash for each minute and each day: ``requests``, ``error:<code>`` and, for each part of
the time, ``<part>:<bucket>`` (:mod:`histograms`). They are figures about traffic, and no history
that a backup must hold.
"""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypedDict

import redis

from training.models import ServedModel

from .asking import serving_redis
from .histograms import bucket_of, quantile_of

PARTS = ("decode", "wait", "load", "model", "masks", "answer", "whole")
MINUTES_KEPT = 24 * 60
DAYS_KEPT = 365
DAYS_SHOWN = 30
SLOT_MINUTES = 10
_SPEEDS_KEPT_SECONDS = 30 * 24 * 3600
_PREFIX = "segloop:serving:stats"

Counts = Counter[str]


class PartTimes(TypedDict):
    """Milliseconds; null where nothing was answered."""

    part: str
    p50: float | None
    p95: float | None
    p99: float | None


class ErrorCount(TypedDict):
    code: str
    count: int


class TrafficSlot(TypedDict):
    """``from_time``: its beginning, ISO 8601 in UTC. Times: of the whole request."""

    from_time: str
    requests: int
    errors: int
    p50: float | None
    p95: float | None
    p99: float | None


class ServedStats(TypedDict):
    """``requests``: all of the last 24 hours, with those that ended with one of ``errors``.
    ``slots``: these hours, ten minutes each, the oldest first; ``days``: the last 30."""

    requests: int
    error_count: int
    errors: list[ErrorCount]
    parts: list[PartTimes]
    slots: list[TrafficSlot]
    days: list[TrafficSlot]


class TodayStats(TypedDict):
    """Of the present day (UTC)."""

    requests: int
    errors: int
    p50: float | None
    p95: float | None


def note_request(
    served: ServedModel, milliseconds: Mapping[str, float], *, error: str = ""
) -> None:
    """Count a request; without its figures a request is answered nevertheless."""
    now = datetime.now(UTC)
    fields = ["requests"]
    if error:
        fields.append(f"error:{error}")
    else:
        fields += [f"{name}:{bucket_of(ms)}" for name, ms in milliseconds.items() if name in PARTS]
    try:
        pipeline = serving_redis().pipeline(transaction=False)
        for key, seconds in (
            (_minute_key(served.pk, int(now.timestamp()) // 60), (MINUTES_KEPT + 60) * 60),
            (_day_key(served.pk, now), DAYS_KEPT * 24 * 3600),
        ):
            for name in fields:
                pipeline.hincrby(key, name, 1)
            pipeline.expire(key, seconds)
        pipeline.execute()
    except redis.RedisError:
        return


def read_stats(served: ServedModel) -> ServedStats:
    """Return the traffic of the last 24 hours and of the last days."""
    this_slot = int(time.time()) // 60 // SLOT_MINUTES * SLOT_MINUTES
    first = this_slot + SLOT_MINUTES - MINUTES_KEPT
    minutes = range(first, this_slot + SLOT_MINUTES)
    by_minute = _read(_minute_key(served.pk, minute) for minute in minutes)
    slots = [
        (
            datetime.fromtimestamp((first + start) * 60, UTC).isoformat(),
            _sum(by_minute[start : start + SLOT_MINUTES]),
        )
        for start in range(0, MINUTES_KEPT, SLOT_MINUTES)
    ]
    whole = _sum(counts for _, counts in slots)
    now = time.time()
    dates = [
        datetime.fromtimestamp(now - back * 86400, UTC) for back in range(DAYS_SHOWN - 1, -1, -1)
    ]
    days = _read(_day_key(served.pk, date) for date in dates)
    errors = _errors_of(whole)
    return {
        "requests": whole["requests"],
        "error_count": sum(errors.values()),
        "errors": [{"code": code, "count": count} for code, count in errors.most_common()],
        "parts": [_part(whole, name) for name in PARTS],
        "slots": [_slot(start, counts) for start, counts in slots],
        "days": [
            _slot(date.strftime("%Y-%m-%dT00:00:00+00:00"), counts)
            for date, counts in zip(dates, days, strict=True)
        ],
    }


def read_today(served: Iterable[ServedModel]) -> dict[int, TodayStats]:
    """Return the figures of today of each; one question for all."""
    ids = [item.pk for item in served]
    now = datetime.now(UTC)
    found = _read(_day_key(pk, now) for pk in ids)
    return {
        pk: {
            "requests": counts["requests"],
            "errors": sum(_errors_of(counts).values()),
            "p50": quantile_of(_times_of(counts, "whole"), 0.5),
            "p95": quantile_of(_times_of(counts, "whole"), 0.95),
        }
        for pk, counts in zip(ids, found, strict=True)
    }


def forget_stats(served_id: int) -> None:
    """Remove the figures of a name that is gone: its id is not given again, its keys expire."""
    now = datetime.now(UTC)
    try:
        serving_redis().delete(_day_key(served_id, now))
    except redis.RedisError:
        return


# --- the speed of a model on a kind of device ----------------------------------------------------


def note_speed(reference: str, device_name: str, milliseconds: float, *, batch: int) -> None:
    """Note the time of a model for one image, as measured in an answer."""
    key = f"segloop:serving:speed:{reference}"
    try:
        pipeline = serving_redis().pipeline(transaction=False)
        pipeline.hincrby(key, f"{device_name}:{bucket_of(milliseconds / batch)}", 1)
        pipeline.expire(key, _SPEEDS_KEPT_SECONDS)
        pipeline.execute()
    except redis.RedisError:
        return


def read_speeds(references: list[str]) -> dict[str, dict[str, tuple[float, int]]]:
    """Return, for each model, the median milliseconds and the count by name of device."""
    found = _read(f"segloop:serving:speed:{reference}" for reference in references)
    speeds: dict[str, dict[str, tuple[float, int]]] = {}
    for reference, counts in zip(references, found, strict=True):
        devices = {field.rpartition(":")[0] for field in counts}
        speeds[reference] = {
            device: (
                quantile_of(_times_of(counts, device), 0.5) or 0.0,
                sum(_times_of(counts, device).values()),
            )
            for device in devices
        }
    return speeds


# --- reading -------------------------------------------------------------------------------------


def _minute_key(served_id: int, minute: int) -> str:
    return f"{_PREFIX}:{served_id}:m:{minute}"


def _day_key(served_id: int, date: datetime) -> str:
    return f"{_PREFIX}:{served_id}:d:{date:%Y-%m-%d}"


def _read(keys: Iterable[str]) -> list[Counts]:
    pipeline = serving_redis().pipeline(transaction=False)
    for key in keys:
        pipeline.hgetall(key)
    found: list[Any] = pipeline.execute() if len(pipeline) else []
    return [Counter({name.decode(): int(count) for name, count in item.items()}) for item in found]


def _sum(many: Iterable[Counts]) -> Counts:
    total: Counts = Counter()
    for counts in many:
        if counts:
            total.update(counts)
    return total


def _errors_of(counts: Counts) -> Counts:
    return Counter(
        {
            name.removeprefix("error:"): count
            for name, count in counts.items()
            if name.startswith("error:")
        }
    )


def _times_of(counts: Counts, part: str) -> dict[int, int]:
    found: dict[int, int] = {}
    for field, count in counts.items():
        name, _, bucket = field.rpartition(":")
        if name == part and bucket.isdigit():
            found[int(bucket)] = count
    return found


def _part(counts: Counts, part: str) -> PartTimes:
    times = _times_of(counts, part)
    return {
        "part": part,
        "p50": quantile_of(times, 0.5),
        "p95": quantile_of(times, 0.95),
        "p99": quantile_of(times, 0.99),
    }


def _slot(start: str, counts: Counts) -> TrafficSlot:
    times = _times_of(counts, "whole")
    return {
        "from_time": start,
        "requests": counts["requests"],
        "errors": sum(_errors_of(counts).values()),
        "p50": quantile_of(times, 0.5),
        "p95": quantile_of(times, 0.95),
        "p99": quantile_of(times, 0.99),
    }

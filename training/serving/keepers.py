"""What the gpu workers offer of warm engines, as each of them says every second."""

import json
import time
from typing import Any

import redis

from training.engine.serving.wire import KEEPERS, KeeperState, pack

SILENT_SECONDS = 15.0
"""A worker that has said nothing for so long is gone; clocks of hosts may differ by less."""


def read_keepers(client: "redis.Redis") -> list[KeeperState]:
    """Return what the workers that live offer, the latest heard of first."""
    told: Any = client.hvals(KEEPERS)
    states: list[KeeperState] = [json.loads(item) for item in told]
    now = time.time()
    living = [state for state in states if abs(now - state["beat"]) < SILENT_SECONDS]
    return sorted(living, key=lambda state: -state["beat"])


def write_keeper(client: "redis.Redis", name: str, state: KeeperState) -> None:
    client.hset(KEEPERS, name, pack(state).decode())


def forget_keeper(client: "redis.Redis", name: str) -> None:
    client.hdel(KEEPERS, name)


def forget_silent_keepers(client: "redis.Redis") -> None:
    """Remove what workers said that are long gone."""
    told: Any = client.hgetall(KEEPERS)
    for name, item in told.items():
        if abs(time.time() - json.loads(item)["beat"]) > 4 * SILENT_SECONDS:
            client.hdel(KEEPERS, name)

"""kill -9 between any two steps of a save: nothing acknowledged is lost, nothing is torn.

A step is whatever leaves the process (``tests.effects``): a statement, a commit, a file that is
written, synced, moved or removed, a command to Redis. The long form kills a thousand times:
``SEGLOOP_KILLS=1000 python -m pytest tests/annotator/folder/test_killed_saves.py -s``.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as redis_client

from tests.annotator.conftest import Pond

from .killed import LIVE_SECONDS, Killing, Server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(7200)]

KILLS = int(os.environ.get("SEGLOOP_KILLS", "60"))


@pytest.fixture
def server(tmp_path: Path, redis: "redis_client.Redis") -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.stop()


def test_killed_between_any_two_steps(pond: Pond, server: Server) -> None:
    killing = Killing(pond, server, seed=13)
    for _ in range(KILLS):
        killing.round()
    print(f"\n{KILLS} kills, {killing.saves} acknowledged saves; before each step:")
    for step in server.steps():
        print(f"{killing.killed[step]:4}  {step}")
    print(f"{killing.missed.total():4}  wherever it was after {LIVE_SECONDS} s")
    assert killing.saves > KILLS
    assert killing.killed.total() > KILLS / 4  # the others took too long on a busy machine

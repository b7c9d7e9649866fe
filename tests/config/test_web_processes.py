"""Several web processes on one port: each answers, one that dies comes back, all end together."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis as redis_client

from annotator import paths
from annotator.folder.saving import save_annotation
from annotator.kernel.accounts.tokens import create_token
from annotator.labels.formats.yolo.rows import format_labels
from annotator.models import Image
from tests.annotator.conftest import MakeInstance, Pond, image, make_instance, pond, square
from tests.annotator.folder.killed import database_url
from tests.services import REPOSITORY, die_with_parent, free_port, is_alive, stop_process

__all__ = ["image", "make_instance", "pond"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PROCESSES = 3


class Web:
    """``python -m config.serve`` with three processes."""

    def __init__(self, log: Path) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "config.serve"),
                    *(f"--port={self.port}", f"--workers={PROCESSES}", "--stop-seconds=2"),
                ],
                cwd=REPOSITORY,
                env={**os.environ, "DATABASE_URL": database_url()},
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent,
            )
        self.wait_until_it_answers()

    def children(self) -> set[int]:
        found = psutil.Process(self.process.pid).children()
        return {child.pid for child in found if is_alive(child)}

    def wait_until_it_answers(self) -> None:
        wait_until(lambda: len(self.children()) == PROCESSES and self.answers())

    def answers(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(self.address + "/api/session/", timeout=5):
            return True
        return False


def wait_until(condition: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def web(pond: Pond, tmp_path: Path, redis: "redis_client.Redis") -> Iterator[Web]:
    web = Web(tmp_path / "web.log")
    yield web
    stop_process(web.process)


def test_one_that_dies_comes_back_and_all_end_together(web: Web) -> None:
    before = web.children()
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: victim not in web.children())
    web.wait_until_it_answers()
    assert len(web.children() - before) == 1
    every = [psutil.Process(pid) for pid in web.children()]
    web.process.send_signal(signal.SIGTERM)
    assert web.process.wait(20) == 0
    psutil.wait_procs(every, timeout=10)
    assert not any(process.is_running() for process in every)


def test_none_is_left_when_the_parent_is_killed(web: Web) -> None:
    every = [psutil.Process(pid) for pid in web.children()]
    web.process.kill()
    web.process.wait()
    _, alive = psutil.wait_procs(every, timeout=20)
    assert not alive


def test_an_image_saved_by_several_processes_ends_right(
    web: Web, pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    """Each process has a thread of its own that writes label files, and one that tells."""
    save_annotation(image.pk, base_revision=0, status="done", author=pond.annotator)
    token = create_token(pond.annotator, name="web", days=1).key
    saved: list[str] = []

    def save_some() -> None:
        for _ in range(10):
            item = make_instance(polygons=square(len(saved) % 60, 5))
            while not patch(web, token, image, {"upsert": [item]}):
                pass
            saved.append(str(item["id"]))

    threads = [threading.Thread(target=save_some) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_until(lambda: not Image.objects.get(pk=image.pk).label_pending)
    rows = image.instances.select_related("dataset_class").order_by("order", "id")
    assert {str(row.pk) for row in rows} == set(saved)
    assert len(saved) == 60
    content = format_labels(
        list(rows.values_list("dataset_class__index", "polygons")), size_wh=(100, 80)
    )
    assert paths.label_path(image).read_bytes() == content


def patch(web: Web, token: str, image: Image, body: dict[str, Any]) -> bool:
    """Save on the newest revision, by a connection (and so a process) of its own."""
    revision = Image.objects.values_list("revision", flat=True).get(pk=image.pk)
    request = urllib.request.Request(
        f"{web.address}/api/images/{image.pk}/annotation/",
        data=json.dumps(body).encode(),
        method="PATCH",
        headers={
            "Authorization": f"Token {token}",
            "Content-Type": "application/json",
            "If-Match": f'"{revision}"',
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=60):
            return True
    except urllib.error.HTTPError as error:
        if error.code != 412:
            raise
        return False

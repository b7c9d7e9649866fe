"""Eight clients save, the server is killed (-9) in the middle; what is left is looked through."""

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import connection

from annotator import paths
from annotator.annotations.data import InstanceData, read_annotation
from annotator.annotations.history import Step, replay
from annotator.folder.live_folder import sync_pending
from annotator.kernel.accounts.tokens import create_token
from annotator.labels.formats.yolo import rows as yolo
from annotator.models import FINISHED, AnnotationRevision, Image, RevisionSource
from tests.annotator.conftest import Pond, square
from tests.services import REPOSITORY, die_with_parent

CLIENTS = 8
IMAGES = 5
LIVE_SECONDS = 2.0
"""How long a server waits for its step; then it is killed from outside, wherever it is."""


class Server:
    """The server that is killed; clients may connect while there is none, and then wait."""

    def __init__(self, folder: Path) -> None:
        self.steps_file = folder / "steps"
        self.steps_file.touch()
        self.log = folder / "server.log"
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        descriptor = self._listener.fileno()
        self._parent = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.annotator.folder.killed_server"),
                *(str(descriptor), str(self.steps_file)),
            ],
            cwd=REPOSITORY,
            env={**os.environ, "DATABASE_URL": database_url()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log.open("wb"),
            text=True,
            pass_fds=[descriptor],
            preexec_fn=die_with_parent,
        )
        assert self._read() == "ready"

    def steps(self) -> list[str]:
        """Every step that any server has come to."""
        return list(dict.fromkeys(self.steps_file.read_text().splitlines()))

    def start(self, order: dict[str, Any]) -> int:
        assert self._parent.stdin is not None
        self._parent.stdin.write(f"{json.dumps(order)}\n")
        self._parent.stdin.flush()
        return int(self._read())

    def wait_for_death(self) -> None:
        assert self._read() == f"ended {signal.SIGKILL}", self.log.read_text()[-3000:]

    def _read(self) -> str:
        assert self._parent.stdout is not None
        line = self._parent.stdout.readline().strip()
        assert line, self.log.read_text()[-3000:]
        return line

    def stop(self) -> None:
        assert self._parent.stdin is not None
        self._parent.stdin.close()
        self._parent.wait(10)
        self._listener.close()


def database_url() -> str:
    options = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{options['NAME']}"
    return "postgresql://{USER}@{HOST}:{PORT}/{NAME}".format(**options)


class Acknowledged:
    """What the server said was saved: of each image and revision, what was asked for."""

    def __init__(self) -> None:
        self.saves: dict[tuple[str, int], dict[str, Any]] = {}
        self.newest: dict[str, int] = {}
        self._lock = threading.Lock()

    def note(self, image_id: str, base: int, body: dict[str, Any], revision: int) -> None:
        with self._lock:
            self.newest[image_id] = max(revision, self.newest.get(image_id, 0))
            if revision == base + 1:
                self.saves[image_id, revision] = body


class Client(threading.Thread):
    """Saves one change after another in images that others save, too, until the server is gone."""

    def __init__(
        self, port: int, token: str, images: list[str], pond: Pond, acknowledged: Acknowledged
    ) -> None:
        super().__init__(daemon=True)
        self.port, self.images, self.acknowledged = port, images, acknowledged
        self.headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
        self.classes = [pond.duck.pk, pond.swan.pk]
        self.rng = random.Random()
        self.failure: BaseException | None = None

    def run(self) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                known: dict[str, dict[str, Any]] = {}
                while True:
                    image = self.rng.choice(self.images)
                    if image not in known:
                        known[image] = self._ask(connection, "GET", image)[1]
                    self._save(connection, image, known)
            except (OSError, http.client.HTTPException):
                raise
            except BaseException as error:
                self.failure = error

    def _save(
        self,
        connection: http.client.HTTPConnection,
        image: str,
        known: dict[str, dict[str, Any]],
    ) -> None:
        state = known[image]
        body = self._change(state)
        status, answer = self._ask(connection, "PATCH", image, body, state["revision"])
        if status == 200:
            self.acknowledged.note(image, state["revision"], body, answer["revision"])
            if answer["revision"] == state["revision"] + 1:
                apply(body, state, answer)
            else:
                del known[image]
        elif status == 412:
            known[image] = answer["current"]
        else:
            raise AssertionError((status, answer))

    def _change(self, state: dict[str, Any]) -> dict[str, Any]:
        ids = [item["id"] for item in state["instances"]]
        kind = self.rng.choice(
            ["move", "move", "add", "delete", "status", "status", "order", "all"]
        )
        if kind == "status" or (kind == "order" and len(ids) < 2):
            is_done = state["status"] in FINISHED
            return {"status": "in_progress" if is_done else "done"}
        if kind == "order":
            return {"order": self.rng.sample(ids, len(ids))}
        if kind == "delete" and len(ids) > 1:
            return {"delete": [self.rng.choice(ids)]}
        if kind == "all" and ids:
            return {"upsert": [self._instance(pk) for pk in ids]}
        if kind == "move" and ids:
            return {"upsert": [self._instance(self.rng.choice(ids))]}
        return {"upsert": [self._instance(str(uuid4()))]}

    def _instance(self, pk: str) -> dict[str, Any]:
        x, y = (self.rng.randrange(400) / 8 for _ in "xy")
        return {"id": pk, "class_id": self.rng.choice(self.classes), "polygons": square(x, y)}

    def _ask(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        image: str,
        body: dict[str, Any] | None = None,
        revision: int = 0,
    ) -> tuple[int, dict[str, Any]]:
        path = f"/api/images/{image}/annotation/"
        content = None if body is None else json.dumps(body)
        headers = {**self.headers, "If-Match": f'"{revision}"'}
        connection.request(method, path, body=content, headers=headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def apply(body: dict[str, Any], state: dict[str, Any], answer: dict[str, Any]) -> None:
    """Bring what a client knows of an image to what it saved."""
    by_id = {item["id"]: item for item in state["instances"]}
    for pk in body.get("delete", ()):
        del by_id[pk]
    by_id |= {item["id"]: item for item in body.get("upsert", ())}
    state["instances"] = [by_id[pk] for pk in body.get("order", by_id)]
    state["revision"], state["status"] = answer["revision"], answer["status"]


# --- what has to be so ----------------------------------------------------------------------


def check_folder(pond: Pond) -> None:
    """At any moment: no image to train on without its label file, none of which is torn."""
    folder = paths.dataset_dir(pond.dataset)
    for image in pond.dataset.images.select_related("dataset"):
        for split in ("train", "val", "test"):
            label = paths.label_path(image, split=split)
            picture = folder / "images" / split / image.file_name
            if picture.exists():
                assert label.exists(), f"{picture} has no label file"
            if label.exists():
                assert label.read_bytes() in labels_of(image), f"{label} is torn"


def labels_of(image: Image) -> list[bytes]:
    """The label file of each revision, the newest last."""
    index = dict(image.dataset.classes.values_list("pk", "index"))
    rows = image.revisions.order_by("number").values_list("put", "deleted", "order")
    steps = [Step(*row) for row in rows]
    return [format_label(image, replay(steps[:count]), index) for count in range(len(steps) + 1)]


def format_label(image: Image, items: list[InstanceData], index: dict[int, int]) -> bytes:
    rows = [
        (index[class_id], item["polygons"])
        for item in items
        if (class_id := item["class_id"]) is not None
    ]
    return yolo.format_labels(rows, size_wh=(image.width, image.height))


def check_after_start(pond: Pond, acknowledged: Acknowledged) -> None:
    """After a start: the folder is what the database says, which has every acknowledged save."""
    sync_pending()
    folder = paths.dataset_dir(pond.dataset)
    index = dict(pond.dataset.classes.values_list("pk", "index"))
    for image in pond.dataset.images.select_related("dataset"):
        assert not image.label_pending
        label = paths.label_path(image)
        stored = read_annotation(image)["instances"]
        rows = image.revisions.order_by("number").values_list("put", "deleted", "order")
        assert replay(Step(*row) for row in rows) == stored
        assert len(stored) == image.instance_count
        assert image.revision == len(rows) >= acknowledged.newest.get(str(image.pk), 0)
        assert label.exists() == image.is_finished
        if image.is_finished:
            assert label.read_bytes() == format_label(image, stored, index)
        assert paths.image_path(image).exists()
    left = [path for path in folder.rglob("*.png") if "images" in path.parts]
    assert len(left) == pond.dataset.images.count()
    assert not AnnotationRevision.objects.filter(source=RevisionSource.DISK).exists()
    check_acknowledged(acknowledged)


def check_acknowledged(acknowledged: Acknowledged) -> None:
    for (image_id, number), body in acknowledged.saves.items():
        row = AnnotationRevision.objects.get(image_id=image_id, number=number)
        put = {item["id"]: item["polygons"] for item in row.put}
        for item in body.get("upsert", ()):
            assert put[item["id"]] == item["polygons"]
        assert set(body.get("delete", ())) <= set(row.deleted)
        assert body.get("status", row.status) == row.status


class Killing:
    """Rounds of eight clients and one kill; ``killed`` counts the kills at each step."""

    def __init__(self, pond: Pond, server: Server, seed: int) -> None:
        self.pond, self.server = pond, server
        self.rng = random.Random(seed)
        self.token = create_token(pond.annotator, name=uuid4().hex, days=1).key
        self.killed: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        """How often a server did not come to a step before it was killed from outside."""
        self.saves = 0
        self.images: list[str] = []

    def round(self) -> None:
        """One server, from its start to its death at the step that was killed at least."""
        self.images = [str(self.pond.add_image(uuid4().hex[:12]).pk) for _ in range(IMAGES)]
        acknowledged = Acknowledged()
        steps = self.server.steps()
        step = min(steps, key=lambda name: self.killed[name] + self.missed[name], default="")
        after = self.rng.randint(0, 3 if self.missed[step] else 15)
        order = {"step": step, "after": after} if step else {}
        pid = self.server.start(order)
        clients = [
            Client(self.server.port, self.token, self.images, self.pond, acknowledged)
            for _ in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        deadline = time.monotonic() + LIVE_SECONDS
        while time.monotonic() < deadline and any(client.is_alive() for client in clients):
            time.sleep(0.01)
        was_waiting = any(client.is_alive() for client in clients)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self.server.wait_for_death()
        for client in clients:
            client.join(30)
            assert not client.is_alive()
            if client.failure is not None:
                raise client.failure
        (self.missed if was_waiting else self.killed)[step] += 1
        self.saves += len(acknowledged.saves)
        check_folder(self.pond)
        check_after_start(self.pond, acknowledged)
        self._clear()

    def _clear(self) -> None:
        """New images next time: what is looked through is short."""
        self.pond.dataset.images.all().delete()
        folder = paths.dataset_dir(self.pond.dataset)
        for path in [*folder.rglob("*.png"), *folder.rglob("*.txt")]:
            path.unlink()

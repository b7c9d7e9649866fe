"""P2: saves through the API: all 20 polygons of an image, one of 20, one of 5,000.

    .venv/bin/python bench/save_annotation.py [--seconds 10]

With one client and with eight, each in an image of its own, polygons of 60 points; beside them, in
the same run, a bare request that only asks who one is. ``server_cpu_ms`` is what the web server's
processes compute for one, ``bare_requests`` the same in bare requests. The limit that the disk
allows is measured beside it: a transaction of one row with synchronous=FULL.
"""

import argparse
import http.client
import json
import math
import sqlite3
import threading
import time
import uuid
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from common import fresh_environment, print_table, quantile, web_server, write_result

POLYGONS, POINTS = 20, 60


def make_instances(class_id: int, shift: float, count: int = POLYGONS) -> list[dict[str, Any]]:
    angles = [2 * math.pi * k / POINTS for k in range(POINTS)]
    return [
        {
            "id": str(uuid.uuid4()),
            "class_id": class_id,
            "polygons": [
                [
                    [
                        round(value, 2)
                        for a in angles
                        for value in (
                            60 + 40 * (n % 40) + shift + 15 * math.cos(a),
                            300 + n // 40 * 5 + shift + 15 * math.sin(a),
                        )
                    ]
                ]
            ],
        }
        for n in range(count)
    ]


BODIES = 8
"""Different bodies that a client sends in turn, made before it begins."""


class Client(threading.Thread):
    """Saves an image of its own as fast as the server answers, or asks for something small.

    Bodies are made beforehand and the connection is kept: what is measured is the server.
    """

    def __init__(self, address: str, token: str, image_id: str, bodies: list[bytes]) -> None:
        super().__init__(daemon=True)
        self.host = address.removeprefix("http://")
        self.headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
        self.path = f"/api/images/{image_id}/annotation/"
        self.bodies = bodies
        self.times: list[float] = []
        self.begins = threading.Event()
        self.end = 0.0
        self.revision = 0
        self._connection = http.client.HTTPConnection(self.host, timeout=120)

    def save(self, body: bytes) -> None:
        headers = {**self.headers, "If-Match": f'"{self.revision}"'}
        answer = self._ask("PATCH", self.path, body, headers)
        self.revision = json.loads(answer)["revision"]

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        self._connection.request(method, path, body=body, headers=headers)
        response = self._connection.getresponse()
        content = response.read()
        assert response.status == 200, content
        return content

    def run(self) -> None:
        self.begins.wait()
        turn = 0
        while time.monotonic() < self.end:
            started = time.perf_counter()
            if self.bodies:
                self.save(self.bodies[turn % BODIES])
            else:
                self._ask("GET", "/api/session/", None, self.headers)
            self.times.append(time.perf_counter() - started)
            turn += 1


def bodies_of(instances: list[dict[str, Any]], changed: int) -> list[bytes]:
    """Bodies that move ``changed`` of the instances a little, each time others and elsewhere."""
    bodies = []
    for turn in range(BODIES):
        chosen = [instances[(7 * turn + n) % len(instances)] for n in range(changed)]
        moved = [
            {**item, "polygons": [[[v + 0.01 * (turn + 1) for v in item["polygons"][0][0]]]]}
            for item in chosen
        ]
        bodies.append(json.dumps({"upsert": moved}).encode())
    return bodies


class Case(NamedTuple):
    """``changed`` of ``objects`` in a save; 0: a bare request, which only asks who one is."""

    name: str
    objects: int
    changed: int


CASES = (
    Case("bare request", 0, 0),
    Case("20 of 20", 20, 20),
    Case("1 of 20", 20, 1),
    Case("1 of 5,000", 5000, 1),
)


class Place(NamedTuple):
    """Where clients save."""

    address: str
    token: str
    dataset: Any
    class_id: int


def measure(
    case: Case, clients: int, *, seconds: float, place: Place, server: psutil.Process
) -> dict[str, Any]:
    """Let ``clients`` save at once, each in an image of its own; a row of the table."""
    running = []
    for _ in range(clients):
        image = make_image(place.dataset, uuid.uuid4().hex)
        instances = make_instances(place.class_id, 0.0, case.objects)
        bodies = bodies_of(instances, case.changed) if case.changed else []
        client = Client(place.address, place.token, str(image.pk), bodies)
        if case.objects:
            client.save(json.dumps({"upsert": instances}).encode())
        client.start()
        running.append(client)
    before = processor_seconds(server)
    end = time.monotonic() + seconds
    for client in running:
        client.end = end
        client.begins.set()
    for client in running:
        client.join()
    every = [value for client in running for value in client.times]
    return {
        "saved": case.name,
        "clients": clients,
        "per_s": len(every) / seconds,
        "p50_ms": quantile(every, 0.5) * 1000,
        "p95_ms": quantile(every, 0.95) * 1000,
        "server_cpu_ms": (processor_seconds(server) - before) / len(every) * 1000,
    }


def processor_seconds(server: psutil.Process) -> float:
    """What the web server's processes have used so far."""
    every = [process.cpu_times() for process in [server, *server.children(recursive=True)]]
    return sum(times.user + times.system for times in every)


def make_image(dataset: Any, stem: str) -> Any:
    """An image in the database, without a file."""
    from annotator.models import Image

    return Image.objects.create(
        dataset=dataset,
        stem=stem,
        extension="jpg",
        split="train",
        width=1920,
        height=1280,
        size_bytes=0,
        sha256=uuid.uuid4().hex,
        upload_sha256=uuid.uuid4().hex,
    )


def measure_disk(folder: Path, seconds: float) -> float:
    """Return durable one-row transactions a second on this disk."""
    connection = sqlite3.connect(folder / "limit.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE t (x)")
    count, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        connection.execute("INSERT INTO t VALUES (1)")
        count += 1
    return count / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    seconds = parser.parse_args().seconds
    with fresh_environment() as root:
        from django.contrib.auth.models import User

        from annotator.datasets.datasets import create_dataset
        from annotator.kernel.accounts.tokens import create_token

        user = User.objects.create_user("bench")
        token = create_token(user, name="bench", days=1).key
        dataset = create_dataset(owner=user, name="Bench", classes=[{"name": "duck"}])
        with web_server(root / "web.log") as address:
            place = Place(address, token, dataset, dataset.classes.get().pk)
            server = next(
                child
                for child in psutil.Process().children()
                if "config.serve" in " ".join(child.cmdline())
            )
            measure(CASES[0], 8, seconds=1, place=place, server=server)
            rows = [
                measure(case, clients, seconds=seconds, place=place, server=server)
                for clients in (1, 8)
                for case in CASES
            ]
            processes = max(1, len(server.children()))
        limit = measure_disk(root, 2)
    for row in rows:
        bare = next(each for each in rows if each["clients"] == row["clients"])
        row["bare_requests"] = row["server_cpu_ms"] / bare["server_cpu_ms"]
    print_table(rows)
    print(f"web processes: {processes}; durable one-row transactions a second: {limit:.0f}")
    write_result("save_annotation", rows, web_processes=processes, disk_transactions_per_s=limit)


if __name__ == "__main__":
    main()

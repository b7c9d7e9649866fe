"""P2: save 20 polygons of 60 points through the API, 1 client and 8 clients.

    .venv/bin/python bench/save_annotation.py [--seconds 10]

Anchor: Label Studio 1.23 on SQLite and 2 cores: 1 client p95 43 ms, 23 saves/s; 8 clients
14 saves/s, p95 960 ms. The limit that the same disk allows is measured beside it: a transaction
of one row with synchronous=FULL.

Then one polygon changed among 20, 100 and 5,000 of a finished image, whose label file follows: the
cost of a save is to follow the change.
"""

import argparse
import math
import sqlite3
import threading
import time
import uuid
from pathlib import Path
from typing import Any

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


OBJECTS = (20, 100, 5000)


def measure_one_change(
    address: str, token: str, image_id: str, class_id: int, *, objects: int, saves: int
) -> dict[str, Any]:
    """Save one moved polygon of an image that holds ``objects``; the row of the table."""
    import httpx

    instances = make_instances(class_id, 0.0, objects)
    path = f"/api/images/{image_id}/annotation/"
    times: list[float] = []
    with httpx.Client(
        base_url=address, headers={"Authorization": f"Token {token}"}, timeout=120
    ) as client:
        answer = client.patch(
            path, json={"upsert": instances, "status": "done"}, headers={"If-Match": '"0"'}
        )
        answer.raise_for_status()
        for n in range(saves):
            item = instances[(7 * n) % objects]
            item["polygons"] = [[[value + 0.01 for value in item["polygons"][0][0]]]]
            revision = answer.json()["revision"]
            started = time.perf_counter()
            answer = client.patch(
                path, json={"upsert": [item]}, headers={"If-Match": f'"{revision}"'}
            )
            answer.raise_for_status()
            times.append(time.perf_counter() - started)
            time.sleep(0.05)  # a hand, and the thread that writes the label file
    return {
        "objects": objects,
        "saves": saves,
        "p50_ms": quantile(times, 0.5) * 1000,
        "p95_ms": quantile(times, 0.95) * 1000,
        "bytes_answered": len(answer.content),
    }


def client_loop(
    address: str, token: str, image_id: str, class_id: int, end: float, times: list[float]
) -> None:
    """Save all polygons anew, moved a little, as fast as the server answers."""
    import httpx

    instances = make_instances(class_id, 0.0)
    headers = {"Authorization": f"Token {token}"}
    revision = 0
    with httpx.Client(base_url=address, headers=headers) as client:
        while time.monotonic() < end:
            for instance in instances:
                instance["polygons"] = [
                    [[value + 0.01 for value in ring] for ring in part]
                    for part in instance["polygons"]
                ]
            started = time.perf_counter()
            answer = client.patch(
                f"/api/images/{image_id}/annotation/",
                json={"upsert": instances},
                headers={"If-Match": f'"{revision}"'},
            )
            answer.raise_for_status()
            times.append(time.perf_counter() - started)
            revision = answer.json()["revision"]


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

        from annotator.accounts.tokens import create_token
        from annotator.datasets.datasets import create_dataset

        user = User.objects.create_user("bench")
        token = create_token(user, name="bench", days=1).key
        dataset = create_dataset(owner=user, name="Bench", classes=[{"name": "duck"}])
        class_id = dataset.classes.get().pk
        rows: list[dict[str, Any]] = []
        with web_server(root / "web.log") as address:
            for clients in (1, 8):
                images = [make_image(dataset, f"{clients}-{n}") for n in range(clients)]
                times: list[list[float]] = [[] for _ in images]
                end = time.monotonic() + seconds
                threads = [
                    threading.Thread(
                        target=client_loop,
                        args=(address, token, str(image.pk), class_id, end, bucket),
                    )
                    for image, bucket in zip(images, times, strict=True)
                ]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                every = [value for bucket in times for value in bucket]
                rows.append(
                    {
                        "clients": clients,
                        "saves_per_s": len(every) / seconds,
                        "p50_ms": quantile(every, 0.5) * 1000,
                        "p95_ms": quantile(every, 0.95) * 1000,
                        "label_studio_saves_per_s": {1: 23, 8: 14}[clients],
                        "label_studio_p95_ms": {1: 43, 8: 960}[clients],
                    }
                )
            one_change = [
                measure_one_change(
                    address,
                    token,
                    str(make_image(dataset, f"one-{objects}").pk),
                    class_id,
                    objects=objects,
                    saves=60,
                )
                for objects in OBJECTS
            ]
        limit = measure_disk(root, 2)
    print_table(rows)
    print_table(one_change)
    print(f"durable one-row transactions a second on this disk: {limit:.0f}")
    write_result("save_annotation", rows, one_change=one_change, disk_transactions_per_s=limit)


if __name__ == "__main__":
    main()

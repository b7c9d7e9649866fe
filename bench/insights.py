"""Insights: first figures, the list of findings and the pass of the worker, at full size.

    .venv/bin/python bench/insights.py [--images 100000] [--objects 10]

Target: first figures ≤ 1 s at 100,000 images and 1,000,000 objects. The floor (GET /api/session/,
no rows of the dataset) is measured beside it. The files of the images are not needed: what is
measured of pixels is put into the rows.
"""

import argparse
import random
import time
import uuid
from typing import Any

from common import fresh_environment, print_table, quantile, web_server, write_result

CLASSES = 80
SIDE_PX = 640
POINTS = 12


def polygon(rng: random.Random) -> tuple[list[float], float]:
    """A square-like outline of 12 points somewhere in the image, and its area."""
    side = min(8 * 40 ** rng.random(), 300)
    x, y = rng.random() * (SIDE_PX - side), rng.random() * (SIDE_PX - side)
    step = side / (POINTS // 4)
    top = [(x + n * step, y) for n in range(POINTS // 4)]
    right = [(x + side, y + n * step) for n in range(POINTS // 4)]
    bottom = [(x + side - n * step, y + side) for n in range(POINTS // 4)]
    left = [(x, y + side - n * step) for n in range(POINTS // 4)]
    ring = [round(number, 2) for point in top + right + bottom + left for number in point]
    return ring, side * side


def fill(dataset: Any, count: int, objects: int) -> None:
    """Put images with ``objects`` instances each into the database, a few classes an image."""
    from annotator.models import Image, Instance

    rng = random.Random(7)
    class_ids = list(dataset.classes.values_list("pk", flat=True))
    for start in range(0, count, 2_000):
        images = [
            Image(
                dataset=dataset,
                stem=f"img{n:07d}",
                extension="jpg",
                split=("train", "train", "train", "val", "test")[n % 5],
                status=("done", "accepted", "in_progress")[n % 3],
                width=SIDE_PX,
                height=SIDE_PX,
                size_bytes=1,
                sha256=uuid.UUID(int=rng.getrandbits(128)).hex,
                upload_sha256=uuid.UUID(int=rng.getrandbits(128)).hex,
                instance_count=objects,
                group=f"video{n // 200}" if n % 3 == 0 else "",
                perceptual_hash=random.Random(n // 2 if n % 20 < 2 else -n).getrandbits(63),
                brightness=rng.random(),
                sharpness=10 ** (4 * rng.random()),
            )
            for n in range(start, min(start + 2_000, count))
        ]
        Image.objects.bulk_create(images, batch_size=1000)
        rows = []
        for image in images:
            own = rng.sample(class_ids, 3)
            for order in range(objects):
                ring, area = polygon(rng)
                rows.append(
                    Instance(
                        image=image,
                        dataset_class_id=rng.choice(own),
                        order=order,
                        polygons=[[ring]],
                        area_px=area,
                    )
                )
        Instance.objects.bulk_create(rows, batch_size=1000)


def time_requests(client: Any, urls: dict[str, str], count: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name, url in urls.items():
        times = []
        for _ in range(count):
            started = time.perf_counter()
            client.get(url).raise_for_status()
            times.append((time.perf_counter() - started) * 1000)
        rows.append(
            {
                "what": name,
                "first_ms": times[0],
                "p50_ms": quantile(times, 0.5),
                "p95_ms": quantile(times, 0.95),
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--objects", type=int, default=10)
    parser.add_argument("--requests", type=int, default=20)
    options = parser.parse_args()
    import httpx

    with fresh_environment() as root:
        from django.contrib.auth.models import User
        from django.db import connection

        from annotator.datasets.datasets import create_dataset
        from annotator.images.findings.judging import judge_dataset
        from annotator.images.findings.measuring import measure_images
        from annotator.kernel.accounts.tokens import create_token
        from annotator.models import ImageFinding

        user = User.objects.create_user("bench")
        headers = {"Authorization": f"Token {create_token(user, name='bench', days=1).key}"}
        names: Any = [{"name": f"class {n}"} for n in range(CLASSES)]
        dataset = create_dataset(owner=user, name="Bench", classes=names)
        fill(dataset, options.images, options.objects)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        wall, busy = time.perf_counter(), time.process_time()
        measured = measure_images(dataset)
        wall, busy = time.perf_counter() - wall, time.process_time() - busy
        began, began_cpu = time.perf_counter(), time.process_time()
        judge_dataset(dataset)
        judged, judged_cpu = time.perf_counter() - began, time.process_time() - began_cpu
        began = time.perf_counter()
        judge_dataset(dataset)
        again = time.perf_counter() - began
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        passes = [
            {"pass": "objects of an image", "ms": wall / measured * 1000},
            {"pass": "the same, processor", "ms": busy / measured * 1000},
            {"pass": "the whole, first", "ms": judged * 1000},
            {"pass": "the same, processor", "ms": judged_cpu * 1000},
            {"pass": "the whole, again", "ms": again * 1000},
        ]
        class_id = dataset.classes.order_by("index")[7].pk
        base = f"/api/datasets/{dataset.slug}"
        urls = {
            "floor": "/api/session/",
            "first figures": f"{base}/insights/",
            "figures of a class": f"{base}/insights/?class={class_id}",
            "list of findings": f"{base}/findings/",
            "images of a bar": f"{base}/images/?size=1",
            "images of a cell, a class": f"{base}/images/?cell=9&class={class_id}",
            "images of a finding": f"{base}/images/?finding=tiny",
        }
        with (
            web_server(root / "web.log") as address,
            httpx.Client(base_url=address, headers=headers, timeout=120) as client,
        ):
            client.get("/api/session/").raise_for_status()
            rows = time_requests(client, urls, options.requests)
        found = ImageFinding.objects.count()
    print(f"{options.images:,} images, {options.images * options.objects:,} objects, "
          f"{CLASSES} classes, {found:,} findings of images")  # fmt: skip
    print_table(rows)
    print_table(passes)
    size = {"images": options.images, "objects": options.images * options.objects}
    write_result("insights", rows, passes=passes, **size, findings=found)


if __name__ == "__main__":
    main()

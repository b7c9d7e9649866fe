"""P6: list and filter images through the API, at several sizes of the dataset.

    .venv/bin/python bench/list_images.py [--sizes 1000,100000]

Anchor: Label Studio 468 ms for 100 annotated tasks. Target: p95 ≤ 30 ms at every size.
The floor (GET /api/session/, no database rows) is measured beside it.
"""

import argparse
import time
import uuid
from typing import Any

from common import fresh_environment, print_table, quantile, web_server, write_result

PAGE = 100


def fill(dataset: Any, count: int) -> None:
    """Put ``count`` images with one instance each into the database; files are not needed."""
    from annotator.models import Image, Instance

    class_ids = list(dataset.classes.values_list("pk", flat=True))
    ring = [10.0, 10.0, 60.0, 10.0, 60.0, 60.0, 10.0, 60.0]
    outline = [0.1, 0.1, 0.6, 0.1, 0.6, 0.6, 0.1, 0.6]
    for start in range(0, count, 5000):
        images = [
            Image(
                dataset=dataset,
                stem=f"img{n:07d}",
                extension="jpg",
                split=("train", "train", "train", "val", "test")[n % 5],
                status=("done", "unlabelled", "in_progress")[n % 3],
                width=100,
                height=100,
                size_bytes=1,
                sha256=uuid.uuid4().hex,
                upload_sha256=uuid.uuid4().hex,
                instance_count=1,
                outline=[{"class_id": class_ids[n % 10], "points": outline}],
            )
            for n in range(start, min(start + 5000, count))
        ]
        Image.objects.bulk_create(images, batch_size=1000)
        Instance.objects.bulk_create(
            [
                Instance(
                    image=image,
                    dataset_class_id=image.outline[0]["class_id"],
                    order=0,
                    polygons=[[ring]],
                    area_px=2500,
                    outline=[outline],
                )
                for image in images
            ],
            batch_size=1000,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,100000")
    parser.add_argument("--requests", type=int, default=40)
    options = parser.parse_args()
    import httpx

    rows: list[dict[str, Any]] = []
    with fresh_environment() as root:
        from django.contrib.auth.models import User
        from django.db import connection

        from annotator.datasets.datasets import create_dataset
        from annotator.kernel.accounts.tokens import create_token

        user = User.objects.create_user("bench")
        headers = {"Authorization": f"Token {create_token(user, name='bench', days=1).key}"}
        with web_server(root / "web.log") as address:
            for size in (int(text) for text in options.sizes.split(",")):
                names: Any = [{"name": f"class {n}"} for n in range(10)]
                dataset = create_dataset(owner=user, name=f"Bench {size}", classes=names)
                fill(dataset, size)
                with connection.cursor() as cursor:
                    cursor.execute("ANALYZE")
                class_id = dataset.classes.order_by("index")[7].pk
                base = f"/api/datasets/{dataset.slug}/images/"
                queries = {
                    "floor": "/api/session/",
                    "first page": f"{base}?page_size={PAGE}",
                    "by split": f"{base}?page_size={PAGE}&split=test",
                    "by status": f"{base}?page_size={PAGE}&status=unlabelled",
                    "by class": f"{base}?page_size={PAGE}&class={class_id}",
                    "latest": f"{base}?page_size={PAGE}&ordering=-updated_at",
                    "search": f"{base}?page_size={PAGE}&search=00099",
                    "facets": f"{base}facets/",
                    "dataset": f"/api/datasets/{dataset.slug}/",
                    "datasets": "/api/datasets/",
                }
                with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
                    for name, url in queries.items():
                        client.get(url).raise_for_status()
                        times = []
                        for _ in range(options.requests):
                            started = time.perf_counter()
                            client.get(url)
                            times.append((time.perf_counter() - started) * 1000)
                        rows.append(
                            {
                                "images": size,
                                "request": name,
                                "p50_ms": quantile(times, 0.5),
                                "p95_ms": quantile(times, 0.95),
                            }
                        )
    print_table(rows)
    write_result("list_images", rows)


if __name__ == "__main__":
    main()

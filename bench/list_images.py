"""P6: list, filter, sort and count images through the API, at several sizes of the dataset.

    .venv/bin/python bench/list_images.py [--sizes 1000,100000,1000000] [--requests 40]

Anchor: Label Studio 468 ms for 100 annotated tasks. Target: p95 ≤ 30 ms at every size.
``cpu_ms`` is the server's processor time a request: other programs do not add to it. The floor
(GET /api/session/, no database rows) is measured beside it. DATABASE_URL chooses PostgreSQL.
"""

import argparse
import os
import random
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from common import fresh_environment, print_table, quantile, web_server, write_result

PAGE = 100
LIMIT_MS = 30.0
SEED_IMAGES = 1_000
RARE = 100_000
"""One image in so many has an object of the rare class, and the rare tag."""


def fill(dataset: Any, count: int) -> None:
    """Put ``count`` images with one object each into the database; files are not needed.

    A thousand are made one by one, the others are copies of these, each with an id, a name and
    times of its own, made by the database. The counts are made once, at the end.
    """
    from annotator.datasets.counts.installing import install_counting, remove_counting
    from annotator.models import Image, Instance

    remove_counting()
    seed = _seed(dataset)
    Image.objects.bulk_create(seed, batch_size=1000)
    for start in range(SEED_IMAGES, count, SEED_IMAGES):
        _copy_images(dataset, start)
    _add_instances(dataset)
    rare = dataset.classes.get(index=9)
    chosen = dataset.images.filter(stem__endswith="0077")[: max(1, count // RARE)]
    Instance.objects.filter(image__in=list(chosen.values_list("pk", flat=True))).update(
        dataset_class=rare
    )
    install_counting()


def _seed(dataset: Any) -> list[Any]:
    from annotator.models import Image

    class_ids = list(dataset.classes.order_by("index").values_list("pk", flat=True))
    outline = [0.1, 0.1, 0.6, 0.1, 0.6, 0.6, 0.1, 0.6]
    chance = random.Random(1)
    return [
        Image(
            dataset=dataset,
            stem=f"img{n:07d}",
            extension="jpg",
            split=("train", "train", "train", "val", "test")[n % 5],
            status=("done", "unlabelled", "in_progress")[n % 3],
            width=100 + n,
            height=100,
            size_bytes=chance.randrange(1, 10**6),
            sha256=uuid.uuid4().hex,
            upload_sha256=uuid.uuid4().hex,
            instance_count=1,
            group=f"cam{n % 7}",
            perceptual_hash=chance.randrange(-(2**62), 2**62),
            outline=[{"class_id": class_ids[n % 9], "points": outline}],
        )
        for n in range(min(SEED_IMAGES, 1_000))
    ]


def _copy_images(dataset: Any, start: int) -> None:
    from django.db import connection

    from annotator.models import Image

    is_sqlite = connection.vendor == "sqlite"
    table, names, values = Image._meta.db_table, [], []
    number = "CAST(SUBSTR(stem, 4) AS integer)"
    moved = {
        "id": "lower(hex(randomblob(16)))" if is_sqlite else "gen_random_uuid()",
        "stem": f"'img' || SUBSTR('000000' || ({number} + {start}), -7)"
        if is_sqlite
        else f"'img' || LPAD(({number} + {start})::text, 7, '0')",
        "upload_sha256": "upload_sha256 || '-' || %s",
        "perceptual_hash": "perceptual_hash + %s * 7919",
        "size_bytes": "size_bytes + %s % 977",
    }
    parameters = []
    for field in Image._meta.concrete_fields:
        names.append(f'"{field.column}"')
        text = moved.get(str(field.column), f'"{field.column}"')
        if "%s" in text:
            parameters.append(start)
            text = text.replace(" % 977", " %% 977")
        values.append(text)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {table} "
            f"WHERE dataset_id = %s AND stem < 'img{SEED_IMAGES:07d}'",
            [*parameters, dataset.pk],
        )


def _add_instances(dataset: Any) -> None:
    from django.db import connection

    from annotator.models import Image, Instance

    is_sqlite = connection.vendor == "sqlite"
    new_id = "lower(hex(randomblob(16)))" if is_sqlite else "gen_random_uuid()"
    ring = "[[[10,10,60,10,60,60,10,60]]]"
    of_class = (
        "json_extract(outline, '$[0].class_id')"
        if is_sqlite
        else "((outline -> 0) ->> 'class_id')::bigint"
    )
    off = "0" if is_sqlite else "false"
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO {Instance._meta.db_table} (id, image_id, dataset_class_id, "order", '
            "polygons, area_px, outline, is_box, occluded, truncated, note) "
            f"SELECT {new_id}, id, {of_class}, 0, '{ring}', 2500, '[[0.1,0.1,0.6,0.6]]', "
            f"{off}, {off}, {off}, '' FROM {Image._meta.db_table} WHERE dataset_id = %s",
            [dataset.pk],
        )


def requests_of(dataset: Any, tag_id: int) -> dict[str, str]:
    """What is asked, by name."""
    classes = {item.index: item.pk for item in dataset.classes.all()}
    base = f"/api/datasets/{dataset.slug}/images/?page_size={PAGE}"
    facets = f"/api/datasets/{dataset.slug}/images/facets/?"
    image = dataset.images.order_by("stem")[5].pk
    filters = {
        "split": "split=test",
        "status": "status=unlabelled",
        "class": f"class={classes[7]}",
        "rare class": f"class={classes[9]}",
        "without class": f"without_class={classes[7]}",
        "tag": f"tag={tag_id}",
        "group": "group=cam3",
        "search": "search=00099",
        "width": "min_width=500&max_width=520",
        "split, status, class": f"split=val&status=done&class={classes[7]}",
        "class, search, width": f"class={classes[7]}&search=1&min_width=300",
        "split, group, without class": f"split=val&group=cam3&without_class={classes[2]}",
    }
    named = {"floor": "/api/session/", "first page": base}
    named |= {f"filter {name}": f"{base}&{query}" for name, query in filters.items()}
    for sort in ("-updated_at", "created_at", "-instance_count", "-size_bytes", "-stem"):
        named[f"sort {sort}"] = f"{base}&ordering={sort}"
    named["sort -size_bytes, split"] = f"{base}&ordering=-size_bytes&split=val"
    named["sort -size_bytes, class"] = f"{base}&ordering=-size_bytes&class={classes[7]}"
    named["facets"] = facets
    for name in ("split", "class", "search", "split, status, class", "group"):
        named[f"facets {name}"] = facets + filters.get(name, "group=cam3")
    named["similar"] = f"/api/images/{image}/similar/"
    named["dataset"] = f"/api/datasets/{dataset.slug}/"
    named["datasets"] = "/api/datasets/"
    return named


def children_cpu_seconds() -> float:
    """Processor time of the server, which this process started: another load does not add to it."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, IndexError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == os.getpid():
                total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def deep_page(client: Any, url: str) -> str:
    """The address of the page after the tenth."""
    for _ in range(10):
        following = client.get(url).json()["next"]
        if following is None:
            break
        url = following
    return url


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,100000,1000000")
    parser.add_argument("--requests", type=int, default=40)
    options = parser.parse_args()
    import httpx

    rows: list[dict[str, Any]] = []
    with fresh_environment() as root:
        from django.contrib.auth.models import User
        from django.db import connection

        from annotator.datasets.datasets import create_dataset
        from annotator.kernel.accounts.tokens import create_token
        from annotator.models import ImageTag

        user = User.objects.create_user("bench")
        headers = {"Authorization": f"Token {create_token(user, name='bench', days=1).key}"}
        with web_server(root / "web.log") as address:
            for size in (int(text) for text in options.sizes.split(",")):
                names: Any = [{"name": f"class {n}"} for n in range(10)]
                dataset = create_dataset(owner=user, name=f"Bench {size}", classes=names)
                fill(dataset, size)
                with connection.cursor() as cursor:
                    cursor.execute("ANALYZE")
                tag = dataset.tags.create(name="night", color="#000000")
                some = dataset.images.filter(stem__endswith="0077").values_list("pk", flat=True)
                ImageTag.objects.bulk_create(ImageTag(image_id=pk, tag=tag) for pk in some)
                queries = requests_of(dataset, tag.pk)
                with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
                    queries["a deep page"] = deep_page(client, queries["first page"])
                    queries["a deep page, sort"] = deep_page(client, queries["sort -size_bytes"])
                    for name, url in queries.items():
                        client.get(url).raise_for_status()
                        times = []
                        cpu = children_cpu_seconds()
                        for _ in range(options.requests):
                            started = time.perf_counter()
                            client.get(url)
                            times.append((time.perf_counter() - started) * 1000)
                        rows.append(
                            {
                                "images": size,
                                "request": name,
                                "cpu_ms": (children_cpu_seconds() - cpu) * 1000 / options.requests,
                                "p50_ms": quantile(times, 0.5),
                                "p95_ms": quantile(times, 0.95),
                                "limit_ms": LIMIT_MS,
                            }
                        )
    print_table(rows)
    write_result("list_images", rows)


if __name__ == "__main__":
    main()

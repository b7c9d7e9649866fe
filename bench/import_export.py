"""P4 and P5: importing and exporting a labelled dataset, beside what cannot be beaten.

    .venv/bin/python bench/import_export.py [--images 1000 10000 50000] [--rounds 3]
        [--source FOLDER] [--coco-objects 100000] [--hostile-megabytes 1024]

P4: import ÷ copying the same files and reading the image headers, in turns. Target ≤ 1.5, and
memory that does not grow with the number of images (``peak_growth_mb``). ``copy + flush`` also
forces the copies to disk, as every import does. ``cpu_ratio`` is the same of processor time, user
and system: on a busy machine it says more than the clock. ``dry run`` reads everything and writes
nothing. Then a COCO file of many objects, and a JSON file that is no labels and has no end: refused
in constant memory.
P5: export over HTTP: first byte (target ≤ 0.3 s) and throughput ÷ ``zip -0`` (target ≥ 0.9).
"""

import argparse
import io
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from common import REPOSITORY, fresh_environment, print_table, web_server, write_result
from PIL import Image

INSTANCES, POINTS = 4, 60
COCO_IMAGES = 2_000
_IMPORT = """
import sys, time, resource
sys.path.insert(0, "bench")
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from annotator.imports import imports
from annotator.datasets.datasets import create_dataset
def cpu():
    kinds = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in kinds)
dataset = create_dataset(owner=None, name=sys.argv[2])
row = imports.create_import(
    dataset, source_path=sys.argv[1], source_name="b", created_by=None,
    is_dry_run=sys.argv[3] == "dry"
)
def peak_kb():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
open("/proc/self/clear_refs", "w").write("5")  # the peak begins anew
before = peak_kb()
started, used = time.perf_counter(), cpu()
job = imports.run_import(row.pk)
seconds, used = time.perf_counter() - started, cpu() - used
assert job.state == "finished" or sys.argv[3] == "refused", job.error
after = peak_kb()
print(dataset.slug, seconds, used, (after - before) / 1024, job.images_source, job.objects_source)
"""


class Measured:
    """A run of an import: clock, processor time, growth of the peak memory, what it counted."""

    def __init__(self, words: list[str]) -> None:
        self.slug = words[0]
        self.seconds, self.cpu_s, self.growth_mb = map(float, words[1:4])
        self.images, self.objects = map(int, words[4:6])

    def row(self, what: str) -> dict[str, Any]:
        return {
            "what": what,
            "images": self.images,
            "objects": self.objects,
            "seconds": self.seconds,
            "cpu_s": self.cpu_s,
            "peak_growth_mb": self.growth_mb,
        }


def make_source(root: Path, count: int) -> Path:
    """JPEGs of 640 × 480 that differ in a comment, each with 4 polygons of 60 points."""
    rng = np.random.default_rng(1)
    smooth = rng.integers(0, 255, (60, 80, 3), dtype=np.uint8)
    picture = Image.fromarray(smooth).resize((640, 480), Image.Resampling.BICUBIC)
    noise = rng.normal(0, 9, (480, 640, 3))
    picture = Image.fromarray(np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8))
    angles = np.linspace(0, 2 * np.pi, POINTS, endpoint=False)
    for split in ("train", "val"):
        for kind in ("images", "labels"):
            (root / kind / split).mkdir(parents=True)
    for number in range(count):
        split = "val" if number % 5 == 0 else "train"
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=80, comment=f"{number}")
        (root / "images" / split / f"{number:06d}.jpg").write_bytes(buffer.getvalue())
        rows = []
        for instance in range(INSTANCES):
            center = rng.uniform(0.2, 0.8, 2)
            radii = rng.uniform(0.05, 0.15, POINTS)
            points = center + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
            rows.append(f"{instance % 3} " + " ".join(f"{x:.6f}" for x in points.ravel()))
        (root / "labels" / split / f"{number:06d}.txt").write_text("\n".join(rows) + "\n")
    (root / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [a, b, c]\n")
    return root


def make_coco(root: Path, objects: int) -> Path:
    """Small images, and one COCO file with all objects: each a polygon of 12 points."""
    (root / "images").mkdir(parents=True)
    rng = np.random.default_rng(2)
    picture = Image.fromarray(rng.integers(0, 255, (48, 64, 3), dtype=np.uint8))
    images, annotations = [], []
    for number in range(COCO_IMAGES):
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", comment=f"{number}")
        (root / "images" / f"{number:05d}.jpg").write_bytes(buffer.getvalue())
        images.append({"id": number, "file_name": f"{number:05d}.jpg", "width": 64, "height": 48})
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    for number in range(objects):
        center, radius = rng.uniform(15, 33, 2), rng.uniform(4, 12)
        points = center + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        annotations.append(
            {
                "id": number,
                "image_id": number % COCO_IMAGES,
                "category_id": 1 + number % 3,
                "segmentation": [np.round(points.ravel(), 2).tolist()],
                "bbox": [0, 0, 1, 1],
                "area": 1.0,
                "iscrowd": 0,
            }
        )
    categories = [{"id": 1 + place, "name": name} for place, name in enumerate("abc")]
    body = {"images": images, "annotations": annotations, "categories": categories}
    (root / "instances.json").write_text(json.dumps(body))
    return root


def make_hostile(root: Path, megabytes: int) -> Path:
    """A JSON file that begins as COCO does and goes on and on, and one image."""
    (root / "images").mkdir(parents=True)
    Image.new("RGB", (64, 48)).save(root / "images" / "a.jpg")
    with (root / "instances.json").open("w") as handle:
        handle.write('{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [')
        piece = '{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[' + "1," * 500_000
        handle.write(piece)
        for _ in range(megabytes):
            handle.write("1," * (1024**2 // 2))
    return root


def used_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def copy_and_read_headers(source: Path, target: Path, *, flush: bool) -> float:
    started = time.perf_counter()
    for path in sorted(source.rglob("*")):
        copy = target / path.relative_to(source)
        if path.is_dir():
            copy.mkdir(parents=True, exist_ok=True)
        elif path.suffix in {".jpg", ".jpeg", ".png", ".txt", ".yaml"}:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            if path.suffix in {".jpg", ".jpeg", ".png"}:
                with Image.open(copy) as image:
                    assert image.size
    if flush:
        os.sync()
    return time.perf_counter() - started


def run_import(source: Path, name: str, how: str = "import") -> Measured:
    """In a process of its own."""
    out = subprocess.run(
        [sys.executable, "-c", _IMPORT, str(source), name, how],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.split()
    return Measured(out[-6:])


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def bench_import(root: Path, source: Path, rounds: int) -> tuple[list[dict[str, Any]], str]:
    copies: list[tuple[float, float]] = []
    flushed: list[float] = []
    imports: list[Measured] = []
    for number in range(rounds):
        used = used_cpu()
        seconds = copy_and_read_headers(source, root / "copy", flush=False)
        copies.append((seconds, used_cpu() - used))
        shutil.rmtree(root / "copy")
        os.sync()
        imports.append(run_import(source, f"import {source.name} {number}"))
        os.sync()
        flushed.append(copy_and_read_headers(source, root / "copy", flush=True))
        shutil.rmtree(root / "copy")
    imports.sort(key=lambda each: each.seconds)
    middle = imports[len(imports) // 2]
    dry = run_import(source, f"look {source.name}", "dry")
    copy_s, copy_cpu_s = median([each[0] for each in copies]), median([each[1] for each in copies])
    rows = [
        {"what": "copy + headers", "seconds": copy_s, "cpu_s": copy_cpu_s},
        {"what": "copy + headers + flush", "seconds": median(flushed)},
        middle.row("import"),
        dry.row("dry run"),
    ]
    for row in rows:
        row |= {"images": middle.images, "ratio": row["seconds"] / copy_s}
        row |= {"images_per_s": middle.images / row["seconds"]}
        if "cpu_s" in row:
            row["cpu_ratio"] = row["cpu_s"] / copy_cpu_s
    return rows, middle.slug


def bench_export(root: Path, slug: str, address: str, token: str) -> list[dict[str, Any]]:
    import httpx

    folder = root / "datasets" / slug
    archive = root / "plain.zip"
    started = time.perf_counter()
    command = ["zip", "-0", "-q", "-r", str(archive), "images", "labels", "data.yaml"]
    tool = "zip -0"
    if shutil.which("zip"):
        subprocess.run(command, cwd=folder, check=True)
    else:
        tool = "python -m zipfile, stored"
        shutil.make_archive(str(archive.with_suffix("")), "zip", folder)
    plain = time.perf_counter() - started
    size_mb = archive.stat().st_size / 1e6
    with httpx.Client(base_url=address, headers={"Authorization": f"Token {token}"}) as client:
        started = time.perf_counter()
        first, received = 0.0, 0
        with client.stream("GET", f"/api/datasets/{slug}/export/", timeout=600) as answer:
            answer.raise_for_status()
            for piece in answer.iter_raw():
                first = first or time.perf_counter() - started
                received += len(piece)
        seconds = time.perf_counter() - started
    return [
        {"what": tool, "seconds": plain, "mb_per_s": size_mb / plain, "ratio": 1.0},
        {
            "what": "export over HTTP",
            "seconds": seconds,
            "mb_per_s": received / 1e6 / seconds,
            "ratio": (received / 1e6 / seconds) / (size_mb / plain),
            "first_byte_s": first,
        },
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--source", type=Path, help="a real dataset instead of made ones")
    parser.add_argument("--coco-objects", type=int, default=100_000)
    parser.add_argument("--hostile-megabytes", type=int, default=1024)
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with fresh_environment() as root, tempfile.TemporaryDirectory(dir=root) as made:
        if options.source:
            found, slug = bench_import(root, options.source, options.rounds)
            rows += found
        for count in () if options.source else options.images:
            source = make_source(Path(made) / f"{count}", count)
            found, slug = bench_import(root, source, options.rounds)
            rows += found
            shutil.rmtree(source)
        rows += other_rows(Path(made), options.coco_objects, options.hostile_megabytes)
        print_table([{**dict.fromkeys(_COLUMNS, ""), **row} for row in rows])
        exports = export_rows(root, slug)
        print_table([{**dict.fromkeys(_EXPORT_COLUMNS, ""), **row} for row in exports])
    write_result("import_export", rows, export=exports)


def other_rows(made: Path, coco_objects: int, hostile_megabytes: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for what, size, make, how in (
        ("COCO", coco_objects, make_coco, "import"),
        (f"hostile JSON, {hostile_megabytes:,} MB", hostile_megabytes, make_hostile, "refused"),
    ):
        if size:
            source = made / "other"
            _make: Callable[[Path, int], Path] = make
            rows.append(run_import(_make(source, size), what, how).row(what))
            shutil.rmtree(source)
    return rows


_COLUMNS = (
    *("what", "images", "objects", "seconds", "ratio", "cpu_s", "cpu_ratio", "images_per_s"),
    "peak_growth_mb",
)
_EXPORT_COLUMNS = ("what", "seconds", "mb_per_s", "ratio", "first_byte_s")


def export_rows(root: Path, slug: str) -> list[dict[str, Any]]:
    from django.contrib.auth.models import User

    from annotator.kernel.accounts.tokens import create_token
    from annotator.models import Dataset, Membership

    user = User.objects.create_user("bench")
    dataset = Dataset.objects.get(slug=slug)
    Membership.objects.create(dataset=dataset, user=user, role="lead")
    token = create_token(user, name="bench", days=1).key
    with web_server(root / "web.log") as address:
        return bench_export(root, slug, address, token)


if __name__ == "__main__":
    main()

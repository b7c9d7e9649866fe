"""P4 and P5: importing and exporting a labelled dataset, beside what cannot be beaten.

    .venv/bin/python bench/import_export.py [--images 2000] [--rounds 3] [--source FOLDER]

P4: import ÷ copying the same files and reading the image headers, in turns. Target ≤ 1.5, and
memory that does not grow with the number of images (peaks of two imports, one four times the
other). ``copy + flush`` also forces the copies to disk, as every import does.
P5: export over HTTP: first byte (target ≤ 0.3 s) and throughput ÷ ``zip -0`` (target ≥ 0.9).
"""

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from common import REPOSITORY, fresh_environment, print_table, web_server, write_result
from PIL import Image

INSTANCES, POINTS = 4, 60
_IMPORT = """
import sys, time, resource
sys.path.insert(0, "bench")
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from annotator.imports import imports
from annotator.datasets.datasets import create_dataset
dataset = create_dataset(owner=None, name=sys.argv[2])
row = imports.create_import(dataset, source_path=sys.argv[1], source_name="b", created_by=None)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.perf_counter()
job = imports.run_import(row.pk)
seconds = time.perf_counter() - started
assert job.state == "finished", job.error
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(dataset.slug, seconds, before / 1024, after / 1024, job.taken)
"""


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
    seconds = time.perf_counter() - started
    shutil.rmtree(target)
    return seconds


def run_import(source: Path, name: str) -> tuple[str, float, float, int]:
    """Slug, seconds, growth of the peak memory in MB, images."""
    out = subprocess.run(
        [sys.executable, "-c", _IMPORT, str(source), name],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return out[0], float(out[1]), float(out[3]) - float(out[2]), int(out[4])


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def bench_import(root: Path, source: Path, rounds: int) -> tuple[list[dict[str, Any]], str]:
    copies: list[float] = []
    flushed: list[float] = []
    imports: list[float] = []
    slug, growth, count = "", 0.0, 0
    for number in range(rounds):
        copies.append(copy_and_read_headers(source, root / "copy", flush=False))
        os.sync()
        slug, seconds, growth, count = run_import(source, f"import {number}")
        imports.append(seconds)
        os.sync()
        flushed.append(copy_and_read_headers(source, root / "copy", flush=True))
    copy = median(copies)
    rows: list[dict[str, Any]] = [
        {"what": "copy + headers", "seconds": copy, "ratio": 1.0, "images": count},
        {"what": "copy + headers + flush", "seconds": median(flushed)},
        {"what": "import", "seconds": median(imports), "peak_growth_mb": growth},
    ]
    for row in rows:
        row |= {"ratio": row["seconds"] / copy, "images_per_s": count / row["seconds"]}
    return rows, slug


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
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--source", type=Path, help="a real dataset instead of a made one")
    options = parser.parse_args()
    with fresh_environment() as root, tempfile.TemporaryDirectory(dir=root) as made:
        source = options.source or make_source(Path(made) / "full", options.images)
        rows, slug = bench_import(root, source, options.rounds)
        if options.source is None:
            quarter = make_source(Path(made) / "quarter", options.images // 4)
            _, _, growth, count = run_import(quarter, "quarter")
            rows.append({"what": "import of a quarter", "peak_growth_mb": growth, "images": count})
        print_table([{**dict.fromkeys(_COLUMNS, ""), **row} for row in rows])
        exports = export_rows(root, slug)
        print_table([{**dict.fromkeys(_EXPORT_COLUMNS, ""), **row} for row in exports])
    write_result("import_export", rows, export=exports)


_COLUMNS = ("what", "images", "seconds", "ratio", "images_per_s", "peak_growth_mb")
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

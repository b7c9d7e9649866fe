"""A look at a live folder of many images: when nothing changed, and after some changes.

    .venv/bin/python bench/living_folder.py [--images 100000] [--changes 100]

The first look is of a folder whose labels were never compared: it reads each label once. A look at
an unchanged folder reads no file. ``scandir_and_stat``: the same files listed and looked at by
Python alone, as the floor. ``ms_of_processor``: of this process.
"""

import argparse
import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from common import fresh_environment, print_table, write_result

BATCH = 5_000
LABEL = b"0 0.1 0.1 0.6 0.1 0.6 0.6\n"
OTHER = b"0 0.2 0.2 0.7 0.2 0.7 0.7\n"


def fill(dataset: Any, root: Path, count: int) -> None:
    """Finished images, each with a small file and a label."""
    from annotator.kernel.files import sha256_of
    from annotator.models import Image

    sha = sha256_of(LABEL)
    for start in range(0, count, BATCH):
        images = []
        for n in range(start, min(start + BATCH, count)):
            content = f"picture {n}".encode()
            name = f"img{n:07d}"
            (root / "images/train" / f"{name}.jpg").write_bytes(content)
            (root / "labels/train" / f"{name}.txt").write_bytes(LABEL)
            images.append(
                Image(
                    id=uuid.uuid4(),
                    dataset=dataset,
                    stem=name,
                    extension="jpg",
                    split="train",
                    status="done",
                    width=100,
                    height=100,
                    size_bytes=len(content),
                    sha256=sha256_of(content),
                    upload_sha256=sha256_of(content),
                    label_sha256=sha,
                    revision=1,
                )
            )
        Image.objects.bulk_create(images, batch_size=1000)


def floor(root: Path) -> None:
    for folder in ("images/train", "labels/train"):
        with os.scandir(root / folder) as entries:
            for entry in entries:
                entry.stat(follow_symlinks=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--changes", type=int, default=100)
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with fresh_environment():
        from django.contrib.auth.models import User

        from annotator import paths
        from annotator.datasets.datasets import create_dataset
        from annotator.folder.outside import folders
        from annotator.models import FolderAction

        user = User.objects.create_user("bench")
        dataset = create_dataset(owner=user, name="Bench", classes=[{"name": "duck"}])
        root = paths.dataset_dir(dataset)
        fill(dataset, root, options.images)
        time.sleep(3)  # files that were written a moment ago are waited for

        def measure(name: str, work: Callable[[], object]) -> None:
            started, used = time.perf_counter(), time.process_time()
            work()
            rows.append(
                {
                    "what": name,
                    "files": 2 * options.images,
                    "ms": (time.perf_counter() - started) * 1000,
                    "ms_of_processor": (time.process_time() - used) * 1000,
                    "changes": folders.count_waiting(dataset),
                }
            )

        def run(action: FolderAction) -> None:
            job = folders.run_folder_job(folders.create_job(dataset, action, {}, by=None).pk)
            assert job is not None, "another look is at work"
            assert job.state == "finished", job.error

        def look() -> None:
            run(FolderAction.LOOK)

        measure("scandir_and_stat", lambda: floor(root))
        measure("first look", look)
        measure("look, unchanged", look)
        step = max(1, options.images // options.changes)
        for n in range(0, options.images, step):
            (root / "labels/train" / f"img{n:07d}.txt").write_bytes(OTHER)
        time.sleep(3)
        measure(f"look, {options.changes} labels edited", look)
        measure("the same again", look)
        measure("taking them in", lambda: run(FolderAction.TAKE))
    print_table(rows)
    write_result("living_folder", rows)


if __name__ == "__main__":
    main()

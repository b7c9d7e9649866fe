"""What is looked at before a run, and what is measured."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from training.engine.host.limits import fit_workers

from ..harness import REPOSITORY, Answer, ask_engine, run_engine, train_request

pytestmark = pytest.mark.slow

MB = 1 << 20


def checks(answer: Answer) -> dict[str, tuple[bool, str]]:
    return {event["name"]: (event["ok"], event["detail"]) for event in answer.of_type("check")}


def test_a_run_that_can_begin_is_measured_and_leaves_nothing(dataset: Path) -> None:
    before = {path for path in dataset.rglob("*") if path.suffix != ".cache"}
    answer = run_engine("check", {**train_request(dataset, epochs=100, batch=4), "steps": 3})
    assert answer.last["type"] == "finished", answer.log[-3000:]
    found = checks(answer)
    assert list(found) == [
        *("device", "arguments", "data", "classes", "train", "val", "test", "disk", "steps")
    ]
    assert all(ok for ok, _ in found.values()), found
    assert "round, square" in found["classes"][1]
    assert found["train"][1].startswith("16 images, 16 with labels")
    finished = answer.last
    assert (finished["fits"], finished["batch"]) == (True, 4)
    assert 100 < finished["peak_memory_mb"] < finished["memory_total_mb"]
    assert finished["startup_seconds"] > 0.5
    # 4 batches of 4 images, and validation.
    training_seconds = 16 / finished["images_per_second"]
    assert training_seconds < finished["seconds_per_epoch"] < 4 * training_seconds
    after = {path for path in dataset.rglob("*") if path.suffix != ".cache"}
    assert {path.parts[len(dataset.parts)] for path in after - before} == {"config"}


@pytest.mark.parametrize(
    ("split", "rows", "check", "says"),
    [
        ("train", None, "train", "no images"),
        ("val", None, "val", "no images"),
        ("train", "7 0.1 0.1 0.5 0.1 0.5 0.5", "train", "class 7 does not exist"),
        ("val", "0 0.5 0.5 0.2 0.2", "val", "is a box"),
        ("train", "0 0.1 0.1 0.5 0.1 0.5 1.5", "train", "within the image"),
    ],
)
def test_what_ultralytics_would_drop_is_found_first(
    dataset: Path, split: str, rows: str | None, check: str, says: str
) -> None:
    images, labels = (dataset / "dataset" / kind / split for kind in ("images", "labels"))
    if rows is None:
        shutil.rmtree(images)
        images.mkdir()
    else:
        next(iter(sorted(labels.iterdir()))).write_text(rows)
    answer = ask_engine("check", {**train_request(dataset), "steps": 1})
    assert answer.last["code"] == "data_unreadable", answer.log[-3000:]
    ok, detail = checks(answer)[check]
    assert not ok
    assert says in detail
    assert detail in answer.last["message"]
    assert not (dataset / "run").exists()


def test_a_batch_that_does_not_fit_is_halved_until_it_does(dataset: Path) -> None:
    """The processor's memory stands in for a GPU's: the process may take little more than it does
    when it starts."""
    request = {**train_request(dataset, batch=16, imgsz=640), "steps": 1}
    limited = (
        "import os, resource, sys\n"
        f"resource.setrlimit(resource.RLIMIT_DATA, ({2800 * MB}, {2800 * MB}))\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'training.engine', 'check'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        # So that what the first attempt frees is free: the C library keeps smaller pieces.
        env={**os.environ, "MALLOC_MMAP_THRESHOLD_": str(1 << 18)},
    )
    answer = Answer(
        done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr
    )
    assert answer.last["type"] == "finished", answer.log[-3000:]
    assert answer.last["fits"] is False
    assert answer.last["batch"] in (1, 2, 4, 8)
    ok, detail = checks(answer)["steps"]
    assert not ok
    assert f"{answer.last['batch']} does" in detail


@pytest.mark.parametrize(
    ("changes", "expected", "says"),
    [
        ({}, 8, ""),
        ({"cpus": 3}, 3, "3 processors"),
        ({"shared_free": 64 * MB}, 0, "shm_size"),
        ({"memory_free": 1200 * MB}, 2, "1200 MB of memory"),
    ],
)
def test_workers_are_as_many_as_the_host_can_hold(
    changes: dict[str, Any], expected: int, says: str
) -> None:
    host = {"cpus": 16, "shared_free": 8000 * MB, "memory_free": 16000 * MB, **changes}
    workers, reason = fit_workers(8, batch=16, imgsz=640, **host)
    assert workers == expected
    assert says in reason
    assert bool(reason) == (expected < 8)

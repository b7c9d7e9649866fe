"""A full disk pauses the run; it goes on, whole, when there is room again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..harness import Answer, finish_engine, start_engine, train_request
from ..training.test_keep import rows_of
from ..training.test_train import read_until

pytestmark = pytest.mark.slow


@pytest.fixture
def small_disk(dataset: Path) -> Iterator[Path]:
    """``<dataset>/run`` on a file system of 256 MB of its own."""
    folder = dataset / "run"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        pytest.skip(f"no small disk to fill: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, *, leave_bytes: int) -> Path:
    """A file that takes all room on a disk but ``leave_bytes``."""
    filler = folder / "filler"
    status = os.statvfs(folder)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, status.f_bavail * status.f_frsize - leave_bytes)
    return filler


def start_and_fill(dataset: Path, small_disk: Path, *, leave_bytes: int) -> tuple[Any, Any, Path]:
    """A run whose disk fills up after its first checkpoint and that says so."""
    process = start_engine("train", train_request(dataset, epochs=3, batch=4))
    events = read_until(process, lambda event: event["type"] == "checkpoint")
    filler = fill(small_disk, leave_bytes=leave_bytes)
    events += read_until(process, lambda event: event["type"] == "paused")
    return process, events, filler


@pytest.mark.parametrize("leave_bytes", [0, 1 << 20])
def test_a_full_disk_is_waited_out(dataset: Path, small_disk: Path, leave_bytes: int) -> None:
    process, before, filler = start_and_fill(dataset, small_disk, leave_bytes=leave_bytes)
    paused = before[-1]
    assert paused["code"] == "disk_full"
    assert str(small_disk) in paused["message"]
    assert "writing" not in " ".join(path.name for path in (small_disk / "weights").iterdir())
    assert_loads(small_disk / "weights" / "last.pt")
    filler.unlink()
    rest = finish_engine(process)
    answer = Answer(rest.code, [*before, *rest.events], rest.log)
    assert answer.last["type"] == "finished", answer.log[-3000:]
    assert len(answer.of_type("paused")) == len(answer.of_type("resumed"))
    assert [event["epoch"] for event in answer.of_type("epoch")] == [1, 2, 3]
    assert [row["epoch"] for row in rows_of(dataset)] == ["1", "2", "3"]
    assert {path.name for path in (small_disk / "weights").iterdir()} == {"best.pt", "last.pt"}


def test_a_run_that_waits_for_room_can_be_cancelled(dataset: Path, small_disk: Path) -> None:
    process, _, _ = start_and_fill(dataset, small_disk, leave_bytes=0)
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    answer = finish_engine(process)
    assert (answer.code, answer.last["type"]) == (0, "cancelled")
    assert time.monotonic() - began < 20
    assert_loads(small_disk / "weights" / "last.pt")


def assert_loads(checkpoint: Path) -> None:
    program = "import sys, torch; torch.load(sys.argv[1], weights_only=False)"
    subprocess.run([sys.executable, "-c", program, str(checkpoint)], check=True)


def test_a_write_that_finds_no_room_is_tried_again(dataset: Path, small_disk: Path) -> None:
    """The look at the free space said yes, the write found no room (a quota, another writer)."""
    from training.engine.emitter import Emitter
    from training.engine.host.disk import DiskPatience, is_disk_full
    from training.engine.stopping import Stopping

    events = (dataset / "events.jsonl").open("w+")
    patience = DiskPatience(small_disk, Emitter(events), Stopping())
    filler = fill(small_disk, leave_bytes=1 << 20)
    calls = []

    def write() -> str:
        calls.append(1)
        if len(calls) == 2:
            filler.unlink()
        try:
            (small_disk / "two_megabytes").write_bytes(bytes(2 << 20))
        except OSError:
            (small_disk / "two_megabytes").unlink()
            raise
        return "written"

    assert patience.write(write, needed_bytes=1 << 10) == "written"
    assert len(calls) == 2
    assert patience.take_waited_seconds() > 0
    assert patience.take_waited_seconds() == 0
    events.seek(0)
    assert [line.split('"')[3] for line in events] == ["paused", "resumed"]
    assert not is_disk_full(OSError(2, "No such file"))

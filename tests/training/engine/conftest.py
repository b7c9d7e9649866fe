"""One trained model for all tests of the engine, also when they run in several processes."""

import fcntl
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from .harness import Answer, run_engine, train_request
from .ponds import draw_dataset

EVALUATED = {"imgsz": 96, "batch": 16}


class Trained(NamedTuple):
    folder: Path
    checkpoint: Path
    data_yaml: Path
    sockets: Path


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A model that found something: 24 epochs from scratch on drawn ellipses and squares."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base
    folder = shared / "trained_engine"
    result = Trained(
        folder,
        folder / "run" / "weights" / "best.pt",
        folder / "dataset" / "data.yaml",
        folder / "sockets.log",
    )
    with (shared / "trained_engine.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "events.json").exists():
            return result
        shutil.rmtree(folder, ignore_errors=True)
        draw_dataset(
            folder / "dataset", counts={"train": 64, "val": 24, "test": 8}, size_wh=(96, 72)
        )
        answer = run_engine(
            "train",
            train_request(folder, epochs=24, imgsz=96, arguments={}),
            environment=socket_log(folder),
        )
        assert answer.last["type"] == "finished", answer.log[-3000:]
        write_events(folder, answer)
    return result


def socket_log(folder: Path) -> dict[str, str]:
    """An environment in which every socket that Python opens is noted in ``sockets.log``."""
    site = folder / "site"
    site.mkdir(parents=True, exist_ok=True)
    (site / "sitecustomize.py").write_text(
        "import sys\n"
        "def note(event, args):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.gethostbyname'):\n"
        f"        with open({str(folder / 'sockets.log')!r}, 'a') as log:\n"
        "            log.write(f'{event} {args[1:] if event == \"socket.connect\" else args}\\n')\n"
        "sys.addaudithook(note)\n"
    )
    return {"PYTHONPATH": str(site)}


def write_events(folder: Path, answer: Answer) -> None:
    import json

    (folder / "events.json").write_text(json.dumps(answer.events))
    (folder / "run.log").write_text(answer.log)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """A folder with a small dataset, for a run of its own."""
    draw_dataset(tmp_path / "dataset", counts={"train": 16, "val": 8, "test": 4}, size_wh=(64, 48))
    return tmp_path

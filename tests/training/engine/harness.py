"""Runs the engine as its caller does: a process, one request, lines of JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from .warm import warm_engine

REPOSITORY = Path(__file__).parents[3]
NO_PLOTS = {"plots": False}
"""Drawing its plots takes a run of two small epochs more time than all the rest."""


class Answer(NamedTuple):
    code: int
    events: list[dict[str, Any]]
    log: str

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    @property
    def last(self) -> dict[str, Any]:
        return self.events[-1]


def start_engine(
    command: str, request: dict[str, Any], *, environment: dict[str, str] | None = None
) -> subprocess.Popen[str]:
    """The engine with its request written; read its events from ``stdout``."""
    process = subprocess.Popen(
        [sys.executable, "-m", "training.engine", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, **(environment or {})},
    )
    assert process.stdin
    process.stdin.write(json.dumps(request))
    process.stdin.close()
    process.stdin = None  # so that communicate() does not flush it again
    return process


def finish_engine(process: subprocess.Popen[str]) -> Answer:
    out, log = process.communicate(timeout=300)
    return Answer(process.returncode, [json.loads(line) for line in out.splitlines()], log)


def run_engine(
    command: str, request: dict[str, Any], *, environment: dict[str, str] | None = None
) -> Answer:
    return finish_engine(start_engine(command, request, environment=environment))


def ask_engine(
    command: str, request: dict[str, Any], *, environment: dict[str, str] | None = None
) -> Answer:
    """What an engine answers that is warm already: for questions that any engine answers alike."""
    code, out, log = warm_engine().ask(command, request, environment or {})
    return Answer(code, [json.loads(line) for line in out.splitlines()], log)


def train_request(folder: Path, **changes: Any) -> dict[str, Any]:
    """A small run of the dataset in ``folder/dataset``."""
    return {
        "data_yaml": str(folder / "dataset" / "data.yaml"),
        "model": "yolov8n-seg.yaml",
        "resume": False,
        "epochs": 2,
        "imgsz": 64,
        "batch": 8,
        "device": "cpu",
        "seed": 0,
        "patience": 100,
        "lr0": None,
        "workers": 0,
        "run_dir": str(folder / "run"),
        "weights_dir": str(folder / "weights"),
        "allow_download": False,
        "config_dir": str(folder / "config"),
        "arguments": NO_PLOTS,
        **changes,
    }

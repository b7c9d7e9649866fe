"""SIGUSR2: stop at this batch and keep what was learnt. SIGUSR1: say where it stands."""

import csv
import signal
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Trained
from ..harness import Answer, ask_engine, finish_engine, start_engine, train_request
from .test_train import read_until

pytestmark = pytest.mark.slow


def stop_and_keep(dataset: Path, is_time: Any, **changes: Any) -> Answer:
    """A long run that gets SIGUSR2 at an event; all its events."""
    process = start_engine("train", train_request(dataset, epochs=500, **changes))
    events = read_until(process, is_time)
    process.send_signal(signal.SIGUSR2)
    answer = finish_engine(process)
    return Answer(answer.code, [*events, *answer.events], answer.log)


def rows_of(dataset: Path) -> list[dict[str, str]]:
    with (dataset / "run" / "results.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("event", ["started", "batch", "checkpoint"])
def test_a_stopped_run_finishes_with_what_it_has(dataset: Path, event: str) -> None:
    answer = stop_and_keep(dataset, lambda seen: seen["type"] == event, batch=2)
    assert answer.last["type"] == "finished", answer.log[-3000:]
    assert answer.code == 0
    assert answer.last["stopped_early"] is True
    epochs = [seen["epoch"] for seen in answer.of_type("epoch")]
    assert epochs == list(range(1, answer.last["epochs_done"] + 1))
    assert len(rows_of(dataset)) == len(epochs) < 100
    if event != "checkpoint":
        assert epochs == [1]
    assert {path.name for path in (dataset / "run" / "weights").iterdir()} == {"best.pt", "last.pt"}
    for name in ("best", "last"):
        found = ask_engine(
            "predict",
            {
                "checkpoint": answer.last[name],
                "images": [],
                "conf": 0.25,
                "iou": 0.7,
                "imgsz": 64,
                "device": "cpu",
                "config_dir": str(dataset / "config"),
            },
        )
        assert found.last["class_names"] == ["round", "square"]


def test_a_run_that_ends_by_itself_was_not_stopped(trained: Trained) -> None:
    import json

    events = json.loads((trained.folder / "events.json").read_text())
    assert events[-1]["stopped_early"] is False


def test_the_stacks_are_written_to_the_log_and_the_run_goes_on(dataset: Path) -> None:
    process = start_engine("train", train_request(dataset, epochs=2))
    read_until(process, lambda event: event["type"] == "batch")
    process.send_signal(signal.SIGUSR1)
    answer = finish_engine(process)
    assert answer.last["type"] == "finished", answer.log[-3000:]
    assert "most recent call first" in answer.log
    assert "ultralytics/engine/trainer.py" in answer.log

"""TensorBoard's files in the run folder, MLflow where it was asked for, nothing else."""

import struct
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from ..harness import run_engine, train_request

pytestmark = pytest.mark.slow


def scalars_of(folder: Path) -> Iterator[tuple[str, int, float]]:
    """Tag, step and value of all scalars in a folder's event files."""
    from tensorboard.compat.proto.event_pb2 import Event

    for path in folder.glob("events.out.tfevents.*"):
        content = path.read_bytes()
        while content:
            (length,) = struct.unpack("<Q", content[:8])
            event = Event.FromString(content[12 : 12 + length])
            content = content[16 + length :]
            for value in event.summary.value:
                yield value.tag, event.step, value.simple_value


def test_event_files_hold_the_curves_of_the_run(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # Ultralytics logs nothing in its own tests
    answer = run_engine(
        "train", train_request(dataset, epochs=2, imgsz=32, mlflow_uri="http://127.0.0.1:9")
    )
    assert answer.last["type"] == "finished", answer.log[-3000:]
    scalars = list(scalars_of(dataset / "run"))
    losses = {step: value for tag, step, value in scalars if tag == "train/seg_loss"}
    assert losses == {
        event["epoch"]: pytest.approx(event["train"]["seg"], abs=1e-4)
        for event in answer.of_type("epoch")
    }
    assert {"lr/pg0", "metrics/mAP50-95(M)"} <= {tag for tag, _, _ in scalars}
    if not find_spec("mlflow"):
        warnings = [event["message"] for event in answer.of_type("warning")]
        assert any("the package mlflow is not installed" in message for message in warnings)

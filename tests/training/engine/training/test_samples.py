"""Sample images, predicted as the model learns, without a trace in the training."""

import subprocess
import sys
from pathlib import Path

import pytest

from ..harness import REPOSITORY, ask_engine, train_request

pytestmark = pytest.mark.slow


def test_a_run_with_samples_ends_with_the_weights_of_one_without(dataset: Path) -> None:
    pictures = sorted((dataset / "dataset" / "images" / "val").iterdir())[:2]
    samples = [{"key": path.stem, "path": str(path)} for path in pictures]
    damaged = dataset / "damaged.png"
    damaged.write_bytes(b"no picture")
    plain = ask_engine(
        "train", train_request(dataset, epochs=3, run_dir=str(dataset / "plain"), imgsz=64)
    )
    sampled = ask_engine(
        "train",
        train_request(
            dataset,
            epochs=3,
            run_dir=str(dataset / "sampled"),
            sample_every=2,
            sample_images=[*samples, {"key": "damaged", "path": str(damaged)}],
        ),
    )
    assert plain.last["type"] == sampled.last["type"] == "finished", sampled.log[-3000:]
    events = sampled.of_type("sample")
    assert [event["epoch"] for event in events] == [2]
    assert [(image["key"], image["width"], image["height"]) for image in events[0]["images"]] == [
        (path.stem, 64, 48) for path in pictures
    ]
    assert not plain.of_type("sample")
    assert [event["val"] for event in plain.of_type("epoch")] == [
        event["val"] for event in sampled.of_type("epoch")
    ]
    assert_same_weights(plain.last["last"], sampled.last["last"])


def assert_same_weights(first: str, second: str) -> None:
    program = (
        "import sys, torch\n"
        "one, two = (torch.load(path, weights_only=False)['model'].state_dict()\n"
        "            for path in sys.argv[1:])\n"
        "assert one.keys() == two.keys() and len(one) > 100\n"
        "assert all(torch.equal(one[key], two[key]) for key in one)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, first, second],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr

"""The engine on a real GPU: train with loader workers, evaluate, predict, run out of memory."""

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.training.engine.harness import (
    Answer,
    finish_engine,
    run_engine,
    start_engine,
    train_request,
)
from tests.training.engine.training.test_train import read_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def run(gpu: str, gpu_folder: Path) -> Answer:
    return run_engine(
        "train",
        train_request(gpu_folder, device=gpu, epochs=20, imgsz=160, batch=16, workers=4),
    )


def test_a_run_on_the_gpu_learns(run: Answer) -> None:
    assert run.last["type"] == "finished", run.log[-3000:]
    assert run.events[0]["device_name"] != "cpu"
    assert run.last["mask"]["map50"] > 0.2
    assert all(event["gpu_memory_mb"] > 0 for event in run.of_type("batch"))


def test_the_gpu_is_listed_with_its_memory(gpu: str) -> None:
    device = next(d for d in run_engine("devices", {}).last["devices"] if d["id"] == gpu)
    assert 0 < device["memory_free_mb"] <= device["memory_total_mb"]


def test_evaluation_on_gpu_and_processor_agree(run: Answer, gpu: str, gpu_folder: Path) -> None:
    figures = []
    for device in (gpu, "cpu"):
        answer = run_engine(
            "evaluate",
            {
                "checkpoint": run.last["best"],
                "data_yaml": str(gpu_folder / "dataset" / "data.yaml"),
                "split": "val",
                "imgsz": 160,
                "batch": 16,
                "device": device,
                "out_dir": str(gpu_folder / f"evaluation_{device}"),
                "config_dir": str(gpu_folder / "config"),
            },
        )
        assert answer.last["type"] == "finished", answer.log[-3000:]
        figures.append([*answer.last["box"].values(), *answer.last["mask"].values()])
    assert figures[0] == pytest.approx(figures[1], abs=0.02)


def test_prediction_on_the_gpu(run: Answer, gpu: str, gpu_folder: Path) -> None:
    paths = sorted((gpu_folder / "dataset" / "images" / "val").iterdir())
    answer = run_engine(
        "predict",
        {
            "checkpoint": run.last["best"],
            "images": [{"key": path.name, "path": str(path)} for path in paths],
            "conf": 0.25,
            "iou": 0.7,
            "imgsz": 160,
            "device": gpu,
            "config_dir": str(gpu_folder / "config"),
        },
    )
    assert answer.last["image_count"] == len(paths)
    assert answer.last["instance_count"] > 0


def test_cancel_on_the_gpu_leaves_no_worker_process(gpu: str, gpu_folder: Path) -> None:
    import psutil

    request: dict[str, Any] = train_request(
        gpu_folder, device=gpu, epochs=500, workers=4, run_dir=str(gpu_folder / "cancelled")
    )
    process = start_engine("train", request)
    read_until(process, lambda event: event["type"] == "epoch")
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    answer = finish_engine(process)
    assert (answer.code, answer.last["type"]) == (0, "cancelled")
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive


def test_out_of_memory_is_said_so(gpu: str, gpu_folder: Path) -> None:
    """Far too large for any GPU of today, also after Ultralytics has halved the batch thrice."""
    request = train_request(
        gpu_folder,
        device=gpu,
        model="yolov8x-seg.yaml",
        imgsz=8192,
        batch=64,
        epochs=1,
        run_dir=str(gpu_folder / "too_large"),
    )
    answer = run_engine("train", request)
    assert answer.last["code"] == "out_of_memory", answer.log[-3000:]
    assert "smaller batch" in answer.last["hint"]


def test_two_gpus_share_one_run(gpu_folder: Path) -> None:
    devices = run_engine("devices", {}).last["devices"]
    gpus = [device["id"] for device in devices if device["kind"] == "gpu"]
    if len(gpus) < 2:
        pytest.skip("this machine has no second GPU")
    request = train_request(
        gpu_folder,
        device=",".join(gpus[:2]),
        epochs=500,
        imgsz=160,
        batch=16,
        workers=2,
        run_dir=str(gpu_folder / "shared"),
    )
    process = start_engine("train", request)
    events = read_until(process, lambda event: event["type"] == "checkpoint")
    process.send_signal(signal.SIGUSR2)
    answer = finish_engine(process)
    assert answer.last["type"] == "finished", answer.log[-3000:]
    assert answer.last["stopped_early"]
    epochs = [e["epoch"] for e in (*events, *answer.events) if e["type"] == "epoch"]
    assert epochs == list(range(1, answer.last["epochs_done"] + 1))

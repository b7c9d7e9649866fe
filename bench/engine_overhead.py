"""P1: a run through the engine against plain ``yolo segment train``, alternating.

    .venv/bin/python bench/engine_overhead.py [--epochs 4] [--rounds 5] [--device cpu]

Both train the same drawn dataset from scratch with the same arguments, threads and seed. *Epochs*
is the time of the epochs as results.csv of each has it; *start* is the rest: imports, building the
model, the final validation and plots; *peak* is the most host memory that the process (or one of
its loader workers) held. Then both predict the same pictures with the model of the engine's run:
pictures per second between the first result and the last. Target: epochs ≤ 1.01, start ≤ 1 s more.
"""

import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from common import REPOSITORY, print_table, write_result

from tests.training.engine.ponds import draw_dataset
from training.engine.host.environment import cpu_threads

_MB = 1 << 20


class Measured(NamedTuple):
    epochs_seconds: float
    rest_seconds: float
    peak_mb: float
    predicted_per_second: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=64)
    parser.add_argument("--imgsz", type=int, default=160)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="engine-overhead-"))
    try:
        draw_dataset(folder / "dataset", counts={"train": options.images, "val": 16, "test": 4})
        rounds = []
        for number in range(options.rounds):
            # Whoever goes first meets the colder cache: take turns.
            pair = [_through_engine, _plain] if number % 2 else [_plain, _through_engine]
            measured = {run.__name__: run(folder, options) for run in pair}
            rounds.append((measured["_plain"], measured["_through_engine"]))
    finally:
        shutil.rmtree(folder)
    rows = [
        {
            "round": number + 1,
            "plain_epochs_s": plain.epochs_seconds,
            "engine_epochs_s": engine.epochs_seconds,
            "epochs_ratio": engine.epochs_seconds / plain.epochs_seconds,
            "plain_rest_s": plain.rest_seconds,
            "engine_rest_s": engine.rest_seconds,
            "rest_extra_s": engine.rest_seconds - plain.rest_seconds,
            "plain_peak_mb": plain.peak_mb,
            "engine_peak_mb": engine.peak_mb,
            "plain_predicted_per_s": plain.predicted_per_second,
            "engine_predicted_per_s": engine.predicted_per_second,
        }
        for number, (plain, engine) in enumerate(rounds)
    ]
    print_table(rows)
    predicted = statistics.median(
        row["engine_predicted_per_s"] / row["plain_predicted_per_s"] for row in rows
    )
    peak = statistics.median(row["engine_peak_mb"] - row["plain_peak_mb"] for row in rows)
    ratio = statistics.median(row["epochs_ratio"] for row in rows)
    extra = statistics.median(row["rest_extra_s"] for row in rows)
    print(f"\nepochs: engine ÷ plain, median {ratio:.3f}   (target 1.01)")
    print(f"start and end: engine − plain, median {extra:+.2f} s   (target 1 s)")
    print(f"peak memory: engine − plain, median {peak:+.0f} MB")
    print(f"pictures predicted per second: engine ÷ plain, median {predicted:.3f}")
    path = write_result(
        "engine_overhead",
        rows,
        target="P1",
        options=vars(options),
        load_1m=os.getloadavg()[0],
        epochs_ratio_median=ratio,
        rest_extra_seconds_median=extra,
        peak_extra_mb_median=peak,
        predicted_ratio_median=predicted,
    )
    print(path)


def _through_engine(folder: Path, options: Any) -> Measured:
    run = folder / "engine"
    request = {
        "data_yaml": str(folder / "dataset" / "data.yaml"),
        "model": "yolov8n-seg.yaml",
        "resume": False,
        "epochs": options.epochs,
        "imgsz": options.imgsz,
        "batch": 8,
        "device": options.device,
        "seed": 0,
        "patience": 100,
        "lr0": None,
        "workers": 4,
        "run_dir": str(run),
        "weights_dir": str(folder),
        "allow_download": False,
        "config_dir": str(folder / "config"),
    }
    total, peak = _time_process(
        [sys.executable, "-m", "training.engine", "train"], text=json.dumps(request)
    )
    best = str(shutil.copy(run / "weights" / "best.pt", folder / "best.pt"))
    epochs = _epochs_seconds(run)
    prediction = {
        "checkpoint": best,
        "images": [{"key": path, "path": path} for path in _pictures(folder)],
        "conf": 0.25,
        "iou": 0.7,
        "imgsz": options.imgsz,
        "device": options.device,
        "config_dir": str(folder / "config"),
    }
    rate = _predicted_per_second(
        [sys.executable, "-m", "training.engine", "predict"],
        text=json.dumps(prediction),
        is_result=lambda line: line.startswith('{"type": "image"'),
    )
    return Measured(epochs, total - epochs, peak, rate)


def _plain(folder: Path, options: Any) -> Measured:
    """``yolo segment train`` in the engine's environment, with the engine's number of threads."""
    run = folder / "plain"
    program = (
        "import sys, torch\n"
        "from ultralytics import YOLO\n"
        "model = YOLO('yolov8n-seg.yaml')\n"
        "threads = int(sys.argv[1])\n"
        "if threads:\n"
        "    model.add_callback('on_pretrain_routine_start',\n"
        "                       lambda _: torch.set_num_threads(threads))\n"
        "model.train(data=sys.argv[2], epochs=int(sys.argv[3]), imgsz=int(sys.argv[4]), batch=8,\n"
        "            device=sys.argv[5], seed=0, patience=100, workers=4, save_dir=sys.argv[6])\n"
    )
    threads = cpu_threads() if options.device == "cpu" else 0
    environment = {
        **os.environ,
        "YOLO_OFFLINE": "1",
        "YOLO_AUTOINSTALL": "False",
        "YOLO_CONFIG_DIR": str(folder / "config"),
        "OMP_NUM_THREADS": str(threads or 1),
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    total, peak = _time_process(
        [
            *(sys.executable, "-c", program, str(threads)),
            *(str(folder / "dataset" / "data.yaml"), str(options.epochs), str(options.imgsz)),
            *(options.device, str(run)),
        ],
        environment=environment,
    )
    best = str(shutil.copy(run / "weights" / "best.pt", folder / "best.pt"))
    epochs = _epochs_seconds(run)
    predict = (
        "import sys, torch\n"
        "from ultralytics import YOLO\n"
        "model = YOLO(sys.argv[1])\n"
        "if int(sys.argv[2]):\n"
        "    model.add_callback('on_predict_start',\n"
        "                       lambda _: torch.set_num_threads(int(sys.argv[2])))\n"
        "for path in sys.argv[5:]:\n"
        "    result = model.predict(path, imgsz=int(sys.argv[3]), device=sys.argv[4],\n"
        "                           verbose=False)[0]\n"
        "    if result.masks:\n"
        "        result.masks.xy\n"
        "    print('result', flush=True)\n"
    )
    rate = _predicted_per_second(
        [
            *(sys.executable, "-c", predict, best, str(threads), str(options.imgsz)),
            *(options.device, *_pictures(folder)),
        ],
        environment=environment,
        is_result=lambda line: line == "result\n",
    )
    return Measured(epochs, total - epochs, peak, rate)


def _pictures(folder: Path) -> list[str]:
    return [str(path) for path in sorted((folder / "dataset" / "images" / "train").iterdir())]


def _start(
    command: list[str], *, text: str, environment: dict[str, str] | None, out: int
) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=out,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=REPOSITORY,
        env=environment,
    )
    assert process.stdin
    process.stdin.write(text)
    process.stdin.close()
    return process


def _time_process(
    command: list[str], *, text: str = "", environment: dict[str, str] | None = None
) -> tuple[float, float]:
    """Seconds that a process took, and its peak memory in MB."""
    began = time.perf_counter()
    process = _start(command, text=text, environment=environment, out=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return time.perf_counter() - began, usage.ru_maxrss * 1024 / _MB


def _predicted_per_second(
    command: list[str],
    *,
    is_result: Callable[[str], bool],
    text: str = "",
    environment: dict[str, str] | None = None,
) -> float:
    """Results per second, from the first that a process writes to the last."""
    with _start(command, text=text, environment=environment, out=subprocess.PIPE) as process:
        assert process.stdout
        times = [time.perf_counter() for line in process.stdout if is_result(line)]
    assert process.returncode == 0, command
    return (len(times) - 1) / (times[-1] - times[0])


def _epochs_seconds(run: Path) -> float:
    """Seconds of a run's epochs; its folder is taken away."""
    with (run / "results.csv").open() as file:
        epochs = float(list(csv.DictReader(file))[-1]["time"])
    shutil.rmtree(run)
    return epochs


if __name__ == "__main__":
    main()

"""P1: a run through the engine against plain ``yolo segment train``, alternating.

    .venv/bin/python bench/engine_overhead.py [--epochs 4] [--rounds 3] [--device cpu]

Both train the same drawn dataset from scratch with the same arguments, threads and seed. *Epochs*
is the time of the epochs as results.csv of each has it; *start* is the rest: imports, building the
model, the final validation and plots. Target: epochs ≤ 1.01, start ≤ 1 s more.
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
from pathlib import Path
from typing import Any

from common import REPOSITORY, print_table, write_result

from tests.training.engine.ponds import draw_dataset
from training.engine.environment import cpu_threads

Times = tuple[float, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
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
            "plain_epochs_s": plain[0],
            "engine_epochs_s": engine[0],
            "epochs_ratio": engine[0] / plain[0],
            "plain_rest_s": plain[1],
            "engine_rest_s": engine[1],
            "rest_extra_s": engine[1] - plain[1],
        }
        for number, (plain, engine) in enumerate(rounds)
    ]
    print_table(rows)
    ratio = statistics.median(row["epochs_ratio"] for row in rows)
    extra = statistics.median(row["rest_extra_s"] for row in rows)
    print(f"\nepochs: engine ÷ plain, median {ratio:.3f}   (target 1.01)")
    print(f"start and end: engine − plain, median {extra:+.2f} s   (target 1 s)")
    path = write_result(
        "engine_overhead",
        rows,
        target="P1",
        options=vars(options),
        load_1m=os.getloadavg()[0],
        epochs_ratio_median=ratio,
        rest_extra_seconds_median=extra,
    )
    print(path)


def _through_engine(folder: Path, options: Any) -> Times:
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
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "training.engine", "train"],
        input=json.dumps(request),
        text=True,
        check=True,
        capture_output=True,
        cwd=REPOSITORY,
    )
    return _times(run, time.perf_counter() - began)


def _plain(folder: Path, options: Any) -> Times:
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
    began = time.perf_counter()
    subprocess.run(
        [
            sys.executable,
            "-c",
            program,
            str(threads),
            str(folder / "dataset" / "data.yaml"),
            str(options.epochs),
            str(options.imgsz),
            options.device,
            str(run),
        ],
        check=True,
        capture_output=True,
        env=environment,
    )
    return _times(run, time.perf_counter() - began)


def _times(run: Path, total: float) -> Times:
    """Seconds of the epochs and of everything else; the run's folder is taken away."""
    with (run / "results.csv").open() as file:
        epochs = float(list(csv.DictReader(file))[-1]["time"])
    shutil.rmtree(run)
    return epochs, total - epochs


if __name__ == "__main__":
    main()

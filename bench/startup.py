"""P10: from `make run` to the first page on a second start, and the memory of everything idle.

    .venv/bin/python bench/startup.py [--starts 5]

Anchor: Label Studio 2.5 s, 264 MB, without queue and worker. Target: 3 s and 350 MB with both.
"""

import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from tests.services import die_with_parent, free_port  # noqa: E402

TARGET_SECONDS = 3.0
TARGET_MEGABYTES = 350


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def memory_megabytes(root: psutil.Process) -> dict[str, float]:
    """Proportional set size of each process, shared pages counted once."""
    sizes: dict[str, float] = {}
    for process in [root, *root.children(recursive=True)]:
        line = " ".join(process.cmdline())
        names = ["valkey-server", "config.serve", "--queues=gpu", "--queues=cpu", "config.launch"]
        name = next((name for name in names if name in line), process.name())
        sizes[name] = round(sizes.get(name, 0) + process.memory_full_info().pss / 1e6, 1)
    return sizes


def start_once(data: Path, settle_seconds: float) -> tuple[float, dict[str, float]]:
    """Start, time the first page, wait until all is quiet, weigh, stop."""
    port = free_port()
    environment = {**os.environ, "SEGLOOP_DATA": str(data), "SEGLOOP_PORT": str(port)}
    log = data.parent / "output.txt"
    with log.open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            ["make", "run"],
            cwd=REPOSITORY,
            env=environment,
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent,
        )
    try:
        while not answers(port):
            if process.poll() is not None or time.perf_counter() - began > 900:
                raise RuntimeError(log.read_text())
            time.sleep(0.01)
        seconds = time.perf_counter() - began
        while "Ctrl-C stops" not in log.read_text():
            time.sleep(0.05)
        time.sleep(settle_seconds)
        return seconds, memory_megabytes(psutil.Process(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def measure(starts: int, settle_seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="segloop-bench-") as folder:
        data = Path(folder) / "data"
        first, _ = start_once(data, 0)
        runs = [start_once(data, settle_seconds if not i else 0) for i in range(starts)]
    memory = runs[0][1]
    seconds = [round(run[0], 3) for run in runs]
    return {
        "first_start_seconds": round(first, 3),
        "second_start_seconds": seconds,
        "second_start_median_seconds": round(statistics.median(seconds), 3),
        "memory_megabytes": memory,
        "memory_total_megabytes": round(sum(memory.values()), 1),
        "target_seconds": TARGET_SECONDS,
        "target_megabytes": TARGET_MEGABYTES,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--settle-seconds", type=float, default=15)
    parser.add_argument("--json", type=Path, default=REPOSITORY / "bench/results/startup.json")
    arguments = parser.parse_args()
    result = measure(arguments.starts, arguments.settle_seconds)
    median, total = result["second_start_median_seconds"], result["memory_total_megabytes"]
    print(f"{'P10':<34}{'measured':>12}{'target':>12}")
    print(f"{'start on a new data folder':<34}{result['first_start_seconds']:>10.2f} s")
    print(f"{'second start → first page, median':<34}{median:>10.2f} s{TARGET_SECONDS:>10.1f} s")
    for name, size in result["memory_megabytes"].items():
        print(f"{'  ' + name:<34}{size:>9.1f} MB")
    print(f"{'idle memory of everything':<34}{total:>9.1f} MB{TARGET_MEGABYTES:>9} MB")
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(result, indent=2) + "\n")
    return 0 if median <= TARGET_SECONDS and total <= TARGET_MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main())

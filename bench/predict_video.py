"""P13: predicting on videos, beside decoding alone and the model alone, and memory by length.

    .venv/bin/python bench/predict_video.py [VIDEO …] [--model FILE.pt] [--imgsz 640] [--rounds 3]

``ratio``: frames a second of the engine (from its first frame to its end: decoding, the model,
polygons, events) ÷ the slower of PyAV's bare decoding and the model on frames in memory, in turns;
target ≥ 0.95. Each in a process of its own; imports and loading do not count. Without a VIDEO one
is drawn, without a model a small one with random weights is taken. Memory: peaks of the engine on
the first video, looped to so many minutes without encoding it anew, at ``--memory-imgsz`` (64: the
number of frames counts, not what the model makes of them); they are to be equal.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from common import REPOSITORY, print_table, write_result
from video_frames import draw_video, loop

_DECODER = """
import sys, time
import av
started = time.perf_counter()
with av.open(sys.argv[1]) as container:
    container.streams.video[0].thread_type = "AUTO"
    count = 0
    for frame in container.decode(video=0):
        count += 1
        if count == int(sys.argv[2]):
            break
print(count, time.perf_counter() - started)
"""
_MODEL = """
import json, sys, time
from training.engine.host.environment import prepare_environment
request = json.loads(sys.argv[1])
prepare_environment(config_dir=request["config_dir"], device=request["device"])
from training.engine.measuring.predict import load_predictor
from annotator.labels.video.reading import VideoReader
import numpy as np
predictor = load_predictor(request, lambda event: None)
size = predictor.batch_size(None)
with VideoReader(request["video"]) as reader:
    images = []
    for frame in reader.frames():
        images.append(np.ascontiguousarray(reader.to_rgb(frame)[:, :, ::-1]))
        if len(images) == max(size, 32):
            break
batches = [images[start:start + size] for start in range(0, len(images), size)]
predictor(batches[0])
count, started = 0, time.perf_counter()
while count < int(sys.argv[2]):
    for batch in batches:
        predictor(batch)
        count += len(batch)
print(count, time.perf_counter() - started)
"""
_ENGINE = """
import os, resource, sys
from training.engine.__main__ import main
code = main(["video"])
os.write(2, f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}\\n".encode())
sys.exit(code)
"""
_NEW_MODEL = """
import sys
from training.engine.host.environment import prepare_environment
prepare_environment(config_dir=sys.argv[2], device="cpu")
from ultralytics import YOLO
YOLO("yolov8n-seg.yaml").save(sys.argv[1])
"""


def run(code: str, *arguments: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    words = done.stdout.split()[-2:]
    return [float(word) for word in words if word.replace(".", "", 1).isdecimal()]


def run_engine(request: dict[str, Any]) -> tuple[int, float, float]:
    """Frames, seconds between the first event with frames and the last, and the peak in MB."""
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            [sys.executable, "-c", _ENGINE],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(request))
        process.stdin.close()
        count, began, ended, before = 0, 0.0, 0.0, 0
        for line in process.stdout:
            event = json.loads(line)
            now = time.perf_counter()
            if event["type"] == "failed":
                raise SystemExit(event["message"])
            if event["type"] == "frames":
                if not began:  # what came before it includes the first pass of the model
                    began, before = now, len(event["frames"])
                count += len(event["frames"])
                ended = now
        process.wait()
        errors.seek(0)
        (peak,) = [line for line in errors if line.startswith("peak ")]
    return count - before, ended - began, float(peak.split()[1])


def compare(video: Path, request: dict[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    best: dict[str, float] = {}
    peak = 0.0
    frames = 0
    for _ in range(options.rounds):
        count, seconds = run(_DECODER, str(video), str(options.frames))
        best["decoder"] = max(best.get("decoder", 0), count / seconds)
        count, seconds = run(_MODEL, json.dumps({**request, "video": str(video)}), "100")
        best["model"] = max(best.get("model", 0), count / seconds)
        frames, seconds, peak = run_engine({**request, "video": str(video)})
        best["engine"] = max(best.get("engine", 0), frames / max(seconds, 1e-9))
    slower = min(best["decoder"], best["model"])
    return {
        "video": video.name,
        "track": request["track"] or "no",
        "frames": frames,
        "decoder frames/s": round(best["decoder"], 1),
        "model frames/s": round(best["model"], 1),
        "frames/s": round(best["engine"], 1),
        "ratio": round(best["engine"] / slower, 3),
        "peak MB": round(peak),
    }


def measure_memory(
    video: Path, folder: Path, request: dict[str, Any], options: argparse.Namespace
) -> list[dict[str, Any]]:
    rows = []
    for length in options.minutes:
        long = loop(video, folder / f"{length:g}min{video.suffix}", minutes=length)
        count, seconds, peak = run_engine(
            {**request, "video": str(long), "imgsz": options.memory_imgsz}
        )
        rows.append(
            {
                "minutes": length,
                "frames": count,
                "frames/s": round(count / seconds, 1),
                "peak MB": round(peak),
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos", nargs="*", type=Path, metavar="VIDEO")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--imgsz", type=int, default=640)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--frames", type=int, default=400, help="that the decoder alone reads")
    parser.add_argument("--minutes", type=float, nargs="*", default=[1, 10])
    parser.add_argument("--memory-imgsz", type=int, default=64)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="segloop-bench-") as place:
        folder = Path(place)
        videos = options.videos or [draw_video(folder / "drawn.mp4")]
        model = options.model
        if model is None:
            model = folder / "new.pt"
            run(_NEW_MODEL, str(model), str(folder / "config"))
        request = {
            **{"checkpoint": str(model), "conf": 0.05, "iou": 0.7, "imgsz": options.imgsz},
            **{"device": options.device, "every_nth": 1, "track": "", "start": None},
            **{"max_megapixels": 200.0, "config_dir": str(folder / "config")},
        }
        rows = [compare(video, request, options) for video in videos]
        rows.append(compare(videos[0], {**request, "track": "bytetrack"}, options))
        print_table(rows)
        memory = measure_memory(videos[0], folder, request, options) if options.minutes else []
        if memory:
            print_table(memory)
    print(write_result("predict_video", rows, memory=memory))


if __name__ == "__main__":
    main()

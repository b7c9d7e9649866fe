"""P13: frames of videos, beside PyAV's bare decoding of the same file, and memory by length.

    .venv/bin/python bench/video_frames.py [VIDEO …] [--rounds 3] [--minutes 1 10]

``ratio``: frames a second of reading, choosing and writing ÷ decoding alone, in turns; target
≥ 0.95. Both in processes of their own; imports do not count. Without a VIDEO, one is drawn. Memory:
peaks of reading the first video, looped to so many minutes without encoding it anew; they are to
be equal.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import av
from common import REPOSITORY, print_table, write_result

RULES: dict[str, dict[str, Any]] = {
    "one a second": {"fps": 1},
    "scene 0.25": {"scene": 0.25},
    "every 10th": {"every": 10},
    "every, all kept": {"every": 1, "keeps_duplicates": True},
}
_BARE = """
import resource, sys, time
import av
started, cpu = time.perf_counter(), time.process_time()
with av.open(sys.argv[1]) as container:
    container.streams.video[0].thread_type = "AUTO"
    count = sum(1 for _ in container.decode(video=0))
print(count, time.perf_counter() - started, time.process_time() - cpu,
      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
_OURS = """
import json, resource, sys, time
from pathlib import Path
import imagehash, scipy.fftpack
from annotator.labels.video.choosing import choose_frames
from annotator.labels.video.rules import parse_rule
started, cpu = time.perf_counter(), time.process_time()
outcome = choose_frames(sys.argv[1], Path(sys.argv[2]), parse_rule(json.loads(sys.argv[3])))
print(outcome["read"], time.perf_counter() - started, time.process_time() - cpu,
      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, outcome["chosen"])
"""


def run(code: str, *arguments: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return [float(value) for value in done.stdout.split()]


def draw_video(path: Path, *, seconds: int = 20) -> Path:
    """A video of 1280 × 720 at 25 frames a second in which something moves."""
    import numpy as np

    rng = np.random.default_rng(1)
    ground = rng.integers(0, 255, (90, 160, 3), dtype=np.uint8).repeat(16, 0).repeat(16, 1)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        for number in range(seconds * 25):
            image = np.roll(ground[:720, :1280], number * 3, axis=1)
            for packet in stream.encode(av.VideoFrame.from_ndarray(image)):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def loop(source: Path, target: Path, *, minutes: float) -> Path:
    """Repeat a video until it is so long, packet by packet."""
    with av.open(str(target), "w") as new:
        made: Any = None
        offset = 0
        while True:
            with av.open(str(source)) as old:
                stream = old.streams.video[0]
                base = stream.time_base
                made = made or new.add_stream_from_template(stream)
                end = 0
                for packet in old.demux(stream):
                    if not packet.size:
                        continue
                    if packet.dts is None or packet.pts is None:
                        raise SystemExit(f"{source} cannot be looped: name an .mp4 first.")
                    end = max(end, packet.pts + (packet.duration or 1))
                    packet.pts += offset
                    packet.dts += offset
                    packet.stream = made
                    new.mux(packet)
                offset += end
                if base is None or offset * base >= minutes * 60:
                    return target


def compare(video: Path, folder: Path, rounds: int) -> list[dict[str, Any]]:
    rows = []
    for name, rule in RULES.items():
        best: dict[str, list[float]] = {}
        for attempt in range(rounds):
            out = folder / f"{video.stem}-{name}-{attempt}"
            for kind, made in (
                ("bare", run(_BARE, str(video))),
                ("ours", run(_OURS, str(video), str(out), json.dumps(rule))),
            ):
                if kind not in best or made[1] < best[kind][1]:
                    best[kind] = made
        bare, ours = best["bare"], best["ours"]
        rows.append(
            {
                "video": video.name,
                "rule": name,
                "frames": int(ours[0]),
                "chosen": int(ours[4]),
                "bare frames/s": round(bare[0] / bare[1]),
                "frames/s": round(ours[0] / ours[1]),
                "ratio": round((ours[0] / ours[1]) / (bare[0] / bare[1]), 3),
                "cpu ratio": round(bare[2] / ours[2], 3),
                "peak MB": round(ours[3]),
            }
        )
    return rows


def measure_memory(video: Path, folder: Path, minutes: list[float]) -> list[dict[str, Any]]:
    rows = []
    for length in minutes:
        long = loop(video, folder / f"{length:g}min{video.suffix}", minutes=length)
        made = run(_OURS, str(long), str(folder / f"long-{length:g}"), '{"fps": 1}')
        rows.append(
            {
                "minutes": length,
                "frames": int(made[0]),
                "chosen": int(made[4]),
                "peak MB": round(made[3]),
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos", nargs="*", type=Path, metavar="VIDEO")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=float, nargs="+", default=[1, 10])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="segloop-bench-") as place:
        folder = Path(place)
        videos = options.videos or [draw_video(folder / "drawn.mp4")]
        rows = [row for video in videos for row in compare(video, folder, options.rounds)]
        print_table(rows)
        memory = measure_memory(videos[0], folder, options.minutes)
        print_table(memory)
    print(write_result("video_frames", rows, memory=memory))


if __name__ == "__main__":
    main()

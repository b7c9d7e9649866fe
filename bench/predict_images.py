"""P12: a prediction job on images against plain ``yolo segment predict``, alternating.

    .venv/bin/python bench/predict_images.py MODEL.pt FOLDER [--images 200] [--rounds 3]

*images/s*: both predict on the same files with the same model, image size and thresholds, one at a
time and in turns; pictures per second between the first result and the last, so without the imports
of either (*start* has them). The job is worked off as a worker does: rows, engine, stored results.
``yolo`` writes label files, as the job's result is kept too. *dataset*: the images are imported as
often as it takes to have ``--dataset`` of them, and predicted on end to end, from the request to
the end of the job. Target: job ÷ yolo ≥ 0.98.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from common import fresh_environment, print_table, write_result

IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png"}


class Measured(NamedTuple):
    per_second: float
    start_seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dataset", type=int, default=1000)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    files = sorted(
        path for path in options.folder.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES
    )[: options.images]
    with fresh_environment() as root:
        model = _take_in(options.model)
        pairs = []
        for number in range(options.rounds):
            runs = [_job, _plain] if number % 2 else [_plain, _job]
            found = {run.__name__: run(root, model, files, options) for run in runs}
            pairs.append((found["_job"], found["_plain"]))
        rows = [
            {
                "what": f"{len(files)} images",
                "job images/s": statistics.median(job.per_second for job, _ in pairs),
                "yolo images/s": statistics.median(plain.per_second for _, plain in pairs),
                "job ÷ yolo": statistics.median(
                    job.per_second / plain.per_second for job, plain in pairs
                ),
                "job start s": statistics.median(job.start_seconds for job, _ in pairs),
                "yolo start s": statistics.median(plain.start_seconds for _, plain in pairs),
            }
        ]
        if options.dataset:
            rows.append(_dataset(model, files, options))
    print_table(rows)
    print(write_result("predict_images", rows, rounds=options.rounds, device=options.device))


def _take_in(path: Path) -> Any:
    from django.core.files import File

    from training.checkpoints.usable import as_usable
    from training.jobs.engine_job import work_off
    from training.weights.weights import upload_weights

    with path.open("rb") as handle:
        upload: Any = File(handle, name=path.name)
        weights = upload_weights(upload, dataset=None, created_by=None)
    work_off(weights)
    weights.refresh_from_db()
    if weights.state != "finished":
        sys.exit(f"{path}: {weights.error}")
    return as_usable(weights)


class _Moments:
    """When results of the job were stored, and how many there were."""

    def __init__(self) -> None:
        from training.predictions.predicting import Predicting

        self.seen: list[float] = []
        self.take = take = Predicting._take
        self.job = Predicting

        def noted(job: Any, event: Any) -> None:
            take(job, event)
            self.seen.append(time.monotonic())

        Predicting._take = noted  # type: ignore[assignment,method-assign]

    def stop(self) -> None:
        self.job._take = self.take  # type: ignore[method-assign]


def _job(root: Path, model: Any, files: list[Path], options: Any) -> Measured:
    from training.jobs.engine_job import work_off
    from training.predictions.predictions import start_prediction
    from training.predictions.sources import requested

    moments = _Moments()
    began = time.monotonic()
    job = start_prediction(
        model, _source(requested, files), confidence=0.25, device=options.device, created_by=None
    )
    work_off(job)
    job.refresh_from_db()
    moments.stop()
    if job.state != "finished":
        sys.exit(f"The job is {job.state}: {job.error}")
    first, last = moments.seen[0], moments.seen[-1]
    return Measured((len(moments.seen) - 1) / (last - first), first - began)


def _source(requested: Any, files: list[Path]) -> Any:
    def opened() -> Any:
        for path in files:
            with path.open("rb") as handle:
                yield requested.Upload(path.name, handle)

    from training.models import SourceKind

    return requested.Source(SourceKind.UPLOAD, "images", uploads=opened())


def _plain(root: Path, model: Any, files: list[Path], options: Any) -> Measured:
    """``yolo`` as a person starts it, on a list of the same files; its lines say when each came."""
    from training.engine.host.environment import cpu_threads

    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "files.txt"
        listed.write_text("".join(f"{path}\n" for path in files))
        threads = {"OMP_NUM_THREADS": str(cpu_threads())} if options.device == "cpu" else {}
        command = [
            *(sys.executable, "-u", "-c", "from ultralytics.cfg import entrypoint; entrypoint()"),
            *("segment", "predict", f"model={model.path}", f"source={listed}"),
            *(f"imgsz={model.image_size}", "conf=0.05", "iou=0.7", f"device={options.device}"),
            *(f"project={folder}", "save=False", "save_txt=True", "save_conf=True"),
        ]
        began = time.monotonic()
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **threads, "YOLO_OFFLINE": "1"},
        )
        seen: list[float] = []
        assert process.stdout is not None
        for line in process.stdout:
            if re.match(r"image \d+/\d+ ", line):
                seen.append(time.monotonic())
        if process.wait() or len(seen) < 2:
            sys.exit("yolo did not predict")
    return Measured((len(seen) - 1) / (seen[-1] - seen[0]), seen[0] - began)


def _dataset(model: Any, files: list[Path], options: Any) -> dict[str, Any]:
    from django.contrib.auth.models import User

    from annotator.datasets.datasets import create_dataset
    from annotator.imports.uploads import upload_image
    from training.jobs.engine_job import work_off
    from training.predictions.predictions import start_prediction
    from training.predictions.sources import requested

    owner = User.objects.create_user("bench")
    dataset = create_dataset(owner=owner, name="Bench", classes=[{"name": "cat"}])
    for number in range(options.dataset):
        source = files[number % len(files)]
        # The same image is not taken in twice: a comment behind its end makes it another file.
        data = source.read_bytes() + f"<{number}>".encode()
        upload_image(dataset, file_name=f"{number:05}{source.suffix}", data=data)
    began = time.monotonic()
    job = start_prediction(
        model,
        requested.from_dataset(dataset, {}),
        confidence=0.25,
        device=options.device,
        created_by=owner,
    )
    work_off(job)
    job.refresh_from_db()
    seconds = time.monotonic() - began
    if job.state != "finished" or job.progress_done != options.dataset:
        sys.exit(f"The job is {job.state}, {job.progress_done} images: {job.error}")
    return {
        "what": f"dataset of {options.dataset}, end to end",
        "job images/s": options.dataset / seconds,
        "yolo images/s": "",
        "job ÷ yolo": "",
        "job start s": seconds,
        "yolo start s": "",
    }


if __name__ == "__main__":
    main()

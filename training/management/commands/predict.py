"""``manage.py predict RUN_ID FILE... --conf 0.5 --out DIR``: find objects in pictures."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotator.kernel.files import write_atomically
from annotator.management.base import JsonCommand
from training.management.jobs import follow_job
from training.models import Checkpoint, Prediction, Run
from training.predictions.predictions import (
    CONFIDENCE_FLOOR,
    Upload,
    start_prediction,
)
from training.predictions.results.cut import Cut
from training.predictions.results.tables import label_files, write_json


class Command(JsonCommand):
    help = "Predict on pictures with the best checkpoint of a run; writes YOLO txt and JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("run_id", type=int)
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--conf", type=float, default=0.25, help="lowest confidence shown")
        parser.add_argument("--out", type=Path, help="default: segloop-prediction-<number>")
        parser.add_argument("--device", default="", help="cpu, or the number of a GPU")

    def run(self, **options: Any) -> dict[str, object]:
        confidence = options["conf"]
        if not CONFIDENCE_FLOOR <= confidence <= 1:
            raise CommandError(f"--conf must be from {CONFIDENCE_FLOOR} to 1.")
        for path in options["files"]:
            if not path.is_file():
                raise CommandError(f"There is no file {path}.")
        prediction = start_prediction(
            _checkpoint_of(options["run_id"]),
            _open_all(options["files"]),
            confidence=confidence,
            device=options["device"],
            created_by=None,
        )
        follow_job(prediction, self.say)
        folder = options["out"] or Path(f"segloop-prediction-{prediction.pk}")
        result = _write(prediction, folder, confidence)
        self.say(
            f"{prediction.instance_count} instances in {prediction.image_count} images, "
            f"written to {folder}"
        )
        return result


def _checkpoint_of(run_id: int) -> Checkpoint:
    run = Run.objects.filter(pk=run_id, dataset__deleted_at__isnull=True).first()
    if run is None:
        raise CommandError(f"There is no run {run_id}.")
    checkpoints = {item.kind: item for item in run.checkpoints.all()}
    checkpoint = checkpoints.get("best") or checkpoints.get("last")
    if checkpoint is None:
        raise CommandError(f"Run {run_id} has no checkpoint yet (it is {run.state}).")
    return checkpoint


def _open_all(files: list[Path]) -> Iterator[Upload]:
    for path in files:
        with path.open("rb") as handle:
            yield Upload(path.name, handle)


def _write(prediction: Prediction, folder: Path, confidence: float) -> dict[str, Any]:
    """Write one label file an image and result.json into ``folder``."""
    cut = Cut(round(confidence * 1000), {})
    result = json.loads(b"".join(write_json(prediction, cut, confidence=confidence)))
    try:
        for name, content in label_files(prediction, cut):
            write_atomically(folder / name, content)
        text = json.dumps(result, ensure_ascii=False, indent=1)
        write_atomically(folder / "result.json", text.encode())
    except OSError as error:
        raise CommandError(f"{folder} cannot be written to: {error.strerror}.") from error
    return {**result, "instances": prediction.instance_count, "out": str(folder)}

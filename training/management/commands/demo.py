"""``manage.py demo`` (``make demo``): once round the loop, for real, without a browser."""

import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError, CommandParser

from annotator.imports.imports import run_import
from annotator.imports.sample import create_sample_dataset
from annotator.management.base import JsonCommand
from annotator.models import Import
from sample_pond.scene import draw_pond
from training.checkpoints.usable import as_usable
from training.jobs.workers import online_workers
from training.management.jobs import follow_job
from training.models import Evaluation, Prediction, Run, Version, WorkerQueue
from training.predictions.predictions import start_prediction
from training.predictions.sources.requested import Upload, from_uploads
from training.runs.runs import start_run
from training.versions.freezing import freeze_version
from training.versions.versions import request_version

WORKER_PATIENCE_SECONDS = 60.0
UNSEEN_PICTURE = 12_345  # no sample pond has as many
LOWEST_MASK_MAP50 = 0.5
CONFIDENCE = 0.25


class Command(JsonCommand):
    help = "Draw a sample dataset, train on it, evaluate, predict; needs running workers."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(json=True)
        parser.add_argument("--images", type=int, default=100)
        parser.add_argument("--epochs", type=int, default=30)
        parser.add_argument("--imgsz", type=int, default=192)
        parser.add_argument("--batch", type=int, default=8)

    def run(self, **options: Any) -> dict[str, object]:
        self._wait_for_workers()
        demo = _Demo(self.say)
        demo.import_pond(options["images"])
        demo.freeze()
        demo.train(options["epochs"], options["imgsz"], options["batch"])
        demo.evaluate()
        demo.predict()
        result = demo.result()
        score = result["mask"]["map50"]
        if score < LOWEST_MASK_MAP50:
            raise CommandError(
                f"Everything ran, but mask mAP50 is {score:.3f} and should be at least "
                f"{LOWEST_MASK_MAP50}: see {result['results']}."
            )
        if not result["predicted_instances"]:
            raise CommandError(f"Nothing was found in the new picture: see {result['results']}.")
        return result

    def _wait_for_workers(self) -> None:
        deadline = time.monotonic() + WORKER_PATIENCE_SECONDS
        while not all(online_workers(queue).exists() for queue in WorkerQueue.values):
            if time.monotonic() > deadline:
                raise CommandError("The workers are not running: make demo starts them as well.")
            time.sleep(0.2)


class _Demo:
    """The stages, each through the same services as the web and through the real workers."""

    dataset_import: Import
    version: Version
    run: Run
    evaluation: Evaluation
    prediction: Prediction

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.seconds: dict[str, float] = {}
        self.owner = User.objects.filter(is_superuser=True).order_by("pk").first()

    @contextmanager
    def _stage(self, name: str, title: str) -> Iterator[None]:
        self.say(f"· {title}")
        began = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - began, 2)
        self.say(f"  done in {self.seconds[name]:.1f} s")

    def import_pond(self, images: int) -> None:
        with self._stage("import", f"Import: {images} pictures of the sample pond"):
            self.dataset_import = create_sample_dataset(
                self.owner, images=images, name="Sample pond (demo)"
            )
            follow_job(self.dataset_import, self.say, work_here=run_import)

    def freeze(self) -> None:
        with self._stage("version", "Version: the dataset, frozen"):
            self.version = request_version(self.dataset_import.dataset, created_by=self.owner)
            follow_job(self.version, self.say, work_here=freeze_version)

    def train(self, epochs: int, image_size: int, batch: int) -> None:
        title = f"Run: yolov8n-seg from scratch, {epochs} epochs at {image_size} pixels"
        with self._stage("run", title):
            self.run = start_run(
                self.version.dataset,
                {
                    "version": self.version,
                    "base_model": "yolov8n-seg.yaml",
                    "epochs": epochs,
                    "image_size": image_size,
                    "batch": batch,
                },
                created_by=self.owner,
            )
            follow_job(self.run, self.say)

    def evaluate(self) -> None:
        with self._stage("evaluation", "Evaluation: the best checkpoint on the val split"):
            self.evaluation = self.run.evaluations.get(export=None)
            follow_job(self.evaluation, self.say)

    def predict(self) -> None:
        with self._stage("prediction", "Prediction: on a picture that nobody has seen"):
            picture = draw_pond(UNSEEN_PICTURE, seed=UNSEEN_PICTURE).jpeg
            self.prediction = start_prediction(
                as_usable(self.run.checkpoints.get(kind="best")),
                from_uploads([Upload("unseen-pond.jpg", io.BytesIO(picture))], count=1),
                confidence=CONFIDENCE,
                device="",
                created_by=self.owner,
            )
            follow_job(self.prediction, self.say)

    def result(self) -> dict[str, Any]:
        host = os.environ.get("SEGLOOP_HOST") or "127.0.0.1"
        port = os.environ.get("SEGLOOP_PORT") or "8000"
        box, mask = self.evaluation.box or {}, self.evaluation.mask or {}
        return {
            "dataset": self.version.dataset.slug,
            "version": self.version.number,
            "run": self.run.pk,
            "evaluation": self.evaluation.pk,
            "prediction": self.prediction.pk,
            "device": self.run.device_name,
            "box": {"map50": box["map50"], "map50_95": box["map50_95"]},
            "mask": {"map50": mask["map50"], "map50_95": mask["map50_95"]},
            "predicted_instances": self.prediction.instance_count,
            "seconds": self.seconds,
            "results": f"http://{host}:{port}/runs/{self.run.pk}/results",
        }

"""Evaluating: a gpu worker measures a checkpoint on a split."""

import shutil
from collections.abc import Callable
from pathlib import Path

from annotator.models import Split
from annotator.models.jobs import JobState
from training import paths
from training.jobs.engine_job import EngineJob
from training.jobs.engine_process import EngineEvent
from training.jobs.short_places import Need
from training.jobs.supervising import Outcome
from training.models import Checkpoint, Evaluation
from training.versions.folds import data_yaml_of, is_of_fold

from .evaluations import unchanged_checkpoint

EVALUATION_FOLLOWERS: list[Callable[[Evaluation], None]] = []
"""Called with each evaluation that finished, when its files are in place. Filled when the
applications are set up."""

_MEASURED = (
    *("image_count", "instance_count", "box", "mask", "per_class", "confidence_floor"),
    *("best_confidence", "ultralytics_confidence", "operating", "unknown_classes"),
    *("extra_classes", "speed", "format"),
)


class Evaluating(EngineJob[Evaluation]):
    model = Evaluation
    command = "evaluate"
    urgency = 2

    @property
    def batch(self) -> int:
        run = self.job.run
        batch: int = run.batch or run.parameters["batch"]
        return batch

    @property
    def folder(self) -> Path:
        return paths.evaluation_work_dir(self.job)

    def place(self) -> tuple[str, Need]:
        parameters = self.job.run.parameters
        return parameters["device"], Need(parameters["image_size"], self.batch)

    def request(self, device: str) -> dict[str, object]:
        evaluation, run = self.job, self.job.run
        checkpoint = unchanged_checkpoint(evaluation.checkpoint)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        data_yaml = (
            data_yaml_of(run)
            if is_of_fold(evaluation)
            else paths.data_yaml_path(evaluation.version)
        )
        return {
            "checkpoint": checkpoint,
            "data_yaml": str(data_yaml),
            "split": evaluation.split,
            "imgsz": run.parameters["image_size"],
            "batch": self.batch,
            "device": device,
            "out_dir": str(self.folder),
        }

    def log(self) -> Path:
        return self.folder / paths.LOG_NAME

    def handle(self, event: EngineEvent) -> None:
        if event["type"] == "progress":
            self.report("Evaluating the images", done=event["done"], total=event["total"])

    def attempt(self) -> Outcome:
        outcome = super().attempt()
        if outcome.state == "finished":
            target = paths.evaluation_dir(self.job)
            shutil.rmtree(target, ignore_errors=True)
            self.folder.rename(target)
        return outcome

    def finish(self, event: EngineEvent) -> dict[str, object]:
        evaluation = self.job
        if evaluation.split == Split.VAL:
            # One that was uploaded alone has no epochs to tell its figures.
            Checkpoint.objects.filter(
                pk=evaluation.checkpoint_id, mask__isnull=True, run__version=evaluation.version_id
            ).update(box=event["box"], mask=event["mask"])
        return {name: event[name] for name in _MEASURED}

    def follow(self) -> None:
        if self.job.state == JobState.FINISHED:
            for follow in EVALUATION_FOLLOWERS:
                follow(self.job)

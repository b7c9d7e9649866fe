"""Evaluating: a gpu worker measures a checkpoint, or an export of it, on a split.

The evaluation of an export measures the checkpoint beside it and ends with the export's
certificate; one that fails says why in the certificate.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from django.db import transaction

from annotator.models import Split
from annotator.models.jobs import JobState
from training import paths
from training.jobs.device_holds import AUTO
from training.jobs.engine_job import EngineJob
from training.jobs.engine_process import EngineEvent
from training.jobs.short_places import Need
from training.jobs.supervising import Outcome
from training.models import Checkpoint, Evaluation, Export, ExportFormat
from training.versions.folds import data_yaml_of, is_of_fold

from .certificates import Certificate, make_certificate, unmeasured_certificate
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
        export = self.job.export
        if export is not None:
            # TensorRT runs on a GPU alone; the others are measured where they were made.
            device = AUTO if export.format == ExportFormat.TENSORRT else "cpu"
            return device, Need(export.image_size, 1)
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
        request: dict[str, object] = {
            "checkpoint": checkpoint,
            "data_yaml": str(data_yaml),
            "split": evaluation.split,
            "imgsz": run.parameters["image_size"],
            "batch": self.batch,
            "device": device,
            "out_dir": str(self.folder),
        }
        if evaluation.export is not None:
            request["exported"] = str(paths.exported_model_path(evaluation.export))
            request["imgsz"] = evaluation.export.image_size
        return request

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
        if evaluation.export is not None:
            self._certify(make_certificate(evaluation, event["certificate"]))
        elif evaluation.split == Split.VAL:
            # One that was uploaded alone has no epochs to tell its figures.
            Checkpoint.objects.filter(
                pk=evaluation.checkpoint_id, mask__isnull=True, run__version=evaluation.version_id
            ).update(box=event["box"], mask=event["mask"])
        return {name: event[name] for name in _MEASURED}

    def conclude(self, outcome: Outcome) -> None:
        with transaction.atomic():
            super().conclude(outcome)
            export = self.job.export
            if outcome.state == "failed" and export is not None:
                self._certify(
                    unmeasured_certificate(
                        export,
                        self.job.version,
                        self.job.split,
                        reason=outcome.error,
                        is_failure=outcome.event.get("code") != "not_runnable",
                    )
                )

    def _certify(self, certificate: Certificate) -> None:
        """Store the certificate, unless the export has a better one: with figures in place of none,
        or of another split."""
        assert self.job.export is not None  # noqa: S101 - the callers asked
        rows = Export.objects.select_for_update(no_key=True)
        export = rows.get(pk=self.job.export.pk)
        kept: Certificate | None = export.certificate
        is_measured = certificate["evaluation"] is not None
        if (
            kept is None
            or kept["evaluation"] is None
            or (is_measured and _place_of(kept) == _place_of(certificate))
        ):
            Export.objects.filter(pk=export.pk).update(certificate=certificate)

    def follow(self) -> None:
        if self.job.state == JobState.FINISHED:
            for follow in EVALUATION_FOLLOWERS:
                follow(self.job)


def _place_of(certificate: Certificate) -> tuple[str, int]:
    return certificate["split"], certificate["version"]["id"]

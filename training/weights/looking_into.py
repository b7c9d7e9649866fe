"""Looking into weights: a cpu worker has the engine open a .pt safely and notes what it is."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from annotator.kernel.files import fsync_dir
from annotator.models.jobs import ENDED_STATES, JobState
from training import paths
from training.checkpoints.usable import weights_file
from training.engine.checkpoints.base_models import BASE_MODELS
from training.jobs.engine_job import EngineJob, RefusedError
from training.jobs.engine_process import EngineEvent
from training.jobs.supervising import Outcome
from training.models import Weights, WeightsOrigin
from training.versions.freezing import hash_file

from .weights import drop_upload


class LookingInto(EngineJob[Weights]):
    """One .pt on its way to being usable. An uploaded one that is refused is deleted."""

    model = Weights
    command = "inspect"

    def __init__(self, weights: Weights) -> None:
        super().__init__(weights)
        self.sha256 = ""

    def in_place(self, work: Callable[[str], Outcome]) -> Outcome:
        return work("cpu")

    def attempt(self) -> Outcome:
        path = weights_file(self.job)
        is_here = path.is_file()
        if not is_here and self.job.origin == WeightsOrigin.UPLOADED:
            raise RefusedError(f"The file of {self.job.name} is gone: upload it again.")
        self.say("Looking into it" if is_here else f"Fetching {self.job.file_name}")
        before = hash_file(path) if is_here else ""
        outcome = super().attempt()
        if outcome.state != "finished":
            # It was given our name for it: its owner knows it by theirs.
            error = outcome.error.replace(f"The file {path.name}", f"The file {self._shown}")
            return replace(outcome, error=error)
        self.sha256 = hash_file(path)
        if before not in ("", self.sha256):
            raise RefusedError(f"The file {path} was changed meanwhile.")
        return outcome

    @property
    def _shown(self) -> str:
        return self.job.file_name

    def request(self, device: str) -> dict[str, object]:
        if self.job.origin == WeightsOrigin.UPLOADED or self.job.file_name not in BASE_MODELS:
            return {"checkpoint": str(weights_file(self.job))}
        return {
            "checkpoint": self.job.file_name,
            "weights_dir": str(paths.weights_dir()),
            "allow_download": settings.ALLOW_WEIGHTS_DOWNLOAD,
        }

    def log(self) -> Path:
        return paths.weights_log_path(self.job)

    def finish(self, event: EngineEvent) -> dict[str, object]:
        weights = self.job
        values: dict[str, object] = {
            "class_names": event["class_names"],
            "image_size": event["imgsz"],
            "base_model": event["base_model"] or "",
            "parameters": event["parameters"],
            "sha256": self.sha256,
            "size_bytes": weights_file(weights).stat().st_size,
        }
        if _is_base_model(weights, str(event["base_model"])):
            target = paths.weights_dir() / weights.file_name
            if not target.exists():  # the upload stays until the row says where the file is
                target.parent.mkdir(parents=True, exist_ok=True)
                os.link(weights_file(weights), target)
                fsync_dir(target.parent)
                values["origin"] = WeightsOrigin.PRETRAINED
        return values

    def clear(self) -> None:
        """The row is read anew: another worker may hold it by now."""
        row = Weights.objects.filter(pk=self.job.pk).first()
        if row is None or row.state not in ENDED_STATES:
            return
        paths.weights_log_path(row).unlink(missing_ok=True)
        if row.state != JobState.FINISHED or row.origin != WeightsOrigin.UPLOADED:
            drop_upload(row)


def _is_base_model(weights: Weights, base_model: str) -> bool:
    """Whether everybody's upload is, by its name and its layout, what runs can start from."""
    model = BASE_MODELS.get(weights.file_name)
    return (
        weights.origin == WeightsOrigin.UPLOADED
        and weights.dataset_id is None
        and model is not None
        and model.is_pretrained
        and base_model == f"{Path(model.id).stem}.yaml"
    )

"""Checking: a gpu worker trains a few steps of what would be started, and measures them."""

import shutil
from pathlib import Path

from training import paths
from training.jobs.disk import find_disk_shortage
from training.jobs.engine_job import EngineJob
from training.jobs.engine_process import EngineEvent
from training.jobs.short_places import THIS_DEVICE, Need
from training.models import RunCheck

from .checks import CheckStep
from .train_request import train_request

STEPS = 4
_MEASURED = (
    *("seconds_per_epoch", "startup_seconds", "peak_memory_mb", "memory_total_mb"),
    *("images_per_second", "batch", "fits"),
)


class Checking(EngineJob[RunCheck]):
    model = RunCheck
    command = "check"
    urgency = 4

    @property
    def folder(self) -> Path:
        return paths.run_check_dir(self.job)

    def place(self) -> tuple[str, Need]:
        return self.job.parameters["device"], THIS_DEVICE

    def request(self, device: str) -> dict[str, object]:
        self.clear()
        self.folder.mkdir(parents=True)
        self.job.steps = [_check_disk()]
        return {**train_request(self.job, folder=self.folder, device=device), "steps": STEPS}

    def log(self) -> Path:
        return self.folder / paths.LOG_NAME

    def handle(self, event: EngineEvent) -> None:
        if event["type"] == "check":
            step: CheckStep = {key: event[key] for key in ("name", "ok", "detail")}  # type: ignore[assignment]
            self.update(steps=[*self.job.steps, step])

    def finish(self, event: EngineEvent) -> dict[str, object]:
        epochs = self.job.parameters["epochs"]
        seconds = event["startup_seconds"] + epochs * event["seconds_per_epoch"]
        measured = {name: event[name] for name in _MEASURED}
        return {"result": {**measured, "estimated_seconds": seconds}}

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _check_disk() -> CheckStep:
    shortage = find_disk_shortage().removeprefix("Paused: ")
    return {"name": "disk", "ok": not shortage, "detail": shortage or "There is enough space."}

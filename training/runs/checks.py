"""Checks before a run: a few real steps tell whether it fits and how long it would take."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from annotator.kernel.errors import ConflictError
from annotator.models import Dataset
from annotator.models.jobs import JobState
from training import paths
from training.evaluations.evaluations import refuse_changed_checkpoint
from training.jobs.disk import find_disk_shortage
from training.jobs.engine_jobs import EngineJob, RefusedError, work_off
from training.jobs.engine_process import EngineEvent
from training.jobs.nudges import nudge_worker
from training.jobs.waiting import Waiting
from training.models import RunCheck

from .runs import RunRequest, check_start
from .training_attempt import loader_workers

STEPS = 4
_MEASURED = (
    *("seconds_per_epoch", "startup_seconds", "peak_memory_mb", "memory_total_mb"),
    *("images_per_second", "batch", "fits"),
)


class CheckStep(TypedDict):
    name: str
    ok: bool
    detail: str


class CheckResult(TypedDict):
    """``estimated_seconds``: all epochs, and the start. Memory is that of the device."""

    fits: bool
    batch: int
    seconds_per_epoch: float
    startup_seconds: float
    estimated_seconds: float
    images_per_second: float
    peak_memory_mb: float
    memory_total_mb: float | None


class RunCheckPayload(TypedDict):
    """``waits_for``: a sentence while it is queued, else ""."""

    id: int
    state: JobState
    waits_for: str
    error: str
    error_hint: str
    steps: list[CheckStep]
    result: CheckResult | None
    created_at: datetime


def run_check_payload(check: RunCheck) -> RunCheckPayload:
    return {
        "id": check.pk,
        "state": JobState(check.state),
        "waits_for": Waiting().reason(check),
        "error": check.error,
        "error_hint": check.error_hint,
        "steps": check.steps,
        "result": check.result,
        "created_at": check.created_at,
    }


def request_run_check(
    dataset: Dataset, request: RunRequest, *, created_by: AbstractBaseUser
) -> RunCheck:
    """Queue a check of what would be posted to start a run, on its version or the newest one.

    Raises ServiceError for a request that no run could be started with, ConflictError without a
    frozen version.
    """
    base_model = check_start(request)
    version = request.get("version")
    if version is None:
        frozen = dataset.versions.filter(state=JobState.FINISHED, deleted_at__isnull=True)
        version = frozen.order_by("-number").first()
    if version is None or version.dataset_id != dataset.pk or version.state != JobState.FINISHED:
        raise ConflictError(
            "There is no frozen version to check with: freeze one first.", code="version_missing"
        )
    with transaction.atomic():
        check = RunCheck.objects.create(
            dataset=dataset,
            version=version,
            base_model=base_model,
            source_checkpoint=request.get("checkpoint"),
            parameters={
                "epochs": request["epochs"],
                "image_size": request["image_size"],
                "batch": request["batch"],
                "device": request.get("device") or "auto",
                "seed": request.get("seed", 0),
                "learning_rate": request.get("learning_rate"),
                "arguments": request.get("arguments", {}),
            },
            created_by_id=created_by.pk,
        )
        nudge_worker(check)
    return check


def check_run(check_id: int) -> None:
    """Work a queued check off; does nothing if it is not to be had."""
    check = RunCheck.objects.filter(pk=check_id).first()
    work_off(RunCheck, check_id, _Checking, check.parameters["device"] if check else "")


class _Checking(EngineJob):
    command = "check"

    def __init__(self, check: RunCheck) -> None:
        self.check = check
        self.steps: list[CheckStep] = [_check_disk()]

    def request(self, device: str) -> dict[str, object]:
        check, parameters = self.check, self.check.parameters
        folder = paths.run_check_dir(check)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        model = check.base_model
        if check.source_checkpoint is not None:
            if refusal := refuse_changed_checkpoint(check.source_checkpoint):
                raise RefusedError(refusal)
            model = str(paths.checkpoint_path(check.source_checkpoint))
        return {
            "data_yaml": str(paths.data_yaml_path(check.version)),
            "model": model,
            "resume": False,
            "epochs": parameters["epochs"],
            "imgsz": parameters["image_size"],
            "batch": parameters["batch"],
            "device": device,
            "seed": parameters["seed"],
            "patience": 0,
            "lr0": parameters["learning_rate"],
            "workers": loader_workers(device),
            "arguments": parameters["arguments"],
            "steps": STEPS,
            "run_dir": str(folder),
            "weights_dir": str(paths.weights_dir()),
            "allow_download": settings.ALLOW_WEIGHTS_DOWNLOAD,
        }

    def log(self) -> Path:
        return paths.run_check_dir(self.check) / paths.LOG_NAME

    def handle(self, event: EngineEvent) -> None:
        if event["type"] == "check":
            self.steps.append({"name": event["name"], "ok": event["ok"], "detail": event["detail"]})
            RunCheck.objects.filter(pk=self.check.pk).update(steps=self.steps)

    def finish(self, event: EngineEvent) -> dict[str, object]:
        shutil.rmtree(paths.run_check_dir(self.check), ignore_errors=True)
        epochs = self.check.parameters["epochs"]
        seconds = event["startup_seconds"] + epochs * event["seconds_per_epoch"]
        measured = {name: event[name] for name in _MEASURED}
        return {"steps": self.steps, "result": {**measured, "estimated_seconds": seconds}}


def _check_disk() -> CheckStep:
    shortage = find_disk_shortage().removeprefix("Paused: ")
    return {"name": "disk", "ok": not shortage, "detail": shortage or "There is enough space."}

"""Checks before a run: a few real steps tell whether it fits and how long it would take."""

from datetime import datetime
from typing import TypedDict

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from annotator.kernel.errors import ConflictError
from annotator.models import Dataset
from annotator.models.jobs import JobState
from training.jobs.nudges import nudge_worker
from training.jobs.waiting import Waiting
from training.models import RunCheck

from .runs import RunRequest, check_start


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

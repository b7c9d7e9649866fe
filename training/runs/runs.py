"""Runs: asking for one, and what a person may do with one."""

import shutil
from pathlib import Path
from typing import Literal, NotRequired, TypedDict

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import Http404

from annotator.kernel.errors import ConflictError, ServiceError
from annotator.kernel.events import publish_event
from annotator.kernel.jobs import cancel_job
from annotator.models import Dataset
from annotator.models.jobs import ENDED_STATES, JobState
from training import paths
from training.engine.checkpoints.base_models import BASE_MODELS
from training.jobs.announce import announce
from training.jobs.deleting import delete_runs
from training.jobs.device_holds import AUTO
from training.jobs.engine_process import read_tail
from training.jobs.nudges import nudge_search_of, nudge_worker
from training.jobs.served_use import forget_moves, refuse_served
from training.jobs.train_arguments import ArgumentValue, check_arguments
from training.jobs.weights import check_weights
from training.models import Checkpoint, Prediction, Run, StopMode, Version
from training.versions.folds import check_fold
from training.versions.payloads import Fold
from training.versions.versions import preview_version, request_version

from .payloads import run_file_url
from .queue import PRIORITIES, PriorityName, change_priority
from .samples import default_sample_every

DEFAULT_PATIENCE = 100
DEFAULT_SEED = 0


class RunRequest(TypedDict):
    """What a person asks for. Either ``base_model`` or ``checkpoint`` says where to start."""

    epochs: int
    image_size: int
    batch: int
    name: NotRequired[str]
    base_model: NotRequired[str]
    checkpoint: NotRequired[Checkpoint]
    version: NotRequired[Version | None]
    device: NotRequired[str]
    seed: NotRequired[int]
    patience: NotRequired[int]
    learning_rate: NotRequired[float | None]
    allow_smaller_batch: NotRequired[bool]
    sample_every: NotRequired[int]
    fold: NotRequired[Fold | None]
    priority: NotRequired[PriorityName]
    arguments: NotRequired[dict[str, ArgumentValue]]


FileKind = Literal["checkpoint", "plot", "table", "log", "config", "other"]


class RunFile(TypedDict):
    name: str
    size_bytes: int
    kind: FileKind
    url: str


class LogTail(TypedDict):
    text: str
    truncated: bool
    size_bytes: int


def start_run(dataset: Dataset, request: RunRequest, *, created_by: AbstractBaseUser | None) -> Run:
    """Queue a run; without a version, freeze one first, unless nothing changed since the last.

    Raises ServiceError when the request makes no sense or the dataset cannot be frozen.
    """
    checkpoint = request.get("checkpoint")
    base_model = check_start(request)
    fold = request.get("fold")
    if fold is not None:
        check_fold(dataset, request.get("version"), fold)
    with transaction.atomic():
        version = choose_version(dataset, request, created_by=created_by)
        run = Run.objects.create(
            dataset=dataset,
            version=version,
            name=request.get("name") or "",
            base_model=base_model,
            source_checkpoint=checkpoint,
            parameters={
                "epochs": request["epochs"],
                "image_size": request["image_size"],
                "batch": request["batch"],
                "device": request.get("device") or AUTO,
                "seed": request.get("seed", DEFAULT_SEED),
                "learning_rate": request.get("learning_rate"),
                "patience": request.get("patience", DEFAULT_PATIENCE),
                "sample_every": request.get(
                    "sample_every", default_sample_every(request["epochs"])
                ),
                "fold": fold,
                "arguments": request.get("arguments", {}),
            },
            priority=PRIORITIES[request.get("priority", "normal")],
            allow_smaller_batch=request.get("allow_smaller_batch", True),
            created_by_id=None if created_by is None else created_by.pk,
        )
        if not run.name:
            run.name = f"{base_model.removesuffix('.pt').removesuffix('.yaml')} #{run.pk}"
            run.save(update_fields=["name"])
        nudge_worker(run)
        announce(run)
    return run


def check_start(request: RunRequest) -> str:
    """Return the base model that a run would begin with.

    Raises ServiceError, ConflictError where it could not begin.
    """
    check_arguments(request.get("arguments", {}))
    checkpoint = request.get("checkpoint")
    base_model = request.get("base_model", "")
    if checkpoint is not None:
        base_model = checkpoint.run.base_model
        if not paths.checkpoint_path(checkpoint).is_file():
            raise ServiceError("The file of that checkpoint is gone.", code="checkpoint_missing")
    elif base_model not in BASE_MODELS:
        raise ServiceError(
            f"There is no base model “{base_model}”. Examples: yolov8n-seg.pt (pretrained), "
            "yolov8n-seg.yaml (from scratch).",
            code="unknown_base_model",
        )
    else:
        check_weights(base_model)
    return base_model


def choose_version(
    dataset: Dataset, request: RunRequest, *, created_by: AbstractBaseUser | None
) -> Version:
    """Return the version that a run would train on, frozen first where none is asked for.

    Raises ServiceError, ConflictError.
    """
    version = request.get("version") or _newest_or_new_version(dataset, created_by)
    if version.dataset_id != dataset.pk or version.deleted_at is not None:
        raise ServiceError("The version is not one of this dataset.", code="wrong_version")
    if version.state in (JobState.FAILED, JobState.CANCELLED, JobState.CANCELLING):
        raise ConflictError(f"Version {version.number} was not frozen.", code="version_failed")
    return version


def _newest_or_new_version(dataset: Dataset, created_by: AbstractBaseUser | None) -> Version:
    unchanged_since = preview_version(dataset)["unchanged_since"]
    if unchanged_since is not None:
        return dataset.versions.get(number=unchanged_since)
    return request_version(dataset, created_by=created_by)


def update_run(run: Run, *, name: str = "", priority: PriorityName | None = None) -> None:
    """Rename a run, or move it in the queue. Raises ConflictError when it waits no more."""
    if priority is not None:
        change_priority(run, priority)
    if name:
        Run.objects.filter(pk=run.pk).update(name=name)
    announce(run)


def cancel_run(run: Run, mode: StopMode = StopMode.NOW) -> None:
    """Ask a run to stop; its checkpoints so far stay. Raises ConflictError when it has ended.

    "keep" ends it as finished, with its checkpoints validated and evaluated; "now" as cancelled.
    Who could not wait for "keep" may still say "now", not the other way round.
    """
    with transaction.atomic():
        rows = Run.objects.filter(pk=run.pk)
        if mode == StopMode.KEEP:
            rows = rows.exclude(state=JobState.CANCELLING, stop_mode=StopMode.NOW)
        rows.update(stop_mode=mode)
        if not cancel_job(run):
            raise ConflictError("The run has already ended.", code="run_ended")
    announce(run)
    nudge_search_of(run)


def resume_run(run: Run, *, resumed_by: AbstractBaseUser) -> None:
    """Queue a run again that failed or was cancelled; it goes on from last.pt.

    Raises ConflictError for one that has not ended, or has finished: a finished run is gone on from
    by starting another from its checkpoint.
    """
    if run.version.deleted_at is not None or run.version.state != JobState.FINISHED:
        raise ConflictError(
            f"Version {run.version.number} of the run is not there any more.", code="version_gone"
        )
    again = (JobState.FAILED, JobState.CANCELLED)
    moved = Run.objects.filter(pk=run.pk, state__in=again).update(
        state=JobState.QUEUED,
        error="",
        error_hint="",
        stop_mode="",
        finished_at=None,
        progress_message="",
        resumed_by_id=resumed_by.pk,
    )
    if not moved:
        if run.state == JobState.FINISHED:
            raise ConflictError(
                "The run has finished: start another one from its checkpoint to train further.",
                code="run_finished",
            )
        raise ConflictError("The run has not ended: it needs no resuming.", code="run_active")
    nudge_worker(run)
    announce(run)


def delete_run(run: Run) -> None:
    """Delete a run with its files. Raises ConflictError while something needs it."""
    if run.state == JobState.QUEUED:
        cancel_job(run)
    if run.state not in ENDED_STATES:
        raise ConflictError("The run is still training: cancel it first.", code="run_busy")
    refuse_served(run)
    derived = Run.objects.filter(source_checkpoint__run=run).count()
    predictions = Prediction.all_objects.filter(checkpoint__run=run).count()
    if derived or predictions:
        raise ConflictError(
            f"Its checkpoints are used by {derived} runs and {predictions} predictions: "
            "delete these first.",
            code="run_in_use",
        )
    if run.evaluations.exclude(state__in=ENDED_STATES).exclude(state=JobState.QUEUED).exists():
        raise ConflictError("The run is just being evaluated: try again later.", code="run_busy")
    folder, run_id, dataset = paths.run_dir(run), run.pk, run.dataset
    nudge_search_of(run)
    forget_moves(run)
    delete_runs(Run.objects.filter(pk=run.pk))
    shutil.rmtree(folder, ignore_errors=True)
    publish_event("run.changed", dataset=dataset, id=run_id)


def latest_runs(datasets: list[Dataset]) -> list[int]:
    """Return the ids of the newest run of each dataset that has one."""
    newest = Run.objects.filter(dataset__in=datasets).order_by("dataset_id", "-id")
    seen: dict[int, int] = {}
    for run_id, dataset_id in newest.values_list("pk", "dataset_id"):
        seen.setdefault(dataset_id, run_id)
    return list(seen.values())


# --- files -----------------------------------------------------------------------------------

_KINDS: dict[str, FileKind] = {
    ".pt": "checkpoint",
    ".png": "plot",
    ".jpg": "plot",
    ".csv": "table",
    ".log": "log",
    ".yaml": "config",
}


def list_run_files(run: Run) -> list[RunFile]:
    """Return the files of the run folder: Ultralytics' own, the checkpoints and the log."""
    folder = paths.run_dir(run)
    found = [*folder.glob("*"), *folder.glob("weights/*.pt")]
    files: list[RunFile] = []
    for path in sorted(found, key=lambda path: (path.parent == folder, path.name)):
        if not path.is_file() or path.name.startswith("."):
            continue
        files.append(
            {
                "name": path.name,
                "size_bytes": path.stat().st_size,
                "kind": _KINDS.get(path.suffix, "other"),
                "url": run_file_url(run.pk, path.name),
            }
        )
    return files


def find_run_file(run: Run, name: str) -> Path:
    """Return one of the listed files by its bare name. Raises Http404 for anything else."""
    if any(item["name"] == name for item in list_run_files(run)):
        folder = paths.run_dir(run)
        path = folder / "weights" / name if name.endswith(".pt") else folder / name
        if path.is_file() and not path.is_symlink():
            return path
    raise Http404


def read_log(run: Run, *, lines: int) -> LogTail:
    text, truncated, size_bytes = read_tail(paths.run_log_path(run), lines=lines)
    return {"text": text, "truncated": truncated, "size_bytes": size_bytes}

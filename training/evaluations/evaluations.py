"""Evaluations: a checkpoint measured on a split of a version, its own or another."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction

from annotator.kernel.errors import ConflictError, ServiceError, sentence_of
from annotator.kernel.events import publish_event
from annotator.kernel.jobs import (
    LeaseLostError,
    cancel_job,
    claim_job,
    fail_job,
    finish_job,
    make_owner,
    mark_cancelled,
    report_progress,
)
from annotator.models import Split
from annotator.models.jobs import ENDED_STATES, JobState
from training import paths
from training.jobs.announce import announce
from training.jobs.deleting import delete_evaluations
from training.jobs.device_holds import DeviceBusyError, engine_device, give_back_job
from training.jobs.engine_process import EngineEvent, EngineLock, RunLockedError, engine_lock
from training.jobs.nudges import nudge_worker, release_lease
from training.jobs.short_places import Need, work_in_place
from training.jobs.supervising import MAX_ATTEMPTS, Outcome, supervise_engine
from training.jobs.workers import takes_work
from training.models import Checkpoint, CheckpointKind, Evaluation, Run, Version
from training.versions.folds import data_yaml_of, is_of_fold
from training.versions.freezing import hash_file

logger = logging.getLogger(__name__)

EVALUATION_FOLLOWERS: list[Callable[[Evaluation], None]] = []
"""Called with each evaluation that finished, when its files are in place. Filled when the
applications are set up."""


def queue_evaluation(
    checkpoint: Checkpoint,
    split: str,
    *,
    created_by_id: int | None,
    version: Version | None = None,
    again: bool = False,
) -> Evaluation:
    """Queue an evaluation, on the run's own version if no other is said.

    One that exists is returned, one that failed is queued again; with ``again`` a finished one too.
    """
    with transaction.atomic():
        evaluation, is_new = Evaluation.objects.get_or_create(
            checkpoint=checkpoint,
            version=version or checkpoint.run.version,
            split=split,
            defaults={"run": checkpoint.run, "created_by_id": created_by_id},
        )
        repeated = ENDED_STATES if again else (JobState.FAILED, JobState.CANCELLED)
        is_again = not is_new and Evaluation.objects.filter(
            pk=evaluation.pk, state__in=repeated
        ).update(state=JobState.QUEUED, error="", error_hint="", attempts=0, finished_at=None)
        if is_new or is_again:
            evaluation.refresh_from_db()
            nudge_worker(evaluation)
            announce(evaluation)
    return evaluation


def choose_checkpoint(run: Run, checkpoint_id: int | None) -> Checkpoint:
    """Return a checkpoint of ``run``: that one, or best.pt. Raises ServiceError."""
    rows = run.checkpoints.all()
    rows = (
        rows.filter(kind=CheckpointKind.BEST)
        if checkpoint_id is None
        else rows.filter(pk=checkpoint_id)
    )
    checkpoint = rows.first()
    if checkpoint is None:
        raise ServiceError("The run has no such checkpoint (yet).", code="checkpoint_missing")
    return checkpoint


def choose_version(run: Run, version_id: int | None) -> Version:
    """Return a version of the run's dataset: that one, or the run's own. Raises ServiceError."""
    if version_id is None:
        return run.version
    rows = Version.objects.filter(dataset=run.dataset, deleted_at__isnull=True)
    version = rows.filter(pk=version_id).first()
    if version is None:
        raise ServiceError(
            f"“{run.dataset.name}” has no such version: a checkpoint is evaluated on versions of "
            "its own dataset.",
            code="version_missing",
        )
    return version


def start_evaluation(
    checkpoint: Checkpoint,
    split: str,
    *,
    created_by_id: int | None,
    version: Version | None = None,
    again: bool = False,
) -> Evaluation:
    """Ask for an evaluation. Raises ConflictError for what cannot be evaluated (yet)."""
    run = checkpoint.run
    version = version or run.version
    if run.state not in ENDED_STATES:
        raise ConflictError("The run is still training: its checkpoints change.", code="run_busy")
    if version.state != JobState.FINISHED:
        raise ConflictError(
            f"Version {version.number} is not frozen (yet).", code="version_not_ready"
        )
    counts = {
        Split.TRAIN: version.train_count,
        Split.VAL: version.val_count,
        Split.TEST: version.test_count,
    }
    if not counts[Split(split)]:
        raise ConflictError(
            f"Version {version.number} has no image in its {split} split.", code="split_empty"
        )
    return queue_evaluation(
        checkpoint, split, created_by_id=created_by_id, version=version, again=again
    )


def delete_evaluation(evaluation: Evaluation) -> None:
    """Delete an evaluation with its folder. Raises ConflictError while it is at work."""
    if evaluation.state == JobState.QUEUED:
        cancel_job(evaluation)
    if evaluation.state not in ENDED_STATES:
        raise ConflictError("The evaluation is running: wait for its end.", code="evaluation_busy")
    dataset, evaluation_id = evaluation.run.dataset, evaluation.pk
    folders = evaluation_dirs(evaluation)
    delete_evaluations(Evaluation.objects.filter(pk=evaluation.pk))
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    publish_event("evaluation.changed", dataset=dataset, id=evaluation_id, data={"deleted": True})


def evaluation_dirs(evaluation: Evaluation) -> list[Path]:
    """Return all that an evaluation has on the disk."""
    return [paths.evaluation_dir(evaluation), paths.evaluation_work_dir(evaluation)]


def evaluate_checkpoint(evaluation_id: int) -> None:
    """Work a queued evaluation off; does nothing if it is not to be had."""
    evaluation = claim_job(Evaluation, evaluation_id, make_owner()) if takes_work() else None
    if evaluation is None:
        return
    announce(evaluation)
    try:
        parameters = evaluation.run.parameters
        need = Need(parameters["image_size"], evaluation.run.batch or parameters["batch"])

        def work(devices: str) -> Outcome:
            with engine_lock(paths.job_lock_path("evaluation", evaluation.pk)) as lock:
                return _work(evaluation, devices, lock)

        outcome = work_in_place(evaluation, parameters["device"], need, work)
        _conclude(evaluation, outcome)
        if outcome.state == "finished":
            for follow in EVALUATION_FOLLOWERS:
                follow(evaluation)
    except LeaseLostError:
        return
    except (RunLockedError, DeviceBusyError) as reason:
        if give_back_job(evaluation, str(reason)):
            announce(evaluation)
        return
    except Exception as error:
        logger.exception("%s failed in Segloop itself", evaluation)
        fail_job(evaluation, f"Segloop could not go on with the evaluation: {sentence_of(error)}")
    announce(evaluation)


def _data_yaml(evaluation: Evaluation) -> Path:
    if is_of_fold(evaluation):
        return data_yaml_of(evaluation.run)
    return paths.data_yaml_path(evaluation.version)


def _work(evaluation: Evaluation, devices: str, lock: EngineLock) -> Outcome:
    if evaluation.state == JobState.CANCELLING:
        return Outcome("cancelled", {})
    if evaluation.attempts > MAX_ATTEMPTS:
        return Outcome("failed", {}, f"The evaluation was interrupted {MAX_ATTEMPTS} times.")
    if refusal := refuse_changed_checkpoint(evaluation.checkpoint):
        return Outcome("failed", {}, refusal)
    folder = paths.evaluation_work_dir(evaluation)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    parameters = evaluation.run.parameters
    device, environment = engine_device(devices)

    def handle(event: EngineEvent) -> None:
        if event["type"] == "progress":
            report_progress(
                evaluation,
                done=event["done"],
                total=event["total"],
                unit="images",
                message="Evaluating the images",
            )
            announce(evaluation)

    outcome = supervise_engine(
        evaluation,
        "evaluate",
        {
            "checkpoint": str(paths.checkpoint_path(evaluation.checkpoint)),
            "data_yaml": str(_data_yaml(evaluation)),
            "split": evaluation.split,
            "imgsz": parameters["image_size"],
            "batch": evaluation.run.batch or parameters["batch"],
            "device": device,
            "out_dir": str(folder),
            "config_dir": str(paths.engine_config_dir()),
        },
        log=folder / paths.LOG_NAME,
        on_event=handle,
        lock=lock,
        environment=environment,
    )
    if outcome.state == "finished":
        target = paths.evaluation_dir(evaluation)
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
    return outcome


def refuse_changed_checkpoint(checkpoint: Checkpoint) -> str:
    """Return why a checkpoint must not be opened, or "". A .pt can hold code: only the very file
    that our own run wrote is given to the engine."""
    path = paths.checkpoint_path(checkpoint)
    if not path.is_file():
        return f"The file {path} is gone."
    if hash_file(path) != checkpoint.sha256:
        return f"The file {path} is not the one that the run wrote; it is not opened."
    return ""


def _conclude(evaluation: Evaluation, outcome: Outcome) -> None:
    if outcome.state == "interrupted":
        release_lease(evaluation)
    elif outcome.state == "cancelled":
        mark_cancelled(evaluation)
    elif outcome.state == "failed":
        fail_job(evaluation, outcome.error, outcome.hint)
    else:
        event = outcome.event
        values: dict[str, Any] = {
            key: event[key]
            for key in (
                "image_count",
                "instance_count",
                "box",
                "mask",
                "per_class",
                "confidence_floor",
                "best_confidence",
                "ultralytics_confidence",
                "operating",
                "unknown_classes",
                "extra_classes",
                "speed",
                "format",
            )
        }
        with transaction.atomic():
            held = Evaluation.objects.filter(pk=evaluation.pk, lease_owner=evaluation.lease_owner)
            if held.update(**values) != 1 or not finish_job(evaluation):
                raise LeaseLostError
            if evaluation.split == Split.VAL:
                # One that was uploaded alone has no epochs to tell its figures.
                Checkpoint.objects.filter(
                    pk=evaluation.checkpoint_id,
                    mask__isnull=True,
                    run__version=evaluation.version_id,
                ).update(box=event["box"], mask=event["mask"])

"""Evaluations: a checkpoint measured on a split of a version, its own or another."""

import shutil

from django.db import transaction

from annotator.kernel.errors import ConflictError, ServiceError
from annotator.kernel.events import publish_event
from annotator.kernel.jobs import cancel_job
from annotator.models import Split
from annotator.models.jobs import ENDED_STATES, JobState
from training import paths
from training.jobs.announce import announce
from training.jobs.deleting import delete_evaluations
from training.jobs.engine_job import RefusedError
from training.jobs.nudges import nudge_worker
from training.models import Checkpoint, CheckpointKind, Evaluation, Export, Run, Version
from training.versions.freezing import hash_file


def queue_evaluation(
    checkpoint: Checkpoint,
    split: str,
    *,
    created_by_id: int | None,
    version: Version | None = None,
    export: Export | None = None,
    again: bool = False,
) -> Evaluation:
    """Queue an evaluation of a checkpoint, or of an ``export`` of it, on the run's own version if
    no other is said.

    One that exists is returned, one that failed is queued again; with ``again`` a finished one too.
    """
    with transaction.atomic():
        evaluation, is_new = Evaluation.objects.get_or_create(
            checkpoint=checkpoint,
            export=export,
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


def choose_export(run: Run, export_id: int) -> Export:
    """Return an export of one of the run's checkpoints. Raises ServiceError."""
    rows = Export.objects.select_related("checkpoint__run__version")
    export = rows.filter(pk=export_id, checkpoint__run=run).first()
    if export is None:
        raise ServiceError("The run has no such export.", code="export_missing")
    return export


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
    export: Export | None = None,
    again: bool = False,
) -> Evaluation:
    """Ask for an evaluation of a checkpoint or of an ``export`` of it.

    Raises ConflictError for what cannot be evaluated (yet).
    """
    run = checkpoint.run
    version = version or run.version
    if run.state not in ENDED_STATES:
        raise ConflictError("The run is still training: its checkpoints change.", code="run_busy")
    if version.state != JobState.FINISHED:
        raise ConflictError(
            f"Version {version.number} is not frozen (yet).", code="version_not_ready"
        )
    if export is not None and export.state != JobState.FINISHED:
        raise ConflictError(f"The export is not ready (it is {export.state}).", code="export_busy")
    if not count_images(version, split):
        raise ConflictError(
            f"Version {version.number} has no image in its {split} split.", code="split_empty"
        )
    return queue_evaluation(
        checkpoint, split, created_by_id=created_by_id, version=version, export=export, again=again
    )


def count_images(version: Version, split: str) -> int:
    """Return how many images a version has in a split."""
    counts = {
        Split.TRAIN: version.train_count,
        Split.VAL: version.val_count,
        Split.TEST: version.test_count,
    }
    return counts[Split(split)]


def delete_evaluation(evaluation: Evaluation) -> None:
    """Delete an evaluation with its folder. Raises ConflictError while it is at work."""
    if evaluation.state == JobState.QUEUED:
        cancel_job(evaluation)
    if evaluation.state not in ENDED_STATES:
        raise ConflictError("The evaluation is running: wait for its end.", code="evaluation_busy")
    dataset, evaluation_id = evaluation.run.dataset, evaluation.pk
    folders = paths.evaluation_dirs(evaluation)
    delete_evaluations(Evaluation.objects.filter(pk=evaluation.pk))
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    publish_event("evaluation.changed", dataset=dataset, id=evaluation_id)


def unchanged_checkpoint(checkpoint: Checkpoint) -> str:
    """Return the path of a checkpoint for the engine. A .pt can hold code: only the very file that
    our own run wrote is opened. Raises RefusedError."""
    path = paths.checkpoint_path(checkpoint)
    if not path.is_file():
        raise RefusedError(f"The file {path} is gone.")
    if hash_file(path) != checkpoint.sha256:
        raise RefusedError(f"The file {path} is not the one that the run wrote; it is not opened.")
    return str(path)

"""Trained elsewhere, the way back: a run folder or a checkpoint is uploaded and becomes a run."""

from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from annotator.kernel.disk import check_disk_space
from annotator.kernel.errors import ConflictError, ServiceError, TooLargeError
from annotator.kernel.events import publish_event
from annotator.kernel.files import keep_upload
from annotator.kernel.jobs import cancel_job
from annotator.labels.formats.trees import TreeError
from annotator.labels.safe_zip import ZipTree
from annotator.models.jobs import ENDED_STATES, JobState
from training import paths
from training.jobs.announce import announce
from training.jobs.nudges import nudge_worker
from training.models import RunImport, Version

from .run_folders import LIMITS, read_run_folder

SUFFIXES = (".pt", ".zip")


def request_run_import(
    version: Version, upload: "UploadedFile[Any]", *, created_by: AbstractBaseUser
) -> RunImport:
    """Keep an uploaded run folder (.zip) or checkpoint (.pt) and queue it to become a run.

    What is inside a checkpoint is only looked at by the engine (run_importing.py). Raises
    ServiceError for a file that is neither, or no archive of one run.
    """
    name = PurePath(upload.name or "").name[-255:]
    size_bytes = upload.size or 0
    if PurePath(name).suffix.lower() not in SUFFIXES:
        raise ServiceError(
            f"{name}: bring a run folder as .zip, or a checkpoint as .pt.", code="bad_run_file"
        )
    if version.state != JobState.FINISHED:
        raise ConflictError(f"Version {version.number} is not frozen yet.", code="version_busy")
    if size_bytes > settings.MAX_UPLOAD_GIGABYTES * 1024**3:
        raise TooLargeError(f"An upload may have {settings.MAX_UPLOAD_GIGABYTES:g} GB at most.")
    check_disk_space(2 * size_bytes)
    job = RunImport(
        dataset=version.dataset,
        version=version,
        source_name=name,
        created_by_id=created_by.pk,
        progress_message="Waiting for a worker",
        state=JobState.CANCELLED,  # until the file is there, no worker may take it
    )
    job.save()
    try:
        _keep_upload(job, upload)
        with transaction.atomic():
            RunImport.objects.filter(pk=job.pk).update(state=JobState.QUEUED)
            job.refresh_from_db()
            nudge_worker(job)
            announce(job)
    except BaseException:
        paths.run_import_path(job).unlink(missing_ok=True)
        job.delete()
        raise
    return job


def cancel_run_import(job: RunImport) -> None:
    """Ask an import to stop; the upload goes. Raises ConflictError when it has ended."""
    if not cancel_job(job):
        raise ConflictError("The import has already ended.", code="run_import_ended")
    if job.state == JobState.CANCELLED:  # else the worker that has it deletes the upload
        paths.run_import_path(job).unlink(missing_ok=True)
    announce(job)


def delete_run_import(job: RunImport) -> None:
    """Take an import off the list; the run that it became stays. Raises ConflictError while a
    worker has it."""
    if job.state == JobState.QUEUED:
        cancel_job(job)
    if job.state not in ENDED_STATES:
        raise ConflictError("The import is running: cancel it first.", code="run_import_busy")
    paths.run_import_path(job).unlink(missing_ok=True)
    dataset, job_id = job.dataset, job.pk
    job.delete()
    publish_event("run_import.changed", dataset=dataset, id=job_id)


def _keep_upload(job: RunImport, upload: "UploadedFile[Any]") -> None:
    target = paths.run_import_path(job)
    keep_upload(upload, target)
    if target.suffix == ".zip":
        try:
            with ZipTree(target, limits=LIMITS) as tree:
                read_run_folder(tree)
        except TreeError as error:
            raise ServiceError(f"{job.source_name}: {error}", code="bad_run_file") from error

"""Imports: a folder or an archive of images and labels goes into a dataset, with a report.

The job is leased and resumable: whoever takes it up after a kill goes on behind the last batch that
was committed (:mod:`.taking`).

Before it, a dry run (:mod:`.dry_run`) may show what would come of it; the same row is queued once
more as the import itself. What a finished import brought can be taken back (:mod:`.undoing`).
"""

import logging
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db.models import F

from annotator import paths
from annotator.folder.intake import clear_staging
from annotator.images.windows import settle_first_window
from annotator.kernel import jobs
from annotator.kernel.disk import check_disk_space
from annotator.kernel.errors import (
    DISK_FULL,
    ConflictError,
    ServiceError,
    TooLargeError,
    is_disk_full,
)
from annotator.kernel.events import publish_event
from annotator.kernel.files import keep_upload
from annotator.kernel.nudges import nudge_worker
from annotator.labels.formats.leftovers import pixels_of
from annotator.labels.formats.trees import TreeError
from annotator.models import Dataset, Import
from annotator.models.jobs import JobState

from .arriving.downloading import fetch_source
from .classes import check_class_map
from .counting import COUNT_FIELDS
from .dry_run import look_at
from .options import parse_options
from .sources import drop_source, find_other, is_source_there, open_source, recognise
from .taking import Taking, announce
from .videos import drop_frames, has_frames, take_frames

logger = logging.getLogger(__name__)


# --- asking for an import, and stopping it ----------------------------------------------------


def start_import(
    dataset: Dataset,
    *,
    source_path: str,
    source_name: str,
    created_by: User | None,
    owns_source: bool = False,
    options: Mapping[str, object] | None = None,
) -> Import:
    """Queue an import; a worker is nudged when the transaction commits. Raises ServiceError."""
    job = create_import(
        dataset,
        source_path=source_path,
        source_name=source_name,
        created_by=created_by,
        owns_source=owns_source,
        options=options,
    )
    _nudge(job)
    return job


def start_dry_run(
    dataset: Dataset,
    *,
    source_path: str,
    source_name: str,
    created_by: User | None,
    owns_source: bool = False,
    options: Mapping[str, object] | None = None,
) -> Import:
    """Queue a look at a source: nothing comes in, and a person sees what would.

    :func:`begin_import` then makes it the import itself. Raises ServiceError.
    """
    job = create_import(
        dataset,
        source_path=source_path,
        source_name=source_name,
        created_by=created_by,
        owns_source=owns_source,
        options=options,
        is_dry_run=True,
    )
    _nudge(job)
    return job


def create_import(
    dataset: Dataset,
    *,
    source_path: str,
    source_name: str,
    created_by: User | None,
    owns_source: bool = False,
    options: Mapping[str, object] | None = None,
    is_dry_run: bool = False,
) -> Import:
    """Write the row of an import that the caller runs by itself. Raises ServiceError."""
    job = Import.objects.create(
        dataset=dataset,
        source_name=source_name[:255],
        source_path=source_path,
        owns_source=owns_source,
        options=parse_options(options or {}).to_json(),
        is_dry_run=is_dry_run,
        created_by=created_by,
        progress_unit="images",
        progress_message="Waiting for a worker",
    )
    announce(job)
    return job


def start_archive_import(
    dataset: Dataset,
    upload: "UploadedFile[Any]",
    *,
    created_by: User | None,
    options: Mapping[str, object] | None = None,
    is_dry_run: bool = False,
) -> Import:
    """Keep an uploaded .zip for its import and queue that. Raises ServiceError."""
    name = PurePath(upload.name or "archive.zip").name
    size_bytes = upload.size or 0
    if size_bytes > settings.MAX_UPLOAD_GIGABYTES * 1024**3:
        raise TooLargeError(f"An upload may have {settings.MAX_UPLOAD_GIGABYTES:g} GB at most.")
    check_disk_space(size_bytes)
    target = paths.uploads_dir() / f"{uuid4().hex}.zip"
    start = start_dry_run if is_dry_run else start_import
    try:
        keep_upload(upload, target)
        with open_source(str(target)):
            pass
        return start(
            dataset,
            source_path=str(target),
            source_name=name,
            created_by=created_by,
            owns_source=True,
            options=options,
        )
    except TreeError as error:
        target.unlink(missing_ok=True)
        raise ServiceError(f"{name}: {error}", code="bad_archive") from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def begin_import(job: Import, options: Mapping[str, object]) -> Import:
    """Make a dry run that has ended the import itself. Raises ServiceError."""
    chosen = parse_options(options)
    names = [item["name"] for item in (job.preview or {}).get("classes", [])]
    if names:
        check_class_map(chosen.classes, names)
    return _queue_again(job, is_dry_run=False, options=chosen.to_json())


def look_again(job: Import, options: Mapping[str, object]) -> Import:
    """Look at the source of a dry run once more, say as another format. Raises ServiceError."""
    return _queue_again(job, is_dry_run=True, options=parse_options(options).to_json())


def _queue_again(job: Import, *, is_dry_run: bool, options: dict[str, object]) -> Import:
    rows = Import.objects.filter(
        pk=job.pk, is_dry_run=True, state__in=(JobState.FINISHED, JobState.FAILED)
    )
    if not rows.update(
        is_dry_run=is_dry_run,
        options=options,
        state=JobState.QUEUED,
        progress_done=0,
        progress_total=None,
        progress_message="Waiting for a worker",
        attempts=0,
        started_at=None,
        finished_at=None,
        error="",
        **dict.fromkeys(COUNT_FIELDS, 0),
    ):
        raise ConflictError(
            "This is not a look at a source that has ended: reload the page.", code="not_a_dry_run"
        )
    return _requeued(job)


def is_resumable(job: Import) -> bool:
    """Whether an import that was cancelled or failed can go on: its source is still there."""
    if job.is_dry_run or job.undone_at is not None:
        return False
    has_stopped = job.state in (JobState.CANCELLED, JobState.FAILED)
    return has_stopped and is_source_there(job.source_path)


def resume_import(job: Import) -> Import:
    """Go on with an import that was cancelled or failed, behind what it has taken.

    Raises ConflictError.
    """
    if job.undone_at is not None:
        raise ConflictError("The import was taken back.", code="undone")
    if not is_source_there(job.source_path):
        raise ConflictError(
            "What it was read from is no longer on the server: import it anew.", code="source_gone"
        )
    rows = Import.objects.filter(
        pk=job.pk,
        is_dry_run=False,
        undone_at__isnull=True,
        state__in=(JobState.CANCELLED, JobState.FAILED),
    )
    # One attempt more: what a kill left in the folder is cleared up first.
    if not rows.update(
        state=JobState.QUEUED, attempts=F("attempts") + 1, finished_at=None, error=""
    ):
        raise ConflictError("The import has not stopped: reload the page.", code="not_stopped")
    return _requeued(job)


def _requeued(job: Import) -> Import:
    job.refresh_from_db()
    _nudge(job)
    announce(job)
    return job


def _nudge(job: Import) -> None:
    nudge_worker("annotator.tasks.run_import", job.pk)


def cancel_import(job: Import) -> Import:
    """Ask an import to stop; what it took in stays, and can be taken back."""
    if job.is_dry_run and not job.is_active:
        drop_source(job)
        drop_frames(job)
        Import.objects.filter(pk=job.pk, is_dry_run=True).update(state=JobState.CANCELLED)
        job.refresh_from_db()
    elif jobs.cancel_job(job) and not (job.is_active or job.progress_done or has_frames(job)):
        drop_source(job)
    announce(job)
    return job


# --- the work ---------------------------------------------------------------------------------


def run_import(import_id: int) -> Import | None:
    """Work an import off, unless somebody else does. Returns the job as it ended."""
    job = jobs.claim_job(Import, import_id, jobs.make_owner())
    if job is None:
        return None
    with jobs.heartbeat(job) as lost:
        try:
            _run(job)
            jobs.mark_cancelled(job) if jobs.is_cancelling(job) else jobs.finish_job(job)
        except jobs.LeaseLostError:
            logger.warning("%s was taken over or ended by another worker", job)
        except (TreeError, ServiceError) as error:
            _give_up(job, str(error))
        except Exception as error:
            logger.exception("%s failed", job)
            _give_up(job, _reason(error))
        if lost.is_set():
            return job
    job.refresh_from_db()
    if not job.is_active and not job.is_dry_run:
        settle_first_window(job)
        clear_staging(job.dataset, f"import-{job.pk}")
        # What was cancelled or failed can go on for a while: housekeeping removes its archive.
        if job.state == JobState.FINISHED or not (job.progress_done or has_frames(job)):
            drop_source(job)
            drop_frames(job)
    publish_event("dataset.changed", dataset=job.dataset, id=job.dataset_id)
    publish_event("images.changed", dataset=job.dataset)
    announce(job)
    return job


def _reason(error: Exception) -> str:
    if is_disk_full(error):
        return f"{DISK_FULL} What was taken in until then stays; import the rest again."
    if isinstance(error, OSError):
        return f"A file could not be written or read: {error.strerror or error}."
    return "The import failed by a fault of Segloop; the worker's log has it."


def _give_up(job: Import, reason: str) -> None:
    jobs.mark_cancelled(job) if jobs.is_cancelling(job) else jobs.fail_job(job, reason)


def _run(job: Import) -> None:
    options = parse_options(job.options)
    if not fetch_source(job):
        return
    with open_source(job.source_path, name=job.source_name) as opened:
        tree = take_frames(job, opened, options)
        if tree is None:
            return
        if job.is_dry_run:
            look_at(job, tree, options)
            return
        name, source = recognise(tree, format=options.format, also=options.also)
        Import.objects.filter(pk=job.pk).update(format=name)
        Taking(job, options, pixels_of(source, tree), source).take_all()
        if (other := find_other(job.source_path)) is not None:
            other.follow(job)

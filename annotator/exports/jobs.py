"""Exports as jobs: a worker writes the .zip, and says when it is ready."""

import logging
import time
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from annotator import paths
from annotator.kernel import jobs
from annotator.kernel.disk import check_disk_space
from annotator.kernel.errors import ConflictError, ServiceError, sentence_of
from annotator.kernel.events import publish_event
from annotator.kernel.nudges import nudge_worker
from annotator.labels.formats import FORMATS
from annotator.models import Dataset, DatasetExport, JobState

from .exports import write_export
from .losses import Losses, find_losses
from .material import gather_material
from .selection import Selection

logger = logging.getLogger(__name__)

_REPORT_SECONDS = 1.0
_ORPHAN_SECONDS = 3600.0


class _CancelledError(Exception):
    pass


def start_export(
    dataset: Dataset, selection: Selection, *, format: str, created_by: User | None
) -> DatasetExport:
    """Queue an export. Raises ServiceError where the choice or the disk does not allow it."""
    counts = gather_material(dataset, selection).count()
    if not counts["images"]:
        raise ServiceError("No image matches: there is nothing to export.", code="nothing_chosen")
    check_disk_space(counts["size_bytes"])
    job = DatasetExport.objects.create(
        dataset=dataset,
        format=format,
        selection=selection.store(),
        image_count=counts["images"],
        object_count=counts["objects"],
        created_by=created_by,
        progress_unit="MB",
        progress_message="Waiting for a worker",
    )
    _announce(job)
    nudge_worker("annotator.tasks.run_export", job.pk)
    return job


def run_export(export_id: int) -> DatasetExport | None:
    """Work an export off, unless somebody else does. Returns the job as it ended."""
    job = jobs.claim_job(DatasetExport, export_id, jobs.make_owner())
    if job is None:
        return None
    _announce(job)
    with jobs.heartbeat(job):
        try:
            _make(job)
            jobs.finish_job(job)
        except jobs.LeaseLostError:
            logger.warning("%s was taken over or ended by another worker", job)
            return job
        except _CancelledError:
            jobs.mark_cancelled(job)
        except (ServiceError, OSError) as error:
            jobs.fail_job(job, sentence_of(error))
        except Exception:
            logger.exception("%s failed", job)
            jobs.fail_job(job, "The export failed by a fault of Segloop; the worker's log has it.")
    _announce(job)
    if job.state == JobState.FINISHED:
        publish_event("export.ready", dataset=job.dataset, id=job.pk)
    else:
        paths.export_path(job.pk).unlink(missing_ok=True)
    return job


def _make(job: DatasetExport) -> None:
    selection = Selection.load(job.selection)
    counts = gather_material(job.dataset, selection).count()
    check_disk_space(counts["size_bytes"])
    paths.exports_dir().mkdir(parents=True, exist_ok=True)
    report = _Reporter(job, total_bytes=counts["size_bytes"])
    size_bytes = write_export(
        job.dataset, paths.export_path(job.pk), selection, format=job.format, on_progress=report
    )
    losses = _find_losses(job, selection)
    DatasetExport.objects.filter(pk=job.pk).update(
        size_bytes=size_bytes,
        image_count=losses.images,
        object_count=losses.objects,
        loss_count=losses.count,
        losses=asdict(losses),
    )


def _find_losses(job: DatasetExport, selection: Selection) -> Losses:
    """All of them, looking up now and then whether to stop."""
    material = gather_material(job.dataset, selection)
    whole = Losses()
    cursor: str | None = ""
    while cursor is not None:
        part = find_losses(FORMATS[job.format], material, cursor=cursor, seconds=2.0)
        whole.add(part)
        cursor = part.next
        jobs.report_progress(
            job,
            done=job.progress_done,
            total=job.progress_total,
            unit=job.progress_unit,
            message=f"Looking at what the format holds: {whole.objects:,} objects",
        )
        if jobs.is_cancelling(job):
            raise _CancelledError
    return whole


class _Reporter:
    """Stores the progress about once a second, and ends the writing when somebody cancels."""

    def __init__(self, job: DatasetExport, *, total_bytes: int) -> None:
        self._job, self._total = job, total_bytes
        self._last = 0.0

    def __call__(self, written_bytes: int) -> None:
        if time.monotonic() - self._last < _REPORT_SECONDS:
            return
        done, total = written_bytes >> 20, max(written_bytes, self._total) >> 20
        jobs.report_progress(self._job, done=done, total=total, unit="MB")
        self._last = time.monotonic()
        _announce(self._job)
        if jobs.is_cancelling(self._job):
            raise _CancelledError


def find_file(job: DatasetExport) -> Path:
    """The .zip of a finished export. Raises ConflictError where there is none."""
    path = paths.export_path(job.pk)
    if job.state != JobState.FINISHED or not path.is_file():
        raise ConflictError("This export is not ready.", code="export_not_ready")
    return path


def delete_export(job: DatasetExport) -> None:
    """Cancel what is under way; remove what is ready, with its file."""
    if job.is_active:
        jobs.cancel_job(job)
        if job.is_active:
            _announce(job)
            return
    paths.export_path(job.pk).unlink(missing_ok=True)
    _announce(job)
    job.delete()


def remove_expired_exports() -> int:
    """Remove exports that are older than ``SEGLOOP_EXPORT_DAYS``, and files without a row."""
    limit = timezone.now() - timedelta(days=settings.EXPORT_DAYS)
    ended = DatasetExport.objects.filter(finished_at__lt=limit)
    count = 0
    for job in ended.select_related("dataset"):
        delete_export(job)
        count += 1
    root = paths.exports_dir()
    for path in root.iterdir() if root.is_dir() else ():
        number = path.name.strip(".").partition(".")[0]
        is_known = number.isdigit() and DatasetExport.objects.filter(pk=int(number)).exists()
        if not is_known and time.time() - path.stat().st_mtime > _ORPHAN_SECONDS:
            path.unlink(missing_ok=True)
            count += 1
    return count


def _announce(job: DatasetExport) -> None:
    publish_event("dataset_export.changed", dataset=job.dataset, id=job.pk)

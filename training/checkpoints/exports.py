"""Exports: a checkpoint in another format, verified and certified, ready to be downloaded."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import Http404

from annotator.kernel.errors import ConflictError
from annotator.kernel.jobs import Progress, cancel_job
from annotator.models import Split
from annotator.models.jobs import ENDED_STATES, JobState
from training import paths
from training.evaluations.certificates import Certificate
from training.jobs.deleting import delete_evaluations
from training.jobs.nudges import nudge_worker
from training.jobs.served_use import forget_moves, refuse_served
from training.jobs.waiting import Waiting
from training.jobs.workers import online_workers
from training.models import (
    Checkpoint,
    Evaluation,
    Export,
    ExportFormat,
    Prediction,
    WorkerQueue,
)

from .certifying import find_measuring


class Verification(TypedDict):
    """The same images predicted by checkpoint and export; ``matched``: instances that both found,
    ``missing`` and ``extra``: those that only the one or the other did."""

    image_count: int
    matched: int
    mean_mask_iou: float
    worst_mask_iou: float
    max_confidence_difference: float
    missing: int
    extra: int


class Measuring(TypedDict):
    """The evaluation that writes a certificate: the newest of the export. ``error``: of one that
    failed."""

    evaluation: int
    split: Split
    state: JobState
    progress: Progress
    error: str


class ExportPayload(TypedDict):
    """``url``: "" until there is a file. ``waits_for``: a sentence while it is queued, else "".
    ``reference``: by which predictions and served models name it. ``certificate``: null until it
    was measured; ``measuring``: by what."""

    id: int
    reference: str
    checkpoint: int
    format: ExportFormat
    name: str
    image_size: int
    state: JobState
    waits_for: str
    error: str
    error_hint: str
    file_name: str
    size_bytes: int
    seconds: float
    verification: Verification | None
    certificate: Certificate | None
    measuring: Measuring | None
    url: str
    created_at: datetime


class ExportFormatPayload(TypedDict):
    """``reason``: why no worker that is online could make it now, "" where one could."""

    format: ExportFormat
    name: str
    reason: str


def list_export_formats() -> list[ExportFormatPayload]:
    """Return all formats, with the reason where no gpu worker could make one now."""
    told = [
        {item["format"]: item["reason"] for item in worker.export_formats}
        for worker in online_workers(WorkerQueue.GPU)
        if worker.export_formats
    ]
    formats: list[ExportFormatPayload] = []
    for item in ExportFormat:
        reasons = [formats_there[item] for formats_there in told if item in formats_there]
        reason = min(reasons, key=len) if reasons else "No gpu worker is running."
        formats.append({"format": item, "name": str(item.label), "reason": reason})
    return formats


def exports_for_payload() -> QuerySet[Export]:
    rows = Export.objects.select_related("checkpoint__run__dataset", "checkpoint__run__version")
    return rows.prefetch_related(
        Prefetch("evaluations", Evaluation.objects.order_by("-pk"), to_attr="measured_by")
    )


def export_payload(export: Export, waiting: Waiting | None = None) -> ExportPayload:
    """Needs an export of :func:`exports_for_payload`."""
    waiting = waiting or Waiting()
    has_file = export.state == JobState.FINISHED
    return {
        "id": export.pk,
        "reference": f"export:{export.pk}",
        "checkpoint": export.checkpoint_id,
        "format": ExportFormat(export.format),
        "name": export.get_format_display(),
        "image_size": export.image_size,
        "state": JobState(export.state),
        "waits_for": waiting.reason(export),
        "error": export.error,
        "error_hint": export.error_hint,
        "file_name": export.file_name,
        "size_bytes": export.size_bytes,
        "seconds": export.seconds,
        "verification": export.verification,
        "certificate": export.certificate,
        "measuring": _measuring(export, waiting),
        "url": f"/api/exports/{export.pk}/file/" if has_file else "",
        "created_at": export.created_at,
    }


def _measuring(export: Export, waiting: Waiting) -> Measuring | None:
    rows: list[Evaluation] = getattr(export, "measured_by", [])
    if not rows:
        return None
    row = next((row for row in rows if row.state not in ENDED_STATES), rows[0])
    return {
        "evaluation": row.pk,
        "split": Split(row.split),
        "state": JobState(row.state),
        "progress": waiting.progress(row),
        "error": row.error,
    }


def start_all_exports(checkpoint: Checkpoint, *, created_by: AbstractBaseUser | None) -> int:
    """Queue every format that a worker can make now and that is neither there nor on its way, at
    the size that the checkpoint was trained at. Return how many."""
    size = checkpoint.run.parameters["image_size"]
    rows = checkpoint.exports.filter(image_size=size)
    there = set(
        rows.exclude(state__in=(JobState.FAILED, JobState.CANCELLED)).values_list(
            "format", flat=True
        )
    )
    wanted = [
        item["format"]
        for item in list_export_formats()
        if not item["reason"] and item["format"] not in there
    ]
    for format in wanted:
        start_export(checkpoint, format=format, image_size=None, created_by=created_by)
    return len(wanted)


def start_export(
    checkpoint: Checkpoint,
    *,
    format: str,
    image_size: int | None,
    created_by: AbstractBaseUser | None,
) -> Export:
    """Queue the export of a checkpoint, at the size it was trained at unless told otherwise."""
    if checkpoint.run.state not in ENDED_STATES:
        raise ConflictError("The run is still training: its checkpoints change.", code="run_busy")
    with transaction.atomic():
        export = Export.objects.create(
            checkpoint=checkpoint,
            format=format,
            image_size=image_size or checkpoint.run.parameters["image_size"],
            created_by_id=None if created_by is None else created_by.pk,
        )
        nudge_worker(export)
    return export


def delete_export(export: Export) -> None:
    """Delete an export with its file. Raises ConflictError while it is being made, or served."""
    refuse_served(export)
    if export.state not in ENDED_STATES:
        cancel_job(export)
        if export.state not in ENDED_STATES:
            raise ConflictError(
                "The export is just being made and will stop in a moment: try again then.",
                code="export_busy",
            )
    if count := Prediction.all_objects.filter(export=export).count():
        used = "one prediction" if count == 1 else f"{count} predictions"
        raise ConflictError(f"It is used by {used}: delete these first.", code="export_in_use")
    measuring = find_measuring(export)
    if measuring is not None:
        cancel_job(measuring)
        if measuring.state not in ENDED_STATES:
            raise ConflictError(
                "The export is just being measured and will stop in a moment: try again then.",
                code="export_busy",
            )
    evaluations = export.evaluations.select_related("run")
    folders = [path for row in evaluations for path in paths.evaluation_dirs(row)]
    folders.append(paths.export_dir(export))
    delete_evaluations(Evaluation.objects.filter(export=export))
    forget_moves(export)
    export.delete()
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def find_export_file(export: Export) -> Path:
    """Return the file of a finished export. Raises Http404."""
    path = paths.export_dir(export) / export.file_name
    if export.state != JobState.FINISHED or not path.is_file():
        raise Http404
    return path

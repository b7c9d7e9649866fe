"""Exports: a checkpoint in another format, verified, ready to be downloaded."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import Http404

from annotator.kernel.errors import ConflictError
from annotator.kernel.jobs import cancel_job
from annotator.models.jobs import ENDED_STATES, JobState
from training import paths
from training.jobs.nudges import nudge_worker
from training.jobs.served_use import forget_moves, refuse_served
from training.jobs.waiting import Waiting
from training.jobs.workers import online_workers
from training.models import Checkpoint, Export, ExportFormat, WorkerQueue


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


class ExportPayload(TypedDict):
    """``url``: "" until there is a file. ``waits_for``: a sentence while it is queued, else ""."""

    id: int
    checkpoint: int
    format: ExportFormat
    image_size: int
    state: JobState
    waits_for: str
    error: str
    error_hint: str
    file_name: str
    size_bytes: int
    seconds: float
    verification: Verification | None
    url: str
    created_at: datetime


class ExportFormatPayload(TypedDict):
    """``reason``: why no worker that is online could make it now, "" where one could."""

    format: ExportFormat
    name: str
    reason: str


_ENGINE_NAMES = {ExportFormat.TFLITE: "litert"}
"""What Ultralytics calls a format by now, where that is another name."""


def list_export_formats() -> list[ExportFormatPayload]:
    """Return all formats, with the reason where no gpu worker could make one now."""
    told = [
        {item["format"]: item["reason"] for item in worker.export_formats}
        for worker in online_workers(WorkerQueue.GPU)
        if worker.export_formats
    ]
    formats: list[ExportFormatPayload] = []
    for item in ExportFormat:
        name = _ENGINE_NAMES.get(item, item.value)
        reasons = [formats_there.get(name, "") for formats_there in told]
        reason = min(reasons, key=len) if reasons else "No gpu worker is running."
        formats.append({"format": item, "name": str(item.label), "reason": reason})
    return formats


def export_payload(export: Export) -> ExportPayload:
    has_file = export.state == JobState.FINISHED
    return {
        "id": export.pk,
        "checkpoint": export.checkpoint_id,
        "format": ExportFormat(export.format),
        "image_size": export.image_size,
        "state": JobState(export.state),
        "waits_for": Waiting().reason(export),
        "error": export.error,
        "error_hint": export.error_hint,
        "file_name": export.file_name,
        "size_bytes": export.size_bytes,
        "seconds": export.seconds,
        "verification": export.verification,
        "url": f"/api/exports/{export.pk}/file/" if has_file else "",
        "created_at": export.created_at,
    }


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
    folder = paths.export_dir(export)
    forget_moves(export)
    export.delete()
    shutil.rmtree(folder, ignore_errors=True)


def find_export_file(export: Export) -> Path:
    """Return the file of a finished export. Raises Http404."""
    path = paths.export_dir(export) / export.file_name
    if export.state != JobState.FINISHED or not path.is_file():
        raise Http404
    return path

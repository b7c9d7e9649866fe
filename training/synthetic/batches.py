"""A few train batches, augmented as a run with these arguments would see them, before it starts.

The images lie in the cache and may be deleted at any time.
"""

import re
from pathlib import Path
from typing import TypedDict

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import Http404

from annotator.kernel.errors import ConflictError
from annotator.kernel.jobs import Progress, progress_of
from annotator.labels.polygons.bridges import split_ring
from annotator.labels.polygons.geometry import Polygons
from annotator.models import Dataset
from annotator.models.jobs import JobState
from training import paths
from training.engine.protocol import ShownBatch
from training.jobs.engine_process import EngineEvent
from training.jobs.nudges import nudge_worker
from training.jobs.train_arguments import check_arguments
from training.jobs.workers import describe_cpu_workers
from training.models import BatchPreview, Version
from training.runs.runs import DEFAULT_SEED, RunRequest
from training.versions.payloads import class_names

from .previews import Previewing, preview_dir

SHOWN = 3
_NAME = re.compile(r"batch-[1-9]-\d{2}\.jpg")


class BatchPreviewObject(TypedDict):
    class_index: int
    polygons: Polygons


class BatchPreviewImage(TypedDict):
    """``source``: the image of the version that it began with; mosaic and mixup add others."""

    url: str
    source: str
    width: int
    height: int
    objects: list[BatchPreviewObject]


class BatchPreviewBatch(TypedDict):
    """As in the epochs ``first_epoch`` to ``last_epoch``. ``is_closing``: the last ones, without
    mosaic, mixup, cutmix and copy-paste."""

    first_epoch: int
    last_epoch: int
    is_closing: bool
    images: list[BatchPreviewImage]


class ClassWeightPayload(TypedDict):
    """How much the classification loss of a class counts (cls_pw); 1 is the mean."""

    class_index: int
    objects: int
    weight: float


class BatchPreviewPayload(TypedDict):
    """``waits_for``: a sentence while it is queued, else "". ``is_gone``: its images are not kept
    any more. ``class_weights``: [] where cls_pw is 0."""

    id: int
    version: int
    version_number: int
    state: JobState
    waits_for: str
    progress: Progress
    error: str
    error_hint: str
    class_names: list[str]
    class_colors: list[str]
    batches: list[BatchPreviewBatch]
    class_weights: list[ClassWeightPayload]
    messages: list[str]
    is_gone: bool


def request_batches(
    dataset: Dataset, request: RunRequest, *, created_by: AbstractBaseUser
) -> BatchPreview:
    """Queue a look at the batches of what would be posted to start a run.

    On its version, else the newest one. Raises ServiceError for arguments that no run takes,
    ConflictError without a frozen version.
    """
    arguments = request.get("arguments", {})
    check_arguments(arguments)
    version = request.get("version") or _newest_version(dataset)
    if version is None or version.dataset_id != dataset.pk or version.state != JobState.FINISHED:
        raise ConflictError(
            "There is no frozen version to take images from: freeze one first.",
            code="version_missing",
        )
    wanted = {
        "epochs": request["epochs"],
        "imgsz": request["image_size"],
        "batch": request["batch"],
        "seed": request.get("seed", DEFAULT_SEED),
        "arguments": arguments,
        "batches": SHOWN,
    }
    with transaction.atomic():
        preview = BatchPreview.objects.create(
            version=version, request=wanted, created_by_id=created_by.pk
        )
        nudge_worker(preview)
    return preview


def _newest_version(dataset: Dataset) -> Version | None:
    frozen = dataset.versions.filter(state=JobState.FINISHED, deleted_at__isnull=True)
    return frozen.order_by("-number").first()


class PreviewingBatches(Previewing[BatchPreview]):
    model = BatchPreview
    command = "batches"

    def request(self, device: str) -> dict[str, object]:
        return {
            **self.job.request,
            "data_yaml": str(paths.data_yaml_path(self.job.version)),
            "out_dir": str(self.empty_folder()),
        }

    def handle(self, event: EngineEvent) -> None:
        if event["type"] == "progress":
            total = event["total"]
            self.report("Making batches", done=event["done"], total=total, unit="batches")

    def finish(self, event: EngineEvent) -> dict[str, object]:
        names = ("batches", "class_weights", "messages")
        return {"result": {name: event[name] for name in names}}


def batch_preview_payload(preview: BatchPreview) -> BatchPreviewPayload:
    version, result = preview.version, preview.result
    batches: list[ShownBatch] = result.get("batches", [])
    is_gone = bool(batches) and not preview_dir(preview).is_dir()
    return {
        "id": preview.pk,
        "version": version.pk,
        "version_number": version.number,
        "state": JobState(preview.state),
        "waits_for": _waits_for(preview),
        "progress": progress_of(preview),
        "error": preview.error,
        "error_hint": preview.error_hint,
        "class_names": class_names(version),
        "class_colors": [item["color"] for item in version.classes],
        "batches": [] if is_gone else [_batch(preview, batch) for batch in batches],
        "class_weights": result.get("class_weights", []),
        "messages": result.get("messages", []),
        "is_gone": is_gone,
    }


def _waits_for(preview: BatchPreview) -> str:
    if preview.state != JobState.QUEUED:
        return ""
    reason = describe_cpu_workers() or preview.progress_message
    return reason or "It waits for a worker, which takes it up in a moment."


def _batch(preview: BatchPreview, batch: ShownBatch) -> BatchPreviewBatch:
    images: list[BatchPreviewImage] = [
        {
            "url": f"/api/batch-previews/{preview.pk}/files/{image['name']}",
            "source": image["source"],
            "width": image["width"],
            "height": image["height"],
            "objects": [
                {"class_index": item["class_index"], "polygons": split_ring(item["polygon_px"])}
                for item in image["objects"]
            ],
        }
        for image in batch["images"]
    ]
    return {
        "first_epoch": batch["first_epoch"],
        "last_epoch": batch["last_epoch"],
        "is_closing": batch["is_closing"],
        "images": images,
    }


def batch_preview_file(preview: BatchPreview, name: str) -> Path:
    """Return the path of an image of a batch. Raises Http404."""
    path = preview_dir(preview) / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise Http404
    return path

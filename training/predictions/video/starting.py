"""Starting predictions on videos and live streams that lie there already, as commands do."""

import shutil
from pathlib import Path
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from annotator.kernel.disk import check_disk_space
from annotator.kernel.errors import ServiceError
from annotator.labels.video.kinds import VIDEO_EXTENSIONS, looks_like_video
from annotator.models import Dataset
from annotator.models.jobs import JobState
from training import paths
from training.checkpoints.usable import UsableModel
from training.jobs.announce import announce
from training.jobs.device_holds import AUTO
from training.jobs.nudges import nudge_worker
from training.models import Prediction, SourceKind

from .recording import check_stream_address

_HEAD_BYTES = 512


def start_video_prediction(
    model: UsableModel,
    path: Path,
    *,
    confidence: float = 0.25,
    options: dict[str, Any] | None = None,
    device: str = "",
    dataset: Dataset | None = None,
    created_by: AbstractBaseUser | None = None,
) -> Prediction:
    """Copy a video and queue a prediction on it. Raises ServiceError for what is no video."""
    with path.open("rb") as handle:
        if not looks_like_video(handle.read(_HEAD_BYTES)):
            raise ServiceError(f"{path.name} is no video that is read.", code="no_video")
    suffix = path.suffix.removeprefix(".").lower()
    name = f"video.{suffix if suffix in VIDEO_EXTENSIONS else 'mp4'}"
    prediction = _new_prediction(model, confidence, options, device)
    prediction.source_kind, prediction.source = SourceKind.VIDEO, {"file": name}
    prediction.source_name = path.name[:255]
    prediction.dataset = dataset or model.dataset
    prediction.created_by_id = None if created_by is None else created_by.pk
    prediction.save()
    target = paths.prediction_source_dir(prediction) / name
    check_disk_space(path.stat().st_size)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)
    _queue(prediction)
    return prediction


def start_stream_prediction(
    model: UsableModel,
    address: str,
    *,
    confidence: float = 0.25,
    options: dict[str, Any] | None = None,
    device: str = "",
    dataset: Dataset | None = None,
    created_by: AbstractBaseUser | None = None,
) -> Prediction:
    """Queue a prediction on a live stream, which the worker records. Raises AddressError."""
    parts = check_stream_address(address)
    prediction = _new_prediction(model, confidence, options, device)
    prediction.source_kind = SourceKind.STREAM
    prediction.source = {"address": address.strip()}
    prediction.source_name = f"{parts.scheme}://{parts.hostname}{parts.path}"[:255]
    prediction.dataset = dataset or model.dataset
    prediction.created_by_id = None if created_by is None else created_by.pk
    _queue(prediction)
    return prediction


def _new_prediction(
    model: UsableModel, confidence: float, options: dict[str, Any] | None, device: str
) -> Prediction:
    return Prediction(
        **model.foreign_keys,
        class_names=model.class_names,
        options=options or {},
        confidence=confidence,
        device=device or AUTO,
        state=JobState.CANCELLED,  # until the file is there, no worker may take it
        progress_unit="frames",
    )


def _queue(prediction: Prediction) -> None:
    with transaction.atomic():
        prediction.state = JobState.QUEUED
        prediction.save()
        nudge_worker(prediction)
        announce(prediction)

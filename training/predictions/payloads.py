"""A prediction as the API answers it."""

from datetime import datetime
from typing import Any, TypedDict

from django.db.models import QuerySet

from annotator.kernel.jobs import Progress
from annotator.models.jobs import JobState
from training.checkpoints.payloads import CheckpointPayload, checkpoint_payload, prefetch_measured
from training.checkpoints.usable import ModelKind, model_of
from training.jobs.payloads import UserPayload, user_payload
from training.jobs.waiting import Waiting
from training.models import Prediction, SourceKind

from .notes import notes_of
from .video.facts import VideoPayload, video_payload


class UsedModelPayload(TypedDict):
    """``reference``: by which requests name it. ``name``: what people call it."""

    reference: str
    kind: ModelKind
    name: str
    image_size: int


class PredictedClass(TypedDict):
    name: str
    color: str


class SkippedFile(TypedDict):
    """A file of a source that is no image, and why it was passed over."""

    file: str
    reason: str


class PredictionPayload(TypedDict):
    """``checkpoint``: null for a prediction with an exported model or other weights. ``dataset``:
    slug; "" for one that only its person sees. ``classes``: the model's, by index. ``options``:
    those that differ from their defaults. ``skipped_count``: files of the source that are no
    images; ``skipped_files``: the first of them, with the reasons. ``notes``: what the engine said
    of the options, such as one without effect. ``error_hint``: what to do."""

    id: int
    model: UsedModelPayload
    checkpoint: CheckpointPayload | None
    dataset: str
    classes: list[PredictedClass]
    source_kind: SourceKind
    source_name: str
    options: dict[str, Any]
    skipped_count: int
    skipped_files: list[SkippedFile]
    notes: list[str]
    is_paused: bool
    video: VideoPayload | None
    state: JobState
    progress: Progress
    confidence: float
    device: str
    device_name: str
    image_count: int
    instance_count: int
    error: str
    error_hint: str
    created_by: UserPayload | None
    created_at: datetime
    finished_at: datetime | None


MODEL_OF_PREDICTION = (
    "checkpoint__run__dataset",
    "checkpoint__run__version",
    "export__checkpoint__run__dataset",
    "export__checkpoint__run__version",
    "weights__dataset",
)
"""What :func:`model_of` follows."""


def predictions_for_payload() -> QuerySet[Prediction]:
    rows = Prediction.objects.select_related(*MODEL_OF_PREDICTION, "dataset", "created_by")
    return rows.prefetch_related(prefetch_measured("checkpoint__evaluations"), "video_files")


def prediction_payload(prediction: Prediction, waiting: Waiting | None = None) -> PredictionPayload:
    model = model_of(prediction)
    checkpoint = prediction.checkpoint
    return {
        "id": prediction.pk,
        "model": {
            "reference": model.reference,
            "kind": model.kind,
            "name": model.name,
            "image_size": model.image_size,
        },
        "checkpoint": None if checkpoint is None else checkpoint_payload(checkpoint),
        "dataset": "" if prediction.dataset is None else prediction.dataset.slug,
        "classes": [
            {"name": name, "color": color}
            for name, color in zip(model.class_names, model.colors, strict=True)
        ],
        "source_kind": SourceKind(prediction.source_kind),
        "source_name": prediction.source_name,
        "options": prediction.options,
        "skipped_count": prediction.source.get("skipped", 0),
        "skipped_files": prediction.source.get("skipped_files", []),
        "notes": notes_of(prediction),
        "is_paused": prediction.is_paused,
        "video": video_payload(prediction),
        "state": JobState(prediction.state),
        "progress": (waiting or Waiting()).progress(prediction),
        "confidence": prediction.confidence,
        "device": prediction.device,
        "device_name": prediction.device_name,
        "image_count": prediction.image_count,
        "instance_count": prediction.instance_count,
        "error": prediction.error,
        "error_hint": prediction.error_hint,
        "created_by": user_payload(prediction.created_by),
        "created_at": prediction.created_at,
        "finished_at": prediction.finished_at,
    }

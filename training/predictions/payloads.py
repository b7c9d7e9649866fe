"""A prediction as the API answers it."""

from datetime import datetime
from typing import TypedDict

from django.db.models import QuerySet

from annotator.kernel.jobs import Progress
from annotator.models.jobs import JobState
from training.checkpoints.payloads import CheckpointPayload, checkpoint_payload, prefetch_measured
from training.jobs.payloads import UserPayload, user_payload
from training.jobs.waiting import Waiting
from training.models import (
    Prediction,
)


class PredictionPayload(TypedDict):
    id: int
    checkpoint: CheckpointPayload
    state: JobState
    progress: Progress
    confidence: float
    device: str
    device_name: str
    image_count: int
    instance_count: int
    error: str
    created_by: UserPayload | None
    created_at: datetime
    finished_at: datetime | None


def predictions_for_payload() -> QuerySet[Prediction]:
    rows = Prediction.objects.select_related(
        "checkpoint__run__dataset", "checkpoint__run__version", "created_by"
    )
    return rows.prefetch_related(prefetch_measured("checkpoint__evaluations"))


def prediction_payload(prediction: Prediction, waiting: Waiting | None = None) -> PredictionPayload:
    return {
        "id": prediction.pk,
        "checkpoint": checkpoint_payload(prediction.checkpoint),
        "state": JobState(prediction.state),
        "progress": (waiting or Waiting()).progress(prediction),
        "confidence": prediction.confidence,
        "device": prediction.device,
        "device_name": prediction.device_name,
        "image_count": prediction.image_count,
        "instance_count": prediction.instance_count,
        "error": prediction.error,
        "created_by": user_payload(prediction.created_by),
        "created_at": prediction.created_at,
        "finished_at": prediction.finished_at,
    }

"""Predicting: a gpu worker applies a checkpoint to uploaded images."""

from pathlib import Path

from django.db import transaction

from training import paths
from training.checkpoints.usable import model_of, unchanged_model
from training.jobs.engine_job import EngineJob
from training.jobs.engine_process import EngineEvent
from training.jobs.short_places import Need
from training.jobs.supervising import Outcome
from training.models import PredictedImage, Prediction

from .predictions import CONFIDENCE_FLOOR
from .sources.dispatch import worker_of

NMS_IOU = 0.7  # Ultralytics' default
STORE_EVERY = 16


class Predicting(EngineJob[Prediction]):
    """Images that an earlier attempt finished are not predicted again."""

    model = Prediction
    command = "predict"
    urgency = 3

    def __init__(self, prediction: Prediction) -> None:
        super().__init__(prediction)
        self.waiting: dict[str, PredictedImage] = {}
        self.done: list[PredictedImage] = []
        self.count = 0

    @classmethod
    def take_up(cls, job_id: int) -> None:
        other = worker_of(job_id)
        if other is None or other is cls:
            super().take_up(job_id)
        else:
            other.take_up(job_id)

    @property
    def image_size(self) -> int:
        return model_of(self.job).image_size

    def place(self) -> tuple[str, Need]:
        return self.job.device, Need(self.image_size, batch=1)

    def foresee(self) -> Outcome | None:
        if outcome := super().foresee():
            return outcome
        has_more = self.job.images.filter(is_done=False).exists()
        return None if has_more else Outcome("finished", {})

    def request(self, device: str) -> dict[str, object]:
        images = self.job.images.filter(is_done=False).select_related("prediction")
        self.waiting = {str(image.position): image for image in images}
        return {
            "checkpoint": unchanged_model(model_of(self.job)),
            "images": [
                {"key": key, "path": str(paths.predicted_image_path(image))}
                for key, image in self.waiting.items()
            ],
            "conf": CONFIDENCE_FLOOR,
            "iou": NMS_IOU,
            "imgsz": self.image_size,
            "device": device,
        }

    def log(self) -> Path:
        return paths.prediction_dir(self.job) / paths.LOG_NAME

    def handle(self, event: EngineEvent) -> None:
        if event["type"] == "started":
            self.update(device_name=event["device_name"])
        elif event["type"] == "image":
            self._take(event)

    def _take(self, event: EngineEvent) -> None:
        image = self.waiting[event["key"]]
        image.error = event["error"]
        image.is_done = True
        image.instances = [
            {
                "class_index": item["class_index"],
                "confidence": round(item["confidence"], 5),
                "polygon": [round(number, 2) for number in item["polygon_px"]],
                "box": [round(number, 2) for number in item["box_xyxy"]],
            }
            for item in sorted(event["instances"], key=lambda item: -item["confidence"])
        ]
        self.done.append(image)
        if len(self.done) >= STORE_EVERY:
            self._store()

    def _store(self) -> None:
        """Write what came since the last time. Raises LeaseLostError."""
        if not self.done:
            return
        with transaction.atomic():
            PredictedImage.objects.bulk_update(self.done, ["instances", "is_done", "error"])
            done = self.job.images.filter(is_done=True).count()
            self.report("Predicting", done=done, total=self.job.image_count)
        self.done = []

    def judge(self, outcome: Outcome) -> Outcome:
        self._store()
        return outcome

    def conclude(self, outcome: Outcome) -> None:
        if outcome.state == "finished":  # counted before the transaction, in which others wait
            self.count = sum(
                item["confidence"] >= self.job.confidence
                for image in self.job.images.only("instances")
                for item in image.instances
            )
        super().conclude(outcome)

    def finish(self, event: EngineEvent) -> dict[str, object]:
        return {"instance_count": self.count}

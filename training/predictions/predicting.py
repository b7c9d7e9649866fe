"""Predicting: a gpu worker works a prediction off."""

import logging

from django.db import transaction

from annotator.kernel.errors import sentence_of
from annotator.kernel.jobs import (
    LeaseLostError,
    claim_job,
    fail_job,
    finish_job,
    make_owner,
    mark_cancelled,
    report_progress,
)
from annotator.models.jobs import JobState
from training import paths
from training.evaluations.evaluations import refuse_changed_checkpoint
from training.jobs.announce import announce
from training.jobs.device_holds import DeviceBusyError, engine_device, give_back_job
from training.jobs.engine_process import EngineEvent, EngineLock, RunLockedError, engine_lock
from training.jobs.nudges import release_lease
from training.jobs.short_places import Need, work_in_place
from training.jobs.supervising import MAX_ATTEMPTS, Outcome, supervise_engine
from training.jobs.workers import takes_work
from training.models import PredictedImage, Prediction

from .predictions import CONFIDENCE_FLOOR

logger = logging.getLogger(__name__)

NMS_IOU = 0.7  # Ultralytics' default
STORE_EVERY = 16


def predict_images(prediction_id: int) -> None:
    """Work a queued prediction off; does nothing if it is not to be had."""
    prediction = claim_job(Prediction, prediction_id, make_owner()) if takes_work() else None
    if prediction is None:
        return
    announce(prediction)
    try:
        image_size = prediction.checkpoint.run.parameters["image_size"]

        def work(devices: str) -> Outcome:
            with engine_lock(paths.job_lock_path("prediction", prediction.pk)) as lock:
                return _Predicting(prediction, devices).work(lock)

        outcome = work_in_place(prediction, prediction.device, Need(image_size, batch=1), work)
        _conclude(prediction, outcome)
    except LeaseLostError:
        return
    except (RunLockedError, DeviceBusyError) as reason:
        if give_back_job(prediction, str(reason)):
            announce(prediction)
        return
    except Exception as error:
        logger.exception("%s failed in Segloop itself", prediction)
        fail_job(prediction, f"Segloop could not go on with the prediction: {sentence_of(error)}")
    announce(prediction)


class _Predicting:
    """One attempt; images that an earlier one finished are not predicted again."""

    def __init__(self, prediction: Prediction, devices: str) -> None:
        self.prediction = prediction
        self.device, self.environment = engine_device(devices)
        self.waiting = {
            str(image.position): image
            for image in prediction.images.filter(is_done=False).select_related("prediction")
        }
        self.done: list[PredictedImage] = []

    def work(self, lock: EngineLock) -> Outcome:
        prediction = self.prediction
        if prediction.state == JobState.CANCELLING:
            return Outcome("cancelled", {})
        if prediction.attempts > MAX_ATTEMPTS:
            return Outcome("failed", {}, f"The prediction was interrupted {MAX_ATTEMPTS} times.")
        if refusal := refuse_changed_checkpoint(prediction.checkpoint):
            return Outcome("failed", {}, refusal)
        if not self.waiting:
            return Outcome("finished", {})
        outcome = supervise_engine(
            prediction,
            "predict",
            self._request(),
            log=paths.prediction_dir(prediction) / paths.LOG_NAME,
            on_event=self.handle,
            lock=lock,
            environment=self.environment,
        )
        self._store()
        return outcome

    def _request(self) -> dict[str, object]:
        prediction = self.prediction
        return {
            "checkpoint": str(paths.checkpoint_path(prediction.checkpoint)),
            "images": [
                {"key": key, "path": str(paths.predicted_image_path(image))}
                for key, image in self.waiting.items()
            ],
            "conf": CONFIDENCE_FLOOR,
            "iou": NMS_IOU,
            "imgsz": prediction.checkpoint.run.parameters["image_size"],
            "device": self.device,
            "config_dir": str(paths.engine_config_dir()),
        }

    def handle(self, event: EngineEvent) -> None:
        if event["type"] == "started":
            Prediction.objects.filter(pk=self.prediction.pk).update(
                device_name=event["device_name"]
            )
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
            self.done = []
            report_progress(
                self.prediction,
                done=self.prediction.images.filter(is_done=True).count(),
                total=self.prediction.image_count,
                unit="images",
                message="Predicting",
            )
            announce(self.prediction)


def _conclude(prediction: Prediction, outcome: Outcome) -> None:
    if outcome.state == "interrupted":
        release_lease(prediction)
    elif outcome.state == "cancelled":
        mark_cancelled(prediction)
    elif outcome.state == "failed":
        fail_job(prediction, outcome.error, outcome.hint)
    else:
        count = sum(
            item["confidence"] >= prediction.confidence
            for image in prediction.images.only("instances")
            for item in image.instances
        )
        with transaction.atomic():
            held = Prediction.objects.filter(pk=prediction.pk, lease_owner=prediction.lease_owner)
            if held.update(instance_count=count) != 1 or not finish_job(prediction):
                raise LeaseLostError

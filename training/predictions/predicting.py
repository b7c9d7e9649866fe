"""Predicting: a gpu worker lists the images of a source and applies a model to them.

Listing, predicting and storing go image by image: whoever takes the job up after a pause or a kill
goes on behind the last image that was stored.
"""

import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypedDict

from annotator.kernel.jobs import LeaseLostError, heartbeat, mark_cancelled, report_progress
from annotator.kernel.turns import job_turn
from annotator.models.jobs import JobState
from training import paths
from training.checkpoints.usable import UsableModel, model_of, unchanged_model
from training.jobs.announce import announce
from training.jobs.engine_job import EngineJob, RefusedError
from training.jobs.engine_process import EngineEvent
from training.jobs.nudges import nudge_worker
from training.jobs.short_places import Need
from training.jobs.supervising import Outcome, Wish, shutting_down
from training.models import PredictedImage, Prediction, SourceKind

from .notes import with_note
from .options import engine_options, image_size_of
from .sources.dispatch import VIDEO_KINDS, worker_of
from .sources.files import PredictedFiles
from .sources.listing import StoppedError, VideoFoundError, list_source

STORE_EVERY = 16
STORE_SECONDS = 1.0
"""What was found is stored after so many images or so long, whatever comes first."""

SHORT_IMAGES = 500
"""A longer prediction is not worked off before a training begins, but beside it."""

LIST_ROWS = 1000
GONE = "The image was deleted meanwhile, or its file is gone."


class Found(TypedDict):
    class_index: int
    confidence: float
    polygon: list[float]
    box: list[float]


class Predicting(EngineJob[Prediction]):
    """Images that an earlier attempt stored are not predicted again."""

    model = Prediction
    command = "predict"
    urgency = 3

    def __init__(self, prediction: Prediction) -> None:
        super().__init__(prediction)
        self.found: dict[int, tuple[list[Found], str]] = {}
        self.stored_at = time.monotonic()
        self.is_handed_over = False
        self.began_at = 0

    @classmethod
    def take_up(cls, job_id: int) -> None:
        other = worker_of(job_id)
        if other is None or other is cls:
            super().take_up(job_id)
        else:
            other.take_up(job_id)

    @classmethod
    def waiting(cls) -> list[int]:
        rows = Prediction.objects.filter(pk__in=super().waiting()).order_by("created_at")
        return [
            job.pk
            for job in rows
            if job.source_kind == SourceKind.UPLOAD and job.image_count <= SHORT_IMAGES
        ]

    @property
    def used(self) -> UsableModel:
        return model_of(self.job)

    def place(self) -> tuple[str, Need]:
        return self.job.device, Need(image_size_of(self.job.options, self.used), batch=1)

    # --- the source ------------------------------------------------------------------------------

    def without_engine(self) -> Outcome | None:
        if self.job.source_kind in VIDEO_KINDS:
            return Outcome("failed", {}, "This server cannot predict on videos.")
        if self._is_stopped():
            return Outcome("cancelled", {})
        if not self.job.source.get("is_listed") and not self._is_from_before():
            outcome = super().foresee() or self._list()  # not after too many attempts
            if outcome is not None:
                return outcome
        return super().without_engine()

    def _is_from_before(self) -> bool:
        """Whether its images were rows before sources were listed by workers."""
        return self.job.source_kind == SourceKind.UPLOAD and not self.job.source

    def _list(self) -> Outcome | None:
        """Make the rows of the source; return what ends the job before it could begin."""
        try:
            with heartbeat(self.job) as lost:
                list_source(self.job, partial(self._look, lost))
        except StoppedError:
            return Outcome("cancelled", {})
        except VideoFoundError:
            self.is_handed_over = True
            return Outcome("interrupted", {})
        except RefusedError as refusal:
            return Outcome("failed", {}, str(refusal))
        return None

    def _look(self, lost: Any) -> None:
        """Raise where the listing is to end."""
        if lost.is_set():
            raise LeaseLostError(f"{self.job} is held by another worker or has ended")
        if shutting_down.is_set() or self._is_stopped():
            raise StoppedError

    def _is_stopped(self) -> bool:
        state, is_paused = self.read("state", "is_paused")
        return state == JobState.CANCELLING or bool(is_paused)

    # --- the engine ------------------------------------------------------------------------------

    def foresee(self) -> Outcome | None:
        if outcome := super().foresee():
            return outcome
        if self._is_stopped():
            return Outcome("cancelled", {})
        has_more = self.job.images.filter(is_done=False).exists()
        return None if has_more else Outcome("finished", {})

    def request(self, device: str) -> dict[str, object]:
        checkpoint = unchanged_model(self.used)
        path = self.images_file
        path.parent.mkdir(parents=True, exist_ok=True)
        for leftover in path.parent.glob("images-*.jsonl"):  # of a worker that died
            leftover.unlink(missing_ok=True)
        with path.open("w", encoding="utf-8") as lines:
            for position, file in self._images_to_predict():
                lines.write(json.dumps({"key": str(position), "path": str(file)}) + "\n")
        self._count_done()
        self.began_at = self.job.progress_done
        self.stored_at = time.monotonic()
        return {
            "checkpoint": checkpoint,
            "images_file": str(path),
            "device": device,
            **engine_options(self.job.options, self.used),
        }

    @property
    def images_file(self) -> Path:
        """Of this worker alone: one that lost the lease must not touch that of the next."""
        return paths.prediction_list_path(self.job, self.job.lease_owner)

    def _images_to_predict(self) -> Iterator[tuple[int, Path]]:
        """Position and file of each image that is not done; a row without a file gets its reason.

        Read in pieces, so that the renewal of the lease and others come between.
        """
        files = PredictedFiles(self.job)
        after = -1
        rows = self.job.images.filter(is_done=False).select_related("source_image__dataset")
        while some := list(
            rows.filter(position__gt=after).order_by("position").defer("instances")[:LIST_ROWS]
        ):
            after = some[-1].position
            for image in some:
                if (file := files.find(image)) is not None:
                    yield image.position, file
                else:
                    self.found[image.position] = ([], GONE)
            self.store()

    def _count_done(self) -> None:
        """Progress is counted from what is stored, once an engine."""
        self.job.progress_done = self.job.images.filter(is_done=True).count()

    def log(self) -> Path:
        return paths.prediction_dir(self.job) / paths.LOG_NAME

    def handle(self, event: EngineEvent) -> None:
        if event["type"] == "started":
            self.update(device_name=event["device_name"])
        elif event["type"] == "warning":
            self.update(source=with_note(self.job, event["message"]))
        elif event["type"] == "image":
            self._take(event)

    def _take(self, event: EngineEvent) -> None:
        found: list[Found] = [
            {
                "class_index": item["class_index"],
                "confidence": round(item["confidence"], 5),
                "polygon": [round(number, 2) for number in item["polygon_px"]],
                "box": [round(number, 2) for number in item["box_xyxy"]],
            }
            for item in sorted(event["instances"], key=lambda item: -item["confidence"])
        ]
        self.found[int(event["key"])] = (found, event["error"])
        is_late = time.monotonic() - self.stored_at > STORE_SECONDS
        if len(self.found) >= STORE_EVERY or is_late:
            self.store()

    def store(self) -> None:
        """Write what came since the last time, each image once. Raises LeaseLostError."""
        job, found = self.job, self.found
        instances, done = job.instance_count, job.progress_done
        with job_turn():
            for position, (items, error) in found.items():
                rows = PredictedImage.objects.filter(prediction=job, position=position)
                values = {"instances": items, "error": error, "is_done": True}
                if rows.filter(is_done=False).update(**values):
                    done += 1
                    instances += sum(item["confidence"] >= job.confidence for item in items)
            if found:  # it got on: what interrupted it before is not what ends it
                values = {"instance_count": instances, "attempts": min(job.attempts, 1)}
                if self._held.update(**values) != 1:
                    raise LeaseLostError(f"{job} is held by another worker")
            report_progress(
                job, done=done, total=job.image_count, unit="images", message="Predicting"
            )
        job.instance_count = instances
        self.found = {}
        self.stored_at = time.monotonic()
        announce(job)

    # --- its end ---------------------------------------------------------------------------------

    def look_for_wish(self) -> Wish:
        return "now" if self._is_stopped() else ""

    def judge(self, outcome: Outcome) -> Outcome | None:
        """An engine that died goes on behind what it found, as long as it finds more each time."""
        if self.found:
            self.store()
        has_died = outcome.state == "failed" and outcome.cause != "told"
        return None if has_died and self.job.progress_done > self.began_at else outcome

    def conclude(self, outcome: Outcome) -> None:
        if self.is_handed_over:
            self._wait_again(source_kind=SourceKind.VIDEO, source=self.job.source, attempts=0)
        elif outcome.state == "cancelled" and self.read("state") != (JobState.CANCELLING,):
            self._wait_again(attempts=0)
        else:
            super().conclude(outcome)

    def _wait_again(self, **values: Any) -> None:
        """Give the job back: until it is resumed, or to the job of videos."""
        held = Prediction.objects.filter(pk=self.job.pk, lease_owner=self.job.lease_owner)
        free = {"state": JobState.QUEUED, "lease_until": None, "lease_owner": ""}
        moved = held.filter(state=JobState.RUNNING).update(**free, progress_message="", **values)
        if not moved:  # cancelled at this very moment
            mark_cancelled(self.job)
            return
        self.job.refresh_from_db()
        nudge_worker(self.job)  # for nothing while it is paused

    def finish(self, event: EngineEvent) -> dict[str, object]:
        return {}

    def clear(self) -> None:
        self.images_file.unlink(missing_ok=True)

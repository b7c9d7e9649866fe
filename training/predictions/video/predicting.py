"""Predicting on a video or a live stream: a gpu worker stores what is found frame by frame.

Frames become rows without files, in turns, each in the transaction that stores its progress. What
the next frame depends on (where the decoder goes on, the whole state of the tracker) is written to
a file before that, named after the number of frames that it follows: whoever takes the job up goes
on behind the last frame that is stored, with the ids of tracks that it would have had.
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings

from annotator.kernel.files import write_atomically
from annotator.kernel.jobs import LeaseLostError, report_progress
from annotator.kernel.plain_text import one_line
from annotator.kernel.turns import compile_inserts, execute_all, job_turn
from annotator.models.jobs import JobState
from training import paths
from training.checkpoints.usable import UsableModel, model_of, unchanged_model
from training.jobs.announce import announce
from training.jobs.engine_job import EngineJob, RefusedError
from training.jobs.engine_process import EngineEvent
from training.jobs.nudges import nudge_worker
from training.jobs.short_places import Need
from training.jobs.supervising import Outcome, Wish, with_database_patience
from training.models import PredictedImage, Prediction, SourceKind

from ..notes import with_note
from ..options import engine_options, image_size_of
from ..sources.dispatch import WORKERS
from .columns import ColumnsWriter, Row, read_columns
from .facts import describe_video, has_variable_rate
from .recording import StoppedError, record_stream
from .video_files import make_playable

KEPT_STATES = 2
"""Files that say how to go on; the last one is used, the one before is there for a transaction that
did not happen."""


class PredictingVideo(EngineJob[Prediction], is_main=False):
    """Frames that an earlier attempt stored are not predicted again."""

    model = Prediction
    command = "video"
    urgency = 3

    def __init__(self, prediction: Prediction) -> None:
        super().__init__(prediction)
        self.columns: ColumnsWriter | None = None
        self.expected: int | None = None
        self.is_variable = False
        self.began_at = 0

    @property
    def used(self) -> UsableModel:
        return model_of(self.job)

    @property
    def every_nth(self) -> int:
        return int(self.job.options.get("every_nth", 1))

    def place(self) -> tuple[str, Need]:
        return self.job.device, Need(image_size_of(self.job.options, self.used), batch=1)

    def log(self) -> Path:
        return paths.prediction_dir(self.job) / paths.LOG_NAME

    # --- before the engine ---------------------------------------------------------------------

    def without_engine(self) -> Outcome | None:
        if outcome := super().without_engine():
            return outcome
        if self.job.source_kind == SourceKind.STREAM and "file" not in self.job.source:
            try:
                record_stream(self.job, self.is_stopped)
            except StoppedError:
                return Outcome("cancelled", {})
            except RefusedError as refusal:
                return Outcome("failed", {}, str(refusal))
        return None

    def foresee(self) -> Outcome | None:
        if outcome := super().foresee():
            return outcome
        return Outcome("cancelled", {}) if self.is_stopped() else None

    def is_stopped(self) -> bool:
        """Whether a person cancelled or paused the job. Raises LeaseLostError."""
        state, is_paused = self.read("state", "is_paused")
        return bool(state == JobState.CANCELLING or is_paused)

    def look_for_wish(self) -> Wish:
        return "now" if self.is_stopped() else ""

    # --- the engine ------------------------------------------------------------------------------

    def request(self, device: str) -> dict[str, object]:
        video = paths.prediction_video_path(self.job)
        if not video.is_file():
            raise RefusedError("The file of the video is gone.")
        count = self.job.images.count()
        if self.columns is not None:
            self.columns.close()
        self.columns = ColumnsWriter(self.job, count)
        self.began_at = count
        self.job.progress_done = count
        return {
            "checkpoint": unchanged_model(self.used),
            "video": str(video),
            "every_nth": self.every_nth,
            "track": self.job.options.get("track", ""),
            "start": self._start(count),
            "max_megapixels": settings.MAX_IMAGE_MEGAPIXELS,
            "device": device,
            **engine_options(self.job.options, self.used),
        }

    def _start(self, count: int) -> dict[str, Any] | None:
        """Return where to go on behind the frames that are stored; None: at the beginning."""
        if not count:
            return None
        try:
            start: dict[str, Any] = json.loads(self._state_path(count).read_bytes())
        except (OSError, ValueError):  # the disk lost it: new tracks get ids of their own
            last = self.job.images.order_by("-position").values_list("frame", flat=True)[0]
            tracks = read_columns(self.job).objects["track"]
            following = max(0, int(tracks.max(initial=0))) + 1
            tracker = {"name": "", "following": following}
            return {"frame": last, "pts": None, "damaged": 0, "tracker": tracker}
        return start

    def _state_path(self, count: int) -> Path:
        return paths.prediction_frames_dir(self.job) / f"behind-{count}.json"

    def handle(self, event: EngineEvent) -> None:
        if event["type"] == "started":
            self.update(device_name=event["device_name"])
        elif event["type"] == "warning":
            self.update(source=with_note(self.job, event["message"]))
        elif event["type"] == "video":
            self._learn(event)
        elif event["type"] == "frames":
            self._store(event)

    def _learn(self, event: EngineEvent) -> None:
        self.expected = event["expected"]
        self.update(video=describe_video(self.job, event))
        make_playable(self.job)
        announce(self.job)

    @property
    def total(self) -> int | None:
        """How many frames are to be predicted, as far as the header says."""
        if self.expected is None:
            return None
        return -(-self.expected // self.every_nth)

    def _store(self, event: EngineEvent) -> None:
        """Store the next frames: all of them and the progress, or none. Raises LeaseLostError."""
        columns = self.columns
        assert columns is not None  # noqa: S101 - opened by the request
        count, objects = columns.count, columns.objects
        frames = event["frames"]
        images = [self._row(frame, count + place) for place, frame in enumerate(frames)]
        self.read("pk")  # the files are for who holds the job
        state = json.dumps(event["start"]).encode()
        write_atomically(self._state_path(count + len(frames)), state)
        columns.add(
            Row(frame["frame"], frame["time_ms"], frame["pts"], image.instances)
            for frame, image in zip(frames, images, strict=True)
        )
        try:
            self._store_rows(images, columns.count)
        except BaseException:
            columns.count, columns.objects = count, objects
            raise
        self._remove_states(columns.count)
        announce(self.job)

    def _store_rows(self, images: list[PredictedImage], count: int) -> None:
        job = self.job
        found = sum(
            item["confidence"] >= job.confidence for image in images for item in image.instances
        )
        values = {
            "image_count": count,
            "instance_count": job.instance_count + found,
            "attempts": min(job.attempts, 1),  # it got on: what interrupted it does not end it
        }
        statements = compile_inserts(images)
        total = None if self.total is None else max(self.total, count)
        with job_turn():
            if self._held.update(**values) != 1:
                raise LeaseLostError(f"{job} is held by another worker")
            execute_all(statements)
            report_progress(job, done=count, total=total, unit="frames", message="Predicting")
        for name, value in values.items():
            setattr(job, name, value)

    def _row(self, frame: dict[str, Any], position: int) -> PredictedImage:
        stem = one_line(Path(self.job.source_name).stem)[:200] or "video"
        return PredictedImage(
            prediction=self.job,
            position=position,
            file_name=f"{stem}_{frame['frame']:06}.jpg",
            extension="",
            sha256="",
            width=frame["width"],
            height=frame["height"],
            frame=frame["frame"],
            time_ms=frame["time_ms"],
            instances=[
                {
                    "class_index": item["class_index"],
                    "confidence": round(item["confidence"], 5),
                    "polygon": [round(number, 2) for number in item["polygon_px"]],
                    "box": [round(number, 2) for number in item["box_xyxy"]],
                    **({} if item["track"] is None else {"track": item["track"]}),
                }
                for item in sorted(frame["instances"], key=lambda item: -item["confidence"])
            ],
            is_done=True,
        )

    def _remove_states(self, count: int) -> None:
        folder = paths.prediction_frames_dir(self.job)
        known = sorted(
            int(path.stem.partition("-")[2])
            for path in folder.glob("behind-*.json")
            if path.stem.partition("-")[2].isdecimal()
        )
        for number in [number for number in known if number <= count][:-KEPT_STATES]:
            self._state_path(number).unlink(missing_ok=True)

    # --- its end ---------------------------------------------------------------------------------

    def judge(self, outcome: Outcome) -> Outcome | None:
        """An engine that died goes on behind what it found, as long as it finds more each time."""
        got_on = self.columns is not None and self.columns.count > self.began_at
        has_died = outcome.state == "failed" and outcome.cause != "told"
        return None if has_died and got_on else outcome

    def conclude(self, outcome: Outcome) -> None:
        if outcome.state == "cancelled" and self.read("state") != (JobState.CANCELLING,):
            self._wait_for_person()
            return
        if outcome.state == "finished":
            self.is_variable = has_variable_rate(read_columns(self.job).frames["time_ms"])
        super().conclude(outcome)

    def _wait_for_person(self) -> None:
        """Give a paused job back until somebody resumes it."""
        held = Prediction.objects.filter(pk=self.job.pk, lease_owner=self.job.lease_owner)
        free = {"state": JobState.QUEUED, "lease_until": None, "lease_owner": ""}
        held.filter(state=JobState.RUNNING).update(**free, progress_message="", attempts=0)
        self.job.refresh_from_db()
        with_database_patience(partial(nudge_worker, self.job))  # for nothing while it is paused

    def finish(self, event: EngineEvent) -> dict[str, object]:
        count = self.job.image_count
        video = self.job.video or {}
        recorded = video.get("recording_problems", [])
        return {
            "progress_done": count,
            "progress_total": count,
            "video": {
                **video,
                "frame_count": event["frame_count"],
                "duration_ms": video.get("duration_ms") or event["end_ms"],
                "is_variable": self.is_variable,
                "problems": [*recorded, *event["problems"]],
                "notes": event["notes"],
            },
        }

    def clear(self) -> None:
        if self.columns is not None:
            self.columns.close()
            self.columns = None


WORKERS[SourceKind.VIDEO] = PredictingVideo
WORKERS[SourceKind.STREAM] = PredictingVideo

"""Files of the video of a prediction: one that browsers play, and ones with masks burnt in.

Each is a job of a cpu worker, whose engine process reads the video and writes the file. What is to
be drawn is written for it line by line, so memory does not grow with the video.
"""

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypedDict

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from annotator.kernel.errors import ConflictError, ServiceError
from annotator.kernel.jobs import Progress, cancel_job, progress_of
from annotator.models.jobs import ACTIVE_STATES, ENDED_STATES, JobState
from training import paths
from training.checkpoints.usable import UsableModel, model_of
from training.jobs.announce import announce
from training.jobs.engine_job import EngineJob, RefusedError, work_off
from training.jobs.engine_process import EngineEvent
from training.jobs.nudges import nudge_worker
from training.jobs.supervising import Outcome
from training.models import Prediction, VideoFile, VideoFileKind

MOST_BURNT = 5
"""Of one prediction; the oldest gives way."""

_READ_ROWS = 200
_WAIT_SECONDS = 0.5


class VideoFilePayload(TypedDict):
    """A file with masks burnt in. ``classes``: names of those that are drawn, [] for all.
    ``url``: "" until it is there. ``notes``: what of the video could not be kept."""

    id: int
    state: JobState
    progress: Progress
    confidence: float
    classes: list[str]
    with_boxes: bool
    size_bytes: int
    url: str
    notes: list[str]
    error: str
    created_at: datetime


def video_file_payload(file: VideoFile) -> VideoFilePayload:
    is_there = file.state == JobState.FINISHED
    return {
        "id": file.pk,
        "state": JobState(file.state),
        "progress": progress_of(file),
        "confidence": file.confidence or 0.0,
        "classes": list(file.class_names),
        "with_boxes": file.with_boxes,
        "size_bytes": file.size_bytes,
        "url": f"/api/predictions/{file.prediction_id}/burnt-in/{file.pk}.mp4" if is_there else "",
        "notes": list(file.notes),
        "error": file.error,
        "created_at": file.created_at,
    }


# --- asking for files ------------------------------------------------------------------------


def make_playable(prediction: Prediction) -> None:
    """Queue the making of a file that browsers play, where the video is none and nobody has."""
    if prediction.video is None or prediction.video.get("is_played"):
        return
    with transaction.atomic():
        files = prediction.video_files.filter(kind=VideoFileKind.PLAYABLE)
        if not files.exists():
            _queue(VideoFile(prediction=prediction, kind=VideoFileKind.PLAYABLE))


def make_burnt_in(
    prediction: Prediction,
    *,
    confidence: float,
    class_names: Sequence[str],
    with_boxes: bool,
    created_by: AbstractBaseUser | None,
) -> VideoFile:
    """Queue a file with masks burnt in; the same one again is given back. Raises ServiceError."""
    if prediction.video is None:
        raise ConflictError("This prediction has no video (yet).", code="no_video")
    if prediction.state not in ENDED_STATES:
        raise ConflictError(
            "The prediction is not finished: wait for its end, or cancel it.", code="not_finished"
        )
    unknown = [name for name in class_names if name not in prediction.class_names]
    if unknown:
        raise ServiceError(f"The model has no class “{unknown[0][:60]}”.", code="unknown_class")
    wanted = {
        "kind": VideoFileKind.BURNT_IN,
        "confidence": confidence,
        "class_names": sorted(set(class_names)),
        "with_boxes": with_boxes,
    }
    with transaction.atomic():
        files = prediction.video_files.filter(**wanted)
        for known in files.exclude(state__in=(JobState.FAILED, JobState.CANCELLED)):
            if known.state in ACTIVE_STATES or paths.video_file_path(known).is_file():
                return known
        file = VideoFile(prediction=prediction, **wanted)
        file.created_by_id = None if created_by is None else created_by.pk
        _queue(file)
    _remove_oldest(prediction)
    return file


def _queue(file: VideoFile) -> None:
    file.progress_unit = "frames"
    file.save()
    nudge_worker(file)
    announce(file)


def _remove_oldest(prediction: Prediction) -> None:
    files = prediction.video_files.filter(kind=VideoFileKind.BURNT_IN, state__in=ENDED_STATES)
    for file in files.order_by("-pk")[MOST_BURNT:]:
        remove_video_file(file)


def cancel_video_file(file: VideoFile) -> None:
    """Stop the making of a file, or remove one that is there."""
    if file.state in ENDED_STATES:
        remove_video_file(file)
        return
    cancel_job(file)
    announce(file)


def remove_video_file(file: VideoFile) -> None:
    path = paths.video_file_path(file)
    file.delete()
    path.unlink(missing_ok=True)


# --- making them -----------------------------------------------------------------------------


class MakingVideoFile(EngineJob[VideoFile]):
    """One file. Killed, it is made anew: an MP4 cannot be gone on with."""

    model = VideoFile
    command = "video_file"

    def in_place(self, work: Any) -> Outcome:
        outcome: Outcome = work("cpu")  # it needs no device, and a cpu worker has none to share
        return outcome

    def log(self) -> Path:
        return paths.prediction_dir(self.job.prediction) / "files" / paths.LOG_NAME

    def request(self, device: str) -> dict[str, object]:
        file, prediction = self.job, self.job.prediction
        video = paths.prediction_video_path(prediction)
        if not video.is_file():
            raise RefusedError("The file of the video is gone.")
        is_burnt = file.kind == VideoFileKind.BURNT_IN
        if is_burnt:
            self._write_lines()
        return {
            "video": str(video),
            "out": str(paths.video_file_path(file)),
            "drawn": str(paths.video_file_request_path(file)) if is_burnt else None,
            "with_boxes": file.with_boxes,
            "total": (prediction.video or {}).get("frame_count"),
            "max_megapixels": settings.MAX_IMAGE_MEGAPIXELS,
        }

    def _write_lines(self) -> None:
        path = paths.video_file_request_path(self.job)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as lines:
            for line in drawn_frames(self.job):
                lines.write(json.dumps(line) + "\n")

    def handle(self, event: EngineEvent) -> None:
        if event["type"] == "progress":
            message = (
                "Drawing masks into the video"
                if self.job.kind == VideoFileKind.BURNT_IN
                else "Making a file that browsers play"
            )
            self.report(message, done=event["done"], total=event["total"], unit="frames")

    def finish(self, event: EngineEvent) -> dict[str, object]:
        total = self.job.progress_total
        done = {} if total is None else {"progress_done": total}
        return {"size_bytes": event["size_bytes"], "notes": event["notes"], **done}

    def clear(self) -> None:
        paths.video_file_request_path(self.job).unlink(missing_ok=True)


def drawn_frames(file: VideoFile) -> Iterator[dict[str, Any]]:
    """What is drawn, frame by frame (``annotator.labels.video.burning``)."""
    prediction = file.prediction
    model = model_of(prediction)
    wanted = set(file.class_names) or set(model.class_names)
    shown = {index for index, name in enumerate(model.class_names) if name in wanted}
    after = -1
    rows = prediction.images.filter(frame__isnull=False).order_by("position")
    while some := list(rows.filter(position__gt=after)[:_READ_ROWS]):
        after = some[-1].position
        for image in some:
            yield {
                "frame": image.frame,
                "objects": [
                    _drawn_object(item, model)
                    for item in reversed(image.instances)  # the most confident on top
                    if item["confidence"] >= (file.confidence or 0.0)
                    and item["class_index"] in shown
                ],
            }


def _drawn_object(item: dict[str, Any], model: UsableModel) -> dict[str, Any]:
    index = item["class_index"]
    color = model.colors[index].removeprefix("#")
    track = "" if item.get("track") is None else f" #{item['track']}"
    name = model.class_names[index].encode("ascii", "replace").decode()
    return {
        "polygon": item["polygon"],
        "box": item["box"],
        "color": [int(color[place : place + 2], 16) for place in (0, 2, 4)],
        "label": f"{name}{track} {item['confidence']:.0%}",
    }


def write_burnt_in(
    prediction: Prediction,
    target: Path,
    *,
    confidence: float,
    class_names: Sequence[str] = (),
    with_boxes: bool = False,
) -> list[str]:
    """Make a file with masks burnt in, in this process or by a worker that is quicker, and copy it
    to ``target``. Returns what of the video could not be kept. Raises ServiceError."""
    file = make_burnt_in(
        prediction,
        confidence=confidence,
        class_names=class_names,
        with_boxes=with_boxes,
        created_by=None,
    )
    work_off(file)
    while file.state in ACTIVE_STATES:
        time.sleep(_WAIT_SECONDS)
        file.refresh_from_db()
    if file.state != JobState.FINISHED:
        raise ServiceError(file.error or "The file was not made.", code="video_not_made")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(paths.video_file_path(file), target)
    return list(file.notes)

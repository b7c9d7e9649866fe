"""What a person is told of the video of a prediction."""

from typing import Any, Literal, TypedDict, cast

import numpy as np
import numpy.typing as npt

from annotator.models.jobs import JobState
from training import paths
from training.models import Prediction, VideoFileKind

_STEADY_MS = 2
_STEADY_SHARE = 0.25
_ODD_SHARE = 0.05

_PLAYED = {
    "mov": (frozenset({"h264", "av1", "vp9"}), frozenset({"", "aac", "mp3", "opus", "flac"})),
    "matroska": (frozenset({"vp8", "vp9", "av1"}), frozenset({"", "opus", "vorbis"})),
}
"""Codecs of images and of sound that all browsers play, by container (Matroska: as WebM)."""


class VideoPayload(TypedDict):
    """A video or a recorded stream. ``frame_count``: frames that decode; until the end, as many as
    the header says. ``start_ms``: where its images begin on the clock that players show; times of
    frames are counted from there. ``problems``: what was lost or is not as the header says.
    ``playing``: whether browsers can play it by now."""

    width: int
    height: int
    fps: float | None
    frame_count: int | None
    duration_ms: int | None
    start_ms: int
    is_variable: bool
    codec: str
    has_audio: bool
    rotation: int
    problems: list[str]
    notes: list[str]
    file: str
    playing: Literal["ready", "preparing", "failed"]


def describe_video(prediction: Prediction, event: dict[str, Any]) -> dict[str, Any]:
    """Return what ``Prediction.video`` keeps, from what the engine said of a video."""
    facts = event["facts"]
    recording = prediction.source.get("problem", "")
    return {
        "width": facts["width"],
        "height": facts["height"],
        "fps": facts["fps"],
        "frame_count": event["expected"],
        "duration_ms": facts["duration_ms"],
        "start_ms": event["start_ms"],
        "is_variable": False,
        "codec": facts["codec"],
        "has_audio": facts["has_sound"],
        "rotation": facts["rotation"],
        "problems": [recording] if recording else [],
        "recording_problems": [recording] if recording else [],
        "notes": [],
        "file": prediction.source["file"],
        "is_played": is_played(facts),
    }


def is_played(facts: dict[str, Any]) -> bool:
    """Whether browsers play a video as it is."""
    codecs, sounds = _PLAYED.get(facts["container"], (frozenset(), frozenset()))
    is_plain = facts["pixel_format"] in ("yuv420p", "yuvj420p") and not facts["is_stretched"]
    return facts["codec"] in codecs and facts["sound"] in sounds and is_plain


def has_variable_rate(times_ms: npt.NDArray[Any]) -> bool:
    """Whether frames follow each other in unequal times: more than one in twenty."""
    intervals = np.diff(times_ms.astype(np.float64))
    if len(intervals) < 2:
        return False
    usual = float(np.median(intervals))
    odd = np.abs(intervals - usual) > max(_STEADY_MS, usual * _STEADY_SHARE)
    return bool(odd.mean() > _ODD_SHARE)


def video_payload(prediction: Prediction) -> VideoPayload | None:
    """Return the video as the API answers it; None for a prediction on images, and before a worker
    has opened the file."""
    video = prediction.video
    if video is None:
        return None
    shown = {name: video[name] for name in VideoPayload.__annotations__ if name in video}
    return cast(VideoPayload, {**shown, "playing": how_it_plays(prediction)})


def how_it_plays(prediction: Prediction) -> Literal["ready", "preparing", "failed"]:
    if (prediction.video or {}).get("is_played"):
        return "ready"
    files = prediction.video_files.all()  # fetched with the predictions of a list
    states = {file.state: file for file in files if file.kind == VideoFileKind.PLAYABLE}
    made = states.get(JobState.FINISHED)
    if made is not None and paths.video_file_path(made).is_file():
        return "ready"
    has_ended = states.keys() <= {JobState.FAILED, JobState.CANCELLED, JobState.FINISHED}
    return "failed" if states and has_ended else "preparing"

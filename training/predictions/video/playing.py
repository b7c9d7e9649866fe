"""The file of a prediction's video that browsers play: itself, or one that was made of it."""

from pathlib import Path

from annotator.kernel.errors import ConflictError
from annotator.models.jobs import JobState
from training import paths
from training.models import Prediction, VideoFileKind

from .video_files import make_playable

_MEDIA_TYPES = {"webm": "video/webm", "mkv": "video/webm"}


def playable_file(prediction: Prediction) -> tuple[Path, str]:
    """Return the file and its media type. Raises ConflictError while there is none."""
    video = prediction.video
    if video is None:
        raise ConflictError("No worker has opened the video yet.", code="video_not_ready")
    if video.get("is_played"):
        path = paths.prediction_video_path(prediction)
        if not path.is_file():
            raise ConflictError("The file of the video is gone.", code="video_missing")
        return path, _MEDIA_TYPES.get(path.suffix.removeprefix("."), "video/mp4")
    files = prediction.video_files.filter(kind=VideoFileKind.PLAYABLE)
    for file in files:
        if file.state == JobState.FINISHED and (path := paths.video_file_path(file)).is_file():
            return path, "video/mp4"
    make_playable(prediction)
    for file in files:
        if file.state == JobState.FAILED:
            raise ConflictError(
                f"Browsers do not play this video, and no file that they play could be made: "
                f"{file.error}",
                code="video_unplayable",
            )
    raise ConflictError(
        "A worker is making a file of this video that browsers play.", code="video_not_ready"
    )

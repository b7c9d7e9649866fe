"""Frames of a predicted video as images."""

import json
from contextlib import suppress

from django.conf import settings
from django.http import Http404

from annotator.kernel.child_process import ChildFailedError, run_module
from annotator.kernel.errors import ConflictError
from annotator.kernel.files import write_atomically
from training import paths
from training.models import Prediction

from .columns import NO_PTS, read_columns

MODULE = "annotator.labels.video.frame_at"
_TIMEOUT_SECONDS = 120.0


def frame_jpeg(prediction: Prediction, position: int) -> bytes:
    """Return the frame of a position as a JPEG of quality 95, the very image that was predicted on.

    A child process decodes it the first time; it is kept in the folder of the prediction. Raises
    Http404 for a position that is none, ConflictError where it cannot be decoded (any more).
    """
    cached = paths.frame_path(prediction, position)
    with suppress(FileNotFoundError):
        return cached.read_bytes()
    image = prediction.images.filter(position=position, frame__isnull=False).first()
    if image is None:
        raise Http404
    frames = read_columns(prediction).frames
    pts = int(frames[position]["pts"]) if position < len(frames) else NO_PTS
    request = {
        "file": str(paths.prediction_video_path(prediction)),
        "frame": image.frame,
        "pts": None if pts == NO_PTS else pts,
        "max_megapixels": settings.MAX_IMAGE_MEGAPIXELS,
    }
    try:
        content = run_module(MODULE, json.dumps(request), timeout_seconds=_TIMEOUT_SECONDS)
    except ChildFailedError as error:
        raise ConflictError(
            f"The frame cannot be shown: {error}", code="frame_unreadable"
        ) from error
    with suppress(OSError):
        write_atomically(cached, content)
    return content

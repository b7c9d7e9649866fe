"""The queue of a data folder that was moved or restored: paused until somebody resumes it."""

from pathlib import Path

from django.conf import settings

from annotator import data_place
from annotator.kernel.events import publish_event


def why_paused() -> str:
    """Return why no worker takes anything from the gpu queue, or ""."""
    return data_place.read_pause(Path(settings.DATA_ROOT))


def resume_queue() -> None:
    """Let the workers go on; they look for what waits every few seconds."""
    data_place.end_pause(Path(settings.DATA_ROOT))
    publish_event("worker.changed", dataset=None)

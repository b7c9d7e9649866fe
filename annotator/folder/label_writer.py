"""Label files are written once per pause in the saves of an image.

The commit is what acknowledges a save; it sets ``label_pending``. In the web server a thread
writes the file when the saves of the image have paused, at the latest a second after the first.
A save that moves an image into or out of the live folder is written at once. Pages hear of a save
when its label file is there, so of one of a finished image after the pause. Processes without
the thread (workers, commands) write at once, too. What a crash leaves unwritten is found by the
flag: see ``live_folder.sync_pending``, which also runs before a version is frozen. Each process of
the web server has a thread; two that write the same image take turns, and each writes what the
database has by then.
"""

import logging
import threading
import time
from uuid import UUID

from django.db import close_old_connections, connections

from .live_folder import sync_image

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.4
MOST_SECONDS = 1.0


class LabelWriter:
    """Images whose label files are due, and the thread that writes them."""

    def __init__(self, *, pause_seconds: float, most_seconds: float) -> None:
        self._pause_seconds = pause_seconds
        self._most_seconds = most_seconds
        self._wakes = threading.Condition()
        self._first: dict[UUID, float] = {}
        self._due: dict[UUID, float] = {}
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name="label-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what is due, and end."""
        with self._wakes:
            self._is_stopped = True
            self._wakes.notify()
        self._thread.join()

    def note(self, image_id: UUID) -> None:
        """The label file of an image is to follow its annotation."""
        now = time.monotonic()
        with self._wakes:
            first = self._first.setdefault(image_id, now)
            self._due[image_id] = min(now + self._pause_seconds, first + self._most_seconds)
            self._wakes.notify()

    def _run(self) -> None:
        while (image_id := self._next()) is not None:
            try:
                sync_image(image_id)
            except Exception:  # the flag stays set: a worker writes the file
                logger.exception("the label file of image %s could not be written", image_id)
            finally:
                close_old_connections()
        connections.close_all()

    def _next(self) -> UUID | None:
        """Wait for the next image that is due; None at the end."""
        with self._wakes:
            while True:
                now = time.monotonic()
                image_id = min(self._due, key=self._due.__getitem__, default=None)
                if image_id is not None and (self._is_stopped or self._due[image_id] <= now):
                    del self._due[image_id], self._first[image_id]
                    return image_id
                if self._is_stopped:
                    return None
                self._wakes.wait(None if image_id is None else self._due[image_id] - now)


_writer: LabelWriter | None = None


def start_label_writer() -> LabelWriter:
    """Let the label files of this process follow pauses; called where the web server starts."""
    global _writer  # noqa: PLW0603 - one a process
    _writer = LabelWriter(pause_seconds=PAUSE_SECONDS, most_seconds=MOST_SECONDS)
    _writer.start()
    return _writer


def stop_label_writer() -> None:
    """Write what is due; from here on this process writes at once."""
    global _writer
    writer, _writer = _writer, None
    if writer is not None:
        writer.stop()


def follows_later(image_id: UUID) -> bool:
    """Leave the label file of an image to the thread; False where this process has none."""
    if _writer is None:
        return False
    _writer.note(image_id)
    return True

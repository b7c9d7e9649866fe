"""From a box to an outline, by GrabCut in a child process that stays warm for a minute.

A web process has two such children at most; who finds both busy waits for a turn.
"""

import json
import logging
import queue
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import IO, Any, TypedDict

from django.conf import settings

from annotator import paths
from annotator.kernel.child_process import ChildFailedError, child_environment
from annotator.kernel.errors import ConflictError, NothingFoundError, ServiceError, UnavailableError
from annotator.labels.polygons.geometry import GeometryError, Polygons, clean_polygons
from annotator.models import Image

from .places import find_image_file
from .tiles import is_tiled, read_tiles_state

logger = logging.getLogger(__name__)

OUTLINE_SECONDS = 20.0
MOST_CHILDREN = 2
SMALLEST_BOX_PX = 3.0


class Strokes(TypedDict):
    """What is object and what is not for sure: flat x, y in image pixels, drawn that thick."""

    inside: list[list[float]]
    outside: list[list[float]]
    radius: float
    order: list[str]
    """"inside" or "outside" for each stroke, oldest first; empty: those outside are newer."""
    shown: Polygons
    """The outline over which the newest stroke was drawn; empty: that of the box alone."""


def find_outline(image: Image, box: list[float], strokes: Strokes) -> Polygons:
    """Return the outline of the object in ``box`` (x1, y1, x2, y2), in image pixels.

    Raises ServiceError for a box that is none, NothingFoundError, ConflictError while the tiles of
    a big picture are missing, and UnavailableError when it takes too long.
    """
    x1, x2 = (min(max(x, 0.0), float(image.width)) for x in sorted(box[0::2]))
    y1, y2 = (min(max(y, 0.0), float(image.height)) for y in sorted(box[1::2]))
    if min(x2 - x1, y2 - y1) < SMALLEST_BOX_PX:
        raise ServiceError(
            f"The box is too small; draw one of {SMALLEST_BOX_PX:g} pixels a side or more inside "
            "the image.",
            code="box_too_small",
        )
    if strokes["shown"]:
        try:
            shown = clean_polygons(strokes["shown"], size_wh=(image.width, image.height))
        except GeometryError as error:
            raise ServiceError(f"The outline that was shown is none: {error}") from None
        strokes = {**strokes, "shown": shown}
    request = {"source": _source_of(image), "box": [x1, y1, x2, y2], **strokes}
    try:
        polygons: Polygons = _ask_child(request)["polygons"]
        return clean_polygons(polygons, size_wh=(image.width, image.height))
    except GeometryError:
        raise NothingFoundError(
            "No object stands out in this box. Draw the box a little larger, or mark the object "
            "with a stroke."
        ) from None


def _source_of(image: Image) -> dict[str, object]:
    size_wh = (image.width, image.height)
    if not is_tiled(image):
        return {"size_wh": size_wh, "file": str(find_image_file(image))}
    if read_tiles_state(image)["state"] != "ready":
        raise ConflictError(
            "The tiles of this big picture are still being made; try again when they show.",
            code="tiles_missing",
        )
    return {"size_wh": size_wh, "tiles": str(paths.tiles_dir(image))}


class OutlineChild:
    """One child process, started when first asked; it ends by itself when idle."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def ask(self, request: dict[str, Any], *, deadline: float) -> dict[str, Any]:
        """Return the answer. Raises ChildFailedError when it dies, or is late and so killed."""
        line = json.dumps(request).encode() + b"\n"
        for _ in range(2):  # a child that was idle may have ended this very moment
            was_warm = self._process is not None
            if answer := self._exchange(line, deadline):
                result: dict[str, Any] = json.loads(answer)
                return result
            self._drop()
            if time.monotonic() >= deadline:
                raise ChildFailedError(f"it took longer than {OUTLINE_SECONDS:g} s")
            if not was_warm:
                break
        raise ChildFailedError("it ended without an answer")

    def _exchange(self, line: bytes, deadline: float) -> bytes:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "annotator.labels.outlines.grabcut"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=settings.REPOSITORY,
                env=child_environment(),
            )
        timer = threading.Timer(max(0.0, deadline - time.monotonic()), self._process.kill)
        timer.start()
        try:
            stdin, stdout = _pipe(self._process.stdin), _pipe(self._process.stdout)
            stdin.write(line)
            stdin.flush()
            answer = stdout.readline()
            # A child that was killed may have left half a line.
            return answer if answer.endswith(b"\n") else b""
        except BrokenPipeError:
            return b""
        finally:
            timer.cancel()

    def _drop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                with suppress(BrokenPipeError):
                    _pipe(pipe).close()
            self._process = None


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 - narrows the type
    return stream


_free: "queue.LifoQueue[OutlineChild]" = queue.LifoQueue()
for _ in range(MOST_CHILDREN):
    _free.put(OutlineChild())


def _ask_child(request: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + OUTLINE_SECONDS
    try:
        child = _free.get(timeout=OUTLINE_SECONDS)
    except queue.Empty:
        raise UnavailableError(
            "Many outlines are being computed at this moment; try again in a few seconds.",
            code="busy",
        ) from None
    try:
        return child.ask(request, deadline=deadline)
    except ChildFailedError as error:
        logger.warning("no outline: %s", error)
        raise UnavailableError(
            "The outline could not be computed in time; try again, or draw it by hand.",
            code="outline_failed",
        ) from error
    finally:
        _free.put(child)

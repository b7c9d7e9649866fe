"""A file made of a video: as browsers play it, or with what was found drawn into it."""

import resource
import time
from pathlib import Path

from annotator.labels.video.burning import Drawing
from annotator.labels.video.making import make_mp4
from annotator.labels.video.reading import VideoError
from training.engine.emitter import Emitter
from training.engine.protocol import EngineError
from training.engine.requests import VideoFileRequest
from training.engine.stopping import Stopping

_PROGRESS_SECONDS = 0.5
_MEMORY_BYTES = 6 * 1024**3


def make_file(request: VideoFileRequest, emit: Emitter, stopping: Stopping) -> None:
    """Answer ``progress`` and ``finished``. The file is there whole or not at all."""
    _limit_memory()
    stopping.enter_batches()
    target = Path(request["out"])
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    lines = request.get("drawn")
    draw = None if lines is None else Drawing(Path(lines), with_boxes=request["with_boxes"])
    try:
        problems = make_mp4(
            Path(request["video"]),
            part,
            draw=draw,
            max_megapixels=request["max_megapixels"],
            tell=_Telling(request["total"] or 0, emit, stopping),
        )
        part.replace(target)
    except VideoError as error:
        raise EngineError(
            "data_unreadable", f"The video cannot be read: {error}", "Choose another file."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    emit({"type": "finished", "size_bytes": target.stat().st_size, "notes": problems})


def _limit_memory() -> None:
    """A hostile video may ask for any amount: asking for so much more than now fails."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = pages * resource.getpagesize() + _MEMORY_BYTES
    limit = limit if hard == resource.RLIM_INFINITY else min(hard, limit)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


class _Telling:
    def __init__(self, total: int, emit: Emitter, stopping: Stopping) -> None:
        self._total, self._emit, self._stopping = total, emit, stopping
        self._told = time.monotonic()

    def __call__(self, number: int) -> None:
        self._stopping.check()
        if time.monotonic() - self._told >= _PROGRESS_SECONDS:
            self._told = time.monotonic()
            total = max(self._total, number + 1)
            self._emit({"type": "progress", "done": number + 1, "total": total})

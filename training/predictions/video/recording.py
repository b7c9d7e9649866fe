"""Recording a live stream for a prediction, before anything is predicted.

HTTP comes over a connection of our own to an address that was checked, redirects as well; RTSP is
opened by the child, at an address that was checked. What came of a stream that broke off is kept,
and the rest is said.
"""

import http.client
import json
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import SplitResult, urlsplit, urlunsplit

from annotator.imports.arriving.addresses import AddressError, check_url, resolve
from annotator.imports.arriving.http_source import Answer, request
from annotator.kernel.child_process import ChildFailedError
from annotator.kernel.child_stream import ChildRefusedError, follow_module
from annotator.kernel.disk import check_disk_space
from annotator.kernel.jobs import LeaseLostError, heartbeat, report_progress
from training import paths
from training.jobs.announce import announce
from training.jobs.engine_job import RefusedError
from training.jobs.supervising import shutting_down
from training.models import Prediction

logger = logging.getLogger(__name__)

MODULE = "annotator.labels.video.recording"
FILE = "recording.mkv"
DEFAULT_SECONDS = 60.0
STALL_SECONDS = 60.0
ALMOST = 0.95
"""Of the time that was asked for: less is said to have broken off."""

_PIECE_BYTES = 1 << 16
_LOOK_SECONDS = 1.0
_RTSP_PORT = 554


class StoppedError(Exception):
    """Somebody cancelled or paused the job, or this worker is to go."""


def check_stream_address(address: str) -> SplitResult:
    """Return the parts of an address that may be recorded from. Raises AddressError."""
    parts = urlsplit(address.strip())
    if parts.scheme in ("http", "https"):
        return check_url(address)
    if parts.scheme != "rtsp":
        raise AddressError("A stream has an address that begins with rtsp://, http:// or https://.")
    # The same rules; a camera often wants a name and a password, which stay with the server.
    bare = urlunsplit(("http", parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))
    check_url(bare)
    return parts


def record_stream(job: Prediction, is_stopped: Callable[[], bool]) -> None:
    """Record the stream of a prediction, whose lease we hold, into its folder.

    Raises StoppedError, RefusedError and LeaseLostError.
    """
    seconds = float(job.options.get("seconds", DEFAULT_SECONDS))
    target = paths.prediction_source_dir(job) / FILE
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    notes = target.with_suffix(".json")
    recorded = _recorded_before(part, notes)
    problem = ""
    if recorded <= 0:
        with heartbeat(job) as lost:
            recording = _Recording(job, part, seconds=seconds, lost=lost, is_stopped=is_stopped)
            problem = recording.run()
            recorded = recording.recorded
    if recorded <= 0:
        part.unlink(missing_ok=True)
        raise RefusedError(problem or "No video came from the stream.")
    if recorded < seconds * ALMOST:
        reason = problem or "It broke off"
        problem = f"{reason}: {recorded:.1f} s of {seconds:g} s were recorded."
    part.replace(target)
    values = {**job.source, "file": FILE, "recorded_ms": round(recorded * 1000)}
    job.source = {**values, "problem": problem} if problem else values
    held = Prediction.objects.filter(pk=job.pk, lease_owner=job.lease_owner)
    if held.update(source=job.source) != 1:
        raise LeaseLostError(f"{job} is held by another worker")
    notes.unlink(missing_ok=True)


def _recorded_before(part: Path, notes: Path) -> float:
    """Seconds that a worker which died has recorded: a stream cannot be recorded twice."""
    with suppress(OSError, ValueError, KeyError):
        if part.stat().st_size:
            return float(json.loads(notes.read_text())["seconds"])
    return 0.0


class _Recording:
    def __init__(
        self,
        job: Prediction,
        part: Path,
        *,
        seconds: float,
        lost: threading.Event,
        is_stopped: Callable[[], bool],
    ) -> None:
        self.job, self.seconds, self.part = job, seconds, part
        self.notes = part.with_suffix(".json")
        self.lost, self.is_stopped = lost, is_stopped
        self.recorded = 0.0
        self.looked_at = 0.0

    def run(self) -> str:
        """Return why it ended early, "" where it did not."""
        address = str(self.job.source["address"])
        self._tell()
        try:
            parts = check_stream_address(address)
            if parts.scheme == "rtsp":
                self._record_rtsp(parts)
            else:
                self._record_http(address)
        except AddressError as error:
            raise RefusedError(str(error)) from error
        except ChildRefusedError as error:
            return str(error)
        except (ChildFailedError, http.client.HTTPException, OSError) as error:
            logger.info("%s: recording ended: %s", self.job, error)
            return f"The stream broke off ({str(error) or type(error).__name__})"
        return ""

    def _record_rtsp(self, parts: SplitResult) -> None:
        port = parts.port or _RTSP_PORT
        found = resolve(parts.hostname or "", port)[0]
        host = f"[{found}]" if ":" in found else found
        user = parts.netloc.rpartition("@")[0]
        netloc = f"{user}@{host}:{port}" if user else f"{host}:{port}"
        checked = urlunsplit(("rtsp", netloc, parts.path, parts.query, ""))
        with tempfile.TemporaryFile() as handle:
            handle.write(json.dumps({"address": checked}).encode())
            handle.seek(0)
            self._follow(handle, is_address=True)

    def _record_http(self, address: str) -> None:
        headers = {"Accept-Encoding": "identity", "User-Agent": "Segloop"}
        with request(address, headers) as answer:
            if answer.status != 200:
                raise RefusedError(f"The stream's server answered {answer.status}.")
            with _piped(answer) as pipe:
                self._follow(pipe, is_address=False)

    def _follow(self, stdin: BinaryIO, *, is_address: bool) -> None:
        asked = {"file": str(self.part), "seconds": self.seconds, "is_address": is_address}
        follow_module(
            MODULE,
            json.dumps(asked),
            stdin=stdin,
            stall_seconds=STALL_SECONDS,
            on_line=self._hear,
            on_tick=self._look,
        )

    def _hear(self, line: bytes) -> None:
        with suppress(ValueError, KeyError, TypeError):
            self.recorded = float(json.loads(line)["seconds"])
            self.notes.write_text(json.dumps({"seconds": self.recorded}))
        self._look()

    def _look(self) -> None:
        """Say how far it is, once a second. Raises StoppedError, LeaseLostError."""
        if self.lost.is_set():
            raise LeaseLostError(f"{self.job} is held by another worker or has ended")
        if time.monotonic() - self.looked_at < _LOOK_SECONDS:
            return
        self.looked_at = time.monotonic()
        if self.is_stopped():
            self.part.unlink(missing_ok=True)
            self.notes.unlink(missing_ok=True)
            raise StoppedError
        if shutting_down.is_set() and self.recorded > 0:
            raise ChildFailedError("this worker was asked to go")
        check_disk_space()
        self._tell()

    def _tell(self) -> None:
        report_progress(
            self.job,
            done=min(int(self.recorded), int(self.seconds)),
            total=int(self.seconds),
            unit="seconds",
            message="Recording the stream",
        )
        announce(self.job)


@contextmanager
def _piped(answer: Answer) -> Iterator[BinaryIO]:
    """The body of an answer as a pipe that a child reads."""
    reading, writing = os.pipe()

    def pump() -> None:
        broken = (OSError, http.client.HTTPException, ValueError)
        with suppress(*broken), os.fdopen(writing, "wb", buffering=0) as pipe:
            while piece := answer.read(_PIECE_BYTES):
                view = memoryview(piece)
                while view:
                    view = view[pipe.write(view) :]

    thread = threading.Thread(target=pump, name="stream", daemon=True)
    thread.start()
    with os.fdopen(reading, "rb") as pipe:
        yield pipe

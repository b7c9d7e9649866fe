"""The engine as a child process: started, read, stopped. Knows nothing of runs or the database.

``python -m training.engine <command>`` gets one JSON object on standard input and answers JSON
lines; its standard error is appended to a log. It runs in a session of its own, so that a Ctrl-C
for the worker does not reach it and a kill reaches its data-loader workers too. When the worker
dies, the engine notices that its parent is gone and stops.
"""

import fcntl
import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Self

from django.conf import settings

from annotator.kernel.child_process import child_environment

logger = logging.getLogger(__name__)

EngineEvent = dict[str, Any]

TICK_SECONDS = 0.5
MOST_WAITING_BYTES = 64 << 20
"""Of events that nobody has taken yet: then the engine waits. A training never writes so much."""

_ROOM_SECONDS = 0.05
_END = object()


class EngineLockedError(Exception):
    """Another engine still works on the same job; the message is a sentence for a person."""


class EngineProcess:
    """One running engine. Use as a context manager: leaving it leaves no process behind."""

    def __init__(
        self,
        command: str,
        request: Mapping[str, object],
        *,
        log: Path,
        lock: "EngineLock | None" = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        with log.open("ab") as errors:
            self.log_start = errors.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "training.engine", command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=settings.REPOSITORY,
                env={**child_environment(), **(environment or {})},
                start_new_session=True,
                pass_fds=() if lock is None or lock.descriptor is None else (lock.descriptor,),
            )
        if lock is not None:
            lock.hand_over(self.pid)
        self._lines: queue.SimpleQueue[tuple[object, int]] = queue.SimpleQueue()
        self._waiting = self._taken = 0  # bytes, each counted by one thread
        self._is_left = threading.Event()
        threading.Thread(target=self._read, name="engine-reader", daemon=True).start()
        self._send(request)

    @property
    def pid(self) -> int:
        return self._process.pid

    def _send(self, request: Mapping[str, object]) -> None:
        stdin = _pipe(self._process.stdin)
        with suppress(BrokenPipeError), stdin:  # it died at once: its exit code tells
            stdin.write(json.dumps(request).encode())

    def _read(self) -> None:
        for line in _pipe(self._process.stdout):
            try:
                event = json.loads(line)
            except ValueError:
                logger.warning("engine %s wrote no JSON: %.200r", self.pid, line)
                continue
            while self._waiting - self._taken > MOST_WAITING_BYTES and not self._is_left.is_set():
                time.sleep(_ROOM_SECONDS)
            self._waiting += len(line)
            self._lines.put((event, len(line)))
        self._lines.put((_END, 0))

    def events(self) -> Iterator[EngineEvent | None]:
        """Yield events as they come, and None when there is none for a tick, until the end."""
        while True:
            try:
                item, size = self._lines.get(timeout=TICK_SECONDS)
            except queue.Empty:
                yield None
                continue
            self._taken += size
            if item is _END:
                self._process.wait()
                return
            assert isinstance(item, dict)  # noqa: S101 - narrows the type
            yield item

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def terminate(self) -> None:
        """Ask it to stop at the next batch."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def stop_and_keep(self) -> None:
        """Ask it to stop at the next batch, to write last.pt and to validate what there is."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGUSR2)

    def dump_stacks(self, wait_seconds: float) -> None:
        """Have it write what each thread is doing to its log; wait until that stands there."""
        size = self.log.stat().st_size
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGUSR1)
            os.kill(self.pid, signal.SIGCONT)  # one that was stopped wakes up for it
        deadline = time.monotonic() + wait_seconds
        while self.log.stat().st_size == size and time.monotonic() < deadline:
            if self._process.poll() is not None:
                return
            time.sleep(0.1)
        time.sleep(0.2)  # the rest of the stacks

    def kill(self) -> None:
        """End it and everything it started, now."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def log_tail(self, lines: int = 15) -> str:
        """Return the end of what this process wrote to its log."""
        return read_tail(self.log, lines=lines, start=self.log_start)[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_left.set()
        self.kill()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 - opened with PIPE
    return stream


TAIL_BYTES = 256 * 1024


def read_tail(path: Path, *, lines: int, start: int = 0) -> tuple[str, bool, int]:
    """Return the last ``lines`` of a log, whether something came before, and the file's size.

    Of a progress bar that was drawn over and over with carriage returns only the last state stays.
    """
    try:
        with path.open("rb") as handle:
            size = handle.seek(0, os.SEEK_END)
            begin = max(start, size - TAIL_BYTES)
            handle.seek(begin)
            text = handle.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return "", False, 0
    rows = [row.rstrip("\r").rpartition("\r")[2] for row in text.split("\n")]
    if begin > start:
        rows = rows[1:]  # probably cut
    if rows and not rows[-1]:
        rows.pop()
    return "\n".join(rows[-lines:]), begin > start or len(rows) > lines, size


class EngineLock:
    """A lock that an engine process inherits: held while any process of that engine lives."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.descriptor: int | None = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def take(self, wait_seconds: float) -> bool:
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(self._open_descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.2)
            else:
                return True

    def hand_over(self, pid: int) -> None:
        """Note who holds the lock and let go of our own hold: from now on it is the engine's."""
        os.ftruncate(self._open_descriptor, 0)
        os.pwrite(self._open_descriptor, f"{os.uname().nodename} {pid}".encode(), 0)
        self.close()

    def close(self) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def kill_holder(self) -> None:
        """Kill the engine that holds the lock, if it is on this host."""
        host, _, pid = self.path.read_text().partition(" ")
        if host != os.uname().nodename or not pid.isdigit():
            return
        with suppress(OSError):
            if b"training.engine" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.killpg(int(pid), signal.SIGKILL)

    @property
    def _open_descriptor(self) -> int:
        assert self.descriptor is not None  # noqa: S101 - narrows the type
        return self.descriptor


@contextmanager
def engine_lock(path: Path, *, wait_seconds: float = 10.0) -> Iterator[EngineLock]:
    """Hold the lock of one job for the engine that is about to work on it.

    An engine that an earlier attempt left is given ``wait_seconds`` to end, then killed. Raises
    EngineLockedError if that did not help.
    """
    lock = EngineLock(path)
    try:
        if not lock.take(wait_seconds):
            lock.kill_holder()
            if not lock.take(5.0):
                raise EngineLockedError(
                    "An earlier engine still works on it: it waits for its end."
                )
        yield lock
    finally:
        lock.close()

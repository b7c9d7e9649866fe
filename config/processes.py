"""Child processes that never outlive us, watched by one thread without polling them.

Standard library only. Each child is the leader of its own process group and session, so Ctrl-C in
the terminal reaches the launcher alone, which then stops the children in order. On Linux a child
is told by the kernel when the launcher is gone, even by `kill -9`, and what a child leaves behind
is adopted by the launcher and ended too.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOG_MAX_BYTES = 20 * 1024 * 1024


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


@dataclass(frozen=True)
class Service:
    """A child process to keep running."""

    name: str  # also the log's name
    title: str  # what a person calls it
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_seconds: float = 10.0
    orphan_signal: signal.Signals = signal.SIGTERM  # what it gets when the launcher was killed


def bound_to_parent(orphan_signal: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: the child gets this signal when its parent is gone (Linux)."""
    parent = os.getpid()

    def in_child() -> None:
        _prctl(PR_SET_PDEATHSIG, orphan_signal)
        if os.getppid() != parent:  # it went before we could ask
            os._exit(1)

    return in_child


class Child:
    """A running service."""

    def __init__(self, service: Service, log: Path, cwd: Path) -> None:
        self.service = service
        self.log = log
        self.began = time.monotonic()
        with log.open("ab") as output:
            self.log_start = output.tell()
            self.process = subprocess.Popen(
                service.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=cwd,
                env={**os.environ, **service.environment},
                start_new_session=True,
                preexec_fn=bound_to_parent(service.orphan_signal),  # noqa: PLW1509 - one thread
            )

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def log_text(self) -> str:
        """What this child has written so far."""
        with self.log.open("rb") as file:
            file.seek(self.log_start)
            return file.read(1_000_000).decode("utf-8", "replace")

    def ending(self) -> str:
        """How it ended, in words."""
        status = self.process.returncode
        if status is None:
            return "is running"
        if status == -signal.SIGKILL:
            return "was killed (too little memory, often)"
        if status < 0:
            return f"was ended by signal {signal.Signals(-status).name}"
        return f"ended with status {status}"


class Signals:
    """Turns signals into a flag and into something that `select` wakes up for."""

    def __init__(self) -> None:
        self.stop_requests = 0
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        _prctl(PR_SET_CHILD_SUBREAPER, 1)
        if "MAKELEVEL" in os.environ:  # make is our parent: stop when it is killed
            _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    def _on_stop(self, *_: object) -> None:
        self.stop_requests += 1

    def wait(self, seconds: float) -> None:
        """Sleep until a signal arrives or the time is over."""
        ready, _, _ = select.select([self._read], [], [], max(0.0, seconds))
        if ready:
            with suppress(BlockingIOError):
                os.read(self._read, 4096)


def signal_group(child: Child, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, number)


def stop_children(children: Iterable[Child], signals: Signals) -> None:
    """Ask children to end, wait as long as each may take, then make them and all they started."""
    waiting = [child for child in children if child.is_running]
    began = time.monotonic()
    requests = signals.stop_requests
    for child in waiting:
        child.process.terminate()
    while waiting:
        waiting = [child for child in waiting if child.is_running]
        elapsed = time.monotonic() - began
        impatient = signals.stop_requests > requests
        for child in waiting:
            if impatient or elapsed > child.service.stop_seconds:
                signal_group(child, signal.SIGKILL)
        if waiting:
            signals.wait(0.1)
    for child in children:
        signal_group(child, signal.SIGKILL)


def end_orphans(seconds: float = 3.0) -> None:
    """End what the children left behind: the kernel has made it ours (Linux)."""
    began = time.monotonic()
    while own := _own_children():
        number = signal.SIGTERM if time.monotonic() - began < seconds else signal.SIGKILL
        for pid in own:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.02)
        if time.monotonic() - began > 2 * seconds:
            return


def _own_children() -> list[int]:
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    try:
        return [int(pid) for pid in path.read_text().split()]
    except OSError:
        return []


def trim_log(log: Path) -> None:
    """Keep a log that is written to in append mode from growing for ever: one old copy of it."""
    with suppress(OSError):
        if log.stat().st_size > LOG_MAX_BYTES:
            log.with_suffix(".log.1").write_bytes(log.read_bytes())
            os.truncate(log, 0)

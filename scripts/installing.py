"""Long commands of an installation: run into a log, side by side, by one installer at a time.

Standard library only.
"""

import fcntl
import hashlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from config.console import Console, StartError, Step
from config.processes import bound_to_parent

REPOSITORY = Path(__file__).resolve().parent.parent
TICK_SECONDS = 0.1

T = TypeVar("T")

Work = Generator[str, None, str]
"""Work in progress: yields what it does now, again and again, and returns what came of it."""


def venv_folder() -> Path:
    """The virtual environment: `.venv`, or the folder SEGLOOP_VENV names."""
    return Path(os.environ.get("SEGLOOP_VENV") or REPOSITORY / ".venv")


def venv_python() -> Path:
    return venv_folder() / "bin" / "python"


def digest(paths: Iterable[Path], *extra: str) -> str:
    """A hash of the names and contents of files, and of what else matters."""
    state = hashlib.sha256()
    for path in paths:
        state.update(os.fsencode(path) + b"\0" + path.read_bytes() + b"\0")
    for text in extra:
        state.update(text.encode() + b"\0")
    return state.hexdigest()


def is_stamped(stamp: Path, value: str) -> bool:
    try:
        return stamp.read_text() == value
    except OSError:
        return False


def run_logged(
    command: list[str | Path],
    *,
    log: Path,
    doing: str | Callable[[], str],
    explain: Callable[[str], str],
    environment: dict[str, str] | None = None,
    cwd: Path = REPOSITORY,
) -> Generator[str, None, None]:
    """Run a command into a log file, yielding `doing` while it lives; on failure, explain the log.

    The command ends with us: when the work is closed, and on Linux also when we are killed.
    """
    with log.open("ab") as output:
        output.write(f"\n$ {' '.join(map(str, command))}\n".encode())
        output.flush()
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=cwd,
            env=environment,
            close_fds=False,  # it holds the lock as long as we do
            preexec_fn=bound_to_parent(signal.SIGTERM),  # noqa: PLW1509 - one thread
        )
    try:
        while process.poll() is None:
            yield doing if isinstance(doing, str) else doing()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    if process.returncode != 0:
        raise StartError(explain(log.read_text(errors="replace")[-20_000:]), log=log)


def work_side_by_side(console: Console, works: dict[str, Work]) -> None:
    """Do several works at once, each a line in the terminal. The first that fails ends all."""
    began = time.monotonic()
    waiting = dict(works)
    try:
        while waiting:
            doing = {}
            for title, work in list(waiting.items()):
                try:
                    doing[title] = next(work)
                except StopIteration as end:
                    del waiting[title]
                    console.done(title, end.value, time.monotonic() - began)
            if doing:
                Step(console, next(iter(doing)), began).busy("; ".join(doing.values()))
                time.sleep(TICK_SECONDS)
    finally:
        for work in waiting.values():
            work.close()


def finish_work(step: Step, work: Generator[str, None, T]) -> T:
    """Do one work as (a part of) a step; returns what came of it."""
    while True:
        try:
            step.busy(next(work))
        except StopIteration as end:
            result: T = end.value
            return result
        time.sleep(TICK_SECONDS)


@contextmanager
def only_installer(waiting: Callable[[], None]) -> Iterator[None]:
    """Be the only one that installs into the environment; calls `waiting` while another does."""
    folder = venv_folder()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        file = folder.with_name(f"{folder.name}.lock").open("a")
    except OSError as error:
        raise StartError(
            f"{folder} cannot be made ({error.strerror}): run make in a folder of your own."
        ) from error
    with file:
        os.set_inheritable(file.fileno(), True)
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waiting()
                time.sleep(TICK_SECONDS)
        yield


def explain_pip(text: str, *, again: str = "then run make again") -> str:
    """What a person can do about a pip that failed, from what it printed."""
    if "No space left on device" in text:
        return f"The disk is full: free some space (6 GB for the packages), {again}."
    if re.search(
        r"name resolution|NewConnectionError|Max retries|timed out|ProxyError|IncompleteRead"
        r"|Connection (aborted|broken|reset)|Failed to establish",
        text,
    ):
        return (
            "The Python packages could not be downloaded: check the network "
            f"(behind a proxy, set HTTPS_PROXY), {again}."
        )
    if "No matching distribution" in text:
        return (
            "A Python package has no version for this machine: use Python 3.11 or 3.12 on "
            "64-bit Linux or macOS (make run PYTHON=python3.12)."
        )
    if "Permission denied" in text or "Read-only file system" in text:
        return f"{venv_folder()} cannot be written: check who owns it, {again}."
    return "The Python packages could not be installed: the log says why."


def explain_npm(text: str) -> str:
    """What a person can do about an npm that failed, from what it printed."""
    if "ENOSPC" in text:
        return "The disk is full: free some space, then run make again."
    if re.search(r"SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY)", text):
        return (
            "The network's own certificate is not known to Node.js: set NODE_EXTRA_CA_CERTS to "
            "its file (often /etc/ssl/certs/ca-certificates.crt), then run make again."
        )
    if re.search(r"ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET", text):
        return (
            "The front end's packages could not be downloaded: check the network "
            "(behind a proxy, set HTTPS_PROXY), then run make again."
        )
    return "The front end could not be built: the lines above say why."

"""A module of ``annotator.labels`` in a process of its own that says line by line how far it is."""

import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import BinaryIO

from django.conf import settings

from .child_process import TICK_SECONDS, ChildFailedError, child_environment

_PIECE_BYTES = 1 << 16
_MOST_SAID = 2_000


class ChildRefusedError(ChildFailedError):
    """The child says itself why it ended (its exit status is 3)."""


def follow_module(
    module: str,
    *arguments: str,
    stdin: BinaryIO,
    stall_seconds: float,
    on_line: Callable[[bytes], object],
    on_tick: Callable[[], object] = lambda: None,
) -> None:
    """Run a module to its end; it reads ``stdin``, a file, and ``on_line`` gets what it writes.

    ``on_tick`` is called every few seconds; what it or ``on_line`` raises ends the child. So does
    a silence of ``stall_seconds``. Raises ChildFailedError.
    """
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=settings.REPOSITORY,
            env=child_environment(),
        )
        try:
            _follow(process, stall_seconds, on_line, on_tick)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
        if process.returncode != 0:
            errors.seek(0)
            said = errors.read(_MOST_SAID * 10).decode(errors="replace").strip().splitlines()
            last = said[-1][:_MOST_SAID] if said else ""
            if process.returncode == 3:
                raise ChildRefusedError(last)
            raise ChildFailedError(last or f"it ended with {process.returncode}")


def _follow(
    process: "subprocess.Popen[bytes]",
    stall_seconds: float,
    on_line: Callable[[bytes], object],
    on_tick: Callable[[], object],
) -> None:
    pipe = process.stdout
    if pipe is None:
        return
    heard = ticked = time.monotonic()
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if selector.select(timeout=1.0):
                piece = pipe.read1(_PIECE_BYTES)  # type: ignore[attr-defined] # it is buffered
                if not piece:
                    process.wait()
                    return
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    on_line(line)
                heard = time.monotonic()
            now = time.monotonic()
            if now - heard > stall_seconds:
                raise ChildFailedError(f"it did not go on for {stall_seconds:g} s")
            if now - ticked > TICK_SECONDS:
                ticked = now
                on_tick()

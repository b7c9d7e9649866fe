"""Modules of ``annotator.labels`` that run in a process of their own.

What they load (libvips, OpenCV) and what a damaged picture does to them stays out of this process.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable

from django.conf import settings

TICK_SECONDS = 5.0
SECRETS = (
    *("SEGLOOP_SECRET_KEY", "SEGLOOP_ADMIN_PASSWORD", "SEGLOOP_MAIL_PASSWORD"),
    *("DATABASE_URL", "REDIS_URL"),
)
"""Variables that a child does not get."""


class ChildFailedError(Exception):
    """The child ended with an error or took too long; the message says what it said."""


def child_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in SECRETS}


def run_module(
    module: str,
    *arguments: str,
    timeout_seconds: float,
    content: bytes = b"",
    on_tick: Callable[[], object] = lambda: None,
) -> bytes:
    """Run a module to its end and return what it wrote; ``on_tick`` is called now and then.

    It reads ``content`` from its standard input.

    Raises ChildFailedError.
    """
    deadline = time.monotonic() + timeout_seconds
    unsent: bytes | None = content
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=settings.REPOSITORY,
        env=child_environment(),
    )
    try:
        while True:
            left = deadline - time.monotonic()
            try:
                output, errors = process.communicate(
                    unsent, timeout=max(0.0, min(TICK_SECONDS, left))
                )
                break
            except subprocess.TimeoutExpired:
                unsent = None  # it goes on with what it was given first
                if left <= 0:
                    raise ChildFailedError(f"it took longer than {timeout_seconds:g} s") from None
                on_tick()
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    if process.returncode != 0:
        lines = errors.decode(errors="replace").strip().splitlines()
        raise ChildFailedError(lines[-1] if lines else f"it ended with {process.returncode}")
    return output

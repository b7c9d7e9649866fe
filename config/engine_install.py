"""The engine's packages, installed by a child of the launcher while people already work.

The child (`scripts/install_engine.py`) writes how far it is to `engine_state_path`; the pages read
that file. It exists only while the engine is not ready, and counts only while the launcher touches
it. Standard library only.
"""

import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

from config.console import format_seconds
from config.data_folder import REPOSITORY
from config.processes import Service

FIRST_RETRY_SECONDS = 30.0
LONGEST_RETRY_SECONDS = 600.0


class EngineState(TypedDict):
    """`state`: "installing" or "failed" (then `error` is a sentence). `percent`: of the bytes."""

    state: str
    percent: int | None
    detail: str
    error: str


def engine_state_path(root: Path) -> Path:
    return root / "run" / "engine.json"


def read_engine_state(root: Path) -> EngineState | None:
    try:
        state: EngineState = json.loads(engine_state_path(root).read_text())
    except (OSError, ValueError):
        return None
    return state


def is_asked_for() -> bool:
    """Whether the bootstrap found that the engine's packages are missing; asks only once."""
    return os.environ.pop("SEGLOOP_INSTALL_ENGINE", "") == "1"


def installer(root: Path) -> Service:
    script = str(REPOSITORY / "scripts" / "install_engine.py")
    command = (sys.executable, script, str(engine_state_path(root)))
    return Service("engine", "The engine's installation", command)


class EngineInstall:
    """Where the installation stands, from the launcher's side: when to try, what to say."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.began = time.monotonic()
        self.failures = 0
        self.next_try = self.began
        self.said_percent = 0
        engine_state_path(root).write_text(
            json.dumps({"state": "installing", "percent": None, "detail": "", "error": ""})
        )

    def fail(self) -> str:
        """Note that the installer ended without success; returns a sentence for the terminal."""
        state = read_engine_state(self.root)
        error = state["error"] if state else ""
        if not error:
            error = "The installation of the engine ended unexpectedly."
            content: EngineState = {
                "state": "failed",
                "percent": None,
                "detail": "",
                "error": error,
            }
            engine_state_path(self.root).write_text(json.dumps(content))
        wait = min(FIRST_RETRY_SECONDS * 2**self.failures, LONGEST_RETRY_SECONDS)
        self.failures += 1
        self.next_try = time.monotonic() + wait
        return (
            f"The engine is not installed, so nothing trains yet; drawing works. {error} "
            f"Next try in {format_seconds(wait)}."
        )

    def finish(self) -> str:
        engine_state_path(self.root).unlink(missing_ok=True)
        return format_seconds(time.monotonic() - self.began)

    def is_due(self) -> bool:
        return time.monotonic() >= self.next_try

    def keep_fresh(self) -> EngineState | None:
        """Say that the state is true now, and return it."""
        with suppress(OSError):
            os.utime(engine_state_path(self.root))
        return read_engine_state(self.root)

    def reaches_next_tenth(self, percent: int) -> bool:
        """Whether a log without a terminal should get a line."""
        if percent // 10 <= self.said_percent // 10:
            return False
        self.said_percent = percent
        return True


def forget_engine_state(root: Path) -> None:
    """Nothing is installed by this launcher: what an earlier one left counts for nothing."""
    engine_state_path(root).unlink(missing_ok=True)

"""Whether the engine is still being installed beside a system that people already use.

The launcher of a first start writes how far it is (config/engine_install.py); without its file, or
with one that it no longer touches, nothing is being installed.
"""

import json
import time
from typing import Literal, TypedDict

from training import paths

STALE_SECONDS = 30.0


class EngineSetup(TypedDict):
    """``percent``: of the bytes, null where not known yet. ``message``: the state in a sentence."""

    state: Literal["installing", "failed"]
    percent: int | None
    detail: str
    message: str


def engine_setup() -> EngineSetup | None:
    """Return how far the installation is, or None where the engine is there."""
    path = paths.engine_state_path()
    try:
        if time.time() - path.stat().st_mtime > STALE_SECONDS:
            return None
        told = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    if told["state"] == "failed":
        message = (
            f"The GPU worker could not be installed: {told['error']} It is tried again by itself."
        )
        return {"state": "failed", "percent": None, "detail": "", "message": message}
    percent = told["percent"]
    how_far = "" if percent is None else f", {percent} %"
    return {
        "state": "installing",
        "percent": percent,
        "detail": told["detail"],
        "message": f"The GPU worker is being installed{how_far}: it begins by itself after that.",
    }


def describe_setup() -> str:
    """Return why no gpu worker is there yet, or ""."""
    setup = engine_setup()
    return "" if setup is None else setup["message"]

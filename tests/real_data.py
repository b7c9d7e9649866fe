"""Where the real photographs lie with which some tests run: outside the project, often absent."""

import os
from pathlib import Path

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"
REAL_DATA = Path(os.environ.get("SEGLOOP_REAL_DATA") or _BESIDE)

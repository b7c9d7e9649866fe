"""The stream of events on what was standard output when the process started."""

import json
import os
import sys
import threading
from typing import Any, TextIO

from .protocol import Event


class Emitter:
    """Writes events as JSON lines; safe to call from several threads.

    ``parent_gone`` turns true when nobody reads any more.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self.parent_gone = False

    def __call__(self, event: Event) -> None:
        line = self.line_of(event)
        with self._lock:
            if self.parent_gone:
                return
            try:
                self._stream.write(line + "\n")
                self._stream.flush()
            except (BrokenPipeError, ValueError):
                self.parent_gone = True

    def line_of(self, event: Event) -> str:
        # NaN and Infinity are not JSON: a loss may be either, and a browser would choke on it.
        return json.dumps(_finite(event), ensure_ascii=False, allow_nan=False)


def take_over_stdout() -> TextIO:
    """The original standard output, for events; file descriptor 1 goes to standard error.

    Done on the descriptor, not on ``sys.stdout``, so C libraries' prints cannot break it either.
    """
    sys.stdout.flush()
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return events


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if value - value == 0.0 else 0.0
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value

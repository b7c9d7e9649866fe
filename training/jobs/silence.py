"""How long an engine may be silent before it counts as hung."""

import time
from collections.abc import Callable
from typing import Any

QUIET_FACTOR = 3
"""At start and while it validates an engine says nothing for long: so many times the limit."""
_STEPS = ("batch", "progress", "image", "frames")


class Silence:
    """Listens to an engine's events; knows when there have been none for too long.

    An engine that has said that it waits (``paused``) does not hang.
    """

    def __init__(self, limit: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit_seconds = limit
        self._clock = clock
        self._heard_at = clock()
        self._epoch_began: tuple[float, int] = (0.0, 0)
        self._epoch = 0
        self._is_quiet = True
        self._is_paused = False
        self.has_begun = False
        """Whether it is past its start: a first batch, image or step is done."""

    def hear(self, event: dict[str, Any]) -> None:
        self._heard_at = self._clock()
        kind = event["type"]
        if kind in ("paused", "resumed"):
            self._is_paused = kind == "paused"
            return
        self.has_begun = self.has_begun or kind in _STEPS
        self._is_quiet = kind not in _STEPS or (kind == "batch" and self._is_last(event))

    def _is_last(self, event: dict[str, Any]) -> bool:
        """Whether validation comes next. Events are thinned out, so the very last batch may have
        none: those that take less than a second are not waited for."""
        now, batch = self._clock(), int(event["batch"])
        if event["epoch"] != self._epoch:
            self._epoch, self._epoch_began = int(event["epoch"]), (now, batch)
        began, first = self._epoch_began
        batches_per_second = (batch - first) / max(now - began, 0.001)
        left: int = event["batches"] - batch
        return left <= 1 + batches_per_second

    def limit_seconds(self) -> float:
        return self._limit_seconds * (QUIET_FACTOR if self._is_quiet else 1)

    def is_too_long(self) -> bool:
        return not self._is_paused and self._clock() - self._heard_at > self.limit_seconds()

"""Stopping early: SIGTERM or a parent that is gone, SIGUSR2 to stop and keep, SIGUSR1 for stacks.

While the engine starts up there is nothing to lose, so a request to stop ends it at once. From the
first batch on it is looked at between batches, so that no file is left half written.
"""

import faulthandler
import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import Any

_GRACE_SECONDS = 60.0
_POLL_SECONDS = 0.2


class Cancelled(BaseException):
    """Raised to unwind a job; no ``except Exception`` of a library swallows it."""


class Stopping:
    """Whether the job was asked to stop, and whether to keep what it has."""

    def __init__(self) -> None:
        self.is_requested = False
        self._is_at_work = False
        self.is_keep_requested = False
        self.has_kept = False
        self.parent_gone = False

    def install(self) -> None:
        """Listen to the signals and watch the parent process. Main thread only."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGUSR2, self._on_keep)
        # In C: it also answers where the interpreter hangs in a library.
        faulthandler.register(signal.SIGUSR1, all_threads=True)
        threading.Thread(target=self._watch_parent, args=(os.getppid(),), daemon=True).start()

    def enter_batches(self) -> None:
        """From now on stop between batches only."""
        self._is_at_work = True

    def check(self, _: object = None) -> None:
        """Raise ``Cancelled`` if asked to stop. Usable as an Ultralytics callback."""
        if self.is_requested:
            raise Cancelled

    def keep(self, trainer: Any) -> None:
        """An Ultralytics callback: let the trainer close this epoch and finish, if asked to."""
        if self.is_keep_requested and not trainer.stop:
            self.has_kept = trainer.stop = True

    def wait(self, seconds: float) -> None:
        """Sleep, but not through a request to stop: raises ``Cancelled``."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, _POLL_SECONDS))
        self.check()

    def _on_signal(self, _signum: int, _frame: FrameType | None) -> None:
        self.is_requested = True
        if not self._is_at_work:
            raise Cancelled

    def _on_keep(self, _signum: int, _frame: FrameType | None) -> None:
        self.is_keep_requested = True

    def _watch_parent(self, parent_pid: int) -> None:
        """A signal at the parent's death (PDEATHSIG) fires when its *thread* ends: poll instead."""
        while os.getppid() == parent_pid:
            time.sleep(1.0)
        self.parent_gone = True
        sys.stderr.write("The process that started this engine is gone; stopping.\n")
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_GRACE_SECONDS)
        os._exit(1)

"""A full disk: known from its errors, waited out, said so."""

import errno
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from training.engine.emitter import Emitter
from training.engine.stopping import Stopping

_T = TypeVar("_T")
_POLL_SECONDS = 2.0
_MB = 1 << 20
_CAUSES = (errno.ENOSPC, errno.EDQUOT)
# torch's writer loses the errno: its message is all that is left.
_TORCH_MESSAGES = ("PytorchStreamWriter failed", "unexpected pos", "file write failed")


def is_disk_full(error: BaseException) -> bool:
    """Whether an exception says that there is no room, or no quota, on the disk."""
    if isinstance(error, OSError):
        return error.errno in _CAUSES
    return isinstance(error, RuntimeError) and any(text in str(error) for text in _TORCH_MESSAGES)


def free_bytes(folder: Path) -> int:
    """Room on the file system of a folder, which need not exist yet."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


class DiskPatience:
    """Does what writes into a folder as soon as there is room for it."""

    def __init__(self, folder: Path, emit: Emitter, stopping: Stopping) -> None:
        self._folder = folder
        self._emit = emit
        self._stopping = stopping
        self._is_paused = False
        self._paused_at = 0.0
        self._waited_seconds = 0.0

    def take_waited_seconds(self) -> float:
        """How long it has waited since this was asked last: no part of the pace of a run."""
        waited, self._waited_seconds = self._waited_seconds, 0.0
        return waited

    def write(self, action: Callable[[], _T], *, needed_bytes: int) -> _T:
        """The action's result. Waits while less than ``needed_bytes`` are free, or while it fails
        for lack of room (a quota shows in no other way); ``Cancelled`` ends the wait.

        The action is called again after a failure, so it has to leave nothing torn behind.
        """
        while True:
            if free_bytes(self._folder) >= needed_bytes:
                try:
                    result = action()
                except (OSError, RuntimeError) as error:
                    if not is_disk_full(error):
                        raise
                else:
                    self._resume()
                    return result
            self._pause(needed_bytes)
            self._stopping.wait(_POLL_SECONDS)

    def _pause(self, needed_bytes: int) -> None:
        if self._is_paused:
            return
        self._is_paused = True
        self._paused_at = time.monotonic()
        self._emit(
            {
                "type": "paused",
                "code": "disk_full",
                "message": (
                    f"The disk is full: {self._folder} has {free_bytes(self._folder) // _MB} MB "
                    f"left, and the run needs {needed_bytes // _MB + 1} MB to be saved. "
                    "It goes on as soon as there is room."
                ),
            }
        )

    def _resume(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self._waited_seconds += time.monotonic() - self._paused_at
            self._emit({"type": "resumed"})

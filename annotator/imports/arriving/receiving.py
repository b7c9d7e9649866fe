"""The bytes of an upload: written behind what is there, fsynced, and only then counted.

One writer at a time: the file is locked (flock) while a request writes it. A connection that
stands still (a closed laptop, a lost network) keeps its lock only until somebody else wants it:
the next request leaves a mark, and the one that gets no bytes sees it and lets go.
"""

import contextlib
import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import close_old_connections
from django.utils import timezone

from annotator import paths
from annotator.kernel.disk import check_disk_space
from annotator.kernel.errors import ConflictError, ServiceError, TooLargeError
from annotator.models import Upload

logger = logging.getLogger(__name__)

PIECE_BYTES = 1024 * 1024
SYNC_BYTES = 32 * 1024**2
SYNC_SECONDS = 2.0
STALL_SECONDS = 3.0
"""A writer that got nothing for so long gives way to another."""

WAIT_SECONDS = 5.0
"""How long a request waits for the one that writes: longer than ``STALL_SECONDS``."""

Read = Callable[[int], bytes]
"""Up to so many bytes of the body; b"" at its end. TimeoutError: none came, ask again.
Other OSErrors: the connection is cut."""


class UploadBusyError(ServiceError):
    """Another request writes this upload (WebDAV's and tus' 423 Locked)."""

    status = 423
    code = "upload_busy"


class UploadGoneError(ServiceError):
    """The upload was cancelled or has ended."""

    status = 410
    code = "upload_gone"


def receive_part(upload: Upload, *, offset_bytes: int, read: Read, announced: int) -> int:
    """Write one body behind ``offset_bytes``; return the new offset, which is on the disk.

    A body that ends early, a cut connection, a full disk: what came before is kept and counted.
    Raises ServiceError.
    """
    path = paths.upload_path(upload)
    with _lock(path) as descriptor:
        upload.refresh_from_db()
        _mend_offset(upload, os.fstat(descriptor).st_size)
        _check_part(upload, offset_bytes, announced)
        check_disk_space(min(announced, SYNC_BYTES))
        close_old_connections()  # a slow body must not hold a connection to the database
        os.ftruncate(descriptor, offset_bytes)
        os.lseek(descriptor, offset_bytes, os.SEEK_SET)
        part = _Part(upload, descriptor)
        try:
            _write_all(part, read, announced, _mark_of(path))
        finally:
            part.count()
    return part.counted


def is_being_sent(upload: Upload) -> bool:
    """Whether a request writes an upload right now."""
    with contextlib.suppress(FileNotFoundError), paths.upload_path(upload).open("rb") as handle:
        return not _try_lock(handle.fileno())
    return False


def settle_writer(upload: Upload) -> None:
    """Wait until whoever writes an upload has counted what came, if that is soon."""
    with contextlib.suppress(UploadBusyError), _lock(paths.upload_path(upload)):
        pass
    upload.refresh_from_db()


def _mend_offset(upload: Upload, size_bytes: int) -> None:
    """Count back where a restored backup, or a person, left less of the file than was counted."""
    if size_bytes < upload.offset_bytes:
        Upload.objects.filter(pk=upload.pk).update(offset_bytes=size_bytes)
        upload.offset_bytes = size_bytes


def _check_part(upload: Upload, offset_bytes: int, announced: int) -> None:
    if upload.is_ended:
        raise UploadGoneError("This upload has ended.")
    if offset_bytes != upload.offset_bytes:
        raise ConflictError(
            f"The server has {upload.offset_bytes} bytes of this upload, not {offset_bytes}: "
            "continue from there.",
            code="wrong_offset",
        )
    if offset_bytes + announced > upload.length_bytes:
        raise TooLargeError(
            f"The upload was announced with {upload.length_bytes} bytes; this would be more."
        )


class _Part:
    """Bytes on their way to the disk, and how many of them are counted."""

    def __init__(self, upload: Upload, descriptor: int) -> None:
        self.upload = upload
        self.descriptor = descriptor
        self.counted = self.written = upload.offset_bytes
        self.counted_at = time.monotonic()

    def write(self, piece: bytes) -> None:
        view = memoryview(piece)
        while view:
            done = os.write(self.descriptor, view)
            self.written += done
            view = view[done:]
        late = time.monotonic() - self.counted_at > SYNC_SECONDS
        if late or self.written - self.counted >= SYNC_BYTES:
            self.count()
            check_disk_space(SYNC_BYTES)

    def count(self) -> None:
        """Put what was written on the disk, then say so. Raises UploadGoneError."""
        self.counted_at = time.monotonic()
        if self.written == self.counted:
            return
        os.fsync(self.descriptor)
        now = timezone.now()
        rows = Upload.objects.filter(pk=self.upload.pk, is_ended=False, offset_bytes=self.counted)
        moved = rows.update(offset_bytes=self.written, active_at=now)
        close_old_connections()
        if not moved:
            raise UploadGoneError("This upload was cancelled.")
        self.counted = self.upload.offset_bytes = self.written
        self.upload.active_at = now


def _write_all(part: _Part, read: Read, announced: int, mark: Path) -> None:
    missing = announced
    last_at = time.monotonic()
    began = time.time()
    while missing > 0:
        try:
            piece = read(min(PIECE_BYTES, missing))
        except OSError as error:
            if not isinstance(error.__cause__ or error, TimeoutError):
                logger.info("%s: the connection was cut after %d bytes", part.upload, part.written)
                return
            is_stalled = time.monotonic() - last_at > STALL_SECONDS
            if is_stalled and _is_wanted(mark, since=began):
                logger.info("%s: a connection that stood still gave way", part.upload)
                return
            part.count()
            continue
        if not piece:
            return
        last_at = time.monotonic()
        part.write(piece)
        missing -= len(piece)


def _mark_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.wanted")


def _is_wanted(mark: Path, *, since: float) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return mark.stat().st_mtime >= since
    return False


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[int]:
    """Hold the file of an upload alone. Raises UploadBusyError, UploadGoneError."""
    try:
        handle = path.open("r+b")
    except FileNotFoundError as error:
        raise UploadGoneError("The file of this upload is not there any more.") from error
    mark = _mark_of(path)
    with handle:
        until = time.monotonic() + WAIT_SECONDS
        while not _try_lock(handle.fileno()):
            mark.touch()
            if time.monotonic() > until:
                raise UploadBusyError(
                    "This upload is being sent from another window or another computer: it goes on "
                    "there. Close this one, or pause the other to continue here."
                )
            time.sleep(0.2)
        mark.unlink(missing_ok=True)
        yield handle.fileno()


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

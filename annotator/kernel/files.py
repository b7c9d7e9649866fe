"""Files that are there whole or not at all."""

import contextlib
import ctypes
import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

_LIBC = ctypes.CDLL(None, use_errno=True)
_FEW = 16
_TRIES = 20
"""So often another process may remove a folder, as it was empty, before a file lies in it."""


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path``: temporary file, fsync, rename, fsync of the folder."""
    for attempt in range(_TRIES):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write_whole(path, content)
        except FileNotFoundError:
            if attempt == _TRIES - 1:
                raise
        else:
            return


def _write_whole(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name[:60]}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fsync_dir(path.parent)


def move_file(source: Path, target: Path) -> None:
    """Rename a file, and make the folders that its new place needs."""
    for attempt in range(_TRIES):
        try:
            source.replace(target)
        except FileNotFoundError:
            if attempt == _TRIES - 1 or not source.exists():
                raise
            target.parent.mkdir(parents=True, exist_ok=True)
        else:
            return


def remove_empty_folders(folder: Path, *, below: Path) -> None:
    """Remove ``folder`` and its parents below ``below`` as far as they are empty."""
    while folder != below and folder.is_relative_to(below):
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass  # another process was first
        except OSError:
            return
        folder = folder.parent


def keep_upload(upload: "UploadedFile[Any]", target: Path) -> None:
    """Move an uploaded file to ``target``, or copy it there a chunk at a time."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(upload, TemporaryUploadedFile):
        shutil.move(upload.temporary_file_path(), target)
        return
    with target.open("wb") as handle:
        for chunk in upload.chunks():
            handle.write(chunk)


def fsync_dir(folder: Path) -> None:
    """Make renames in ``folder`` last through a power cut."""
    folder_descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder_descriptor)
    finally:
        os.close(folder_descriptor)


def flush_disk(paths: Sequence[Path]) -> None:
    """Make files and folders last through a power cut: a few one by one, many with the whole file
    system."""
    if not paths:
        return
    if len(paths) > _FEW and hasattr(_LIBC, "syncfs"):
        descriptor = os.open(paths[0], os.O_RDONLY)
        try:
            if _LIBC.syncfs(descriptor) == 0:
                return
        finally:
            os.close(descriptor)
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextlib.contextmanager
def file_lock(name: str, *, kind: str = "image") -> Iterator[None]:
    """Hold one of 256 locks of a kind under the data root, chosen by ``name``, in all processes.

    Who holds one lock takes no other of its kind (they may be the same), and takes them in the
    order dataset, intake, image.
    """
    with _lock_path(name, kind).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def try_file_lock(name: str, *, kind: str) -> Iterator[bool]:
    """The same without waiting: False where somebody else holds the lock."""
    with _lock_path(name, kind).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _lock_path(name: str, kind: str) -> Path:
    stripe = hashlib.sha256(name.encode()).hexdigest()[:2]
    folder = Path(settings.DATA_ROOT) / "cache" / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{kind}-{stripe}"

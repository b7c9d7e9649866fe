"""What an import reads from: a folder on disk or a .zip, through one small interface."""

import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, Self, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class TreeError(Exception):
    """The folder or archive as a whole cannot be read; the message is for a person."""


class FileReadError(Exception):
    """One file cannot be read; the message is for a person."""


class Tree(Protocol):
    """Files under a root. Paths are relative, with ``/``; ``""`` is the root folder."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def folders(self) -> Iterator[str]:
        """Every folder that holds a file, in order."""

    def names(self, folder: str) -> list[str]:
        """The names of the files in one folder, in order; empty where there is no such folder."""

    def size(self, path: str) -> int:
        """The size of a file in bytes. Raises FileReadError."""

    def read(self, path: str, *, limit_bytes: int) -> bytes:
        """A whole file. Raises FileReadError, also when it is larger than ``limit_bytes``."""

    def open(self, path: str, *, limit_bytes: int) -> BinaryIO:
        """A file as a stream, for what is too large to be read whole; close it, or use ``with``.

        Raises FileReadError, here or from ``read``, also beyond ``limit_bytes``. It cannot seek.
        """


class FolderTree:
    """A folder on disk. Links to folders are followed, but none twice."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise TreeError(f"There is no folder “{root}”.")
        self._root = str(root)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def folders(self) -> Iterator[str]:
        seen: set[tuple[int, int]] = set()
        for folder, subfolders, names in os.walk(self._root, followlinks=True):
            status = Path(folder).stat()
            if (status.st_dev, status.st_ino) in seen:
                subfolders.clear()
                continue
            seen.add((status.st_dev, status.st_ino))
            subfolders.sort()
            if names:
                relative = os.path.relpath(folder, self._root).replace(os.sep, "/")
                yield "" if relative == "." else relative

    def names(self, folder: str) -> list[str]:
        try:
            with os.scandir(self._absolute(folder)) as entries:
                return sorted(entry.name for entry in entries if entry.is_file())
        except (FileNotFoundError, NotADirectoryError):
            return []

    def size(self, path: str) -> int:
        try:
            return Path(self._absolute(path)).stat().st_size
        except OSError as error:
            raise FileReadError(f"The file cannot be read: {error.strerror}.") from error

    def read(self, path: str, *, limit_bytes: int) -> bytes:
        try:
            with self._opened(path, limit_bytes) as handle:
                return handle.read(limit_bytes)
        except OSError as error:
            raise FileReadError(f"The file cannot be read: {error.strerror}.") from error

    def open(self, path: str, *, limit_bytes: int) -> BinaryIO:
        try:
            handle = self._opened(path, limit_bytes)
        except OSError as error:
            raise FileReadError(f"The file cannot be read: {error.strerror}.") from error
        return bounded_stream(handle, limit_bytes=limit_bytes)

    def open_file(self, path: str, *, limit_bytes: int) -> io.FileIO:
        """A file as the system has it open, for another process. Raises FileReadError."""
        try:
            return self._opened(path, limit_bytes)
        except OSError as error:
            raise FileReadError(f"The file cannot be read: {error.strerror}.") from error

    def _opened(self, path: str, limit_bytes: int) -> io.FileIO:
        """A plain file of at most ``limit_bytes``, unbuffered."""
        descriptor = os.open(self._absolute(path), os.O_RDONLY | os.O_NONBLOCK)
        handle = io.FileIO(descriptor, "rb")
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and status.st_size <= limit_bytes:
            return handle
        handle.close()
        is_plain = stat.S_ISREG(status.st_mode)
        raise FileReadError(too_large(limit_bytes) if is_plain else "Not a plain file.")

    def _absolute(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root


class FileTree(FolderTree):
    """One file, as a folder that holds nothing else. ``name``: what the file is called there."""

    def __init__(self, file: Path, name: str) -> None:
        self._file, self._name = str(file), name

    def folders(self) -> Iterator[str]:
        yield ""

    def names(self, folder: str) -> list[str]:
        return [] if folder else [self._name]

    def _absolute(self, path: str) -> str:
        if path != self._name:
            raise FileReadError("There is no such file.")
        return self._file


def too_large(limit_bytes: int) -> str:
    """The sentence for a file beyond its limit."""
    return f"The file is larger than {limit_bytes / 1024**2:.0f} MB."


class _Bounded(io.RawIOBase):
    """What ``handle`` holds, up to a limit; errors of reading become FileReadError."""

    def __init__(
        self, handle: BinaryIO, limit_bytes: int, told: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._handle, self._left, self._told = handle, limit_bytes, told
        self._limit_bytes = limit_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        try:
            with self._told():
                data = self._handle.read(min(len(view), self._left + 1))
        except OSError as error:
            raise FileReadError(f"The file cannot be read: {error.strerror}.") from error
        self._left -= len(data)
        if self._left < 0:
            raise FileReadError(too_large(self._limit_bytes))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._handle.close()
        super().close()


def bounded_stream(
    handle: io.RawIOBase | BinaryIO,
    *,
    limit_bytes: int,
    told: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> BinaryIO:
    """A buffered stream over ``handle`` that ends with FileReadError beyond ``limit_bytes``.

    ``told``: a context in which the source's own errors become FileReadError.
    """
    raw = _Bounded(cast(BinaryIO, handle), limit_bytes, told)
    return cast(BinaryIO, io.BufferedReader(raw, buffer_size=1 << 16))

"""What an import reads from: a folder on disk or a .zip, through one small interface."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, Self


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
            descriptor = os.open(self._absolute(path), os.O_RDONLY | os.O_NONBLOCK)
            with open(descriptor, "rb", buffering=0) as handle:  # noqa: PTH123 - a descriptor
                status = os.fstat(descriptor)
                if not stat.S_ISREG(status.st_mode):
                    raise FileReadError("Not a plain file.")
                if status.st_size > limit_bytes:
                    raise FileReadError(too_large(limit_bytes))
                return handle.read(limit_bytes)
        except OSError as error:
            raise FileReadError(f"The file cannot be read: {error.strerror}.") from error

    def _absolute(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root


def too_large(limit_bytes: int) -> str:
    """The sentence for a file beyond its limit."""
    return f"The file is larger than {limit_bytes / 1024**2:.0f} MB."

"""How files are put into place: each at once and for good, or many together."""

import contextlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from annotator import paths
from annotator.kernel.files import (
    flush_disk,
    fsync_dir,
    move_file,
    remove_empty_folders,
    write_atomically,
)


class Place(Protocol):
    """The four things that happen to a file of the live folder."""

    def write(self, path: Path, content: bytes) -> None: ...

    def copy(self, source: Path, target: Path) -> None: ...

    def move(self, source: Path, target: Path) -> None: ...

    def remove(self, path: Path) -> None: ...


def folders_of(file: Path) -> list[Path]:
    """The folders of a file in the live folder, the innermost first: of its image's name, up to
    that of its split; of another file, the one that it lies in."""
    split_folder = paths.split_folder_of(file)
    if split_folder is None:
        return [file.parent]
    return [folder for folder in file.parents if folder.is_relative_to(split_folder)]


def move_live_file(source: Path, target: Path) -> None:
    """Move a file; folders of a name that are empty then go."""
    move_file(source, target)
    forget_label_caches(source)
    forget_label_caches(target)
    _remove_empty_folders(source)


def remove_live_file(path: Path) -> None:
    """Remove a file; folders of a name that are empty then go."""
    path.unlink(missing_ok=True)
    forget_label_caches(path)
    _remove_empty_folders(path)


def forget_label_caches(file: Path) -> None:
    """Remove Ultralytics' caches of the labels beside which ``file`` lies, if it is a label.

    Ultralytics knows a cache by the paths and the sum of the sizes: an edit of the same length
    would leave it training on the old labels. It lies beside the folder of the split's first label.
    """
    split_folder = paths.split_folder_of(file)
    if split_folder is None or split_folder.parent.name != "labels":
        return
    for folder in folders_of(file):
        folder.with_suffix(".cache").unlink(missing_ok=True)


def one_in_each_folder(files: Iterable[Path]) -> list[Path]:
    """One file of each folder that ``files`` lie in, for what is done to folders."""
    return list({file.parent: file for file in files}.values())


def fsync_folders_of(files: Iterable[Path]) -> None:
    """Make the names of files in the live folder last through a power cut."""
    chosen = one_in_each_folder(files)
    for folder in {folder for file in chosen for folder in folders_of(file)}:
        with contextlib.suppress(FileNotFoundError):  # emptied by another process, and removed
            fsync_dir(folder)


def _remove_empty_folders(file: Path) -> None:
    split_folder = paths.split_folder_of(file)
    if split_folder is not None:
        remove_empty_folders(file.parent, below=split_folder)


class AtOnce:
    """Each step is on disk before the next one begins."""

    def write(self, path: Path, content: bytes) -> None:
        write_atomically(path, content)
        forget_label_caches(path)

    def copy(self, source: Path, target: Path) -> None:
        write_atomically(target, source.read_bytes())
        forget_label_caches(target)

    def move(self, source: Path, target: Path) -> None:
        move_live_file(source, target)
        fsync_folders_of([target])

    def remove(self, path: Path) -> None:
        remove_live_file(path)


class Together:
    """Steps of many images, on disk after :meth:`flush`.

    Contents are prepared beside their targets and flushed before anything takes their names, so
    that a power cut leaves no label file half written. What was not prepared (somebody saved in
    between) is written at once.
    """

    def __init__(self) -> None:
        self._prepared: dict[Path, tuple[bytes, Path]] = {}
        self._unflushed: set[Path] = set()
        self._folders: set[Path] = set()

    def prepare(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _beside(path)
        temporary.write_bytes(content)
        self._prepared[path] = (content, temporary)
        self._unflushed.add(temporary)

    def write(self, path: Path, content: bytes) -> None:
        prepared, temporary = self._prepared.get(path, (None, path))
        if prepared != content:
            write_atomically(path, content)
            forget_label_caches(path)
            return
        del self._prepared[path]
        temporary.replace(path)
        forget_label_caches(path)
        self._folders.update(folders_of(path))

    def copy(self, source: Path, target: Path) -> None:
        """A second name of the same bytes: nothing is to be flushed but the name."""
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = _beside(target)
        try:
            os.link(source, temporary)
        except OSError:  # a file system without hard links
            write_atomically(target, source.read_bytes())
            forget_label_caches(target)
            return
        temporary.replace(target)
        forget_label_caches(target)
        temporary.unlink(missing_ok=True)  # two names of one file: the rename did nothing
        self._folders.update(folders_of(target))

    def move(self, source: Path, target: Path) -> None:
        move_live_file(source, target)
        self._folders.update(folders_of(target))

    def remove(self, path: Path) -> None:
        remove_live_file(path)

    def flush(self) -> None:
        """Make what was prepared and what was moved last through a power cut."""
        flush_disk([*self._unflushed, *(path for path in self._folders if path.is_dir())])
        self._unflushed.clear()
        self._folders.clear()

    def clear(self) -> None:
        """Remove what was prepared and not needed."""
        for _, temporary in self._prepared.values():
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        self._prepared.clear()


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name[:60]}.{secrets.token_hex(4)}.tmp")

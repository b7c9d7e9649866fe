"""Files of a live folder as another program may leave them: looked at without following links."""

import contextlib
import os
import stat
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from annotator import paths
from annotator.labels.formats.yolo.folder import IMAGE_EXTENSIONS
from annotator.labels.stems import clean_name
from annotator.models import Dataset, Split

MOST_DEPTH = 30
"""Folders in one another that are looked into."""

MAX_IMAGE_BYTES = 512 * 1024**2

SPLIT_FOLDERS = tuple(Split.values)
IMAGE_FOLDERS = (*SPLIT_FOLDERS, paths.UNLABELLED)

_NEVER_MEANT = {"thumbs.db", "desktop.ini", "__macosx", "icon\r"}
_OWN_OF_ULTRALYTICS = {".cache", ".npy"}
"""Files that Ultralytics itself leaves beside labels and images."""


class Seen(NamedTuple):
    """Size and time of change of a regular file, by which it is known again."""

    size: int
    mtime_ns: int


class Entry(NamedTuple):
    """A file below ``images`` or ``labels``: its kind, its folder there, its name below that.

    ``path`` is below the dataset's folder. ``seen`` is None for what is no regular file.
    """

    root: str
    folder: str
    name: str
    seen: Seen | None

    @property
    def path(self) -> str:
        return f"{self.root}/{self.folder}/{self.name}" if self.folder else self.shallow

    @property
    def shallow(self) -> str:
        return f"{self.root}/{self.name}"

    @property
    def stem(self) -> str:
        return os.path.splitext(self.name)[0]  # noqa: PTH122 - 100,000 names

    @property
    def extension(self) -> str:
        return os.path.splitext(self.name)[1].lower()[1:]  # noqa: PTH122


class Odd(NamedTuple):
    """What is left alone, and why."""

    path: str
    reason: str


def see(path: str | Path) -> Seen | None:
    """Size and time of a regular file; None where there is none, or something else."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return Seen(status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


def what_is_there(path: str | Path) -> str:
    """What lies in the place of a file: "" for nothing, "file", or words for something else."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return ""
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    return "a folder" if stat.S_ISDIR(mode) else "no regular file"


def open_regular(path: str | Path) -> BufferedReader:
    """Open a file to read it. Raises OSError for a link and for what is no regular file."""
    handle = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")
    if not stat.S_ISREG(os.fstat(handle.fileno()).st_mode):
        handle.close()
        raise OSError("It is no regular file.")
    return handle


def read_regular(path: str | Path, *, limit_bytes: int) -> bytes:
    """Read a file that is no link. Raises OSError, also for one of more than ``limit_bytes``."""
    with open_regular(path) as handle:
        if os.fstat(handle.fileno()).st_size > limit_bytes:
            raise OSError(f"It has more than {limit_bytes / 1024**2:,.0f} MB.")
        return handle.read(limit_bytes + 1)


def is_behind_link(file: Path) -> bool:
    """Whether a folder between that of the split and a file is a link: it may lead anywhere."""
    split_folder = paths.split_folder_of(file)
    if split_folder is None:
        return False
    real = Path(os.path.realpath(split_folder)) / file.parent.relative_to(split_folder)
    return os.path.realpath(file.parent) != str(real)


def shown(path: str) -> str:
    """A path as text: bytes that are no UTF-8 are replaced."""
    return os.fsencode(path).decode("utf-8", "replace")


def is_text(name: str) -> bool:
    """Whether a name can be stored: it is UTF-8, and has no control characters."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return not any(ord(char) < 32 or ord(char) == 127 for char in name)


def is_passed_over(name: str) -> bool:
    """Whether a file says nothing: hidden, temporary, or what systems and Ultralytics leave."""
    lower = name.lower()
    return (
        name.startswith(".")
        or lower in _NEVER_MEANT
        or os.path.splitext(lower)[1] in _OWN_OF_ULTRALYTICS  # noqa: PTH122 - 100,000 names
    )


def clean_entry_name(entry: Entry) -> str:
    """The name that an image of this file has here, with its suffix."""
    return f"{clean_name(entry.stem)}.{'jpg' if entry.extension == 'jpeg' else entry.extension}"


def is_image_name(entry: Entry) -> bool:
    return entry.extension in IMAGE_EXTENSIONS or f".{entry.extension}" in IMAGE_EXTENSIONS


def walk(dataset: Dataset, root: str) -> Iterator[Entry | Odd]:
    """Yield every file below ``images`` or ``labels``; memory is bounded by the depth and one
    folder's subfolders."""
    top = str(paths.dataset_dir(dataset) / root)
    known = IMAGE_FOLDERS if root == "images" else SPLIT_FOLDERS
    for item in _scan(top, Odd(root, "")):
        if isinstance(item, Odd):
            yield item
        elif is_passed_over(item.name):
            continue
        elif not item.is_dir(follow_symlinks=False):
            yield Odd(f"{root}/{item.name}", "It lies in no split's folder.")
        elif item.name in known:
            yield from _walk_folder(root, item.name, item.path)
        else:
            names = ", ".join(known)
            reason = f"No split has this folder ({names}): what is in it is left alone."
            yield Odd(f"{root}/{item.name}", reason)


def _walk_folder(root: str, folder: str, path: str) -> Iterator[Entry | Odd]:
    waiting: list[tuple[str, str, int]] = [(path, "", 0)]
    while waiting:
        here, prefix, depth = waiting.pop()
        for item in _scan(here, Odd(f"{root}/{folder}/{prefix}".rstrip("/"), "")):
            if isinstance(item, Odd):
                yield item
                continue
            if is_passed_over(item.name):
                continue
            name = f"{prefix}{item.name}"
            if item.is_dir(follow_symlinks=False):
                if depth >= MOST_DEPTH:
                    yield Odd(f"{root}/{folder}/{name}", "Folders lie too deep in one another.")
                else:
                    waiting.append((item.path, f"{name}/", depth + 1))
            elif item.is_file(follow_symlinks=False):
                yield Entry(root, folder, name, None)
            else:
                what = "A symbolic link" if item.is_symlink() else "No regular file"
                yield Odd(f"{root}/{folder}/{name}", f"{what}: it is left alone.")


def _scan(path: str, denied: Odd) -> Iterator["os.DirEntry[str] | Odd"]:
    try:
        with os.scandir(path) as entries:
            yield from entries
    except FileNotFoundError:
        return
    except OSError as error:
        yield Odd(denied.path, f"The folder cannot be read: {error.strerror}.")


def count_folders(root: Path, *, most: int) -> int:
    """How many folders lie below ``images`` and ``labels``; one more than ``most`` for too many."""
    waiting = [str(root / "images"), str(root / "labels")]
    count = 0
    while waiting and count <= most:
        count += 1
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            waiting += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    return count

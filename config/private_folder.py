"""The data folder is for its own user alone: it holds password hashes, images and what Redis keeps.

Standard library only: the launcher, the settings and `config.prepare` use it.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

OTHERS = 0o077
# Folders whose files are closed one by one; in the others the closed folder is enough.
SECRET_FOLDERS = ("run", "logs", "redis")


def keep_new_files_private() -> None:
    """Close what this process and its children make from now on to other users."""
    os.umask(OTHERS)


def close_folder(root: Path) -> list[str]:
    """Take other users' rights to the data folder; sentences about what was or stays open.

    The folder itself, its files and folders, and everything in the folders of processes. A folder
    of images may hold millions of files: nobody comes past the closed folder to them.
    """
    sentences = []
    for path in _paths_to_close(root):
        try:
            before = path.stat().st_mode
        except OSError:  # it went meanwhile, or a link leads nowhere
            continue
        if not before & OTHERS:
            continue
        reason = _close(path, before)
        is_door = path == root or (path.is_symlink() and path.is_dir())
        if reason:
            if is_door:
                sentences.append(_failure(path, before, reason))
        elif is_door:
            sentences.append(
                f"{path} was open to other users of this machine (mode {_shown(before)}) "
                "and is closed now (700)."
            )
    return sentences


def _paths_to_close(root: Path) -> Iterator[Path]:
    yield root
    with suppress(OSError):
        yield from sorted(root.iterdir())
    for name in SECRET_FOLDERS:
        for folder, folders, files in os.walk(root / name):
            yield from (Path(folder) / entry for entry in (*folders, *files))


def _close(path: Path, mode: int) -> str:
    """Why the path stays open; "" once it is closed."""
    try:
        path.chmod(stat.S_IMODE(mode) & ~OTHERS)
        still_open = path.stat().st_mode & OTHERS
    except OSError as error:
        return error.strerror or str(error)
    return "its file system keeps no permissions" if still_open else ""


def _failure(path: Path, mode: int, reason: str) -> str:
    return (
        f"{path} is open to other users of this machine (mode {_shown(mode)}) and cannot be closed "
        f"({reason}): run chmod 700 {path} as its owner, mount its file system with umask=077, "
        "or move the data to another folder."
    )


def _shown(mode: int) -> str:
    return f"{stat.S_IMODE(mode):03o}"

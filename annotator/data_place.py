"""Where the data folder was when Segloop last ran on it: a moved or restored copy is noticed.

A copy has the queue of the moment of the backup: its runs would train a second time, beside those
of the original. So the queue of a copy is paused until somebody says that it may go on. The folder
is known by its path and by the inode of the file that says so: a copy has another one, also at the
same path. Both files lie at the top of the data folder, so that every backup has them.

Standard library only: the launcher reads it before there is Django.
"""

import json
import os
from contextlib import suppress
from pathlib import Path

PLACE = "place.json"
PAUSED = "queue.paused"


def check_place(root: Path) -> str:
    """Pause the queue if the folder was moved or copied since the last start.

    Returns why the queue is paused, or "". Whoever asks first notes the new place, pause first:
    a crash in between cannot lose it.
    """
    path = root / PLACE
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
        old_root, inode = str(noted["root"]), int(noted["inode"])
    except FileNotFoundError:  # a new folder, or one from before this was noted
        _note_place(root)
        return read_pause(root)
    except (OSError, ValueError, KeyError, TypeError):
        old_root, inode = "another place", 0
    if (old_root, inode) != (str(root), path.stat().st_ino):
        was = f"it was {old_root}" if old_root != str(root) else "it was restored"
        _write(
            root / PAUSED,
            f"This data folder is a copy, or was moved ({was}; it is {root} now). Its queue is "
            "paused, so that nothing is trained twice.",
        )
        _note_place(root)
    return read_pause(root)


def read_pause(root: Path) -> str:
    """Return why the queue is paused, or ""."""
    try:
        return (root / PAUSED).read_text(encoding="utf-8").strip() or "The queue is paused."
    except FileNotFoundError:
        return ""


def end_pause(root: Path) -> None:
    """Let the queue go on."""
    (root / PAUSED).unlink(missing_ok=True)


def _note_place(root: Path) -> None:
    """Write the place into a file that says its own inode: only then is it put in place."""
    path = root / PLACE
    temporary = root / f".{PLACE}.{os.getpid()}"
    with temporary.open("w", encoding="utf-8") as handle:
        inode = os.fstat(handle.fileno()).st_ino
        json.dump({"root": str(root), "inode": inode}, handle)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        temporary.unlink()
    with temporary.open("w", encoding="utf-8") as handle:
        handle.write(text + "\n")
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)

"""The data folder as the launcher sees it: fit to use, held by one launcher, database up to date.

Standard library only.
"""

import fcntl
import json
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any

from config.console import StartError

REPOSITORY = Path(__file__).resolve().parent.parent
GIB = 1024**3
LEAST_FREE_GIB = 1.0


class AlreadyRunningError(StartError):
    """Another launcher holds this data folder."""

    def __init__(self, sentence: str, url: str) -> None:
        super().__init__(sentence)
        self.url = url


def data_root() -> Path:
    """The data folder, as config/settings.py finds it."""
    return Path(os.environ.get("SEGLOOP_DATA") or REPOSITORY / "data").resolve()


def check_folder(root: Path) -> None:
    """Make the data folder; raise a StartError where it cannot be written or has no space."""
    try:
        for name in ("run", "logs", "cache"):
            (root / name).mkdir(parents=True, exist_ok=True)
        probe = root / "run" / ".writable"
        probe.write_bytes(b"1")
        probe.unlink()
    except OSError as error:
        raise StartError(
            f"The data folder {root} cannot be written ({error.strerror}): check who owns it, "
            "or choose another: make run DATA=/path/to/a/folder"
        ) from error
    free_gib = shutil.disk_usage(root).free / GIB
    if free_gib < LEAST_FREE_GIB:
        raise StartError(
            f"The disk of the data folder {root} has only {free_gib * 1024:.0f} MB free: free at "
            "least 1 GB, or put the data elsewhere: make run DATA=/path/to/a/folder"
        )


def lock_folder(root: Path, url: str) -> IO[str]:
    """Hold the data folder for as long as the returned file is open."""
    path = root / "run" / "launcher.lock"
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder: dict[str, Any] = {}
        with suppress(ValueError):
            holder = json.loads(file.read() or "{}")
        file.close()
        there = holder.get("url", "")
        raise AlreadyRunningError(
            f"Segloop is already running on {root}"
            + (f" at {there}" if there else "")
            + (f" (process {holder['pid']})" if "pid" in holder else "")
            + ": stop that one first, or use another data folder and port: "
            "make run DATA=/path/to/a/folder PORT=8001",
            there,
        ) from None
    file.seek(0)
    file.truncate()
    json.dump({"pid": os.getpid(), "url": url}, file)
    file.flush()
    return file


def _stamp_path(root: Path) -> Path:
    return root / "run" / "prepared.json"


def _requirements() -> str:
    return (REPOSITORY / "requirements.txt").read_text()


def write_prepared(root: Path, migrations: list[list[str]]) -> None:
    """Note which migrations this version has, for `is_prepared`."""
    text = json.dumps({"requirements": _requirements(), "migrations": migrations})
    temporary = _stamp_path(root).with_suffix(".tmp")
    temporary.write_text(text)
    temporary.replace(_stamp_path(root))


def is_prepared(root: Path) -> bool:
    """Whether the SQLite database has every migration of this version, found without Django.

    Reads the database itself, so that a restored backup or a newer Segloop is noticed.
    """
    if os.environ.get("DATABASE_URL"):
        return False
    database = root / "segloop.sqlite3"
    try:
        noted = json.loads(_stamp_path(root).read_text())
        if noted["requirements"] != _requirements() or not database.exists():
            return False
        wanted = {tuple(migration) for migration in noted["migrations"]} | own_migrations()
        with closing(
            sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)
        ) as connection:
            applied = set(connection.execute("SELECT app, name FROM django_migrations"))
            has_user = connection.execute("SELECT 1 FROM auth_user LIMIT 1").fetchone()
    except (OSError, ValueError, KeyError, sqlite3.Error):
        return False
    return wanted <= applied and has_user is not None


def own_migrations() -> set[tuple[str, ...]]:
    """`(app, name)` of every migration file of ours."""
    return {
        (app, path.stem)
        for app in ("annotator", "training")
        for path in (REPOSITORY / app / "migrations").glob("[0-9]*.py")
    }

"""Downloads of archives that are made while they are sent, and go on where they broke."""

import hashlib
import json
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from annotator import paths
from annotator.kernel.resumable_zip import begin, plan_rest
from annotator.kernel.stored_zip import ChangedError, Content

JOURNAL = "journal"
_KEPT_SECONDS = 2 * 24 * 3600.0

Files = Iterable[tuple[str, Content]]


class Download(NamedTuple):
    """An archive on its way to a person. ``etag`` names what was begun; ``start``, ``stop`` and
    ``total`` are bytes, ``total`` None where it is not known before the end."""

    pieces: Iterator[bytes]
    etag: str
    start: int = 0
    stop: int | None = None
    total: int | None = None


def make_key(*chosen: object) -> str:
    """The same for the same person and choice: nobody goes on with another's download."""
    text = json.dumps(chosen, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def begin_download(files: Files, key: str) -> Download:
    """Begin a download that can be continued."""
    token = secrets.token_hex(8)
    return Download(begin(files, paths.downloads_dir() / f"{key}-{token}" / JOURNAL), token)


def continue_download(
    files: Files, key: str, *, etag: str | None, start: int, last: int | None
) -> Download | None:
    """Go on with the download ``etag`` (None: the last one of ``key``) at byte ``start``, up to
    byte ``last``. None where it is not known, or no longer the same: begin anew."""
    journal = _find_journal(key, etag)
    if journal is None:
        return None
    try:
        rest = plan_rest(files, journal, start=start)
    except (ChangedError, FileNotFoundError, ValueError):
        return None
    if start >= rest.total:
        rest.close()
        return None
    stop = rest.total if last is None else min(last + 1, rest.total)
    token = journal.parent.name.rpartition("-")[2]
    return Download(rest.pieces(start, stop), token, start, stop, rest.total)


def _find_journal(key: str, etag: str | None) -> Path | None:
    root = paths.downloads_dir()
    if etag is not None:
        path = root / f"{key}-{etag}" / JOURNAL
        return path if etag.isalnum() and path.is_file() else None
    found = [path for path in root.glob(f"{key}-*/{JOURNAL}") if path.is_file()]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def forget_downloads(*, older_than_seconds: float = _KEPT_SECONDS) -> int:
    """Remove the journals of downloads that nobody went on with. Returns how many."""
    count = 0
    root = paths.downloads_dir()
    for folder in root.iterdir() if root.is_dir() else ():
        try:
            is_old = time.time() - folder.stat().st_mtime > older_than_seconds
            journal = folder / JOURNAL
            if is_old and time.time() - journal.stat().st_mtime > older_than_seconds:
                shutil.rmtree(folder, ignore_errors=True)
                count += 1
        except FileNotFoundError:
            continue
    return count

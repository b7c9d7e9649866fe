"""Exports: what was chosen of a dataset, in a format, as a .zip.

Stored, not compressed (images are compressed already). It is made while it is sent, in memory that
does not grow with the dataset; a download that broke goes on where it stopped, as long as what was
sent is still what would be sent (kernel.resumable_zip).
"""

import hashlib
import json
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from annotator import paths
from annotator.kernel.errors import ServiceError
from annotator.kernel.resumable_zip import begin, plan_rest
from annotator.kernel.stored_zip import ChangedError, Content, dos_stamp, stream_zip
from annotator.labels.formats import FORMATS
from annotator.models import Dataset

from .material import Material, gather_material
from .selection import Selection

JOURNAL = "journal"
_KEPT_SECONDS = 2 * 24 * 3600.0


def list_files(format: str, material: Material) -> Iterator[tuple[str, Content]]:
    """The files of an export, in their order."""
    return FORMATS[format].write(material.classes, material.images)


def stream_export(
    dataset: Dataset, selection: Selection | None = None, *, format: str = "yolo"
) -> Iterator[bytes]:
    """Yield the .zip in pieces. Raises ServiceError at once."""
    material = gather_material(dataset, selection or Selection())
    return stream_zip(list_files(format, material), stamp=dos_stamp(time.time()))


class Download(NamedTuple):
    """An archive on its way to a person. ``etag`` names what was begun; ``start``, ``stop`` and
    ``total`` are bytes, ``total`` None where it is not known before the end."""

    pieces: Iterator[bytes]
    etag: str
    start: int = 0
    stop: int | None = None
    total: int | None = None


def begin_download(
    dataset: Dataset, selection: Selection, *, format: str, user_id: int
) -> Download:
    """Begin a download that can be continued. Raises ServiceError."""
    material = gather_material(dataset, selection)
    token = secrets.token_hex(8)
    key = _key(dataset, selection, format, user_id)
    journal = paths.downloads_dir() / f"{key}-{token}" / JOURNAL
    return Download(begin(list_files(format, material), journal), token)


def continue_download(
    dataset: Dataset,
    selection: Selection,
    *,
    format: str,
    user_id: int,
    etag: str | None,
    start: int,
    last: int | None,
) -> Download | None:
    """Go on with the download ``etag`` (None: the person's last one of the same) at byte ``start``,
    up to byte ``last``. None where it is not known, or no longer the same: begin anew."""
    material = gather_material(dataset, selection)
    key = _key(dataset, selection, format, user_id)
    journal = _find_journal(key, etag)
    if journal is None:
        return None
    try:
        rest = plan_rest(list_files(format, material), journal, start=start)
    except (ChangedError, FileNotFoundError, ValueError):
        return None
    if start >= rest.total:
        rest.close()
        return None
    stop = rest.total if last is None else min(last + 1, rest.total)
    token = journal.parent.name.rpartition("-")[2]
    return Download(rest.pieces(start, stop), token, start, stop, rest.total)


def _key(dataset: Dataset, selection: Selection, format: str, user_id: int) -> str:
    """The same for the same person, choice and dataset: nobody goes on with another's download."""
    chosen = json.dumps([user_id, dataset.pk, format, selection.store()], sort_keys=True)
    return hashlib.sha256(chosen.encode()).hexdigest()[:24]


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


def write_export(
    dataset: Dataset,
    out: Path,
    selection: Selection | None = None,
    *,
    format: str = "yolo",
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Write the .zip to a file, whole or not at all. Returns its size in bytes.

    ``on_progress`` is called with the bytes written, often; what it raises ends the writing.
    """
    if not out.parent.is_dir():
        raise ServiceError(f"There is no folder “{out.parent}”.")
    temporary = out.with_name(f".{out.name}.part")
    pieces = stream_export(dataset, selection, format=format)
    size = 0
    try:
        with temporary.open("wb") as handle:
            for piece in pieces:
                size += handle.write(piece)
                if on_progress is not None:
                    on_progress(size)
        temporary.replace(out)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return size

"""The source of an import from a URL: downloaded by the worker, continued where it broke.

``source_path`` is ``url:<address>`` until the file is whole, then the file's path, as if it had
been uploaded. The part and what it is a part of (address, validator, size) lie in the folder of
uploads, so a worker that takes the job up goes on with it.
"""

import fcntl
import http.client
import json
import logging
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from annotator import paths
from annotator.kernel import jobs
from annotator.kernel.disk import check_disk_space
from annotator.kernel.errors import ServiceError, TooLargeError, is_disk_full
from annotator.kernel.files import fsync_dir, write_atomically
from annotator.models import Import
from annotator.models.jobs import Job

from .addresses import AddressError
from .http_source import Answer, request
from .uploads import SUFFIXES, most_bytes

logger = logging.getLogger(__name__)

URL = "url:"
PIECE_BYTES = 1024 * 1024
REPORT_SECONDS = 2.0
MOST_TRIES = 8
"""In a row, none of which brought a byte."""

WAIT_SECONDS = 2.0
SLOW_SECONDS = 60.0
SLOW_BYTES = 16 * 1024
"""A connection that brings less than this in ``SLOW_SECONDS`` is given up, and tried again."""


@dataclass
class _Known:
    """What is being downloaded: ``validator`` is its ETag or date, by which a part is continued."""

    url: str
    validator: str = ""
    total: int | None = None


class _BrokenError(Exception):
    """The connection broke; it is worth another try."""


class _CancelledError(Exception):
    pass


def name_of(url: str) -> str:
    """What a person sees of an address: the file's name, without a signature or a token."""
    parts = urlsplit(url)
    return unquote(PurePosixPath(parts.path).name)[:200] or parts.hostname or "download"


def fetch_source(job: Import) -> bool:
    """Download the source of an import that has only an address yet. False: it was cancelled.

    Raises ServiceError and LeaseLostError.
    """
    if not job.source_path.startswith(URL):
        return True
    url = job.source_path.removeprefix(URL)
    folder = paths.uploads_dir()
    suffix = next((each for each in SUFFIXES if name_of(url).lower().endswith(each)), "")
    target = folder / f"import-{job.pk}{suffix or '.zip'}"
    if not download(job, url, target, part=folder / f"import-{job.pk}.part"):
        return False
    jobs.report_progress(job, done=0, unit="images", message="Reading what was downloaded")
    Import.objects.filter(pk=job.pk).update(source_path=str(target), owns_source=True)
    job.source_path, job.owns_source = str(target), True
    return True


def download(
    job: Job, url: str, target: Path, *, part: Path, look: Callable[[], None] = lambda: None
) -> bool:
    """Download ``url`` for a job that this worker holds, and put it at ``target`` once it is whole.

    What came of it lies in ``part``, where a later worker goes on. False: it was cancelled.
    ``look`` may end it now and then, by an exception of its own; what came stays. Raises
    ServiceError and LeaseLostError.
    """
    part.parent.mkdir(parents=True, exist_ok=True)
    notes = part.with_name(f"{part.name}.json")
    try:
        with part.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # a worker that lost the job may still write
            _download(job, _Download(job, _read_notes(notes, url), notes, file, look))
            os.fsync(file.fileno())
            part.replace(target)
    except (_CancelledError, AddressError, TooLargeError) as error:
        part.unlink(missing_ok=True)
        notes.unlink(missing_ok=True)
        if isinstance(error, ServiceError):
            raise
        return False
    fsync_dir(target.parent)
    notes.unlink(missing_ok=True)
    return True


def _read_notes(notes: Path, url: str) -> _Known:
    try:
        known = _Known(**json.loads(notes.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return _Known(url)
    return known if known.url == url else _Known(url)


class _Download:
    """A file on its way, over as many connections as it takes."""

    def __init__(
        self, job: Job, known: _Known, notes: Path, file: BinaryIO, look: Callable[[], None]
    ) -> None:
        self.look = look
        self.job, self.known, self.notes, self.file = job, known, notes, file
        self.size = os.fstat(file.fileno()).st_size
        self.reported_at = 0.0

    def restart(self) -> None:
        self.file.truncate(0)
        self.size = 0

    def note(self) -> None:
        write_atomically(self.notes, json.dumps(asdict(self.known)).encode())

    def write(self, piece: bytes) -> None:
        self.file.write(piece)
        self.size += len(piece)
        if self.size > most_bytes():
            raise TooLargeError(
                f"The file is larger than the {most_bytes() / 1024**3:g} GB that this server takes."
            )

    def report(self) -> None:
        """Say how far it is, now and then. Raises _CancelledError, DiskFullError."""
        if time.monotonic() - self.reported_at < REPORT_SECONDS:
            return
        self.file.flush()
        self.look()
        if jobs.is_cancelling(self.job):
            raise _CancelledError
        total = self.known.total
        check_disk_space((total or self.size) - self.size)
        jobs.report_progress(
            self.job, done=self.size, total=total, unit="bytes", message="Downloading"
        )
        self.reported_at = time.monotonic()


def _download(job: Job, download: _Download) -> None:
    if not download.known.validator:
        download.restart()  # nothing says whether the file there is still the same
    tries = 0
    while True:
        before = download.size
        try:
            _take_answer(download)
            download.file.flush()
        except (_BrokenError, http.client.HTTPException, OSError) as error:
            if is_disk_full(error):
                raise
            tries = 1 if download.size > before else tries + 1
            logger.info("%s: %s after %d bytes", job, error, download.size)
            if tries >= MOST_TRIES:
                raise ServiceError(_explain(download, error), code="download_failed") from error
            _rest(download, tries)
        else:
            return


def _rest(download: _Download, tries: int) -> None:
    until = time.monotonic() + WAIT_SECONDS * tries
    while time.monotonic() < until:
        download.report()
        time.sleep(min(0.5, WAIT_SECONDS))


def _explain(download: _Download, error: Exception) -> str:
    host = urlsplit(download.known.url).hostname
    of = f" of {download.known.total:,}" if download.known.total else ""
    return (
        f"{host} did not send the file whole: {download.size:,}{of} bytes came "
        f"({error or type(error).__name__}). Try again later."
    )


def _take_answer(download: _Download) -> None:
    known = download.known
    headers = {"Accept-Encoding": "identity", "User-Agent": "Segloop"}
    if download.size and known.validator:
        headers |= {"Range": f"bytes={download.size}-", "If-Range": known.validator}
    elif download.size:
        download.restart()
    download.report()
    with request(known.url, headers) as answer:
        if answer.status == 416 and download.size == known.total:
            return
        _check_answer(download, answer)
        _read_body(download, answer)
    if known.total is not None and download.size != known.total:
        raise _BrokenError("the connection ended early")


def _check_answer(download: _Download, answer: Answer) -> None:
    host = urlsplit(answer.url).hostname
    if answer.status in (408, 425, 429) or answer.status >= 500:
        raise _BrokenError(f"it answered {answer.status}")
    if answer.status not in (200, 206):
        raise AddressError(f"{host} answered {answer.status}: there is no file for us.")
    known = download.known
    length = answer.headers.get("Content-Length", "")
    if answer.status == 206:
        start, total = _read_range(answer.headers.get("Content-Range", ""))
        if start != download.size or (known.total is not None and total != known.total):
            known.validator = ""
            download.restart()
            raise _BrokenError("it sent another part than was asked for")
        known.total = total
    else:
        download.restart()
        known.total = int(length) if length.isdigit() and len(length) < 19 else None
    etag = answer.headers.get("ETag", "")
    strong = etag if etag.startswith('"') else ""
    known.validator = strong or answer.headers.get("Last-Modified", "")
    if known.total is not None and known.total > most_bytes():
        raise TooLargeError(
            f"The file has {known.total / 1024**3:.1f} GB; this server takes "
            f"{most_bytes() / 1024**3:g} GB at most."
        )
    check_disk_space((known.total or 0) - download.size)
    download.note()


def _read_range(text: str) -> tuple[int, int | None]:
    """Read ``bytes 5-9/10``: the start and the whole size. (-1, None): it is none."""
    unit, _, rest = text.partition(" ")
    span, _, total = rest.partition("/")
    start = span.partition("-")[0]
    if unit != "bytes" or not start.isdigit():
        return -1, None
    return int(start), int(total) if total.isdigit() else None


def _read_body(download: _Download, answer: Answer) -> None:
    began, had = time.monotonic(), download.size
    while piece := answer.read(PIECE_BYTES):
        download.write(piece)
        download.report()
        if time.monotonic() - began > SLOW_SECONDS:
            if download.size - had < SLOW_BYTES:
                raise _BrokenError("it sends too slowly")
            began, had = time.monotonic(), download.size

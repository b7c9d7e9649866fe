"""The folder of weights: what lies in it appears by itself, looked into once, and again when the
file changed."""

import json
import time
from pathlib import Path

from annotator.kernel.events import publish_event
from annotator.kernel.files import try_file_lock, write_atomically
from annotator.models.jobs import ENDED_STATES, JobState
from training import paths
from training.models import Weights, WeightsOrigin
from training.versions.freezing import hash_file

from .weights import newest_pretrained, queue_again, users_of

MOST_FILES = 1000
SETTLED_SECONDS = 2.0
"""A file that changed more recently may still be written."""

Mark = list[int]
"""Size and time of change: what tells that a file is the one that was looked into."""


def keep_weights(queues: frozenset[str]) -> None:
    """A housekeeper (config/worker.py) of cpu workers."""
    if "cpu" in queues:
        look_for_weights(time.time())


def look_for_weights(now: float) -> int:
    """Make rows of new and changed files; forget files that are gone. Returns how many were found.

    ``now``: seconds since the epoch. One worker at a time does it.
    """
    with try_file_lock("weights-folder", kind="weights") as is_ours:
        return _look(now) if is_ours else 0


def _look(now: float) -> int:
    marks = _read_marks()
    kept: dict[str, Mark] = {}
    found = 0
    for path in sorted(paths.weights_dir().glob("*.pt"))[:MOST_FILES]:
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        mark = [status.st_size, status.st_mtime_ns]
        if not path.is_file() or now - status.st_mtime < SETTLED_SECONDS:
            continue
        kept[path.name] = mark
        if marks.get(path.name) != mark:
            found += _take(path, status.st_size)
    if kept != marks:
        write_atomically(paths.weights_seen_path(), json.dumps(kept).encode())
    _forget_missing()
    return found


def _read_marks() -> dict[str, Mark]:
    try:
        marks: dict[str, Mark] = json.loads(paths.weights_seen_path().read_text())
    except (OSError, ValueError):
        return {}
    return marks if isinstance(marks, dict) else {}


def _take(path: Path, size_bytes: int) -> bool:
    """Queue a new or changed file to be looked into. False: its row knows it already."""
    row = newest_pretrained(path.name)
    if row is not None and row.state not in ENDED_STATES:
        return False
    sha256 = hash_file(path)
    if row is not None and row.state == JobState.FINISHED and row.sha256 == sha256:
        return False
    if row is None or (row.sha256 != sha256 and users_of(row)):
        # What predictions used stays what it was; its file is known to be another one.
        row = Weights(origin=WeightsOrigin.PRETRAINED, file_name=path.name, name=path.name[:120])
    row.size_bytes, row.sha256 = size_bytes, sha256
    queue_again(row)
    return True


def _forget_missing() -> None:
    rows = Weights.objects.filter(origin=WeightsOrigin.PRETRAINED, state__in=ENDED_STATES)
    for row in rows:
        path = paths.weights_dir() / row.file_name
        was_not_fetched = row.state == JobState.FAILED and not row.sha256  # it says why
        if not path.exists() and not was_not_fetched and not users_of(row):
            weights_id = row.pk
            row.delete()
            publish_event("weights.changed", dataset=None, id=weights_id)

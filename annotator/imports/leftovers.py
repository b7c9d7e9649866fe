"""Archives that were uploaded for an import and that nobody needs any more."""

import shutil
import time
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from annotator import paths
from annotator.models import ENDED_STATES, Import
from annotator.models.jobs import JobState

from .arriving.uploads import is_awaited

KEPT_FOR = timedelta(days=1)
"""So long after its end an import that stopped can go on."""

DRY_RUN_KEPT = timedelta(days=7)
"""So long the file of a dry run waits for somebody to start the import itself."""


def remove_archives() -> int:
    """Remove uploaded archives whose import has ended. Returns how many.

    A kill between the end of an import and the removal of its archive leaves it behind. (Of a file
    without any import ``arriving.uploads`` takes care.)
    """
    folder = paths.uploads_dir()
    count = 0
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_file() and _is_left_over(path):
            path.unlink(missing_ok=True)
            count += 1
    return count


def remove_frames() -> int:
    """Remove frames of videos whose import has ended or is gone. Returns of how many imports."""
    folder = paths.all_frames_dir()
    count = 0
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        number = path.name.removeprefix("import-")
        job = Import.objects.filter(pk=int(number)).first() if number.isdecimal() else None
        if job is None or _needs_no_source(job):
            shutil.rmtree(path, ignore_errors=True)
            count += 1
    return count


def _is_left_over(path: Path) -> bool:
    rows = list(Import.objects.filter(source_path=str(path), owns_source=True))
    if not rows:
        is_old = path.stat().st_mtime < time.time() - KEPT_FOR.total_seconds()
        return is_old and not is_awaited(path)
    return all(_needs_no_source(job) for job in rows)


def _needs_no_source(job: Import) -> bool:
    if job.state not in ENDED_STATES:
        return False
    if job.undone_at is not None or (job.state == JobState.FINISHED and not job.is_dry_run):
        return True
    kept_for = DRY_RUN_KEPT if job.is_dry_run and job.state != JobState.CANCELLED else KEPT_FOR
    return job.finished_at is None or job.finished_at < timezone.now() - kept_for

"""What the annotator room looks after while nobody asks."""

import time
from collections.abc import Callable

from annotator.bulk.changes import purge_old_changes
from annotator.datasets.counts.mending import mend_counts
from annotator.datasets.counts.postgres import fold_counts
from annotator.datasets.data_yaml import mend_data_yamls
from annotator.exports.downloads import forget_downloads
from annotator.exports.jobs import remove_expired_exports
from annotator.folder.live_folder import sync_pending
from annotator.folder.outside.folders import ask_for_looks, purge_old_looks
from annotator.folder.outside.keeping import remove_expired
from annotator.folder.trash.datasets import (
    mark_expired_datasets,
    purge_marked_datasets,
    settle_pending,
)
from annotator.folder.trash.images import purge_expired_images, remove_leftovers
from annotator.folder.trash.instances import purge_expired_instances
from annotator.images.findings.looking import nudge_unlooked
from annotator.images.windows import nudge_waiting
from annotator.imports.arrivals import import_whole_uploads
from annotator.imports.arriving.uploads import remove_expired_uploads
from annotator.imports.leftovers import remove_archives, remove_frames
from annotator.imports.undoing import find_unfinished
from annotator.kernel.nudges import nudge_worker

SYNC_SECONDS = 15.0
MEND_SECONDS = 24 * 3600.0
LEFTOVER_SECONDS = 3600.0
PURGE_BUDGET_SECONDS = 2.0

PURGES: tuple[Callable[[], int], ...] = (
    purge_old_changes,
    purge_old_looks,
    purge_expired_instances,
    purge_expired_images,
    purge_marked_datasets,
)
"""Each deletes one batch and returns how much that was."""

_last_sync = _last_leftovers = 0.0
_last_mend: float | None = None
_has_mended = False


def keep_annotator(queues: frozenset[str]) -> None:
    """Finish what a crash left undone, and empty the trash (at the start, and now and then)."""
    global _last_sync, _last_leftovers, _last_mend, _has_mended  # noqa: PLW0603 - one thread a process calls
    if "cpu" not in queues:
        return
    if not _has_mended:
        mend_data_yamls()
        ask_for_looks(at_start=True)
        _has_mended = True
    if time.monotonic() - _last_sync > SYNC_SECONDS:
        settle_pending()
        sync_pending()
        nudge_waiting()
        for import_id in find_unfinished():
            nudge_worker("annotator.tasks.undo_import", import_id)
        import_whole_uploads()
        nudge_unlooked()
        fold_counts()
        ask_for_looks()
        mark_expired_datasets()
        purge_trash(budget_seconds=PURGE_BUDGET_SECONDS)
        _last_sync = time.monotonic()
    if _last_mend is None or time.monotonic() - _last_mend > MEND_SECONDS:
        mend_counts()
        _last_mend = time.monotonic()
    if time.monotonic() - _last_leftovers > LEFTOVER_SECONDS:
        remove_leftovers()
        remove_archives()
        remove_frames()
        remove_expired_uploads()
        remove_expired_exports()
        forget_downloads()
        remove_expired()
        _last_leftovers = time.monotonic()


def purge_trash(*, budget_seconds: float) -> None:
    """Delete for good what is to go, batch by batch, until nothing is left or the time is over."""
    until = time.monotonic() + budget_seconds
    for purge in PURGES:
        while purge() and time.monotonic() < until:
            pass

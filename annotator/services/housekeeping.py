"""What the annotator room looks after while nobody asks."""

import time

from annotator.services.live_folder import sync_pending

SYNC_SECONDS = 15.0

_last_sync = 0.0


def keep_annotator(queues: frozenset[str]) -> None:
    """Write the label files that a crash left unwritten (at the start, and now and then)."""
    global _last_sync  # noqa: PLW0603 - one thread a process calls this
    if "cpu" in queues and time.monotonic() - _last_sync > SYNC_SECONDS:
        sync_pending()
        _last_sync = time.monotonic()

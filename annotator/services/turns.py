"""Writers of this process take turns."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_lock = threading.RLock()


@contextmanager
def write_turn() -> Iterator[None]:
    """Wait for a turn before a transaction that writes, where the database is SQLite.

    SQLite has one writer at a time; who finds it busy sleeps and asks again, later each time, so
    that under load an unlucky request waits for a second. A lock wakes the next one at once.
    """
    if connection.vendor == "sqlite":
        with _lock:
            yield
    else:
        yield

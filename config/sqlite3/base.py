"""SQLite whose connections are kept for the next request.

Django under ASGI answers each request in a thread of its own, with a connection of its own, and
Django's pool knows PostgreSQL alone. To open the file, set it up and read its schema took a
millisecond of every request; the last one to close it wrote the whole log back.
"""

import os
import threading
from typing import Any

from django.db.backends.sqlite3 import base

MOST_KEPT = 32

_lock = threading.Lock()
_kept: dict[tuple[int, str], list[Any]] = {}
"""Connections that nobody uses, by process and file: a child has no use for its parent's."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with ``MOST_KEPT`` connections a file at most kept open."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        with _lock:
            kept = _kept.get(self._place)
            if kept:
                return kept.pop()
        return super().get_new_connection(conn_params)

    def _close(self) -> None:
        connection = self.connection
        if connection is None or self.errors_occurred or self.in_atomic_block:
            super()._close()  # type: ignore[misc]
            return
        if connection.in_transaction:
            connection.rollback()
        with _lock:
            kept = _kept.setdefault(self._place, [])
            if len(kept) < MOST_KEPT:
                kept.append(connection)
                return
        super()._close()  # type: ignore[misc]

    @property
    def _place(self) -> tuple[int, str]:
        return os.getpid(), str(self.settings_dict["NAME"])

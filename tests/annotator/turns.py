"""Watching how much each transaction writes, and how long others wait."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


class Turns:
    """How many rows each transaction changed, without those that triggers change."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self._changed = 0

    def add(self, rows: int) -> None:
        self._changed += max(rows, 0)  # -1 for a SELECT

    def end(self) -> None:
        self.rows.append(self._changed)
        self._changed = 0

    @property
    def longest(self) -> int:
        return max(self.rows)


@contextmanager
def watched_turns() -> Iterator[Turns]:
    """Count the rows that SQLite changes between one BEGIN and the next."""
    connection.ensure_connection()
    turns = Turns()

    def watch(
        execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any
    ) -> Any:
        if sql.startswith("BEGIN"):
            turns.end()
        answer = execute(sql, parameters, many, context)
        turns.add(context["cursor"].rowcount)
        return answer

    with connection.execute_wrapper(watch):
        yield turns
    turns.end()


class Waits:
    """Writes every few milliseconds, from a thread of its own, and notes how long each took."""

    def __init__(self, write: Callable[[], object]) -> None:
        self.seconds: list[float] = []
        self.errors: list[Exception] = []
        self._write = write
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Waits":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.wait(0.01):
                began = time.monotonic()
                self._write()
                self.seconds.append(time.monotonic() - began)
        except Exception as error:
            self.errors.append(error)
        finally:
            connection.close()

"""Writers take turns, and no turn is as long as the input.

SQLite has one writer at a time. Who finds it busy sleeps and asks again, later each time: a long
transaction makes everybody wait, and many short ones without a pause between them do, too. So a
job writes in turns of a bounded size and rests after each, at least for as long as others sleep
before they ask again.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import AutoField, Model, QuerySet
from django.db.models.sql import InsertQuery

TURN_ROWS = 500
"""Rows that one turn changes, where each is small."""

_DELETED_AT_FIRST = 50
_DELETED_AT_MOST = 2000
_SHORT_SECONDS = 0.05
_LONG_SECONDS = 0.2
_REST_SECONDS = 0.12
"""SQLite's own wait between two tries grows to 0.1 s."""

_ROWS_OF_A_STATEMENT = 100

_lock = threading.RLock()
T = TypeVar("T")
Statement = tuple[str, Sequence[Any]]


@contextmanager
def write_turn() -> Iterator[None]:
    """Wait for a turn before a transaction that writes, where the database is SQLite.

    Between threads of one process a lock wakes the next one at once.
    """
    if connection.vendor == "sqlite":
        with _lock:
            yield
    else:
        yield


@contextmanager
def job_turn() -> Iterator[None]:
    """One transaction of a job that has many; after it, others get their turn."""
    is_inner = connection.in_atomic_block
    try:
        with write_turn(), transaction.atomic():
            began = time.monotonic()
            yield
    finally:
        if connection.vendor == "sqlite" and not is_inner:
            time.sleep(min(_REST_SECONDS, 2 * (time.monotonic() - began)))


def write_in_turns(
    items: Sequence[T], write: Callable[[Sequence[T]], int], *, size: int = TURN_ROWS
) -> int:
    """Call ``write`` with ``size`` items a transaction. Returns the sum of what it returned."""
    total = 0
    for start in range(0, len(items), size):
        with job_turn():
            total += write(items[start : start + size])
    return total


def delete_in_turns(rows: "QuerySet[Any]", *, budget_seconds: float = float("inf")) -> int:
    """Delete ``rows`` with what hangs on them; returns how many of them went.

    How many a turn takes follows from how long the last one took: rows differ in size a
    thousandfold. Stops early when ``budget_seconds`` are over.
    """
    until = time.monotonic() + budget_seconds
    base = rows.model._base_manager
    size, total = _DELETED_AT_FIRST, 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:size]):
        with job_turn():
            began = time.monotonic()
            base.filter(pk__in=ids).only("pk").delete()
            took = time.monotonic() - began
        total += len(ids)
        if time.monotonic() > until:
            break
        if took < _SHORT_SECONDS:
            size = min(2 * size, _DELETED_AT_MOST)
        elif took > _LONG_SECONDS:
            size = max(size // 4, 1)
    return total


def compile_inserts(rows: Sequence[Model]) -> list[Statement]:
    """Return the statements that insert ``rows`` (of one model), before the transaction.

    What costs time is turning polygons into JSON; nobody needs to wait for that.
    """
    if not rows:
        return []
    model = type(rows[0])
    fields = [item for item in model._meta.concrete_fields if not isinstance(item, AutoField)]
    statements: list[Statement] = []
    for start in range(0, len(rows), _ROWS_OF_A_STATEMENT):
        query = InsertQuery(model)
        query.insert_values(fields, list(rows[start : start + _ROWS_OF_A_STATEMENT]))
        statements += query.get_compiler(connection=connection).as_sql()
    return statements


def execute_all(statements: Sequence[Statement]) -> None:
    with connection.cursor() as cursor:
        for sql, parameters in statements:
            cursor.execute(sql, parameters)

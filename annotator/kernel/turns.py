"""Writers take turns, and no turn is as long as the input.

SQLite has one writer at a time. Who finds it busy sleeps and asks again, later each time: a long
transaction makes everybody wait, and many short ones without a pause between them do, too. So a
job writes in turns of a bounded size and rests after each, at least for as long as others sleep
before they ask again.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.db.models import AutoField, Field, JSONField, Model, QuerySet
from django.utils import timezone

TURN_ROWS = 500
"""Rows that one turn changes, where each is small."""

_DELETED_AT_FIRST = 50
_DELETED_AT_MOST = 2000
_SHORT_SECONDS = 0.05
_LONG_SECONDS = 0.2
_REST_SECONDS = 0.12
"""SQLite's own wait between two tries grows to 0.1 s."""

_PLAIN = {bool, int, float, str, type(None)}
"""Values of these exact types go into a column as they are."""

_lock = threading.RLock()
T = TypeVar("T")
Statement = tuple[str, list[tuple[Any, ...]]]
"""SQL, and the parameters of each row."""


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


def delete_in_turns(
    rows: "QuerySet[Any]", *, budget_seconds: float = float("inf"), order_by: str = "pk"
) -> int:
    """Delete ``rows`` with what hangs on them; returns how many of them went.

    How many a turn takes follows from how long the last one took: rows differ in size a
    thousandfold. Stops early when ``budget_seconds`` are over. ``order_by``: a column by which the
    first rows are found without a look at the others.
    """
    until = time.monotonic() + budget_seconds
    base = rows.model._base_manager
    size, total = _DELETED_AT_FIRST, 0
    while ids := list(rows.order_by(order_by).values_list("pk", flat=True)[:size]):
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
    return _compile(type(rows[0]), rows, getattr) if rows else []


def compile_values(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> list[Statement]:
    """:func:`compile_inserts` of rows that are no instances of their model: values by the names of
    columns (``image_id``). What a row does not name has its default."""
    defaults = {
        item.attname: item.get_default()
        for item in model._meta.concrete_fields
        if not isinstance(item, AutoField)
    }

    def value_of(row: Mapping[str, Any], name: str) -> Any:
        return row[name] if name in row else defaults[name]

    return _compile(model, rows, value_of) if rows else []


def _compile(
    model: type[Model], rows: Sequence[Any], value_of: Callable[[Any, str], Any]
) -> list[Statement]:
    """One statement, run for each row. Django would look at every value of every row anew, which
    took a quarter of an import."""
    fields = [item for item in model._meta.concrete_fields if not isinstance(item, AutoField)]
    names = ", ".join(connection.ops.quote_name(str(item.column)) for item in fields)
    json_mark = "%s::jsonb" if connection.vendor == "postgresql" else "%s"
    marks = ", ".join(json_mark if isinstance(item, JSONField) else "%s" for item in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    now = timezone.now()
    columns = [_column_of(item, value_of, now) for item in fields]
    values = [tuple([column(row) for column in columns]) for row in rows]
    return [(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)]  # noqa: S608


def _column_of(
    field: "Field[Any, Any]", value_of: Callable[[Any, str], Any], now: datetime
) -> Callable[[Any], Any]:
    """What gives the value of a column, as the database takes it, for a row."""
    name = field.attname
    if isinstance(field, JSONField):
        encode = msgspec.json.encode

        def json_of(row: Any) -> str | None:
            value = value_of(row, name)
            return None if value is None else encode(value).decode()

        return json_of
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        stamp = field.get_db_prep_save(now, connection)

        def stamp_of(row: Any) -> Any:
            if isinstance(row, Model):
                setattr(row, name, now)
            return stamp

        return stamp_of
    has_uuids = connection.features.has_native_uuid_field

    def plain_of(row: Any) -> Any:
        value = value_of(row, name)
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is UUID:
            return value if has_uuids else value.hex
        return field.get_db_prep_save(value, connection)

    return plain_of


def execute_all(statements: Sequence[Statement]) -> None:
    with connection.cursor() as cursor:
        for sql, rows in statements:
            if rows:
                cursor.executemany(sql, rows)

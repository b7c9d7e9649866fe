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
from functools import cache
from itertools import chain
from operator import attrgetter
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

_ROWS_OF_STATEMENT = 100
"""At 50 columns far below the 32,766 parameters that SQLite takes."""

_PLAIN = {bool, int, float, str, type(None)}
"""Values of these exact types go into a column as they are."""

_lock = threading.RLock()
T = TypeVar("T")
M = TypeVar("M", bound=Model)
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


def make_quickly(model: type[M], **values: Any) -> M:
    """``model(**values)``, with values by the names of columns (``dataset_id``) and a default for
    each other one: what Django does with keywords took a tenth of an import."""
    defaults = _defaults_of(model)
    unknown = values.keys() - defaults.keys()
    if unknown:
        raise TypeError(f"{model.__name__} has no columns {sorted(unknown)}.")
    return model(
        *(values[name] if name in values else default() for name, default in defaults.items())
    )


@cache
def _defaults_of(model: type[Model]) -> dict[str, Callable[[], Any]]:
    """What makes the default of each column, in the order in which a model takes values."""
    return {item.attname: item.get_default for item in model._meta.concrete_fields}


def compile_inserts(rows: Sequence[Model]) -> list[Statement]:
    """Return the statements that insert ``rows`` (of one model), before the transaction.

    What costs time is turning polygons into JSON; nobody needs to wait for that.
    """

    def values_of(name: str) -> list[Any]:
        return list(map(attrgetter(name), rows))

    return _compile(type(rows[0]), rows, values_of) if rows else []


def compile_values(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> list[Statement]:
    """:func:`compile_inserts` of rows that are no instances of their model: values by the names of
    columns (``image_id``). What a row does not name has its default."""
    defaults = {
        item.attname: item.get_default()
        for item in model._meta.concrete_fields
        if not isinstance(item, AutoField)
    }

    def values_of(name: str) -> list[Any]:
        default = defaults[name]
        return [row.get(name, default) for row in rows]

    return _compile(model, rows, values_of) if rows else []


def _compile(
    model: type[Model], rows: Sequence[Any], values_of: Callable[[str], list[Any]]
) -> list[Statement]:
    """One statement, run for each row; ``values_of`` a column. Django would look at every value of
    every row anew, which took a quarter of an import."""
    fields = [item for item in model._meta.concrete_fields if not isinstance(item, AutoField)]
    names = ", ".join(connection.ops.quote_name(str(item.column)) for item in fields)
    json_mark = "%s::jsonb" if connection.vendor == "postgresql" else "%s"
    marks = ", ".join(json_mark if isinstance(item, JSONField) else "%s" for item in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    now = timezone.now()
    columns = [_column_of(item, rows, values_of, now) for item in fields]
    values = list(zip(*columns, strict=True))
    return [(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)]  # noqa: S608


def _column_of(
    field: "Field[Any, Any]",
    rows: Sequence[Any],
    values_of: Callable[[str], list[Any]],
    now: datetime,
) -> list[Any]:
    """The values of a column, as the database takes them."""
    name = field.attname
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        for row in rows:
            if isinstance(row, Model):
                setattr(row, name, now)
        return [field.get_db_prep_save(now, connection)] * len(rows)
    values = values_of(name)
    if isinstance(field, JSONField):
        encode = msgspec.json.encode
        return [None if value is None else encode(value).decode() for value in values]
    kinds = set(map(type, values))
    if kinds <= _PLAIN:
        return values
    if kinds == {UUID}:
        has_uuids = connection.features.has_native_uuid_field
        return values if has_uuids else [value.hex for value in values]
    return [
        value if type(value) in _PLAIN else field.get_db_prep_save(value, connection)
        for value in values
    ]


def execute_all(statements: Sequence[Statement]) -> None:
    """Run statements for each of their rows.

    SQLite gives other threads their turn after each statement, and takes up to 5 ms to have its own
    again while one of them computes. So that a transaction does not wait thousands of times, a
    statement there inserts many rows.
    """
    with connection.cursor() as cursor:
        for sql, rows in statements:
            head, values, marks = sql.rpartition(" VALUES ")
            if connection.vendor != "sqlite" or not values or not marks.endswith(")"):
                if rows:
                    cursor.executemany(sql, rows)
                continue
            for some in _batched(rows, _ROWS_OF_STATEMENT):
                text = f"{head}{values}{', '.join([marks] * len(some))}"
                cursor.execute(text, list(chain.from_iterable(some)))


def _batched(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))

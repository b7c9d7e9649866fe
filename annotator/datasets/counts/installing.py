"""The triggers are made after each migration, as a table that SQLite makes anew loses its own."""

import hashlib

from django.db import connection, transaction

from . import postgres, sqlite
from .columns import IMAGE_TAG
from .mending import mend_counts


def install_counting() -> None:
    """Make the triggers that are missing or of another version; then count once."""
    is_sqlite = connection.vendor == "sqlite"
    wanted = _sqlite_statements() if is_sqlite else postgres.trigger_statements()
    if _installed() == {name: _mark(text) for name, text in wanted.items()}:
        return
    if IMAGE_TAG not in connection.introspection.table_names():
        return  # a migration of the past: it comes again
    with transaction.atomic(), connection.cursor() as cursor:
        remove_counting()
        for name, text in wanted.items():
            if is_sqlite and "INDEX" in text.split()[:3]:
                cursor.execute(f"DROP INDEX IF EXISTS {name}")
            cursor.execute(text)
            if not is_sqlite:
                cursor.execute(f"COMMENT ON FUNCTION {name}() IS '{_mark(text)}'")
    mend_counts()


def _sqlite_statements() -> dict[str, str]:
    return sqlite.index_statements() | sqlite.trigger_statements()


def _mark(text: str) -> str:
    """SQLite keeps the text itself; of a function of PostgreSQL the comment says its version."""
    if connection.vendor == "sqlite":
        return text
    return hashlib.sha256(text.encode()).hexdigest()


def _installed() -> dict[str, str]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE (type = 'trigger' AND "
                "name LIKE 'segloop_count_%') OR (type = 'index' AND name LIKE '%_once')"
            )
        else:
            cursor.execute(
                "SELECT t.tgname, obj_description(t.tgfoid, 'pg_proc') FROM pg_trigger t "
                "JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname LIKE 'segloop_count_%' "
                "AND pg_table_is_visible(c.oid)"
            )
        return dict(cursor.fetchall())


def remove_counting() -> None:
    """Remove those of an older version, too, whatever they were called."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' "
                "AND name LIKE 'segloop_count_%'"
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
            return
        cursor.execute(
            "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE t.tgname LIKE 'segloop_count_%' AND pg_table_is_visible(c.oid)"
        )
        for name, table in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name} ON {table}")

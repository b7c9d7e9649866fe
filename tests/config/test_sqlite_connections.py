"""SQLite's connections are kept for the next thread, clean, and by one at a time."""

import threading
from contextlib import suppress
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from annotator.models import Dataset

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite alone"),
]


def in_a_thread(work: Any) -> Any:
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def raw_connection() -> Any:
    connection.ensure_connection()
    return connection.connection


def test_the_next_request_gets_the_connection_of_the_last() -> None:
    first = in_a_thread(raw_connection)
    assert in_a_thread(raw_connection) is first


def test_two_at_once_have_one_each() -> None:
    mine = raw_connection()
    assert in_a_thread(raw_connection) is not mine


def test_what_was_not_committed_is_gone() -> None:
    def leave_open() -> Any:
        raw = raw_connection()
        raw.execute("BEGIN IMMEDIATE")
        raw.execute("INSERT INTO django_session VALUES ('left', '', '2030-01-01')")
        return raw

    left = in_a_thread(leave_open)
    assert not left.in_transaction
    assert in_a_thread(count_sessions) == 0


def count_sessions() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM django_session WHERE session_key = 'left'")
        return int(cursor.fetchone()[0])


def test_a_connection_closed_inside_a_transaction_is_not_kept() -> None:
    def close_inside() -> Any:
        raw = raw_connection()
        with suppress(DatabaseError), transaction.atomic():
            connection.close()
            Dataset.objects.count()
        return raw

    raw = in_a_thread(close_inside)
    assert in_a_thread(raw_connection) is not raw

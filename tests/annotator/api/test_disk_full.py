"""A full disk is said as such, whatever is written: 507, and what happened to the work."""

import asyncio
import errno
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg.errors
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection

from annotator import paths
from annotator.folder.live_folder import sync_pending
from annotator.imports import imports
from annotator.kernel.errors import DISK_FULL, is_disk_full
from annotator.models import Image, Import
from config.disk_full import with_disk_full
from tests.annotator.conftest import MakeInstance, Pond, client_of, png_bytes
from tests.annotator.sources import lay_out, usual_files

pytestmark = pytest.mark.django_db(transaction=True)


def no_space(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def of_sqlite() -> OperationalError:
    """The very error that SQLite gives, as Django wraps it."""
    inner = sqlite3.connect(":memory:")
    inner.execute("PRAGMA max_page_count = 1")
    try:
        inner.execute("CREATE TABLE a (b)")
        inner.execute("CREATE TABLE c (d)")
    except sqlite3.OperationalError as error:
        wrapped = OperationalError(*error.args)
        wrapped.__cause__ = error
        return wrapped
    raise AssertionError


def of_postgres() -> OperationalError:
    wrapped = OperationalError("could not extend file: No space left on device")
    wrapped.__cause__ = psycopg.errors.DiskFull("could not extend file")
    return wrapped


@pytest.mark.parametrize("make", [of_sqlite, of_postgres, lambda: OSError(errno.EDQUOT, "quota")])
def test_it_is_recognised(make: Callable[[], Exception]) -> None:
    assert is_disk_full(make())
    wrapped = RuntimeError("something else")
    wrapped.__cause__ = make()
    assert is_disk_full(wrapped)


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOENT, "gone"), OperationalError("database is locked"), ValueError("full")],
)
def test_others_are_not(error: Exception) -> None:
    assert not is_disk_full(error)


def assert_told(answer: Any) -> None:
    assert answer.status_code == 507, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "disk_full"
    assert "disk of the server is full" in answer.json()["detail"]


def fill_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the test's own SQLite has no page left."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="fills SQLite")
def test_a_save_into_a_full_database(
    pond: Pond, image: Image, make_instance: MakeInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(pond.annotator)
    ring = [float(number % 97) + number / 1e5 for number in range(40_000)]
    body = {"upsert": [make_instance(polygons=[[ring]]) for _ in range(4)]}
    fill_database(monkeypatch)
    try:
        answer = client.patch(
            f"/api/images/{image.pk}/annotation/", body, headers={"If-Match": '"0"'}
        )
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    assert_told(answer)
    assert "Nothing was changed" in answer.json()["detail"]
    image.refresh_from_db()
    assert image.revision == 0
    again = client.patch(f"/api/images/{image.pk}/annotation/", body, headers={"If-Match": '"0"'})
    assert again.status_code == 200


def test_a_save_whose_label_file_does_not_fit_is_kept(
    pond: Pond, image: Image, make_instance: MakeInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(pond.annotator)
    body = {"upsert": [make_instance()], "status": "done"}
    address = f"/api/images/{image.pk}/annotation/"
    with monkeypatch.context() as patch:
        patch.setattr("annotator.folder.placing.write_atomically", no_space)
        answer = client.patch(address, body, headers={"If-Match": '"0"'})
        assert_told(answer)
        assert "What you did is in the database" in answer.json()["detail"]
    assert Image.objects.get(pk=image.pk).label_pending
    again = client.patch(address, body, headers={"If-Match": '"0"'})
    assert again.status_code == 200, "a save can be repeated"
    assert sync_pending() in (0, 1)
    assert paths.label_path(Image.objects.get(pk=image.pk)).exists()


@pytest.mark.parametrize("step", ["_write_file", "flush_disk"])
def test_an_upload(pond: Pond, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    monkeypatch.setattr(f"annotator.folder.intake.{step}", no_space)
    answer = client_of(pond.lead).post(
        f"/api/datasets/{pond.dataset.slug}/images/",
        {"file": SimpleUploadedFile("a.png", png_bytes())},
        format="multipart",
    )
    assert_told(answer)
    assert not pond.dataset.images.exists()
    folder = paths.dataset_dir(pond.dataset)
    assert [path for path in folder.rglob("*.png") if path.is_file()] == []


def test_an_upload_whose_bytes_do_not_fit(pond: Pond, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = "django.core.files.uploadhandler.TemporaryFileUploadHandler.receive_data_chunk"
    monkeypatch.setattr(handler, no_space)
    client = client_of(pond.lead)
    for address in ("images", "imports"):
        upload = SimpleUploadedFile("a.zip", b"x" * 100)
        answer = client.post(
            f"/api/datasets/{pond.dataset.slug}/{address}/", {"file": upload}, format="multipart"
        )
        assert_told(answer)


def test_an_import_ends_with_the_reason(
    pond: Pond, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.folder.intake.flush_disk", no_space)
    row = imports.create_import(
        pond.dataset,
        source_path=str(lay_out(tmp_path, usual_files(3))),
        source_name="x",
        created_by=None,
    )
    imports.run_import(row.pk)
    job = Import.objects.get(pk=row.pk)
    assert job.state == "failed"
    assert job.error.startswith(DISK_FULL)


def test_signing_in_when_the_session_cannot_be_stored(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise of_sqlite()

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.save", full)
    client = client_of(None)
    client.raise_request_exception = False
    answer = client.post("/api/session/", {"username": "lead", "password": "lead-pass-word"})
    assert_told(answer)


def test_a_body_that_does_not_fit_into_a_temporary_file() -> None:
    sent: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        no_space()

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {}

    async def call() -> None:
        await with_disk_full(application)({"type": "http"}, receive, send)

    asyncio.run(call())
    assert sent[0]["status"] == 507
    assert b"disk_full" in sent[1]["body"]

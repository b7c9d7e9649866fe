"""Imports, uploads and exports over the API: owner, member, stranger; what is answered."""

import io
import time
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient

from annotator import paths
from annotator.imports import imports
from annotator.models import Import, ImportRow
from tests.annotator.conftest import Pond, client_of
from tests.annotator.sources import lay_out, picture_bytes, usual_files, zipped

pytestmark = pytest.mark.django_db(transaction=True)


def archive_file(files: dict[str, bytes] | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("pond.zip", zipped(files or usual_files(6)), "application/zip")


def archives() -> set[Path]:
    """What waits for its import: other tests may have left some."""
    return set(paths.uploads_dir().glob("*.zip"))


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def post_archive(pond: Pond, user: Any, files: dict[str, bytes] | None = None) -> Any:
    url = f"/api/datasets/{pond.dataset.slug}/imports/"
    return client_of(user).post(url, {"file": archive_file(files)}, format="multipart")


@pytest.fixture
def finished(pond: Pond, tmp_path: Path) -> Import:
    files = usual_files(6) | {"images/train/=cmd.jpg": b"rubbish"}
    lay_out(tmp_path, files)
    row = imports.create_import(
        pond.dataset, source_path=str(tmp_path), source_name="pond", created_by=pond.lead
    )
    job = imports.run_import(row.pk)
    assert job is not None
    return job


def test_an_uploaded_archive_is_imported_by_a_worker(
    pond: Pond, celery_workers: None, redis: Any
) -> None:
    before = archives()
    answer = post_archive(pond, pond.lead)
    assert answer.status_code == 202
    assert (answer.data["state"], answer.data["source_name"]) == ("queued", "pond.zip")
    client = client_of(pond.lead)
    deadline = time.monotonic() + 60
    while True:
        job = client.get(f"/api/imports/{answer.data['id']}/").data
        if job["state"] not in ("queued", "running") or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    assert (job["state"], job["taken"], job["error"]) == ("finished", 6, "")
    assert job["progress"]["done"] == 6
    while left := archives() - before:  # it goes just after the state is told
        assert time.monotonic() < deadline, f"the uploaded archive goes: {left}"
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("files", "reason"),
    [({"../evil.txt": b"x"}, "leads out of it"), ({"/etc/x.png": b"x"}, "absolute path")],
)
def test_a_hostile_archive_is_refused_at_once(
    pond: Pond, files: dict[str, bytes], reason: str
) -> None:
    before = archives()
    answer = post_archive(pond, pond.lead, files)
    assert (answer.status_code, answer.data["code"]) == (400, "bad_archive")
    assert reason in answer.data["detail"]
    assert not Import.objects.exists()
    assert archives() == before


def test_what_is_no_archive(pond: Pond) -> None:
    url = f"/api/datasets/{pond.dataset.slug}/imports/"
    upload = SimpleUploadedFile("x.zip", b"not a zip")
    answer = client_of(pond.lead).post(url, {"file": upload}, format="multipart")
    assert answer.status_code == 400
    assert "no archive that is read" in answer.data["detail"]
    assert client_of(pond.lead).post(url, {}, format="multipart").status_code == 400


def test_the_report_by_pages_and_as_csv(pond: Pond, finished: Import) -> None:
    client = client_of(pond.annotator)
    page = client.get(f"/api/imports/{finished.pk}/report/?page_size=4").data
    assert len(page["results"]) == 4
    assert page["next"]
    refused = client.get(f"/api/imports/{finished.pk}/report/?outcome=refused").data["results"]
    assert [(row["file"], row["line"]) for row in refused] == [("images/train/=cmd.jpg", None)]
    assert client.get(f"/api/imports/{finished.pk}/report/?outcome=x").status_code == 400
    answer = client.get(f"/api/imports/{finished.pk}/report.csv")
    text = body_of(answer).decode()
    assert text.splitlines()[0] == "outcome,file,line,reason"
    assert len(text.splitlines()) == 1 + ImportRow.objects.count()
    assert answer["Content-Type"] == "text/csv"


def test_spreadsheets_run_no_file_name(pond: Pond, finished: Import) -> None:
    ImportRow.objects.create(import_job=finished, outcome="refused", file="=1+1", reason="x")
    answer = client_of(pond.lead).get(f"/api/imports/{finished.pk}/report.csv")
    assert b"refused,'=1+1,," in body_of(answer)


def test_an_import_can_be_cancelled_while_it_waits(pond: Pond) -> None:
    job = Import.objects.create(dataset=pond.dataset, source_name="x", source_path="/nowhere")
    answer = client_of(pond.lead).post(f"/api/imports/{job.pk}/cancel/")
    assert answer.data["state"] == "cancelled"


def upload(pond: Pond, user: Any, name: str, data: bytes, **values: str) -> Any:
    url = f"/api/datasets/{pond.dataset.slug}/images/"
    file = SimpleUploadedFile(name, data)
    return client_of(user).post(url, {"file": file, **values}, format="multipart")


def test_an_image_is_uploaded(pond: Pond) -> None:
    data = picture_bytes(1)
    answer = upload(pond, pond.lead, "Teich im Mai.png", data, split="test")
    assert answer.status_code == 201
    assert answer.data["file_name"] == "Teich im Mai.png"
    assert (answer.data["status"], answer.data["split"]) == ("unlabelled", "test")
    image = pond.dataset.images.get()
    assert paths.image_path(image).read_bytes() == data
    assert image.revision == 0
    listed = client_of(pond.annotator).get(f"/api/datasets/{pond.dataset.slug}/images/").json()
    assert [row["id"] for row in listed["results"]] == [answer.data["id"]]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "0 bytes"),
        (b"<html>", "not an image"),
        (picture_bytes(1, kind="JPEG")[:300], "cut short"),
        (picture_bytes(1, size_wh=(9, 9)), "9 × 9"),
    ],
)
def test_what_is_no_image_is_refused_with_a_sentence(pond: Pond, data: bytes, reason: str) -> None:
    answer = upload(pond, pond.lead, "a.png", data)
    assert (answer.status_code, answer.data["code"]) == (400, "bad_image")
    assert reason in answer.data["detail"]
    assert not pond.dataset.images.exists()
    images = paths.dataset_dir(pond.dataset) / "images"
    assert [path for path in images.rglob("*") if path.is_file()] == []


def test_the_same_picture_or_name_twice(pond: Pond) -> None:
    assert upload(pond, pond.lead, "a.png", picture_bytes(1)).status_code == 201
    again = upload(pond, pond.lead, "b.png", picture_bytes(1))
    assert (again.status_code, again.data["code"]) == (409, "duplicate")
    named = upload(pond, pond.lead, "a.png", picture_bytes(2))
    assert (named.status_code, named.data["code"]) == (409, "stem_taken")
    assert pond.dataset.images.count() == 1


def test_megapixels_are_configurable(pond: Pond, settings: Any) -> None:
    settings.MAX_IMAGE_MEGAPIXELS = 0.001
    assert "megapixels" in upload(pond, pond.lead, "a.png", picture_bytes(1)).data["detail"]


def test_an_export_can_be_imported_again(pond: Pond, finished: Import) -> None:
    url = f"/api/datasets/{pond.dataset.slug}/export/?format=yolo&status=done"
    answer = client_of(pond.reviewer).get(url)
    assert answer["Content-Type"] == "application/zip"
    data = body_of(answer)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.namelist()) == 1 + 6 + 6
    assert client_of(pond.lead).get(f"{url}x").status_code == 400


def test_under_asgi_an_export_comes_piece_by_piece(pond: Pond, finished: Import) -> None:
    async def read() -> list[bytes]:
        client = AsyncClient()
        await client.aforce_login(pond.lead)
        answer: Any = await client.get(f"/api/datasets/{pond.dataset.slug}/export/")
        assert answer.is_async
        content: AsyncIterator[bytes] = answer.streaming_content
        return [piece async for piece in content]

    pieces = async_to_sync(read)()
    assert len(pieces) > 1
    assert zipfile.ZipFile(io.BytesIO(b"".join(pieces))).testzip() is None


def test_a_sample_dataset(pond: Pond) -> None:
    answer = client_of(pond.stranger).post("/api/datasets/sample/", {"images": 3})
    assert answer.status_code == 202
    assert answer.data["state"] == "queued"
    slug = answer.data["dataset"]
    dataset = client_of(pond.stranger).get(f"/api/datasets/{slug}/").data
    assert dataset["role"] == "lead"
    assert [item["name"] for item in dataset["classes"]] == ["duck", "swan"]
    assert client_of(pond.lead).post("/api/datasets/sample/", {"images": 0}).status_code == 400


MEMBERS, REVIEWERS, LEADS = {"annotator", "reviewer", "lead"}, {"reviewer", "lead"}, {"lead"}
ENDPOINTS = [
    ("get", "/api/datasets/{slug}/imports/", MEMBERS),
    ("post", "/api/datasets/{slug}/imports/", LEADS),
    ("post", "/api/datasets/{slug}/images/", LEADS),
    ("get", "/api/datasets/{slug}/export/", REVIEWERS),
    ("get", "/api/imports/{job}/", MEMBERS),
    ("post", "/api/imports/{job}/cancel/", LEADS),
    ("get", "/api/imports/{job}/report/", MEMBERS),
    ("get", "/api/imports/{job}/report.csv", MEMBERS),
]


@pytest.mark.parametrize(("method", "url", "may"), ENDPOINTS)
def test_who_may(pond: Pond, finished: Import, method: str, url: str, may: set[str]) -> None:
    address = url.format(slug=pond.dataset.slug, job=finished.pk)
    options = {"format": "multipart"} if method == "post" else {}
    statuses = {
        who: getattr(client_of(getattr(pond, who) if who else None), method)(
            address, **options
        ).status_code
        for who in ("", "stranger", "annotator", "reviewer", "lead")
    }
    assert statuses.pop("") in {401, 403}
    assert statuses.pop("stranger") == 404
    for who, status in statuses.items():
        # 400 answers the empty form of a post by somebody who may
        assert status in ({200, 400} if who in may else {403}), who

"""The tus protocol by raw requests: https://tus.io/protocols/resumable-upload."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.test import APIClient

from annotator import paths
from annotator.imports.arrivals import import_whole_uploads
from annotator.imports.arriving import receiving, uploads
from annotator.kernel.accounts.tokens import create_token
from annotator.kernel.errors import DiskFullError
from annotator.models import Dataset, Import, Membership, Upload
from tests.annotator.conftest import Pond, client_of
from tests.annotator.sources import usual_files, zipped

pytestmark = pytest.mark.django_db(transaction=True)

TUS: dict[str, Any] = {"HTTP_TUS_RESUMABLE": "1.0.0"}


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def create(
    client: APIClient, dataset: Dataset, *, length: object = 10, name: str = "set.zip", **extra: Any
) -> Any:
    headers = {
        **TUS,
        "HTTP_UPLOAD_LENGTH": str(length),
        "HTTP_UPLOAD_METADATA": f"filename {b64(name)},filetype {b64('application/zip')}",
        **extra,
    }
    return client.post(f"/api/datasets/{dataset.slug}/uploads/", **headers)


def send(client: APIClient, address: str, offset: object, data: bytes, **extra: Any) -> Any:
    headers = {**TUS, "HTTP_UPLOAD_OFFSET": str(offset), **extra}
    media_type = extra.pop("content_type", "application/offset+octet-stream")
    headers.pop("content_type", None)
    body: Any = data  # the stubs know text alone
    return client.generic("PATCH", address, body, content_type=media_type, **headers)


@pytest.fixture
def lead(pond: Pond) -> APIClient:
    return client_of(pond.lead)


@pytest.fixture
def address(pond: Pond, lead: APIClient) -> str:
    return str(create(lead, pond.dataset)["Location"])


def upload_of(address: str) -> Upload:
    return Upload.objects.get(pk=address.strip("/").rpartition("/")[2])


def test_an_archive_in_parts_becomes_an_import(pond: Pond, lead: APIClient) -> None:
    content = zipped(usual_files(4))
    answer = create(lead, pond.dataset, length=len(content))
    assert (answer.status_code, answer["Tus-Resumable"]) == (201, "1.0.0")
    address, offset = answer["Location"], 0
    for size in (1, 1000, len(content)):
        part = content[offset : offset + size]
        answer = send(lead, address, offset, part)
        offset += len(part)
        assert (answer.status_code, answer["Upload-Offset"]) == (204, str(offset))
        assert "GMT" in answer["Upload-Expires"]
        told = lead.head(address, **TUS)
        assert (told["Upload-Offset"], told["Upload-Length"]) == (str(offset), str(len(content)))
        assert told["Cache-Control"] == "no-store"
    told = lead.get(address).json()
    job = Import.objects.get(pk=told["import_job"])
    assert (told["is_ended"], told["error"], job.source_name) == (True, "", "set.zip")
    assert (job.dataset, job.created_by, job.owns_source) == (pond.dataset, pond.lead, True)
    assert paths.upload_path(upload_of(address)).read_bytes() == content
    assert send(lead, address, offset, b"").status_code == 410
    assert Import.objects.count() == 1


def test_the_server_says_what_it_speaks(pond: Pond, lead: APIClient, address: str) -> None:
    for place in (f"/api/datasets/{pond.dataset.slug}/uploads/", address):
        answer = lead.options(place)
        assert (answer.status_code, answer["Tus-Version"]) == (204, "1.0.0")
        assert answer["Tus-Extension"] == "creation,expiration,termination"
        assert int(answer["Tus-Max-Size"]) == uploads.most_bytes()


@pytest.mark.parametrize("version", [None, "0.2.2"])
def test_another_version_is_refused(pond: Pond, lead: APIClient, version: str | None) -> None:
    extra: dict[str, Any] = {} if version is None else {"HTTP_TUS_RESUMABLE": version}
    answer = lead.post(f"/api/datasets/{pond.dataset.slug}/uploads/", **extra)
    assert (answer.status_code, answer["Tus-Version"]) == (412, "1.0.0")


@pytest.mark.parametrize(
    ("offset", "data", "extra", "status"),
    [
        (1, b"a", {}, 409),  # not where the server is
        (0, b"a" * 11, {}, 413),  # more than was announced
        ("", b"a", {}, 400),
        ("-1", b"a", {}, 400),
        ("9" * 40, b"a", {}, 400),
        (0, b"a", {"content_type": "application/octet-stream"}, 415),
        (0, b"a", {"HTTP_TUS_RESUMABLE": "2.0"}, 412),
    ],
)
def test_a_part_that_does_not_fit_is_refused(
    lead: APIClient, address: str, offset: object, data: bytes, extra: Any, status: int
) -> None:
    answer = send(lead, address, offset, data, **extra)
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert lead.head(address, **TUS)["Upload-Offset"] == "0"
    assert paths.upload_path(upload_of(address)).stat().st_size == 0


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"length": ""}, 400),
        ({"length": "-4"}, 400),
        ({"length": 0}, 400),
        ({"length": 2**62}, 413),
        ({"name": "set.rar"}, 400),
        ({"name": "set"}, 400),
        ({"HTTP_UPLOAD_METADATA": ""}, 400),
        ({"HTTP_UPLOAD_METADATA": "filename %%%"}, 400),
        ({"HTTP_UPLOAD_METADATA": f"filename {b64('a' + chr(0) + '.zip')}"}, 400),
        ({"HTTP_UPLOAD_METADATA": f"filename {'A' * 5000}"}, 400),
    ],
)
def test_what_no_upload_can_be_is_refused(
    pond: Pond, lead: APIClient, values: Any, status: int
) -> None:
    answer = create(lead, pond.dataset, **values)
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        status,
        "application/problem+json",
    )
    assert not Upload.objects.exists()


@pytest.mark.parametrize("name", ["a.ZIP", "a.tar", "a.tar.gz", "a.tgz", "a.tar.zst"])
def test_the_archives_that_are_taken(pond: Pond, lead: APIClient, name: str) -> None:
    address = create(lead, pond.dataset, name=f"../..\\x/{name}")["Location"]
    upload = upload_of(address)
    assert upload.name == name
    assert paths.upload_path(upload).name.endswith(name[1:].lower())
    assert paths.upload_path(upload).parent == paths.uploads_dir()


def test_only_its_owner_sees_and_continues_an_upload(pond: Pond, address: str) -> None:
    second = User.objects.create_user("second")
    Membership.objects.create(dataset=pond.dataset, user=second, role="lead")
    for person, status in ((second, 404), (pond.stranger, 404), (pond.annotator, 404), (None, 401)):
        client = client_of(person)
        answers = [
            client.get(address), client.head(address, **TUS), client.delete(address, **TUS),
            send(client, address, 0, b"a"),
        ]  # fmt: skip
        assert {answer.status_code for answer in answers} == {status}
    assert client_of(second).get("/api/uploads/").json()["results"] == []
    [mine] = client_of(pond.lead).get("/api/uploads/").json()["results"]
    assert (mine["id"], mine["dataset"]) == (str(upload_of(address).pk), pond.dataset.slug)
    assert upload_of(address).offset_bytes == 0


def test_who_leads_no_longer_does_not_continue(pond: Pond, lead: APIClient, address: str) -> None:
    Membership.objects.create(dataset=pond.dataset, user=pond.stranger, role="lead")
    Membership.objects.filter(dataset=pond.dataset, user=pond.lead).update(role="annotator")
    assert send(lead, address, 0, b"a").status_code == 403
    Membership.objects.filter(dataset=pond.dataset, user=pond.lead).delete()
    assert send(lead, address, 0, b"a").status_code == 404


def test_a_session_needs_the_csrf_token_and_a_token_needs_none(pond: Pond, address: str) -> None:
    strict = APIClient(enforce_csrf_checks=True)
    strict.force_login(pond.lead)
    for answer in (
        create(strict, pond.dataset), send(strict, address, 0, b"a"), strict.delete(address, **TUS)
    ):  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    script = APIClient(enforce_csrf_checks=True)
    script.credentials(HTTP_AUTHORIZATION=f"Token {create_token(pond.lead, name='s', days=1).key}")
    address = create(script, pond.dataset)["Location"]
    assert send(script, address, 0, b"abc")["Upload-Offset"] == "3"
    assert script.delete(address, **TUS).status_code == 204


def test_a_cancelled_upload_leaves_nothing(lead: APIClient, address: str) -> None:
    send(lead, address, 0, b"abc")
    path = paths.upload_path(upload_of(address))
    assert path.exists()
    assert lead.delete(address, **TUS).status_code == 204
    assert not path.exists()
    assert lead.head(address, **TUS).status_code == 404


def test_open_uploads_are_limited(pond: Pond, lead: APIClient, monkeypatch: Any) -> None:
    monkeypatch.setattr(uploads, "MOST_OF_PERSON", 2)
    first = create(lead, pond.dataset)["Location"]
    create(lead, pond.dataset)
    answer = create(lead, pond.dataset)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_uploads")
    lead.delete(first, **TUS)
    assert create(lead, pond.dataset).status_code == 201
    monkeypatch.setattr(uploads, "MOST_OF_DATASET", 2)
    second = User.objects.create_user("second")
    Membership.objects.create(dataset=pond.dataset, user=second, role="lead")
    assert create(client_of(second), pond.dataset).status_code == 409


def test_the_disk_is_looked_at_before_with_what_others_will_write(
    pond: Pond, lead: APIClient, monkeypatch: Any
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(uploads, "check_disk_space", asked.append)
    first = create(lead, pond.dataset, length=1000)["Location"]
    send(lead, first, 0, b"a" * 100)
    create(lead, pond.dataset, length=70)
    assert asked == [1000, 970]


def test_a_disk_that_fills_keeps_what_came_before(
    lead: APIClient, address: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(receiving, "SYNC_BYTES", 4)

    def fill(needed_bytes: int = 0) -> None:
        if upload_of(address).offset_bytes:
            raise DiskFullError("The disk is full.")

    monkeypatch.setattr(receiving, "check_disk_space", fill)
    monkeypatch.setattr(receiving, "PIECE_BYTES", 4)
    assert send(lead, address, 0, b"0123456789").status_code == 507
    assert lead.head(address, **TUS)["Upload-Offset"] == "4"
    monkeypatch.undo()
    assert send(lead, address, 4, b"456789").status_code == 204
    assert paths.upload_path(upload_of(address)).read_bytes() == b"0123456789"


def test_what_was_written_and_not_counted_is_cut_off(lead: APIClient, address: str) -> None:
    send(lead, address, 0, b"abc")
    with paths.upload_path(upload_of(address)).open("ab") as file:
        file.write(b"written before a crash, and not fsynced")
    assert lead.head(address, **TUS)["Upload-Offset"] == "3"
    send(lead, address, 3, b"de")
    assert paths.upload_path(upload_of(address)).read_bytes() == b"abcde"


def test_a_file_that_got_shorter_is_never_filled_with_zeros(lead: APIClient, address: str) -> None:
    send(lead, address, 0, b"abcdef")
    paths.upload_path(upload_of(address)).write_bytes(b"abc")
    assert send(lead, address, 6, b"g").status_code == 409
    assert lead.head(address, **TUS)["Upload-Offset"] == "3"
    send(lead, address, 3, b"def")
    assert paths.upload_path(upload_of(address)).read_bytes() == b"abcdef"
    paths.upload_path(upload_of(address)).unlink()
    assert lead.head(address, **TUS).status_code == 410


def test_an_upload_without_bytes_for_a_day_goes(pond: Pond, lead: APIClient, address: str) -> None:
    send(lead, address, 0, b"abc")
    kept = create(lead, pond.dataset)["Location"]
    old = upload_of(address)
    Upload.objects.filter(pk=old.pk).update(active_at=timezone.now() - timedelta(hours=25))
    assert uploads.remove_expired_uploads() == 1
    assert not paths.upload_path(old).exists()
    assert [row.pk for row in Upload.objects.all()] == [upload_of(kept).pk]
    assert paths.upload_path(upload_of(kept)).exists()


def test_an_import_follows_although_the_server_stopped_after_the_last_byte(
    lead: APIClient, address: str
) -> None:
    upload = upload_of(address)
    paths.upload_path(upload).write_bytes(b"0123456789")
    Upload.objects.filter(pk=upload.pk).update(offset_bytes=10)
    import_whole_uploads()
    import_whole_uploads()
    assert Import.objects.count() == 1
    assert lead.head(address, **TUS)["Upload-Offset"] == "10"
    assert lead.get(address).json()["import_job"] == Import.objects.get().pk

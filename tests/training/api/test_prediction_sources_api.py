"""POST /api/predictions/: each kind of source and model, as each kind of person."""

import base64
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings
from rest_framework.test import APIClient

from annotator.imports.arriving import receiving
from annotator.models import Dataset, Upload
from training.models import Prediction, SourceKind, Weights
from training.predictions.options import OPTIONS

from ..conftest import Trained
from ..predictions.test_sources import MIXED, png, zip_of


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def member(trained: Trained) -> APIClient:
    return client_of(trained.pond.annotator)


def ask(client: APIClient, trained: Trained, **body: Any) -> Any:
    named = {} if "model" in body else {"model": f"checkpoint:{trained.best.pk}"}
    return client.post("/api/predictions/", {**named, **body}, format="multipart")


def test_sources_of_a_member(trained: Trained, member: APIClient) -> None:
    slug = trained.pond.dataset.slug
    bodies: dict[SourceKind, dict[str, Any]] = {
        SourceKind.UPLOAD: {"files": [SimpleUploadedFile("a.png", png())]},
        SourceKind.ARCHIVE: {"files": [SimpleUploadedFile("a.zip", zip_of(MIXED).getvalue())]},
        SourceKind.URL: {"url": "https://example.org/set.zip"},
        SourceKind.DATASET: {"dataset": slug, "filter": "?split=val&ordering=-stem"},
        SourceKind.VERSION: {"version": trained.version.pk, "split": "train"},
        SourceKind.VIDEO: {
            "files": [SimpleUploadedFile("a.bin", b"\0\0\0\x18ftypisom" + bytes(900))]
        },
    }
    for kind, body in bodies.items():
        answer = ask(member, trained, **body)
        assert answer.status_code == 202, answer.content
        told = answer.json()
        assert (told["source_kind"], told["state"]) == (kind, "queued")
        assert told["dataset"] == slug
    filtered = Prediction.objects.get(source_kind=SourceKind.DATASET)
    assert filtered.source["filters"] == {"split": "val"}


def test_strangers_reach_nothing(trained: Trained) -> None:
    stranger = client_of(trained.pond.stranger)
    weights = Weights.objects.create(
        name="w", file_name="w.pt", origin="uploaded", size_bytes=1, sha256="0", state="finished"
    )
    path = weights_file(weights)
    files = {"files": [SimpleUploadedFile("a.png", png())]}
    assert ask(stranger, trained, **files).status_code == 404
    reference = {"model": f"weights:{weights.pk}"}
    for body in (
        {"dataset": trained.pond.dataset.slug},
        {"version": trained.version.pk},
        {"url": "https://example.org/a.png", "dataset_for": trained.pond.dataset.slug},
    ):
        assert ask(stranger, trained, **reference, **body).status_code == 404, body
    answer = ask(stranger, trained, **reference, files=[SimpleUploadedFile("a.png", png())])
    assert answer.status_code == 202, "weights of everybody are everybody's"
    assert answer.json()["dataset"] == ""
    prediction = answer.json()["id"]
    assert client_of(trained.pond.lead).get(f"/api/predictions/{prediction}/").status_code == 404
    path.unlink()


def weights_file(weights: Weights) -> Any:
    from training import paths

    path = paths.uploaded_weights_path(weights)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"w")
    return path


def test_a_model_of_one_dataset_on_another_is_seen_by_its_person_alone(
    trained: Trained, member: APIClient
) -> None:
    from annotator.datasets.datasets import create_dataset

    other: Dataset = create_dataset(owner=trained.pond.annotator, name="Other")
    told = ask(member, trained, dataset=other.slug).json()
    assert told["dataset"] == ""
    address = f"/api/predictions/{told['id']}/"
    assert member.get(address).status_code == 200
    assert client_of(trained.pond.lead).get(address).status_code == 404


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "Name one source"),
        ({"url": "https://a.org/b", "stream": "rtsp://a.org/b"}, "Name one source"),
        ({"url": "file:///etc/passwd"}, "http:// and https://"),
        ({"url": "http://169.254.169.254/latest"}, "inside this network"),
        ({"stream": "rtsp://127.0.0.1/live"}, "inside this network"),
        ({"split": "val", "url": "https://a.org/b"}, "Only with `version`"),
        ({"url": "https://a.org/b", "options": "[1]"}, "Send an object"),
        ({"url": "https://a.org/b", "options": '{"ious": 1}'}, "no option “ious”"),
        ({"url": "https://a.org/b", "options": '{"max_det": 1.5}'}, "`max_det` is a whole number"),
        ({"url": "https://a.org/b", "options": '{"classes": ["cow"]}'}, "class “cow”"),
        ({"url": "https://a.org/b", "options": '{"tile": 1}'}, "`tile` is on or off"),
        ({"upload": "00000000-0000-4000-8000-000000000000"}, "There is no such upload"),
    ],
)
def test_bad_requests(
    trained: Trained, member: APIClient, body: dict[str, Any], sentence: str
) -> None:
    answer = ask(member, trained, **body)
    assert answer.status_code == 400
    assert sentence in json.dumps(answer.json(), ensure_ascii=False)
    assert not Prediction.objects.exists()


def test_the_filter_of_a_dataset_is_checked(trained: Trained, member: APIClient) -> None:
    answer = ask(member, trained, dataset=trained.pond.dataset.slug, filter="spilt=val")
    assert answer.status_code == 400
    assert "did you mean `split`" in answer.content.decode()


def test_folders_of_the_server_are_for_leads(
    trained: Trained, member: APIClient, settings: Settings, tmp_path: Any
) -> None:
    settings.IMPORT_ROOTS = [str(tmp_path)]
    (tmp_path / "set").mkdir()
    assert ask(member, trained, server_folder=str(tmp_path / "set")).status_code == 403
    lead = client_of(trained.pond.lead)
    answer = ask(lead, trained, server_folder=str(tmp_path / "set"))
    assert answer.status_code == 202
    assert answer.json()["source_name"] == "set"
    assert ask(lead, trained, server_folder="/etc").status_code == 400


def test_an_upload_in_parts(
    trained: Trained, member: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """tus: anybody may start one for a prediction; it becomes no import."""
    # The connection of the test holds the transaction that it is in.
    monkeypatch.setattr(receiving, "close_old_connections", lambda: None)
    content = zip_of(MIXED).getvalue()
    name = base64.b64encode(b"set.zip").decode()
    tus = {"Tus-Resumable": "1.0.0"}
    begun = member.post(
        "/api/predictions/uploads/",
        headers={**tus, "Upload-Length": str(len(content)), "Upload-Metadata": f"filename {name}"},
    )
    assert begun.status_code == 201, begun.content
    address = begun["Location"]
    upload = Upload.objects.get()
    early = ask(member, trained, upload=str(upload.pk))
    assert (early.status_code, early.json()["code"]) == (409, "upload_not_whole")
    sent = member.patch(
        address,
        content,
        content_type="application/offset+octet-stream",
        headers={**tus, "Upload-Offset": "0"},
    )
    assert sent.status_code == 204, sent.content
    assert member.get(address).json()["dataset"] == ""
    assert client_of(trained.pond.lead).get(address).status_code == 404
    theirs = ask(client_of(trained.pond.lead), trained, upload=str(upload.pk))
    assert theirs.status_code == 400
    answer = ask(member, trained, upload=str(upload.pk))
    assert answer.status_code == 202, answer.content
    assert answer.json()["source_kind"] == SourceKind.ARCHIVE
    again = ask(member, trained, upload=str(upload.pk))
    assert again.status_code == 400, "it is used"


def test_options_are_told_with_their_limits(trained: Trained, member: APIClient) -> None:
    told = member.get("/api/predictions/options/").json()
    assert [item["name"] for item in told] == ["conf", *OPTIONS]
    by_name = {item["name"]: item for item in told}
    assert (by_name["iou"]["default"], by_name["iou"]["maximum"]) == (0.7, 1.0)
    assert all(item["help"].endswith(".") for item in told)


def test_options_are_kept_where_they_differ(trained: Trained, member: APIClient) -> None:
    options = {"iou": 0.7, "imgsz": 96, "classes": ["disc"], "track": True, "half": False}
    answer = ask(
        member, trained, files=[SimpleUploadedFile("a.png", png())], options=json.dumps(options)
    )
    assert answer.json()["options"] == {"imgsz": 96, "classes": ["disc"], "track": "botsort"}


def test_pause_and_resume_by_its_person(trained: Trained, member: APIClient) -> None:
    told = ask(member, trained, files=[SimpleUploadedFile("a.png", png())]).json()
    address = f"/api/predictions/{told['id']}"
    assert member.post(f"{address}/pause/").json()["is_paused"] is True
    other = client_of(trained.pond.reviewer)
    assert other.post(f"{address}/resume/").status_code == 403
    assert member.post(f"{address}/resume/").json()["is_paused"] is False
    assert member.post(f"{address}/resume/").status_code == 409


def test_images_of_a_dataset_are_shown_to_its_members_only(
    trained: Trained, member: APIClient
) -> None:
    from annotator.datasets.datasets import create_dataset
    from annotator.imports.uploads import upload_image

    other = create_dataset(owner=trained.pond.annotator, name="Left later")
    upload_image(other, file_name="a.png", data=png())
    told = ask(member, trained, dataset=other.slug).json()
    job = Prediction.objects.get(pk=told["id"])
    from training.predictions.sources.listing import list_source

    Prediction.objects.filter(pk=job.pk).update(state="running", lease_owner="us")
    job.refresh_from_db()
    list_source(job, lambda: None)
    (image,) = member.get(f"/api/predictions/{job.pk}/images/").json()["results"]
    assert member.get(image["image_url"]).status_code == 200
    other.memberships.filter(user=trained.pond.annotator).delete()
    assert member.get(image["image_url"]).status_code == 404

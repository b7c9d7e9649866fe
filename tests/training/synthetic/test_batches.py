"""Before a run starts, its first batches can be looked at: made by a worker, kept in the cache."""

import shutil
from pathlib import Path

import pytest
from rest_framework.test import APIClient

from annotator.paths import dataset_dir
from tests.annotator.conftest import client_of
from training import paths
from training.jobs import workers
from training.jobs.engine_job import work_off
from training.models import BatchPreview
from training.synthetic.previews import preview_dir

from ..conftest import Pond, freeze

pytestmark = pytest.mark.django_db(transaction=True)

RUN = {"base_model": "yolov8n-seg.yaml", "epochs": 20, "image_size": 64, "batch": 4}


@pytest.fixture
def lead(pond: Pond) -> APIClient:
    return client_of(pond.lead)


def url_of(pond: Pond) -> str:
    return f"/api/datasets/{pond.dataset.slug}/runs/batches/"


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_batches_as_the_run_would_see_them(pond: Pond, lead: APIClient) -> None:
    version = freeze(pond)
    before = files_below(paths.version_dir(version))
    live = files_below(dataset_dir(pond.dataset))
    body = {**RUN, "arguments": {"mosaic": 1.0, "mixup": 0.5, "cls_pw": 0.5}}
    asked = lead.post(url_of(pond), body, format="json")
    assert asked.status_code == 202, asked.content
    preview = BatchPreview.objects.get(pk=asked.json()["id"])
    assert preview.request["arguments"] == body["arguments"]
    work_off(preview)

    told = lead.get(f"/api/batch-previews/{preview.pk}/").json()
    assert told["state"] == "finished", told["error"]
    assert (told["version"], told["waits_for"]) == (version.pk, "")
    spans = [
        (batch["first_epoch"], batch["last_epoch"], batch["is_closing"])
        for batch in told["batches"]
    ]
    assert spans == [(1, 10, False), (1, 10, False), (11, 20, True)]
    images = [image for batch in told["batches"] for image in batch["images"]]
    assert any(image["objects"] for image in images)
    for image in images:
        assert (image["width"], image["height"]) == (64, 64)
        answer = lead.get(image["url"])
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert len(told["class_weights"]) == len(told["class_names"]) == len(told["class_colors"])
    assert files_below(paths.version_dir(version)) == before
    assert files_below(dataset_dir(pond.dataset)) == live
    assert not list(preview_dir(preview).glob("sources-*"))

    shutil.rmtree(preview_dir(preview))
    gone = lead.get(f"/api/batch-previews/{preview.pk}/").json()
    assert (gone["is_gone"], gone["batches"]) == (True, [])


def test_who_may_and_what_is_refused(pond: Pond, lead: APIClient) -> None:
    url = url_of(pond)
    assert lead.post(url, RUN, format="json").status_code == 409  # no frozen version
    version = freeze(pond)
    for arguments in ({"mosaik": 1.0}, {"mosaic": 2.0}, {"imgsz": 64}):
        answer = lead.post(url, {**RUN, "arguments": arguments}, format="json")
        assert answer.status_code == 400, arguments
    assert lead.post(url, {**RUN, "batches": 3}, format="json").status_code == 400
    assert client_of(pond.annotator).post(url, RUN, format="json").status_code == 403
    assert client_of(pond.stranger).post(url, RUN, format="json").status_code == 404
    asked = lead.post(url, {**RUN, "version": version.pk}, format="json").json()
    address = f"/api/batch-previews/{asked['id']}/"
    assert client_of(pond.stranger).get(address).status_code == 404
    assert lead.get(f"{address}files/..%2Flog.txt").status_code == 404


def test_it_says_what_it_waits_for(
    pond: Pond, lead: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze(pond)
    monkeypatch.setattr(workers, "describe_setup", lambda: "")
    asked = lead.post(url_of(pond), RUN, format="json").json()
    assert asked["state"] == "queued"
    assert asked["waits_for"] == "No worker is running: it waits until one is started."

"""The registry: tags, notes, dependants, exports; and checks before a run."""

import io
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from training import paths
from training.checkpoints.exporting import Exporting
from training.jobs.engine_job import work_off
from training.models import Checkpoint, Evaluation, Export, Prediction, RunCheck
from training.runs.checking import Checking

from ...annotator.conftest import client_of
from ..conftest import Engine, Trained
from .test_training_api import REQUEST, get


@pytest.fixture
def lead(trained: Trained) -> APIClient:
    return client_of(trained.pond.lead)


def test_production_is_one_checkpoint(trained: Trained, lead: APIClient) -> None:
    best = f"/api/checkpoints/{trained.best.pk}/"
    last = f"/api/checkpoints/{trained.run.checkpoints.get(kind='last').pk}/"
    tags = ["production", " tried on video ", "production"]
    told = lead.patch(best, {"tags": tags, "notes": "Ducks are fine."}).json()
    assert told["tags"] == ["production", "tried on video"]
    assert told["notes"] == "Ducks are fine."
    assert told["base_model"] == "yolov8n-seg.yaml"
    lead.patch(last, {"tags": ["production"]})
    assert get(lead, last)["tags"] == ["production"]
    assert get(lead, best)["tags"] == ["tried on video"]
    many = lead.patch(best, {"tags": [str(number) for number in range(11)]})
    assert (many.status_code, many.json()["code"]) == (400, "too_many_tags")


def test_what_hangs_on_a_checkpoint_stands_in_the_way(
    trained: Trained, lead: APIClient, tmp_path: Path
) -> None:
    best = trained.best
    url = f"/api/checkpoints/{best.pk}/"
    path = paths.checkpoint_path(best)
    shutil.copytree(paths.run_dir(trained.run), tmp_path / "run")
    prediction = Prediction.objects.create(
        checkpoint=best, dataset=trained.pond.dataset, confidence=0.5, device="cpu"
    )
    told = get(lead, f"{url}dependants/")
    assert told == {
        "runs": [],
        "prediction_count": 1,
        "evaluation_count": 1,
        "export_count": 0,
        "served": [],
        "blocking": True,
    }
    answer = lead.delete(url)
    assert (answer.status_code, answer.json()["code"]) == (409, "checkpoint_in_use")
    assert path.is_file()
    prediction.delete()
    try:
        assert lead.delete(url).status_code == 204
        assert not path.exists()
        assert not Checkpoint.objects.filter(pk=best.pk).exists()
        assert get(lead, f"/api/runs/{trained.run.pk}/")["best"]  # the curves stay
    finally:
        # Other tests read the files of this run too.
        shutil.copytree(tmp_path / "run", paths.run_dir(trained.run), dirs_exist_ok=True)


@pytest.mark.parametrize(
    ("format", "name"), [("onnx", "best.onnx"), ("openvino", "best.openvino.zip")]
)
def test_an_export_is_verified_certified_and_downloaded(
    trained: Trained, lead: APIClient, engine: Engine, format: str, name: str
) -> None:
    url = f"/api/checkpoints/{trained.best.pk}/exports/"
    answer = lead.post(url, {"format": format})
    assert answer.status_code == 202, answer.content
    export = answer.json()
    assert (export["state"], export["url"], export["image_size"]) == ("queued", "", 64)
    assert lead.get(f"/api/exports/{export['id']}/file/").status_code == 404
    Exporting.take_up(export["id"])
    (export,) = get(lead, url)
    assert (export["state"], export["file_name"], export["error"]) == ("finished", name, "")
    assert export["verification"]["image_count"] == 4
    refused = lead.get(export["url"])
    assert (refused.status_code, refused.json()["code"]) == (409, "certificate_missing")
    work_off(Evaluation.objects.get(export=export["id"]))
    export = get(lead, f"/api/exports/{export['id']}/")
    assert export["certificate"]["grade"] == "green"
    content = b"".join(lead.get(export["url"]))
    assert len(content) == export["size_bytes"]
    if format == "openvino":
        assert zipfile.ZipFile(io.BytesIO(content)).read("best.openvino/best.xml") == b"<net/>"
    folder = paths.export_dir(Export.objects.get())
    assert lead.delete(f"/api/exports/{export['id']}/").status_code == 204
    assert not folder.exists()


def test_a_checkpoint_that_somebody_swapped_is_not_exported(
    trained: Trained, lead: APIClient, engine: Engine
) -> None:
    Checkpoint.objects.filter(pk=trained.best.pk).update(sha256="0" * 64)
    export = lead.post(f"/api/checkpoints/{trained.best.pk}/exports/", {"format": "onnx"}).json()
    Exporting.take_up(export["id"])
    told = get(lead, f"/api/exports/{export['id']}/")
    assert told["state"] == "failed"
    assert "not the one that the run wrote" in told["error"]


@pytest.mark.parametrize("change", [{"format": "gif"}, {"format": "onnx", "image_size": 100}])
def test_a_wrong_export_is_refused(
    trained: Trained, lead: APIClient, change: dict[str, Any]
) -> None:
    assert lead.post(f"/api/checkpoints/{trained.best.pk}/exports/", change).status_code == 400
    assert not Export.objects.exists()


def test_a_check_tells_whether_a_run_fits(
    trained: Trained, lead: APIClient, engine: Engine
) -> None:
    url = f"/api/datasets/{trained.pond.dataset.slug}/runs/check/"
    answer = lead.post(url, {**REQUEST, "device": "cpu"})
    assert answer.status_code == 202, answer.content
    check = answer.json()
    assert (check["state"], check["result"]) == ("queued", None)
    Checking.take_up(check["id"])
    told = get(lead, f"/api/run-checks/{check['id']}/")
    assert told["state"] == "finished", told["error"]
    assert [(step["name"], step["ok"]) for step in told["steps"]] == [
        ("disk", True),
        ("classes", True),
    ]
    assert told["result"]["fits"] is True
    assert told["result"]["estimated_seconds"] == 5 + 3 * 2
    assert not paths.run_check_dir(RunCheck.objects.get()).exists()
    assert lead.post(url, {**REQUEST, "base_model": "nonsense.pt"}).status_code == 400


def test_there_is_nothing_to_check_before_a_version(trained: Trained, lead: APIClient) -> None:
    type(trained.version).objects.update(state="failed")
    url = f"/api/datasets/{trained.pond.dataset.slug}/runs/check/"
    answer = lead.post(url, REQUEST)
    assert (answer.status_code, answer.json()["code"]) == (409, "version_missing")


def test_checkpoints_are_found_by_tag_and_text(trained: Trained, lead: APIClient) -> None:
    best = f"/api/checkpoints/{trained.best.pk}/"
    lead.patch(best, {"tags": ["tried “on video”", "production"], "notes": "Fine on ducks."})

    def found(query: dict[str, str]) -> list[int]:
        answer = lead.get("/api/checkpoints/", query).json()
        return [item["id"] for item in answer["results"]]

    assert get(lead, "/api/checkpoints/tags/") == ["production", "tried “on video”"]
    for query in ({"tag": "production"}, {"tag": "tried “on video”"}, {"search": "ON DUCKS"}):
        assert found(query) == [trained.best.pk]
    assert found({"tag": "prod"}) == []
    assert len(found({"search": "yolov8n"})) == 2
    assert client_of(trained.pond.stranger).get("/api/checkpoints/tags/").json() == []

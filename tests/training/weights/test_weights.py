"""Weights from elsewhere: uploaded, laid into the folder, fetched, looked into, refused."""

import io
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from annotator.kernel.errors import ConflictError, ServiceError
from annotator.permissions import datasets_of
from training import paths
from training.checkpoints.usable import find_model, unchanged_model
from training.jobs.engine_job import RefusedError, work_off
from training.models import Weights, WeightsOrigin
from training.predictions.predictions import start_prediction
from training.predictions.sources import requested
from training.weights.folder import look_for_weights
from training.weights.payloads import list_models
from training.weights.weights import (
    delete_weights,
    fetch_pretrained,
    newest_pretrained,
    upload_weights,
    weights_seen_by,
)

from ..conftest import Pond, QueryCounter
from ..predictions.conftest import Room
from ..predictions.test_sources import png


def told(**values: object) -> bytes:
    """A model as the scripted engine reads it."""
    return json.dumps({"class_names": ["cat", "dog"], **values}).encode()


def pt(content: bytes, name: str = "theirs.pt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture(autouse=True)
def empty_folder(room: Room) -> Iterator[Path]:
    folder = paths.weights_dir()
    folder.mkdir(parents=True, exist_ok=True)
    before = set(folder.iterdir())
    paths.weights_seen_path().unlink(missing_ok=True)
    yield folder
    for path in set(folder.iterdir()) - before:
        path.unlink()


def looked_into(weights: Weights) -> Weights:
    work_off(weights)
    weights.refresh_from_db()
    return weights


def test_foreign_weights_can_be_predicted_with(room: Room) -> None:
    pond = room.pond
    weights = upload_weights(pt(told()), dataset=pond.dataset, name="", created_by=pond.lead)
    with pytest.raises(ServiceError, match="is not ready"):
        find_model(f"weights:{weights.pk}", pond.annotator)
    looked_into(weights)
    assert (weights.state, weights.class_names, weights.name) == (
        "finished", ["cat", "dog"], "theirs",
    )  # fmt: skip
    assert (weights.image_size, weights.base_model) == (64, "yolov8n-seg.yaml")
    model = find_model(f"weights:{weights.pk}", pond.annotator)
    with pytest.raises(ServiceError, match="no model"):
        find_model(f"weights:{weights.pk}", pond.stranger)
    source = requested.from_uploads([requested.Upload("a.png", io.BytesIO(png()))], count=1)
    job = start_prediction(model, source, confidence=0.5, device="cpu", created_by=pond.annotator)
    work_off(job)
    job.refresh_from_db()
    assert (job.state, job.class_names, job.dataset) == ("finished", ["cat", "dog"], pond.dataset)
    with pytest.raises(ConflictError, match="used by 1 prediction: delete"):
        delete_weights(weights)


def test_a_refused_file_says_why_and_is_deleted(room: Room) -> None:
    content = told(
        refused="The file model.pt is refused: it calls os.system, which no model needs."
    )
    weights = upload_weights(pt(content, "evil.pt"), dataset=None, created_by=None)
    path = paths.uploaded_weights_path(weights)
    assert path.is_file()
    looked_into(weights)
    assert (weights.state, path.exists()) == ("failed", False)
    assert weights.error.startswith("The file evil.pt is refused: it calls os.system")
    delete_weights(weights)
    assert not Weights.objects.filter(pk=weights.pk).exists()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [("model.onnx", b"x", "a .pt file"), ("model.pt", b"", "is empty")],
)
def test_other_files_are_refused_at_once(
    room: Room,
    name: str,
    content: bytes,
    sentence: str,
) -> None:
    with pytest.raises(ServiceError, match=sentence):
        upload_weights(pt(content, name), dataset=None, created_by=None)
    assert not Weights.objects.exists()


def lay(folder: Path, content: bytes, name: str = "laid.pt", age: float = 60) -> Path:
    path = folder / name
    path.write_bytes(content)
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


def test_what_lies_in_the_folder_appears_and_is_looked_into_again_when_it_changes(
    room: Room,
    empty_folder: Path,
) -> None:
    path = lay(empty_folder, told())
    assert look_for_weights(time.time()) == 1
    first = newest_pretrained("laid.pt")
    assert first is not None
    assert first.dataset is None
    looked_into(first)
    assert (first.state, first.class_names) == ("finished", ["cat", "dog"])
    assert look_for_weights(time.time()) == 0, "once"
    paths.weights_seen_path().unlink()
    assert look_for_weights(time.time()) == 0, "its hash is known"

    lay(empty_folder, told(class_names=["cow"]), age=30)
    assert look_for_weights(time.time()) == 1
    again = newest_pretrained("laid.pt")
    assert again is not None
    assert again.pk == first.pk, "nothing used the file as it was"
    looked_into(again)
    assert again.class_names == ["cow"]

    source = requested.from_uploads([requested.Upload("a.png", io.BytesIO(png()))], count=1)
    model = find_model(f"weights:{again.pk}")
    start_prediction(model, source, confidence=0.5, device="cpu", created_by=None)
    lay(empty_folder, told(class_names=["ox"]), age=10)
    assert look_for_weights(time.time()) == 1
    other = newest_pretrained("laid.pt")
    assert other is not None
    assert other.pk != again.pk, "a prediction used the file as it was"
    looked_into(other)
    with pytest.raises(RefusedError, match="was changed since"):
        unchanged_model(model)
    seen = weights_seen_by(datasets_of(room.pond.lead))
    assert list(seen.values_list("pk", flat=True)) == [other.pk]

    path.unlink()
    look_for_weights(time.time())
    assert not Weights.objects.filter(pk=other.pk).exists()
    assert Weights.objects.filter(pk=again.pk).exists(), "its prediction needs it"


def test_a_file_that_is_still_written_waits(room: Room, empty_folder: Path) -> None:
    lay(empty_folder, told(), age=0)
    assert look_for_weights(time.time()) == 0


def test_weights_that_cannot_be_fetched_say_what_to_put_where(
    room: Room,
    settings: Settings,
    empty_folder: Path,
) -> None:
    settings.ALLOW_WEIGHTS_DOWNLOAD = False
    where = empty_folder / "yolo11s-seg.pt"
    with pytest.raises(ConflictError, match=re.escape(f"put the file at {where}")):
        fetch_pretrained("yolo11s-seg.pt", created_by=None)
    with pytest.raises(ServiceError, match=r"no pretrained weights “yolov3\.pt”"):
        fetch_pretrained("yolov3.pt", created_by=None)
    page = list_models(room.pond.annotator, search="yolo11s")
    (model,) = page["results"]
    assert (model["state"], model["can_fetch"]) == ("missing", False)
    assert model["error"] == f"Put the file yolo11s-seg.pt at {where}."


def test_everybodys_upload_of_pretrained_weights_goes_into_the_folder(
    room: Room,
    empty_folder: Path,
) -> None:
    content = told(base_model="yolo11m-seg.yaml")
    weights = upload_weights(pt(content, "yolo11m-seg.pt"), dataset=None, created_by=None)
    looked_into(weights)
    assert (weights.state, weights.origin) == ("finished", WeightsOrigin.PRETRAINED)
    assert (empty_folder / "yolo11m-seg.pt").read_bytes() == content
    assert not paths.uploaded_weights_path(weights).exists()
    assert find_model(f"weights:{weights.pk}").path == empty_folder / "yolo11m-seg.pt"
    assert look_for_weights(time.time()) == 0
    delete_weights(weights)
    assert not (empty_folder / "yolo11m-seg.pt").exists()


def test_weights_named_like_pretrained_ones_that_are_others_stay_apart(
    room: Room,
    empty_folder: Path,
) -> None:
    content = told(base_model="yolov8n-seg.yaml")
    weights = upload_weights(pt(content, "yolo11l-seg.pt"), dataset=None, created_by=None)
    looked_into(weights)
    assert (weights.state, weights.origin) == ("finished", WeightsOrigin.UPLOADED)
    assert not (empty_folder / "yolo11l-seg.pt").exists()


def add(pond: Pond, count: int) -> None:
    for number in range(count):
        Weights.objects.create(
            dataset=pond.dataset, name=f"w{number}", file_name="w.pt", origin="uploaded",
            size_bytes=1, sha256="0", class_names=["cat"], state="finished",
        )  # fmt: skip


def test_the_list_of_models(room: Room, count_queries: QueryCounter) -> None:
    pond = room.pond
    add(pond, 3)
    few = count_queries(lambda: list_models(pond.annotator))
    add(pond, 20)
    assert count_queries(lambda: list_models(pond.annotator)) == few
    first = list_models(pond.annotator, page_size=10)
    assert first["results"][0]["reference"] == f"checkpoint:{room.best.pk}"
    assert first["results"][0]["class_names"] == ["disc", "diamond"]
    seen, cursor = [*first["results"]], first["next"]
    while cursor:
        page = list_models(pond.annotator, page_size=10, cursor=cursor)
        seen, cursor = [*seen, *page["results"]], page["next"]
    references = [model["reference"] for model in seen if model["reference"]]
    assert len(references) == len(set(references)) == 24
    assert {model["state"] for model in seen if not model["reference"]} == {"missing"}
    found = list_models(pond.annotator, search="w1")["results"]
    assert {model["name"] for model in found} == {"w1", *(f"w{n}" for n in range(10, 20))}
    assert not [m for m in list_models(pond.stranger)["results"] if m["reference"]]
    with pytest.raises(ServiceError, match="no cursor"):
        list_models(pond.annotator, cursor="cheese")

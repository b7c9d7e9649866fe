"""Each option of a prediction on its way from the API and the command to the engine."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from training.engine.requests import PredictOptions
from training.jobs.engine_job import work_off
from training.models import Prediction
from training.predictions.options import OPTIONS, REFUSED, list_options

from .conftest import Room
from .test_command import call
from .test_sources import png

DEFAULTS = {"conf": 0.05, "iou": 0.7, "imgsz": 64}
"""What the engine is asked where nobody chose anything."""


class Case(NamedTuple):
    sent: Any
    words: list[str]
    asked: Any


CASES = {
    "iou": Case(0.4, ["--iou", "0.4"], 0.4),
    "imgsz": Case(96, ["--imgsz", "96"], 96),
    "classes": Case(["diamond"], ["--classes", "diamond"], [1]),
    "max_det": Case(7, ["--max-det", "7"], 7),
    "retina_masks": Case(True, ["--retina-masks"], True),
    "half": Case(True, ["--half"], True),
    "tile": Case(True, ["--tile"], {"size": "auto", "overlap": 0.2}),
}


def predicted(room: Room, **body: Any) -> Prediction:
    client = APIClient()
    client.force_authenticate(room.pond.annotator)
    answer = client.post(
        "/api/predictions/",
        {
            **{"model": f"checkpoint:{room.best.pk}", "device": "cpu"},
            "files": [SimpleUploadedFile("a.png", png())],
            **body,
        },
        format="multipart",
    )
    assert answer.status_code == 202, answer.json()
    job = Prediction.objects.get(pk=answer.json()["id"])
    work_off(job)
    job.refresh_from_db()
    return job


def asked_options(room: Room) -> dict[str, Any]:
    """Of the engine's last request: what it was asked beside model, images and device."""
    names = set(PredictOptions.__annotations__) - {"checkpoint", "device", "config_dir"}
    return {key: value for key, value in room.engine.predict_requests[-1].items() if key in names}


def test_every_option_for_images_has_its_case() -> None:
    assert CASES.keys() == {name for name, option in OPTIONS.items() if not option["only"]}


@pytest.mark.parametrize("name", CASES)
def test_an_option_of_the_api_reaches_the_engine(room: Room, name: str) -> None:
    job = predicted(room, options=json.dumps({name: CASES[name].sent}))
    assert job.options == {name: CASES[name].sent}
    assert asked_options(room) == {**DEFAULTS, name: CASES[name].asked}


@pytest.mark.parametrize("name", CASES)
def test_an_option_of_the_command_reaches_the_engine(room: Room, name: str, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    call(room.best.run_id, tmp_path / "a.png", "--out", tmp_path / "out", *CASES[name].words)
    assert asked_options(room) == {**DEFAULTS, name: CASES[name].asked}


def test_the_confidence_is_what_is_shown_first_and_everything_is_kept(room: Room) -> None:
    job = predicted(room, confidence="0.95")
    assert asked_options(room) == DEFAULTS
    assert (job.confidence, job.instance_count) == (0.95, 0)
    assert [item["confidence"] for item in job.images.get().instances] == [0.9]


@pytest.mark.parametrize("name", REFUSED)
def test_what_ultralytics_cannot_do_is_not_offered_and_refused_with_the_reason(
    room: Room, name: str
) -> None:
    assert name not in {option["name"] for option in list_options()}
    client = APIClient()
    client.force_authenticate(room.pond.annotator)
    body = {"model": f"checkpoint:{room.best.pk}", "dataset": room.pond.dataset.slug}
    address = "/api/predictions/"
    refused = client.post(
        address, {**body, "options": json.dumps({name: True})}, format="multipart"
    )
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_option")
    assert refused.json()["detail"] == REFUSED[name]
    not_asked = {**body, "options": json.dumps({name: False})}
    accepted = client.post(address, not_asked, format="multipart")
    assert (accepted.status_code, accepted.json()["options"]) == (202, {})


def test_what_the_engine_says_of_an_option_is_told_once(room: Room) -> None:
    message = "Half precision (half) has no effect: only a GPU computes with it."
    room.engine.follow({"warnings": [message, message]}, {"warnings": [message]})
    job = predicted(room, options=json.dumps({"half": True}))
    client = APIClient()
    client.force_authenticate(room.pond.annotator)
    assert client.get(f"/api/predictions/{job.pk}/").json()["notes"] == [message]

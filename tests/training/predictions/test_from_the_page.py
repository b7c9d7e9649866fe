"""What the page Predict asks of the server: chosen images, whose predictions, and folders."""

import json

import pytest
from django.test import Client
from pytest_django import Settings

from annotator.kernel.errors import ServiceError
from annotator.models import Dataset
from training.predictions.sources import requested
from training.weights.payloads import list_models

from .conftest import Room


def signed_in(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def test_chosen_images_each_once(room: Room) -> None:
    dataset = room.pond.dataset
    one, two = dataset.images.order_by("-stem")[:2]
    job = room.predict(requested.from_images(dataset, [one.pk, two.pk, one.pk]))
    names = list(job.images.order_by("position").values_list("file_name", flat=True))
    assert names == sorted([one.file_name, two.file_name])
    assert job.source_name.endswith("(2 images)")


def test_images_of_another_dataset_are_refused(room: Room) -> None:
    other = Dataset.objects.create(name="Other", slug="other")
    image = room.pond.dataset.images.first()
    assert image is not None
    with pytest.raises(ServiceError, match="1 of the images are not in the dataset"):
        requested.from_images(other, [image.pk])


def test_the_request_names_images_or_a_filter(room: Room) -> None:
    dataset = room.pond.dataset
    image = dataset.images.first()
    assert image is not None
    client = signed_in(room.pond.annotator)
    base = {"model": f"checkpoint:{room.best.pk}", "dataset": dataset.slug}
    ids = json.dumps([str(image.pk)])
    answer = client.post("/api/predictions/", {**base, "images": ids})
    assert answer.status_code == 202, answer.json()
    assert answer.json()["source_name"].endswith("(1 image)")
    for wrong in ({"images": "[]"}, {"images": '["x"]'}, {"images": ids, "filter": "split=val"}):
        answer = client.post("/api/predictions/", {**base, **wrong})
        assert answer.status_code == 400
        assert {name.partition(".")[0] for name in answer.json()["errors"]} == {"images"}


def test_mine_are_those_that_i_started(room: Room) -> None:
    mine = room.start(requested.from_dataset(room.pond.dataset, {}), user=room.pond.annotator)
    room.start(requested.from_dataset(room.pond.dataset, {}), user=room.pond.lead)
    client = signed_in(room.pond.annotator)
    assert len(client.get("/api/predictions/").json()["results"]) == 2
    found = client.get("/api/predictions/?mine=true").json()["results"]
    assert [each["id"] for each in found] == [mine.pk]


def test_folders_of_the_server_are_for_leads(
    room: Room, tmp_path: object, settings: Settings
) -> None:
    settings.IMPORT_ROOTS = [tmp_path]
    address = "/api/predictions/server-folders/"
    answer = signed_in(room.pond.lead).get(address)
    assert [each["path"] for each in answer.json()["entries"]] == [str(tmp_path)]
    for other in (room.pond.annotator, room.pond.reviewer, room.pond.stranger):
        assert signed_in(other).get(address).status_code == 403


def test_models_say_their_tags_and_the_figure_of_the_list_of_checkpoints(room: Room) -> None:
    room.best.tags = ["production"]
    room.best.save()
    models = list_models(room.pond.annotator)["results"]
    (model,) = [each for each in models if each["reference"] == f"checkpoint:{room.best.pk}"]
    answer = signed_in(room.pond.annotator).get(f"/api/checkpoints/{room.best.pk}/").json()
    assert model["tags"] == answer["tags"] == ["production"]
    assert model["mask_map50"] == answer["mask"]["map50"]

"""Into the dataset: images come in without labels, once, and their predictions show as ghosts."""

from typing import Any

import numpy as np
import pytest
from rest_framework.test import APIClient

from annotator.imports.imports import cancel_import, resume_import, run_import
from annotator.imports.undoing import undo_import, work_off_undo
from annotator.models import Image, ImageStatus, Import, Membership
from training.models import PredictedImage, Prediction

from ....annotator.conftest import client_of
from ...conftest import Pond, draw_picture, make_pond
from .conftest import FOUND, Found, add_predicted, make_prediction


@pytest.fixture
def lead(pond: Pond) -> APIClient:
    return client_of(pond.lead)


def take(client: APIClient, prediction: Prediction, pond: Pond, **body: Any) -> Import:
    """Ask for it, and let a worker do it."""
    url = f"/api/predictions/{prediction.pk}/into-dataset/"
    answer = client.post(url, {"dataset": pond.dataset.slug, **body}, format="json")
    assert answer.status_code == 202, answer.json()
    run_import(answer.json()["import_id"])
    job = Import.objects.get(pk=answer.json()["import_id"])
    assert job.state == "finished", job.error
    return job


def taken_by(job: Import) -> list[Image]:
    return list(Image.objects.filter(import_job=job).order_by("stem"))


def test_chosen_images_come_in_without_labels(
    prediction: Prediction, pond: Pond, lead: APIClient
) -> None:
    job = take(lead, prediction, pond, positions=[0, 4])
    images = taken_by(job)
    assert [image.stem for image in images] == ["pond-0", "pond-4"]
    assert {image.status for image in images} == {ImageStatus.UNLABELLED}
    assert sum(image.instance_count for image in images) == 0
    assert (job.images_taken, job.has_losses) == (2, False)
    rows = PredictedImage.objects.filter(prediction=prediction, taken_as__isnull=False)
    assert {row.taken_as_id for row in rows} == {image.pk for image in images}
    (shown, _) = lead.get(
        f"/api/predictions/{prediction.pk}/images/some/", {"positions": "0,1"}
    ).json()
    assert shown["image"] == {
        "id": str(images[0].pk), "dataset": pond.dataset.slug, "is_source": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("chosen", "stems"),
    [
        ({}, ["pond-0", "pond-1", "pond-2", "pond-4"]),
        ({"show": "found"}, ["pond-0", "pond-1"]),
        ({"show": "found", "confidence": 0.05}, ["pond-0", "pond-1", "pond-4"]),
        ({"show": "nothing"}, ["pond-2", "pond-4"]),
        ({"class_index": 1, "confidences": "1:0.5"}, ["pond-0"]),
    ],
)
def test_all_that_a_filter_matches(
    prediction: Prediction, pond: Pond, lead: APIClient, chosen: dict[str, Any], stems: list[str]
) -> None:
    job = take(lead, prediction, pond, all=True, **chosen)
    assert [image.stem for image in taken_by(job)] == stems


def test_an_image_that_is_there_is_not_doubled_and_gets_the_ghosts(
    prediction: Prediction, pond: Pond, lead: APIClient
) -> None:
    there = pond.add_image("other-name", split="train")
    row = prediction.images.get(position=1)
    PredictedImage.objects.filter(pk=row.pk).update(sha256=there.sha256)
    prediction.images.filter(position=2).update(
        sha256=prediction.images.get(position=0).sha256
    )  # twice in the prediction
    job = take(lead, prediction, pond, positions=[0, 1, 2])
    assert [image.stem for image in taken_by(job)] == ["pond-0"]
    assert not job.has_losses
    taken = dict(prediction.images.values_list("position", "taken_as__stem"))
    assert (taken[0], taken[1], taken[2]) == ("pond-0", "other-name", "pond-0")
    ghosts = lead.get(f"/api/images/{there.pk}/ghosts/").json()["ghosts"]
    assert [ghost["confidence"] for ghost in ghosts] == [0.251, 0.25, 0.06]


def test_a_name_that_is_there_gets_a_number(
    prediction: Prediction, pond: Pond, lead: APIClient
) -> None:
    pond.add_image("pond-0", split="train")
    job = take(lead, prediction, pond, positions=[0])
    (image,) = taken_by(job)
    assert image.stem == "pond-0-2"


def test_it_goes_on_after_it_was_stopped(
    prediction: Prediction, pond: Pond, lead: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.imports.taking.BATCH_ENTRIES", 1)
    url = f"/api/predictions/{prediction.pk}/into-dataset/"
    body = {"dataset": pond.dataset.slug, "all": True}
    job = Import.objects.get(pk=lead.post(url, body, format="json").json()["import_id"])

    def stop(told: Import) -> None:
        if told.state == "running" and Image.objects.filter(import_job=job).count() == 2:
            cancel_import(Import.objects.get(pk=job.pk))

    monkeypatch.setattr("annotator.imports.taking.announce", stop)
    run_import(job.pk)
    job.refresh_from_db()
    assert (job.state, len(taken_by(job))) == ("cancelled", 2)
    monkeypatch.undo()
    resume_import(job)
    run_import(job.pk)
    job.refresh_from_db()
    assert (job.state, len(taken_by(job))) == ("finished", 4)
    assert prediction.images.filter(taken_as__isnull=False).count() == 4


def test_what_was_taken_in_can_be_taken_back(
    prediction: Prediction, pond: Pond, lead: APIClient
) -> None:
    job = take(lead, prediction, pond, all=True)
    undo_import(job)
    assert work_off_undo(job.pk) == 4
    assert taken_by(job) == []
    (shown,) = lead.get(f"/api/predictions/{prediction.pk}/images/some/", {"positions": "0"}).json()
    assert shown["image"] is None
    again = take(lead, prediction, pond, positions=[0])
    assert len(taken_by(again)) == 1


def test_images_of_another_dataset(pond: Pond, lead: APIClient) -> None:
    other = make_pond()
    source = other.add_image("heron", split="val")
    Membership.objects.create(dataset=other.dataset, user=pond.lead, role="reviewer")
    prediction = make_prediction(
        pond.dataset, pond.lead, [], source_kind="dataset", source={"dataset": other.dataset.pk}
    )
    add_predicted(
        prediction, 0, [Found(0, 0.5)], source_image=source, sha256=source.sha256,
        file_name="heron.png",
    )  # fmt: skip
    (image,) = taken_by(take(lead, prediction, pond, positions=[0]))
    assert (image.stem, image.sha256) == ("heron", source.sha256)
    # Who is no member of the other dataset carries nothing out of it.
    url = f"/api/predictions/{prediction.pk}/"
    body = {"dataset": pond.dataset.slug, "all": True}
    Membership.objects.filter(dataset=other.dataset, user=pond.lead).delete()
    assert lead.post(f"{url}into-dataset/", body, format="json").status_code == 404
    assert lead.get(f"{url}overlays.zip").status_code == 404


def test_frames_of_a_video(pond: Pond, lead: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """They come with number and time, as one group, and once; decoding them is tested elsewhere."""
    decoded = []

    def frame_jpeg(_: Prediction, position: int) -> bytes:
        decoded.append(position)
        return draw_picture(np.random.default_rng(position))[0]

    monkeypatch.setattr("training.predictions.results.taking.frame_jpeg", frame_jpeg)
    prediction = make_prediction(pond.dataset, pond.lead, [], source_kind="video")
    for position in range(3):
        add_predicted(
            prediction, position, [Found(0, 0.9)], extension="", sha256="", frame=10 * position,
            time_ms=400 * position, file_name=f"pond_{10 * position:06}.jpg",
        )  # fmt: skip
    images = taken_by(take(lead, prediction, pond, positions=[1, 2]))
    assert [(each.stem, each.video_frame, each.video_time_ms) for each in images] == [
        ("pond_000010", 10, 400), ("pond_000020", 20, 800),
    ]  # fmt: skip
    assert len({each.group for each in images} - {""}) == 1
    assert lead.get(f"/api/images/{images[0].pk}/ghosts/").json()["ghosts"]
    again = taken_by(take(lead, prediction, pond, positions=[0, 1]))
    assert [each.video_frame for each in again] == [0]
    assert decoded == [1, 2, 0]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"all": True, "positions": [0]}, 400),
        ({"positions": []}, 400),
        ({"positions": [77]}, 400),
        ({"positions": [3]}, 400),  # could not be read
        ({"all": True, "class_index": 1, "confidence": 1.0}, 400),  # none matches
        ({"all": True, "frobnicate": 1}, 400),
        ({"all": True, "dataset": "nowhere"}, 404),
    ],
)
def test_odd_requests_are_refused(
    prediction: Prediction, pond: Pond, lead: APIClient, body: dict[str, Any], status: int
) -> None:
    url = f"/api/predictions/{prediction.pk}/into-dataset/"
    answer = lead.post(url, {"dataset": pond.dataset.slug, **body}, format="json")
    assert answer.status_code == status, answer.json()
    assert not Import.objects.filter(dataset=pond.dataset).exists()


def test_only_leads_of_the_dataset_take_in(pond: Pond) -> None:
    prediction = make_prediction(pond.dataset, pond.annotator, FOUND)
    other = make_pond()
    url = f"/api/predictions/{prediction.pk}/into-dataset/"
    for user, slug, status in (
        (pond.stranger, pond.dataset.slug, 404),
        (pond.annotator, pond.dataset.slug, 403),
        (pond.reviewer, pond.dataset.slug, 403),
        (pond.lead, other.dataset.slug, 404),
        (other.lead, other.dataset.slug, 404),  # does not see the prediction
        (pond.lead, pond.dataset.slug, 202),
    ):
        answer = client_of(user).post(url, {"dataset": slug, "all": True}, format="json")
        assert answer.status_code == status


# --- ghosts -----------------------------------------------------------------------------------


def over_the_dataset(pond: Pond, image: Image, found: list[Found], **values: Any) -> Prediction:
    prediction = make_prediction(pond.dataset, pond.lead, [], source_kind="dataset", **values)
    add_predicted(
        prediction, 0, found, source_image=image, sha256=image.sha256,
        width=image.width, height=image.height,
    )  # fmt: skip
    return prediction


def test_ghosts_of_the_newest_prediction(pond: Pond) -> None:
    image = pond.add_image("heron", split="train")
    older = over_the_dataset(pond, image, [Found(0, 0.9)])
    newer = over_the_dataset(pond, image, [Found(1, 0.8), Found(0, 0.06)], confidence=0.4)
    url = f"/api/images/{image.pk}/ghosts/"
    for user in pond.members:
        shown = client_of(user).get(url).json()
        assert [each["prediction"] for each in shown["predictions"]] == [newer.pk, older.pk]
        assert (shown["prediction"], shown["confidence"]) == (newer.pk, 0.4)
        ids = {item.name: item.pk for item in pond.classes}
        assert [(ghost["class_id"], ghost["class_name"]) for ghost in shown["ghosts"]] == [
            (ids["diamond"], "diamond"), (ids["disc"], "disc"),
        ]  # fmt: skip
        assert shown["ghosts"][0]["polygon"] == Found(1, 0.8).as_json()["polygon"]
    asked = client_of(pond.lead).get(url, {"prediction": older.pk}).json()
    assert [ghost["confidence"] for ghost in asked["ghosts"]] == [0.9]
    assert client_of(pond.stranger).get(url).status_code == 404
    assert client_of(pond.lead).get(url, {"prediction": 10**6}).status_code == 404


def test_a_class_that_the_dataset_does_not_have(pond: Pond) -> None:
    image = pond.add_image("heron", split="train")
    over_the_dataset(pond, image, [Found(1, 0.8)], class_names=["disc", "crane"])
    (ghost,) = client_of(pond.lead).get(f"/api/images/{image.pk}/ghosts/").json()["ghosts"]
    assert (ghost["class_id"], ghost["class_name"]) == (None, "crane")


def test_predictions_of_others_show_no_ghosts(pond: Pond) -> None:
    """A member of the image's dataset sees no prediction of a dataset that they are no member of,
    and none that somebody keeps to themselves."""
    image = pond.add_image("heron", split="train")
    other = make_pond()
    for dataset, user in ((other.dataset, pond.lead), (None, pond.annotator)):
        prediction = make_prediction(dataset, user, [])
        add_predicted(prediction, 0, [Found(0, 0.5)], taken_as=image)
    url = f"/api/images/{image.pk}/ghosts/"
    empty: dict[str, object] = {
        "predictions": [],
        "prediction": None,
        "confidence": 0.0,
        "ghosts": [],
    }
    assert client_of(pond.lead).get(url).json() == empty
    assert len(client_of(pond.annotator).get(url).json()["ghosts"]) == 1

"""A prediction on many images is gone at once for people; a worker removes it piece by piece."""

import io

import pytest
from rest_framework.test import APIClient

from annotator.kernel.jobs import find_abandoned
from training import paths
from training.models import PredictedImage, Prediction
from training.predictions import predictions
from training.predictions.predictions import keep_predictions
from training.predictions.sources import requested

from .conftest import Room
from .test_sources import png

COUNT = 5


@pytest.fixture
def job(room: Room, monkeypatch: pytest.MonkeyPatch) -> Prediction:
    """A large prediction, for its size here."""
    monkeypatch.setattr(predictions, "MOST_DELETED_AT_ONCE", COUNT - 1)
    files = [requested.Upload(f"{n}.png", io.BytesIO(png(n))) for n in range(COUNT)]
    return room.predict(requested.from_uploads(files, count=COUNT))


def delete(room: Room, job: Prediction) -> APIClient:
    client = APIClient()
    client.force_authenticate(room.pond.lead)
    assert client.delete(f"/api/predictions/{job.pk}/").status_code == 204
    return client


def test_nobody_sees_it_and_the_worker_removes_it(room: Room, job: Prediction) -> None:
    folder = paths.prediction_dir(job)
    client = delete(room, job)
    assert PredictedImage.objects.count() == COUNT, "the request did not wait for that"
    for address in ("", "images/", "columns/"):
        assert client.get(f"/api/predictions/{job.pk}/{address}").status_code == 404
    assert client.get("/api/predictions/").json()["results"] == []
    kinds = {each["kind"] for each in client.get("/api/jobs/").json()}
    assert "prediction" not in kinds
    assert client.post(f"/api/predictions/{job.pk}/resume/").status_code == 404
    assert find_abandoned(Prediction) == []
    keep_predictions(frozenset({"gpu"}))
    assert folder.exists()
    keep_predictions(frozenset({"cpu"}))
    assert not Prediction.all_objects.exists()
    assert not PredictedImage.objects.exists()
    assert not folder.exists()


def test_each_look_removes_a_piece_and_a_kill_leaves_the_rest(
    room: Room, job: Prediction, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete(room, job)
    monkeypatch.setattr(predictions, "DELETE_SECONDS", 0.0)
    images = paths.prediction_dir(job) / "images"

    def die(*_: object) -> None:
        raise SystemExit

    left = []
    for _ in range(COUNT):
        keep_predictions(frozenset({"cpu"}))
        left.append((PredictedImage.objects.count(), len(list(images.iterdir()))))
    assert left == [(0, count) for count in range(COUNT - 1, -1, -1)]
    monkeypatch.setattr(predictions, "_delete", die)
    with pytest.raises(SystemExit):
        keep_predictions(frozenset({"cpu"}))
    assert Prediction.all_objects.filter(pk=job.pk).exists()
    monkeypatch.undo()
    keep_predictions(frozenset({"cpu"}))
    assert not Prediction.all_objects.exists()
    assert not images.exists()

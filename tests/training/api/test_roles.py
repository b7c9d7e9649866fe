"""Every endpoint of the training room × stranger, annotator, reviewer, team lead, nobody."""

import uuid
from typing import NamedTuple

import pytest

from training import paths
from training.models import (
    Evaluation,
    Export,
    PinnedInstance,
    Prediction,
    RunCheck,
    RunGroup,
    RunImport,
    Search,
    Verdict,
)

from ...annotator.conftest import client_of
from ..conftest import Trained


class Case(NamedTuple):
    """``allowed``: who gets past the door; others of the dataset get 403, strangers 404."""

    method: str
    url: str
    allowed: str  # initials of lead, reviewer, annotator


CASES = [
    Case("get", "/api/datasets/{slug}/versions/", "lra"),
    Case("post", "/api/datasets/{slug}/versions/", "l"),
    Case("get", "/api/datasets/{slug}/versions/preview/", "lra"),
    Case("get", "/api/versions/{version}/", "lra"),
    Case("delete", "/api/versions/{version}/", "l"),
    Case("get", "/api/versions/{version}/files/{sha}.png", "lra"),
    Case("get", "/api/versions/{version}/files/{sha}.thumbnail.webp", "lra"),
    Case("get", "/api/versions/{version}/elsewhere/", "lr"),
    Case("get", "/api/versions/{version}/archive.zip", "lr"),
    Case("get", "/api/versions/{version}/train.ipynb", "lr"),
    Case("post", "/api/versions/{version}/run-imports/", "l"),
    Case("get", "/api/datasets/{slug}/run-imports/", "lra"),
    Case("get", "/api/run-imports/{run_import}/", "lra"),
    Case("post", "/api/run-imports/{run_import}/cancel/", "l"),
    Case("delete", "/api/run-imports/{run_import}/", "l"),
    Case("get", "/api/runs/{run}/", "lra"),
    Case("patch", "/api/runs/{run}/", "l"),
    Case("delete", "/api/runs/{run}/", "l"),
    Case("post", "/api/runs/{run}/cancel/", "l"),
    Case("get", "/api/runs/{run}/request/", "lra"),
    Case("get", "/api/runs/{run}/yolo.yaml", "lra"),
    Case("get", "/api/runs/{run}/report.html", "lra"),
    Case("get", "/api/runs/{run}/report.pdf", "lra"),
    Case("get", "/api/run-groups/{group}/", "lra"),
    Case("get", "/api/searches/{search}/", "lra"),
    Case("post", "/api/searches/{search}/stop/", "l"),
    Case("post", "/api/runs/{run}/resume/", "l"),
    Case("get", "/api/runs/{run}/samples/", "lra"),
    Case("get", "/api/runs/{run}/epochs/", "lra"),
    Case("get", "/api/runs/{run}/log/", "lra"),
    Case("get", "/api/runs/{run}/files/", "lra"),
    Case("get", "/api/runs/{run}/files/best.pt", "lr"),
    Case("get", "/api/runs/{run}/evaluations/", "lra"),
    Case("post", "/api/runs/{run}/evaluations/", "lr"),
    Case("get", "/api/evaluations/{evaluation}/", "lra"),
    Case("delete", "/api/evaluations/{queued_evaluation}/", "l"),
    Case("get", "/api/evaluations/{evaluation}/curves/", "lra"),
    Case("get", "/api/evaluations/{evaluation}/confusion/", "lra"),
    Case("get", "/api/evaluations/{evaluation}/figures/", "lra"),
    Case("get", "/api/evaluations/{evaluation}/columns/", "lra"),
    Case("get", "/api/evaluations/{evaluation}/shapes/?keys=0", "lra"),
    Case("get", "/api/evaluations/{evaluation}/objects/", "lra"),
    Case("get", "/api/evaluations/{evaluation}/suspects/", "lra"),
    Case("get", "/api/evaluations/{evaluation}/images/", "lra"),
    Case("get", "/api/evaluations/{evaluation}/images/0/", "lra"),
    Case("get", "/api/evaluations/{evaluation}/pins/", "lra"),
    Case("get", "/api/runs/{run}/progress/", "lra"),
    Case("post", "/api/runs/{run}/progress/", "lr"),
    Case("get", "/api/datasets/{slug}/verdicts/", "lra"),
    Case("post", "/api/datasets/{slug}/verdicts/", "lr"),
    Case("get", "/api/datasets/{slug}/verdicts/summary/", "lra"),
    Case("get", "/api/datasets/{slug}/verdicts/next/", "lra"),
    Case("post", "/api/datasets/{slug}/verdicts/bulk/", "lr"),
    Case("get", "/api/verdicts/{verdict}/", "lr"),  # the annotator's own: test_verdicts_api.py
    Case("patch", "/api/verdicts/{verdict}/", "lr"),
    Case("get", "/api/datasets/{slug}/pins/", "lra"),
    Case("post", "/api/datasets/{slug}/pins/", "lr"),
    Case("delete", "/api/pins/{pin}/", "lr"),
    Case("get", "/api/checkpoints/{checkpoint}/file/", "lr"),
    Case("get", "/api/checkpoints/{checkpoint}/", "lra"),
    Case("patch", "/api/checkpoints/{checkpoint}/", "l"),
    Case("delete", "/api/checkpoints/{checkpoint}/", "l"),
    Case("get", "/api/checkpoints/{checkpoint}/dependants/", "lra"),
    Case("get", "/api/checkpoints/{checkpoint}/exports/", "lra"),
    Case("post", "/api/checkpoints/{checkpoint}/exports/", "l"),
    Case("get", "/api/exports/{export}/", "lra"),
    Case("get", "/api/exports/{export}/file/", "lr"),
    Case("delete", "/api/exports/{export}/", "l"),
    Case("post", "/api/datasets/{slug}/runs/check/", "l"),
    Case("get", "/api/run-checks/{check}/", "l"),
    Case("get", "/api/predictions/{prediction}/", "lra"),
    Case("get", "/api/predictions/{prediction}/images/", "lra"),
    Case("get", "/api/predictions/{prediction}/labels.zip", "lra"),
    Case("get", "/api/predictions/{prediction}/result.json", "lra"),
    Case("post", "/api/predictions/{prediction}/cancel/", "la"),  # the annotator asked for it
    Case("delete", "/api/predictions/{prediction}/", "la"),
]


@pytest.fixture
def places(trained: Trained) -> dict[str, object]:
    prediction = Prediction.objects.create(
        checkpoint=trained.best,
        confidence=0.5,
        device="cpu",
        state="finished",
        created_by=trained.pond.annotator,
    )
    dataset, version = trained.pond.dataset, trained.version
    export = Export.objects.create(
        checkpoint=trained.best,
        format="onnx",
        image_size=64,
        state="finished",
        file_name="best.onnx",
    )
    paths.export_dir(export).mkdir(parents=True, exist_ok=True)
    (paths.export_dir(export) / "best.onnx").write_bytes(b"onnx")
    check = RunCheck.objects.create(
        dataset=dataset, version=version, base_model="yolov8n-seg.yaml", parameters={}
    )
    group = RunGroup.objects.create(dataset=dataset, name="seeds")
    search = Search.objects.create(
        group=group, version=version, request={"epochs": 1}, space=[], trial_count=2
    )
    return {
        "search": search.pk,
        "export": export.pk,
        "check": check.pk,
        "run_import": RunImport.objects.create(
            dataset=dataset, version=version, source_name="run.zip", state="finished"
        ).pk,
        "slug": trained.pond.dataset.slug,
        "version": trained.version.pk,
        "run": trained.run.pk,
        "group": group.pk,
        "evaluation": trained.evaluation.pk,
        "queued_evaluation": Evaluation.objects.create(
            run=trained.run, checkpoint=trained.best, version=version, split="test"
        ).pk,
        "checkpoint": trained.best.pk,
        "prediction": prediction.pk,
        "verdict": Verdict.objects.create(
            dataset=dataset,
            evaluation=trained.evaluation,
            image=dataset.images.get(stem="val-00"),
            key="0",
            side="label",
            index=0,
            kind="extra",
            class_name="disc",
            polygon=[0, 0, 9, 0, 9, 9],
        ).pk,
        "pin": PinnedInstance.objects.create(
            dataset=dataset,
            image=dataset.images.get(stem="val-00"),
            instance_id=uuid.uuid4(),
        ).pk,
        "sha": trained.pond.dataset.images.get(stem="val-00").sha256,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.method} {case.url}")
def test_who_may(trained: Trained, places: dict[str, object], case: Case) -> None:
    url = case.url.format(**places)
    # Last who could change something: a delete that goes through ends the test.
    pond = trained.pond
    people = {"s": pond.stranger, "a": pond.annotator, "r": pond.reviewer, "l": pond.lead}
    answers = {"nobody": getattr(client_of(None), case.method)(url).status_code}
    order = sorted("sarl", key=lambda initial: initial in case.allowed)
    for initial in order:
        status = getattr(client_of(people[initial]), case.method)(url).status_code
        answers[initial] = status
        if status == 204:
            break
    assert answers.pop("nobody") == 401
    assert answers.pop("s") == 404
    for initial, status in answers.items():
        if initial in case.allowed:
            assert status not in (401, 403, 404), (initial, status)
        else:
            assert status == 403, (initial, status)


@pytest.mark.parametrize(
    "url",
    [
        "/api/runs/",
        "/api/runs/latest/",
        "/api/checkpoints/",
        "/api/predictions/",
        "/api/evaluations/",
    ],
)
def test_lists_hold_only_what_is_yours(
    trained: Trained, places: dict[str, object], url: str
) -> None:
    def results(user: object) -> list[object]:
        answer = client_of(user).get(url).json()  # type: ignore[arg-type]
        found: list[object] = answer["results"] if isinstance(answer, dict) else answer
        return found

    assert results(trained.pond.annotator)
    assert results(trained.pond.stranger) == []
    assert client_of(None).get(url).status_code == 401


@pytest.mark.parametrize(
    "url",
    [
        "/api/base-models/",
        "/api/devices/",
        "/api/workers/",
        "/api/jobs/",
        "/api/runs/queue/",
        "/api/training/presets/",
        "/api/training/search-space/",
    ],
)
def test_signed_in_only(trained: Trained, url: str) -> None:
    assert client_of(None).get(url).status_code == 401
    assert client_of(trained.pond.stranger).get(url).status_code == 200


def test_starting_a_run_or_a_prediction(trained: Trained) -> None:
    body = {
        "dataset": trained.pond.dataset.slug,
        "base_model": "yolov8n-seg.yaml",
        "epochs": 1,
        "image_size": 64,
        "batch": 4,
    }
    statuses = {
        user: client_of(user).post("/api/runs/", body).status_code
        for user in (trained.pond.stranger, *trained.pond.members)
    }
    assert list(statuses.values()) == [404, 202, 403, 403]
    group = {**body, "seeds": [1, 2]}
    statuses = {
        user: client_of(user).post("/api/run-groups/", group).status_code
        for user in (trained.pond.stranger, *trained.pond.members)
    }
    assert list(statuses.values()) == [404, 202, 403, 403]
    dimension = {"name": "mosaic", "low": 0, "high": 1}
    search = {**body, "space": [dimension], "trials": 2}
    statuses = {
        user: client_of(user).post("/api/searches/", search).status_code
        for user in (trained.pond.stranger, *trained.pond.members)
    }
    assert list(statuses.values()) == [404, 202, 403, 403]
    predict = {"files": [b""], "checkpoint": trained.best.pk}
    answer = client_of(trained.pond.stranger).post("/api/predictions/", predict, format="multipart")
    assert answer.status_code in (400, 404)


def test_things_of_another_dataset_cannot_be_used_in_ones_own(trained: Trained) -> None:
    """A stranger with a dataset of their own cannot train on or from what is not theirs."""
    from annotator.services.datasets import create_dataset

    stranger = trained.pond.stranger
    own = create_dataset(owner=stranger, name="Own pond", classes=[{"name": "duck"}])
    body = {"dataset": own.slug, "epochs": 1, "image_size": 64, "batch": 4}
    client = client_of(stranger)
    by_version = {**body, "base_model": "yolov8n-seg.yaml", "version": trained.version.pk}
    assert client.post("/api/runs/", by_version).status_code == 404
    by_checkpoint = {**body, "checkpoint": trained.best.pk}
    assert client.post("/api/runs/", by_checkpoint).status_code == 404

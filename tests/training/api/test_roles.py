"""Who may do what: every operation of the API × every kind of person, against docs/roles.md.

The operations are read from the schema, so one without a row in that table fails here. There is one
object of every kind, so that each id exists; every request is rolled back.
"""

import copy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import serializers
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from annotator.api.web.view import APIView
from annotator.models import Dataset
from tests.operations import Operation, list_api_patterns, list_operations
from tests.services import REPOSITORY
from tests.world import add_one_of_each, own_dataset_of
from training.models import Run

from ...annotator.conftest import client_of, png_bytes
from ..conftest import _Snapshot

pytestmark = pytest.mark.django_db

PEOPLE = ("nobody", "stranger", "annotator", "reviewer", "lead", "administrator")
MAY = "✓"
METHODS = ("get", "post", "put", "patch", "delete")
"""In the order of the requests: a deleted run's files are not there afterwards."""

OUTSIDE = [
    Operation("get", "/api/files/images/{image_id}/{sha256}.{extension}"),
    Operation("get", "/api/files/thumbnails/{image_id}/{sha256}.webp"),
    Operation("get", "/api/files/tiles/{image_id}/{sha256}/0/0_0.jpg"),
    Operation("get", "/api/files/windows/{image_id}/{sha256}/{low}-{high}.jpg"),
    Operation("get", "/api/versions/{version_id}/files/{sha256}.{extension}"),
    Operation("get", "/api/versions/{version_id}/files/{sha256}.thumbnail.webp"),
    Operation("get", "/api/synthetic-previews/{preview_id}/files/{name}"),
    Operation("get", "/api/batch-previews/{preview_id}/files/{name}"),
    Operation("get", "/api/predictions/{prediction_id}/files/{position}/{sha256}.{extension}"),
    Operation("get", "/api/predictions/{prediction_id}/files/{position}/{sha256}.thumbnail.webp"),
]
"""Addresses of files, which are no part of the schema."""

RUN = {"base_model": "yolov8n-seg.yaml", "epochs": 1, "image_size": 64, "batch": 4}
OBJECT = {"evaluation": "{evaluation_id}", "key": "0", "side": "label", "index": 0}

BODIES: dict[str, Any] = {
    "PATCH /api/checkpoints/{checkpoint_id}/": {"notes": "x"},
    "POST /api/checkpoints/{checkpoint_id}/exports/": {"format": "torchscript"},
    "PATCH /api/comments/{comment_id}/": {"resolved": True},
    "POST /api/datasets/": {"name": "New"},
    "PATCH /api/datasets/{slug}/": {"description": "x"},
    "POST /api/datasets/{slug}/classes/": {"name": "goose"},
    "PATCH /api/datasets/{slug}/classes/{class_id}/": {"color": "#000000"},
    "POST /api/datasets/{slug}/classes/{class_id}/merge/": {"into": "{class_id}"},
    "POST /api/datasets/{slug}/folder/settle/": {"action": "take"},
    "POST /api/datasets/{slug}/findings/{kind}/repair/": {},
    "POST /api/datasets/{slug}/findings/{kind}/set-aside/": {"ids": ["{image_id}"]},
    "POST /api/datasets/{slug}/splits/": {},
    "POST /api/datasets/{slug}/splits/preview/": {},
    "POST /api/datasets/{slug}/exports/": {},
    "POST /api/datasets/{slug}/images/": {"file": "PNG"},
    "POST /api/datasets/{slug}/classes/{class_id}/attributes/": {
        "attribute": "occluded", "flag": True, "name": "hidden",
    },
    "POST /api/datasets/{slug}/images/simplify-preview/": {
        "ids": ["{image_id}"],
    },
    "POST /api/datasets/{slug}/images/bulk/": {
        "ids": ["{image_id}"], "action": "set_status", "status": "in_progress",
    },
    "POST /api/datasets/{slug}/tags/": {"name": "dusk"},
    "POST /api/datasets/{slug}/views/": {"name": "Mine"},
    "POST /api/datasets/{slug}/imports/": {"file": "ZIP"},
    "POST /api/datasets/{slug}/imports/from-folder/": {"path": "/nowhere"},
    "POST /api/datasets/{slug}/imports/from-url/": {"url": "https://example.org/set.zip"},
    "POST /api/datasets/{slug}/independent/": {
        "ids": ["{second_image}"], "annotator": "{lead_user}",
    },
    "POST /api/datasets/{slug}/members/": {"username": "{somebody}", "role": "annotator"},
    "PATCH /api/datasets/{slug}/members/{member_id}/": {"role": "reviewer"},
    "POST /api/datasets/{slug}/next/": {},
    "POST /api/datasets/{slug}/pins/": {"instance": "{instance}"},
    "POST /api/datasets/{slug}/runs/batches/": RUN,
    "POST /api/datasets/{slug}/runs/check/": RUN,
    "POST /api/datasets/{slug}/trash/images/purge/": {"ids": ["{trashed_image}"]},
    "POST /api/datasets/{slug}/trash/images/restore/": {"ids": ["{trashed_image}"]},
    "POST /api/datasets/{slug}/trash/instances/restore/": {"ids": ["{instance}"]},
    "POST /api/datasets/{slug}/verdicts/": {**OBJECT, "kind": "extra"},
    "POST /api/datasets/{slug}/verdicts/bulk/": {"ids": ["{verdict_id}"], "state": "dismissed"},
    "POST /api/datasets/{slug}/versions/": {},
    "PUT /api/datasets/{slug}/window/": {"low": 0, "high": 200},
    "PATCH /api/images/{image_id}/": {"split": "train"},
    "PUT /api/images/{image_id}/annotation/": {"instances": []},
    "PATCH /api/images/{image_id}/annotation/": {"status": "in_progress"},
    "POST /api/images/{image_id}/comments/": {"text": "Look."},
    "POST /api/images/{image_id}/outline/": {"box": [10, 10, 11, 60]},
    "POST /api/images/{image_id}/presence/": {"tab": "t1"},
    "POST /api/images/{image_id}/review/": {"verdict": "accepted"},
    "POST /api/independent/{independent_id}/": {"keep": "first"},
    "PATCH /api/independent/{independent_id}/annotation/": {"status": "in_progress"},
    "POST /api/me/password/": {"current": "a-pass-word", "new": "a-longer-pass-word"},
    "POST /api/me/tokens/": {"name": "a script"},
    "POST /api/predictions/": {"files": "PNG", "checkpoint": "{checkpoint_id}"},
    "POST /api/weights/": {"file": "PT", "dataset": "{slug}"},
    "POST /api/weights/pretrained/": {"name": "yolo11n-seg.pt"},
    "POST /api/predictions/{prediction_id}/burnt-in/": {"confidence": 0.5},
    "POST /api/predictions/{prediction_id}/into-dataset/": {
        "dataset": "{slug}", "positions": [0],
    },
    "POST /api/run-groups/": {**RUN, "dataset": "{slug}", "seeds": [1, 2]},
    "POST /api/runs/": {**RUN, "dataset": "{slug}"},
    "PATCH /api/runs/{run_id}/": {"name": "x"},
    "POST /api/runs/{run_id}/cancel/": {"mode": "now"},
    "POST /api/runs/{run_id}/evaluations/": {"split": "test"},
    "POST /api/runs/{run_id}/report.html": {"logo": "PNG"},
    "POST /api/runs/{run_id}/report.pdf": {"logo": "PNG"},
    "POST /api/runs/{run_id}/progress/": {"against": "{again_id}"},
    "POST /api/searches/": {
        **RUN, "dataset": "{slug}", "trials": 2,
        "space": [{"name": "mosaic", "low": 0, "high": 1}],
    },
    "POST /api/served/": {"name": "more-ponds", "model": "checkpoint:{checkpoint_id}"},
    "PATCH /api/served/{name}/": {"requests_per_minute": 60},
    "POST /api/served/{name}/move/": {"model": "export:{export_id}"},
    "POST /api/served/{name}/candidates/measure/": {"model": "checkpoint:{checkpoint_id}"},
    "POST /api/models/{name}/predict/": {"file": "PNG"},
    "POST /api/predict-once/": {"file": "PNG"},
    "POST /api/session/": {"username": "{somebody}", "password": "a-pass-word"},
    "PATCH /api/verdicts/{verdict_id}/": {"state": "dismissed"},
    "PATCH /api/versions/{version_id}/": {"name": "x"},
    "POST /api/versions/{version_id}/checks/": {"image_size": 640},
    "POST /api/versions/{version_id}/synthetic/": {"classes": ["disc"], "images": 3},
    "POST /api/versions/{version_id}/synthetic/preview/": {"classes": ["disc"]},
    "POST /api/versions/{version_id}/synthetic/verdict/": RUN,
    "POST /api/version-checks/{check_id}/repair/": {"kind": "duplicate"},
    "POST /api/versions/{version_id}/restore/": {},
    "POST /api/versions/{version_id}/run-imports/": {"file": "ZIP"},
    "PATCH /api/workers/{worker_id}/": {"mode": "pause"},
}  # fmt: skip

_COMPARED = "?before={version_number}&state=0000000000000000"
QUERIES = {
    "GET /api/datasets/{slug}/versions/differences/": "?before={version_number}",
    "GET /api/datasets/{slug}/versions/differences.csv": _COMPARED,
    "GET /api/datasets/{slug}/versions/differences.json": _COMPARED,
    "GET /api/datasets/{slug}/versions/differences/images/": _COMPARED,
    "GET /api/datasets/{slug}/versions/differences/images/{position}/": _COMPARED,
    "GET /api/version-checks/{check_id}/images/": "?kind=duplicate",
    "GET /api/predictions/{prediction_id}/images/some/": "?positions=0",
    "DELETE /api/images/{image_id}/presence/": "?tab=t1",
    "POST /api/predict-once/": "?model=checkpoint:{checkpoint_id}",
    "GET /api/evaluations/{evaluation_id}/shapes/": "?keys=0",
    "GET /api/runs/{run_id}/synthetic-verdict/": "?other={run_id}",
    "GET /api/evaluations/compare/": "?ids={evaluation_id},{again_evaluation}",
    "GET /api/evaluations/compare/images/": "?ids={evaluation_id},{again_evaluation}",
    "GET /api/evaluations/compare/objects/": "?ids={evaluation_id},{again_evaluation}&flip=lost",
}

OTHER_IDS = {
    "/synthetic-previews/{preview_id}/files/": {"name": "synthetic_name"},
    "/batch-previews/{preview_id}/files/": {
        "preview_id": "batch_preview_id",
        "name": "batch_name",
    },
    "/batch-previews/{preview_id}/": {"preview_id": "batch_preview_id"},
    "/version-checks/{check_id}/": {"check_id": "version_check_id"},
    "GET /api/imports/": {"import_id": "job_id"},
    "POST /api/imports/": {"import_id": "job_id"},
    "dataset-exports/{export_id}": {"export_id": "dataset_export_id"},
    "run-imports/{import_id}": {"import_id": "run_import_id"},
    "DELETE /api/evaluations/": {"evaluation_id": "queued_evaluation"},
    "GET /api/independent/{independent_id}/": {"independent_id": "compared"},
    "POST /api/independent/{independent_id}/": {"independent_id": "compared"},
    "/predictions/{prediction_id}/files/": {"sha256": "predicted_sha256"},
    "/images/{image_id}/values/": {"image_id": "deep_image"},
    "/served/{name}/": {"name": "served_name"},
    "/models/{name}/": {"name": "served_name"},
    "/files/windows/": {"image_id": "deep_image", "sha256": "upload_sha256"},
}
"""Where an address asks for another object than its kind's usual one."""

STATE_IN_THE_WAY = {
    "GET /api/datasets/{slug}/versions/differences/": 409,  # its files are gone
    "GET /api/datasets/{slug}/versions/differences.csv": 409,  # nobody has begun to compare
    "GET /api/datasets/{slug}/versions/differences.json": 409,
    "GET /api/datasets/{slug}/versions/differences/images/": 409,
    "GET /api/datasets/{slug}/versions/differences/images/{position}/": 409,
    "GET /api/versions/{version_id}/restore/preview/": 409,  # its files are gone
    "GET /api/versions/{version_id}/synthetic/verdict/": 409,  # nobody has asked
    "POST /api/versions/{version_id}/synthetic/verdict/": 400,  # it has no synthetic examples
    "GET /api/version-checks/{check_id}/images/": 409,  # nobody has made it yet
    "POST /api/changes/{change_id}/undo/": 409,  # it changed no labels
    # Past the door, and refused for what the object is: the status that says so.
    "GET /api/exports/{export_id}/file/": 409,  # it has no certificate yet
    "DELETE /api/datasets/{slug}/": 409,  # a model of it is served
    "DELETE /api/versions/{version_id}/": 409,  # a run uses it
    "DELETE /api/runs/{run_id}/": 409,  # an evaluation of it waits
    "DELETE /api/checkpoints/{checkpoint_id}/": 409,  # the same
    "POST /api/searches/{search_id}/stop/": 409,  # it has ended
    "DELETE /api/trash/datasets/{dataset_id}/": 409,  # it is not in the trash
    "DELETE /api/datasets/{slug}/classes/{class_id}/": 409,  # objects have it
    "POST /api/datasets/{slug}/classes/{class_id}/merge/": 409,  # into itself
    "POST /api/datasets/{slug}/classes/{class_id}/attributes/": 400,  # none is occluded
    "GET /api/images/{image_id}/tiles/": 409,  # it is too small for tiles
    "POST /api/images/{image_id}/outline/": 400,  # a box without inside
    "POST /api/images/{image_id}/review/": 412,
    "PUT /api/images/{image_id}/annotation/": 412,
    "PATCH /api/images/{image_id}/annotation/": 412,
    "POST /api/datasets/{slug}/images/": 400,
    "POST /api/datasets/{slug}/imports/": 400,
    "POST /api/datasets/{slug}/imports/from-folder/": 400,  # no folder is open to imports
    "POST /api/datasets/{slug}/uploads/": 412,  # what is not tus
    "PATCH /api/uploads/{upload_id}/": 412,
    "DELETE /api/uploads/{upload_id}/": 412,
    "POST /api/versions/{version_id}/run-imports/": 400,
    "POST /api/runs/{run_id}/cancel/": 409,
    "POST /api/runs/{run_id}/resume/": 409,
    "POST /api/predictions/{prediction_id}/cancel/": 409,
    "GET /api/predictions/{prediction_id}/burnt-in/": 409,  # it is not on a video
    "POST /api/predictions/{prediction_id}/burnt-in/": 409,  # it is not on a video
    "GET /api/predictions/{prediction_id}/frames.csv": 409,  # it is not on a video
    "GET /api/predictions/{prediction_id}/frames/": 409,  # it is not on a video
    "GET /api/predictions/{prediction_id}/frames/{position}.jpg": 409,  # it is not on a video
    "GET /api/predictions/{prediction_id}/timeline/": 409,  # it is not on a video
    "GET /api/predictions/{prediction_id}/tracks/": 409,  # it is not on a video
    "GET /api/predictions/{prediction_id}/video": 409,  # it is not on a video
    "GET /api/predictions/{prediction_id}/burnt-in/{file_id}.mp4": 409,  # it was not made
    "POST /api/predictions/{prediction_id}/pause/": 409,
    "POST /api/predictions/{prediction_id}/resume/": 409,
    "POST /api/predictions/uploads/": 412,  # what is not tus
    "POST /api/imports/{import_id}/cancel/": 409,
    "POST /api/imports/{import_id}/begin/": 409,  # it is no dry run
    "POST /api/imports/{import_id}/look-again/": 409,  # the same
    "POST /api/imports/{import_id}/resume/": 409,  # it has not stopped
    "POST /api/run-imports/{import_id}/cancel/": 409,
    "POST /api/served/{name}/back/": 409,  # it was never moved
    "POST /api/served/{name}/move/": 400,  # the export is not ready
    "POST /api/served/{name}/candidates/measure/": 503,  # no worker runs here
    "POST /api/models/{name}/predict/": 503,
    "POST /api/predict-once/": 503,
    "GET /api/health/": 503,  # no worker runs here
    "GET /api/training/arguments/": 503,
}


@dataclass
class World:
    places: dict[str, Any]
    own: Dataset
    clients: dict[str, APIClient]


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def world(_trained_snapshot: _Snapshot, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Made once, in a transaction that is rolled back after the last test."""
    with django_db_blocker.unblock(), rolled_back():
        for row in serializers.deserialize("json", _trained_snapshot.rows):
            row.save()
        dataset_id, *ids = _trained_snapshot.pond
        lead, reviewer, annotator, stranger = (User.objects.get(pk=pk) for pk in ids)
        administrator = User.objects.create_superuser("admin-of-all", password="a-pass-word")
        places = add_one_of_each(
            Run.objects.get(pk=_trained_snapshot.run), lead=lead, other=annotator
        )
        places["somebody"] = User.objects.create_user("somebody", password="a-pass-word").username
        people = (None, stranger, annotator, reviewer, lead, administrator)
        assert Dataset.objects.get(pk=dataset_id).slug == places["slug"]
        yield World(
            places,
            own_dataset_of(stranger),
            {name: client_of(user) for name, user in zip(PEOPLE, people, strict=True)},
        )


def ask(world: World, person: str, operation: Operation, **instead: Any) -> Any:
    """The answer to one request, whatever it did undone."""
    names = {**world.places, **instead}
    for part, others in OTHER_IDS.items():
        if part in operation.name:
            names |= {name: names[other] for name, other in others.items()}
    address = fill(operation.path + QUERIES.get(operation.name, ""), names)
    body = fill(BODIES.get(operation.name), names)
    return send(world.clients[person], operation, address, body)


def send(client: APIClient, operation: Operation, address: str, body: Any) -> Any:
    kept = copy.deepcopy(client.cookies)  # signing out is undone, too
    try:
        with rolled_back():
            return getattr(client, operation.method)(
                address,
                body,
                headers={"If-Match": '"0"'} if operation.method != "get" else {},
                **({"format": "multipart"} if operation.takes_form else {}),
            )
    finally:
        client.cookies = kept


def fill(value: Any, names: dict[str, Any]) -> Any:
    if isinstance(value, str):
        match value:
            case "PNG":
                return SimpleUploadedFile("new.png", png_bytes())
            case "PT":
                return SimpleUploadedFile("new.pt", b"no model")
            case "ZIP":
                return SimpleUploadedFile("new.zip", b"no archive")
        filled = value.format(**names)
        return int(filled) if filled.isdecimal() and value != filled else filled
    if isinstance(value, list):
        return [fill(item, names) for item in value]
    if isinstance(value, dict):
        return {key: fill(item, names) for key, item in value.items()}
    return value


def read_table() -> dict[str, list[str]]:
    """``{"GET /api/…": [a cell for each person]}`` of docs/roles.md."""
    text = (REPOSITORY / "docs" / "roles.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z]+ /[^`]+)` \|(.+)\|$", text, re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split("|")] for name, cells in rows}


OPERATIONS: list[Operation] = [*list_operations(), *OUTSIDE]
IN_ORDER = [item for method in METHODS for item in OPERATIONS if item.method == method]


def test_every_operation_has_a_row() -> None:
    names = [operation.name for operation in OPERATIONS]
    assert sorted(read_table()) == sorted(names)
    views = {view.cls for _, view in list_api_patterns() if _is_ours(view)}
    handlers = sum(hasattr(view, method) for view in views for method in METHODS)
    assert handlers == len(names), "an address outside the schema is missing in OUTSIDE"


def _is_ours(view: Any) -> bool:
    return isinstance(getattr(view, "cls", None), type) and issubclass(view.cls, APIView)


@pytest.mark.parametrize(
    "operation",
    IN_ORDER,
    ids=lambda item: item.name,
)
def test_who_may(world: World, operation: Operation) -> None:
    expected = read_table()[operation.name]
    answers = [ask(world, person, operation) for person in PEOPLE]
    allowed = STATE_IN_THE_WAY.get(operation.name)
    found = [
        MAY
        if answer.status_code < 400 or answer.status_code == allowed
        else str(answer.status_code)
        for answer in answers
    ]
    assert found == expected, [getattr(answer, "content", b"")[:300] for answer in answers]
    for person, answer in zip(PEOPLE, answers, strict=True):
        if answer.status_code >= 400 and answer.status_code != allowed:
            assert answer["Content-Type"] == "application/problem+json"
            assert answer.json()["detail"].endswith(".")
        elif person in ("nobody", "stranger", "administrator") and not answer.streaming:
            assert world.places["slug"].encode() not in answer.content, f"{person} sees the dataset"


IN_A_DATASET = [
    operation
    for operation in OPERATIONS
    if "/datasets/{slug}/" in operation.path
    and ("_id}" in operation.path or re.search(r"\{\w+\}", str(BODIES.get(operation.name))))
]


@pytest.mark.parametrize("operation", IN_A_DATASET, ids=lambda item: item.name)
def test_what_lies_in_another_dataset_is_out_of_reach(world: World, operation: Operation) -> None:
    """The lead of another dataset names foreign things under the address of their own."""
    names = {**world.places, "slug": world.own.slug}
    with rolled_back():
        before = rows_of_everything()
        answer = ask_in(world, operation, names)
        after = rows_of_everything()
    changed = {key for key, row in before.items() if after.get(key) != row}
    assert not changed, (answer.status_code, changed)
    if answer.status_code < 400:
        body = answer.json()
        of_costs = sum(cost["points_before"] for cost in body.get("costs", []))
        found = body.get("changed", of_costs)
        assert "members" in operation.path or found == 0, answer.content


def ask_in(world: World, operation: Operation, names: dict[str, Any]) -> Any:
    return getattr(world.clients["stranger"], operation.method)(
        fill(operation.path, names),
        fill(BODIES.get(operation.name), names),
        **({"format": "multipart"} if operation.takes_form else {}),
    )


def rows_of_everything() -> dict[tuple[str, str], Any]:
    from tests.probe import probed_models

    rows = [row for model in probed_models() for row in model._base_manager.all()]
    return {
        (row["model"], str(row["pk"])): row["fields"]
        for row in serializers.serialize("python", rows)
        if row["model"] != "auth.user"
    }


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("POST /api/runs/", {**RUN, "dataset": "{slug}", "version": "{version_id}"}),
        ("POST /api/runs/", {**RUN, "base_model": None, "checkpoint": "{checkpoint_id}"}),
        ("POST /api/run-groups/", {**RUN, "seeds": [1], "version": "{version_id}"}),
        ("POST /api/searches/", {**BODIES["POST /api/searches/"], "version": "{version_id}"}),
        ("POST /api/datasets/{slug}/runs/check/", {**RUN, "version": "{version_id}"}),
    ],
)
def test_runs_start_from_nothing_of_another_dataset(world: World, name: str, body: Any) -> None:
    path = name.split()[1].format(slug=world.own.slug)
    values = {key: value for key, value in body.items() if value is not None}
    if "check" not in path:
        values["dataset"] = "{slug}"
    filled = fill(values, {**world.places, "slug": world.own.slug})
    with rolled_back():
        assert world.clients["stranger"].post(path, filled).status_code == 404

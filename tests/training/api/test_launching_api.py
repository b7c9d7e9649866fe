"""Before a run starts: presets, arguments, several runs at once, the same run again."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_django import Settings
from rest_framework.test import APIClient

from training import paths
from training.engine.training.argument_rules import known_arguments
from training.jobs.weights import can_fetch_weights
from training.models import Run

from ...annotator.conftest import client_of
from ..conftest import Trained
from .test_training_api import REQUEST, get


@pytest.fixture
def lead(trained: Trained) -> APIClient:
    return client_of(trained.pond.lead)


@pytest.fixture
def body(trained: Trained) -> dict[str, Any]:
    return {**REQUEST, "dataset": trained.pond.dataset.slug, "version": trained.version.pk}


def test_a_preset_can_be_posted_as_it_is(lead: APIClient, body: dict[str, Any]) -> None:
    paths.weights_reachable_path().unlink(missing_ok=True)
    presets = get(lead, "/api/training/presets/")
    assert {item["values"]["base_model"][:6] for item in presets} == {"yolo26"}
    assert [item["id"] for item in presets] == ["quick", "balanced", "best"]
    for preset in presets:
        answer = lead.post("/api/runs/", {**body, **preset["values"]})
        assert answer.status_code == 202, answer.content


@pytest.mark.parametrize("why", ["switched off", "no way"])
def test_start_refuses_weights_that_are_neither_here_nor_to_be_had(
    lead: APIClient, body: dict[str, Any], settings: Settings, why: str
) -> None:
    path = paths.weights_reachable_path()
    if why == "switched off":
        settings.ALLOW_WEIGHTS_DOWNLOAD = False
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"reachable": False, "at": time.time()}))
    try:
        models = {item["id"]: item for item in get(lead, "/api/base-models/")}
        assert not models["yolo26n-seg.pt"]["can_start"]
        assert models["yolo26n-seg.yaml"]["can_start"]
        assert next(iter(models)).startswith("yolo26")  # the newest first
        for url, more in (
            ("/api/runs/", {}),
            (f"/api/datasets/{body['dataset']}/runs/check/", {}),
            ("/api/run-groups/", {"seeds": [1, 2]}),
        ):
            asked = {**body, "base_model": "yolo26n-seg.pt", **more}
            if "/datasets/" in url:  # which the address names
                del asked["dataset"]
            answer = lead.post(url, asked)
            assert (answer.status_code, answer.json()["code"]) == (409, "weights_missing"), url
            sentence = answer.json()["detail"]
            assert str(paths.weights_dir() / "yolo26n-seg.pt") in sentence
            assert "from scratch with yolo26n-seg.yaml" in sentence
            assert why in sentence
        assert not Run.objects.filter(base_model="yolo26n-seg.pt").exists()

        weights = paths.weights_dir() / "yolo26n-seg.pt"
        weights.parent.mkdir(parents=True, exist_ok=True)
        weights.touch()
        try:
            answer = lead.post("/api/runs/", {**body, "base_model": "yolo26n-seg.pt"})
            assert answer.status_code == 202, answer.content
        finally:
            weights.unlink()
    finally:
        path.unlink(missing_ok=True)


def test_what_a_worker_found_long_ago_does_not_stop_a_start(settings: Settings) -> None:
    path = paths.weights_reachable_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"reachable": False, "at": time.time() - 3600}))
    assert can_fetch_weights()
    path.unlink()


@pytest.fixture
def told_arguments() -> Any:
    path = paths.train_arguments_path()
    argument = {
        **{"name": "mosaic", "default": "1.0", "kind": "float", "minimum": 0.0, "maximum": 1.0},
        **{"choices": None, "help": "Probability of mosaic.", "group": "augmentation"},
    }
    told = {"ultralytics": "8.4", "arguments": [argument, {**argument, "name": "epochs"}]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told))
    yield
    path.unlink()


def test_arguments_are_those_of_ultralytics(
    lead: APIClient, body: dict[str, Any], told_arguments: None
) -> None:
    told = get(lead, "/api/training/arguments/")
    assert [item["name"] for item in told["arguments"]] == ["mosaic"]  # epochs has its own field
    run = lead.post("/api/runs/", {**body, "arguments": {"mosaic": 0.5}}).json()
    assert run["parameters"]["arguments"] == {"mosaic": 0.5}
    for arguments in ({"mosaik": 0.5}, {"epochs": 3}):
        refused = lead.post("/api/runs/", {**body, "arguments": arguments})
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_argument")
    assert lead.post("/api/runs/", {**body, "arguments": {"mosaic": [1]}}).status_code == 400


def test_before_a_worker_has_told_them_they_are_those_of_our_ultralytics(lead: APIClient) -> None:
    told = get(lead, "/api/training/arguments/")
    assert told["ultralytics"] == known_arguments()["ultralytics"]
    assert {"mosaic", "degrees", "optimizer"} <= {item["name"] for item in told["arguments"]}


def _out_of_range() -> list[tuple[str, Any, str]]:
    """For each argument a value of another type, and one beyond each end of its range."""
    cases: list[tuple[str, Any, str]] = []
    for item in known_arguments()["arguments"]:
        name = item["name"]
        if item["choices"] is not None:
            cases.append((name, "nonsense", "choose one of"))
        elif item["kind"] == "bool":
            cases.append((name, 3, "true or false"))
        elif item["kind"] == "str":
            cases.append((name, 3, "a text"))
        else:
            assert item["minimum"] is not None, name
            assert item["maximum"] is not None or name == "freeze", name
            cases.append((name, "many", "a whole number" if item["kind"] == "int" else "a number"))
            cases.append((name, True, "number"))
            cases.append((name, item["minimum"] - 1, f"from {item['minimum']:g} to"))
            if item["maximum"] is not None:
                cases.append((name, item["maximum"] * 1000 + 1, f"to {item['maximum']:g}"))
            if item["kind"] == "int":
                cases.append((name, item["minimum"] + 0.5, "a whole number"))
    return cases


def test_every_argument_s_type_and_range_is_checked(lead: APIClient, body: dict[str, Any]) -> None:
    before = Run.objects.count()
    for name, value, words in _out_of_range():
        answer = lead.post("/api/runs/", {**body, "arguments": {name: value}}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_argument"), (name, value)
        sentence = answer.json()["detail"]
        assert sentence.startswith(f"The argument “{name}” cannot be {json.dumps(value)}: ")
        assert words in sentence
    assert Run.objects.count() == before
    typo = lead.post("/api/runs/", {**body, "arguments": {"mosaik": 1}}, format="json")
    assert "Did you mean “mosaic”?" in typo.json()["detail"]
    for field in ("learning_rate",):
        for value in ("nan", "inf", 2, -1):
            assert lead.post("/api/runs/", {**body, field: value}).status_code == 400, value


def test_models_times_seeds_make_a_group(lead: APIClient, body: dict[str, Any]) -> None:
    del body["version"]
    models = ["yolov8n-seg.yaml", "yolo11n-seg.yaml"]
    del body["base_model"]
    answer = lead.post(
        "/api/run-groups/", {**body, "name": "sizes", "models": models, "seeds": [1, 2]}
    )
    assert answer.status_code == 202, answer.content
    group = answer.json()
    assert [(run["base_model"], run["parameters"]["seed"]) for run in group["runs"]] == [
        (model, seed) for model in models for seed in (1, 2)
    ]
    assert len({run["version"]["id"] for run in group["runs"]}) == 1
    assert group["runs"][0]["name"] == "sizes yolov8n-seg seed 1"
    for run, score in zip(group["runs"], (0.5, 0.7, 0.5, 0.7), strict=True):
        mask = dict.fromkeys(("precision", "recall", "map50", "map50_95"), score)
        Run.objects.filter(pk=run["id"]).update(state="finished", best_mask=mask)
    told = get(lead, f"/api/run-groups/{group['id']}/")
    assert told["finished_count"] == 4
    spread = [item for item in told["spread"] if item["metric"] == "map50"]
    assert [item["model"] for item in spread] == models
    for item in spread:
        assert item["run_count"] == 2
        assert item["mean"] == pytest.approx(0.6)
        assert item["deviation"] == pytest.approx(0.141421, abs=1e-4)
    nothing = dict.fromkeys(("precision", "recall", "map50", "map50_95"), 0.0)
    Run.objects.filter(base_model=models[0]).update(best_mask=nothing)
    told = get(lead, f"/api/run-groups/{group['id']}/")
    assert {item["model"] for item in told["spread"]} == {models[1]}  # no "0.000 ± 0.000"


def test_models_times_folds_share_the_folds(lead: APIClient, body: dict[str, Any]) -> None:
    del body["base_model"]
    models = ["yolov8n-seg.yaml", "yolo11n-seg.yaml"]
    answer = lead.post("/api/run-groups/", {**body, "models": models, "seed": 7, "folds": 2})
    assert answer.status_code == 202, answer.content
    folds = [run["parameters"]["fold"] for run in answer.json()["runs"]]
    assert folds == [{"number": number, "count": 2, "seed": 7} for number in (1, 2)] * 2
    again = get(lead, f"/api/runs/{answer.json()['runs'][1]['id']}/request/")
    assert lead.post("/api/runs/", again).json()["parameters"]["fold"] == folds[1]
    refused = lead.post("/api/run-groups/", {**body, "models": models, "folds": 20})
    assert (refused.status_code, refused.json()["code"]) == (400, "wrong_fold")


def test_the_runs_of_a_group_are_listed_by_it(
    trained: Trained, lead: APIClient, body: dict[str, Any]
) -> None:
    group = lead.post("/api/run-groups/", {**body, "name": "seeds", "seeds": [1, 2]}).json()
    listed = get(lead, f"/api/runs/?group={group['id']}")["results"]
    assert [run["name"] for run in listed] == ["seeds seed 2", "seeds seed 1"]
    assert {(run["group"], run["group_name"]) for run in listed} == {(group["id"], "seeds")}
    alone = get(lead, f"/api/runs/{trained.run.pk}/")
    assert (alone["group"], alone["group_name"]) == (None, "")
    assert lead.get("/api/runs/?group=first").status_code == 400
    stranger = client_of(trained.pond.stranger)
    assert get(stranger, f"/api/runs/?group={group['id']}")["results"] == []


@pytest.mark.parametrize(
    "change", [{}, {"seeds": [1]}, {"seeds": list(range(50)), "models": ["a"] * 2}]
)
def test_a_group_is_more_than_one_run(
    lead: APIClient, body: dict[str, Any], change: dict[str, Any]
) -> None:
    if "models" in change:
        del body["base_model"]
    answer = lead.post("/api/run-groups/", {**body, **change})
    assert (answer.status_code, answer.json()["code"]) == (400, "group_size")
    assert Run.objects.count() == 1


def test_one_that_is_refused_starts_none(lead: APIClient, body: dict[str, Any]) -> None:
    del body["base_model"]
    answer = lead.post("/api/run-groups/", {**body, "models": ["yolov8n-seg.yaml", "nonsense.pt"]})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_base_model")
    assert Run.objects.count() == 1


def test_the_same_run_again(trained: Trained, lead: APIClient) -> None:
    request = get(lead, f"/api/runs/{trained.run.pk}/request/")
    answer = lead.post("/api/runs/", request)
    assert answer.status_code == 202, answer.content
    again, first = answer.json(), get(lead, f"/api/runs/{trained.run.pk}/")
    for name in ("parameters", "version", "base_model", "name"):
        assert again[name] == first[name], name


def test_plain_yolo_takes_the_yaml(trained: Trained, lead: APIClient) -> None:
    answer = lead.get(f"/api/runs/{trained.run.pk}/yolo.yaml")
    arguments = yaml.safe_load(answer.content)
    assert Path(arguments["data"]).is_file()
    trained_with = yaml.safe_load((paths.run_dir(trained.run) / "args.yaml").read_text())
    for name in ("task", "mode", "data", "epochs", "imgsz", "batch", "seed", "patience", "device"):
        assert arguments[name] == trained_with[name], name

"""Searches over the API: asked for, looked at, stopped."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from training.models import Run
from training.searches.searching import advance_search

from ...annotator.conftest import client_of
from ..conftest import QueryCounter, Trained
from .test_training_api import REQUEST, get

SPACE = [
    {"name": "lr0", "low": 0.0001, "high": 0.01, "log": True},
    {"name": "close_mosaic", "low": 0, "high": 10, "kind": "int"},
]


@pytest.fixture
def lead(trained: Trained) -> APIClient:
    return client_of(trained.pond.lead)


@pytest.fixture
def body(trained: Trained) -> dict[str, Any]:
    place = {"dataset": trained.pond.dataset.slug, "version": trained.version.pk}
    return {**REQUEST, **place, "name": "tune", "space": SPACE, "trials": 6, "parallel": 2}


def test_a_search_is_a_group_of_runs(lead: APIClient, body: dict[str, Any]) -> None:
    answer = lead.post("/api/searches/", body)
    assert answer.status_code == 202, answer.content
    search = answer.json()
    assert (search["state"], search["trials"], search["best"]) == ("running", [], None)
    advance_search(search["id"])
    told = get(lead, f"/api/searches/{search['id']}/")
    assert [trial["run_name"] for trial in told["trials"]] == ["tune trial 1", "tune trial 2"]
    run = get(lead, f"/api/runs/{told['trials'][1]['run']}/")
    assert (run["search"], run["group"], run["group_name"]) == (
        search["id"],
        search["group"],
        "tune",
    )
    parameters = told["trials"][1]["parameters"]
    assert run["parameters"]["learning_rate"] == parameters["lr0"]
    assert run["parameters"]["arguments"] == {"close_mosaic": parameters["close_mosaic"]}
    assert isinstance(parameters["close_mosaic"], int)
    assert get(lead, f"/api/run-groups/{search['group']}/")["search"] == search["id"]
    # such a run can be asked for again, and longer
    again = {**get(lead, f"/api/runs/{run['id']}/request/"), "epochs": 9}
    assert lead.post("/api/runs/", again).status_code == 202


def test_stopping_at_once_cancels_what_trains(lead: APIClient, body: dict[str, Any]) -> None:
    search = lead.post("/api/searches/", body).json()
    advance_search(search["id"])
    run = get(lead, f"/api/searches/{search['id']}/")["trials"][0]["run"]
    Run.objects.filter(pk=run).update(state="running")
    answer = lead.post(f"/api/searches/{search['id']}/stop/", {"cancel_runs": True})
    assert answer.status_code == 200, answer.content
    assert answer.json()["state"] == "stopped"
    assert [trial["state"] for trial in answer.json()["trials"]] == ["cancelling", "cancelled"]
    again = lead.post(f"/api/searches/{search['id']}/stop/")
    assert (again.status_code, again.json()["code"]) == (409, "search_ended")


@pytest.mark.parametrize(
    "change",
    [
        {"space": []},
        {"space": [{"name": "epochs", "low": 1, "high": 2}]},
        {"trials": 1},
        {"parallel": 0},
        {"pruner": "guess"},
        {"base_model": "nonsense.pt"},
    ],
)
def test_what_makes_no_sense_is_refused(
    lead: APIClient, body: dict[str, Any], change: dict[str, Any]
) -> None:
    assert lead.post("/api/searches/", {**body, **change}).status_code == 400
    assert Run.objects.count() == 1


def test_proposals_say_where_to_begin(lead: APIClient) -> None:
    proposals = get(lead, "/api/training/search-space/")
    assert {"lr0", "mosaic", "copy_paste"} <= {item["dimension"]["name"] for item in proposals}


def test_many_trials_cost_no_more_queries(
    lead: APIClient, body: dict[str, Any], count_queries: QueryCounter
) -> None:
    search = lead.post("/api/searches/", {**body, "parallel": 1}).json()
    address = f"/api/searches/{search['id']}/"
    advance_search(search["id"])
    few = count_queries(lambda: get(lead, address))
    Run.objects.filter(trial__search=search["id"]).update(state="finished")
    advance_search(search["id"])
    assert count_queries(lambda: get(lead, address)) == few

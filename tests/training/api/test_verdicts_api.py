"""The endpoints of verdicts and must-find objects."""

import pytest
from rest_framework.test import APIClient

from training.models import Verdict

from ...annotator.conftest import client_of
from ..conftest import Pond, QueryCounter
from ..judged import Judged, square, start_judged


@pytest.fixture
def judged(pond: Pond) -> Judged:
    return start_judged(pond, found={"val-00": [(1, square(0, 0, 6), 0.8)]})


@pytest.fixture
def reviewer(judged: Judged) -> APIClient:
    return client_of(judged.pond.reviewer)


def give(client: APIClient, judged: Judged, index: int, kind: str = "extra", **more: object) -> int:
    body = {
        "evaluation": judged.evaluation.pk,
        "key": "1",
        "side": "label",
        "index": index,
        "kind": kind,
        **more,
    }
    answer = client.post(url_of(judged), body, format="json")
    assert answer.status_code == 201, answer.json()
    number: int = answer.json()["id"]
    return number


def url_of(judged: Judged, rest: str = "") -> str:
    return f"/api/datasets/{judged.pond.dataset.slug}/verdicts/{rest}"


def ids(client: APIClient, judged: Judged, query: str = "") -> list[int]:
    return [item["id"] for item in client.get(url_of(judged, query)).json()["results"]]


def test_a_verdict_tells_where_it_is_and_whose(judged: Judged, reviewer: APIClient) -> None:
    annotator = judged.pond.annotator
    body = {
        "evaluation": judged.evaluation.pk,
        "key": "0",
        "side": "prediction",
        "index": 0,
        "kind": "missing",
        "comment": "look here",
        "assignee": annotator.pk,
    }
    found = reviewer.post(url_of(judged), body, format="json").json()
    assert found["image"] == str(judged.images[0].pk)
    assert found["run"] == judged.run.pk
    assert (found["class_name"], found["kind"], found["state"]) == ("diamond", "missing", "open")
    assert found["polygon"] == square(0, 0, 6)
    assert found["comment"] == "look here"
    assert found["assignee"]["id"] == annotator.pk
    assert client_of(annotator).get(f"/api/verdicts/{found['id']}/").json() == found


def test_annotators_see_and_fix_what_is_assigned_to_them(
    judged: Judged, reviewer: APIClient
) -> None:
    theirs = give(reviewer, judged, 0, assignee=judged.pond.annotator.pk)
    client = client_of(judged.pond.annotator)
    other = judged_on(judged, reviewer)
    assert ids(client, judged) == [theirs]
    assert client.get(url_of(judged, "summary/")).json()["open"] == 1
    assert client.get(f"/api/verdicts/{other}/").status_code == 403
    address = f"/api/verdicts/{theirs}/"
    assert client.patch(address, {"state": "dismissed"}, format="json").status_code == 403
    assert client.patch(address, {"assignee": None}, format="json").status_code == 403
    fixed = client.patch(address, {"state": "fixed"}, format="json").json()
    assert (fixed["state"], fixed["closed_by"]["id"]) == ("fixed", judged.pond.annotator.pk)
    assert client.get(url_of(judged, "next/")).status_code == 204


def test_my_fixes_by_dataset(judged: Judged, reviewer: APIClient) -> None:
    dataset, annotator = judged.pond.dataset, judged.pond.annotator
    give(reviewer, judged, 0, assignee=annotator.pk)
    assert client_of(annotator).get("/api/verdicts/mine/").json() == [
        {"dataset": dataset.slug, "dataset_name": dataset.name, "count": 1}
    ]
    assert reviewer.get("/api/verdicts/mine/").json() == []
    # who is no member any more has no work here
    dataset.memberships.filter(user=annotator).delete()
    assert client_of(annotator).get("/api/verdicts/mine/").json() == []


def judged_on(judged: Judged, client: APIClient) -> int:
    """A hard case on another image."""
    body = {
        "evaluation": judged.evaluation.pk, "key": "2", "side": "label", "index": 0,
        "kind": "model",
    }  # fmt: skip
    number: int = client.post(url_of(judged), body, format="json").json()["id"]
    return number


def test_filters_counts_and_the_next_one(judged: Judged, reviewer: APIClient) -> None:
    first = give(reviewer, judged, 0, assignee=judged.pond.reviewer.pk)
    hard = judged_on(judged, reviewer)
    assert ids(reviewer, judged, "?kind=model") == [hard]
    assert ids(reviewer, judged, "?assignee=me") == [first]
    assert ids(reviewer, judged, "?assignee=none") == [hard]
    assert ids(reviewer, judged, f"?evaluation={judged.evaluation.pk + 1}") == []
    assert ids(reviewer, judged, f"?image={judged.images[1].pk}") == [first]
    summary = reviewer.get(url_of(judged, "summary/")).json()
    assert (summary["open"], summary["hard"], summary["fixed"]) == (1, 1, 0)
    assert summary["by_evaluation"][0]["run_name"] == judged.run.name
    assert reviewer.get(url_of(judged, "next/")).json()["id"] == first
    assert reviewer.get(url_of(judged, f"next/?after={first}")).status_code == 204


def test_many_at_once(judged: Judged, reviewer: APIClient) -> None:
    chosen = [give(reviewer, judged, 0), judged_on(judged, reviewer)]
    body = {"ids": chosen, "assignee": judged.pond.annotator.pk}
    assert reviewer.post(url_of(judged, "bulk/"), body, format="json").json() == {"changed": 2}
    assert ids(client_of(judged.pond.annotator), judged) == chosen
    body = {"ids": chosen, "state": "dismissed"}
    assert reviewer.post(url_of(judged, "bulk/"), body, format="json").json() == {"changed": 2}
    assert ids(reviewer, judged, "?state=open") == []


def test_what_is_refused(judged: Judged, reviewer: APIClient) -> None:
    body = {
        "evaluation": judged.evaluation.pk, "key": "0", "side": "label", "index": 99,
        "kind": "extra",
    }  # fmt: skip
    assert reviewer.post(url_of(judged), body, format="json").status_code == 404
    body |= {"index": 0, "assignee": judged.pond.stranger.pk}
    answer = reviewer.post(url_of(judged), body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "not_a_member")
    judged.images[0].delete()
    body |= {"assignee": None}
    answer = reviewer.post(url_of(judged), body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "image_gone")


def test_an_image_in_the_trash_makes_no_work(judged: Judged, reviewer: APIClient) -> None:
    give(reviewer, judged, 0)
    lead = client_of(judged.pond.lead)
    assert lead.delete(f"/api/images/{judged.images[1].pk}/").status_code == 204
    assert ids(reviewer, judged) == []
    assert Verdict.objects.count() == 1


def test_the_list_costs_the_same_however_long(
    judged: Judged, reviewer: APIClient, django_assert_max_num_queries: object
) -> None:
    for number in range(1, 4):
        body = {
            "evaluation": judged.evaluation.pk, "key": str(number), "side": "label", "index": 0,
            "kind": "outline", "comment": "here",
        }  # fmt: skip
        assert reviewer.post(url_of(judged), body, format="json").status_code == 201
    with django_assert_max_num_queries(7):  # type: ignore[operator]
        assert len(ids(reviewer, judged)) == 3


def test_pins(judged: Judged, reviewer: APIClient) -> None:
    address = f"/api/datasets/{judged.pond.dataset.slug}/pins/"
    body = {"evaluation": judged.evaluation.pk, "key": "1", "index": 0, "note": "must be found"}
    pin = reviewer.post(address, body, format="json").json()
    assert pin["note"] == "must be found"
    assert [item["id"] for item in reviewer.get(address).json()["results"]] == [pin["id"]]
    report = reviewer.get(f"/api/evaluations/{judged.evaluation.pk}/pins/?confidence=0.5").json()
    assert (report["confidence"], report["lost"]) == (0.5, 1)
    assert report["results"][0]["pin"]["id"] == pin["id"]
    assert reviewer.post(address, {"note": "?"}, format="json").status_code == 400
    assert reviewer.delete(f"/api/pins/{pin['id']}/").status_code == 204
    assert reviewer.get(address).json()["results"] == []


def test_what_was_looked_at_is_not_suspected_again(pond: Pond) -> None:
    """Not even where another run predicts it a little differently."""
    first = start_judged(pond, found={"val-00": [(1, square(0, 0, 6), 0.8)]})
    second = start_judged(
        pond, version=first.version, found={"val-00": [(1, square(0, 1, 6), 0.9)]}
    )
    client = client_of(pond.reviewer)

    def suspected(judged: Judged) -> list[str]:
        address = f"/api/evaluations/{judged.evaluation.pk}/suspects/?kind=missing"
        return [item["kind"] for item in client.get(address).json()["results"]]

    assert suspected(first) == suspected(second) == ["missing"]
    body = {
        "evaluation": first.evaluation.pk, "key": "0", "side": "prediction", "index": 0,
        "kind": "missing", "dismissed": True,
    }  # fmt: skip
    assert client.post(url_of(first), body, format="json").status_code == 201
    assert suspected(first) == suspected(second) == []


def test_a_page_of_suspects_is_full_whatever_was_judged(
    pond: Pond, count_queries: QueryCounter
) -> None:
    """And costs the same number of queries with one verdict and with many."""
    places = [square(x, y, 6) for x in range(0, 60, 10) for y in (0, 10)]
    found = [(1, ring, 0.9 - number / 100) for number, ring in enumerate(places)]
    judged = start_judged(pond, found={"val-00": found})
    client = client_of(pond.reviewer)
    address = f"/api/evaluations/{judged.evaluation.pk}/suspects/?kind=missing&page_size=3"
    total = client.get(address).json()["total"]
    assert total > 6

    def dismiss(index: int) -> None:
        body = {
            "evaluation": judged.evaluation.pk, "key": "0", "side": "prediction", "index": index,
            "kind": "missing", "dismissed": True,
        }  # fmt: skip
        assert client.post(url_of(judged), body, format="json").status_code == 201

    worst = client.get(address).json()["results"][0]["index"]
    dismiss(worst)
    with_one = count_queries(lambda: client.get(address))
    page = client.get(address).json()
    assert (len(page["results"]), page["total"], page["judged"]) == (3, total - 1, 1)
    for item in page["results"]:
        dismiss(item["index"])
    assert count_queries(lambda: client.get(address)) == with_one
    page = client.get(address).json()
    assert (len(page["results"]), page["total"], page["judged"]) == (3, total - 4, 4)
    assert "cursor=3" in page["next"]

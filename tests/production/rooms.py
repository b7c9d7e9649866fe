"""A walk through the rooms whose queries differ between PostgreSQL and SQLite."""

import subprocess
import sys
from typing import Any

from tests.production.client import Person
from tests.production.compose import NativeStack
from tests.services import REPOSITORY

MAKE_ANA = (
    "import django; django.setup();"
    "from django.contrib.auth.models import User;"
    "print(User.objects.create_user('ana', password='a-pass-word-of-ana').pk)"
)


def walk_the_rooms(stack: NativeStack, person: Person, slug: str, run: dict[str, Any]) -> None:
    base = f"/api/datasets/{slug}"
    evaluation = person.get(f"/api/runs/{run['id']}/evaluations/")[0]["id"]
    draw_twice(stack, person, base)
    images = person.get(f"/api/evaluations/{evaluation}/images/")["results"]
    labelled = next(image for image in images if image["label_count"])
    judge(person, base, evaluation, labelled["key"])
    pin(person, base, evaluation, labelled["key"])
    search_and_fold(person, slug, run)
    review(person, base)
    for path in (
        *("images/?ordering=-stem&search=a&status=done", "images/facets/", "insights/", "people/"),
        *("trash/images/", "trash/instances/", "versions/preview/"),
    ):
        person.get(f"{base}/{path}")
    for path in ("figures/", "operating/", "suspects/", "images/", "curves/"):
        person.get(f"/api/evaluations/{evaluation}/{path}")
    for path in ("my-work/", "mentions/", "mentions/count/", "jobs/", "runs/queue/", "workers/"):
        person.get(f"/api/{path}")


def draw_twice(stack: NativeStack, person: Person, base: str) -> None:
    """An image is given to a second annotator, who draws nothing; the two are compared."""
    made = subprocess.run(
        [sys.executable, "-c", MAKE_ANA],
        cwd=REPOSITORY,
        env={**stack.environment("web"), "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    person.call("POST", f"{base}/members/", 201, json={"username": "ana", "role": "annotator"})
    image = person.get(f"{base}/images/?status=done")["results"][0]
    body = {"ids": [image["id"]], "annotator": int(made.stdout)}
    given = person.call("POST", f"{base}/independent/", 200, json=body).json()
    assert given["changed"] == 1, given
    ana = Person(stack.web_port, "segloop.example.org")
    ana.sign_in("ana", "a-pass-word-of-ana")
    second = ana.get("/api/independent/mine/")["results"][0]
    path = f"/api/independent/{second['id']}/annotation/"
    ana.call("PATCH", path, 200, json={"status": "done"}, headers={"If-Match": '"0"'})
    agreement = person.get(f"{base}/agreement/")
    assert agreement["images"] == 1
    assert person.get(f"{base}/independent/")["results"][0]["annotator"]["username"] == "ana"


def judge(person: Person, base: str, evaluation: int, key: str) -> None:
    """A label is judged, found in the queue of fixes, and let go."""
    body = {"evaluation": evaluation, "key": key, "side": "label", "index": 0, "kind": "extra"}
    verdict = person.call("POST", f"{base}/verdicts/", 201, json=body).json()
    assert person.get(f"{base}/verdicts/?state=open")["results"][0]["id"] == verdict["id"]
    assert person.get(f"{base}/verdicts/next/")
    assert person.get(f"{base}/verdicts/summary/")
    change = {"ids": [verdict["id"]], "state": "dismissed"}
    changed = person.call("POST", f"{base}/verdicts/bulk/", 200, json=change).json()
    assert changed == {"changed": 1}


def pin(person: Person, base: str, evaluation: int, key: str) -> None:
    body = {"evaluation": evaluation, "key": key, "index": 0, "note": "must be found"}
    made = person.call("POST", f"{base}/pins/", 201, json=body).json()
    report = person.get(f"/api/evaluations/{evaluation}/pins/?confidence=0.5")
    assert report["results"][0]["pin"]["id"] == made["id"]


def search_and_fold(person: Person, slug: str, run: dict[str, Any]) -> None:
    """A search and two folds are asked for, and stopped."""
    request = person.get(f"/api/runs/{run['id']}/request/")
    space = [{"name": "lr0", "low": 0.0001, "high": 0.01, "log": True}]
    body = {**request, "name": "tune", "space": space, "trials": 2, "parallel": 1}
    search = person.call("POST", "/api/searches/", 202, json=body).json()
    person.call("POST", f"/api/searches/{search['id']}/stop/", 200, json={"cancel_runs": True})
    assert person.get(f"/api/searches/{search['id']}/")["state"] == "stopped"
    group = person.call(
        "POST", "/api/run-groups/", 202, json={**request, "name": "folds", "folds": 2}
    ).json()
    assert [each["parameters"]["fold"]["number"] for each in group["runs"]] == [1, 2]
    for each in group["runs"]:
        person.call("POST", f"/api/runs/{each['id']}/cancel/", 202)
    assert person.get(f"/api/run-groups/{group['id']}/")["runs"]
    assert person.get(f"/api/runs/?dataset={slug}")["results"]


def review(person: Person, base: str) -> None:
    """An image is accepted, another sent back with a comment at a place."""
    first, second = person.get(f"{base}/images/?status=done")["results"][:2]
    for image, verdict in ((first, "accepted"), (second, "sent_back")):
        body = {"verdict": verdict, "comment": {"text": "@ana look here", "x": 3, "y": 3}}
        match = {"If-Match": f'"{image["revision"]}"'}
        path = f"/api/images/{image['id']}"
        person.call("POST", f"{path}/review/", 200, json=body, headers=match)
        assert person.get(f"{path}/")["status"] == verdict
        assert person.get(f"{path}/revisions/")["results"]
        assert person.get(f"{path}/comments/")
    assert person.get(f"{base}/images/?status=sent_back")["results"][0]["id"] == second["id"]

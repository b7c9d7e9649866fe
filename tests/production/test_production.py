"""Once round the loop on what docker-compose.yml starts, without containers.

Two web processes, a worker on each queue, PostgreSQL and Redis, behind (what looks like) a
reverse proxy with HTTPS.
"""

import json
import os
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.production.client import Person
from tests.production.compose import NativeStack, native_stack
from tests.production.rooms import walk_the_rooms
from tests.services import ServiceUnavailableError, command_of, postgres_binaries

pytestmark = pytest.mark.slow

SERVICES = ("web", "worker-gpu", "worker-cpu")


def test_once_round_the_loop(tmp_path_factory: pytest.TempPathFactory) -> None:
    try:
        postgres_binaries()
    except ServiceUnavailableError as reason:
        pytest.skip(str(reason))
    folder = tmp_path_factory.mktemp("production")
    with native_stack(folder, *SERVICES) as stack:
        check_processes(stack)
        person = Person(stack.web_port, "segloop.example.org")
        person.sign_in("admin", "correct horse battery")
        health = person.get("/api/health/")
        assert health["ok"], health
        dataset = import_sample(person)
        image = draw_by_api(person, dataset)
        run = train(person, dataset)
        look_at_results(person, run)
        predict(person, run, image)
        walk_the_rooms(stack, person, dataset, run)
        check_again(stack, person, run)
        assert set(stack.stop().values()) <= {0, -signal.SIGTERM}


def check_processes(stack: NativeStack) -> None:
    """Two web processes share the port; the migration is not run again by anyone."""
    children = psutil.Process(stack.processes["web"].pid).children()
    serving = [child for child in children if "config.serve" in command_of(child)]
    assert len(serving) == 2
    result = json.loads(stack.run("migrate"))
    assert result["vendor"] == "PostgreSQL"
    assert result["applied"] == 0
    assert result["administrator"] is None


def import_sample(person: Person) -> str:
    job = person.call("POST", "/api/datasets/sample/", 202, json={"images": 24}).json()
    job = person.wait_finished(f"/api/imports/{job['id']}/", 120)
    assert job["taken"] == 24
    return str(job["dataset"])


def draw_by_api(person: Person, slug: str) -> dict[str, Any]:
    """Draw one more polygon, as the editor saves it; a stale save is refused."""
    image: dict[str, Any] = person.get(f"/api/datasets/{slug}/images/?split=train")["results"][0]
    path = f"/api/images/{image['id']}/annotation/"
    before = person.get(path)
    class_id = person.get(f"/api/datasets/{slug}/classes/")[0]["id"]
    instance = {
        "id": "6e0f63a0-0d5f-4f0a-9b3b-0c9d0f8d8a11",
        "class_id": class_id,
        "polygons": [[[4.0, 4.0, 24.0, 4.0, 24.0, 20.0]]],
    }
    match = {"If-Match": f'"{before["revision"]}"'}
    body = {"upsert": [instance], "delete": []}
    saved = person.call("PATCH", path, 200, json=body, headers=match).json()
    assert saved["instance_count"] == len(before["instances"]) + 1
    other = {**body, "upsert": [{**instance, "polygons": [[[1.0, 1.0, 9.0, 1.0, 9.0, 9.0]]]}]}
    person.call("PATCH", path, 412, json=other, headers=match)
    return image


def train(person: Person, slug: str) -> dict[str, Any]:
    version = person.call("POST", f"/api/datasets/{slug}/versions/", 202, json={}).json()
    version = person.wait_finished(f"/api/versions/{version['id']}/", 60)
    body = {
        "dataset": slug,
        "version": version["id"],
        "base_model": "yolov8n-seg.yaml",
        **{"epochs": 2, "image_size": 96, "batch": 8, "device": "cpu", "seed": 0},
        "arguments": {"plots": False},  # drawing them takes longer than all the rest
    }
    run = person.call("POST", "/api/runs/", 202, json=body).json()
    run = person.wait_finished(f"/api/runs/{run['id']}/", 300)
    assert run["epoch"] == 2
    assert len(person.get(f"/api/runs/{run['id']}/epochs/")) == 2
    assert isinstance(run, dict)
    return run


def look_at_results(person: Person, run: dict[str, Any]) -> None:
    evaluations = person.get(f"/api/runs/{run['id']}/evaluations/")
    assert evaluations
    evaluation = person.wait_finished(f"/api/evaluations/{evaluations[0]['id']}/", 120)
    assert evaluation["image_count"] > 0
    operating = person.get(f"/api/evaluations/{evaluation['id']}/operating/")
    assert operating["class_rates"]
    files = person.get(f"/api/runs/{run['id']}/files/")
    assert {"best.pt", "last.pt"} <= {file["name"].rpartition("/")[2] for file in files}


def predict(person: Person, run: dict[str, Any], image: dict[str, Any]) -> None:
    checkpoints = person.get(f"/api/checkpoints/?run={run['id']}")["results"]
    best = next(each for each in checkpoints if each["kind"] == "best")
    url = person.get(f"/api/images/{image['id']}/")["url"]
    picture = person.call("GET", url, 200).content
    job = person.call(
        "POST",
        "/api/predictions/",
        202,
        data={"checkpoint": str(best["id"]), "confidence": "0.05"},
        files=[("files", (image["file_name"], picture))],
    ).json()
    job = person.wait_finished(f"/api/predictions/{job['id']}/", 120)
    assert job["image_count"] == 1
    shown = person.get(f"/api/predictions/{job['id']}/images/")["results"]
    assert (shown[0]["width"], shown[0]["height"]) == (image["width"], image["height"])


def check_again(stack: NativeStack, person: Person, run: dict[str, Any]) -> None:
    """A web process that dies is replaced; what was done is still there."""
    web = psutil.Process(stack.processes["web"].pid)
    serving = [child for child in web.children() if "config.serve" in command_of(child)]
    os.kill(serving[0].pid, signal.SIGKILL)
    stack.wait_healthy("web")
    assert person.get(f"/api/runs/{run['id']}/")["state"] == "finished"
    assert (Path(stack.replacements["/data"]) / "runs" / str(run["id"])).is_dir()

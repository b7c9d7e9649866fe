"""The live folder over the API, by the command, and by the clock."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotator import paths
from annotator.folder.outside import folders
from annotator.models import FolderAction, FolderChange, FolderJob, LiveFolder
from tests.annotator.conftest import client_of, png_bytes

from .conftest import SWAN, Folder

pytestmark = pytest.mark.django_db(transaction=True)


def url(folder: Folder, rest: str = "") -> str:
    return f"/api/datasets/{folder.dataset.slug}/folder/{rest}"


def changes(folder: Folder, **query: str) -> list[dict[str, Any]]:
    answer = client_of(folder.pond.annotator).get(url(folder, "changes/"), query)
    assert answer.status_code == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def test_a_look_is_asked_for_shown_and_settled(folder: Folder) -> None:
    image = folder.add("a")
    paths.label_path(image).write_bytes(SWAN + b"9 0 0 1 1 1 0\n")
    lead = client_of(folder.pond.lead)
    asked = lead.post(url(folder, "look/"))
    assert asked.status_code == 202
    assert lead.post(url(folder, "look/")).json()["id"] == asked.json()["id"], "one at a time"
    folders.run_folder_job(asked.json()["id"])
    state = lead.get(url(folder)).json()
    assert (state["waiting"], state["policy"], state["job"]["state"]) == (1, "ask", "finished")
    assert state["counts"] == [{"subject": "label", "kind": "changed", "count": 1}]
    [change] = changes(folder)
    assert change["image_id"] == str(image.pk)
    assert (change["before_count"], change["after_count"]) == (1, 1)
    assert change["problems"][0]["line"] == 2
    settled = lead.post(url(folder, "settle/"), {"action": "take", "ids": [change["id"]]})
    assert settled.status_code == 202
    assert lead.post(url(folder, "settle/"), {"action": "take"}).status_code == 409
    folders.run_folder_job(settled.json()["id"])
    assert changes(folder) == []
    assert changes(folder, state="settled")[0]["settled_by"] == "lead"


@pytest.mark.parametrize(
    "body",
    [
        {"action": "burn"},
        {"action": "take", "ids": []},
        {"action": "take", "ids": [1], "kind": "added"},
        {"action": "take", "kind": "strange"},
        {"action": "take", "everything": True},
    ],
)
def test_odd_wishes_are_refused(folder: Folder, body: dict[str, object]) -> None:
    answer = client_of(folder.pond.lead).post(url(folder, "settle/"), body)
    assert answer.status_code == 400
    assert not FolderJob.objects.exists()


def test_changes_of_another_dataset_are_not_settled(folder: Folder) -> None:
    folder.write("images/train/a.png", png_bytes())
    [change] = folder.look()
    from annotator.datasets.datasets import create_dataset

    other = create_dataset(owner=folder.pond.lead, name="Other")
    job = folders.create_job(
        other, FolderAction.PUT_BACK, {"ids": [change.pk]}, by=folder.pond.lead
    )
    folders.run_folder_job(job.pk)
    assert FolderChange.objects.get(pk=change.pk).state == "waiting"


def test_the_policy_and_the_schedule_are_chosen_by_leads(folder: Folder) -> None:
    lead = client_of(folder.pond.lead)
    answer = lead.patch(url(folder), {"policy": "take", "look_minutes": 5})
    assert (answer.json()["policy"], answer.json()["look_minutes"]) == ("take", 5)
    assert lead.patch(url(folder), {"look_minutes": -1}).status_code == 400
    reviewer = client_of(folder.pond.reviewer)
    assert reviewer.patch(url(folder), {"policy": "ask"}).status_code == 403
    assert reviewer.post(url(folder, "look/")).status_code == 403
    assert client_of(folder.pond.stranger).get(url(folder)).status_code == 404


def test_a_job_is_cancelled_by_leads(folder: Folder) -> None:
    job = folders.start_look(folder.dataset)
    address = f"/api/folder-jobs/{job.pk}/"
    assert client_of(folder.pond.annotator).post(f"{address}cancel/").status_code == 403
    answer = client_of(folder.pond.lead).post(f"{address}cancel/")
    assert answer.json()["state"] == "cancelled"
    assert client_of(folder.pond.annotator).get(address).json()["state"] == "cancelled"
    assert client_of(folder.pond.stranger).get(address).status_code == 404


def test_the_list_takes_the_same_queries_for_any_count(folder: Folder) -> None:
    counts: list[int] = []
    for n in (3, 30):
        for i in range(n):
            image = folder.pond.add_image(f"{n}-{i}")
            paths.image_path(image).unlink()
        folder.look()
        with CaptureQueriesContext(connection) as queries:
            changes(folder)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_looks_follow_the_schedule(folder: Folder) -> None:
    assert folders.ask_for_looks(at_start=True) == 1
    [job] = FolderJob.objects.all()
    assert folders.ask_for_looks() == 0
    folders.run_folder_job(job.pk)
    assert folders.ask_for_looks() == 0
    live = LiveFolder.objects.filter(dataset=folder.dataset)
    live.update(looked_at=timezone.now() - timedelta(minutes=61))
    assert folders.ask_for_looks() == 1
    folders.run_folder_job(FolderJob.objects.order_by("-pk")[0].pk)
    live.update(looked_at=timezone.now() - timedelta(days=9), look_minutes=0)
    assert folders.ask_for_looks() == 0
    live.update(look_after=timezone.now())
    assert folders.ask_for_looks() == 1


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    out = StringIO()
    code = 0
    try:
        call_command("look_at_folder", *arguments, "--json", stdout=out, stderr=StringIO())
    except CommandError:
        code = 1
    result: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return code, result


def test_the_command_looks_and_settles(folder: Folder) -> None:
    folder.write("images/train/a.png", png_bytes())
    folder.write("labels/train/a.txt", SWAN)
    folder.write("labels/train/alone.txt", SWAN)
    slug = folder.dataset.slug
    code, result = run(slug)
    assert (code, result["waiting"], result["settled"]) == (0, 1, 0)
    assert {"subject": "image", "kind": "added", "count": 1} in result["found"]
    code, result = run(slug, "--take")
    assert (result["settled"], result["left"], result["waiting"]) == (1, 0, 0)
    assert folder.dataset.images.get().status == "done"
    assert run("nobody")[0] == 1

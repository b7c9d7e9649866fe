"""Bulk changes as jobs: all that match, in turns, whole or not at all, resumed and cancelled."""

import uuid
from typing import Any

import pytest

from annotator import paths
from annotator.bulk import changes
from annotator.bulk.changes import AT_ONCE, purge_old_changes, run_change
from annotator.folder import changing, live_folder
from annotator.folder.saving import save_annotation
from annotator.images.places import find_image_file
from annotator.kernel import jobs
from annotator.models import BulkChange, BulkItem, Image, Membership
from tests.annotator.conftest import MakeInstance, Pond, client_of
from tests.annotator.turns import Waits

pytestmark = pytest.mark.django_db(transaction=True)

MANY = AT_ONCE + 10


def ask(pond: Pond, who: str = "lead", /, **body: Any) -> Any:
    url = f"/api/datasets/{pond.dataset.slug}/images/bulk/"
    return client_of(getattr(pond, who)).post(url, body)


def fill(pond: Pond, count: int = MANY, *, status: str = "done") -> list[Image]:
    images = [pond.add_image(f"{n:04}") for n in range(count)]
    if status == "done":
        for image in images:
            save_annotation(image.pk, base_revision=0, status="done", author=pond.annotator)
    return images


def start(pond: Pond, who: str = "lead", /, **body: Any) -> BulkChange:
    answer = ask(pond, who, **body)
    assert answer.status_code == 202, answer.content
    return BulkChange.objects.get(pk=answer.json()["job"]["id"])


def splits(pond: Pond) -> set[str]:
    return set(pond.dataset.images.values_list("split", flat=True))


def in_place(pond: Pond) -> bool:
    """Whether every image and label file lies where its row says, and nowhere else."""
    images = list(pond.dataset.images.select_related("dataset"))
    root = paths.dataset_dir(pond.dataset)
    expected = {paths.image_path(image) for image in images}
    expected |= {paths.label_path(image) for image in images if image.is_finished}
    found = {path for kind in ("images", "labels") for path in (root / kind).rglob("*.*")}
    return found == expected and not any(image.label_pending for image in images)


def test_all_that_match_are_changed_and_not_what_was_loaded(pond: Pond) -> None:
    fill(pond)
    other = pond.add_image("other", split="test")
    excluded = pond.dataset.images.get(stem="0003")
    job = start(
        pond,
        filters={"split": "train"},
        excluded=[str(excluded.pk)],
        action="set_split",
        split="val",
    )
    assert (job.state, job.changed) == ("queued", 0)
    run_change(job.pk)
    job.refresh_from_db()
    assert (job.state, job.changed, job.skipped) == ("finished", MANY - 1, 0)
    assert (job.progress_done, job.progress_total) == (MANY - 1, MANY - 1)
    excluded.refresh_from_db()
    other.refresh_from_db()
    assert (excluded.split, other.split) == ("train", "test")
    assert pond.dataset.images.filter(split="val").count() == MANY - 1
    assert in_place(pond)
    assert not BulkItem.objects.exists()


def test_few_are_answered_at_once_whether_named_or_filtered(pond: Pond) -> None:
    images = fill(pond, 4)
    answer = ask(pond, filters={"search": "000"}, action="set_split", split="val")
    assert (answer.status_code, answer.json()) == (200, {"changed": 4, "skipped": []})
    answer = ask(pond, ids=[str(images[0].pk)], action="set_split", split="test")
    assert (answer.status_code, answer.json()["changed"]) == (200, 1)
    assert splits(pond) == {"val", "test"}
    assert in_place(pond)
    assert not BulkChange.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "ids"),
        ({"ids": ["{id}"], "filters": {}}, "ids"),
        ({"ids": ["{id}"], "excluded": ["{id}"]}, "excluded"),
        ({"filters": {"colour": "red"}}, "filters.colour"),
        ({"filters": {"split": "somewhere"}}, "filters.split"),
    ],
)
def test_a_selection_is_ids_or_filters(
    pond: Pond, image: Image, body: dict[str, Any], field: str
) -> None:
    text = str(image.pk)
    filled: Any = {
        key: [text if each == "{id}" else each for each in value]
        if isinstance(value, list)
        else value
        for key, value in body.items()
    }
    answer = ask(pond, **filled, action="set_split", split="val")
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert splits(pond) == {"train"}


def test_what_cannot_be_changed_is_listed_with_its_reason(pond: Pond) -> None:
    images = fill(pond)
    pond.add_image("new")
    gone = str(uuid.uuid4())
    ids = [*(str(image.pk) for image in images), gone]
    ids.append(str(pond.dataset.images.get(stem="new").pk))
    job = start(pond, "reviewer", ids=ids, action="review", verdict="accepted")
    run_change(job.pk)
    job.refresh_from_db()
    assert (job.state, job.changed, job.skipped) == ("finished", MANY, 2)
    client = client_of(pond.annotator)
    assert client.get(f"/api/changes/{job.pk}/").json()["left"] == 0
    rows = client.get(f"/api/changes/{job.pk}/skipped/").json()["results"]
    reasons = {row["file_name"]: row["reason"] for row in rows}
    assert reasons[""] == "It is not in this dataset any more."
    assert "not done yet" in reasons["new.png"]
    assert [row["image_id"] for row in rows if not row["file_name"]] == [gone]


class KilledError(BaseException):
    """The worker is killed."""


@pytest.mark.parametrize("place", ["planning", "in a turn", "after a commit"])
@pytest.mark.parametrize("action", ["set_split", "delete", "set_status"])
def test_a_killed_change_goes_on_where_it_stopped(
    pond: Pond, monkeypatch: pytest.MonkeyPatch, place: str, action: str
) -> None:
    fill(pond, status="unlabelled" if action == "set_status" else "done")
    values = {"set_split": {"split": "val"}, "delete": {}, "set_status": {"status": "done"}}
    monkeypatch.setattr(changes, "TURN_IMAGES", 16)
    monkeypatch.setattr(changes, "PLAN_ROWS", 16)
    job = start(pond, filters={}, action=action, **values[action])
    real: Any
    calls = []

    def killed(*args: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == (2 if place != "in a turn" else 25):
            raise KilledError
        return real(*args, **named)

    with monkeypatch.context() as patch:
        match place:
            case "planning":
                real = changes._item
                patch.setattr(changes, "_item", killed)
            case "in a turn":
                name = {"set_status": "set_status", "delete": "delete_image"}.get(
                    action, "set_splits"
                )
                calls.extend([1] * 23 if action == "set_split" else [])
                real = getattr(changing, name)
                patch.setattr(changing, name, killed)
            case _:
                real = live_folder.sync_many
                patch.setattr(live_folder, "sync_many", killed)
        with pytest.raises(KilledError):
            run_change(job.pk)
    assert run_change(job.pk) is None  # its lease has not run out
    BulkChange.objects.filter(pk=job.pk).update(lease_until=job.created_at)
    run_change(job.pk)
    live_folder.sync_pending()
    job.refresh_from_db()
    assert (job.state, job.changed, job.skipped, job.attempts) == ("finished", MANY, 0, 2)
    match action:
        case "set_split":
            assert splits(pond) == {"val"}
        case "delete":
            assert (pond.dataset.images.count(), Image.trashed.count()) == (0, MANY)
            assert all(find_image_file(image).exists() for image in Image.trashed.all())
        case _:
            assert set(pond.dataset.images.values_list("status", "revision")) == {("done", 1)}
    assert in_place(pond)


def test_a_cancelled_change_keeps_what_it_did_and_says_what_is_left(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(pond)
    monkeypatch.setattr(changes, "TURN_IMAGES", 20)
    monkeypatch.setattr(changes, "TURN_SECONDS", 60.0)
    job = start(pond, filters={}, action="set_split", split="val")
    real = changes._turn

    def turn(*args: Any) -> None:
        real(*args)
        answer = client_of(pond.lead).post(f"/api/changes/{job.pk}/cancel/")
        assert answer.json()["state"] == "cancelling"

    monkeypatch.setattr(changes, "_turn", turn)
    run_change(job.pk)
    shown = client_of(pond.annotator).get(f"/api/changes/{job.pk}/").json()
    assert (shown["state"], shown["changed"], shown["left"]) == ("cancelled", 20, MANY - 20)
    assert pond.dataset.images.filter(split="val").count() == 20
    assert in_place(pond)
    assert not BulkItem.objects.exists()


def test_who_may_not_any_more_changes_nothing(pond: Pond) -> None:
    fill(pond, status="unlabelled")
    job = start(pond, filters={}, action="set_split", split="val")
    Membership.objects.filter(user=pond.lead).update(role="annotator")
    run_change(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "team lead" in job.error
    assert splits(pond) == {"train"}


def test_only_who_asked_and_leads_cancel(pond: Pond) -> None:
    fill(pond, status="unlabelled")
    job = start(pond, "annotator", filters={}, action="set_status", status="done")
    url = f"/api/changes/{job.pk}/"
    assert client_of(pond.stranger).get(url).status_code == 404
    assert client_of(pond.stranger).get(f"{url}skipped/").status_code == 404
    assert client_of(pond.stranger).post(f"{url}cancel/").status_code == 404
    assert client_of(pond.reviewer).post(f"{url}cancel/").status_code == 403
    assert client_of(pond.annotator).post(f"{url}cancel/").json()["state"] == "cancelled"
    assert run_change(job.pk) is None


def test_the_tray_and_the_list_show_it(pond: Pond) -> None:
    fill(pond, status="unlabelled")
    job = start(pond, filters={}, action="set_split", split="val")
    client = client_of(pond.annotator)
    listed = client.get(f"/api/datasets/{pond.dataset.slug}/changes/").json()["results"]
    title = f"Move images to val in {pond.dataset.name}"
    assert [(row["id"], row["title"]) for row in listed] == [(job.pk, title)]
    tray = client.get("/api/jobs/").json()
    assert [(row["kind"], row["title"]) for row in tray] == [("bulk_change", title)]
    assert tray[0]["url"] == f"/datasets/{pond.dataset.slug}/changes/{job.pk}"


def test_objects_of_a_selection_change_their_class(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    items: Any = [make_instance(), make_instance(class_id=pond.swan.pk)]
    save_annotation(image.pk, base_revision=0, upsert=items, status="done", author=pond.annotator)
    other = pond.add_image("b")
    body: Any = {"ids": [str(image.pk), str(other.pk)], "action": "change_class"}
    answer = ask(pond, **body, class_id=pond.duck.pk, into=pond.swan.pk)
    assert answer.json()["changed"] == 1
    assert answer.json()["skipped"][0]["reason"] == "It has no object of this class."
    assert set(image.instances.values_list("dataset_class_id", flat=True)) == {pond.swan.pk}
    label = paths.label_path(Image.objects.get(pk=image.pk)).read_text()
    assert [line.split()[0] for line in label.splitlines()] == ["1", "1"]
    assert ask(pond, **body, class_id=pond.duck.pk, into=pond.duck.pk).status_code == 400
    assert ask(pond, **body, class_id=pond.duck.pk, into=987654).status_code == 400
    assert (
        ask(pond, "reviewer", **body, class_id=pond.duck.pk, into=pond.swan.pk).status_code == 403
    )


def test_saves_do_not_wait_for_a_change(pond: Pond, make_instance: MakeInstance) -> None:
    fill(pond, 300)
    mine = pond.add_image("mine")
    item: Any = make_instance()

    def save() -> None:
        revision = Image.objects.get(pk=mine.pk).revision
        moved: Any = {**item, "note": str(revision)}
        save_annotation(mine.pk, base_revision=revision, upsert=[moved], author=pond.annotator)

    job = start(pond, filters={"status": "done"}, action="set_split", split="val")
    with Waits(save) as waits:
        run_change(job.pk)
    assert not waits.errors
    assert len(waits.seconds) > 3
    assert max(waits.seconds) < 1
    job.refresh_from_db()
    assert job.changed == 300
    assert in_place(pond)


def test_an_outside_edit_is_taken_in_before_a_file_moves(pond: Pond) -> None:
    images = fill(pond)
    edited = images[5]
    edited.refresh_from_db()
    row = b"0 0.1 0.1 0.5 0.1 0.5 0.5\n"
    paths.label_path(edited).write_bytes(row)
    job = start(pond, filters={}, action="set_split", split="val")
    run_change(job.pk)
    edited.refresh_from_db()
    assert edited.instance_count == 1
    assert paths.label_path(edited).read_bytes() == row
    assert paths.label_path(edited).parent.name == "val"


def test_old_changes_are_forgotten(pond: Pond, settings: Any) -> None:
    fill(pond, status="unlabelled")
    job = start(pond, filters={}, action="review", verdict="accepted")
    run_change(job.pk)
    assert BulkItem.objects.filter(is_skipped=True).count() == MANY
    assert purge_old_changes() == 0
    settings.TRASH_DAYS = -1
    assert purge_old_changes() == MANY + 1
    assert not BulkChange.objects.exists()


def test_jobs_of_no_worker_are_found(pond: Pond) -> None:
    fill(pond, status="unlabelled")
    job = start(pond, filters={}, action="set_split", split="val")
    assert jobs.find_abandoned(BulkChange) == [job.pk]


def test_done_says_nothing_is_in_an_image_only_when_it_is_meant(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    """One that nobody has looked at is not background because it was selected with others."""
    drawn = pond.add_image("drawn")
    item: Any = make_instance()
    save_annotation(drawn.pk, base_revision=0, upsert=[item], author=pond.annotator)
    ids = [str(image.pk), str(drawn.pk)]
    body: Any = {"ids": ids, "action": "set_status", "status": "done"}
    answer = ask(pond, **body, skip_unseen=True)
    assert (answer.json()["changed"], len(answer.json()["skipped"])) == (1, 1)
    assert "Nobody has looked at it" in answer.json()["skipped"][0]["reason"]
    assert Image.objects.get(pk=image.pk).status == "unlabelled"
    assert ask(pond, **body).json()["changed"] == 2
    assert Image.objects.get(pk=image.pk).status == "done"


def test_nothing_in_it_is_not_the_same_as_not_looked_at(
    pond: Pond, make_instance: MakeInstance
) -> None:
    unseen, begun, empty, drawn = (pond.add_image(stem) for stem in "abcd")
    item: Any = make_instance(is_box=True)
    save_annotation(begun.pk, base_revision=0, status="in_progress", author=pond.lead)
    save_annotation(empty.pk, base_revision=0, status="done", author=pond.lead)
    save_annotation(drawn.pk, base_revision=0, upsert=[item], status="done", author=pond.lead)
    client = client_of(pond.annotator)
    url = f"/api/datasets/{pond.dataset.slug}/"

    def stems(query: str) -> list[str]:
        return [row["stem"] for row in client.get(f"{url}images/?{query}").json()["results"]]

    assert stems("is_empty=true") == ["c"]
    assert stems("is_empty=false") == ["a", "b", "d"]
    assert stems("has_box=true") == ["d"]
    assert stems("has_box=false") == ["a", "b", "c"]
    facets = client.get(f"{url}images/facets/").json()
    assert (facets["empty"], facets["with_boxes"], facets["pinned"]) == (1, 1, 0)
    insights = client.get(f"{url}insights/").json()
    assert insights["without_objects"] == {"empty": 1, "begun": 1, "unseen": 1}
    assert insights["boxes"] == {"objects": 1, "images": 1}
    per_image = {row["bin"]: row["count"] for row in insights["instances_per_image"]}
    assert (per_image["0"], per_image["1"]) == (2, 1)  # not the one that nobody has looked at
    problems = client.get(f"{url}versions/preview/").json()["problems"]
    boxes = next(problem for problem in problems if problem["code"] == "boxes")
    assert boxes["detail"].startswith("1 object is a box that nobody has outlined (in 1 image)")
    assert not boxes["blocking"]
    assert unseen.instance_count == 0

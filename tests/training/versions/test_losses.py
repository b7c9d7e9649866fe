"""What a training would lose of a version, asked of the real engine; and its repairs."""

import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from annotator.bulk.changes import run_change, undo_change
from annotator.folder.saving import replace_annotation, save_annotation
from annotator.models import Image
from training.jobs.engine_job import work_off
from training.models import Version, VersionCheck
from training.versions.losses import (
    CheckingVersion,
    check_path,
    check_payload,
    list_loss_images,
    request_check,
)
from training.versions.repairing import repaired, start_repair
from training.versions.version_index import keep_newest

from ...annotator.conftest import client_of
from ..conftest import Pond, QueryCounter, freeze

pytestmark = pytest.mark.django_db(transaction=True)


def square(x: float, y: float, side: float) -> list[float]:
    return [x, y, x + side, y, x + side, y + side, x, y + side]


def draw(pond: Pond, stem: str, *polygons: list[list[list[float]]]) -> Image:
    image = Image.objects.get(dataset=pond.dataset, stem=stem)
    items: Any = [
        {"id": str(uuid4()), "class_id": pond.classes[0].pk, "polygons": each} for each in polygons
    ]
    return replace_annotation(
        image.pk, base_revision=image.revision, instances=items, author=pond.lead, status="done"
    )


@pytest.mark.slow
def test_each_loss_is_found_and_repaired(pond: Pond) -> None:
    whole = [[square(20, 10, 40)]]
    draw(pond, "train-00", whole, [[square(70.2, 30.2, 0.7)]])
    draw(pond, "train-01", whole, [[square(21, 11, 19)]], [[square(40, 11, 19.9)]],
         [[square(21, 30, 19)]], [[square(40, 30, 19.9)]])  # fmt: skip
    draw(pond, "train-02", [[square(5, 5, 15)], [square(60, 40, 15)]])
    draw(pond, "train-03", [[square(20, 10, 40), square(30, 30, 0.6)]])
    version = freeze(pond)
    check = request_check(version, image_size=96, created_by=pond.lead)
    work_off(check)
    check.refresh_from_db()
    assert check.state == "finished", check.error
    told = {line["kind"]: line for line in check_payload(check)["lines"]}
    assert {"tiny_box", "joined_parts", "hole_lost"} <= set(told)
    for kind, stem in (
        ("tiny_box", "train-00"), ("joined_parts", "train-02"), ("hole_lost", "train-03"),
    ):  # fmt: skip
        found = list_loss_images(check, kind=kind, offset=0, limit=10)
        assert (found["total"], found["results"][0]["name"]) == (1, f"{stem}.png")
    assert "train-01.png" in {
        image["name"]
        for kind in ("hidden", "covered")
        for image in list_loss_images(check, kind=kind, offset=0, limit=10)["results"]
    }
    assert request_check(version, image_size=96, created_by=pond.lead).pk == check.pk, "kept"
    job = start_repair(check, "joined_parts", below_px=2, author=pond.lead)
    run_change(job.pk)
    job.refresh_from_db()
    assert (job.state, job.changed, job.skipped) == ("finished", 1, 0)
    image = Image.objects.get(dataset=pond.dataset, stem="train-02")
    assert image.instance_count == 2
    assert image.revisions.order_by("-number")[0].source == "repair"
    undo = undo_change(job, author=pond.lead)
    run_change(undo.pk)
    image.refresh_from_db()
    assert image.instance_count == 1
    assert len(image.instances.get().polygons) == 2
    check_path(check).unlink()
    again = request_check(version, image_size=96, created_by=pond.lead)
    assert (again.pk == check.pk, again.state) == (False, "queued")


def item(*polygons: Any, pk: str = "a", class_id: int = 1) -> Any:
    return {"id": pk, "class_id": class_id, "polygons": list(polygons)}


@pytest.mark.parametrize(
    ("repair", "before", "after"),
    [
        ("duplicates", [item([square(0, 0, 9)]), item([square(0, 0, 9)], pk="b")], ["a"]),
        ("duplicates", [item([square(0, 0, 9)]), item([square(0, 0, 9)], pk="b", class_id=2)],
         ["a", "b"]),
        ("specks", [item([square(0, 0, 3)]), item([square(0, 0, 5)], pk="b")], ["b"]),
    ],
)  # fmt: skip
def test_repairs(repair: str, before: list[Any], after: list[str]) -> None:
    """At half the size of the image: 2 pixels are 4."""
    kept = repaired(before, repair=repair, scale_px=0.5, options={"below_px": 2.0})
    assert [each["id"] for each in kept] == after


def test_small_holes_are_filled_and_large_ones_kept() -> None:
    before = [item([square(0, 0, 50), square(5, 5, 3), square(20, 20, 9)])]
    (kept,) = repaired(before, repair="fill_holes", scale_px=0.5, options={"below_px": 4.0})
    assert kept["polygons"] == [[square(0, 0, 50), square(20, 20, 9)]]


def finished_check(pond: Pond, version: Version, *rows: tuple[str, int]) -> VersionCheck:
    """A check of which the engine has told ``rows`` (stem, row) of repeated objects."""
    check = request_check(version, image_size=64, created_by=pond.lead)
    job = CheckingVersion(check)
    job.request("cpu")
    for stem, row in rows:
        loss = {"kind": "duplicate", "row": row, "value": 0.0, "detail": ""}
        job.handle({"type": "losses", "path": f"images/train/{stem}.png", "losses": [loss]})
    values = job.finish({"type": "finished", "images": 14, "instances": 20})
    VersionCheck.objects.filter(pk=check.pk).update(state="finished", **values)
    job.clear()
    check.refresh_from_db()
    return check


def test_a_loss_names_its_object_whatever_came_and_went_since(
    pond: Pond, count_queries: QueryCounter
) -> None:
    stems = ["train-00", "train-01", "train-02"]
    drawn = [draw(pond, stem, [[square(5, 5, 15)]], [[square(60, 40, 15)]]) for stem in stems]
    ids = [[str(one.pk) for one in image.instances.all()] for image in drawn]
    version = freeze(pond)
    check = finished_check(pond, version, ("train-00", 1), ("train-01", 0), ("train-02", -1))
    for image in drawn[:2]:
        save_annotation(image.pk, base_revision=2, delete=[ids[drawn.index(image)][0]],
                        author=pond.lead)  # fmt: skip

    def told(limit: int = 10) -> list[str | None]:
        found = list_loss_images(check, kind="duplicate", offset=0, limit=limit)
        return [each["instance"] for each in found["results"]]

    assert told() == [ids[0][1], None, None]
    assert count_queries(lambda: told(1)) == count_queries(lambda: told(3))


def test_folders_of_other_checks_stay_where_files_are_many(tmp_path: Path) -> None:
    (tmp_path / "running").mkdir()
    os.utime(tmp_path / "running", (0, 0))
    for number in range(3):
        (tmp_path / f"{number}.sqlite3").touch()
        os.utime(tmp_path / f"{number}.sqlite3", (number, number))
    keep_newest(tmp_path, 2)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["1.sqlite3", "2.sqlite3", "running"]


def test_the_api_of_a_check(pond: Pond) -> None:
    version = freeze(pond)
    client = client_of(pond.annotator)
    address = f"/api/versions/{version.pk}/checks/"
    made = client.post(address, {"image_size": 640}, format="json")
    assert (made.status_code, made.json()["state"]) == (202, "queued")
    assert (
        client.post(address, {"image_size": 640}, format="json").json()["id"] == (made.json()["id"])
    )
    assert client.post(address, {"image_size": 7}, format="json").status_code == 400
    one = f"/api/version-checks/{made.json()['id']}/"
    assert client.get(one).json()["lines"] == []
    assert client.get(f"{one}images/", {"kind": "duplicate"}).status_code == 409
    assert client_of(pond.lead).post(
        f"{one}repair/", {"kind": "hidden"}, format="json"
    ).json()["code"] == "no_repair"  # fmt: skip
    assert VersionCheck.objects.count() == 1

"""What differs between two versions, or a version and now: images, objects, classes."""

import csv
import io
import json
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from annotator.bulk.classes import change_class
from annotator.datasets.datasets import add_class, update_class
from annotator.folder.changing import delete_image, set_split, set_status
from annotator.folder.saving import save_annotation
from annotator.kernel.errors import ConflictError
from annotator.models import Image
from training.models import Version
from training.versions import differences
from training.versions.difference_payloads import describe_comparison, list_images
from training.versions.differences import compare, count_open, go_on
from training.versions.version_index import VersionIndex, keep_newest

from ...annotator.conftest import client_of
from ..conftest import Pond, QueryCounter, freeze

pytestmark = pytest.mark.django_db(transaction=True)

SQUARE = [[[10.0, 10.0, 30.0, 10.0, 30.0, 30.0, 10.0, 30.0]]]


def image_of(pond: Pond, stem: str) -> Image:
    return Image.objects.select_related("dataset").get(dataset=pond.dataset, stem=stem)


def add_object(pond: Pond, stem: str) -> str:
    image, pk = image_of(pond, stem), str(uuid4())
    item: Any = {"id": pk, "class_id": pond.classes[0].pk, "polygons": SQUARE}
    save_annotation(image.pk, base_revision=image.revision, upsert=[item], author=pond.lead)
    return pk


def figures(before: Version, after: Version | None) -> dict[str, Any]:
    comparison = compare(before, after)
    while count_open(comparison):
        go_on(comparison)
    return dict(describe_comparison(comparison))


def rows_of(before: Version, after: Version | None, kind: str = "") -> dict[str, Any]:
    comparison = compare(before, after)
    return {
        row["name"]: row
        for row in list_images(comparison, kind=kind, offset=0, limit=100)["results"]
    }


def test_nothing_differs(pond: Pond) -> None:
    first, second = freeze(pond), freeze(pond)
    for after in (second, None):
        found = figures(first, after)
        assert found["images"]["same"] == 14
        assert found["images"]["different"] == 0
        assert found["classes"] == []


def test_images_that_came_went_and_moved(pond: Pond) -> None:
    first = freeze(pond)
    pond.add_image("new", split="train", seed=1)
    pond.add_image("half", split="train", status="in_progress")
    delete_image(image_of(pond, "train-00"), author=pond.lead)
    set_split(image_of(pond, "train-01"), "val")
    set_status(image_of(pond, "train-02"), "in_progress", author=pond.lead)
    found = figures(first, None)
    counted = {kind: count for kind, count in found["images"].items() if count}
    assert counted == {
        "same": 11, "different": 4, "added": 1, "removed": 1, "not_done": 1, "moved": 1,
    }  # fmt: skip
    rows = rows_of(first, None)
    assert rows["new.png"]["kind"] == "added"
    assert rows["train-00.png"]["image"] is None
    assert rows["train-00.png"]["before"]["image_url"].startswith("/api/versions/")
    moved = rows["train-01.png"]
    assert (moved["before"]["split"], moved["after"]["split"]) == ("train", "val")
    assert list(rows_of(first, None, "not_done")) == ["train-02.png"]
    second = freeze(pond)
    found = figures(first, second)
    assert (found["images"]["removed"], found["images"]["not_done"]) == (2, 0)


def test_objects_that_came_went_and_changed(pond: Pond) -> None:
    first = freeze(pond)
    disc, diamond = pond.classes
    add_object(pond, "train-00")
    image = image_of(pond, "train-01")
    gone = str(image.instances.all()[0].pk)
    save_annotation(image.pk, base_revision=image.revision, delete=[gone], author=pond.lead)
    image = image_of(pond, "train-02")
    one = image.instances.all()[0]
    moved: Any = {"id": str(one.pk), "class_id": one.dataset_class_id, "polygons": SQUARE}
    save_annotation(image.pk, base_revision=image.revision, upsert=[moved], author=pond.lead)
    image = image_of(pond, "val-01")
    one = image.instances.all()[0]
    other = diamond if one.dataset_class_id == disc.pk else disc
    item: Any = {"id": str(one.pk), "class_id": other.pk, "polygons": one.polygons}
    save_annotation(image.pk, base_revision=image.revision, upsert=[item], author=pond.lead)
    for after in (None, freeze(pond)):
        found = figures(first, after)
        assert found["objects"] == {
            "added": 1, "removed": 1, "changed": 1, "class_changed": 1,
            "in_added_images": 0, "in_removed_images": 0,
        }  # fmt: skip
        assert len(found["class_moves"]) == 1
        assert found["class_moves"][0]["count"] == 1
        rows = rows_of(first, after)
        assert len(rows) == 4
        drawn = rows["train-02.png"]["drawn"]
        assert [item["kind"] for item in drawn] == ["changed"]
        assert drawn[0]["before"]
        assert drawn[0]["after"]
        assert list(rows_of(first, after, "class_changed")) == [image.file_name]
    back = figures(freeze(pond), first)
    assert (back["objects"]["added"], back["objects"]["removed"]) == (1, 1)


def test_attributes_alone_and_an_undone_edit_are_no_difference(pond: Pond) -> None:
    first = freeze(pond)
    image = image_of(pond, "train-00")
    one = image.instances.all()[0]
    noted: Any = {
        "id": str(one.pk), "class_id": one.dataset_class_id, "polygons": one.polygons, "note": "x",
    }  # fmt: skip
    save_annotation(image.pk, base_revision=image.revision, upsert=[noted], author=pond.lead)
    pk = add_object(pond, "train-01")
    image = image_of(pond, "train-01")
    save_annotation(image.pk, base_revision=image.revision, delete=[pk], author=pond.lead)
    found = figures(first, None)
    assert (found["images"]["same"], found["images"]["different"]) == (14, 0)


def test_objects_of_versions_that_do_not_know_their_ids_are_paired_by_outline(pond: Pond) -> None:
    first = freeze(pond)
    from training import paths

    path = paths.manifest_path(first)
    manifest = json.loads(path.read_text())
    for image in manifest["images"]:
        image.pop("instance_ids")
    path.write_text(json.dumps(manifest))
    add_object(pond, "train-00")
    found = figures(first, None)
    assert found["objects"]["added"] == 1
    assert found["objects"]["removed"] == found["objects"]["changed"] == 0


def test_classes_renamed_added_and_merged(pond: Pond) -> None:
    first = freeze(pond)
    disc, diamond = pond.classes
    update_class(disc, name="ball")
    add_class(pond.dataset, name="goose")
    changed = 0
    for image in Image.objects.filter(dataset=pond.dataset, instances__dataset_class=diamond):
        if image.instances.filter(dataset_class=diamond).exists():
            changed += image.instances.filter(dataset_class=diamond).count()
            change_class(image, from_id=diamond.pk, into_id=disc.pk, author=pond.lead)
    update_class(diamond, is_retired=True)
    found = figures(first, None)
    told = [(item["change"], item["name_before"], item["name_after"], item["into"]) for item in
            found["classes"]]  # fmt: skip
    assert told == [
        ("renamed", "disc", "ball", ""),
        ("merged", "diamond", "diamond", "ball"),
        ("added", "", "goose", ""),
    ]
    assert found["class_moves"] == [{"before": "diamond", "after": "ball", "count": changed}]


def test_the_same_pixels_under_another_id_are_one_image(pond: Pond) -> None:
    pond.add_image("old-name", split="train", seed=77)
    first = freeze(pond)
    delete_image(image_of(pond, "old-name"), author=pond.lead)
    pond.add_image("new-name", split="val", seed=77)
    found = figures(first, None)["images"]
    assert (found["added"], found["removed"]) == (0, 0)
    assert (found["renamed"], found["moved"], found["objects"]) == (1, 1, 0)


def test_a_comparison_goes_on_where_it_stopped(pond: Pond) -> None:
    first = freeze(pond)
    for stem in ("train-00", "train-01", "train-02"):
        add_object(pond, stem)
    comparison = compare(first, None)
    assert count_open(comparison) == 3
    go_on(comparison, seconds=0)
    assert count_open(compare(first, None)) == 2
    assert describe_comparison(comparison)["objects"]["added"] == 1
    add_object(pond, "train-03")
    newer = compare(first, None)
    assert newer.state != comparison.state
    assert list_images(comparison, kind="", offset=0, limit=9)["total"] == 3, "as it was"


def test_identical_label_files_are_not_opened(
    pond: Pond, monkeypatch: pytest.MonkeyPatch, count_queries: QueryCounter
) -> None:
    first = freeze(pond)
    add_object(pond, "train-00")
    opened: list[str] = []
    read = VersionIndex.read_label

    def noting(index: VersionIndex, image: Any) -> bytes:
        opened.append(image.stem)
        return read(index, image)

    monkeypatch.setattr(VersionIndex, "read_label", noting)
    figures(first, freeze(pond))
    assert opened == ["train-00", "train-00"]
    before = count_queries(lambda: compare(first, None))
    for number in range(30):
        pond.add_image(f"more-{number}", split="train", seed=number)
    assert count_queries(lambda: compare(first, None)) == before


def test_few_files_are_kept(pond: Pond, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differences, "keep_newest", lambda folder: real(folder, 2))
    from training.versions.version_index import keep_newest as real

    first = freeze(pond)
    for stem in ("train-00", "train-01", "train-02"):
        add_object(pond, stem)
        last = compare(first, None)
    assert len(list(last.path.parent.iterdir())) == 2
    assert last.path.is_file()


def test_the_api_answers_members_in_pages(pond: Pond) -> None:
    first = freeze(pond)
    for stem in ("train-00", "train-01", "train-02"):
        add_object(pond, stem)
    client = client_of(pond.annotator)
    address = f"/api/datasets/{pond.dataset.slug}/versions/differences"
    found = client.get(f"{address}/", {"before": first.number}).json()
    while found["open"]:
        found = client.get(f"{address}/", {"before": first.number}).json()
    assert found["images"]["objects_added"] == 3
    query = {"before": first.number, "state": found["state"], "kind": "objects_added"}
    page = client.get(f"{address}/images/", {**query, "page_size": 2}).json()
    assert (page["total"], len(page["results"])) == (3, 2)
    rest = client.get(page["next"]).json()
    assert [row["name"] for row in rest["results"]] == ["train-02.png"]
    position = page["results"][1]["position"]
    one = client.get(f"{address}/images/{position}/", query).json()
    assert one["previous"] == page["results"][0]["position"]
    assert one["next"] == rest["results"][0]["position"]
    assert sum(item["kind"] == "added" for item in one["after"]) == 1
    assert all(item["kind"] == "same" for item in one["before"])
    answer: Any = client.get(f"{address}.csv", query)
    lines = b"".join(answer.streaming_content).decode()
    table = list(csv.DictReader(io.StringIO(lines)))
    assert [row["name"] for row in table] == ["train-00.png", "train-01.png", "train-02.png"]
    assert table[0]["objects_added"] == "1"
    answer = client.get(f"{address}.json", query)
    document = json.loads(b"".join(answer.streaming_content))
    assert document["differences"]["images"]["objects_added"] == len(document["images"]) == 3
    assert client.get(f"{address}/images/", {**query, "state": "0" * 16}).status_code == 409
    assert client.get(f"{address}/images/", {**query, "state": "../../x"}).status_code == 409
    assert client.get(f"{address}/", {"before": 99}).status_code == 404
    assert client_of(pond.stranger).get(f"{address}/", {"before": 1}).status_code == 404


def test_a_comparison_that_was_removed_meanwhile_is_begun_anew(pond: Pond) -> None:
    version = freeze(pond)
    comparison = compare(version, None)
    comparison.path.unlink()  # to make room for others
    with pytest.raises(ConflictError, match="not kept any more"):
        count_open(comparison)
    assert not comparison.path.exists()
    assert figures(version, None)["images"]["same"] == 14


def test_making_room_leaves_the_folders_of_work_under_way(tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / f"{n}").mkdir()
        os.utime(tmp_path / f"{n}", (n, n))
        (tmp_path / f"{n}.sqlite3").touch()
    keep_newest(tmp_path, most=1)
    assert sum(path.is_file() for path in tmp_path.iterdir()) == 1
    assert sum(path.is_dir() for path in tmp_path.iterdir()) == 3

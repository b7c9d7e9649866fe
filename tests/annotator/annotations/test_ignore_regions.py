"""Ignore regions: saved like objects, and counted as none anywhere."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from annotator import paths
from annotator.annotations.data import InstanceData, read_annotation
from annotator.annotations.history import read_revision
from annotator.bulk.classes import measure_uses
from annotator.folder.intake import StagedObject
from annotator.folder.live_folder import take_in_outside_edits
from annotator.folder.saving import replace_annotation, save_annotation
from annotator.folder.trash.instances import restore_instances
from annotator.labels.polygons.geometry import Polygons
from annotator.models import Image, Instance
from annotator.outside.labels import match_instances
from annotator.review.independent import give_out_image, save_independent
from tests.annotator.conftest import Pond, client_of, square
from training.versions.versions import preview_version

pytestmark = pytest.mark.django_db(transaction=True)


def make(class_id: int | None, polygons: Polygons | None = None) -> InstanceData:
    return {
        "id": str(uuid.uuid4()),
        "class_id": class_id,
        "polygons": polygons or square(),
    }


def save(image: Image, pond: Pond, *items: InstanceData, **values: Any) -> Image:
    return save_annotation(
        image.pk,
        base_revision=Image.objects.get(pk=image.pk).revision,
        upsert=items,
        author=pond.annotator,
        **values,
    )


def label_of(image: Image) -> bytes:
    return paths.label_path(Image.objects.get(pk=image.pk)).read_bytes()


def test_a_region_is_saved_and_read_and_is_no_object(pond: Pond, image: Image) -> None:
    client = client_of(pond.annotator)
    region = make(None)
    answer = client.patch(
        f"/api/images/{image.pk}/annotation/",
        {"upsert": [make(pond.duck.pk), region]},
        format="json",
        headers={"If-Match": '"0"'},
    ).json()
    assert (answer["instance_count"], answer["ignore_region_count"]) == (1, 1)
    image.refresh_from_db()
    assert (image.instance_count, image.ignore_region_count) == (1, 1)
    assert [item["class_id"] for item in image.outline] == [pond.duck.pk]
    items = client.get(f"/api/images/{image.pk}/annotation/").json()["instances"]
    assert [item["class_id"] for item in items] == [pond.duck.pk, None]
    assert image.instances.count() == Instance.objects.count() == 1
    assert str(Instance.ignore_regions.get().pk) == region["id"]
    revision = image.revisions.get(number=1)
    assert (revision.added, revision.changed, revision.ignore_regions) == (1, 0, 1)


def test_a_class_has_to_be_named(pond: Pond, image: Image) -> None:
    item: dict[str, object] = {"id": str(uuid.uuid4()), "polygons": square()}
    answer = client_of(pond.annotator).patch(
        f"/api/images/{image.pk}/annotation/",
        {"upsert": [item]},
        format="json",
        headers={"If-Match": '"0"'},
    )
    assert answer.status_code == 400


def test_the_label_file_holds_objects_and_a_region_leaves_it_untouched(
    pond: Pond, image: Image
) -> None:
    duck = make(pond.duck.pk)
    save(image, pond, duck, status="done")
    path = paths.label_path(Image.objects.get(pk=image.pk))
    before, written = path.read_bytes(), path.stat().st_mtime_ns
    save(image, pond, make(None))
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, written)
    save(image, pond, {**duck, "class_id": None})  # the object becomes a region
    assert label_of(image) == b""
    image.refresh_from_db()
    assert (image.instance_count, image.ignore_region_count, image.outline) == (0, 2, [])
    save(image, pond, {**duck, "class_id": pond.swan.pk})  # and an object again
    assert label_of(image).startswith(b"1 ")
    image.refresh_from_db()
    assert (image.instance_count, image.ignore_region_count) == (1, 1)


def test_history_and_trash_hold_regions(pond: Pond, image: Image) -> None:
    region = make(None)
    save(image, pond, region)
    save(image, pond, delete=[region["id"]])
    assert Image.objects.get(pk=image.pk).ignore_region_count == 0
    image.refresh_from_db()
    assert [item["class_id"] for item in read_revision(image, 1)["instances"]] == [None]
    assert read_revision(image, 2)["instances"] == []
    client = client_of(pond.annotator)
    deleted = client.get(f"/api/images/{image.pk}/deleted-instances/").json()
    assert [item["class_id"] for item in deleted] == [None]
    changed, skipped = restore_instances(
        pond.dataset, [uuid.UUID(region["id"])], author=pond.annotator
    )
    assert (changed, skipped) == (1, [])
    assert [item["id"] for item in read_annotation(image)["instances"]] == [region["id"]]
    assert Image.objects.get(pk=image.pk).ignore_region_count == 1


def test_a_label_file_that_was_edited_outside_leaves_regions_alone(
    pond: Pond, image: Image
) -> None:
    duck, region = make(pond.duck.pk), make(None, square(50, 30))
    save(image, pond, duck, region, status="done")
    path = paths.label_path(Image.objects.get(pk=image.pk))
    path.write_bytes(b"1 0.1 0.1 0.3 0.1 0.3 0.3\n")
    assert take_in_outside_edits(pond.dataset) == 1
    items = read_annotation(Image.objects.get(pk=image.pk))["instances"]
    assert [(item["class_id"], item["polygons"]) for item in items][1:] == [(None, square(50, 30))]
    assert items[0]["class_id"] == pond.swan.pk
    assert path.read_bytes() == b"1 0.1 0.1 0.3 0.1 0.3 0.3\n"


def test_a_second_annotation_may_have_regions_and_they_are_not_compared(
    pond: Pond, image: Image
) -> None:
    save(image, pond, make(pond.duck.pk), status="done")
    image.refresh_from_db()
    row = give_out_image(image, annotator_id=pond.reviewer.pk, asked_by=pond.lead)
    region = make(None, square(60, 50))
    row = save_independent(row, base_revision=0, upsert=[make(pond.duck.pk)], status="done")
    alone = row.comparison
    row = save_independent(row, base_revision=1, upsert=[region], status="done")
    assert (row.comparison, row.disagreement) == (alone, 0.0)
    assert [item["class_id"] for item in row.instances] == [pond.duck.pk, None]


def test_too_many_shapes_are_refused_whatever_they_are(
    pond: Pond, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.annotations.store.MAX_OBJECTS", 2)
    save(image, pond, make(pond.duck.pk), make(None))
    answer = client_of(pond.annotator).patch(
        f"/api/images/{image.pk}/annotation/",
        {"upsert": [make(None)]},
        format="json",
        headers={"If-Match": '"1"'},
    )
    assert answer.status_code == 413


_CHANGES_WITH_EVERY_SAVE = {
    *("revision", "updated_at", "ignore_region_count", "last_saved_at", "active_seconds"),
    *("saves", "first_revision", "active_time", "last_active_at", "seconds", "last_save"),
}


def _steady(value: object) -> object:
    if isinstance(value, dict):
        return {
            key: _steady(each) for key, each in value.items() if key not in _CHANGES_WITH_EVERY_SAVE
        }
    return [_steady(each) for each in value] if isinstance(value, list) else value


def _figures(pond: Pond, client: APIClient) -> dict[str, object]:
    """Every figure and every file of a dataset."""
    slug = pond.dataset.slug
    addresses = [
        "/api/datasets/",
        *(f"/api/datasets/{slug}/{path}" for path in _PLACES),
        f"/api/datasets/{slug}/classes/{pond.duck.pk}/uses/",
        f"/api/datasets/{slug}/images/?class={pond.duck.pk}",
        f"/api/datasets/{slug}/images/facets/?class={pond.duck.pk}",
    ]
    figures: dict[str, object] = {}
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200, address
        figures[address] = _steady(answer.json())
    for item in Image.objects.filter(dataset=pond.dataset):
        found = client.get(f"/api/images/{item.pk}/").json()
        figures[item.stem] = _steady(found)
    figures["version"] = preview_version(pond.dataset)
    figures["uses"] = measure_uses(pond.duck)
    split = client.post(f"/api/datasets/{slug}/splits/preview/", {}, format="json")
    assert split.status_code == 200, split.content
    figures["split"] = split.json()
    root = paths.dataset_dir(pond.dataset)
    figures["files"] = {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix in {".txt", ".yaml"}
    }
    return figures


_PLACES = [
    "",
    *("insights/", "classes/", "images/", "images/facets/", "people/", "agreement/"),
    *("independent/", "images/?has_box=true", "images/?is_empty=true", "versions/"),
    *("versions/preview/", "trash/instances/", "export/preview/?format=yolo"),
    "export/preview/?format=coco",
]


def test_no_figure_changes_when_ignore_regions_are_drawn(pond: Pond) -> None:
    for stem, split in (("a", "train"), ("b", "train"), ("c", "val"), ("d", "test")):
        image = pond.add_image(stem, split=split)
        objects = [] if stem == "d" else [make(pond.duck.pk), make(pond.swan.pk, square(50, 40))]
        save(image, pond, *objects, status="done")
    open_image = pond.add_image("e")
    save(open_image, pond, make(pond.duck.pk))
    first = Image.objects.get(dataset=pond.dataset, stem="a")
    row = give_out_image(first, annotator_id=pond.reviewer.pk, asked_by=pond.lead)
    save_independent(row, base_revision=0, upsert=[make(pond.duck.pk)], status="done")
    client = client_of(pond.lead)
    without = _figures(pond, client)
    for image in Image.objects.filter(dataset=pond.dataset):
        save(image, pond, make(None), {**make(None, square(0, 0, 70)), "is_box": True})
    assert Instance.ignore_regions.count() == 10
    with_regions = _figures(pond, client)
    assert with_regions.keys() == without.keys()
    for name, figure in without.items():
        assert with_regions[name] == figure, name


def test_replacing_all_replaces_regions_too(pond: Pond, image: Image) -> None:
    save(image, pond, make(None))
    image.refresh_from_db()
    replace_annotation(
        image.pk, base_revision=1, instances=[make(pond.duck.pk)], author=pond.annotator
    )
    image.refresh_from_db()
    assert (image.instance_count, image.ignore_region_count) == (1, 0)


def test_the_schema_says_what_no_class_means(pond: Pond, tmp_path: Path) -> None:
    schema = client_of(pond.lead).get("/api/schema/", {"format": "json"}).content
    instance = json.loads(schema)["components"]["schemas"]["Instance"]
    assert instance["properties"]["class_id"]["nullable"] is True


def test_taking_in_a_label_file_from_outside_keeps_regions(pond: Pond, image: Image) -> None:
    duck, region = make(pond.duck.pk), make(None, square(50, 30))
    save(image, pond, duck, region)
    staged = StagedObject(pond.swan.pk, 1, square(0, 0, 9))
    items = match_instances(Image.objects.get(pk=image.pk), [staged])
    assert [item["class_id"] for item in items] == [pond.swan.pk, None]
    assert items[1]["id"] == region["id"]

"""Instances that were deleted, and putting them back."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotator import paths
from annotator.annotations.data import InstanceData, read_annotation
from annotator.datasets.datasets import delete_class
from annotator.folder.changing import delete_image
from annotator.folder.saving import save_annotation
from annotator.folder.trash.instances import (
    list_deleted_instances,
    list_trashed_instances,
    restore_instances,
)
from annotator.models import DeletedInstance, Image, ImageStatus
from tests.annotator.conftest import MakeInstance, Pond, client_of, square

pytestmark = pytest.mark.django_db(transaction=True)


def save(image: Image, pond: Pond, **values: Any) -> Image:
    revision = Image.objects.get(pk=image.pk).revision
    return save_annotation(image.pk, base_revision=revision, author=pond.annotator, **values)


def instances_of(image: Image) -> list[InstanceData]:
    return read_annotation(Image.objects.get(pk=image.pk))["instances"]


def test_deleted_instances_are_listed_as_they_were_last(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    a, b, kept = make_instance(), make_instance(note="b"), make_instance()
    save(image, pond, upsert=[a, b, kept])
    moved = {**a, "polygons": square(50, 50), "occluded": True}
    save(image, pond, upsert=[moved])
    save(image, pond, delete=[a["id"]])
    save(image, pond, delete=[b["id"]])
    rows = client_of(pond.reviewer).get(f"/api/images/{image.pk}/deleted-instances/").json()
    assert [row["revision"] for row in rows] == [4, 3]
    assert rows[0]["deleted_by"]["username"] == "annotator"
    shape = ("id", "class_id", "polygons", "occluded", "truncated", "note", "is_box")
    assert [{key: row[key] for key in shape} for row in rows] == [b, moved]


def test_saved_with_its_id_an_instance_is_back(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    item = make_instance()
    save(image, pond, upsert=[item])
    save(image, pond, delete=[item["id"]])
    save(image, pond, upsert=[item])
    assert list_deleted_instances(image) == []
    save(image, pond, delete=[item["id"]])
    assert [row.revision for row in list_deleted_instances(image)] == [4]


def test_what_is_put_and_deleted_in_one_save_stays(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    item = make_instance()
    for _ in range(2):
        save(image, pond, upsert=[item], delete=[item["id"]])
        assert instances_of(image) == [item]
    assert Image.objects.get(pk=image.pk).revision == 1
    assert not DeletedInstance.objects.exists()


def test_after_the_period_they_are_not_offered(
    pond: Pond, image: Image, make_instance: MakeInstance, settings: Any
) -> None:
    settings.TRASH_DAYS = 2
    item = make_instance()
    save(image, pond, upsert=[item])
    save(image, pond, delete=[item["id"]])
    DeletedInstance.objects.update(deleted_at=timezone.now() - timedelta(days=3))
    assert list_deleted_instances(image) == []
    assert not list_trashed_instances(pond.dataset).exists()
    changed, skipped = restore_instances(
        pond.dataset, [DeletedInstance.objects.get().instance_id], author=pond.lead
    )
    assert (changed, len(skipped)) == (0, 1)


def test_putting_back_is_one_revision_an_image_and_writes_the_label(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    other = pond.add_image("b")
    items = [make_instance(note=str(n), polygons=square(n * 20, 0, 10)) for n in range(3)]
    save(image, pond, upsert=items[:2], status=ImageStatus.DONE)
    save(other, pond, upsert=items[2:])
    save(image, pond, delete=[item["id"] for item in items[:2]])
    save(other, pond, delete=[items[2]["id"]])
    assert paths.label_path(image).read_bytes() == b""
    url = f"/api/datasets/{pond.dataset.slug}/trash/instances/"
    client = client_of(pond.lead)
    rows = client.get(url).json()["results"]
    assert {row["id"] for row in rows} == {item["id"] for item in items}
    assert rows[0]["file_name"] == "b.png"
    assert rows[0]["outline"] != []
    answer = client.post(f"{url}restore/", {"ids": [item["id"] for item in items]})
    assert answer.json() == {"changed": 3, "skipped": []}
    assert sorted(instances_of(image), key=lambda item: item["note"]) == items[:2]
    assert instances_of(other) == items[2:]
    assert len(paths.label_path(image).read_bytes().splitlines()) == 2
    newest = image.revisions.first()
    assert newest is not None
    assert (newest.number, newest.author, newest.added) == (3, pond.lead, 2)
    again = client.post(f"{url}restore/", {"ids": [items[0]["id"]]}).json()
    assert (again["changed"], again["skipped"][0]["id"]) == (0, items[0]["id"])
    assert client.get(url).json()["results"] == []


def test_what_cannot_be_put_back_is_skipped_with_a_reason(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    swan, duck, elsewhere = make_instance(class_id=pond.swan.pk), make_instance(), make_instance()
    other = pond.add_image("b")
    save(image, pond, upsert=[swan, duck])
    save(image, pond, delete=[swan["id"], duck["id"]])
    save(other, pond, upsert=[elsewhere])
    save(other, pond, delete=[elsewhere["id"]])
    delete_class(pond.swan)
    delete_image(other, author=pond.lead)
    ids = [item["id"] for item in (swan, duck, elsewhere)]
    answer = client_of(pond.lead).post(
        f"/api/datasets/{pond.dataset.slug}/trash/instances/restore/", {"ids": ids}
    )
    assert answer.json()["changed"] == 1
    reasons = {item["id"]: item["reason"] for item in answer.json()["skipped"]}
    assert set(reasons) == {swan["id"], elsewhere["id"]}
    assert reasons[str(swan["id"])] == "Its class was deleted."
    assert instances_of(image) == [duck]


def test_the_queries_of_the_lists_do_not_grow(
    pond: Pond, make_instance: MakeInstance, django_assert_max_num_queries: Any
) -> None:
    for n in range(4):
        image = pond.add_image(f"img{n}")
        items = [make_instance() for _ in range(3)]
        save(image, pond, upsert=items)
        save(image, pond, delete=[item["id"] for item in items])
        if n > 1:
            delete_image(image, author=pond.lead)
    client = client_of(pond.lead)
    url = f"/api/datasets/{pond.dataset.slug}/trash"
    with django_assert_max_num_queries(5):
        assert len(client.get(f"{url}/instances/").json()["results"]) == 6
    with django_assert_max_num_queries(5):
        rows = client.get(f"{url}/images/").json()["results"]
    assert [row["file_name"] for row in rows] == ["img3.png", "img2.png"]
    assert client.get(rows[0]["thumbnail_url"])["Content-Type"] == "image/webp"
    assert rows[0]["deleted_by"]["username"] == "lead"
    assert rows[0]["purged_at"] > rows[0]["deleted_at"]
    first = Image.objects.get(stem="img0")
    with django_assert_max_num_queries(6):
        client.get(f"/api/images/{first.pk}/deleted-instances/")

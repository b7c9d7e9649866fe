"""Ids in a request reach only what belongs to the image or dataset of the request."""

import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from annotator.datasets.datasets import create_dataset
from annotator.folder.saving import save_annotation
from annotator.models import Comment, DeletedInstance, Image, IndependentAnnotation, Instance
from tests.annotator.conftest import MakeInstance, Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Elsewhere:
    """The pond of a stranger: an image with an object, and with one that was deleted."""

    image: Image
    living: str
    deleted: str
    comment: Comment


@pytest.fixture
def elsewhere(pond: Pond) -> Elsewhere:
    dataset = create_dataset(owner=pond.stranger, name="Elsewhere", classes=[{"name": "fox"}])
    theirs = Pond(dataset, pond.stranger, pond.stranger, pond.stranger, pond.lead)
    image = theirs.add_image("theirs")
    objects: list[Any] = [
        {
            "id": str(uuid.uuid4()),
            "class_id": dataset.classes.get().pk,
            "polygons": [[[10.0, 10.0, 30.0, 10.0, 30.0, 30.0]]],
        }
        for _ in range(2)
    ]
    save_annotation(image.pk, base_revision=0, upsert=objects, author=pond.stranger)
    save_annotation(
        image.pk, base_revision=1, delete=[objects[1]["id"]], author=pond.stranger, status="done"
    )
    image.refresh_from_db()
    comment = Comment.objects.create(image=image, author=pond.stranger, text="?")
    return Elsewhere(image, objects[0]["id"], objects[1]["id"], comment)


def untouched(elsewhere: Elsewhere) -> bool:
    deleted = DeletedInstance.objects.filter(instance_id=elsewhere.deleted, image=elsewhere.image)
    living = Instance.objects.filter(pk=elsewhere.living, image=elsewhere.image)
    image = Image.objects.get(pk=elsewhere.image.pk)
    return deleted.exists() and living.exists() and (image.revision, image.split) == (2, "train")


@pytest.mark.parametrize("which", ["living", "deleted"])
@pytest.mark.parametrize("method", ["put", "upsert", "delete", "comment", "second", "verdict"])
def test_an_object_of_another_image_is_refused(
    pond: Pond, image: Image, elsewhere: Elsewhere, make_instance: MakeInstance,
    which: str, method: str,
) -> None:  # fmt: skip
    pk = getattr(elsewhere, which)
    client = client_of(pond.reviewer)
    address = f"/api/images/{image.pk}/"
    body: dict[str, Any]
    match method:
        case "put":
            body = {"instances": [make_instance(id=pk)]}
            answer = client.put(f"{address}annotation/", body, headers={"If-Match": '"0"'})
        case "upsert" | "delete":
            body = {method: [make_instance(id=pk)] if method == "upsert" else [pk]}
            answer = client.patch(f"{address}annotation/", body, headers={"If-Match": '"0"'})
        case "comment":
            answer = client.post(f"{address}comments/", {"text": "x", "instance_id": pk})
        case "verdict":
            save_annotation(image.pk, base_revision=0, status="done", author=pond.annotator)
            answer = client.post(
                f"{address}review/",
                {"verdict": "sent_back", "comment": {"text": "x", "instance_id": pk}},
                headers={"If-Match": '"1"'},
            )
        case _:
            row = IndependentAnnotation.objects.create(
                image=image, annotator=pond.reviewer, first_revision=0
            )
            answer = client.patch(
                f"/api/independent/{row.pk}/annotation/",
                {"upsert": [make_instance(id=pk)]},
                headers={"If-Match": '"0"'},
            )
    assert answer.status_code == 409, answer.content
    assert answer.json()["code"] == "instance_elsewhere"
    assert "belongs to another image" in answer.json()["detail"]
    assert untouched(elsewhere)
    assert not image.instances.exists()
    assert not image.comments.exists()


def test_undo_still_works_where_the_object_was_deleted(
    pond: Pond, image: Image, elsewhere: Elsewhere, make_instance: MakeInstance
) -> None:
    taken = client_of(pond.annotator).patch(
        f"/api/images/{image.pk}/annotation/",
        {"upsert": [make_instance(id=elsewhere.deleted)]},
        headers={"If-Match": '"0"'},
    )
    assert taken.status_code == 409
    back = client_of(pond.stranger).post(
        f"/api/datasets/{elsewhere.image.dataset.slug}/trash/instances/restore/",
        {"ids": [elsewhere.deleted]},
    )
    assert back.json() == {"changed": 1, "skipped": []}


def test_a_delete_can_be_repeated(pond: Pond, image: Image, make_instance: MakeInstance) -> None:
    item = make_instance()
    save_annotation(image.pk, base_revision=0, upsert=[item], author=pond.lead)  # type: ignore[list-item]
    for _ in range(2):
        save_annotation(image.pk, base_revision=1, delete=[str(item["id"])], author=pond.lead)
    assert Image.objects.get(pk=image.pk).revision == 2
    save_annotation(
        image.pk, base_revision=2, delete=[str(uuid.uuid4())], author=pond.lead
    )  # never there: nothing to do
    save_annotation(image.pk, base_revision=2, upsert=[item], author=pond.lead)  # type: ignore[list-item]
    assert not DeletedInstance.objects.exists()


IMAGE_ACTIONS: list[tuple[str, dict[str, Any]]] = [
    ("images/bulk/", {"action": "set_split", "split": "val"}),
    ("images/bulk/", {"action": "set_status", "status": "in_progress"}),
    ("images/bulk/", {"action": "set_assignee", "assignee": None}),
    ("images/bulk/", {"action": "share_out", "assignees": ["{annotator}"]}),
    ("images/bulk/", {"action": "review", "verdict": "accepted"}),
    ("images/bulk/", {"action": "delete"}),
    ("trash/images/restore/", {}),
    ("trash/images/purge/", {}),
    ("independent/", {"annotator": "{annotator}"}),
]


@pytest.mark.parametrize(("address", "body"), IMAGE_ACTIONS)
@pytest.mark.parametrize("is_trashed", [False, True])
def test_images_of_another_dataset_are_skipped_with_a_reason(
    pond: Pond, elsewhere: Elsewhere, address: str, body: dict[str, Any], is_trashed: bool
) -> None:
    if is_trashed:
        answer = client_of(pond.stranger).delete(f"/api/images/{elsewhere.image.pk}/")
        assert answer.status_code == 204
    before = Image.all_objects.values().get(pk=elsewhere.image.pk)
    filled: dict[str, Any] = {"ids": [str(elsewhere.image.pk)], **body}
    if filled.get("annotator"):
        filled["annotator"] = pond.annotator.pk
    if filled.get("assignees"):
        filled["assignees"] = [pond.annotator.pk]
    answer = client_of(pond.lead).post(f"/api/datasets/{pond.dataset.slug}/{address}", filled)
    assert answer.status_code == 200, answer.content
    assert answer.json()["changed"] == 0
    [skipped] = answer.json()["skipped"]
    assert skipped["id"] == str(elsewhere.image.pk)
    assert skipped["reason"]
    assert Image.all_objects.values().get(pk=elsewhere.image.pk) == before


def test_deleted_objects_of_another_dataset_do_not_come_back_from_here(
    pond: Pond, elsewhere: Elsewhere
) -> None:
    answer = client_of(pond.lead).post(
        f"/api/datasets/{pond.dataset.slug}/trash/instances/restore/",
        {"ids": [elsewhere.deleted, elsewhere.living]},
    )
    assert answer.json()["changed"] == 0
    assert len(answer.json()["skipped"]) == 2
    assert untouched(elsewhere)


@pytest.mark.parametrize(
    ("method", "address", "body", "status"),
    [
        ("get", "/api/datasets/{slug}/images/?class={class}", None, 200),
        ("get", "/api/datasets/{slug}/images/facets/?class={class}", None, 200),
        ("get", "/api/images/{image}/neighbours/?class={class}", None, 200),
        ("get", "/api/images/{image}/strip/?class={class}", None, 200),
        ("post", "/api/datasets/{slug}/next/", {"after": "{theirs}"}, 200),
        ("patch", "/api/datasets/{slug}/classes/{class}/", {"name": "x"}, 404),
        ("delete", "/api/datasets/{slug}/classes/{class}/", None, 404),
        ("patch", "/api/datasets/{slug}/members/{member}/", {"role": "annotator"}, 404),
        ("delete", "/api/datasets/{slug}/members/{member}/", None, 404),
    ],
)
def test_ids_of_another_dataset_find_nothing_here(
    pond: Pond, image: Image, elsewhere: Elsewhere,
    method: str, address: str, body: dict[str, Any] | None, status: int,
) -> None:  # fmt: skip
    theirs = elsewhere.image.dataset
    values = {
        "slug": pond.dataset.slug,
        "image": image.pk,
        "theirs": elsewhere.image.pk,
        "class": theirs.classes.get().pk,
        "member": theirs.memberships.get().pk,
    }
    filled = body and {
        name: value.format(**values) if isinstance(value, str) else value
        for name, value in body.items()
    }
    answer = getattr(client_of(pond.lead), method)(address.format(**values), filled)
    assert answer.status_code == status, answer.content
    assert "theirs" not in answer.content.decode()
    assert untouched(elsewhere)
    assert theirs.classes.get().name == "fox"
    assert theirs.memberships.get().role == "lead"

"""Tags, saved views and groups of the grid, and the images that look like one."""

from typing import Any

import pytest

from annotator.bulk.changes import AT_ONCE, run_change
from annotator.datasets.datasets import create_dataset
from annotator.folder.changing import delete_image
from annotator.models import Image, ImageTag, SavedView, Tag
from tests.annotator.conftest import Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)


def call(pond: Pond, method: str, path: str, body: Any = None, *, who: str = "lead") -> Any:
    client = client_of(getattr(pond, who))
    return getattr(client, method)(f"/api/datasets/{pond.dataset.slug}/{path}", body)


def make_tag(pond: Pond, name: str = "night", who: str = "annotator") -> int:
    answer = call(pond, "post", "tags/", {"name": name}, who=who)
    assert answer.status_code == 201, answer.content
    pk: int = answer.json()["id"]
    return pk


def test_members_make_tags_and_leads_change_them(pond: Pond) -> None:
    pk = make_tag(pond)
    assert call(pond, "patch", f"tags/{pk}/", {"name": "dusk"}, who="annotator").status_code == 403
    assert call(pond, "patch", f"tags/{pk}/", {"color": "#010203"}).json()["color"] == "#010203"
    assert call(pond, "post", "tags/", {"name": "NIGHT"}).status_code == 409
    assert call(pond, "post", "tags/", {"name": "a\nb"}).status_code == 400
    other = Tag.objects.create(
        dataset=create_dataset(owner=pond.stranger, name="Other"), name="x", color="#000000"
    )
    assert call(pond, "delete", f"tags/{other.pk}/").status_code == 404
    assert call(pond, "delete", f"tags/{pk}/").status_code == 204
    assert call(pond, "get", "tags/").json() == []


def test_a_tag_goes_on_few_images_at_once_and_on_many_by_a_job(pond: Pond) -> None:
    images = [pond.add_image(f"{n:03}") for n in range(AT_ONCE + 5)]
    tag = make_tag(pond)
    few = [str(image.pk) for image in images[:3]]
    body = {"action": "add_tag", "tag": tag, "ids": few}
    for _ in range(2):
        answer = call(pond, "post", "images/bulk/", body, who="annotator")
        assert answer.json()["changed"] == 3
    assert ImageTag.objects.count() == 3
    assert call(pond, "get", "images/facets/").json()["by_tag"] == [{"tag_id": tag, "count": 3}]

    body = {"action": "add_tag", "tag": tag, "filters": {}}
    job = call(pond, "post", "images/bulk/", body).json()["job"]
    assert job["title"] == f"Tag images “night” in {pond.dataset.name}"
    run_change(job["id"])
    assert ImageTag.objects.count() == len(images)

    delete_image(images[0], author=pond.lead)
    found = call(pond, "get", "images/facets/").json()["by_tag"]
    assert found == [{"tag_id": tag, "count": len(images) - 1}]
    body = {"action": "remove_tag", "tag": tag, "filters": {"tag": str(tag)}}
    run_change(call(pond, "post", "images/bulk/", body).json()["job"]["id"])
    assert call(pond, "get", "images/facets/").json()["by_tag"] == []


def test_a_tag_of_another_dataset_is_refused(pond: Pond, image: Image) -> None:
    other = create_dataset(owner=pond.lead, name="Other")
    tag = Tag.objects.create(dataset=other, name="theirs", color="#000000")
    body = {"action": "add_tag", "tag": tag.pk, "ids": [str(image.pk)]}
    assert call(pond, "post", "images/bulk/", body).status_code == 400
    assert not ImageTag.objects.exists()


def test_an_export_takes_the_images_that_a_filter_lets_through(pond: Pond) -> None:
    tag = make_tag(pond)
    image, _ = pond.add_image("a"), pond.add_image("b")
    ImageTag.objects.create(image=image, tag_id=tag)
    for query, count in (({"tag": tag}, 1), ({"is_pinned": True}, 0), ({"min_width": 1}, 2)):
        answer = call(pond, "get", "export/preview/", {"status": "all", **query})
        assert answer.json()["counts"]["images"] == count, query
    body = {"status": "all", "ground_truth": True}
    assert call(pond, "get", "export/preview/", body, who="annotator").status_code == 403


def test_a_view_is_ones_own_until_a_lead_shares_it(pond: Pond) -> None:
    body = {
        **{"name": "Night", "filters": {"split": "val", "assignee": "me", "class": pond.duck.pk}},
        **{"ordering": "-instance_count", "tile": "large"},
    }
    made = call(pond, "post", "views/", body, who="annotator").json()
    assert made["filters"] == body["filters"]
    assert call(pond, "post", "views/", body, who="annotator").status_code == 409
    assert call(pond, "get", "views/", who="reviewer").json() == []
    path = f"views/{made['id']}/"
    assert call(pond, "patch", path, {"name": "x"}, who="reviewer").status_code == 404
    assert call(pond, "patch", path, {"is_shared": True}, who="annotator").status_code == 403

    own = call(pond, "post", "views/", {**body, "is_shared": True}).json()
    seen = call(pond, "get", "views/", who="annotator").json()
    assert {view["id"] for view in seen} == {made["id"], own["id"]}
    shared = f"views/{own['id']}/"
    assert call(pond, "patch", shared, {"name": "y"}, who="annotator").status_code == 403
    assert call(pond, "patch", shared, {"name": "y"}).json()["name"] == "y"
    assert call(pond, "delete", path, who="annotator").status_code == 204
    assert SavedView.objects.count() == 1


@pytest.mark.parametrize(
    "odd",
    [{"filters": {"colour": "red"}}, {"filters": {"split": "x"}}, {"ordering": "width"}, {"to": 1}],
)
def test_a_view_of_what_is_unknown_is_refused(pond: Pond, odd: dict[str, Any]) -> None:
    assert call(pond, "post", "views/", {"name": "a", **odd}).status_code == 400


def test_an_annotator_keeps_no_view_of_ground_truth(pond: Pond) -> None:
    body = {"name": "a", "filters": {"ground_truth": True}}
    assert call(pond, "post", "views/", body, who="annotator").status_code == 403
    assert call(pond, "post", "views/", body, who="reviewer").status_code == 201


def test_a_shared_view_of_ground_truth_is_not_listed_to_annotators(pond: Pond) -> None:
    body = {"name": "a", "filters": {"ground_truth": False}, "is_shared": True}
    made = call(pond, "post", "views/", body).json()
    assert call(pond, "get", "views/", who="annotator").json() == []
    assert call(pond, "delete", f"views/{made['id']}/", who="annotator").status_code == 404
    assert [view["id"] for view in call(pond, "get", "views/", who="reviewer").json()] == [
        made["id"]
    ]


def test_similar_images_come_nearest_first(pond: Pond) -> None:
    hashes = {"a": 0b1111, "b": 0b1111, "c": 0b0111, "d": -1, "plain": 0, "new": None}
    images = {name: pond.add_image(name) for name in hashes}
    for name, value in hashes.items():
        Image.objects.filter(pk=images[name].pk).update(perceptual_hash=value)

    def similar(name: str, **query: Any) -> Any:
        url = f"/api/images/{images[name].pk}/similar/"
        return client_of(pond.annotator).get(url, query).json()

    found = similar("a")
    assert (found["state"], found["uncompared"]) == ("compared", 1)
    assert [(item["stem"], item["distance"]) for item in found["results"]] == [
        *(("b", 0), ("c", 1), ("d", 60))
    ]
    assert [item["stem"] for item in similar("a", limit=1)["results"]] == ["b"]
    assert similar("plain")["state"] == "plain"
    assert similar("new")["state"] == "waiting"

    delete_image(images["b"], author=pond.lead)
    Image.objects.filter(pk=images["d"].pk).update(perceptual_hash=0b11111)
    found = {item["stem"]: item["distance"] for item in similar("a")["results"]}
    assert found == {"c": 1, "d": 1}


def test_an_image_that_came_in_for_another_of_its_hash_is_similar(pond: Pond) -> None:
    first, second = pond.add_image("a"), pond.add_image("b")
    Image.objects.update(perceptual_hash=0b1111)
    url = f"/api/images/{first.pk}/similar/"
    client = client_of(pond.annotator)
    assert [item["stem"] for item in client.get(url).json()["results"]] == ["b"]
    delete_image(second, author=pond.lead)
    again = pond.add_image("b")
    Image.objects.filter(pk=again.pk).update(perceptual_hash=0b1111)
    assert [item["id"] for item in client.get(url).json()["results"]] == [str(again.pk)]


def test_groups_are_listed_with_their_images(pond: Pond) -> None:
    for n in range(4):
        image = pond.add_image(f"{n}")
        Image.objects.filter(pk=image.pk).update(group=("cam1", "cam2", "")[n % 3])
    assert call(pond, "get", "groups/").json() == [
        {"name": "cam1", "count": 2},
        {"name": "cam2", "count": 1},
    ]
    assert [row["name"] for row in call(pond, "get", "groups/", {"search": "2"}).json()] == ["cam2"]

"""The API of the annotator room, as scripts and the front end use it."""

import json
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from annotator.images.findings.looking import look_over
from annotator.models import Dataset, Image, ImageStatus
from tests.annotator.conftest import MakeInstance, Pond, client_of, square

pytestmark = pytest.mark.django_db(transaction=True)


def test_sign_in_and_out(pond: Pond) -> None:
    client = APIClient()
    assert client.get("/api/session/").json()["user"] is None
    wrong = client.post("/api/session/", {"username": "lead", "password": "no"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_credentials")
    right = client.post("/api/session/", {"username": "lead", "password": "lead-pass-word"})
    assert right.json()["user"]["username"] == "lead"
    session = client.get("/api/session/").json()
    assert (session["user"]["username"], session["trash_days"]) == ("lead", 30)
    assert client.delete("/api/session/").status_code == 204
    assert client.get("/api/datasets/").status_code == 401


def test_sign_in_needs_the_csrf_token(pond: Pond) -> None:
    client = APIClient(enforce_csrf_checks=True)
    body = {"username": "lead", "password": "lead-pass-word"}
    assert client.post("/api/session/", body).status_code == 403
    client.get("/api/session/")
    token = client.cookies["csrftoken"].value
    answer = client.post("/api/session/", body, headers={"X-CSRFToken": token})
    assert answer.status_code == 200


def test_make_a_dataset_with_classes(pond: Pond) -> None:
    answer = client_of(pond.stranger).post(
        "/api/datasets/", {"name": "Ünïcode & Co", "classes": [{"name": "a"}, {"name": "b"}]}
    )
    assert answer.status_code == 201
    body = answer.json()
    assert (body["slug"], body["role"]) == ("unicode-co", "lead")
    assert [(c["index"], c["name"]) for c in body["classes"]] == [(0, "a"), (1, "b")]
    assert body["counts"]["images"] == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "x", "classes": [{"name": "a"}, {"name": "a"}]}, "classes"),
        ({"name": "x", "classes": [{"name": "a", "color": "red"}]}, "classes.0.color"),
    ],
)
def test_what_a_dataset_may_not_be(pond: Pond, body: Any, field: str) -> None:
    before = Dataset.objects.count()
    answer = client_of(pond.lead).post("/api/datasets/", body)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert Dataset.objects.count() == before


def test_two_datasets_of_one_name_have_two_slugs(pond: Pond) -> None:
    client = client_of(pond.lead)
    slugs = [client.post("/api/datasets/", {"name": "Nuts"}).json()["slug"] for _ in range(2)]
    assert slugs == ["nuts", "nuts-2"]


def test_classes_in_use_are_retired_not_deleted(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    client = client_of(pond.lead)
    item = make_instance(class_id=pond.swan.pk)
    client.patch(
        f"/api/images/{image.pk}/annotation/", {"upsert": [item]}, headers={"If-Match": '"0"'}
    )
    url = f"/api/datasets/{pond.dataset.slug}/classes"
    assert client.delete(f"{url}/{pond.swan.pk}/").json()["code"] == "class_in_use"
    assert client.delete(f"{url}/{pond.duck.pk}/").json()["code"] == "class_not_last"
    assert client.patch(f"{url}/{pond.swan.pk}/", {"is_retired": True}).status_code == 200
    taken = client.patch(f"{url}/{pond.swan.pk}/", {"name": "duck"})
    assert taken.status_code == 409
    rows = client.get(f"{url}/").json()
    assert [(row["name"], row["is_retired"]) for row in rows] == [("duck", False), ("swan", True)]
    assert rows[1]["instance_count"] == 1


def test_the_list_of_images_filters_and_pages(pond: Pond, make_instance: MakeInstance) -> None:
    images = [pond.add_image(f"img{n}", split="val" if n == 4 else "train") for n in range(5)]
    client = client_of(pond.annotator)
    item = make_instance(class_id=pond.swan.pk)
    client.patch(
        f"/api/images/{images[2].pk}/annotation/",
        {"upsert": [item], "status": "done"},
        headers={"If-Match": '"0"'},
    )
    url = f"/api/datasets/{pond.dataset.slug}/images/"

    def stems(query: str) -> list[str]:
        return [row["stem"] for row in client.get(f"{url}?{query}").json()["results"]]

    assert stems("split=val") == ["img4"]
    assert stems("status=done") == ["img2"]
    assert stems(f"class={pond.swan.pk}") == ["img2"]
    assert stems("search=IMG3") == ["img3"]
    assert stems("ordering=-updated_at")[0] == "img2"
    page = client.get(f"{url}?page_size=2").json()
    assert [row["stem"] for row in page["results"]] == ["img0", "img1"]
    page = client.get(page["next"]).json()
    assert [row["stem"] for row in page["results"]] == ["img2", "img3"]
    facets = client.get(f"{url}facets/").json()
    assert facets["total"] == 5
    assert facets["by_split"] == {"train": 4, "val": 1}
    assert facets["by_class"] == [{"class_id": pond.swan.pk, "count": 1}]
    assert client.get(f"{url}?split=nonsense").status_code == 400


def test_walking_through_images(pond: Pond) -> None:
    a, b, c = (pond.add_image(stem) for stem in "abc")
    client = client_of(pond.annotator)
    around = client.get(f"/api/images/{b.pk}/neighbours/").json()
    assert around == {"previous": str(a.pk), "next": str(c.pk), "position": 2, "total": 3}
    strip = client.get(f"/api/images/{b.pk}/strip/?before=1&after=1").json()
    assert [row["stem"] for row in strip] == ["a", "b", "c"]
    nxt = f"/api/datasets/{pond.dataset.slug}/next/"
    assert client.post(nxt).json()["stem"] == "a"
    assert client.post(nxt, {"after": str(c.pk)}).json()["stem"] == "a"
    Image.objects.update(status=ImageStatus.DONE)
    assert client.post(nxt).status_code == 204


def test_saves_and_conflicts_on_the_wire(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    client = client_of(pond.annotator)
    url = f"/api/images/{image.pk}/annotation/"
    read = client.get(url)
    assert (read["ETag"], read.json()["instances"]) == ('"0"', [])
    mine, theirs = make_instance(), make_instance(polygons=square(50, 50))
    assert client.patch(url, {"upsert": [theirs]}).status_code == 428
    saved = client.patch(url, {"upsert": [theirs]}, headers={"If-Match": '"0"'})
    assert saved.json()["revision"] == 1
    stale = client.patch(url, {"upsert": [mine]}, headers={"If-Match": '"0"'})
    assert stale.status_code == 412
    assert stale.json()["current"]["instances"] == [theirs]
    whole = client.put(url, {"instances": [mine]}, headers={"If-Match": '"1"'})
    assert whole.json()["instances"] == [mine]
    history = client.get(f"/api/images/{image.pk}/revisions/").json()["results"]
    assert [(row["number"], row["added"], row["deleted"]) for row in history] == [
        (2, 1, 1),
        (1, 1, 0),
    ]
    assert history[0]["author"]["username"] == "annotator"


@pytest.mark.parametrize(
    "item",
    [
        {"polygons": "x"},
        {"polygons": [["x"]]},
        {"polygons": [[[1, 2, "3"]]]},
        {"polygons": [[[True, 2, 3, 4, 5, 6]]]},
        {"id": "no-uuid"},
        {"class_id": "duck"},
    ],
)
def test_malformed_instances_are_refused(
    pond: Pond, image: Image, make_instance: MakeInstance, item: Any
) -> None:
    answer = client_of(pond.annotator).patch(
        f"/api/images/{image.pk}/annotation/",
        {"upsert": [make_instance(**item)]},
        headers={"If-Match": '"0"'},
    )
    assert answer.status_code == 400
    assert Image.objects.get(pk=image.pk).revision == 0


def test_nan_in_json_is_refused(pond: Pond, image: Image, make_instance: MakeInstance) -> None:
    body = json.dumps({"upsert": [make_instance(polygons=[[[1, 1, 2, 2, 3, float("nan")]]])]})
    answer = client_of(pond.annotator).generic(
        "PATCH",
        f"/api/images/{image.pk}/annotation/",
        body,
        content_type="application/json",
        HTTP_IF_MATCH='"0"',
    )
    assert answer.status_code == 400


def test_bulk_changes_skip_what_is_not_there(pond: Pond, image: Image) -> None:
    other = uuid.uuid4()
    answer = client_of(pond.lead).post(
        f"/api/datasets/{pond.dataset.slug}/images/bulk/",
        {"ids": [str(image.pk), str(other)], "action": "set_split", "split": "test"},
    )
    assert answer.json()["changed"] == 1
    assert answer.json()["skipped"][0]["id"] == str(other)
    assert Image.objects.get(pk=image.pk).split == "test"


def test_pictures_are_cacheable_for_ever_and_nothing_but_pictures(pond: Pond, image: Image) -> None:
    client = client_of(pond.annotator)
    detail = client.get(f"/api/images/{image.pk}/").json()
    picture = client.get(detail["url"])
    assert "immutable" in picture["Cache-Control"]
    assert "private" in picture["Cache-Control"]
    assert (picture["Content-Type"], picture["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert client.get(detail["thumbnail_url"])["Content-Type"] == "image/webp"
    wrong = detail["url"].replace(image.sha256, "0" * 64)
    assert client.get(wrong).status_code == 404


def test_my_work_shows_what_i_began(pond: Pond, image: Image, make_instance: MakeInstance) -> None:
    client = client_of(pond.annotator)
    client.patch(
        f"/api/images/{image.pk}/annotation/",
        {"upsert": [make_instance()]},
        headers={"If-Match": '"0"'},
    )
    work = client.get("/api/my-work/").json()
    assert [row["stem"] for row in work["in_progress"]] == ["a"]
    assert work["datasets"][0]["in_progress"] == 1
    assert client_of(pond.reviewer).get("/api/my-work/").json()["in_progress"] == []


def test_insights_count(pond: Pond, image: Image, make_instance: MakeInstance) -> None:
    client = client_of(pond.annotator)
    items = [make_instance(), make_instance(class_id=pond.swan.pk)]
    client.patch(
        f"/api/images/{image.pk}/annotation/", {"upsert": items}, headers={"If-Match": '"0"'}
    )
    look_over(pond.dataset)
    body = client.get(f"/api/datasets/{pond.dataset.slug}/insights/").json()
    by_class = {row["class_id"]: row["train"] for row in body["instances_by_class_split"]}
    assert by_class == {pond.duck.pk: 1, pond.swan.pk: 1}
    assert {"place": 2, "bin": "2", "count": 1} in body["instances_per_image"]
    assert {"place": 3, "bin": "1–5 %", "count": 0} in body["instance_sizes"]
    assert {"place": 4, "bin": "5–20 %", "count": 2} in body["instance_sizes"]


def test_the_queries_of_a_list_do_not_grow(pond: Pond, django_assert_max_num_queries: Any) -> None:
    for n in range(30):
        pond.add_image(f"img{n:03}")
    client = client_of(pond.annotator)
    with django_assert_max_num_queries(7):
        client.get(f"/api/datasets/{pond.dataset.slug}/images/?page_size=30")


def test_a_deleted_dataset_is_gone_and_its_name_is_free(pond: Pond, image: Image) -> None:
    client = client_of(pond.lead)
    name = pond.dataset.name
    assert client.delete(f"/api/datasets/{pond.dataset.slug}/").status_code == 204
    assert client.get(f"/api/images/{image.pk}/").status_code == 404
    assert client.post("/api/datasets/", {"name": name}).json()["slug"] == pond.dataset.slug


def test_health_names_each_part(pond: Pond) -> None:
    body = APIClient().get("/api/health/").json()
    assert set(body["checks"]) == {"database", "redis", "worker_cpu", "worker_gpu", "disk"}
    assert body["checks"]["database"]["ok"]
    assert body["checks"]["redis"]["ok"]
    assert "celery" in body["checks"]["worker_cpu"]["detail"]


def test_users_are_found_by_the_start_of_their_names(pond: Pond) -> None:
    User.objects.create_user("zoe", first_name="Anna")
    rows = client_of(pond.lead).get("/api/users/?search=ann").json()
    assert [row["username"] for row in rows] == ["annotator", "zoe"]

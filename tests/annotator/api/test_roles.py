"""Every endpoint of the annotator room against stranger, annotator, reviewer, lead, nobody."""

import uuid
from typing import Any

import pytest

from annotator import paths
from annotator.models import Dataset, Image, IndependentAnnotation, Membership, Role
from annotator.services.comments import add_comment
from annotator.services.dataset_trash import delete_dataset
from annotator.services.files import write_atomically
from annotator.services.images import delete_image
from tests.annotator.conftest import Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)

MEMBER, REVIEWER, LEAD = "member", "reviewer", "lead"

ENDPOINTS: list[tuple[str, str, Any, str, int]] = [
    # method, address, body, who may, the answer when they may
    ("get", "/api/datasets/{slug}/", None, MEMBER, 200),
    ("patch", "/api/datasets/{slug}/", {"description": "x"}, LEAD, 200),
    ("delete", "/api/datasets/{slug}/", None, LEAD, 204),
    ("get", "/api/datasets/{slug}/insights/", None, MEMBER, 200),
    ("get", "/api/datasets/{slug}/classes/", None, MEMBER, 200),
    ("post", "/api/datasets/{slug}/classes/", {"name": "goose"}, LEAD, 201),
    ("patch", "/api/datasets/{slug}/classes/{duck}/", {"color": "#000000"}, LEAD, 200),
    ("delete", "/api/datasets/{slug}/classes/{swan}/", None, LEAD, 204),
    ("get", "/api/datasets/{slug}/people/", None, MEMBER, 200),
    ("get", "/api/datasets/{slug}/agreement/", None, REVIEWER, 200),
    ("get", "/api/datasets/{slug}/independent/", None, REVIEWER, 200),
    (
        "post",
        "/api/datasets/{slug}/independent/",
        {"ids": ["{image}"], "annotator": "{lead}"},
        REVIEWER,
        200,
    ),
    ("get", "/api/independent/{independent}/", None, REVIEWER, 409),
    ("post", "/api/independent/{independent}/", {"keep": "first"}, REVIEWER, 409),
    ("get", "/api/datasets/{slug}/members/", None, MEMBER, 200),
    ("post", "/api/datasets/{slug}/members/", {"username": "nobody", "role": "lead"}, LEAD, 400),
    ("patch", "/api/datasets/{slug}/members/{member}/", {"role": "reviewer"}, LEAD, 200),
    ("delete", "/api/datasets/{slug}/members/{member}/", None, LEAD, 204),
    ("get", "/api/datasets/{slug}/images/", None, MEMBER, 200),
    ("get", "/api/datasets/{slug}/images/facets/", None, MEMBER, 200),
    ("post", "/api/datasets/{slug}/next/", None, MEMBER, 200),
    ("post", "/api/datasets/{slug}/next/", {"purpose": "review"}, REVIEWER, 204),
    (
        "post",
        "/api/datasets/{slug}/images/bulk/",
        {"ids": ["{image}"], "action": "review", "verdict": "accepted"},
        REVIEWER,
        200,
    ),
    (
        "post",
        "/api/datasets/{slug}/images/bulk/",
        {"ids": ["{image}"], "action": "share_out", "assignees": ["{lead}"]},
        REVIEWER,
        200,
    ),
    ("get", "/api/images/{image}/review/", None, MEMBER, 200),
    ("post", "/api/images/{image}/review/", {"verdict": "accepted"}, REVIEWER, 409),
    (
        "post",
        "/api/datasets/{slug}/images/bulk/",
        {"ids": ["{image}"], "action": "set_split", "split": "val"},
        LEAD,
        200,
    ),
    (
        "post",
        "/api/datasets/{slug}/images/bulk/",
        {"ids": ["{image}"], "action": "set_status", "status": "done"},
        MEMBER,
        200,
    ),
    (
        "post",
        "/api/datasets/{slug}/images/bulk/",
        {"ids": ["{image}"], "action": "set_assignee", "assignee": None},
        MEMBER,
        200,
    ),
    (
        "post",
        "/api/datasets/{slug}/images/bulk/",
        {"ids": ["{image}"], "action": "delete"},
        LEAD,
        200,
    ),
    ("get", "/api/images/{image}/", None, MEMBER, 200),
    ("patch", "/api/images/{image}/", {"split": "val"}, LEAD, 200),
    ("delete", "/api/images/{image}/", None, LEAD, 204),
    ("get", "/api/images/{image}/neighbours/", None, MEMBER, 200),
    ("get", "/api/images/{image}/strip/", None, MEMBER, 200),
    ("get", "/api/images/{image}/tiles/", None, MEMBER, 409),
    ("get", "/api/files/tiles/{image}/{sha256}/0/0_0.jpg", None, MEMBER, 200),
    ("post", "/api/images/{image}/outline/", {"box": [10, 10, 11, 60]}, MEMBER, 400),
    ("post", "/api/images/{image}/presence/", {"tab": "t1", "editing": True}, MEMBER, 200),
    ("delete", "/api/images/{image}/presence/?tab=t1", None, MEMBER, 204),
    ("get", "/api/images/{image}/comments/", None, MEMBER, 200),
    ("post", "/api/images/{image}/comments/", {"text": "Look."}, MEMBER, 201),
    ("post", "/api/images/{image}/mentions/read/", None, MEMBER, 200),
    ("patch", "/api/comments/{comment}/", {"resolved": True}, MEMBER, 200),
    ("delete", "/api/comments/{comment}/", None, LEAD, 204),
    ("get", "/api/images/{image}/annotation/", None, MEMBER, 200),
    ("put", "/api/images/{image}/annotation/", {"instances": []}, MEMBER, 200),
    ("patch", "/api/images/{image}/annotation/", {"status": "done"}, MEMBER, 200),
    ("get", "/api/images/{image}/revisions/", None, MEMBER, 200),
    ("get", "/api/images/{image}/revisions/0/", None, MEMBER, 200),
    ("get", "/api/images/{image}/deleted-instances/", None, MEMBER, 200),
    ("get", "/api/datasets/{slug}/trash/images/", None, LEAD, 200),
    ("post", "/api/datasets/{slug}/trash/images/restore/", {"ids": ["{image}"]}, LEAD, 200),
    ("post", "/api/datasets/{slug}/trash/images/purge/", {"ids": ["{image}"]}, LEAD, 200),
    ("get", "/api/datasets/{slug}/trash/instances/", None, LEAD, 200),
    ("post", "/api/datasets/{slug}/trash/instances/restore/", {"ids": ["{image}"]}, LEAD, 200),
    ("post", "/api/trash/datasets/{dataset}/restore/", None, LEAD, 200),
    ("delete", "/api/trash/datasets/{dataset}/", None, LEAD, 409),
    ("get", "/api/files/images/{image}/{sha256}.png", None, MEMBER, 200),
    ("get", "/api/files/thumbnails/{image}/{sha256}.webp", None, MEMBER, 200),
]


def fill(value: Any, names: dict[str, Any]) -> Any:
    if isinstance(value, str):
        return value.format(**names)
    if isinstance(value, list):
        return [fill(item, names) for item in value]
    if isinstance(value, dict):
        return {key: fill(item, names) for key, item in value.items()}
    return value


@pytest.mark.parametrize("who", ["stranger", "annotator", "reviewer", "lead", None])
@pytest.mark.parametrize(("method", "url", "body", "may", "answer"), ENDPOINTS)
def test_who_may(
    pond: Pond, image: Image, method: str, url: str, body: Any, may: str, answer: int, who: Any
) -> None:
    names = {
        "slug": pond.dataset.slug,
        "dataset": pond.dataset.pk,
        "duck": pond.duck.pk,
        "swan": pond.swan.pk,
        "image": image.pk,
        "sha256": image.sha256,
        "lead": pond.lead.pk,
        "member": Membership.objects.get(user=pond.annotator).pk,
        "independent": IndependentAnnotation.objects.create(
            image=image, annotator=pond.lead, first_revision=0
        ).pk,
        "comment": add_comment(image, {"text": "?"}, author=pond.lead).pk,
    }
    write_atomically(paths.tiles_dir(image) / "0" / "0_0.jpg", b"a tile")
    client = client_of(getattr(pond, who) if who else None)
    call = getattr(client, method)
    response = call(fill(url, names), fill(body, names), headers={"If-Match": '"0"'})
    if who is None:
        expected = 401
    elif who == "stranger":
        expected = 404
    elif (may == LEAD and who != "lead") or (may == REVIEWER and who == "annotator"):
        expected = 403
    else:
        expected = answer
    assert response.status_code == expected, response.content
    if expected >= 400:
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["detail"].endswith(".")


@pytest.mark.parametrize(
    ("who", "answer"), [("lead", 200), ("reviewer", 403), ("annotator", 403), ("stranger", 404)]
)
def test_only_leads_see_what_is_in_the_trash(
    pond: Pond, image: Image, who: str, answer: int
) -> None:
    delete_image(image, author=pond.lead)
    client = client_of(getattr(pond, who))
    url = f"/api/files/thumbnails/{image.pk}/{image.sha256}.webp"
    assert client.get(url).status_code == answer
    assert client.get(f"/api/images/{image.pk}/").status_code == 404
    assert client.get(f"/api/files/images/{image.pk}/{image.sha256}.png").status_code == 404


@pytest.mark.parametrize(
    ("who", "answer"), [("lead", 200), ("reviewer", 403), ("annotator", 403), ("stranger", 404)]
)
def test_only_leads_restore_a_dataset(pond: Pond, who: str, answer: int) -> None:
    delete_dataset(pond.dataset, author=pond.lead)
    client = client_of(getattr(pond, who))
    names = [row["name"] for row in client.get("/api/trash/datasets/").json()["results"]]
    assert names == ([pond.dataset.name] if who == "lead" else [])
    url = f"/api/trash/datasets/{pond.dataset.pk}/"
    assert client.post(f"{url}restore/").status_code == answer
    delete_dataset(Dataset.objects.get(pk=pond.dataset.pk), author=pond.lead)
    assert client.delete(url).status_code == (204 if who == "lead" else answer)


def test_strangers_do_not_see_the_dataset_in_lists(pond: Pond) -> None:
    assert client_of(pond.stranger).get("/api/datasets/").json()["results"] == []
    work = client_of(pond.stranger).get("/api/my-work/").json()
    assert work
    assert not any(work.values())


def test_an_administrator_is_not_a_member_by_that_alone(pond: Pond) -> None:
    pond.stranger.is_superuser = pond.stranger.is_staff = True
    pond.stranger.save()
    url = f"/api/datasets/{pond.dataset.slug}/"
    assert client_of(pond.stranger).get(url).status_code == 404


def test_the_last_lead_stays(pond: Pond) -> None:
    lead = Membership.objects.get(user=pond.lead)
    url = f"/api/datasets/{pond.dataset.slug}/members/{lead.pk}/"
    client = client_of(pond.lead)
    assert client.delete(url).status_code == 409
    assert client.patch(url, {"role": "annotator"}).status_code == 409
    Membership.objects.filter(user=pond.reviewer).update(role=Role.LEAD)
    assert client.delete(url).status_code == 204


def test_an_image_that_is_not_there_is_404(pond: Pond) -> None:
    client = client_of(pond.lead)
    assert client.get(f"/api/images/{uuid.uuid4()}/").status_code == 404
    assert client.get("/api/nothing/here/").status_code == 404

"""Roles where the table of docs/roles.md does not reach: the trash, lists, the last lead, and bulk
changes by action. The table itself is asked by tests/training/api/test_roles.py."""

import uuid
from typing import Any

import pytest

from annotator.folder.changing import delete_image
from annotator.folder.trash.datasets import delete_dataset
from annotator.models import Dataset, Image, Membership, Role
from tests.annotator.conftest import Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)


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


BULK = [
    ({"action": "review", "verdict": "accepted"}, "reviewer lead"),
    ({"action": "share_out", "assignees": ["{lead}"]}, "reviewer lead"),
    ({"action": "set_split", "split": "val"}, "lead"),
    ({"action": "set_status", "status": "done"}, "annotator reviewer lead"),
    ({"action": "set_assignee", "assignee": None}, "annotator reviewer lead"),
    ({"action": "delete"}, "lead"),
]


@pytest.mark.parametrize(("body", "may"), BULK)
def test_each_bulk_change_has_its_roles(
    pond: Pond, image: Image, body: dict[str, Any], may: str
) -> None:
    whole = {**body, "ids": [str(image.pk)]}
    if "assignees" in whole:
        whole["assignees"] = [pond.lead.pk]
    url = f"/api/datasets/{pond.dataset.slug}/images/bulk/"
    for who in ("annotator", "reviewer", "lead"):
        answer = client_of(getattr(pond, who)).post(url, whole)
        assert answer.status_code == (200 if who in may.split() else 403), who


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

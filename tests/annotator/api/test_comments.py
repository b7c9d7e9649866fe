"""Comments on images: pinned, resolved, counted."""

import json
import uuid
from typing import Any

import pytest

from annotator.kernel.publisher import STREAM
from annotator.models import Comment, Image
from tests.annotator.conftest import Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)


def count_open(image: Image) -> int:
    image.refresh_from_db()
    rows = Comment.objects.filter(image=image, resolved_at__isnull=True)
    assert image.open_comments == rows.count()
    return image.open_comments


def test_a_comment_is_pinned_resolved_and_opened_again(pond: Pond, image: Image) -> None:
    client, url = client_of(pond.annotator), f"/api/images/{image.pk}/comments/"
    about = str(uuid.uuid4())
    made = client.post(url, {"text": " Is this a duck? ", "x": 12.5, "y": 7, "instance_id": about})
    assert made.status_code == 201
    assert made.json()["text"] == "Is this a duck?"
    client_of(pond.lead).post(url, {"text": "Mind the tail."})
    assert count_open(image) == 2
    one = f"/api/comments/{made.json()['id']}/"
    reviewer = client_of(pond.reviewer)
    for _ in range(2):  # resolving twice counts once
        closed = reviewer.patch(one, {"resolved": True}).json()
        assert closed["resolved_by"]["username"] == "reviewer"
        assert count_open(image) == 1
    assert client.get(f"/api/images/{image.pk}/").json()["open_comments"] == 1
    opened = client.patch(one, {"resolved": False}).json()
    assert (opened["resolved_at"], opened["resolved_by"]) == (None, None)
    assert count_open(image) == 2
    rows = client.get(url).json()
    assert [(r["author"]["username"], r["x"], r["y"], r["instance_id"]) for r in rows] == [
        ("annotator", 12.5, 7.0, about),
        ("lead", None, None, None),
    ]


def test_only_the_author_changes_the_text_and_leads_may_delete(pond: Pond, image: Image) -> None:
    url = f"/api/images/{image.pk}/comments/"
    first, second = (
        f"/api/comments/{client_of(pond.annotator).post(url, {'text': 'x'}).json()['id']}/"
        for _ in range(2)
    )
    for other in (pond.reviewer, pond.lead):
        refused = client_of(other).patch(first, {"text": "y", "resolved": True})
        assert refused.status_code == 403
        assert "its author" in refused.json()["detail"]
    assert client_of(pond.reviewer).delete(first).status_code == 403
    assert client_of(pond.annotator).patch(first, {"text": "z"}).json()["text"] == "z"
    assert client_of(pond.annotator).delete(first).status_code == 204
    assert count_open(image) == 1
    client_of(pond.annotator).patch(second, {"resolved": True})
    assert client_of(pond.lead).delete(second).status_code == 204
    assert count_open(image) == 0
    assert client_of(pond.lead).delete(second).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "  "},
        {"text": "x" * 2001},
        {"text": "x", "x": 3},
        {"text": "x", "x": 101, "y": 3},
        {"text": "x", "x": 3, "y": -0.5},
        {"text": "x", "x": "nan", "y": 3},
        {"text": "x", "instance_id": "no-uuid"},
    ],
)
def test_what_a_comment_may_not_be(pond: Pond, image: Image, body: Any) -> None:
    answer = client_of(pond.annotator).post(f"/api/images/{image.pk}/comments/", body)
    assert answer.status_code == 400, answer.content
    assert count_open(image) == 0


def test_images_with_open_comments_are_found(pond: Pond) -> None:
    a, b = pond.add_image("a"), pond.add_image("b")
    client = client_of(pond.annotator)
    made = client.post(f"/api/images/{b.pk}/comments/", {"text": "?"}).json()
    url = f"/api/datasets/{pond.dataset.slug}/images/"

    def stems(query: str) -> list[str]:
        return [row["stem"] for row in client.get(f"{url}?{query}").json()["results"]]

    assert stems("has_comment=true") == ["b"]
    assert stems("has_comment=false") == ["a"]
    assert stems("") == ["a", "b"]
    assert client.get(f"{url}facets/?has_comment=true").json()["total"] == 1
    around = client.get(f"/api/images/{a.pk}/neighbours/?has_comment=true").json()
    assert around["next"] == str(b.pk)
    client.patch(f"/api/comments/{made['id']}/", {"resolved": True})
    assert stems("has_comment=true") == []


def test_open_pages_hear_of_a_comment(redis: Any, pond: Pond, image: Image) -> None:
    client_of(pond.annotator).post(f"/api/images/{image.pk}/comments/", {"text": "?"})
    event = json.loads(redis.xrevrange(STREAM, count=1)[0][1][b"event"])
    assert event == {
        "kind": "comments.changed",
        "dataset": pond.dataset.slug,
        "id": str(image.pk),
    }


def test_many_comments_cost_no_more_queries(
    pond: Pond, image: Image, django_assert_num_queries: Any
) -> None:
    client, url = client_of(pond.annotator), f"/api/images/{image.pk}/comments/"
    for count in (1, 10):
        for _ in range(count):
            Comment.objects.create(
                image=image, author=pond.lead, text="?", resolved_by=pond.reviewer
            )
        with django_assert_num_queries(5):
            assert len(client.get(url).json()) >= count

"""Members who are mentioned in comments: who is told, and until when."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.annotations.comments import add_comment
from annotator.datasets.mentions import find_mentioned
from annotator.folder.changing import delete_image
from annotator.models import Comment, Image, Membership, Mention
from tests.annotator.conftest import Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)


def unread(user: User) -> list[dict[str, Any]]:
    client = client_of(user)
    rows: list[dict[str, Any]] = client.get("/api/mentions/").json()["results"]
    assert client.get("/api/mentions/count/").json() == {"count": len(rows)}
    return rows


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@ana look", {"ana"}),
        ("look, @Ana.", {"ana"}),
        ("(@ben) and @ana!", {"ana", "ben"}),
        ("@b.o. is not @ben.", {"b.o.", "ben"}),
        ("write to x@ana or ana@ben", set()),
        ("@anastasia @", set()),
        ("", set()),
    ],
)
def test_who_is_called_on(text: str, found: set[str]) -> None:
    assert find_mentioned(text, ["ana", "ben", "b.o."]) == found


def test_a_member_is_told_until_the_image_was_looked_at(pond: Pond, image: Image) -> None:
    text = "@annotator @annotator, @stranger and @nobody: look. @lead"
    made = client_of(pond.lead).post(f"/api/images/{image.pk}/comments/", {"text": text}).json()
    (row,) = unread(pond.annotator)
    assert (row["comment"], row["image"], row["text"]) == (made["id"], str(image.pk), text)
    assert (row["author"]["username"], row["dataset"]) == ("lead", pond.dataset.slug)
    assert unread(pond.stranger) == unread(pond.lead) == unread(pond.reviewer) == []
    url = f"/api/images/{image.pk}/mentions/read/"
    assert client_of(pond.reviewer).post(url).json() == {"read": 0}
    assert len(unread(pond.annotator)) == 1, "another member has looked, not the mentioned one"
    assert client_of(pond.annotator).post(url).json() == {"read": 1}
    assert client_of(pond.annotator).post(url).json() == {"read": 0}
    assert unread(pond.annotator) == []


def test_an_edit_adds_and_removes_and_what_was_read_stays_read(pond: Pond, image: Image) -> None:
    comment = add_comment(image, {"text": "@annotator?"}, author=pond.lead)
    client_of(pond.annotator).post(f"/api/images/{image.pk}/mentions/read/")

    def edit(text: str) -> None:
        client_of(pond.lead).patch(f"/api/comments/{comment.pk}/", {"text": text})

    edit("@annotator and @reviewer?")
    assert unread(pond.annotator) == []
    assert len(unread(pond.reviewer)) == 1
    edit("@annotator?")
    assert unread(pond.reviewer) == []
    assert Mention.objects.filter(comment=comment).count() == 1
    Comment.objects.get(pk=comment.pk).delete()
    assert not Mention.objects.exists()


def test_who_left_and_what_lies_in_the_trash_is_not_shown(pond: Pond, image: Image) -> None:
    add_comment(image, {"text": "@annotator"}, author=pond.lead)
    add_comment(pond.add_image("b"), {"text": "@annotator"}, author=pond.lead)
    assert len(unread(pond.annotator)) == 2
    delete_image(image, author=pond.lead)
    assert len(unread(pond.annotator)) == 1
    Membership.objects.filter(user=pond.annotator).delete()
    assert unread(pond.annotator) == []


def test_nobody_has_no_mentions(pond: Pond) -> None:
    for url in ("/api/mentions/", "/api/mentions/count/"):
        assert client_of(None).get(url).status_code == 401


def test_many_mentions_cost_no_more_queries(
    pond: Pond, image: Image, django_assert_num_queries: Any
) -> None:
    client = client_of(pond.annotator)
    for count in (1, 5):
        for _ in range(count):
            add_comment(image, {"text": "@annotator"}, author=pond.lead)
        with django_assert_num_queries(3):
            client.get("/api/mentions/")

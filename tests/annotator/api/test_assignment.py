"""Who is to work on which image."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.models import Image, ImageStatus, Membership
from tests.annotator.conftest import Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)


def assign(pond: Pond, by: User, images: list[Image], to: User | int | None) -> Any:
    assignee = to.pk if isinstance(to, User) else to
    return client_of(by).post(
        f"/api/datasets/{pond.dataset.slug}/images/bulk/",
        {
            "ids": [str(image.pk) for image in images],
            "action": "set_assignee",
            "assignee": assignee,
        },
    )


def test_a_reviewer_gives_images_out_and_lists_show_it(pond: Pond) -> None:
    a, b, c = (pond.add_image(stem) for stem in "abc")
    answer = assign(pond, pond.reviewer, [a, b], pond.annotator)
    assert answer.json() == {"changed": 2, "skipped": [], "finished": 0}
    client = client_of(pond.annotator)
    me = {"id": pond.annotator.pk, "username": "annotator"}
    assert client.get(f"/api/images/{a.pk}/").json()["assignee"] == me
    url = f"/api/datasets/{pond.dataset.slug}/images/"

    def stems(query: str) -> list[str]:
        return [row["stem"] for row in client.get(f"{url}?{query}").json()["results"]]

    assert stems("assignee=me") == ["a", "b"]
    assert stems("assignee=none") == ["c"]
    assert stems(f"assignee={pond.annotator.pk}") == ["a", "b"]
    assert stems(f"assignee={pond.lead.pk}") == []
    assert client.get(f"{url}?assignee=nonsense").status_code == 400
    facets = client.get(f"{url}facets/").json()
    assert facets["by_assignee"] == [
        {"assignee": me, "count": 2},
        {"assignee": None, "count": 1},
    ]
    around = client.get(f"/api/images/{c.pk}/neighbours/?assignee=me").json()
    assert (around["previous"], around["next"], around["total"]) == (str(b.pk), None, 2)
    strip = client.get(f"/api/images/{a.pk}/strip/?assignee=me").json()
    assert [row["assignee"]["username"] for row in strip] == ["annotator", "annotator"]


def test_facets_count_each_filter_as_if_it_were_not_set(pond: Pond) -> None:
    a, b, c = (pond.add_image(stem) for stem in "abc")
    assign(pond, pond.lead, [a, b], pond.annotator)
    Image.objects.filter(pk=b.pk).update(status=ImageStatus.DONE)
    Image.objects.filter(pk=c.pk).update(open_comments=1)
    url = f"/api/datasets/{pond.dataset.slug}/images/facets/"

    def facets(query: str) -> tuple[int, dict[str, int], dict[str | None, int], int]:
        answer = client_of(pond.lead).get(f"{url}?{query}").json()
        people = {
            row["assignee"] and row["assignee"]["username"]: row["count"]
            for row in answer["by_assignee"]
        }
        return answer["total"], answer["by_status"], people, answer["with_comments"]

    both = {"unlabelled": 2, "done": 1}
    assert facets("") == (3, both, {"annotator": 2, None: 1}, 1)
    assert facets("assignee=none") == (1, {"unlabelled": 1}, {"annotator": 2, None: 1}, 1)
    assert facets("status=done") == (1, both, {"annotator": 1}, 0)
    assert facets("status=in_progress") == (0, both, {}, 0)
    assert facets("has_comment=true") == (1, {"unlabelled": 1}, {None: 1}, 1)


def test_an_annotator_takes_and_gives_back_but_does_not_rob(pond: Pond) -> None:
    free, theirs = pond.add_image("free"), pond.add_image("theirs")
    assign(pond, pond.lead, [theirs], pond.reviewer)
    refused = assign(pond, pond.annotator, [free], pond.reviewer)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    for to in (pond.annotator, None):
        answer = assign(pond, pond.annotator, [free, theirs], to).json()
        assert answer["changed"] == 1
        assert answer["skipped"][0]["id"] == str(theirs.pk)
        assert "“reviewer”" in answer["skipped"][0]["reason"]
        free.refresh_from_db()
        assert free.assignee == to
    theirs.refresh_from_db()
    assert theirs.assignee == pond.reviewer


def test_only_members_are_assigned_to(pond: Pond, image: Image) -> None:
    for nobody in (pond.stranger, 10**9):
        answer = assign(pond, pond.lead, [image], nobody)
        assert (answer.status_code, answer.json()["code"]) == (400, "not_a_member")
    body = {"ids": [str(image.pk)], "action": "set_assignee"}
    url = f"/api/datasets/{pond.dataset.slug}/images/bulk/"
    assert "assignee" in client_of(pond.lead).post(url, body).json()["errors"]


def test_the_next_image_is_mine_then_nobodys_never_somebody_elses(pond: Pond) -> None:
    a, b, c, d = (pond.add_image(stem) for stem in "abcd")
    assign(pond, pond.lead, [a], pond.reviewer)
    assign(pond, pond.lead, [b, d], pond.annotator)
    client = client_of(pond.annotator)
    url = f"/api/datasets/{pond.dataset.slug}/next/"
    assert client.post(url).json()["stem"] == "b"
    assert client.post(url, {"after": str(b.pk)}).json()["stem"] == "d"
    assert client.post(url, {"after": str(d.pk)}).json()["stem"] == "b"
    Image.objects.filter(pk__in=[b.pk, d.pk]).update(status=ImageStatus.DONE)
    assert client.post(url, {"after": str(d.pk)}).json()["stem"] == "c"
    Image.objects.filter(pk=c.pk).update(status=ImageStatus.DONE)
    assert client.post(url).status_code == 204
    assert client_of(pond.reviewer).post(url).json()["stem"] == "a"


def share(pond: Pond, by: User, images: list[Image], to: list[User]) -> Any:
    body = {
        "ids": [str(image.pk) for image in images],
        "action": "share_out",
        "assignees": [user.pk for user in to],
    }
    return client_of(by).post(f"/api/datasets/{pond.dataset.slug}/images/bulk/", body)


def test_images_are_shared_out_in_equal_parts(pond: Pond) -> None:
    images = [pond.add_image(stem) for stem in "gfedcba"]
    assign(pond, pond.lead, images[:2], pond.annotator)  # g and f stay with them
    answer = share(pond, pond.reviewer, images, [pond.annotator, pond.reviewer])
    assert answer.json() == {"changed": 5, "skipped": [], "finished": 0}

    def whose() -> dict[str, str]:
        rows = Image.objects.order_by("stem").values_list("stem", "assignee__username")
        return {stem: name[0] for stem, name in rows}

    dealt = {"a": "r", "b": "r", "c": "a", "d": "r", "e": "a", "f": "a", "g": "a"}
    assert whose() == dealt
    assert share(pond, pond.lead, images, [pond.annotator, pond.reviewer]).json()["changed"] == 0
    assert whose() == dealt
    assert share(pond, pond.annotator, images, [pond.annotator]).status_code == 403
    assert share(pond, pond.lead, images, [pond.stranger]).json()["code"] == "not_a_member"


def test_my_work_holds_what_is_assigned_to_me(pond: Pond) -> None:
    a, b = pond.add_image("a"), pond.add_image("b")
    assign(pond, pond.lead, [a, b], pond.annotator)
    Image.objects.filter(pk=b.pk).update(status=ImageStatus.DONE)
    client = client_of(pond.annotator)
    work = client.get("/api/my-work/").json()
    assert [row["stem"] for row in work["assigned"]] == ["a"]
    assert work["datasets"][0]["assigned"] == 1
    Membership.objects.filter(user=pond.annotator).delete()
    assert client.get("/api/my-work/").json()["assigned"] == []


def test_who_leaves_the_dataset_leaves_the_images(pond: Pond, image: Image) -> None:
    assign(pond, pond.lead, [image], pond.annotator)
    member = Membership.objects.get(user=pond.annotator)
    url = f"/api/datasets/{pond.dataset.slug}/members/{member.pk}/"
    assert client_of(pond.lead).delete(url).status_code == 204
    image.refresh_from_db()
    assert image.assignee is None


def test_lists_cost_no_query_more_for_their_people(
    pond: Pond, django_assert_num_queries: Any
) -> None:
    images = [pond.add_image(f"img{n:02}") for n in range(20)]
    client = client_of(pond.annotator)
    list_url = f"/api/datasets/{pond.dataset.slug}/images/?page_size=30"
    strip_url = f"/api/images/{images[5].pk}/strip/"
    for expected, url in ((7, list_url), (7, strip_url)):
        assign(pond, pond.lead, images, None)
        with django_assert_num_queries(expected):
            client.get(url)
        assign(pond, pond.lead, images, pond.reviewer)
        with django_assert_num_queries(expected):
            client.get(url)

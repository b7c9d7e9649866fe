"""The next image for whoever asks: never the same to two people."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from annotator.annotations.presence import mark_gone, mark_present
from annotator.folder.saving import save_annotation
from annotator.models import Image, ImageHold, ImageStatus, Membership, Role
from annotator.review.handing_out import hand_out
from tests.annotator.conftest import Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)


def stem_for(pond: Pond, user: User, purpose: str = "annotate") -> str | None:
    image = hand_out(pond.dataset, user=user, purpose=purpose)
    return image.stem if image else None


def test_twenty_people_at_once_are_handed_twenty_images(pond: Pond) -> None:
    for n in range(25):
        pond.add_image(f"img{n:02}")
    people = [User.objects.create_user(f"person{n}") for n in range(20)]
    Membership.objects.bulk_create(
        Membership(dataset=pond.dataset, user=user, role=Role.ANNOTATOR) for user in people
    )

    def ask(user: User) -> str:
        try:
            image = hand_out(pond.dataset, user=user)
            assert image is not None
            return image.stem
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        stems = list(pool.map(ask, people))
    assert Counter(stems).most_common(1)[0][1] == 1
    assert sorted(stems) == [f"img{n:02}" for n in range(20)]


def test_mine_first_and_of_these_what_came_back(pond: Pond) -> None:
    _, b, c, d = (pond.add_image(stem) for stem in "abcd")
    Image.objects.filter(pk__in=[b.pk, d.pk]).update(assignee=pond.annotator)
    Image.objects.filter(pk=d.pk).update(status=ImageStatus.SENT_BACK)
    Image.objects.filter(pk=c.pk).update(assignee=pond.lead)
    asked: list[str | None] = []
    for _ in range(4):
        image = hand_out(pond.dataset, user=pond.annotator)
        asked.append(image.stem if image else None)
        if image:
            Image.objects.filter(pk=image.pk).update(status=ImageStatus.DONE)
    assert asked == ["d", "b", "a", None]


def test_reviewers_get_what_came_back_once_first_and_their_own_last(pond: Pond) -> None:
    mine, theirs, again = (pond.add_image(stem) for stem in ("mine", "theirs", "zebra"))
    Image.objects.all().update(status=ImageStatus.DONE, finished_by=pond.annotator)
    Image.objects.filter(pk=mine.pk).update(finished_by=pond.reviewer)
    Image.objects.filter(pk=again.pk).update(sent_back_count=1)
    asked = []
    while image := hand_out(pond.dataset, user=pond.reviewer, purpose="review"):
        asked.append(image.stem)
        Image.objects.filter(pk=image.pk).update(status=ImageStatus.ACCEPTED)
    assert asked == [again.stem, theirs.stem, mine.stem]


def test_a_hold_ends_renews_and_is_given_back(pond: Pond, image: Image) -> None:
    assert stem_for(pond, pond.annotator) == "a"
    assert stem_for(pond, pond.reviewer) is None
    assert stem_for(pond, pond.annotator) == "a", "who has it is handed it again"
    ImageHold.objects.update(until=timezone.now() + timedelta(seconds=60))
    mark_present(image, pond.annotator, tab="t", editing=True)
    assert ImageHold.objects.get().until > timezone.now() + timedelta(seconds=500)
    mark_present(image, pond.reviewer, tab="r", editing=False)
    assert ImageHold.objects.get().user == pond.annotator, "a look does not take it away"
    mark_present(image, pond.annotator, tab="second", editing=False)
    mark_gone(image, pond.annotator, tab="second")
    assert stem_for(pond, pond.reviewer) is None
    mark_gone(image, pond.annotator, tab="t")
    assert stem_for(pond, pond.reviewer) == "a"
    ImageHold.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert stem_for(pond, pond.annotator) == "a"


def test_the_image_that_one_opened_oneself_is_not_handed_to_others(
    pond: Pond, image: Image
) -> None:
    mark_present(image, pond.lead, tab="t", editing=False)
    assert stem_for(pond, pond.annotator) is None


def test_who_finished_an_image_and_still_looks_at_it_does_not_keep_it_from_its_review(
    pond: Pond, image: Image
) -> None:
    assert stem_for(pond, pond.annotator) == "a"
    save_annotation(image.pk, base_revision=0, author=pond.annotator, status="done")
    image.refresh_from_db()
    mark_present(image, pond.annotator, tab="t", editing=False)
    assert stem_for(pond, pond.reviewer, "review") == "a"
    assert stem_for(pond, pond.lead, "review") is None
    mark_present(image, pond.lead, tab="l", editing=False)
    assert ImageHold.objects.get().user == pond.reviewer


def test_over_the_wire(pond: Pond, image: Image) -> None:
    url = f"/api/datasets/{pond.dataset.slug}/next/"
    assert client_of(pond.annotator).post(url).json()["stem"] == "a"
    assert client_of(pond.reviewer).post(url).status_code == 204
    assert client_of(pond.annotator).post(url, {"after": str(image.pk)}).status_code == 204
    review = {"purpose": "review"}
    assert client_of(pond.annotator).post(url, review).status_code == 403
    assert client_of(pond.reviewer).post(url, review).status_code == 204
    Image.objects.update(status=ImageStatus.DONE)
    ImageHold.objects.all().delete()
    assert client_of(pond.reviewer).post(url, review).json()["stem"] == "a"


def test_what_was_fetched_ahead_and_never_opened_is_given_back(pond: Pond) -> None:
    """Unless another window of the same person has it open."""
    for stem in ("a", "b"):
        pond.add_image(stem)
    held = hand_out(pond.dataset, user=pond.annotator)
    assert held is not None
    assert stem_for(pond, pond.lead) == "b"
    mark_present(held, pond.annotator, tab="other", editing=False)
    mark_gone(held, pond.annotator, tab="this")
    assert ImageHold.objects.filter(image=held).exists()
    mark_gone(held, pond.annotator, tab="other")
    assert not ImageHold.objects.filter(image=held).exists()

    held = hand_out(pond.dataset, user=pond.annotator)
    assert held is not None
    mark_gone(held, pond.annotator, tab="this")
    assert stem_for(pond, pond.reviewer) == held.stem
    mark_gone(held, pond.annotator, tab="this")
    assert ImageHold.objects.get(image=held).user == pond.reviewer, "another's is not given back"

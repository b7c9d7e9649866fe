"""Reasons of sending back, periods, first verdicts, ground truth: what People is made of."""

import csv
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from annotator.folder.saving import save_annotation
from annotator.kernel.errors import ConflictError, ServiceError
from annotator.models import (
    AnnotationRevision,
    Comment,
    Dataset,
    Image,
    ImageStatus,
    IndependentAnnotation,
)
from annotator.review.assignment import count_finished
from annotator.review.ground_truth import mix_in, score_people, set_ground_truth
from annotator.review.independent import give_out, save_independent
from annotator.review.people import Period, PersonFigures, measure_people
from annotator.review.verdicts import give_verdict, read_review
from tests.annotator.conftest import MakeInstance, Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)


def finish(image: Image, author: User, instances: list[dict[str, object]]) -> None:
    revision = Image.objects.get(pk=image.pk).revision
    drawn: Any = instances
    save_annotation(image.pk, base_revision=revision, author=author, upsert=drawn, status="done")


def judge(image: Image, pond: Pond, verdict: str, *reasons: str) -> Image:
    return give_verdict(
        Image.objects.get(pk=image.pk),
        base_revision=Image.objects.get(pk=image.pk).revision,
        verdict=verdict,
        author=pond.reviewer,
        reasons=reasons,
    )


def figures_of(pond: Pond, user: User, period: Period | None = None) -> PersonFigures:
    people = measure_people(pond.dataset, only=user, period=period or Period())
    (figures,) = people["people"]
    return figures


def test_reasons_alone_make_the_comment(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    finish(image, pond.annotator, [make_instance()])
    judge(image, pond, "sent_back", "missing", "loose")
    comment = Comment.objects.get(image=image)
    assert comment.text == "Objects are missing; an outline is loose."
    state = read_review(Image.objects.get(pk=image.pk))
    assert state["sent_back"] is not None
    assert state["sent_back"]["reasons"] == ["missing", "loose"]


def test_only_what_is_sent_back_has_reasons(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    finish(image, pond.annotator, [make_instance()])
    with pytest.raises(ServiceError, match="Only what is sent back"):
        judge(image, pond, "accepted", "loose")


def test_reasons_are_counted_unless_the_verdict_was_taken_back(
    pond: Pond, make_instance: MakeInstance
) -> None:
    a, b = pond.add_image("a"), pond.add_image("b")
    for image in (a, b):
        finish(image, pond.annotator, [make_instance()])
        judge(image, pond, "sent_back", "loose")
    judge(b, pond, "done")
    assert figures_of(pond, pond.annotator)["reasons"] == {"loose": 1}
    assert measure_people(pond.dataset)["reasons"] == {"loose": 1}


def test_first_pass_counts_the_first_verdict_of_each_image(
    pond: Pond, make_instance: MakeInstance
) -> None:
    good, bad, taken_back = (pond.add_image(stem) for stem in ("good", "bad", "taken"))
    for image in (good, bad, taken_back):
        finish(image, pond.annotator, [make_instance()])
    judge(good, pond, "accepted")
    judge(bad, pond, "sent_back", "extra")
    finish(bad, pond.annotator, [make_instance()])
    judge(bad, pond, "accepted")  # its second verdict
    judge(taken_back, pond, "accepted")
    judge(taken_back, pond, "done")
    assert figures_of(pond, pond.annotator)["first_pass"] == {"judged": 2, "accepted": 1}


def test_a_period_bounds_what_was_done(pond: Pond, make_instance: MakeInstance) -> None:
    old, new = pond.add_image("old"), pond.add_image("new")
    finish(old, pond.annotator, [make_instance(), make_instance()])
    judge(old, pond, "sent_back", "loose")
    long_ago = timezone.now() - timedelta(days=40)
    AnnotationRevision.objects.filter(image=old).update(created_at=long_ago)
    finish(new, pond.annotator, [make_instance()])
    judge(new, pond, "accepted")
    today = timezone.now().date()
    recent = figures_of(pond, pond.annotator, Period(since=today - timedelta(days=7)))
    assert (recent["finished"], recent["objects"], recent["accepted"]) == (1, 1, 1)
    assert (recent["sent_back"], recent["reasons"]) == (0, {})
    assert recent["first_pass"] == {"judged": 1, "accepted": 1}
    before = figures_of(pond, pond.annotator, Period(until=today - timedelta(days=30)))
    assert (before["finished"], before["objects"], before["sent_back"]) == (1, 2, 1)
    assert before["reasons"] == {"loose": 1}


def test_second_annotations_count_as_left(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    finish(image, pond.lead, [make_instance()])
    give_out(pond.dataset, [image.pk], annotator_id=pond.annotator.pk, asked_by=pond.lead)
    figures = figures_of(pond, pond.annotator)
    assert (figures["left"], figures["left_second"]) == (1, 1)


def test_what_was_imported_is_nobodys(pond: Pond, image: Image) -> None:
    Image.objects.filter(pk=image.pk).update(status=ImageStatus.DONE)
    assert measure_people(pond.dataset)["imported"] == {"images": 1, "objects": 0}


def test_assigning_says_what_is_done_already(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    other = pond.add_image("other")
    finish(image, pond.annotator, [make_instance()])
    assert count_finished(pond.dataset, [image.pk, other.pk]) == 1
    body = {
        "ids": [str(image.pk), str(other.pk)],
        "action": "set_assignee",
        "assignee": pond.annotator.pk,
    }
    address = f"/api/datasets/{pond.dataset.slug}/images/bulk/"
    told = client_of(pond.lead).post(address, body, format="json").json()
    assert (told["changed"], told["finished"]) == (2, 1)


# --- ground truth ---------------------------------------------------------------------------


def with_ground_truth(pond: Pond, make_instance: MakeInstance, *, percent: int) -> Image:
    truth = pond.add_image("truth")
    finish(truth, pond.lead, [make_instance()])
    set_ground_truth(Image.objects.get(pk=truth.pk), True)
    Dataset.objects.filter(pk=pond.dataset.pk).update(ground_truth_percent=percent)
    pond.dataset.refresh_from_db()
    return truth


def test_only_finished_images_are_ground_truth(pond: Pond, image: Image) -> None:
    with pytest.raises(ConflictError, match="not done yet"):
        set_ground_truth(image, True)


def test_ground_truth_is_mixed_in_by_the_share_of_the_work(
    pond: Pond, make_instance: MakeInstance
) -> None:
    with_ground_truth(pond, make_instance, percent=50)
    assert mix_in(pond.dataset, pond.annotator) is None, "nothing finished, nothing due"
    for stem in ("a", "b"):
        finish(pond.add_image(stem), pond.annotator, [make_instance()])
    assert mix_in(pond.dataset, pond.annotator) is not None
    assert mix_in(pond.dataset, pond.annotator) is None, "one of two is enough"
    assert mix_in(pond.dataset, pond.lead) is None, "who drew the truth is not given it"


def test_without_a_share_nothing_is_given_out(pond: Pond, make_instance: MakeInstance) -> None:
    with_ground_truth(pond, make_instance, percent=0)
    finish(pond.add_image("a"), pond.annotator, [make_instance()])
    assert mix_in(pond.dataset, pond.annotator) is None


def test_asking_for_the_next_image_mixes_in(pond: Pond, make_instance: MakeInstance) -> None:
    with_ground_truth(pond, make_instance, percent=50)
    for stem in ("a", "b"):
        finish(pond.add_image(stem), pond.annotator, [make_instance()])
    pond.add_image("next")
    client = client_of(pond.annotator)
    assert (
        client.post(f"/api/datasets/{pond.dataset.slug}/next/", {}, format="json").status_code
        == 200
    )
    assert IndependentAnnotation.objects.filter(annotator=pond.annotator).count() == 1


def test_the_score_is_the_mean_iou(pond: Pond, make_instance: MakeInstance) -> None:
    truth = with_ground_truth(pond, make_instance, percent=50)
    give_out(pond.dataset, [truth.pk], annotator_id=pond.annotator.pk, asked_by=pond.lead)
    row = IndependentAnnotation.objects.get(image=truth)
    assert score_people(pond.dataset) == {}
    drawn: Any = [make_instance()]
    save_independent(row, base_revision=0, upsert=drawn, status="done")
    assert score_people(pond.dataset)[pond.annotator.pk] == {
        "images": 1,
        "score": pytest.approx(1.0),
    }


def test_annotators_do_not_learn_which_images_are_ground_truth(
    pond: Pond, make_instance: MakeInstance
) -> None:
    with_ground_truth(pond, make_instance, percent=10)
    for path in ("images/", "images/facets/"):
        address = f"/api/datasets/{pond.dataset.slug}/{path}?ground_truth=1"
        assert client_of(pond.annotator).get(address).status_code == 403
        assert client_of(pond.reviewer).get(address).status_code == 200
        plain = f"/api/datasets/{pond.dataset.slug}/{path}"
        assert client_of(pond.annotator).get(plain).status_code == 200
    listed = client_of(pond.annotator).get(f"/api/datasets/{pond.dataset.slug}/images/").json()
    assert "ground_truth" not in str(listed)


def test_the_people_as_csv(pond: Pond, image: Image, make_instance: MakeInstance) -> None:
    User.objects.filter(pk=pond.annotator.pk).update(first_name="=cmd()")
    finish(image, pond.annotator, [make_instance()])
    judge(image, pond, "sent_back", "wrong_class")
    answer = client_of(pond.lead).get(f"/api/datasets/{pond.dataset.slug}/people.csv")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(answer.content.decode().splitlines()))
    (row,) = (row for row in rows if row["user"] == "annotator")
    assert (row["finished"], row["sent_back_wrong_class"], row["left"]) == ("1", "1", "1")
    assert row["name"] == "'=cmd()"
    only = client_of(pond.annotator).get(f"/api/datasets/{pond.dataset.slug}/people.csv")
    assert len(only.content.decode().splitlines()) == 2, "an annotator sees only their own"


@pytest.mark.parametrize(
    "query", ["since=yesterday", "since=2026-05-02&until=2026-05-01", "till=x"]
)
def test_an_odd_period_is_refused(pond: Pond, query: str) -> None:
    address = f"/api/datasets/{pond.dataset.slug}/people/?{query}"
    assert client_of(pond.lead).get(address).status_code == 400

"""Finished images are accepted, or sent back with what is to be done."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator import paths
from annotator.annotations.comments import add_comment
from annotator.folder.saving import save_annotation
from annotator.models import AnnotationRevision, Image, ImageStatus, RevisionSource
from tests.annotator.conftest import MakeInstance, Pond, client_of, square

pytestmark = pytest.mark.django_db(transaction=True)

COMMENT = {"text": "The beak is missing.", "x": 12.0, "y": 8.5}


def finish(image: Image, by: User, **values: Any) -> Image:
    revision = Image.objects.get(pk=image.pk).revision
    return save_annotation(image.pk, base_revision=revision, author=by, status="done", **values)


def judge(image: Image, by: User, verdict: str, *, seen: int | None = None, **body: Any) -> Any:
    revision = Image.objects.get(pk=image.pk).revision if seen is None else seen
    return client_of(by).post(
        f"/api/images/{image.pk}/review/",
        {"verdict": verdict, **body},
        headers={"If-Match": f'"{revision}"'},
    )


def status_of(image: Image) -> str:
    return Image.objects.get(pk=image.pk).status


def test_an_image_goes_back_is_mended_and_accepted(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    item = make_instance()
    finish(image, pond.annotator, upsert=[item])
    live = paths.label_path(image)
    assert live.exists()

    answer = judge(image, pond.reviewer, "sent_back", comment=COMMENT)
    assert (answer.status_code, answer.json()["status"]) == (200, "sent_back")
    assert not live.exists(), "what was sent back is not trained on"
    image.refresh_from_db()
    assert (image.assignee, image.open_comments) == (pond.annotator, 1)
    mine = client_of(pond.annotator).get("/api/my-work/").json()
    assert [row["stem"] for row in mine["sent_back"]] == ["a"]
    assert mine["assigned"] == []

    comment = image.comments.get()
    client_of(pond.annotator).patch(f"/api/comments/{comment.pk}/", {"resolved": True})
    mended = {**item, "polygons": square(12, 8)}
    finish(image, pond.annotator, upsert=[mended])
    assert live.exists()
    review = client_of(pond.reviewer).get(f"/api/images/{image.pk}/review/").json()
    assert review["finished_by"]["username"] == "annotator"
    assert review["sent_back"]["by"]["username"] == "reviewer"
    assert review["resolved_since"] == 1

    assert judge(image, pond.lead, "accepted").json()["status"] == "accepted"
    assert live.exists()
    rows = AnnotationRevision.objects.filter(image=image).order_by("number")
    assert list(rows.values_list("status", "author__username", "judged__username")) == [
        ("done", "annotator", None),
        ("sent_back", "reviewer", "annotator"),
        ("done", "annotator", None),
        ("accepted", "lead", "annotator"),
    ]


def test_what_is_accepted_is_what_was_seen(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    seen = finish(image, pond.annotator, upsert=[make_instance()]).revision
    finish(image, pond.annotator, upsert=[make_instance(polygons=square(50, 30))])
    answer = judge(image, pond.reviewer, "accepted", seen=seen)
    assert (answer.status_code, answer.json()["code"]) == (412, "stale_revision")
    assert status_of(image) == "done"
    first = judge(image, pond.reviewer, "accepted")
    again = judge(image, pond.reviewer, "accepted", seen=first.json()["revision"] - 1)
    assert again.json() == first.json(), "a verdict can be repeated after a lost answer"


def test_a_lost_answer_does_not_say_a_comment_twice(pond: Pond, image: Image) -> None:
    seen = finish(image, pond.annotator).revision
    for _ in range(2):
        assert judge(image, pond.lead, "sent_back", seen=seen, comment=COMMENT).status_code == 200
    image.refresh_from_db()
    assert (image.comments.count(), image.open_comments, image.sent_back_count) == (1, 1, 1)


@pytest.mark.parametrize("status", ["unlabelled", "in_progress"])
@pytest.mark.parametrize("verdict", ["accepted", "sent_back", "done"])
def test_only_finished_images_are_judged(
    pond: Pond, image: Image, status: str, verdict: str
) -> None:
    save_annotation(image.pk, base_revision=0, author=pond.annotator, status=status)
    answer = judge(image, pond.lead, verdict, comment=COMMENT)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_finished")
    assert not image.comments.exists(), "nothing of a refused verdict is stored"


def test_nothing_is_sent_back_without_a_word(pond: Pond, image: Image) -> None:
    finish(image, pond.annotator)
    answer = judge(image, pond.lead, "sent_back")
    assert (answer.status_code, answer.json()["code"]) == (400, "comment_missing")
    add_comment(image, {"text": "Too wide."}, author=pond.reviewer)
    assert judge(image, pond.lead, "sent_back").status_code == 200


@pytest.mark.parametrize("verdict", ["accepted", "sent_back"])
def test_a_verdict_can_be_taken_back(pond: Pond, image: Image, verdict: str) -> None:
    finish(image, pond.annotator)
    judge(image, pond.reviewer, verdict, comment=COMMENT)
    assert judge(image, pond.reviewer, "done").json()["status"] == "done"
    image.refresh_from_db()
    assert (image.finished_by, image.sent_back_count) == (pond.annotator, 0)
    assert paths.label_path(image).exists()


@pytest.mark.parametrize(
    ("who", "status"), [("annotator", "done"), ("reviewer", "accepted"), ("lead", "accepted")]
)
def test_an_accepted_image_that_an_annotator_changes_needs_another_look(
    pond: Pond, image: Image, make_instance: MakeInstance, who: str, status: str
) -> None:
    finish(image, pond.annotator)
    judge(image, pond.lead, "accepted")
    author = getattr(pond, who)
    drawn: Any = make_instance()
    revision = Image.objects.get(pk=image.pk).revision
    save_annotation(image.pk, base_revision=revision, author=author, upsert=[drawn])
    assert status_of(image) == status
    # the order of objects is no edit of them, nor is opening and closing
    judge(image, pond.lead, "accepted")
    revision = Image.objects.get(pk=image.pk).revision
    save_annotation(image.pk, base_revision=revision, author=pond.annotator)
    assert status_of(image) == "accepted"


def test_an_edit_outside_takes_the_acceptance_away(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    finish(image, pond.annotator, upsert=[make_instance()])
    judge(image, pond.lead, "accepted")
    paths.label_path(image).write_bytes(b"1 0.1 0.1 0.5 0.1 0.5 0.5\n")
    answer = client_of(pond.annotator).get(f"/api/images/{image.pk}/annotation/").json()
    assert (answer["status"], len(answer["instances"])) == ("done", 1)
    newest = AnnotationRevision.objects.filter(image=image).first()
    assert newest is not None
    assert newest.source == RevisionSource.DISK


def test_a_sent_back_image_stays_so_while_it_is_mended(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    finish(image, pond.annotator)
    judge(image, pond.lead, "sent_back", comment=COMMENT)
    revision = Image.objects.get(pk=image.pk).revision
    drawn: Any = make_instance()
    saved = save_annotation(image.pk, base_revision=revision, author=pond.annotator, upsert=[drawn])
    assert saved.status == ImageStatus.SENT_BACK
    assert finish(image, pond.annotator).status == ImageStatus.DONE


@pytest.mark.parametrize("verdict", ["accepted", "sent_back"])
def test_a_save_gives_no_verdict(pond: Pond, image: Image, verdict: str) -> None:
    finish(image, pond.annotator)
    answer = client_of(pond.lead).patch(
        f"/api/images/{image.pk}/annotation/", {"status": verdict}, headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 400
    assert status_of(image) == "done"


def test_many_are_judged_at_once_and_the_rest_is_named(pond: Pond) -> None:
    done, waiting = pond.add_image("done"), pond.add_image("waiting")
    finish(done, pond.annotator)
    url = f"/api/datasets/{pond.dataset.slug}/images/bulk/"
    body = {"ids": [str(done.pk), str(waiting.pk)], "action": "review", "verdict": "accepted"}
    assert client_of(pond.annotator).post(url, body).status_code == 403
    answer = client_of(pond.reviewer).post(url, body).json()
    assert answer["changed"] == 1
    assert "“waiting.png” is not done yet" in answer["skipped"][0]["reason"]
    body |= {"verdict": "sent_back", "comment": "All of these: the tails."}
    assert client_of(pond.reviewer).post(url, body).json()["changed"] == 1
    assert (status_of(done), done.comments.get().text) == ("sent_back", "All of these: the tails.")
    lists = client_of(pond.annotator).get(
        f"/api/datasets/{pond.dataset.slug}/images/?status=sent_back"
    )
    assert [row["stem"] for row in lists.json()["results"]] == ["done"]
    counts = client_of(pond.annotator).get(f"/api/datasets/{pond.dataset.slug}/").json()["counts"]
    assert (counts["sent_back"], counts["unlabelled"], counts["done"]) == (1, 1, 0)

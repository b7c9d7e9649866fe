"""Who did what, counted from the history."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotator.folder.saving import save_annotation
from annotator.models import AnnotationRevision, Image
from annotator.review.people import PersonFigures, measure_people
from annotator.review.verdicts import give_verdict
from tests.annotator.conftest import MakeInstance, Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)


def save(image: Image, pond: Pond, **values: Any) -> Image:
    revision = Image.objects.get(pk=image.pk).revision
    return save_annotation(image.pk, base_revision=revision, author=pond.annotator, **values)


def judge(image: Image, pond: Pond, verdict: str) -> None:
    give_verdict(
        image,
        base_revision=Image.objects.get(pk=image.pk).revision,
        verdict=verdict,
        author=pond.reviewer,
        comment={"text": "Look."} if verdict == "sent_back" else None,
    )


def figures_of_annotator(pond: Pond) -> PersonFigures:
    (figures,) = measure_people(pond.dataset, only=pond.annotator)["people"]
    return figures


def test_images_objects_and_verdicts_are_counted(pond: Pond, make_instance: MakeInstance) -> None:
    a, b, c = (pond.add_image(stem) for stem in "abc")
    save(a, pond, upsert=[make_instance(), make_instance()], status="done")
    save(b, pond, upsert=[make_instance()], status="done")
    save(c, pond, upsert=[make_instance()])
    judge(a, pond, "sent_back")
    save(a, pond, status="done")
    judge(a, pond, "accepted")
    judge(b, pond, "sent_back")
    judge(b, pond, "done")  # taken back
    figures = figures_of_annotator(pond)
    assert (figures["finished"], figures["objects"]) == (2, 4)
    assert (figures["accepted"], figures["sent_back"]) == (1, 1)
    assert (figures["waiting_for_review"], figures["left"]) == (1, 0)
    Image.objects.filter(pk=c.pk).update(assignee=pond.annotator)
    judge(b, pond, "sent_back")
    figures = figures_of_annotator(pond)
    assert (figures["left"], figures["left_sent_back"]) == (2, 1)
    assert figures["sent_back"] == 2


def test_pauses_are_no_work(pond: Pond, image: Image, make_instance: MakeInstance) -> None:
    def save_after(seconds: float, author: User) -> None:
        """``seconds`` after the save before, which was a while ago by now."""
        AnnotationRevision.objects.filter(image=image).update(
            created_at=timezone.now() - timedelta(seconds=seconds)
        )
        revision = Image.objects.get(pk=image.pk).revision
        drawn: Any = make_instance()
        save_annotation(image.pk, base_revision=revision, author=author, upsert=[drawn])

    save(image, pond, upsert=[make_instance()])
    save_after(40, pond.annotator)
    save_after(290, pond.annotator)
    save_after(301, pond.annotator)  # a pause
    save_after(20, pond.reviewer)  # follows nobody's own
    save_after(30, pond.annotator)  # nor does this
    assert figures_of_annotator(pond)["active_seconds"] == pytest.approx(330, abs=5)


def test_progress_and_throughput_by_day(pond: Pond, make_instance: MakeInstance) -> None:
    a, b = (pond.add_image(stem) for stem in "ab")
    save(a, pond, status="done")
    save(b, pond, status="done")
    judge(a, pond, "accepted")
    judge(b, pond, "sent_back")
    today, yesterday = timezone.now(), timezone.now() - timedelta(days=1)
    Image.objects.update(created_at=yesterday)
    AnnotationRevision.objects.filter(status="done").update(created_at=yesterday)
    measured = measure_people(pond.dataset)
    assert measured["progress"] == [
        {"day": yesterday.date(), "images": 2, "finished": 2, "accepted": 0},
        {"day": today.date(), "images": 2, "finished": 1, "accepted": 1},
    ]
    assert measured["throughput"] == [
        {"day": yesterday.date(), "user_id": pond.annotator.pk, "finished": 2}
    ]


def test_annotators_see_themselves_others_everybody(pond: Pond) -> None:
    url = f"/api/datasets/{pond.dataset.slug}/people/"

    def names(user: Any) -> list[str]:
        return [row["user"]["username"] for row in client_of(user).get(url).json()["people"]]

    assert names(pond.annotator) == ["annotator"]
    assert names(pond.reviewer) == names(pond.lead) == ["annotator", "lead", "reviewer"]


def test_the_cost_does_not_grow_with_people_or_images(
    pond: Pond, django_assert_max_num_queries: Any
) -> None:
    for n in range(6):
        save(pond.add_image(f"img{n}"), pond, status="done")
    with django_assert_max_num_queries(10):
        measure_people(pond.dataset)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's query plans")
def test_no_polygon_is_read(pond: Pond, image: Image, make_instance: MakeInstance) -> None:
    """Rows of revisions are large: an index has to cover what is asked of them."""
    save(image, pond, upsert=[make_instance()], status="done")
    for only in (None, pond.annotator):
        with CaptureQueriesContext(connection) as captured:
            measure_people(pond.dataset, only=only)
        assert len(captured) == 10
        plans = [_plan_of(query["sql"]) for query in captured]
        revisions = [
            step for plan in plans for step in plan if " annotator_annotationrevision " in step
        ]
        used = [step.split(" (")[0].rpartition(" ")[2] for step in revisions]
        assert set(used) == {"revision_moves", "revision_people", "revision_reasons"}
        assert all("COVERING INDEX" in step for step in revisions)


def _plan_of(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return [row[-1] for row in cursor.fetchall()]

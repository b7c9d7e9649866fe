"""Images that two people draw: given out, drawn blind, compared, decided."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator import paths
from annotator.folder.changing import delete_image
from annotator.folder.saving import save_annotation
from annotator.models import Image, IndependentAnnotation, Membership, Role
from tests.annotator.conftest import MakeInstance, Pond, client_of, square

pytestmark = pytest.mark.django_db(transaction=True)


def finish(image: Image, by: User, *items: Any, revision: int = 0) -> Image:
    return save_annotation(image.pk, base_revision=revision, author=by, upsert=items, status="done")


@pytest.fixture
def drawn(pond: Pond, image: Image, make_instance: MakeInstance) -> Image:
    """An image that the annotator has finished: one duck."""
    return finish(image, pond.annotator, make_instance())


@pytest.fixture
def second(pond: Pond) -> User:
    user = User.objects.create_user("second")
    Membership.objects.create(dataset=pond.dataset, user=user, role=Role.ANNOTATOR)
    return user


def give_out(pond: Pond, image: Image, to: User) -> Any:
    url = f"/api/datasets/{pond.dataset.slug}/independent/"
    body = {"ids": [str(image.pk)], "annotator": to.pk}
    return client_of(pond.reviewer).post(url, body).json()


def draw(row: IndependentAnnotation, by: User, revision: int = 0, **body: Any) -> Any:
    url = f"/api/independent/{row.pk}/annotation/"
    return client_of(by).patch(url, body, headers={"If-Match": f'"{revision}"'})


def finish_second(pond: Pond, image: Image, by: User, items: list[Any]) -> IndependentAnnotation:
    assert give_out(pond, image, by) == {"changed": 1, "skipped": []}
    row = IndependentAnnotation.objects.get(image=image, annotator=by)
    assert draw(row, by, upsert=items, status="done").status_code == 200
    return row


def test_it_is_drawn_blind_and_kept_apart(
    pond: Pond, drawn: Image, second: User, make_instance: MakeInstance
) -> None:
    assert give_out(pond, drawn, second)["changed"] == 1
    assert give_out(pond, drawn, second)["changed"] == 1, "asking again changes nothing"
    row = IndependentAnnotation.objects.get()
    mine = client_of(second).get("/api/independent/mine/").json()["results"]
    assert [each["id"] for each in mine] == [row.pk]
    url = f"/api/independent/{row.pk}/annotation/"
    assert client_of(second).get(url).json()["instances"] == []
    for other in (pond.annotator, pond.reviewer):
        assert client_of(other).get(url).status_code == 403
    assert client_of(pond.stranger).get(url).status_code == 404

    label = paths.label_path(drawn).read_bytes()
    item = make_instance(polygons=square(50, 30))
    for _ in range(2):  # the answer was lost: the same again
        answer = draw(row, second, upsert=[item])
        assert (answer.status_code, answer.json()["revision"]) == (200, 1)
    stale = draw(row, second, 0, delete=[item["id"]])
    assert (stale.status_code, stale.json()["current"]["revision"]) == (412, 1)
    assert draw(row, second, 1, status="done").json()["status"] == "done"
    assert client_of(second).get("/api/independent/mine/").json()["results"] == []
    drawn.refresh_from_db()
    assert (drawn.revision, drawn.instance_count) == (1, 1)
    assert paths.label_path(drawn).read_bytes() == label


def test_only_finished_images_and_who_did_not_draw_them(
    pond: Pond, drawn: Image, second: User
) -> None:
    (skipped,) = give_out(pond, drawn, pond.annotator)["skipped"]
    assert skipped["reason"] == "They have drawn in it themselves."
    (skipped,) = give_out(pond, pond.add_image("b"), second)["skipped"]
    assert "not done yet" in skipped["reason"]
    assert give_out(pond, drawn, pond.stranger)["code"] == "not_a_member"
    assert not IndependentAnnotation.objects.exists()


def test_figures_and_the_image_where_they_differ_most(
    pond: Pond, drawn: Image, second: User, make_instance: MakeInstance
) -> None:
    finish_second(pond, drawn, second, [make_instance(polygons=square(12, 10))])
    other = finish(pond.add_image("b"), pond.annotator, make_instance())
    swan = make_instance(class_id=pond.swan.pk)
    alone = make_instance(polygons=square(70, 50))
    apart = finish_second(pond, other, second, [swan, alone])

    client = client_of(pond.reviewer)
    url = f"/api/datasets/{pond.dataset.slug}"
    figures = client.get(f"{url}/agreement/").json()
    assert (figures["images"], figures["waiting"], figures["min_iou"]) == (2, 0, 0.5)
    (pair,) = figures["pairs"]
    assert pair["first_annotator"]["username"] == "annotator"
    assert pair["second_annotator"]["username"] == "second"
    assert (pair["first"], pair["second"], pair["matched"]) == (2, 3, 2)
    assert pair["f1"] == pytest.approx(0.8)
    ducks, swans = figures["classes"]
    assert (ducks["matched"], swans["matched"]) == (1, 0)

    rows = client.get(f"{url}/independent/").json()["results"]
    assert [row["image"]["stem"] for row in rows] == ["b", "a"]
    assert [(row["only_first"], row["only_second"]) for row in rows] == [(0, 1), (0, 0)]
    detail = client.get(f"/api/independent/{apart.pk}/").json()
    assert (len(detail["first"]), len(detail["second"])) == (1, 2)
    assert [(m["first"], m["second"]) for m in detail["matches"]] == [(0, 0)]
    delete_image(other, author=pond.lead)
    assert client.get(f"{url}/agreement/").json()["images"] == 1


def test_it_is_compared_with_what_was_there_when_it_was_given_out(
    pond: Pond, drawn: Image, second: User, make_instance: MakeInstance
) -> None:
    give_out(pond, drawn, second)
    finish(drawn, pond.lead, make_instance(), revision=1)
    row = IndependentAnnotation.objects.get()
    draw(row, second, upsert=[make_instance()], status="done")
    detail = client_of(pond.lead).get(f"/api/independent/{row.pk}/").json()
    assert (len(detail["first"]), detail["matched"], detail["disagreement"]) == (1, 1, 0)


def test_the_second_is_taken_as_a_revision_by_the_reviewer(
    pond: Pond, drawn: Image, second: User, make_instance: MakeInstance
) -> None:
    item = make_instance(polygons=square(50, 30))
    row = finish_second(pond, drawn, second, [item])
    client, url = client_of(pond.reviewer), f"/api/independent/{row.pk}/"
    stale = client.post(url, {"keep": "second"}, headers={"If-Match": '"0"'})
    assert stale.status_code == 412
    assert IndependentAnnotation.objects.get().state == "done", "nothing was decided"
    for _ in range(2):  # the answer was lost: the same again
        taken = client.post(url, {"keep": "second"}, headers={"If-Match": '"1"'})
        assert taken.json()["state"] == "took_second"
    drawn.refresh_from_db()
    assert (drawn.revision, drawn.status) == (2, "done")
    revision = drawn.revisions.get(number=2)
    assert (revision.author, revision.added) == (pond.reviewer, 1)
    assert [str(each.pk) for each in drawn.instances.all()] == [item["id"]]
    refused = draw(row, second, 1, delete=[item["id"]])
    assert (refused.status_code, refused.json()["code"]) == (409, "decided")
    assert client.post(url, {"keep": "first"}).json()["code"] == "decided"
    figures = client.get(f"/api/datasets/{pond.dataset.slug}/agreement/").json()
    assert figures["overall"]["matched"] == 0, "what was decided is agreement no more than before"


def test_who_left_has_nothing_to_draw(pond: Pond, drawn: Image, second: User) -> None:
    give_out(pond, drawn, second)
    Membership.objects.filter(user=second).delete()
    client = client_of(second)
    assert client.get("/api/independent/mine/").json()["results"] == []
    row = IndependentAnnotation.objects.get()
    assert client.get(f"/api/independent/{row.pk}/annotation/").status_code == 404
    assert client_of(None).get("/api/independent/mine/").status_code == 401


def test_who_draws_it_learns_nothing_of_the_first(
    pond: Pond, drawn: Image, second: User, make_instance: MakeInstance
) -> None:
    give_out(pond, drawn, second)
    row = IndependentAnnotation.objects.get()
    url = f"/api/independent/mine/{row.pk}/"
    told = client_of(second).get(url).json()
    assert set(told) == {"id", "image", "state", "revision", "created_at"}
    assert set(told["image"]) == {
        "id", "file_name", "width", "height", "thumbnail_url", "dataset", "dataset_name",
        "url", "tiles", "video_frame", "video_time_ms",
    }  # fmt: skip
    (listed,) = client_of(second).get("/api/independent/mine/").json()["results"]
    assert listed == told
    assert client_of(pond.lead).get(url).status_code == 403, "who leads did not draw it"
    assert client_of(pond.stranger).get(url).status_code == 404
    assert client_of(None).get(url).status_code == 401
    draw(row, second, upsert=[make_instance()], status="done")
    assert client_of(second).get(url).json()["state"] == "done", "it opens again to be mended"


def test_my_work_counts_what_is_left_by_dataset(
    pond: Pond, drawn: Image, second: User, make_instance: MakeInstance
) -> None:
    other = finish(pond.add_image("b"), pond.annotator, make_instance())
    for image in (drawn, other):
        give_out(pond, image, second)
    first, last = IndependentAnnotation.objects.order_by("pk")

    def waiting(user: User) -> Any:
        return client_of(user).get("/api/my-work/").json()["second_annotations"]

    place = {"dataset": pond.dataset.slug, "dataset_name": pond.dataset.name}
    assert waiting(second) == [{**place, "count": 2, "next": first.pk}]
    assert waiting(pond.annotator) == waiting(pond.lead) == []
    draw(first, second, upsert=[make_instance()], status="done")
    assert waiting(second) == [{**place, "count": 1, "next": last.pk}]

    def listed(slug: str) -> list[int]:
        url = f"/api/independent/mine/?dataset={slug}"
        return [each["id"] for each in client_of(second).get(url).json()["results"]]

    assert (listed(pond.dataset.slug), listed("another")) == ([last.pk], [])

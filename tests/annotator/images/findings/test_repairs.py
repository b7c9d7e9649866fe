"""Bulk repairs: the preview says what happens, and nothing of the kind is left."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from annotator.annotations.data import read_annotation
from annotator.bulk.changes import run_change
from annotator.bulk.repairs import repair_image
from annotator.folder.changing import delete_image
from annotator.images.findings.looking import look_over
from annotator.kernel.errors import ServiceError
from annotator.labels.polygons.overlap import cut_at_crossings, polygons_iou
from annotator.models import BulkChange, FindingKind, Image
from tests.annotator.bulk.test_changes import in_place
from tests.annotator.conftest import Pond, client_of, square

from .conftest import bow_tie, fill_randomly, list_found, list_images, reach_outside, save

pytestmark = pytest.mark.django_db(transaction=True)

REPAIRED = ("leak", "torn_group", "duplicate", "overlapping", "outside", "crossing", "tiny")


def url_of(pond: Pond, kind: str) -> str:
    return f"/api/datasets/{pond.dataset.slug}/findings/{kind}/repair/"


def preview(pond: Pond, kind: str, query: str = "") -> Any:
    answer = client_of(pond.lead).get(f"{url_of(pond, kind)}{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def repair(pond: Pond, kind: str, **options: Any) -> BulkChange:
    answer = client_of(pond.lead).post(url_of(pond, kind), options)
    assert answer.status_code == 202, answer.content
    run_change(answer.json()["id"])
    job = BulkChange.objects.get(pk=answer.json()["id"])
    assert job.state == "finished", job.error
    return job


@pytest.mark.parametrize("kind", REPAIRED)
def test_a_repair_does_what_its_preview_says_and_leaves_none(pond: Pond, kind: str) -> None:
    fill_randomly(pond, 1)
    before = {name: row["images"] for name, row in list_found(pond).items()}
    shown = preview(pond, kind)
    assert all(sentence.endswith(".") for sentence in shown["consequences"])
    job = repair(pond, kind)
    assert (job.changed, job.skipped) == (shown["images"], 0)
    found = list_found(pond)
    assert found[kind]["images"] == 0
    assert list_images(pond, f"finding={kind}") == []
    if kind in ("leak", "torn_group"):  # mending one does not break the other
        other = "torn_group" if kind == "leak" else "leak"
        assert found[other]["images"] <= before[other]
    assert in_place(pond)
    assert preview(pond, kind)["images"] == 0


def test_of_two_outlines_the_larger_stays_and_the_other_can_be_put_back(pond: Pond) -> None:
    image = save(pond, pond.add_image("a"), square(10, 10, 20), square(10, 10, 20.4), square(60))
    look_over(pond.dataset)
    larger = square(10, 10, 20.4)
    assert preview(pond, "overlapping")["objects"] == 1
    before = {str(pk) for pk in image.instances.values_list("pk", flat=True)}
    repair(pond, "overlapping")
    left = {str(pk) for pk in image.instances.values_list("pk", flat=True)}
    assert larger in image.instances.values_list("polygons", flat=True)
    trash = f"/api/datasets/{pond.dataset.slug}/trash/instances/"
    client = client_of(pond.lead)
    rows = client.get(trash).json()["results"]
    assert before - left == {str(rows[0]["id"])}


def test_tiny_objects_go_below_the_size_that_was_chosen(pond: Pond) -> None:
    image = save(pond, pond.add_image("a"), square(5, 5, 3), square(20, 20, 6), square(50, 50))
    look_over(pond.dataset)
    assert preview(pond, "tiny")["objects"] == 2
    assert preview(pond, "tiny", "?below_px=20")["objects"] == 1
    repair(pond, "tiny", below_px=20)
    assert sorted(round(area) for area in image.instances.values_list("area_px", flat=True)) == [
        36, 400,
    ]  # fmt: skip
    assert list_found(pond)[FindingKind.TINY]["objects"] == 1
    for body in ({"below_px": 0}, {"below_px": 65}, {"size": 3}):
        assert client_of(pond.lead).post(url_of(pond, "tiny"), body).status_code == 400
    assert client_of(pond.lead).post(url_of(pond, "leak"), {"below_px": 5}).status_code == 400


def test_objects_are_clipped_to_their_image(pond: Pond) -> None:
    image = save(pond, pond.add_image("a"), square())
    reach_outside(image)
    look_over(pond.dataset)
    repair(pond, "outside")
    (instance,) = read_annotation(Image.objects.get(pk=image.pk))["instances"]
    xs = instance["polygons"][0][0][0::2]
    assert (min(xs), max(xs)) == (90, 100)


def test_outlines_are_cut_at_their_crossings_pixel_by_pixel(pond: Pond) -> None:
    image = save(pond, pond.add_image("a"), bow_tie(), square(60))
    before = image.instances.earliest("order").polygons
    look_over(pond.dataset)
    repair(pond, "crossing")
    after = image.instances.earliest("order").polygons
    assert len(after) == 2
    assert polygons_iou(before, after) == pytest.approx(1)
    scribble = [[float(n * 37 % 101) for n in range(4_000)]]
    assert cut_at_crossings([scribble]) == []


def test_of_the_same_file_the_image_with_the_most_work_stays(pond: Pond) -> None:
    first, second, third = (pond.add_image(stem) for stem in "abc")
    Image.objects.update(sha256="a" * 64)
    save(pond, second, square())
    look_over(pond.dataset)
    assert list_found(pond)[FindingKind.DUPLICATE]["images"] == 3
    repair(pond, "duplicate")
    assert list(pond.dataset.images.values_list("pk", flat=True)) == [second.pk]
    assert {image.pk for image in Image.trashed.all()} == {first.pk, third.pk}


def test_the_last_image_of_a_file_stays(pond: Pond) -> None:
    first, second = pond.add_image("a"), pond.add_image("b")
    Image.objects.update(sha256="a" * 64)
    delete_image(first, author=pond.lead)  # after the repair was planned
    with pytest.raises(ServiceError, match="No other image has its file any more"):
        repair_image(second, {"finding": "duplicate"}, author=pond.lead)
    assert list(pond.dataset.images.values_list("pk", flat=True)) == [second.pk]


def test_the_preview_asks_as_much_for_any_number_of_files(pond: Pond) -> None:
    def count(sets: int) -> int:
        for n in range(sets):
            for stem in "ab":
                image = pond.add_image(f"{sets}-{n}-{stem}")
                Image.objects.filter(pk=image.pk).update(sha256=f"{sets}{n}".ljust(64, "0"))
        look_over(pond.dataset)
        with CaptureQueriesContext(connection) as queries:
            preview(pond, "duplicate")
        return len(queries)

    assert count(1) == count(5)


def test_pinned_images_draw_the_others_to_them(pond: Pond) -> None:
    for stem, split in (("a", "train"), ("b", "train"), ("c", "val")):
        pond.add_image(stem, split=split)
    Image.objects.update(group="video")
    Image.objects.filter(stem="c").update(is_split_pinned=True)
    look_over(pond.dataset)
    repair(pond, "torn_group")
    assert set(pond.dataset.images.values_list("split", flat=True)) == {"val"}


def test_what_is_set_aside_is_not_repaired(pond: Pond) -> None:
    image = save(pond, pond.add_image("a"), square(10, 10, 5))
    look_over(pond.dataset)
    url = f"/api/datasets/{pond.dataset.slug}/findings/tiny/set-aside/"
    client_of(pond.lead).post(url, {"ids": [str(image.pk)]})
    assert preview(pond, "tiny")["images"] == 0
    repair(pond, "tiny")
    assert image.instances.count() == 1


def test_what_somebody_mended_meanwhile_is_left_alone_and_said(pond: Pond) -> None:
    image = save(pond, pond.add_image("a"), square(10, 10, 5))
    look_over(pond.dataset)
    answer = client_of(pond.lead).post(url_of(pond, "tiny"), {})
    tiny = image.instances.get()
    tiny.area_px = 400
    tiny.polygons = square()
    tiny.save()
    run_change(answer.json()["id"])
    job = BulkChange.objects.get(pk=answer.json()["id"])
    assert (job.changed, job.skipped) == (0, 1)
    assert job.items.get().reason == "Nothing of this kind is in it any more."


class KilledError(BaseException):
    """The worker is killed."""


def test_a_repair_that_is_killed_goes_on_where_it_stopped(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = [save(pond, pond.add_image(f"{n}"), square(10, 10, 5)) for n in range(4)]
    look_over(pond.dataset)
    answer = client_of(pond.lead).post(url_of(pond, "tiny"), {})
    job_id = answer.json()["id"]
    monkeypatch.setattr("annotator.bulk.changes.TURN_IMAGES", 1)
    whole, calls = repair_image, list[Any]()

    def killed(*args: Any, **more: Any) -> Any:
        calls.append(args)
        if len(calls) == 3:
            raise KilledError
        return whole(*args, **more)

    with monkeypatch.context() as context:
        context.setattr("annotator.bulk.actions.repair_image", killed)
        with pytest.raises(KilledError):
            run_change(job_id)
    left = [image for image in images if image.instances.exists()]
    assert len(left) == 2
    BulkChange.objects.filter(pk=job_id).update(lease_until=F("created_at"))
    run_change(job_id)
    assert BulkChange.objects.get(pk=job_id).changed == 4
    assert list_found(pond)[FindingKind.TINY]["images"] == 0


@pytest.mark.parametrize("kind", ["box", "unseen", "size_outlier", "class_absent"])
def test_what_only_a_person_can_repair_is_refused(pond: Pond, kind: str) -> None:
    answer = client_of(pond.lead).post(url_of(pond, kind), {})
    assert answer.status_code == 400
    assert answer.json()["code"] == "no_repair"


@pytest.mark.parametrize("kind", ["class_empty", "odd"])
def test_a_kind_that_has_no_images_is_not_there(pond: Pond, kind: str) -> None:
    assert client_of(pond.lead).get(url_of(pond, kind)).status_code == 404

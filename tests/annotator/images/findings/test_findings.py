"""Findings: what is found, that counts are what the grid lists, and that reading costs little."""

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator import paths
from annotator.folder.changing import delete_image, set_split
from annotator.images.findings import judging, looking, measuring
from annotator.images.findings.looking import look_over, look_over_dataset, nudge_unlooked
from annotator.images.findings.measuring import unmeasured_images
from annotator.images.likeness import waiting_images
from annotator.models import DatasetFigures, FindingKind, Image, ImageFinding, ObjectFigures
from tests.annotator.bulk.test_splits import noise
from tests.annotator.conftest import MakeInstance, Pond, client_of, square

from .conftest import bow_tie, fill_randomly, list_found, list_images, reach_outside, save

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("seed", range(3))
def test_each_count_is_what_the_grid_lists_and_each_bar_too(pond: Pond, seed: int) -> None:
    fill_randomly(pond, seed)
    Image.objects.filter(pk=pond.dataset.images.earliest("stem").pk).update(width=300)
    for row in list_found(pond).values():
        if row["kind"] == FindingKind.CLASS_EMPTY:
            continue
        assert row["images"] == len(list_images(pond, f"finding={row['kind']}&page_size=100"))
    url = f"/api/datasets/{pond.dataset.slug}/insights/"
    Image.objects.filter(pk=pond.dataset.images.earliest("stem").pk).update(width=100)
    body = client_of(pond.annotator).get(url).json()
    for name, bins in (
        ("objects", body["instances_per_image"]),
        ("pixels", body["image_pixels"]),
        ("shape", body["image_shapes"]),
        ("brightness", body["brightness"]),
        ("sharpness", body["sharpness"]),
    ):
        for each in bins:
            found = list_images(pond, f"{name}={each['place']}&page_size=100")
            assert each["count"] == len(found), (name, each)
    chosen = client_of(pond.annotator).get(f"{url}?class={pond.duck.pk}").json()["objects"]
    for name, bars in (
        ("size", chosen["sizes"]),
        ("points", chosen["points"]),
        ("aspect", chosen["aspects"]),
        ("cell", [{"place": n, "count": count} for n, count in enumerate(chosen["positions"])]),
    ):
        empty = [each for each in bars if not each["count"]]
        for each in [*(each for each in bars if each["count"]), *empty[:2]]:
            query = f"{name}={each['place']}&class={pond.duck.pk}&page_size=100"
            assert bool(each["count"]) == bool(list_images(pond, query)), (name, each)
    for pair in body["together"]:
        query = f"class={pair['first']}&with_class={pair['second']}&page_size=100"
        assert pair["images"] == len(list_images(pond, query))


def test_what_is_wrong_with_objects_names_the_objects(pond: Pond) -> None:
    image = save(
        pond, pond.add_image("a"), square(50, 50, 25), square(10, 10), square(10, 10.2),
        bow_tie(40), square(80, 10, 7),
    )  # fmt: skip
    reach_outside(image)
    ids = [str(pk) for pk in image.instances.order_by("order").values_list("pk", flat=True)]
    look_over(pond.dataset)
    rows = client_of(pond.annotator).get(f"/api/images/{image.pk}/findings/").json()
    found = {row["kind"]: row["object_ids"] for row in rows}
    assert found[FindingKind.OUTSIDE] == [ids[0]]
    assert found[FindingKind.OVERLAPPING] == [ids[2]]
    assert found[FindingKind.CROSSING] == [ids[3]]
    assert found[FindingKind.TINY] == [ids[4]]


def test_objects_of_two_classes_may_cover_each_other(pond: Pond) -> None:
    image = save(pond, pond.add_image("a"), square())
    save(pond, image, square(), swan=True)
    look_over(pond.dataset)
    assert list_found(pond)[FindingKind.OVERLAPPING]["images"] == 0


def test_near_duplicates_and_groups_across_splits(pond: Pond) -> None:
    for stem, split, seed in (
        ("a", "train", 1),
        ("b", "val", 1),
        ("c", "val", 2),
        ("d", "test", 3),
    ):
        image = pond.add_image(stem, split=split)
        paths.image_path(image).write_bytes(noise(seed, brighter=int(stem == "b")))
    Image.objects.filter(stem__in="cd").update(group="video")
    look_over(pond.dataset)
    assert {row["stem"] for row in list_images(pond, "finding=leak")} == {"a", "b"}
    assert {row["stem"] for row in list_images(pond, "finding=torn_group")} == {"c", "d"}
    set_split(pond.dataset.images.get(stem="b"), "train")
    look_over(pond.dataset)
    assert list_images(pond, "finding=leak") == []


def test_a_class_absent_from_a_split_and_one_without_objects(pond: Pond) -> None:
    save(pond, pond.add_image("a"), square())
    save(pond, pond.add_image("b", split="val"))
    look_over(pond.dataset)
    found = list_found(pond)
    assert found[FindingKind.CLASS_ABSENT]["classes"] == [
        {"class_id": pond.duck.pk, "splits": ["val"]}
    ]
    assert [row["stem"] for row in list_images(pond, "finding=class_absent")] == ["a"]
    assert found[FindingKind.CLASS_EMPTY]["classes"] == [{"class_id": pond.swan.pk, "splits": []}]


def test_outliers_are_odd_for_their_class_and_not_for_all(pond: Pond) -> None:
    """Ducks are small, swans are large; one duck is as large as a swan, one is flat."""
    for n in range(6):
        ducks = [square(5 + 10 * k, 10, 8.5 + 0.1 * k) for k in range(5)]
        swan = square(20, 30, 45)
        save(pond, save(pond, pond.add_image(f"{n}"), *ducks), swan, swan=True)
    save(pond, pond.add_image("large"), square(10, 10, 45))
    save(pond, pond.add_image("flat"), [[[5, 5, 45, 5, 45, 7, 5, 7]]])
    look_over(pond.dataset)
    assert [row["stem"] for row in list_images(pond, "finding=size_outlier")] == ["large"]
    assert [row["stem"] for row in list_images(pond, "finding=aspect_outlier")] == ["flat"]


def test_what_somebody_said_is_fine_comes_back_when_the_image_changes(pond: Pond) -> None:
    image = save(pond, pond.add_image("a"), square(10, 10, 5))
    look_over(pond.dataset)
    url = f"/api/datasets/{pond.dataset.slug}/findings/tiny/set-aside/"
    client = client_of(pond.reviewer)
    assert client.post(url, {"ids": [str(image.pk)]}).json() == {"changed": 1}
    assert client.post(url, {"ids": [str(image.pk)]}).json() == {"changed": 0}
    row = list_found(pond)[FindingKind.TINY]
    assert (row["images"], row["objects"], row["set_aside"]) == (0, 0, 1)
    assert list_images(pond, "finding=tiny") == []
    assert len(list_images(pond, "finding=tiny&set_aside=true")) == 1
    assert client.post(url, {"all": True, "is_fine": False}).json() == {"changed": 1}
    assert list_found(pond)[FindingKind.TINY]["images"] == 1
    assert client.post(url, {"all": True}).json() == {"changed": 1}
    look_over(pond.dataset)
    assert list_found(pond)[FindingKind.TINY]["set_aside"] == 1
    save(pond, Image.objects.get(pk=image.pk), square(40, 40))
    look_over(pond.dataset)
    row = list_found(pond)[FindingKind.TINY]
    assert (row["images"], row["set_aside"]) == (1, 0)


def test_what_was_set_aside_is_summed_by_the_database(pond: Pond) -> None:
    for stem in "abc":
        save(pond, pond.add_image(stem), square(10, 10, 5), square(30, 10, 5))
    look_over(pond.dataset)
    url = f"/api/datasets/{pond.dataset.slug}/findings/tiny/set-aside/"
    assert client_of(pond.reviewer).post(url, {"all": True}).json() == {"changed": 3}
    with CaptureQueriesContext(connection) as queries:
        row = list_found(pond)[FindingKind.TINY]
    assert (row["images"], row["objects"], row["set_aside"]) == (0, 0, 3)
    read = [each["sql"] for each in queries if "annotator_setaside" in each["sql"]]
    assert read
    assert all("COUNT(" in sql for sql in read), "no row of them is read"


def test_images_not_looked_at_and_boxes_can_be_set_aside_too(pond: Pond) -> None:
    unseen = pond.add_image("a")
    save(pond, pond.add_image("b"), square(), is_box=True)
    for kind, stem in ((FindingKind.UNSEEN, "a"), (FindingKind.BOX, "b")):
        assert [row["stem"] for row in list_images(pond, f"finding={kind}")] == [stem]
        url = f"/api/datasets/{pond.dataset.slug}/findings/{kind}/set-aside/"
        assert client_of(pond.lead).post(url, {"all": True}).json() == {"changed": 1}
        row = list_found(pond)[kind]
        assert (row["images"], row["objects"], row["set_aside"]) == (0, 0, 1)
    assert unseen.status == "unlabelled"


def test_the_list_and_the_figures_cost_the_same_whatever_there_is(
    pond: Pond, django_assert_max_num_queries: Any
) -> None:
    client = client_of(pond.annotator)
    counts: list[list[int]] = []
    for prefix, count in (("few", 3), ("many", 30)):
        fill_randomly(pond, 1, count=count, prefix=prefix)
        counts.append([])
        for url in ("findings/", "insights/"):
            with django_assert_max_num_queries(25) as queries:
                client.get(f"/api/datasets/{pond.dataset.slug}/{url}")
            counts[-1].append(len(queries))
            assert not any("polygons" in query["sql"] for query in queries.captured_queries)
    assert counts[0] == counts[1]


class KilledError(BaseException):
    """The worker is killed."""


@pytest.mark.parametrize("step", ["_store", "judge", "_store_findings"])
def test_a_pass_that_is_killed_goes_on_where_it_stopped(
    pond: Pond, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    for n in range(5):
        save(pond, pond.add_image(f"{n}"), square(10, 10, 5), square(30, 30))
    monkeypatch.setattr(measuring, "BATCH", 2)
    module: Any = {"_store": measuring, "judge": looking, "_store_findings": judging}[step]
    name = "judge_dataset" if step == "judge" else step
    whole, calls = getattr(module, name), []

    def killed(*args: Any) -> Any:
        calls.append(args)
        if len(calls) == (1 if step == "judge" else 2):
            raise KilledError
        return whole(*args)

    with monkeypatch.context() as context:
        context.setattr(module, name, killed)
        with pytest.raises(KilledError):
            look_over(pond.dataset)
    for image in pond.dataset.images.all():
        is_measured = image.measured_revision == image.revision
        assert ObjectFigures.objects.filter(image=image).exists() == is_measured
        assert ImageFinding.objects.filter(image=image, kind="tiny").exists() == is_measured
    assert not DatasetFigures.objects.exists()
    assert look_over(pond.dataset)
    assert list_found(pond)[FindingKind.TINY]["images"] == 5


def test_a_save_while_its_image_is_measured_is_measured_again(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = save(pond, pond.add_image("a"), square(10, 10, 5))
    whole = measuring.examine_images

    def slow(images: Any) -> Any:
        found = whole(images)
        if Image.objects.get(pk=image.pk).revision == image.revision:
            save(pond, image, square(40, 40, 5))
        return found

    monkeypatch.setattr(measuring, "examine_images", slow)
    look_over(pond.dataset)
    assert list_found(pond)[FindingKind.TINY]["objects"] == 2
    assert not unmeasured_images(pond.dataset).exists()


def test_only_what_changed_is_measured_again_and_no_time_is_lost_on_the_rest(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = [save(pond, pond.add_image(f"{n}"), square()) for n in range(3)]
    look_over(pond.dataset)
    measured: list[str] = []
    whole = measuring.examine_images

    def watched(rows: Any) -> Any:
        measured.extend(str(row.pk) for row in rows)
        return whole(rows)

    monkeypatch.setattr(measuring, "examine_images", watched)
    kept = DatasetFigures.objects.get(dataset=pond.dataset)
    look_over(pond.dataset)
    assert measured == []
    assert DatasetFigures.objects.get(dataset=pond.dataset).computed_at == kept.computed_at
    save(pond, images[1], square(50, 50))
    look_over(pond.dataset)
    assert measured == [str(images[1].pk)]


def test_a_worker_looks_where_something_changed_and_asks_for_the_rest(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(pond, pond.add_image("a"), square())
    asked: list[Any] = []
    monkeypatch.setattr(looking, "nudge_worker", lambda *args: asked.append(args))
    task = ("annotator.tasks.look_over", pond.dataset.pk)
    nudge_unlooked()
    assert task in asked
    asked.clear()
    monkeypatch.setattr(looking, "TASK_SECONDS", 0)
    look_over_dataset(pond.dataset.pk)
    assert asked == [task]
    monkeypatch.setattr(looking, "TASK_SECONDS", 600)
    asked.clear()
    DatasetFigures.objects.update(took_seconds=0)
    look_over_dataset(pond.dataset.pk)
    assert asked == []
    nudge_unlooked()
    assert task not in asked
    assert not waiting_images(pond.dataset).exists()


def test_figures_wait_while_they_cost_too_much_and_are_not_forgotten(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = save(pond, pond.add_image("a"), square())
    look_over(pond.dataset)
    DatasetFigures.objects.update(took_seconds=1_000)
    save(pond, image, square(50, 50))
    look_over_dataset(pond.dataset.pk)
    assert DatasetFigures.objects.get().signature == ""
    asked: list[Any] = []
    monkeypatch.setattr(looking, "nudge_worker", lambda *args: asked.append(args))
    nudge_unlooked()
    assert asked == [("annotator.tasks.look_over", pond.dataset.pk)]
    DatasetFigures.objects.update(took_seconds=0)
    look_over_dataset(pond.dataset.pk)
    assert DatasetFigures.objects.get().signature != ""


def test_a_deleted_image_counts_no_more(pond: Pond) -> None:
    image = save(pond, pond.add_image("a"), square(10, 10, 5))
    look_over(pond.dataset)
    delete_image(image, author=pond.lead)
    assert list_found(pond)[FindingKind.TINY]["images"] == 0
    look_over(pond.dataset)
    url = f"/api/datasets/{pond.dataset.slug}/insights/"
    body = client_of(pond.annotator).get(url).json()
    assert sum(each["count"] for each in body["instance_sizes"]) == 0


def test_an_image_that_cannot_be_read_is_said(pond: Pond) -> None:
    image = pond.add_image("a")
    paths.image_path(image).write_bytes(b"no image")
    look_over(pond.dataset)
    url = f"/api/datasets/{pond.dataset.slug}/insights/"
    assert client_of(pond.annotator).get(url).json()["unreadable"] == 1
    body = client_of(pond.lead).get(f"/api/datasets/{pond.dataset.slug}/findings/").json()
    assert (body["unlooked"], body["unmeasured"], body["is_stale"]) == (0, 0, False)


@pytest.mark.parametrize(
    "query", ["finding=class_empty", "finding=odd", "set_aside=true", "cell=64", "size=-1"]
)
def test_filters_that_do_not_exist_are_refused(pond: Pond, query: str) -> None:
    answer = client_of(pond.lead).get(f"/api/datasets/{pond.dataset.slug}/images/?{query}")
    assert answer.status_code == 400


def test_the_command_prints_what_the_page_shows(pond: Pond, make_instance: MakeInstance) -> None:
    fill_randomly(pond, 3)
    out = io.StringIO()
    call_command("findings", pond.dataset.slug, json=True, stdout=out, stderr=io.StringIO())
    printed = json.loads(out.getvalue().strip().splitlines()[-1])
    shown = list_found(pond)
    assert {row["kind"]: row["images"] for row in printed["findings"]} == {
        kind: row["images"] for kind, row in shown.items()
    }
    out = io.StringIO()
    call_command("findings", pond.dataset.name, stdout=out)
    assert "Near-duplicates across splits" in out.getvalue()

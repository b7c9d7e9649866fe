"""Classes split off by an attribute, and outlines simplified: previewed, by revisions."""

import math
from typing import Any

import pytest

from annotator import paths
from annotator.annotations.data import read_annotation
from annotator.bulk.changes import run_change
from annotator.folder.saving import save_annotation
from annotator.models import BulkChange, Image
from tests.annotator.conftest import MakeInstance, Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ducks(pond: Pond, make_instance: MakeInstance) -> list[Image]:
    """Three images of two ducks and a swan; some ducks are occluded, one is called a drake."""
    images = [pond.add_image(stem) for stem in "abc"]
    for place, image in enumerate(images):
        items: Any = [
            {**make_instance(), "occluded": place < 2, "note": "drake" if place == 0 else ""},
            make_instance(),
            {**make_instance(class_id=pond.swan.pk), "occluded": True},
        ]
        save_annotation(image.pk, base_revision=0, upsert=items, status="done", author=pond.lead)
    return images


def address(pond: Pond) -> str:
    return f"/api/datasets/{pond.dataset.slug}/classes/{pond.duck.pk}/attributes/"


def work_off(answer: Any) -> BulkChange:
    assert answer.status_code == 202, answer.content
    run_change(answer.json()["id"])
    job = BulkChange.objects.get(pk=answer.json()["id"])
    assert job.state == "finished", job.error
    return job


def classes_in(image: Image) -> list[int | None]:
    image.refresh_from_db()
    return [item["class_id"] for item in read_annotation(image)["instances"]]


def test_the_values_that_divide_a_class_are_listed(pond: Pond, ducks: list[Image]) -> None:
    assert client_of(pond.lead).get(address(pond)).json() == {
        "objects": 6,
        "values": [
            {"attribute": "occluded", "flag": True, "note": None, "objects": 2, "images": 2}
            | {"label_files": 2},
            {"attribute": "note", "flag": None, "note": "drake", "objects": 1, "images": 1}
            | {"label_files": 1},
        ],
        "more_notes": 0,
    }
    assert client_of(pond.reviewer).get(address(pond)).status_code == 403
    assert client_of(pond.stranger).get(address(pond)).status_code == 404


def test_objects_of_a_value_become_a_new_class_and_merging_puts_them_back(
    pond: Pond, ducks: list[Image]
) -> None:
    before = [classes_in(image) for image in ducks]
    body = {"attribute": "occluded", "flag": True, "name": "hidden duck"}
    job = work_off(client_of(pond.lead).post(address(pond), body))
    hidden = pond.dataset.classes.get(name="hidden duck")
    assert (job.changed, job.skipped) == (2, 0)
    duck, swan = pond.duck.pk, pond.swan.pk
    assert [classes_in(image) for image in ducks] == [
        [hidden.pk, duck, swan],
        [hidden.pk, duck, swan],
        [duck, duck, swan],
    ]
    assert paths.label_path(ducks[0]).read_bytes().startswith(b"%d " % hidden.index)
    url = f"/api/datasets/{pond.dataset.slug}/classes/{hidden.pk}/merge/"
    work_off(client_of(pond.lead).post(url, {"into": duck}))
    assert [classes_in(image) for image in ducks] == before


def test_objects_with_a_note_join_a_class_that_is_there(pond: Pond, ducks: list[Image]) -> None:
    body = {"attribute": "note", "note": "drake", "into": pond.swan.pk}
    assert work_off(client_of(pond.lead).post(address(pond), body)).changed == 1
    assert classes_in(ducks[0])[0] == pond.swan.pk


@pytest.mark.parametrize(
    "body",
    [
        {"attribute": "occluded", "name": "x"},
        {"attribute": "occluded", "flag": True},
        {"attribute": "occluded", "flag": True, "name": "x", "into": 1},
        {"attribute": "occluded", "note": "drake", "name": "x"},
        {"attribute": "note", "flag": True, "name": "x"},
        {"attribute": "note", "note": "swan", "name": "x"},
        {"attribute": "colour", "note": "red", "name": "x"},
        {"attribute": "occluded", "flag": True, "into": 10**6},
        {"attribute": "occluded", "flag": True, "name": "duck"},
        {"attribute": "occluded", "flag": True, "name": "x", "more": 1},
    ],
)
def test_what_makes_no_sense_is_refused_and_makes_no_class(
    pond: Pond, ducks: list[Image], body: dict[str, Any]
) -> None:
    count = pond.dataset.classes.count()
    assert client_of(pond.lead).post(address(pond), body).status_code in {400, 409}
    assert pond.dataset.classes.count() == count
    assert not BulkChange.objects.exists()


# --- simpler outlines ---------------------------------------------------------------------------


@pytest.fixture
def round_duck(pond: Pond, make_instance: MakeInstance) -> Image:
    """An image with a round duck of 100 points and a box."""
    image = pond.add_image("round")
    steps = [index * math.pi / 50 for index in range(100)]
    ring = [each for a in steps for each in (50 + 30 * math.cos(a), 40 + 30 * math.sin(a))]
    items: Any = [
        {**make_instance(), "polygons": [[ring]], "note": "round"},
        {**make_instance(), "is_box": True},
    ]
    save_annotation(image.pk, base_revision=0, upsert=items, status="done", author=pond.lead)
    return image


def test_simpler_outlines_are_measured_before_and_made_by_one_revision(
    pond: Pond, round_duck: Image
) -> None:
    url = f"/api/datasets/{pond.dataset.slug}/images"
    choices: list[dict[str, Any]] = [{"ids": [str(round_duck.pk)]}, {"filters": {}}]
    for chosen in choices:
        costs = client_of(pond.lead).post(f"{url}/simplify-preview/", chosen).json()["costs"]
        assert [(each["objects"], each["points_before"]) for each in costs] == [(1, 100)] * 3
        assert costs[0]["points_after"] > costs[2]["points_after"]
        assert 0.8 < costs[2]["lowest_iou"] < costs[0]["lowest_iou"] < 1
    body = {"ids": [str(round_duck.pk)], "action": "simplify", "tolerance_px": 1.0}
    answer = client_of(pond.lead).post(f"{url}/bulk/", body)
    assert answer.json()["changed"] == 1, answer.content
    first, box = read_annotation(Image.objects.get(pk=round_duck.pk))["instances"]
    assert len(first["polygons"][0][0]) // 2 == costs[1]["points_after"]
    assert (first["note"], box["is_box"]) == ("round", True)
    again = client_of(pond.lead).post(f"{url}/bulk/", body).json()
    assert (again["changed"], len(again["skipped"])) == (0, 1)


@pytest.mark.parametrize("tolerance", [0, -1, 51, "x", None])
def test_a_tolerance_is_a_number_of_pixels(
    pond: Pond, round_duck: Image, tolerance: object
) -> None:
    url = f"/api/datasets/{pond.dataset.slug}/images/bulk/"
    body = {"ids": [str(round_duck.pk)], "action": "simplify", "tolerance_px": tolerance}
    assert client_of(pond.lead).post(url, body).status_code == 400
    asked = client_of(pond.reviewer).post(url, {**body, "tolerance_px": 1.0})
    assert asked.status_code == 403

"""The history of an annotation, its attributes, and what it keeps of deleted instances."""

import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator import paths
from annotator.annotations.data import AnnotationData, read_annotation
from annotator.annotations.history import read_revision
from annotator.folder.live_folder import take_in_outside_edit
from annotator.folder.saving import replace_annotation, save_annotation
from annotator.models import AnnotationRevision, Image, ImageStatus
from tests.annotator.conftest import MakeInstance, Pond, client_of, square

pytestmark = pytest.mark.django_db(transaction=True)


def save(image: Image, pond: Pond, **values: Any) -> Image:
    revision = Image.objects.get(pk=image.pk).revision
    return save_annotation(image.pk, base_revision=revision, author=pond.annotator, **values)


def ids_of(annotation: AnnotationData) -> list[str]:
    return [item["id"] for item in annotation["instances"]]


# --- attributes ------------------------------------------------------------------------------


def test_attributes_are_stored_and_what_a_save_leaves_out_stays(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    item = make_instance(occluded=True, note="half behind the reeds")
    save(image, pond, upsert=[item])
    moved = {"id": item["id"], "class_id": item["class_id"], "polygons": square(40, 40)}
    saved = save(image, pond, upsert=[moved])
    assert read_annotation(saved)["instances"] == [{**item, "polygons": square(40, 40)}]
    assert save(image, pond, upsert=[moved]).revision == 2
    assert save(image, pond, upsert=[{**moved, "truncated": True}]).revision == 3


def test_a_new_instance_without_attributes_has_none(pond: Pond, image: Image) -> None:
    item = {"id": str(uuid.uuid4()), "class_id": pond.duck.pk, "polygons": square()}
    saved = save(image, pond, upsert=[item])
    plain = {**item, "occluded": False, "truncated": False, "note": "", "is_box": False}
    assert read_annotation(saved)["instances"] == [plain]


def test_attributes_alone_leave_the_label_file_byte_for_byte(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    item = make_instance()
    image = save(image, pond, upsert=[item], status=ImageStatus.DONE)
    odd = b"0 0.10 0.10 0.50 0.10 0.50 0.50  \n"
    paths.label_path(image).write_bytes(odd)
    assert take_in_outside_edit(Image.objects.get(pk=image.pk))
    (taken,) = read_annotation(Image.objects.get(pk=image.pk))["instances"]
    saved = save(image, pond, upsert=[{**taken, "note": "seen from below"}])
    assert paths.label_path(saved).read_bytes() == odd
    saved = save(image, pond, upsert=[{**taken, "polygons": square()}])
    assert paths.label_path(saved).read_bytes() != odd


def test_an_edit_outside_keeps_the_attributes_of_rows_it_leaves(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    kept, changed = make_instance(note="mine", occluded=True), make_instance(truncated=True)
    changed["polygons"] = square(50, 50)
    image = save(image, pond, upsert=[kept, changed], status=ImageStatus.DONE)
    label = paths.label_path(image)
    first = label.read_bytes().splitlines(keepends=True)[0]
    label.write_bytes(first + b"1 0.5 0.5 0.75 0.5 0.75 0.75\n")
    assert take_in_outside_edit(Image.objects.get(pk=image.pk))
    after = read_annotation(Image.objects.get(pk=image.pk))["instances"]
    assert after[0] == kept
    assert (after[1]["note"], after[1]["truncated"]) == ("", False)


@pytest.mark.parametrize(
    "attribute", [{"note": "x" * 501}, {"note": None}, {"occluded": "perhaps"}, {"truncated": None}]
)
def test_what_an_attribute_may_not_be(
    pond: Pond, image: Image, make_instance: MakeInstance, attribute: Any
) -> None:
    answer = client_of(pond.annotator).patch(
        f"/api/images/{image.pk}/annotation/",
        {"upsert": [make_instance(**attribute)]},
        headers={"If-Match": '"0"'},
    )
    assert answer.status_code == 400
    assert Image.objects.get(pk=image.pk).revision == 0


# --- revisions -------------------------------------------------------------------------------

IDS = [str(uuid.UUID(int=n + 1)) for n in range(5)]


@st.composite
def saves(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Saves of five instances: put (whole or not), delete, shuffle, replace, change status."""
    steps = []
    for _ in range(draw(st.integers(1, 8))):
        put = draw(st.lists(st.sampled_from(IDS), unique=True, max_size=4))
        steps.append(
            {
                "whole": draw(st.booleans()),
                "put": [
                    {
                        "id": pk,
                        "polygons": square(draw(st.integers(0, 60)), 10),
                        **draw(
                            st.fixed_dictionaries(
                                {}, optional={"occluded": st.booleans(), "note": st.text("ab")}
                            )
                        ),
                    }
                    for pk in put
                ],
                "delete": draw(st.lists(st.sampled_from(IDS), unique=True, max_size=2)),
                "shuffle": draw(st.none() | st.randoms(use_true_random=False)),
                "status": draw(st.none() | st.sampled_from(ImageStatus.values)),
            }
        )
    return steps


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=saves())
def test_every_revision_replays_to_what_it_was(pond: Pond, steps: list[dict[str, Any]]) -> None:
    image = pond.add_image(uuid.uuid4().hex)
    renamed = {pk: str(uuid.uuid4()) for pk in IDS}  # ids belong to one image for ever
    seen = {0: read_annotation(image)}
    for step in steps:
        put = [
            {**item, "id": renamed[item["id"]], "class_id": pond.duck.pk} for item in step["put"]
        ]
        common: Any = {"base_revision": image.revision, "author": None, "status": step["status"]}
        if step["whole"]:
            image = replace_annotation(image.pk, instances=put, **common)  # type: ignore[arg-type]
        else:
            delete = [renamed[pk] for pk in step["delete"]]
            new = [item["id"] for item in put]
            there = [pk for pk in ids_of(read_annotation(image)) if pk not in {*delete} - {*new}]
            order = there + [pk for pk in new if pk not in there]
            if step["shuffle"]:
                step["shuffle"].shuffle(order)
            image = save_annotation(
                image.pk,
                upsert=put,  # type: ignore[arg-type]
                delete=delete,
                order=order if step["shuffle"] else None,
                **common,
            )
        seen[image.revision] = read_annotation(image)
    for number, annotation in seen.items():
        assert read_revision(image, number) == annotation
    for row in AnnotationRevision.objects.filter(image=image):
        before, after = (set(ids_of(seen[n])) for n in (row.number - 1, row.number))
        assert (row.added, len(row.deleted)) == (len(after - before), len(before - after))
        assert row.added + row.changed == len(row.put)


def test_rows_from_before_attributes_and_order_still_replay(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    first, second = make_instance(), make_instance()
    save(image, pond, upsert=[first, second])
    bare = [{key: item[key] for key in ("id", "class_id", "polygons")} for item in (first, second)]
    AnnotationRevision.objects.filter(image=image).update(put=bare)
    image = save(image, pond, delete=[first["id"]])
    assert read_revision(image, 1)["instances"] == [first, second]
    assert read_revision(image, 2)["instances"] == [second]


def test_the_history_on_the_wire(pond: Pond, image: Image, make_instance: MakeInstance) -> None:
    a, b = make_instance(), make_instance()
    save(image, pond, upsert=[a, b])
    save(image, pond, order=[b["id"], a["id"]])
    save(image, pond, upsert=[{**a, "note": "x"}], delete=[b["id"]], status="done")
    client = client_of(pond.reviewer)
    rows = client.get(f"/api/images/{image.pk}/revisions/").json()["results"]
    shown = ("number", "added", "changed", "deleted", "reordered", "status")
    assert [tuple(row[key] for key in shown) for row in rows] == [
        (3, 0, 1, 1, False, "done"),
        (2, 0, 0, 0, True, "in_progress"),
        (1, 2, 0, 0, False, "in_progress"),
    ]
    assert rows[0]["author"]["username"] == "annotator"
    url = f"/api/images/{image.pk}/revisions"
    assert client.get(f"{url}/2/").json() == {
        "image": str(image.pk),
        "revision": 2,
        "status": "in_progress",
        "instances": [b, a],
    }
    assert client.get(f"{url}/0/").json()["instances"] == []
    assert client.get(f"{url}/4/").status_code == 404


def test_the_queries_of_the_history_do_not_grow(
    pond: Pond, image: Image, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        save(image, pond, status="done" if n % 2 else "in_progress")
    client = client_of(pond.annotator)
    with django_assert_max_num_queries(5):
        assert len(client.get(f"/api/images/{image.pk}/revisions/").json()["results"]) == 12
    with django_assert_max_num_queries(6):
        client.get(f"/api/images/{image.pk}/revisions/12/")


def test_a_revision_is_restored_by_saving_it(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    a, b = make_instance(note="first"), make_instance()
    save(image, pond, upsert=[a, b])
    save(image, pond, upsert=[{**a, "note": "second"}], delete=[b["id"]])
    client = client_of(pond.annotator)
    old = client.get(f"/api/images/{image.pk}/revisions/1/").json()
    client.put(
        f"/api/images/{image.pk}/annotation/",
        {"instances": old["instances"]},
        headers={"If-Match": '"2"'},
    )
    assert read_annotation(Image.objects.get(pk=image.pk))["instances"] == [a, b]


def test_a_box_is_one_until_it_is_outlined(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    box: Any = make_instance(is_box=True)
    other: Any = make_instance(polygons=[[[0, 0, 9, 0, 5, 9]]], is_box=True)
    saved = save_annotation(image.pk, base_revision=0, upsert=[box, other], author=pond.annotator)
    assert [item["is_box"] for item in read_annotation(saved)["instances"]] == [True, False]
    # a rectangle elsewhere still is a box; a triangle is none, whatever the save says
    moved: Any = {**box, "polygons": [[[30, 30, 60, 30, 60, 50, 30, 50]]]}
    saved = save_annotation(image.pk, base_revision=1, upsert=[moved], author=pond.annotator)
    assert read_annotation(saved)["instances"][0]["is_box"]
    drawn: Any = {**box, "polygons": [[[30, 30, 60, 30, 60, 50]]]}
    saved = save_annotation(image.pk, base_revision=2, upsert=[drawn], author=pond.annotator)
    assert not read_annotation(saved)["instances"][0]["is_box"]
    client = client_of(pond.annotator)
    before = client.get(f"/api/images/{image.pk}/revisions/1/").json()["instances"]
    assert [item["is_box"] for item in before] == [True, False]
    # a rectangle that somebody says is no box stays none, and an attribute left out stays
    kept: Any = {key: value for key, value in box.items() if key != "is_box"} | {"note": "x"}
    save_annotation(image.pk, base_revision=3, upsert=[box], author=pond.annotator)
    saved = save_annotation(image.pk, base_revision=4, upsert=[kept], author=pond.annotator)
    assert read_annotation(saved)["instances"][0]["is_box"]
    outlined: Any = {**box, "is_box": False}
    saved = save_annotation(image.pk, base_revision=5, upsert=[outlined], author=pond.annotator)
    assert not read_annotation(saved)["instances"][0]["is_box"]
    deleted = save_annotation(image.pk, base_revision=6, delete=[box["id"]], author=pond.annotator)
    assert deleted.instance_count == 1
    trashed = client.get(f"/api/images/{image.pk}/deleted-instances/").json()
    assert [row["is_box"] for row in trashed] == [False]

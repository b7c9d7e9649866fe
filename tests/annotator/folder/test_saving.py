"""Saving annotations, and the live folder that follows."""

import sqlite3
import uuid
from typing import Any

import pytest
import yaml
from django.db import connection

from annotator import paths
from annotator.annotations.data import read_annotation
from annotator.folder.changing import delete_image, set_split
from annotator.folder.live_folder import sync_pending, take_in_outside_edit, take_in_outside_edits
from annotator.folder.saving import replace_annotation, save_annotation
from annotator.images.places import find_image_file
from annotator.kernel.errors import ConflictError, ServiceError, StaleRevisionError, TooLargeError
from annotator.labels.formats.yolo.rows import MAX_OBJECTS, parse_labels
from annotator.models import AnnotationRevision, Image, ImageStatus, RevisionSource
from tests.annotator.conftest import MakeInstance, Pond, square

pytestmark = pytest.mark.django_db(transaction=True)


def save(image: Image, pond: Pond, **values: Any) -> Image:
    values.setdefault("base_revision", Image.objects.get(pk=image.pk).revision)
    return save_annotation(image.pk, author=pond.annotator, **values)


def test_a_save_stores_instances_and_a_revision(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    duck, swan = make_instance(), make_instance(class_id=pond.swan.pk, polygons=square(40, 40))
    saved = save(image, pond, upsert=[duck, swan])
    assert (saved.revision, saved.status, saved.instance_count) == (1, "in_progress", 2)
    assert read_annotation(saved)["instances"] == [duck, swan]
    revision = AnnotationRevision.objects.get(image=image)
    assert revision.author == pond.annotator
    assert revision.put == [duck, swan]
    assert saved.outline[0]["class_id"] in (pond.duck.pk, pond.swan.pk)


def test_the_same_save_twice_changes_nothing(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    item = make_instance()
    save(image, pond, upsert=[item], base_revision=0)
    again = save(image, pond, upsert=[item], base_revision=0)
    assert again.revision == 1
    gone = save(image, pond, delete=[item["id"]], base_revision=1)
    again = save(image, pond, delete=[item["id"]], base_revision=1)
    assert gone.revision == again.revision == 2


def test_a_stale_save_is_refused_and_shows_the_newest(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    mine, theirs = make_instance(), make_instance()
    save(image, pond, upsert=[theirs], base_revision=0)
    with pytest.raises(StaleRevisionError) as caught:
        save(image, pond, upsert=[mine], base_revision=0)
    current: Any = caught.value.extra["current"]
    assert current["instances"] == [theirs]
    assert read_annotation(Image.objects.get(pk=image.pk))["instances"] == [theirs]


def test_an_order_of_an_earlier_revision_is_stale_and_not_nonsense(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    a, b, theirs = make_instance(), make_instance(), make_instance()
    save(image, pond, upsert=[a, b])
    save(image, pond, upsert=[theirs])
    with pytest.raises(StaleRevisionError):
        save(image, pond, order=[b["id"], a["id"]], base_revision=1)
    with pytest.raises(ServiceError, match="order must name"):
        save(image, pond, order=[b["id"], a["id"]])


def test_revisions_replayed_give_the_annotation(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    first, second = make_instance(), make_instance()
    save(image, pond, upsert=[first, second])
    save(image, pond, upsert=[{**first, "polygons": square(50, 50)}])
    save(image, pond, delete=[second["id"]])
    replayed: dict[str, Any] = {}
    for revision in AnnotationRevision.objects.filter(image=image).order_by("number"):
        replayed |= {item["id"]: item for item in revision.put}
        for pk in revision.deleted:
            del replayed[pk]
    assert list(replayed.values()) == read_annotation(image)["instances"]


@pytest.mark.parametrize(
    "polygons",
    [
        [],
        [[]],
        [[[1, 1, 2, 2]]],
        [[[1, 1, 2, 2, 3]]],
        [[[1, 1, 2, 2, 3, float("nan")]]],
        [[[1, 1, 2, 2, 3, float("inf")]]],
        [[[1, 1, 2, 2, 3, 3]]],
        [[[-50, -50, -40, -50, -40, -40]]],
    ],
)
def test_what_is_not_a_polygon_is_refused(
    pond: Pond, image: Image, make_instance: MakeInstance, polygons: Any
) -> None:
    with pytest.raises(ServiceError):
        save(image, pond, upsert=[make_instance(polygons=polygons)])
    assert Image.objects.get(pk=image.pk).revision == 0


def test_polygons_end_at_the_border(pond: Pond, image: Image, make_instance: MakeInstance) -> None:
    item = make_instance(polygons=[[[-10, 10, 50, 10, 50, 200, -10, 200]]])
    saved = save(image, pond, upsert=[item])
    (ring,) = read_annotation(saved)["instances"][0]["polygons"][0]
    assert (min(ring[::2]), max(ring[1::2])) == (0, 80)


def test_a_class_of_another_dataset_is_refused(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    with pytest.raises(ServiceError, match="no class"):
        save(image, pond, upsert=[make_instance(class_id=987654)])


def test_an_instance_of_another_image_is_refused(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    item = make_instance()
    save(image, pond, upsert=[item])
    with pytest.raises(ConflictError):
        save(pond.add_image("b"), pond, upsert=[item])


def test_replace_removes_what_is_not_named_and_orders(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    a, b, c = make_instance(), make_instance(), make_instance()
    save(image, pond, upsert=[a, b])
    items: Any = [c, a]
    replace_annotation(image.pk, base_revision=1, instances=items, author=pond.lead)
    assert read_annotation(Image.objects.get(pk=image.pk))["instances"] == [c, a]
    assert b not in read_annotation(Image.objects.get(pk=image.pk))["instances"]


def test_done_writes_label_and_picture_and_taking_it_back_removes_them(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    folder = paths.dataset_dir(pond.dataset)
    saved = save(image, pond, upsert=[make_instance(class_id=pond.swan.pk)])
    assert (folder / "images/unlabelled/a.png").exists()
    assert not (folder / "labels/train/a.txt").exists()

    saved = save(image, pond, status=ImageStatus.DONE)
    label = (folder / "labels/train/a.txt").read_bytes()
    assert label == b"1 0.1 0.125 0.3 0.125 0.3 0.375 0.1 0.375\n"
    assert (folder / "images/train/a.png").exists()
    assert not (folder / "images/unlabelled/a.png").exists()
    assert not Image.objects.get(pk=image.pk).label_pending

    save(saved, pond, status=ImageStatus.IN_PROGRESS)
    assert not (folder / "labels/train/a.txt").exists()
    assert (folder / "images/unlabelled/a.png").exists()


def test_done_with_nothing_in_it_is_a_background_image(pond: Pond, image: Image) -> None:
    save(image, pond, status=ImageStatus.DONE)
    assert paths.label_path(image).read_bytes() == b""


def test_data_yaml_names_the_classes(pond: Pond) -> None:
    data = yaml.safe_load((paths.dataset_dir(pond.dataset) / "data.yaml").read_text())
    assert data["names"] == {0: "duck", 1: "swan"}
    assert (data["nc"], data["train"], data["val"]) == (2, "images/train", "images/val")


def test_what_a_crash_left_unwritten_is_written_later(
    pond: Pond, image: Image, make_instance: MakeInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.folder.live_folder.sync_image", lambda _: None)
    save(image, pond, upsert=[make_instance()], status=ImageStatus.DONE)
    monkeypatch.undo()
    image = Image.objects.get(pk=image.pk)
    assert image.label_pending
    assert not paths.label_path(image).exists()
    assert find_image_file(image).exists()
    assert sync_pending() == 1
    assert paths.label_path(image).exists()
    assert sync_pending() == 0


def test_a_move_to_another_split_keeps_the_label_byte_for_byte(pond: Pond, image: Image) -> None:
    image = save(image, pond, status=ImageStatus.DONE)
    odd = b"0 0.10 0.10 0.50 0.10 0.50 0.50  \n"
    paths.label_path(image).write_bytes(odd)
    take_in_outside_edit(image)
    moved = set_split(Image.objects.get(pk=image.pk), "val")
    assert paths.label_path(moved).read_bytes() == odd
    assert "val" in str(find_image_file(moved))
    assert not paths.label_path(moved, split="train").exists()


def test_an_edit_outside_becomes_a_revision_by_disk(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    kept = make_instance()
    image = save(image, pond, upsert=[kept], status=ImageStatus.DONE)
    label = paths.label_path(image)
    label.write_bytes(label.read_bytes() + b"1 0.5 0.5 0.75 0.5 0.75 0.75\n")
    assert take_in_outside_edits(pond.dataset) == 1
    assert take_in_outside_edits(pond.dataset) == 0
    image = Image.objects.get(pk=image.pk)
    newest = image.revisions.first()
    assert newest is not None
    assert newest.source == RevisionSource.DISK
    instances = read_annotation(image)["instances"]
    assert instances[0] == kept
    assert instances[1]["class_id"] == pond.swan.pk
    assert instances[1]["polygons"] == [[[50, 40, 75, 40, 75, 60]]]


def test_an_edit_outside_is_never_overwritten_blindly(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    image = save(image, pond, status=ImageStatus.DONE)
    paths.label_path(image).write_bytes(b"0 0.5 0.5 0.75 0.5 0.75 0.75\n")
    mine = make_instance()
    save(image, pond, upsert=[mine], base_revision=image.revision)
    image = Image.objects.get(pk=image.pk)
    sources = list(image.revisions.order_by("number").values_list("source", flat=True))
    assert sources == ["user", "user", "disk", "user"]
    assert read_annotation(image)["instances"] == [mine]
    parsed = parse_labels(paths.label_path(image).read_bytes(), size_wh=(100, 80), class_count=2)
    assert len(parsed.rows) == 1
    assert not image.label_pending


def test_a_deleted_image_goes_to_the_trash(pond: Pond, image: Image) -> None:
    image = save(image, pond, status=ImageStatus.DONE)
    place = find_image_file(image)
    delete_image(image, author=pond.lead)
    assert not place.exists()
    assert (paths.trashed_image_dir(image.pk) / image.file_name).exists()


def test_the_queries_of_a_save_do_not_grow_with_the_image(
    pond: Pond,
    image: Image,
    make_instance: MakeInstance,
    django_assert_max_num_queries: Any,
) -> None:
    save(image, pond, upsert=[make_instance() for _ in range(300)])
    one, many = [make_instance()], [make_instance() for _ in range(50)]
    with django_assert_max_num_queries(10):
        save(image, pond, upsert=one, base_revision=1)
    with django_assert_max_num_queries(10):
        save(image, pond, upsert=many, base_revision=2)


def test_ids_are_compared_as_uuids(pond: Pond, image: Image, make_instance: MakeInstance) -> None:
    item = make_instance(id=str(uuid.uuid4()).upper())
    save(image, pond, upsert=[item], base_revision=0)
    assert save(image, pond, upsert=[item], base_revision=0).revision == 1


@pytest.mark.parametrize("what", ["delete", "order"])
def test_more_ids_than_an_image_may_have_objects_are_refused(
    pond: Pond, image: Image, what: str
) -> None:
    ids = [str(uuid.uuid4()) for _ in range(MAX_OBJECTS + 1)]
    values: Any = {what: ids}
    with pytest.raises(TooLargeError, match="at most 10,000 objects"):
        save(image, pond, base_revision=0, **values)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the limit of a statement of SQLite")
def test_a_save_may_name_as_many_ids_as_an_image_may_have_objects(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    kept = make_instance()
    save(image, pond, base_revision=0, upsert=[kept])
    new = [make_instance() for _ in range(MAX_OBJECTS - 1)]
    unknown = [str(uuid.uuid4()) for _ in range(MAX_OBJECTS - 1)]
    database: sqlite3.Connection = connection.connection
    limit = sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER
    before = database.setlimit(limit, 32_766)  # what it has where nobody built it otherwise
    try:
        save(image, pond, base_revision=1, upsert=new, delete=[*unknown, kept["id"]])
    finally:
        database.setlimit(limit, before)
    assert image.instances.count() == MAX_OBJECTS - 1

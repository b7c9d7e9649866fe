"""The trash of images: out of sight, back with every byte, or gone for good."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from annotator import housekeeping, paths
from annotator.annotations.data import read_annotation
from annotator.datasets.datasets import delete_class
from annotator.datasets.insights import measure_dataset
from annotator.datasets.summaries import count_instances_by_class, summarise_datasets
from annotator.folder.changing import delete_image
from annotator.folder.live_folder import sync_pending
from annotator.folder.saving import save_annotation
from annotator.folder.trash.images import (
    purge_expired_images,
    purge_images,
    remove_leftovers,
    restore_images,
)
from annotator.images.facets import count_facets
from annotator.images.listing import list_in_progress_of
from annotator.images.places import find_image_file
from annotator.imports.uploads import upload_image
from annotator.kernel.errors import ConflictError
from annotator.models import AnnotationRevision, DeletedInstance, Image, ImageStatus, Instance
from tests.annotator.conftest import MakeInstance, Pond, png_bytes

pytestmark = pytest.mark.django_db(transaction=True)

ODD = b"0 0.10 0.10 0.50 0.10 0.50 0.50  \n"


@pytest.fixture
def done(pond: Pond, image: Image, make_instance: MakeInstance) -> Image:
    """A done image with one instance, its label file written by a hand of its own."""
    image = save_annotation(
        image.pk,
        base_revision=0,
        upsert=[make_instance()],  # type: ignore[list-item]
        status=ImageStatus.DONE,
        author=pond.annotator,
    )
    paths.label_path(image).write_bytes(ODD)
    return Image.objects.get(pk=image.pk)


def trashed(image: Image) -> Image:
    return Image.trashed.get(pk=image.pk)


def files_of(pond: Pond) -> set[str]:
    root = paths.dataset_dir(pond.dataset)
    return {str(path.relative_to(root)) for path in root.rglob("a.*")}


def test_a_deleted_image_is_nowhere_to_be_seen(pond: Pond, done: Image) -> None:
    delete_image(done, author=pond.lead)
    row = trashed(done)
    assert row.deleted_by == pond.lead
    assert not row.label_pending
    assert files_of(pond) == set()
    folder = paths.trashed_image_dir(done.pk)
    assert (folder / "a.txt").read_bytes() == ODD
    assert not pond.dataset.images.exists()
    assert count_facets(pond.dataset, {})["total"] == 0
    assert list_in_progress_of(pond.annotator) == []
    insights = measure_dataset(pond.dataset)
    assert insights["images_by_split_status"] == []
    assert all(item["count"] == 0 for item in insights["instance_sizes"])
    assert insights["instances_by_class_split"][0]["train"] == 0
    assert count_instances_by_class([pond.dataset.pk])[pond.duck.pk] == 0
    (dataset,) = summarise_datasets([pond.dataset], pond.lead.pk)
    assert dataset.counts["images"] == dataset.counts["instances"] == 0  # type: ignore[attr-defined]


def test_a_restored_image_is_as_it_was_byte_for_byte(pond: Pond, done: Image) -> None:
    picture, before = find_image_file(done).read_bytes(), read_annotation(done)
    delete_image(done, author=pond.lead)
    assert restore_images(pond.dataset, [done.pk]) == (1, [])
    image = Image.objects.get(pk=done.pk)
    assert files_of(pond) == {"images/train/a.png", "labels/train/a.txt"}
    assert find_image_file(image).read_bytes() == picture
    assert paths.label_path(image).read_bytes() == ODD
    assert not paths.trashed_image_dir(image.pk).exists()
    assert (image.deleted_at, image.deleted_by, image.label_pending) == (None, None, False)
    # the label was edited outside before it was deleted: that is known now
    assert image.revision == before["revision"] + 1
    assert image.revisions.filter(source="user").count() == 1


def test_deleting_and_restoring_twice_changes_nothing(pond: Pond, image: Image) -> None:
    delete_image(image, author=pond.lead)
    first = trashed(image).deleted_at
    delete_image(image, author=pond.reviewer)
    assert (trashed(image).deleted_at, trashed(image).deleted_by) == (first, pond.lead)
    assert restore_images(pond.dataset, [image.pk, image.pk]) == (1, [])
    changed, skipped = restore_images(pond.dataset, [image.pk])
    assert (changed, len(skipped)) == (0, 1)
    assert "trash" in skipped[0]["reason"]


def test_the_name_is_free_and_restoring_says_when_it_is_taken(pond: Pond, done: Image) -> None:
    delete_image(done, author=pond.lead)
    second = upload_image(pond.dataset, file_name="a.png", data=png_bytes(color="#123456"))
    assert second.stem == "a"
    with pytest.raises(ConflictError, match="Delete that one first"):
        restore_images(pond.dataset, [done.pk])
    other = pond.add_image("b")
    delete_image(other, author=pond.lead)
    changed, skipped = restore_images(pond.dataset, [done.pk, other.pk])
    assert changed == 1
    assert [item["id"] for item in skipped] == [str(done.pk)]
    delete_image(second, author=pond.lead)
    assert restore_images(pond.dataset, [done.pk]) == (1, [])
    assert find_image_file(trashed(second)).parent == paths.trashed_image_dir(second.pk)


def test_the_same_picture_is_not_restored_beside_itself(pond: Pond) -> None:
    data = png_bytes(color="#445566")
    first = upload_image(pond.dataset, file_name="a.png", data=data)
    delete_image(first, author=pond.lead)
    upload_image(pond.dataset, file_name="b.png", data=data)
    with pytest.raises(ConflictError, match="is in the dataset again"):
        restore_images(pond.dataset, [first.pk])


def test_two_living_images_of_one_name_cannot_be(pond: Pond, image: Image) -> None:
    delete_image(image, author=pond.lead)
    pond.add_image("a")
    with pytest.raises(IntegrityError):
        Image.trashed.filter(pk=image.pk).update(deleted_at=None)


@pytest.mark.parametrize("step", ["delete", "restore"])
def test_what_a_crash_left_is_finished_later(
    pond: Pond, done: Image, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if step == "restore":
        delete_image(done, author=pond.lead)
    with monkeypatch.context() as patch:
        for module in ("live_folder", "trash.images"):
            patch.setattr(f"annotator.folder.{module}.sync_image", lambda _: None)
        if step == "delete":
            delete_image(done, author=pond.lead)
        else:
            restore_images(pond.dataset, [done.pk])
    image = Image.all_objects.get(pk=done.pk)
    assert image.label_pending
    assert find_image_file(image).exists()
    assert sync_pending() == 1
    assert not Image.all_objects.get(pk=done.pk).label_pending
    folder = paths.trashed_image_dir(done.pk)
    label = folder / "a.txt" if step == "delete" else paths.label_path(done)
    assert label.read_bytes() == ODD
    assert folder.exists() == (step == "delete")
    assert sync_pending() == 0


def test_a_crash_leaves_no_file_in_the_way_of_a_new_image(
    pond: Pond, done: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = find_image_file(done).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("annotator.folder.live_folder.sync_image", lambda _: None)
        delete_image(done, author=pond.lead)
    new = png_bytes(color="#abcdef")
    image = upload_image(pond.dataset, file_name="a.png", data=new, split="train")
    assert find_image_file(image).read_bytes() == new
    assert find_image_file(trashed(done)).read_bytes() == old
    assert (paths.trashed_image_dir(done.pk) / "a.txt").read_bytes() == ODD
    assert files_of(pond) == {"images/unlabelled/a.png"}


def test_purged_is_gone_for_good(pond: Pond, done: Image) -> None:
    delete_image(done, author=pond.lead)
    living = pond.add_image("b")
    changed, skipped = purge_images(pond.dataset, [done.pk, living.pk])
    assert (changed, [item["id"] for item in skipped]) == (1, [str(living.pk)])
    assert not Image.all_objects.filter(pk=done.pk).exists()
    assert not Instance.objects.filter(image_id=done.pk).exists()
    assert not AnnotationRevision.objects.filter(image_id=done.pk).exists()
    assert not paths.trashed_image_dir(done.pk).exists()
    assert purge_images(pond.dataset, [done.pk])[0] == 0


def test_housekeeping_purges_what_is_past_its_time(
    pond: Pond, image: Image, make_instance: MakeInstance, settings: Any
) -> None:
    settings.TRASH_DAYS = 10
    item = make_instance()
    kept, late = pond.add_image("kept"), pond.add_image("late")
    saved = save_annotation(image.pk, base_revision=0, upsert=[item], author=pond.lead)  # type: ignore[list-item]
    save_annotation(saved.pk, base_revision=1, delete=[str(item["id"])], author=pond.lead)
    for row, days in ((kept, 9), (late, 11)):
        delete_image(row, author=pond.lead)
        Image.trashed.filter(pk=row.pk).update(deleted_at=timezone.now() - timedelta(days=days))
    housekeeping.purge_trash(budget_seconds=5)
    assert {row.stem for row in Image.all_objects.all()} == {"a", "kept"}
    assert DeletedInstance.objects.count() == 1
    DeletedInstance.objects.update(deleted_at=timezone.now() - timedelta(days=11))
    housekeeping.purge_trash(budget_seconds=5)
    assert DeletedInstance.objects.count() == 0


def test_purging_goes_in_batches(
    pond: Pond, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.TRASH_DAYS = 0
    monkeypatch.setattr("annotator.folder.trash.images.PURGE_IMAGES", 2)
    for n in range(5):
        delete_image(pond.add_image(f"img{n}"), author=pond.lead)
    assert [purge_expired_images() for _ in range(4)] == [2, 2, 1, 0]


def test_files_of_an_image_purged_just_before_a_crash_go(pond: Pond, image: Image) -> None:
    delete_image(image, author=pond.lead)
    Image.trashed.filter(pk=image.pk).delete()  # the rows went, then the process died
    other: Path = paths.trashed_images_dir() / "of-an-administrator"
    other.mkdir()
    assert remove_leftovers() >= 1  # other tests leave theirs
    assert not paths.trashed_image_dir(image.pk).exists()
    assert other.exists()


def test_a_class_of_trashed_instances_is_in_use(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    item = make_instance(class_id=pond.swan.pk)
    saved = save_annotation(image.pk, base_revision=0, upsert=[item], author=pond.lead)  # type: ignore[list-item]
    delete_image(saved, author=pond.lead)
    with pytest.raises(ConflictError, match="1 of them in images in the trash"):
        delete_class(pond.swan)
    assert restore_images(pond.dataset, [image.pk]) == (1, [])
    assert read_annotation(Image.objects.get(pk=image.pk))["instances"] == [item]

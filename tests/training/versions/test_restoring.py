"""Restoring a version: the dataset becomes again what was frozen, and nothing is destroyed."""

import hashlib
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from annotator import paths as annotator_paths
from annotator.annotations.history import read_revision
from annotator.bulk import changes
from annotator.bulk.actions import change_items
from annotator.bulk.changes import cancel_change, run_change
from annotator.datasets.datasets import update_class
from annotator.folder.changing import delete_image, set_split, set_status
from annotator.folder.saving import save_annotation
from annotator.folder.trash.images import purge_images
from annotator.kernel.errors import ConflictError, ServiceError
from annotator.models import BulkChange, Image, Instance
from training import paths
from training.models import Version
from training.versions import restoring
from training.versions.differences import compare, count_open, go_on, iterate_rows
from training.versions.restoring import RestorePreview, preview_restore, start_restore

from ...annotator.conftest import client_of
from ..conftest import Pond, freeze

pytestmark = pytest.mark.django_db(transaction=True)

SQUARE = [[[10.0, 10.0, 30.0, 10.0, 30.0, 30.0, 10.0, 30.0]]]


def image_of(pond: Pond, stem: str) -> Image:
    return Image.objects.select_related("dataset").get(dataset=pond.dataset, stem=stem)


def add_object(pond: Pond, stem: str) -> None:
    image = image_of(pond, stem)
    item: Any = {"id": str(uuid4()), "class_id": pond.classes[0].pk, "polygons": SQUARE}
    save_annotation(image.pk, base_revision=image.revision, upsert=[item], author=pond.lead)


def contents(pond: Pond) -> dict[str, tuple[str, str]]:
    """What a version of the dataset would hold: hashes of image and label by place."""
    found = {}
    for image in Image.objects.select_related("dataset").filter(dataset=pond.dataset):
        if not image.is_finished:
            continue
        label = annotator_paths.label_path(image).read_bytes()
        picture = annotator_paths.image_path(image).read_bytes()
        found[f"{image.split}/{image.file_name}"] = (
            hashlib.sha256(picture).hexdigest(),
            hashlib.sha256(label).hexdigest(),
        )
    return found


def restore(version: Version, pond: Pond, others: Any = "keep") -> BulkChange:
    job = start_restore(version, others=others, author=pond.lead)
    run_change(job.pk)
    job.refresh_from_db()
    return job


def foreseen(version: Version) -> RestorePreview:
    while (preview := preview_restore(version))["open"]:
        pass
    return preview


def disturb(pond: Pond) -> None:
    """Objects come, go and change class; images move, are reopened, deleted and purged."""
    add_object(pond, "train-00")
    image = image_of(pond, "train-01")
    pk = str(image.instances.all()[0].pk)
    save_annotation(image.pk, base_revision=image.revision, delete=[pk], author=pond.lead)
    set_split(image_of(pond, "train-02"), "val")
    set_status(image_of(pond, "train-03"), "in_progress", author=pond.lead)
    delete_image(image_of(pond, "train-04"), author=pond.lead)
    gone = image_of(pond, "train-05")
    delete_image(gone, author=pond.lead)
    assert purge_images(pond.dataset, [gone.pk]) == (1, [])
    pond.add_image("later", split="train", seed=5)


def test_everything_comes_back_and_nothing_is_lost(pond: Pond) -> None:
    image = image_of(pond, "train-01")
    one = image.instances.all()[0]
    noted: Any = {
        "id": str(one.pk), "class_id": one.dataset_class_id, "polygons": one.polygons,
        "note": "seen", "occluded": True,
    }  # fmt: skip
    save_annotation(image.pk, base_revision=image.revision, upsert=[noted], author=pond.lead)
    before = contents(pond)
    ids = set(Instance.objects.filter(image__dataset=pond.dataset).values_list("pk", flat=True))
    version = freeze(pond)
    disturb(pond)
    added = image_of(pond, "train-00").revision
    preview = foreseen(version)
    assert {key: preview[key] for key in ("labels", "moved", "from_trash", "from_version")} == {
        "labels": 3, "moved": 1, "from_trash": 1, "from_version": 1,
    }  # fmt: skip
    assert (preview["others"], preview["taken"], preview["same"]) == (1, 0, 8)
    job = restore(version, pond)
    assert (job.state, job.changed, job.skipped) == ("finished", 6, 0), job.error
    after = contents(pond)
    assert after.pop("train/later.png")
    assert after == before
    kept = Instance.objects.filter(image__dataset=pond.dataset).exclude(image__stem="later")
    assert set(kept.values_list("pk", flat=True)) == ids
    one.refresh_from_db()
    assert (one.note, one.occluded) == ("seen", True)
    revision = image_of(pond, "train-00").revisions.order_by("-number")[0]
    assert (revision.source, revision.author) == ("restore", pond.lead)
    assert len(read_revision(image_of(pond, "train-00"), added)["instances"]) == 1 + len(
        read_revision(image_of(pond, "train-00"), added + 1)["instances"]
    ), "what was there is in the history"
    found = compare(version, None)
    while count_open(found):
        go_on(found)
    assert foreseen(version)["labels"] == 0


def test_the_purged_image_has_its_id_again_and_shares_the_versions_bytes(pond: Pond) -> None:
    image = image_of(pond, "train-05")
    origin = {"group": "walk", "video_frame": 12, "video_time_ms": 480}
    Image.objects.filter(pk=image.pk).update(**origin)
    version = freeze(pond)
    delete_image(image, author=pond.lead)
    purge_images(pond.dataset, [image.pk])
    restore(version, pond)
    back = image_of(pond, "train-05")
    assert back.pk == image.pk
    assert {name: getattr(back, name) for name in origin} == origin
    picture = annotator_paths.image_path(back)
    assert picture.samefile(paths.version_dir(version) / "images/train/train-05.png")
    assert picture.stat().st_nlink == 2


def first_place(image: Image) -> Path:
    """Where the file of an image lies that comes back, until its label is written."""
    image.status = "unlabelled"
    return annotator_paths.image_path(image)


def test_a_file_that_lies_in_the_place_of_an_image_is_never_written_through(pond: Pond) -> None:
    image = image_of(pond, "train-05")
    version = freeze(pond)
    delete_image(image, author=pond.lead)
    purge_images(pond.dataset, [image.pk])
    place = first_place(image)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"of somebody else")
    job = restore(version, pond)
    assert (job.changed, job.skipped) == (0, 1)
    assert "Another file lies in its place" in job.items.get().reason
    assert place.read_bytes() == b"of somebody else"


def test_an_image_that_comes_in_at_that_moment_keeps_its_file(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = image_of(pond, "train-05")
    version = freeze(pond)
    delete_image(image, author=pond.lead)
    purge_images(pond.dataset, [image.pk])
    same = pond.add_image("train-05", split="train", status="in_progress", seed=5005)
    assert annotator_paths.image_path(same) == first_place(image)
    monkeypatch.setattr(restoring, "_check_name_is_free", lambda *_: None)
    assert restoring_one(version, image, pond) == "Its name was taken at this very moment."
    assert annotator_paths.image_path(same).is_file()


def restoring_one(version: Version, image: Image, pond: Pond) -> str:
    """Why an image cannot be restored."""
    job = start_restore(version, others="keep", author=pond.lead)
    with pytest.raises(ServiceError) as refused:
        restoring.restore_image(job, image.pk, str(image.pk), pond.lead)
    return str(refused.value)


def test_no_file_is_left_of_an_image_whose_label_is_gone(pond: Pond) -> None:
    image = image_of(pond, "train-05")
    version = freeze(pond)
    delete_image(image, author=pond.lead)
    purge_images(pond.dataset, [image.pk])
    (paths.version_dir(version) / "labels/train/train-05.txt").unlink()
    assert restore(version, pond).skipped == 1
    assert not annotator_paths.image_path(image).exists()
    assert not first_place(image).exists()


def test_others_go_to_the_trash_when_asked(pond: Pond) -> None:
    before = contents(pond)
    version = freeze(pond)
    pond.add_image("later", split="train", seed=5)
    pond.add_image("unseen", split="train", status="in_progress", seed=6)
    job = restore(version, pond, "trash")
    assert (job.changed, job.skipped) == (2, 0)
    assert contents(pond) == before
    names = Image.trashed.filter(dataset=pond.dataset).values_list("stem", flat=True)
    assert sorted(names) == ["later", "unseen"]


def test_retired_and_deleted_classes_come_back(pond: Pond) -> None:
    version = freeze(pond)
    disc, diamond = pond.classes
    pk = diamond.pk
    for image in Image.objects.filter(dataset=pond.dataset):
        ids = [str(one.pk) for one in image.instances.filter(dataset_class_id=pk)]
        save_annotation(image.pk, base_revision=image.revision, delete=ids, author=pond.lead)
    update_class(disc, is_retired=True)
    Instance.objects.filter(dataset_class_id=pk).delete()
    diamond.delete()
    preview = foreseen(version)
    assert (preview["classes_back"], preview["classes_new"]) == (["disc"], ["diamond"])
    job = restore(version, pond)
    assert (job.state, job.skipped) == ("finished", 0), job.error
    assert [(item.name, item.is_retired) for item in pond.classes] == [
        ("disc", False),
        ("diamond", False),
    ]
    objects = Instance.objects.filter(image__dataset=pond.dataset).count()
    assert objects == version.instance_count


def test_a_name_that_another_image_has_now_is_skipped_with_the_reason(pond: Pond) -> None:
    version = freeze(pond)
    delete_image(image_of(pond, "train-00"), author=pond.lead)
    pond.add_image("train-00", split="val", seed=999)
    preview = foreseen(version)
    assert (preview["taken"], preview["taken_names"]) == (1, ["train-00.png"])
    job = restore(version, pond)
    assert (job.state, job.changed, job.skipped) == ("finished", 0, 1)
    assert "another image “train-00”" in job.items.get().reason
    assert image_of(pond, "train-00").split == "val"


def test_a_damaged_version_changes_nothing(pond: Pond) -> None:
    version = freeze(pond)
    image = image_of(pond, "train-05")
    delete_image(image, author=pond.lead)
    purge_images(pond.dataset, [image.pk])
    add_object(pond, "train-00")
    (paths.version_dir(version) / "images/train/train-05.png").write_bytes(b"no picture")
    (paths.version_dir(version) / "labels/train/train-00.txt").unlink()
    revision = image_of(pond, "train-00").revision
    job = restore(version, pond)
    assert (job.changed, job.skipped) == (0, 2)
    assert image_of(pond, "train-00").revision == revision
    assert not Image.all_objects.filter(pk=image.pk).exists()
    shutil.rmtree(paths.version_dir(version))
    with pytest.raises(ConflictError):
        preview_restore(version)


@pytest.mark.parametrize("stop_after", [0, 1, 2, 4, 5])
def test_killed_in_between_each_image_is_whole_and_the_next_worker_goes_on(
    pond: Pond, monkeypatch: pytest.MonkeyPatch, stop_after: int
) -> None:
    """The worker dies within a turn, after so many images of it, before its commit."""
    before = contents(pond)
    version = freeze(pond)
    disturb(pond)
    now = {
        image.pk: (image.revision, image.deleted_at is None)
        for image in Image.all_objects.filter(dataset=pond.dataset)
    }
    job = start_restore(version, others="keep", author=pond.lead)
    monkeypatch.setattr(changes, "TURN_IMAGES", 2)
    monkeypatch.setattr(changes, "TURN_SECONDS", 60.0)  # on a busy machine too
    done = 0

    def dying(*args: Any) -> Any:
        nonlocal done
        for each in change_items(*args):
            if done == stop_after:
                raise SystemExit
            done += 1
            yield each

    with monkeypatch.context() as patch:
        patch.setattr(changes, "change_items", dying)
        with pytest.raises(SystemExit):
            run_change(job.pk)
    whole = 2 * (stop_after // 2)
    job.refresh_from_db()
    assert job.changed == whole
    for image in Image.all_objects.filter(dataset=pond.dataset):
        revision = now.get(image.pk, (0, False))[0]
        assert image.revision in (revision, revision + 1)
        assert image.instances.count() == image.instance_count
    BulkChange.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    run_change(job.pk)
    job.refresh_from_db()
    assert (job.state, job.changed, job.skipped) == ("finished", 6, 0)
    after = contents(pond)
    after.pop("train/later.png")
    assert after == before


def test_cancelled_it_says_what_it_did(pond: Pond, monkeypatch: pytest.MonkeyPatch) -> None:
    version = freeze(pond)
    disturb(pond)
    job = start_restore(version, others="keep", author=pond.lead)
    monkeypatch.setattr(changes, "TURN_IMAGES", 2)
    monkeypatch.setattr(changes, "TURN_SECONDS", 60.0)  # on a busy machine too
    real = changes._turn

    def turn(job: BulkChange, *args: Any) -> None:
        real(job, *args)
        cancel_change(BulkChange.objects.get(pk=job.pk))

    monkeypatch.setattr(changes, "_turn", turn)
    run_change(job.pk)
    job.refresh_from_db()
    assert (job.state, job.changed) == ("cancelled", 2)
    monkeypatch.undo()
    assert restore(version, pond).changed == 4


def test_somebody_who_draws_meanwhile_loses_nothing(pond: Pond) -> None:
    version = freeze(pond)
    add_object(pond, "train-00")
    mine = image_of(pond, "train-00").revision
    restore(version, pond)
    image = image_of(pond, "train-00")
    assert image.revision == mine + 1
    items = read_revision(image, mine)["instances"]
    save_annotation(image.pk, base_revision=image.revision, upsert=items, author=pond.annotator)
    assert image_of(pond, "train-00").instance_count == len(items)


def test_only_leads_restore(pond: Pond) -> None:
    version = freeze(pond)
    address = f"/api/versions/{version.pk}/restore/"
    assert client_of(pond.reviewer).post(address, {}, format="json").status_code == 403
    assert client_of(pond.reviewer).get(f"{address}preview/").status_code == 403
    lead = client_of(pond.lead)
    assert lead.get(f"{address}preview/").json()["same"] == 14
    answer = lead.post(address, {"others": "keep"}, format="json")
    assert (answer.status_code, answer.json()["action"]) == (202, "restore_version")
    again = lead.post(address, {}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "restore_busy")
    assert lead.post(address, {"others": "burn"}, format="json").status_code == 400


def test_ignore_regions_and_what_lies_in_them_come_back(pond: Pond) -> None:
    image = image_of(pond, "train-00")
    top = [[[0.0, 0.0, 96.0, 0.0, 96.0, 32.0, 0.0, 32.0]]]
    region: Any = {"id": str(uuid4()), "class_id": None, "polygons": top}
    save_annotation(image.pk, base_revision=image.revision, upsert=[region], author=pond.lead)
    add_object(pond, "train-00")
    kept = set(image.instances(manager="all_shapes").values_list("pk", flat=True))
    version = freeze(pond)
    assert foreseen(version)["labels"] == 0, "objects in ignore regions are in neither"
    image = image_of(pond, "train-00")
    save_annotation(
        image.pk, base_revision=image.revision, delete=[str(pk) for pk in kept], author=pond.lead
    )
    add_object(pond, "train-00")
    add_object(pond, "train-01")
    job = restore(version, pond)
    assert job.skipped == 0, job.items.first()
    assert foreseen(version)["labels"] == 0
    gone = image_of(pond, "train-00")
    delete_image(gone, author=pond.lead)
    purge_images(pond.dataset, [gone.pk])
    assert restore(version, pond).skipped == 0
    back = image_of(pond, "train-00")
    assert back.instances(manager="ignore_regions").count() == 1
    delete_image(back, author=pond.lead)
    purge_images(pond.dataset, [back.pk])
    (paths.version_dir(version) / "ignore/train/train-00.json").unlink()
    job = restore(version, pond)
    assert job.skipped == 1
    assert "ignore regions in the version is gone" in job.items.get().reason


def test_ignore_regions_that_came_later_go(pond: Pond) -> None:
    """One over nothing and one over an object: the label file says nothing of them."""
    before = contents(pond)
    version = freeze(pond)
    for stem, side in (("train-00", 1.0), ("train-01", 200.0)):
        corner = [[[0.0, 0.0, side, 0.0, side, side, 0.0, side]]]
        region: Any = {"id": str(uuid4()), "class_id": None, "polygons": corner}
        image = image_of(pond, stem)
        save_annotation(image.pk, base_revision=image.revision, upsert=[region], author=pond.lead)
    add_object(pond, "train-02")
    preview = foreseen(version)
    assert (preview["labels"], preview["same"]) == (3, 11)
    found = compare(version, None)
    rows = {row["name"]: row for row in iterate_rows(found)}
    assert [rows[f"train-0{number}.png"]["regions"] for number in range(3)] == [1, 1, 0]
    assert not any(row["other_pixels"] for row in rows.values())
    of_pixels = [row["name"] for row in iterate_rows(found, kind="other_pixels")]
    assert of_pixels == ["train-00.png", "train-01.png"]
    assert rows["train-01.png"]["removed"] == image_of(pond, "train-01").instance_count
    job = restore(version, pond)
    assert (job.changed, job.skipped) == (3, 0)
    assert contents(pond) == before
    assert not Image.objects.filter(dataset=pond.dataset, ignore_region_count__gt=0).exists()
    assert foreseen(version)["same"] == 14


def test_the_file_of_who_took_the_name_meanwhile_stays(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = image_of(pond, "train-05")
    version = freeze(pond)
    content = annotator_paths.image_path(image).read_bytes()
    delete_image(image, author=pond.lead)
    purge_images(pond.dataset, [image.pk])
    monkeypatch.setattr(restoring, "_check_name_is_free", lambda *_: None)  # it comes right after
    other = Image.objects.create(
        id=uuid4(), dataset=pond.dataset, stem="train-05", extension=image.extension,
        split="train", width=image.width, height=image.height, size_bytes=len(content),
        sha256=image.sha256, upload_sha256=image.upload_sha256,
    )  # fmt: skip
    path = annotator_paths.image_path(other)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    job = restore(version, pond)
    assert job.items.get(is_skipped=True).reason == "Its name was taken at this very moment."
    assert path.read_bytes() == content


@pytest.mark.parametrize("has_links", [True, False])
def test_another_file_in_its_place_is_not_written_over(
    pond: Pond, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    image = image_of(pond, "train-05")
    version = freeze(pond)
    delete_image(image, author=pond.lead)
    purge_images(pond.dataset, [image.pk])
    path = annotator_paths.dataset_dir(pond.dataset) / f"images/unlabelled/{image.file_name}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"another program's")
    if not has_links:

        def refuse(*_: Any) -> None:
            raise PermissionError

        monkeypatch.setattr("training.versions.freezing.os.link", refuse)
    job = restore(version, pond)
    assert job.items.get(is_skipped=True).reason == "Another file lies in its place."
    assert path.read_bytes() == b"another program's"

"""No job writes without bound in one turn: everybody else can save meanwhile."""

import os
import random
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from annotator import paths
from annotator.bulk.changes import run_change, start_change
from annotator.datasets.datasets import remove_member
from annotator.folder import live_folder
from annotator.folder.changing import delete_image
from annotator.folder.saving import save_annotation
from annotator.folder.trash.datasets import delete_dataset, purge_dataset, purge_marked_datasets
from annotator.folder.trash.images import (
    PURGED,
    list_trashed_images,
    purge_expired_images,
    purge_images,
    restore_images,
)
from annotator.imports.imports import create_import, run_import
from annotator.kernel.turns import TURN_ROWS, compile_inserts, compile_values, execute_all
from annotator.labels.formats.yolo import rows as yolo
from annotator.labels.formats.yolo.rows import MAX_OBJECTS, MAX_POINTS
from annotator.models import (
    AnnotationRevision,
    BulkAction,
    Comment,
    Dataset,
    DatasetClass,
    Image,
    ImageStatus,
    Import,
    ImportRow,
    Instance,
    Membership,
    RevisionSource,
)
from annotator.review.assignment import assign_images
from tests.annotator.conftest import Pond, square
from tests.annotator.sources import DATA_YAML, TRIANGLE, lay_out, picture_bytes, zipped
from tests.annotator.turns import Waits, watched_turns

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 3 * TURN_ROWS
needs_sqlite = pytest.mark.skipif(
    not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"),
    reason="other databases have more than one writer at a time",
)


def run(pond: Pond, source: Path) -> Import:
    row = create_import(pond.dataset, source_path=str(source), source_name="s", created_by=None)
    job = run_import(row.pk)
    assert job is not None
    return job


def lines(job: Import) -> list[tuple[str, str, int | None, str]]:
    return list(job.rows.order_by("id").values_list("outcome", "file", "line", "reason"))


def test_what_a_file_repeats_is_told_in_a_hundred_lines(pond: Pond, tmp_path: Path) -> None:
    row = f"0 {TRIANGLE}\n"
    files = {
        "data.yaml": DATA_YAML.encode(),
        "images/val/a.png": picture_bytes(1),
        "labels/val/a.txt": row.encode() * 100_000,
        "images/train/b.png": picture_bytes(2),
        "labels/train/b.txt": row.encode() + b"0 0.1 0.2 0.3 0.4\n0 0.2 0.2 0.3 0.4\n" * 400,
    }
    archive = tmp_path / "a.zip"
    archive.write_bytes(zipped(files))
    job = run(pond, archive)
    assert (job.state, job.taken, job.repaired, job.refused) == ("finished", 2, 99_999 + 798 + 2, 0)
    of_a = [row for row in lines(job) if row[1] == "labels/val/a.txt"]
    assert len(of_a) == 100
    assert of_a[0] == ("repaired", *of_a[0][1:2], 2, "The row repeats line 1; it was taken once.")
    assert of_a[-1] == ("repaired", "labels/val/a.txt", None, "and 99,900 more like this")
    image = pond.dataset.images.get(stem="a")
    assert (image.status, image.instance_count) == ("done", 1)
    assert pond.dataset.images.get(stem="b").instance_count == 1 + 2, "boxes are taken, each once"
    # two images, two notes on the source, a hundred lines of each file
    assert ImportRow.objects.filter(import_job=job).count() == 2 + 2 + 100 + 100


def big_rows(count: int, points: int) -> bytes:
    rng = random.Random(1)
    rows = ("0 " + " ".join(f"{rng.random():.6f}" for _ in range(2 * points)) for _ in range(count))
    return "\n".join(rows).encode()


def test_large_polygons_and_label_files_that_are_real_go_in(pond: Pond, tmp_path: Path) -> None:
    files = {
        "images/train/long.png": picture_bytes(1),
        "labels/train/long.txt": big_rows(1, 11_150),
        "images/train/large.png": picture_bytes(2),
        "labels/train/large.txt": big_rows(500, 100),
        "images/val/c.png": picture_bytes(3),
        "data.yaml": DATA_YAML.encode(),
    }
    assert len(files["labels/train/large.txt"]) > 830_000
    job = run(pond, lay_out(tmp_path, files))
    assert (job.taken, job.refused, job.repaired) == (3, 0, 0)
    image = pond.dataset.images.get(stem="large")
    assert (image.status, image.instances.count()) == ("done", 500)
    long = pond.dataset.images.get(stem="long").instances.get()
    assert len(long.polygons[0][0]) == 2 * 11_150


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        (b"0 0.1 0.1 0.9 0.1 0.5 0.9 \n" * 700_000, "larger than 16 MB"),
        (
            b"\n".join(b"0 0 0 1 0 1 0.1%05d" % n for n in range(1, MAX_OBJECTS + 2)),
            "at most 10,000",
        ),
        (b"0 " + b"0.1 0.2 0.9 0.4 " * (MAX_POINTS // 2 + 1), "at most 500,000 points"),
        (b"\n".join(b"0 0.%06d" % n for n in range(20_000)), "More than 10,000 rows"),
    ],
)
def test_label_files_beyond_the_limits_are_refused_whole(
    pond: Pond, tmp_path: Path, label: bytes, reason: str
) -> None:
    files = {"images/a.png": picture_bytes(1), "labels/a.txt": label, "data.yaml": b"names: [a]"}
    job = run(pond, lay_out(tmp_path, files))
    assert (job.taken, job.refused) == (1, 1)
    assert reason in lines(job)[-1][3]
    assert pond.dataset.images.get(stem="a").status == "unlabelled"


def test_ten_thousand_classes_come_in_a_few_turns(
    pond: Pond, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Dataset] = []
    monkeypatch.setattr("annotator.datasets.datasets.write_data_yaml", written.append)
    names = ", ".join(f"c{n}" for n in range(3_000))
    files = {"a.png": picture_bytes(1), "data.yaml": f"names: [{names}]".encode()}
    lay_out(tmp_path, files)
    if connection.vendor == "sqlite":
        with watched_turns() as turns:
            run(pond, tmp_path)
        assert turns.longest <= 2 * TURN_ROWS
    else:
        run(pond, tmp_path)
    assert pond.dataset.classes.count() == 3_002
    assert list(pond.dataset.classes.values_list("index", flat=True)) == list(range(3_002))
    assert len(written) <= 10


def test_notes_on_a_source_are_cut(pond: Pond, tmp_path: Path) -> None:
    entries = "".join(f"  - nowhere/{n}\n" for n in range(5_000))
    files = {"a.png": picture_bytes(1), "data.yaml": f"names: [a]\ntrain:\n{entries}".encode()}
    job = run(pond, lay_out(tmp_path, files))
    assert job.repaired >= 5_000
    assert job.rows.count() <= 102
    assert any("more like this" in reason for *_, reason in lines(job))


@needs_sqlite
def test_nobody_waits_a_second_during_the_worst_import(pond: Pond, tmp_path: Path) -> None:
    """A process of its own imports what the limits allow; this one goes on saving."""
    files = {"data.yaml": DATA_YAML.encode()}
    most = big_rows(MAX_OBJECTS, MAX_POINTS // MAX_OBJECTS)
    one = big_rows(1, MAX_POINTS)
    files["images/train/objects.png"] = picture_bytes(1)
    files["labels/train/objects.txt"] = most
    files["images/train/points.png"] = picture_bytes(10)
    files["labels/train/points.txt"] = one
    files["images/train/rows.png"] = picture_bytes(11)
    files["labels/train/rows.txt"] = f"0 {TRIANGLE}\n".encode() * 580_000
    for number in range(40):  # each line of the report that one file may have
        files[f"images/val/n{number}.png"] = picture_bytes(100 + number)
        files[f"labels/val/n{number}.txt"] = f"0 {TRIANGLE}\n".encode() * 120 + b"0 1\n1 1\n" * 120
    lay_out(tmp_path, files)
    image = pond.add_image("saved-meanwhile")

    def save() -> None:
        Image.objects.filter(pk=image.pk).update(updated_at=timezone.now())

    command = [sys.executable, "manage.py", "import_dataset", str(tmp_path), "--name", "worst"]
    environment = {"DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}"}
    with Waits(save) as waits:
        done = subprocess.run(
            command,
            cwd=settings.REPOSITORY,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2, done.stderr  # taken with losses: rows that are no polygons
    dataset = Dataset.objects.get(name="worst")
    assert dataset.images.count() == 43
    assert Instance.objects.filter(image__dataset=dataset).count() == MAX_OBJECTS + 42
    assert not waits.errors
    assert len(waits.seconds) > 50
    assert max(waits.seconds) < 1.0


def add_rows(pond: Pond, count: int, **values: object) -> list[uuid.UUID]:
    rows = [
        Image(
            dataset=pond.dataset,
            stem=f"row{number:05d}",
            extension="png",
            split="train",
            width=100,
            height=80,
            size_bytes=1,
            sha256=f"{number}",
            upload_sha256=f"{number}",
            **values,
        )
        for number in range(count)
    ]
    return [image.pk for image in Image.objects.bulk_create(rows)]


@needs_sqlite
def test_many_images_are_assigned_in_turns(pond: Pond) -> None:
    ids = add_rows(pond, MANY)
    with watched_turns() as turns:
        changed, skipped = assign_images(
            pond.dataset,
            [*ids, *ids],
            assignee_id=pond.annotator.pk,
            actor=pond.lead,
            role="lead",  # type: ignore[arg-type]
        )
    assert (changed, len(skipped)) == (MANY, 0)
    assert turns.longest <= TURN_ROWS
    pond.dataset.images.update(assignee=None)
    people = [pond.annotator.pk, pond.reviewer.pk]
    with watched_turns() as turns:
        job = start_change(
            pond.dataset,
            BulkAction.SHARE_OUT,
            {"assignees": people},
            selection={"ids": [str(pk) for pk in ids]},
            author=pond.lead,
        )
        run_change(job.pk)
    assert turns.longest <= 2 * TURN_ROWS + 10  # each image, its row of the change, and the job
    assert pond.dataset.images.filter(assignee=pond.annotator).count() == MANY // 2
    pond.dataset.images.update(assignee=pond.annotator)
    with watched_turns() as turns:
        remove_member(Membership.objects.get(dataset=pond.dataset, user=pond.annotator))
    assert turns.longest <= TURN_ROWS
    assert not pond.dataset.images.filter(assignee=pond.annotator).exists()
    assert not pond.dataset.memberships.filter(user=pond.annotator).exists()


def fill(pond: Pond, image: Image) -> None:
    """As much as an image may have after a long time."""
    Instance.objects.bulk_create(
        Instance(image=image, dataset_class=pond.duck, order=n, polygons=square(), area_px=400.0)
        for n in range(3_000)
    )
    AnnotationRevision.objects.bulk_create(
        AnnotationRevision(image=image, number=n, source="user", status="done")
        for n in range(1, 3_000)
    )
    Comment.objects.bulk_create(
        Comment(image=image, author=pond.lead, text="?") for n in range(3_000)
    )


@needs_sqlite
def test_what_is_deleted_for_good_goes_in_turns(pond: Pond) -> None:
    image = pond.add_image("full")
    fill(pond, image)
    delete_image(image, author=pond.lead)
    with watched_turns() as turns:
        assert purge_images(pond.dataset, [image.pk]) == (1, [])
    assert turns.longest <= 2_001
    assert not Image.all_objects.filter(pk=image.pk).exists()
    assert not Instance.objects.filter(image_id=image.pk).exists()


@needs_sqlite
def test_a_dataset_goes_in_turns(pond: Pond) -> None:
    fill(pond, pond.add_image("full"))
    job = create_import(pond.dataset, source_path="x", source_name="x", created_by=None)
    Import.objects.update(state="finished")
    ImportRow.objects.bulk_create(
        ImportRow(import_job=job, outcome="taken", file=f"{n}") for n in range(5_000)
    )
    DatasetClass.objects.bulk_create(
        DatasetClass(dataset=pond.dataset, index=n, name=f"{n}", color="#000000")
        for n in range(2, 4_000)
    )
    delete_dataset(pond.dataset, author=pond.lead)
    purge_dataset(Dataset.objects.get(pk=pond.dataset.pk))
    with watched_turns() as turns:
        while purge_marked_datasets():
            pass
    assert turns.longest <= 2_001
    assert not Dataset.objects.filter(pk=pond.dataset.pk).exists()


def test_an_image_whose_deletion_was_cut_short_does_not_come_back_in_half(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PowerCutError(BaseException):
        pass

    def cut(_ids: object) -> None:
        Instance.objects.filter(image=image).delete()
        raise PowerCutError

    image = pond.add_image("full")
    fill(pond, image)
    delete_image(image, author=pond.lead)
    with monkeypatch.context() as patch:
        patch.setattr("annotator.folder.trash.images.delete_images", cut)
        with pytest.raises(PowerCutError):
            purge_images(pond.dataset, [image.pk])
    assert Image.trashed.get(pk=image.pk).deleted_at == PURGED
    assert not list_trashed_images(pond.dataset).exists()
    changed, skipped = restore_images(pond.dataset, [image.pk])
    assert (changed, len(skipped)) == (0, 1)
    assert purge_expired_images() == 1
    assert not Image.all_objects.filter(pk=image.pk).exists()


def test_expired_images_go(pond: Pond) -> None:
    image = pond.add_image("old")
    delete_image(image, author=pond.lead)
    Image.trashed.update(deleted_at=timezone.now() - timedelta(days=400))
    assert purge_expired_images() == 1
    assert not Image.all_objects.filter(pk=image.pk).exists()


def test_a_huge_file_from_outside_is_left_out(pond: Pond, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yolo, "MAX_LABEL_BYTES", 1_000)
    image = pond.add_image("a")
    image = save_annotation(image.pk, base_revision=0, status="done", author=pond.lead)
    image.refresh_from_db()
    paths.label_path(image).write_bytes(f"0 {TRIANGLE}\n".encode() * 100)
    assert not live_folder.take_in_outside_edit(image)
    paths.label_path(image).write_bytes(f"0 {TRIANGLE}\n".encode())
    assert live_folder.take_in_outside_edit(image)


def test_rows_are_written_as_django_writes_them(pond: Pond) -> None:
    """Each column, its default too; two ways to give the values."""
    image = pond.add_image("a")
    polygons = [[[1.5, 2.0, 1e16, 3.25, 7.0, 1e-7]]]
    values: dict[str, Any] = {
        "image_id": image.pk,
        "source": RevisionSource.IMPORT,
        "status": ImageStatus.DONE,
        "put": [{"id": str(uuid.uuid4()), "polygons": polygons, "note": "ä “x”"}],
        "active_time": timedelta(seconds=1.5),
        "author_id": pond.lead.pk,
    }
    by_django = AnnotationRevision.objects.create(number=1, **values)
    with transaction.atomic():
        execute_all(compile_inserts([AnnotationRevision(number=2, **values)]))
        execute_all(compile_values(AnnotationRevision, [{"number": 3, **values}]))
        execute_all(compile_values(AnnotationRevision, []))
    by_number = {row.number: row for row in AnnotationRevision.objects.filter(image=image)}
    assert sorted(by_number) == [1, 2, 3]
    for number in (2, 3):
        row = by_number[number]
        assert row.created_at >= by_django.created_at
        for field in AnnotationRevision._meta.concrete_fields:
            if field.attname not in {"id", "number", "created_at"}:
                same = getattr(by_number[1], field.attname)
                assert getattr(row, field.attname) == same, field.attname
    # Told apart by the database: no order at all is not the JSON null.
    assert AnnotationRevision.objects.filter(image=image, order__isnull=True).count() == 3

"""Imports: what comes in, what is told, and that a kill at any moment loses nothing."""

import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image as PillowImage

from annotator import paths
from annotator.exports.exports import stream_export, write_export
from annotator.exports.selection import Selection
from annotator.folder.intake import StagedImage, take_in
from annotator.folder.live_folder import sync_pending, take_in_outside_edits
from annotator.imports import imports, taking
from annotator.imports.counting import tally_of
from annotator.imports.sample import create_sample_dataset
from annotator.kernel import jobs
from annotator.labels.polygons.bridges import flatten_polygons
from annotator.models import Dataset, Image, Import, ImportRow, RevisionSource
from tests.annotator.conftest import Pond
from tests.annotator.sources import DATA_YAML, TRIANGLE, lay_out, picture_bytes, usual_files, zipped

pytestmark = pytest.mark.django_db(transaction=True)


def run(pond: Pond, source: Path, *, name: str = "source") -> Import:
    row = imports.create_import(
        pond.dataset, source_path=str(source), source_name=name, created_by=pond.lead
    )
    job = imports.run_import(row.pk)
    assert job is not None
    return job


def report(job: Import, outcome: str) -> list[tuple[str, int | None, str]]:
    rows = ImportRow.objects.filter(import_job=job, outcome=outcome).order_by("id")
    return list(rows.values_list("file", "line", "reason"))


def files_of(pond: Pond, kind: str) -> dict[str, bytes]:
    root = paths.dataset_dir(pond.dataset) / kind
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_images_labels_and_history_come_in(pond: Pond, tmp_path: Path) -> None:
    source = usual_files(10)
    job = run(pond, lay_out(tmp_path, source))
    assert (job.state, job.taken, job.repaired, job.refused) == ("finished", 10, 0, 0)
    assert (job.progress_done, job.progress_total) == (10, 10)
    assert pond.dataset.images.filter(status="done", revision=1, instance_count=1).count() == 10
    for kind in ("images", "labels"):
        expected = {k.removeprefix(f"{kind}/"): v for k, v in source.items() if k.startswith(kind)}
        assert files_of(pond, kind) == expected, "byte for byte"
    image = Image.objects.get(dataset=pond.dataset, stem="p0003")
    (instance,) = image.instances.all()
    assert instance.dataset_class == pond.swan
    assert instance.polygons[0][0][:6] == [4.0, 3.0, 36.0, 3.0, 20.0, 27.0]
    assert image.outline[0]["class_id"] == pond.swan.pk
    revision = image.revisions.get()
    assert revision.source == RevisionSource.IMPORT
    assert revision.put[0]["id"] == str(instance.pk)


def test_nothing_is_left_to_write_and_nothing_looks_edited(pond: Pond, tmp_path: Path) -> None:
    run(pond, lay_out(tmp_path, usual_files(5)))
    assert sync_pending() == 0
    assert take_in_outside_edits(pond.dataset) == 0


def test_an_archive_is_read_like_a_folder(pond: Pond, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({f"export/{name}": data for name, data in usual_files(6).items()}))
    assert run(pond, path).taken == 6


def test_statuses(pond: Pond, tmp_path: Path) -> None:
    files = {
        "data.yaml": DATA_YAML.encode(),
        "images/val/done.png": picture_bytes(1),
        "labels/val/done.txt": f"0 {TRIANGLE}".encode(),
        "images/train/background.png": picture_bytes(2),
        "labels/train/background.txt": b"",
        "images/train/unlabelled.png": picture_bytes(3),
        "images/train/half.png": picture_bytes(4),
        "labels/train/half.txt": f"0 {TRIANGLE}\n7 {TRIANGLE}\n".encode(),
        "images/train/boxes.png": picture_bytes(5),
        "labels/train/boxes.txt": b"0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.1 0.1\n",
        "images/train/clipped.png": picture_bytes(6),
        "labels/train/clipped.txt": b"0 -0.005 0.1 0.9 0.1 0.5 0.9",
    }
    job = run(pond, lay_out(tmp_path, files))
    statuses = dict(pond.dataset.images.values_list("stem", "status"))
    assert statuses == {
        "done": "done",
        "background": "done",
        "unlabelled": "unlabelled",
        "half": "in_progress",
        "boxes": "done",
        "clipped": "done",
    }
    assert [(file, line) for file, line, _ in report(job, "refused")] == [
        ("labels/train/half.txt", 2),
    ]
    repaired = [row[0] for row in report(job, "repaired")]
    assert "labels/train/clipped.txt" in repaired
    assert "labels/train/boxes.txt" not in repaired, "taken as rectangles that are marked"
    boxes = pond.dataset.images.get(stem="boxes").instances
    assert boxes.filter(is_box=True).count() == boxes.count() == 2
    assert set(files_of(pond, "labels")) == {
        "val/done.txt",
        "train/background.txt",
        "train/boxes.txt",
        "train/clipped.txt",
    }
    assert files_of(pond, "labels")["train/clipped.txt"] == b"0 0 0.1 0.9 0.1 0.5 0.9\n"
    assert "unlabelled/half.png" in files_of(pond, "images")


def test_classes_are_matched_by_name_and_new_ones_appended(pond: Pond, tmp_path: Path) -> None:
    files = {
        "data.yaml": b"train: images\nval: images\nnames: [goose, swan]\n",
        "images/a.png": picture_bytes(1),
        "labels/a.txt": f"0 {TRIANGLE}\n1 {TRIANGLE}\n".encode(),
    }
    run(pond, lay_out(tmp_path, files))
    assert list(pond.dataset.classes.values_list("index", "name")) == [
        (0, "duck"),
        (1, "swan"),
        (2, "goose"),
    ]
    (label,) = files_of(pond, "labels").values()
    assert [row.split()[0] for row in label.decode().splitlines()] == ["2", "1"]
    assert b"goose" in (paths.dataset_dir(pond.dataset) / "data.yaml").read_bytes()


def test_duplicates_and_names_in_two_splits(pond: Pond, tmp_path: Path) -> None:
    files = {
        "data.yaml": DATA_YAML.encode(),
        "images/train/a.png": picture_bytes(1),
        "images/train/same as a.png": picture_bytes(1),
        "images/train/deep/a.png": picture_bytes(2),
        "images/val/a.png": picture_bytes(3),
        "images/val/b.png": picture_bytes(4),
    }
    job = run(pond, lay_out(tmp_path, files))
    assert set(pond.dataset.images.values_list("stem", "split")) == {
        ("train/a", "train"),
        ("deep/a", "train"),
        ("val/a", "val"),
        ("b", "val"),  # most images of its folder are told apart without it
    }
    reasons = {file: reason for file, _, reason in report(job, "refused")}
    assert "same image as “train/a.png”" in reasons["images/train/same as a.png"]
    assert len(reasons) == 1
    assert report(job, "repaired") == []
    assert tally_of(job, "images") == {"source": 5, "taken": 4, "repaired": 0, "refused": 1}


def test_a_second_import_of_the_same_takes_nothing(pond: Pond, tmp_path: Path) -> None:
    lay_out(tmp_path, usual_files(6))
    run(pond, tmp_path)
    before = files_of(pond, "images"), files_of(pond, "labels")
    job = run(pond, tmp_path)
    assert (job.taken, job.refused) == (0, 6)
    assert (files_of(pond, "images"), files_of(pond, "labels")) == before


def test_bad_images_are_told_and_the_rest_comes_in(pond: Pond, tmp_path: Path) -> None:
    jpeg = picture_bytes(9, kind="JPEG")
    files = usual_files(5) | {
        "images/train/empty.jpg": b"",
        "images/train/text.jpg": b"not an image",
        "images/train/short.jpg": jpeg[: len(jpeg) // 2],
        "images/train/mended.jpg": jpeg[:-2],
        "images/train/page.svg": b"<svg/>",
    }
    job = run(pond, lay_out(tmp_path, files))
    assert (job.taken, job.refused) == (6, 4)
    assert {Path(file).name for file, _, _ in report(job, "refused")} == {
        "empty.jpg",
        "text.jpg",
        "short.jpg",
        "page.svg",
    }
    assert [row[0] for row in report(job, "repaired")] == ["images/train/mended.jpg"]


def test_orientation_is_baked_in_and_told(pond: Pond, tmp_path: Path) -> None:
    exif = PillowImage.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    PillowImage.new("RGB", (40, 20), "#804020").save(buffer, "JPEG", exif=exif)
    job = run(pond, lay_out(tmp_path, {"a.jpg": buffer.getvalue(), "b.png": picture_bytes(1)}))
    image = pond.dataset.images.get(stem="a")
    assert (image.width, image.height) == (20, 40)
    assert image.sha256 != image.upload_sha256
    assert any("orientation" in reason for _, _, reason in report(job, "repaired"))


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"../evil.png": b"x"}, "leads out of it"),
        ({"readme.txt": b"x"}, "No images"),
        ({"data.yaml": b"\xff\xfe\xfa", "a.png": b"x"}, "not text in UTF-8"),
        ({"data.yaml": b"kpt_shape: [3, 3]\nnames: [a]", "a.png": b"x"}, "pose set"),
    ],
)
def test_a_source_that_is_refused_whole_changes_nothing(
    pond: Pond, tmp_path: Path, files: dict[str, bytes], reason: str
) -> None:
    before = files_of(pond, "images"), list(pond.dataset.classes.values_list("name"))
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(files))
    job = run(pond, path)
    assert job.state == "failed"
    assert reason in job.error
    assert (files_of(pond, "images"), list(pond.dataset.classes.values_list("name"))) == before
    assert not pond.dataset.images.exists()


def test_a_source_that_is_gone(pond: Pond, tmp_path: Path) -> None:
    job = run(pond, tmp_path / "nowhere")
    assert (job.state, "There is no folder" in job.error) == ("failed", True)


def test_a_message_delivered_twice_runs_once(pond: Pond, tmp_path: Path) -> None:
    job = run(pond, lay_out(tmp_path, usual_files(5)))
    assert imports.run_import(job.pk) is None
    assert pond.dataset.images.count() == 5


def test_cancelling_keeps_what_was_taken(
    pond: Pond, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "BATCH_ENTRIES", 4)
    lay_out(tmp_path, usual_files(20))
    row = imports.create_import(
        pond.dataset, source_path=str(tmp_path), source_name="x", created_by=None
    )
    announce = taking.announce

    def cancel_after_first(job: Import) -> None:
        announce(job)
        if job.progress_done >= 4:
            jobs.cancel_job(Import.objects.get(pk=job.pk))

    monkeypatch.setattr(taking, "announce", cancel_after_first)
    job = imports.run_import(row.pk)
    assert job is not None
    assert (job.state, job.taken, pond.dataset.images.count()) == ("cancelled", 4, 4)
    assert len(files_of(pond, "images")) == 4


class PowerCutError(BaseException):
    """Stands for kill -9: nothing catches it."""


@pytest.mark.parametrize("moment", ["before the moves", "between moves and commit"])
def test_a_killed_import_goes_on_behind_the_last_batch(
    pond: Pond, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    source = usual_files(20)
    lay_out(tmp_path, source)
    monkeypatch.setattr(taking, "BATCH_ENTRIES", 6)
    row = imports.create_import(
        pond.dataset, source_path=str(tmp_path), source_name="x", created_by=None
    )
    real_take_in, calls = take_in, 0

    @contextmanager
    def cut(dataset: Dataset, staged: list[StagedImage]) -> Iterator[None]:
        nonlocal calls
        calls += bool(staged)
        if calls == 2 and moment == "before the moves":
            raise PowerCutError
        with real_take_in(dataset, staged):
            if calls == 2:
                raise PowerCutError
            yield

    monkeypatch.setattr(taking, "take_in", cut)
    with pytest.raises(PowerCutError):
        imports.run_import(row.pk)
    assert pond.dataset.images.count() == 6
    assert imports.run_import(row.pk) is None, "the dead worker's lease still runs"
    Import.objects.filter(pk=row.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    job = imports.run_import(row.pk)
    assert job is not None
    assert (job.state, job.taken, job.attempts) == ("finished", 20, 2)
    assert Counter(file for file, _, _ in report(job, "taken")).most_common(1)[0][1] == 1
    expected = {k.removeprefix("labels/"): v for k, v in source.items() if k.startswith("labels")}
    assert files_of(pond, "labels") == expected
    assert len(files_of(pond, "images")) == 20


def test_files_of_a_killed_import_that_is_cancelled_do_not_stay(
    pond: Pond, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(tmp_path, usual_files(5))
    row = imports.create_import(
        pond.dataset, source_path=str(tmp_path), source_name="x", created_by=None
    )
    real_take_in = take_in

    @contextmanager
    def cut(dataset: Dataset, staged: list[StagedImage]) -> Iterator[None]:
        with real_take_in(dataset, staged):
            if staged:
                raise PowerCutError
            yield

    monkeypatch.setattr(taking, "take_in", cut)
    with pytest.raises(PowerCutError):
        imports.run_import(row.pk)
    assert len(files_of(pond, "images")) == 5, "moved, but never committed"
    Import.objects.filter(pk=row.pk).update(
        lease_until=timezone.now() - timedelta(seconds=1), state="cancelling"
    )
    monkeypatch.setattr(taking, "take_in", real_take_in)
    job = imports.run_import(row.pk)
    assert job is not None
    assert job.state == "cancelled"
    assert files_of(pond, "images") == files_of(pond, "labels") == {}


def test_a_full_disk_ends_the_import_with_a_sentence(
    pond: Pond, tmp_path: Path, settings: object
) -> None:
    settings.MIN_FREE_DISK_MEGABYTES = 10**9  # type: ignore[attr-defined]
    job = run(pond, lay_out(tmp_path, usual_files(5)))
    assert job.state == "failed"
    assert "free some space" in job.error
    assert files_of(pond, "images") == {}


def test_export_gives_back_what_was_imported(pond: Pond, tmp_path: Path) -> None:
    source = usual_files(10) | {"images/train/unlabelled.png": picture_bytes(99)}
    run(pond, lay_out(tmp_path / "in", source))
    out = tmp_path / "out.zip"
    assert write_export(pond.dataset, out) == out.stat().st_size
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        assert {i.compress_type for i in archive.infolist()} == {zipfile.ZIP_STORED}
        got = {name: archive.read(name) for name in archive.namelist()}
    del source["images/train/unlabelled.png"], source["data.yaml"]
    assert b"0: duck" in got.pop("data.yaml")
    assert got == source, "labels and images byte for byte"
    names = zipfile.ZipFile(
        io.BytesIO(b"".join(stream_export(pond.dataset, Selection(status="all"))))
    )
    assert "images/unlabelled/unlabelled.png" in names.namelist()


def test_holes_and_parts_survive_export_and_import(pond: Pond, tmp_path: Path) -> None:
    outer, hole = [4.0, 3.0, 36.0, 3.0, 36.0, 27.0, 4.0, 27.0], [10.0, 9, 20, 9, 20, 20, 10, 20]
    flat = flatten_polygons([[outer, hole]])
    pairs = zip(flat[0::2], flat[1::2], strict=True)
    row = "0 " + " ".join(f"{x / 40} {y / 30}" for x, y in pairs)
    files = usual_files(5) | {
        "images/train/ring.png": picture_bytes(50),
        "labels/train/ring.txt": row.encode(),
    }
    run(pond, lay_out(tmp_path, files))
    instance = pond.dataset.images.get(stem="ring").instances.get()
    assert [len(polygon) for polygon in instance.polygons] == [2]
    assert instance.area_px == pytest.approx(32 * 24 - 110, abs=0.01)


def test_the_sample_dataset(pond: Pond) -> None:
    queued = create_sample_dataset(pond.lead, images=10)
    job = imports.run_import(queued.pk)
    assert job is not None
    assert (job.state, job.taken, job.refused) == ("finished", 10, 0)
    assert job.dataset.memberships.get().user == pond.lead
    splits = Counter(job.dataset.images.values_list("split", flat=True))
    assert splits == {"train": 7, "val": 2, "test": 1}
    assert job.dataset.images.filter(status="done").count() == 10

"""What a prediction reads: each kind of source, and that every file is used or told of."""

import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from annotator.kernel.errors import ServiceError
from annotator.models import Image
from training import paths
from training.jobs.engine_job import work_off
from training.models import Prediction, SourceKind
from training.predictions.predictions import read_picture
from training.predictions.sources import listing, requested

from ..conftest import draw_picture
from .conftest import Room


def png(seed: int = 0) -> bytes:
    return draw_picture(np.random.default_rng(seed))[0]


def zip_of(files: dict[str, bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    buffer.seek(0)
    return buffer


MIXED = {
    "cats/one.png": png(1),
    "cats/two.png": b"\x89PNG\r\n\x1a\n cut",
    "cats/no_suffix": png(2),
    "labels/one.txt": b"0 0.1 0.1 0.2 0.2 0.3 0.1",
    "clip.mp4": b"\0\0\0\x18ftypisom" + bytes(500),
}


def check_mixed(job: Prediction) -> None:
    """Every file of MIXED is a row, or counted with its reason."""
    assert (job.state, job.error) == ("finished", "")
    rows = {row.file_name: row for row in job.images.all()}
    assert sorted(rows) == ["cats/no_suffix", "cats/one.png", "cats/two.png"]
    assert "damaged or cut short" in rows["cats/two.png"].error
    assert len(rows["cats/one.png"].instances) == len(rows["cats/no_suffix"].instances) == 1
    assert job.source["skipped"] == 2
    skipped = {item["file"]: item["reason"] for item in job.source["skipped_files"]}
    assert "no image" in skipped["labels/one.txt"]
    assert "by itself" in skipped["clip.mp4"]
    assert (job.image_count, job.instance_count, job.progress_done) == (3, 2, 3)


def test_an_archive(room: Room) -> None:
    upload = requested.Upload("set.zip", zip_of(MIXED))
    job = room.predict(requested.from_uploads([upload], count=1))
    assert (job.source_kind, job.source_name) == (SourceKind.ARCHIVE, "set.zip")
    check_mixed(job)
    assert read_picture(job.images.get(file_name="cats/one.png")) == MIXED["cats/one.png"]
    assert not (room_dir(job) / "source").exists(), "the archive goes once its images are rows"


def room_dir(job: Prediction) -> Path:
    return paths.prediction_dir(job)


def test_a_compressed_tar_named_otherwise(room: Room) -> None:
    """The content says what a file is, its name does not."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in MIXED.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    buffer.seek(0)
    upload = requested.Upload("images.jpg", buffer)
    check_mixed(room.predict(requested.from_uploads([upload], count=1)))


@pytest.mark.parametrize("name", ["../../etc/passwd.png", "/etc/passwd.png"])
def test_an_archive_that_leaves_its_folder_is_refused(room: Room, name: str) -> None:
    upload = requested.Upload("set.zip", zip_of({name: png()}))
    job = room.predict(requested.from_uploads([upload], count=1))
    assert job.state == "failed"
    assert job.error.endswith(".")
    assert not job.images.exists()


def test_a_source_without_an_image_says_what_it_holds(room: Room) -> None:
    upload = requested.Upload("set.zip", zip_of({"readme.txt": b"nothing"}))
    job = room.predict(requested.from_uploads([upload], count=1))
    assert job.state == "failed"
    assert "There is no image in set.zip: it holds 1 file of other kinds (readme.txt" in job.error


def test_among_many_uploads_an_archive_gets_its_reason(room: Room) -> None:
    files = [requested.Upload("a.png", io.BytesIO(png())), requested.Upload("b.zip", zip_of(MIXED))]
    job = room.predict(requested.from_uploads(files, count=2))
    first, second = job.images.all()
    assert (first.error, bool(first.instances)) == ("", True)
    assert second.error == "This is an archive: predict on it by itself."


def test_a_folder_of_the_server(room: Room, tmp_path: Path, settings: Settings) -> None:
    root = tmp_path / "open"
    write(root / "set", MIXED)
    secret = tmp_path / "secret.png"
    secret.write_bytes(png(9))
    (root / "set" / "cats" / "zlink.png").symlink_to(secret)
    settings.IMPORT_ROOTS = [str(root)]
    with pytest.raises(ServiceError, match="in none of the folders"):
        requested.from_server_folder(str(tmp_path))
    job = room.predict(requested.from_server_folder(str(root / "set")))
    (link,) = job.images.filter(file_name="cats/zlink.png")
    assert link.error == "A link that leads out of the folders that an administrator allows."
    assert not link.instances
    link.delete()
    Prediction.objects.filter(pk=job.pk).update(image_count=3, progress_done=3)
    job.refresh_from_db()
    check_mixed(job)


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@pytest.fixture
def server(settings: Settings) -> Iterator[str]:
    """Serves MIXED as an archive, and one image."""
    content = {"/set.zip": zip_of(MIXED).getvalue(), "/cat": png(3)}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = content.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    made = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    settings.IMPORT_PRIVATE_URLS = True
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()


def test_a_url_of_an_archive_and_of_an_image(room: Room, server: str) -> None:
    job = room.predict(requested.from_url(f"{server}/set.zip"))
    check_mixed(job)
    assert "url" not in job.source, "an address may hold a token"
    job = room.predict(requested.from_url(f"{server}/cat"))
    (row,) = job.images.all()
    assert (row.file_name, row.error, len(row.instances)) == ("cat", "", 1)
    job = room.predict(requested.from_url(f"{server}/nowhere"))
    assert job.state == "failed"
    assert "there is no file for us" in job.error


def test_a_url_inside_the_network_is_refused(room: Room, server: str, settings: Settings) -> None:
    settings.IMPORT_PRIVATE_URLS = False
    with pytest.raises(ServiceError, match="inside this network"):
        requested.from_url(f"{server}/set.zip")


def test_a_dataset_and_what_a_filter_matches(room: Room) -> None:
    dataset = room.pond.dataset
    job = room.predict(requested.from_dataset(dataset, {}))
    assert (job.state, job.image_count, job.dataset) == ("finished", 6, dataset)
    assert not (room_dir(job) / "images").exists(), "nothing is copied"
    row = job.images.select_related("source_image").first()
    assert row is not None
    assert row.source_image is not None
    assert row.file_name == row.source_image.file_name
    assert read_picture(row)
    job = room.predict(requested.from_dataset(dataset, {"split": "val"}, query="split=val"))
    assert sorted(job.images.values_list("file_name", flat=True)) == ["val-00.png", "val-01.png"]
    assert job.source_name.endswith("(filtered)")


def test_images_that_are_deleted_meanwhile_get_a_reason(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = listing._Rows.end

    def end(rows: listing._Rows) -> None:
        listed(rows)
        first = Image.objects.filter(dataset=room.pond.dataset).order_by("stem").first()
        assert first is not None
        Image.all_objects.filter(pk=first.pk).update(deleted_at=timezone.now())

    monkeypatch.setattr(listing._Rows, "end", end)
    job = room.predict(requested.from_dataset(room.pond.dataset, {}))
    assert (job.state, job.progress_done) == ("finished", 6)
    errors = [row.error for row in job.images.all()]
    assert errors == ["The image was deleted meanwhile, or its file is gone.", "", "", "", "", ""]


def test_a_split_of_a_version(room: Room) -> None:
    job = room.predict(requested.from_version(room.version, "train"))
    assert sorted(job.images.values_list("file_name", flat=True)) == [
        *("train-00.png", "train-01.png", "train-02.png"),
    ]
    assert all("/versions/" in item["path"] for item in room.asked)
    assert all(read_picture(row) for row in job.images.all())


def test_a_video_is_known_by_its_content_and_handed_over(room: Room) -> None:
    video = io.BytesIO(b"\0\0\0\x18ftypisom" + bytes(5000))
    upload = requested.Upload("holiday.png", video)
    job = room.start(requested.from_uploads([upload], count=1))
    assert (job.source_kind, job.source["file"]) == (SourceKind.VIDEO, "video.mp4")
    assert (room_dir(job) / "source" / "video.mp4").read_bytes() == video.getvalue()


def test_a_url_that_is_a_video_is_handed_over(
    room: Room, tmp_path: Path, settings: Settings
) -> None:
    """Only the worker sees what it is; then another job works it off."""
    (tmp_path / "open").mkdir()
    file = tmp_path / "open" / "clip.mkv"
    file.write_bytes(b"\x1a\x45\xdf\xa3" + bytes(2000))
    settings.IMPORT_ROOTS = [str(tmp_path / "open")]
    job = room.predict(requested.from_server_folder(str(file)))
    assert (job.source_kind, job.state) == (SourceKind.VIDEO, "queued")
    assert job.source["file"] == "video.mkv"
    assert (room_dir(job) / "source" / "video.mkv").read_bytes() == file.read_bytes()


def test_a_kill_while_the_source_is_listed_makes_no_row_twice(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"{number:03}.png": png(number) for number in range(9)}
    files["note.txt"] = b"nothing"
    monkeypatch.setattr(listing, "TURN_ROWS", 2)
    job = room.start(requested.from_uploads([requested.Upload("set.zip", zip_of(files))], count=1))
    stored = listing._Rows.store

    def die(rows: listing._Rows, **values: object) -> None:
        stored(rows, **values)
        if rows.position == 4:
            raise SystemExit  # as a killed process: nothing more is done

    monkeypatch.setattr(listing._Rows, "store", die)
    with pytest.raises(SystemExit):
        work_off(job)
    monkeypatch.setattr(listing._Rows, "store", stored)
    assert job.images.count() == 4
    give_up_lease(job)
    work_off(job)
    job.refresh_from_db()
    assert (job.state, job.image_count, job.source["skipped"]) == ("finished", 9, 1)
    assert [row.file_name for row in job.images.all()] == sorted(files)[:9]
    assert [item["key"] for item in room.asked] == [str(number) for number in range(9)]


def give_up_lease(job: Prediction) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Prediction.objects.filter(pk=job.pk).update(lease_until=past)


def test_a_listing_takes_as_many_queries_an_image_whatever_its_length(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are made in turns: twice the images, twice the turns, and no query an image."""
    monkeypatch.setattr(listing, "TURN_ROWS", 2)

    def queries(count: int) -> int:
        files = {f"{number:03}.png": png(number) for number in range(count)}
        upload = requested.Upload("set.zip", zip_of(files))
        job = room.start(requested.from_uploads([upload], count=1))
        job.lease_owner = "us"
        Prediction.objects.filter(pk=job.pk).update(lease_owner="us", state="running")
        with CaptureQueriesContext(connection) as captured:
            listing.list_source(job, lambda: None)
        return len(captured)

    few, more, most = queries(4), queries(8), queries(16)
    assert most - more == 2 * (more - few)

"""A look tells what another program did in a live folder, and nothing that Segloop did."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator import paths
from annotator.folder.changing import delete_image, set_split
from annotator.folder.outside import comparing, files, known, looking, unknown
from annotator.folder.saving import save_annotation
from annotator.models import FolderChange, Image, Import, LiveFolder
from tests.annotator.conftest import MakeInstance, png_bytes

from .conftest import DUCK, SWAN, Folder

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_unchanged_folder_tells_nothing_and_no_file_is_read(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.add("a")
    folder.add("cam1/b", split="val")
    folder.pond.add_image("c")
    assert folder.look() == []

    def refuse(*_: Any, **__: Any) -> bytes:
        raise AssertionError("a file was read")

    for module in (known, unknown):
        for name in ("hash_of", "read_regular", "probe"):
            monkeypatch.setattr(module, name, refuse)
    assert folder.look() == []


def test_what_segloop_writes_itself_is_not_told(
    folder: Folder, make_instance: MakeInstance
) -> None:
    image = folder.add("a")
    save_annotation(
        image.pk,
        base_revision=image.revision,
        upsert=[make_instance()],  # type: ignore[list-item]
        author=folder.pond.annotator,
    )
    set_split(Image.objects.get(pk=image.pk), "val")
    delete_image(folder.add("b"), author=folder.pond.lead)
    assert folder.look() == []


def test_each_kind_of_change_is_told_once(folder: Folder) -> None:
    for name in ("edited", "gone", "bare", "moved", "renamed", "painted"):
        folder.add(name)
    begun = folder.pond.add_image("begun")
    root = folder.root
    (root / "labels/train/edited.txt").write_bytes(DUCK + SWAN)
    (root / "images/train/gone.png").unlink()
    (root / "labels/train/gone.txt").unlink()
    (root / "labels/train/bare.txt").unlink()
    (root / "images/train/moved.png").rename(root / "images/val/moved.png")
    (root / "labels/train/moved.txt").rename(root / "labels/val/moved.txt")
    (root / "images/train/renamed.png").rename(root / "images/train/other.png")
    (root / "labels/train/renamed.txt").rename(root / "labels/train/other.txt")
    folder.write("images/train/painted.png", png_bytes(color="red"))
    folder.write("images/train/cam1/new.png", png_bytes(color="blue"))
    folder.write("labels/train/cam1/new.txt", SWAN)
    folder.write("labels/train/begun.txt", DUCK)
    expected = [
        ("image", "added", "images/train/cam1/new.png"),
        ("image", "changed", "images/train/painted.png"),
        ("image", "moved", "images/train/other.png"),
        ("image", "moved", "images/val/moved.png"),
        ("image", "removed", "images/train/gone.png"),
        ("label", "added", "labels/train/begun.txt"),
        ("label", "changed", "labels/train/edited.txt"),
        ("label", "removed", "labels/train/bare.txt"),
    ]
    assert folder.told() == expected
    ids = set(FolderChange.objects.values_list("pk", flat=True))
    assert folder.told() == expected
    waiting = FolderChange.objects.filter(state="waiting")
    assert set(waiting.values_list("pk", flat=True)) <= ids, "a change keeps its row"
    edited = waiting.get(path="labels/train/edited.txt")
    assert (edited.before_count, edited.after_count) == (1, 2)
    assert len(edited.after) == 2
    assert waiting.get(path="images/val/moved.png").from_path == "images/train/moved.png"
    assert waiting.get(path="labels/train/begun.txt").image_id == begun.pk


def test_rows_that_are_bad_are_named_with_their_lines(folder: Folder) -> None:
    image = folder.add("a")
    paths.label_path(image).write_bytes(DUCK + b"\n7 0.1 0.1 0.5 0.1 0.5 0.5\n0 0.1 0.1\n")
    [change] = folder.look()
    assert [(row["outcome"], row["line"]) for row in change.problems] == [
        ("refused", 3),
        ("refused", 4),
    ]


def test_a_change_that_was_undone_outside_is_no_longer_told(folder: Folder) -> None:
    path = paths.label_path(folder.add("a"))
    before = path.read_bytes()
    path.write_bytes(SWAN)
    assert len(folder.look()) == 1
    path.write_bytes(before)
    assert folder.look() == []


def test_an_older_file_of_the_same_size_with_its_old_time_is_noticed(
    folder: Folder, make_instance: MakeInstance
) -> None:
    image = folder.add("a")
    path = paths.label_path(image)
    assert folder.look() == []
    old, status = path.read_bytes(), path.stat()
    save_annotation(
        image.pk,
        base_revision=image.revision,
        upsert=[make_instance()],  # type: ignore[list-item]
        author=folder.pond.annotator,
    )
    path.write_bytes(old)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert [row.kind for row in folder.look()] == ["changed"]


STRANGE: dict[str, tuple[bytes, str]] = {
    "images/train/notes.txt": (b"x", "A text file among the images"),
    "images/train/a.pdf": (b"%PDF", "no image that Segloop reads"),
    "images/train/broken.png": (b"", "The file is empty"),
    "images/train/text.jpg": (b"hello", "not an image that Segloop reads"),
    "images/top.png": (b"x", "no split's folder"),
    "images/mine/a.png": (b"x", "No split has this folder"),
    "labels/train/alone.txt": (DUCK, "A label without an image"),
    "labels/train/a.json": (b"{}", "no label file"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_strange_is_told_and_left_alone(folder: Folder, name: str) -> None:
    content, reason = STRANGE[name]
    path = folder.write(name, content)
    [change] = folder.look()
    assert change.kind == "strange"
    assert reason in change.reason
    folder.take()
    folder.put_back()
    assert path.read_bytes() == content


def test_the_same_image_and_a_taken_name_are_told(folder: Folder) -> None:
    image = folder.add("a")
    content = paths.image_path(image).read_bytes()
    folder.write("images/val/copy.png", content)
    folder.write("images/val/a.png", png_bytes(color="red"))
    reasons = {row.path: row.reason for row in folder.look()}
    assert "The same image as “a.png”" in reasons["images/val/copy.png"]
    assert "Another image has this name" in reasons["images/val/a.png"]


def test_links_and_names_of_other_encodings_are_left_alone(folder: Folder, tmp_path: Path) -> None:
    image = folder.add("a")
    outside = tmp_path / "secret.png"
    outside.write_bytes(png_bytes())
    path = paths.image_path(image)
    path.unlink()
    path.symlink_to(outside)
    (folder.root / "images/train/loop").symlink_to(folder.root / "images")
    os.mkfifo(folder.root / "images/train/pipe.png")
    odd = os.fsencode(folder.root / "images/train") + b"/caf\xe9.png"
    Path(os.fsdecode(odd)).write_bytes(png_bytes(color="red"))
    changes = {row.path: row for row in folder.look()}
    assert {row.kind for row in changes.values()} == {"strange"}
    assert "symbolic link" in changes["images/train/a.png"].reason
    assert "symbolic link" in changes["images/train/loop"].reason
    assert "images/train/pipe.png" in changes
    assert "rename it" in changes["images/train/caf�.png"].reason


def test_what_ultralytics_and_systems_leave_is_passed_over(folder: Folder) -> None:
    folder.add("a")
    for name in (
        *("labels/train.cache", "labels/train/cam.cache", "images/train/a.npy"),
        *("images/train/.DS_Store", "images/train/._a.png", "images/train/Thumbs.db"),
        *("images/.staging-x/b.png", "labels/train/.a.txt.tmp"),
    ):
        folder.write(name, b"x")
    assert folder.look() == []


def test_a_folder_that_is_not_there_changes_nothing(folder: Folder) -> None:
    folder.add("a")
    (folder.root / "images").rename(folder.root / "unmounted")
    assert folder.look() == []
    assert folder.last.state == "failed"
    assert "Is its disk mounted?" in folder.last.error
    assert "Is its disk mounted?" in LiveFolder.objects.get(dataset=folder.dataset).trouble


def test_a_disk_that_goes_while_a_look_is_at_work_removes_nothing(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        folder.add(f"a{n}")
    real = looking._Look._find_images

    def unmount(self: Any, total: int) -> None:
        (folder.root / "images").rename(folder.root / "unmounted")
        real(self, total)

    monkeypatch.setattr(looking._Look, "_find_images", unmount)
    assert folder.look() == []
    assert folder.last.state == "failed"


def test_what_is_missing_is_not_settled_when_its_folder_went_too(folder: Folder) -> None:
    image = folder.add("a")
    paths.image_path(image).unlink()
    folder.look()
    (folder.root / "images/train").rmdir()
    assert folder.take().left == 1
    assert folder.dataset.images.count() == 1


@pytest.mark.parametrize("policy", ["take", "put_back"])
def test_an_emptied_folder_asks_whatever_the_setting(folder: Folder, policy: str) -> None:
    for n in range(3):
        folder.add(f"a{n}")
    folder.add("b", split="val")
    LiveFolder.objects.filter(dataset=folder.dataset).update(policy=policy)
    for path in (folder.root / "images/train").iterdir():
        path.unlink()
    changes = folder.look()
    assert [row.asks for row in changes] == [True, True, True]
    assert folder.dataset.folder_jobs.filter(state="queued").count() == 0
    assert "images/train" in LiveFolder.objects.get(dataset=folder.dataset).trouble
    assert folder.dataset.images.count() == 4


def test_files_that_are_being_written_are_waited_for(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "SETTLE_SECONDS", 2.0)
    path = folder.write("images/train/slow.png", png_bytes()[:50])
    monkeypatch.setattr(time, "sleep", lambda _: path.write_bytes(path.read_bytes() + b"more"))
    assert folder.look() == []
    assert LiveFolder.objects.get(dataset=folder.dataset).look_after is not None
    monkeypatch.setattr(time, "sleep", lambda _: None)
    path.write_bytes(png_bytes())
    assert [row.kind for row in folder.look()] == ["added"]


def test_files_of_a_save_that_is_under_way_are_not_foreign(folder: Folder) -> None:
    image = folder.add("a")
    Image.objects.filter(pk=image.pk).update(label_pending=True)
    paths.label_path(image).write_bytes(SWAN)
    paths.image_path(image).rename(folder.root / "images/val/a.png")
    assert folder.look() == []


def test_files_of_an_import_that_is_under_way_are_not_foreign(folder: Folder) -> None:
    job = Import.objects.create(dataset=folder.dataset, source_name="x", state="running")
    folder.write("images/train/moved.png", png_bytes())
    assert folder.look() == []
    Import.objects.filter(pk=job.pk).update(state="finished")
    assert [row.kind for row in folder.look()] == ["added"]


def test_queries_do_not_grow_with_what_did_not_change(folder: Folder) -> None:
    counts: list[int] = []
    for start in (0, 10):
        for n in range(start, start + 10):
            folder.pond.add_image(f"{n:03}")
        folder.look()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            folder.look()
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_strange_files_are_told_up_to_a_number(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "MOST_STRANGE", 5)
    for n in range(20):
        folder.write(f"labels/train/{n}.txt", DUCK)
    changes = folder.look()
    assert len(changes) == 6
    assert changes[-1].reason == "and 15 more files that are left alone"


def test_folders_that_lie_too_deep_are_not_walked(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_DEPTH", 2)
    folder.write("images/train/1/2/3/a.png", png_bytes())
    assert [row.reason for row in folder.look()] == ["Folders lie too deep in one another."]

"""Where the file system tells of changes, a look follows; Segloop's own files lead to none."""

import time
from pathlib import Path

import pytest
from django.db import connections
from watchfiles import Change

from annotator import paths
from annotator.folder.outside import folders, watching
from annotator.folder.saving import save_annotation
from annotator.models import FolderJob, Image, LiveFolder
from tests.annotator.conftest import MakeInstance, png_bytes

from .conftest import SWAN, Folder

pytestmark = pytest.mark.django_db(transaction=True)


def test_segloops_own_files_are_not_foreign(folder: Folder, make_instance: MakeInstance) -> None:
    image = folder.add("cam1/a")
    save_annotation(
        image.pk,
        base_revision=image.revision,
        upsert=[make_instance()],  # type: ignore[list-item]
        author=folder.pond.annotator,
    )
    image = Image.objects.get(pk=image.pk)
    found = ["images/train/cam1/a.png", "labels/train/cam1/a.txt", "labels/train/gone.txt"]
    assert not watching.has_foreign(folder.dataset, found)
    Image.objects.filter(pk=image.pk).update(label_pending=True)
    paths.label_path(image).write_bytes(SWAN)
    assert not watching.has_foreign(folder.dataset, found), "a save is under way"
    Image.objects.filter(pk=image.pk).update(label_pending=False)
    assert watching.has_foreign(folder.dataset, found)


@pytest.mark.parametrize(
    "found", ["images/train/new.png", "images/val/cam1/a.png", "images/train/cam1", "labels/x/a"]
)
def test_what_others_lay_there_is(folder: Folder, found: str) -> None:
    folder.add("cam1/a")
    if not (folder.root / found).is_dir():
        folder.write(found, png_bytes())
    assert watching.has_foreign(folder.dataset, [found])


def test_hidden_files_and_caches_are_not_heard() -> None:
    heard = [
        path
        for path in (
            *("/d/images/train/a.jpg", "/d/labels/train/.a.txt.x.tmp", "/d/labels/train.cache"),
            *("/d/images/.staging-import-1/a.jpg", "/d/images/train/.DS_Store"),
        )
        if watching.is_heard(Change.added, path)
    ]
    assert heard == ["/d/images/train/a.jpg"]


def test_a_network_file_system_and_too_many_folders_are_said_and_not_watched(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = folders.folder_of(folder.dataset)
    assert watching.choose_watched() == {folder.dataset.pk: str(folder.root)}
    monkeypatch.setattr(watching, "read_mounts", lambda: {"/": "ext4", str(folder.root): "nfs4"})
    assert watching.choose_watched() == {}
    live.refresh_from_db()
    assert "network file system (nfs4)" in live.watch_note
    monkeypatch.setattr(watching, "read_mounts", lambda: {"/": "ext4"})
    monkeypatch.setattr(watching, "MOST_FOLDERS", 3)
    assert watching.choose_watched() == {}
    live.refresh_from_db()
    assert "more than 3 folders" in live.watch_note


def test_the_systems_limit_is_said() -> None:
    assert "max_user_watches" in watching.why_not(OSError("OS file watch limit reached. about x"))
    assert "(boom)" in watching.why_not(RuntimeError("boom"))


def test_the_kind_of_a_file_system_is_that_of_the_nearest_mount(tmp_path: Path) -> None:
    mounts = {"/": "ext4", str(tmp_path.resolve()): "cifs"}
    assert watching.kind_of(tmp_path / "datasets" / "pond", mounts) == "cifs"
    assert watching.kind_of(Path("/usr"), mounts) == "ext4"


def test_a_burst_of_changes_leads_to_one_look(folder: Folder) -> None:
    folder.write("images/train/new.png", png_bytes())
    watcher = watching.FolderWatcher()
    watched = {folder.dataset.pk: str(folder.root)}
    change = (Change.added, f"{folder.root}/images/train/new.png")
    for _ in range(3):
        watcher._ask(watched, [change])
    assert FolderJob.objects.count() == 1
    assert LiveFolder.objects.filter(look_after__isnull=False).count() <= 1


def test_a_file_that_is_dropped_is_heard_of(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders.folder_of(folder.dataset)
    monkeypatch.setattr(watching, "DEBOUNCE_MS", 100)
    monkeypatch.setattr(watching, "TICK_MS", 200)
    watcher = watching.FolderWatcher()
    watcher.start()
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not FolderJob.objects.exists():
            if LiveFolder.objects.filter(is_watched=True).exists():
                folder.write("images/train/new.png", png_bytes())
            time.sleep(0.3)
        assert FolderJob.objects.filter(action="look", state="queued").exists()
    finally:
        watcher.stop()
        connections.close_all()

"""Folders of the server as sources: only what an administrator allows, whatever links say."""

from pathlib import Path
from typing import Any

import pytest

from annotator.models import Import, ImportRow
from tests.annotator.conftest import Pond, client_of
from tests.annotator.sources import lay_out, usual_files, zipped

from . import take_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def root(tmp_path: Path, settings: Any) -> Path:
    folder = tmp_path / "allowed"
    lay_out(folder / "set", usual_files(3))
    (folder / "set.zip").write_bytes(zipped(usual_files(2)))
    (folder / "notes.txt").write_text("no source")
    lay_out(tmp_path / "secret", usual_files(2))
    settings.IMPORT_ROOTS = [str(folder)]
    return folder


def import_from(pond: Pond, path: object) -> Any:
    address = f"/api/datasets/{pond.dataset.slug}/imports/from-folder/"
    return client_of(pond.lead).post(address, {"path": str(path)})


def listed(pond: Pond, path: object) -> Any:
    address = f"/api/datasets/{pond.dataset.slug}/server-folders/"
    return client_of(pond.lead).get(address, {"path": str(path)})


def test_a_folder_and_an_archive_are_imported_and_stay(pond: Pond, root: Path) -> None:
    for name, images in (("set", 3), ("set.zip", 0)):  # the archive holds images of the folder
        answer = import_from(pond, root / name)
        assert (answer.status_code, answer.json()["source_name"]) == (202, name)
        before = pond.dataset.images.count()
        job = take_in(answer.json()["id"])
        assert (job.state, job.error, job.owns_source) == ("finished", "", False)
        assert pond.dataset.images.count() - before == images
        assert (root / name).exists()


def test_folders_are_listed(pond: Pond, root: Path) -> None:
    told = listed(pond, "").json()
    assert [entry["path"] for entry in told["entries"]] == [str(root)]
    told = listed(pond, root).json()
    assert [(entry["name"], entry["is_folder"]) for entry in told["entries"]] == [
        ("set", True), ("set.zip", False)
    ]  # fmt: skip
    assert (told["above"], listed(pond, root / "set").json()["above"]) == ("", str(root))


@pytest.mark.parametrize(
    "path",
    [
        "{root}/..",
        "{root}/../secret",
        "/etc",
        "set",
        "{root}x",
        "{root}/out",
        "{root}/nothing/../..",
    ],
)
def test_what_lies_elsewhere_is_refused(pond: Pond, root: Path, path: str) -> None:
    (root / "out").symlink_to(root.parent / "secret")
    (root.parent / "allowedx").mkdir()
    asked = path.format(root=root)
    for answer in (import_from(pond, asked), listed(pond, asked)):
        assert (answer.status_code, answer.json()["code"]) == (400, "outside_import_roots")
    assert not Import.objects.exists()


def test_without_the_setting_there_is_none(pond: Pond, settings: Any) -> None:
    settings.IMPORT_ROOTS = []
    answer = import_from(pond, "/etc")
    assert (answer.status_code, answer.json()["code"]) == (400, "no_import_roots")
    assert "SEGLOOP_IMPORT_ROOTS" in answer.json()["detail"]
    told = listed(pond, "").json()
    assert (told["entries"], told["is_allowed"]) == ([], False)


def test_a_folder_that_is_a_link_out_ends_the_import(pond: Pond, root: Path) -> None:
    (root / "set" / "images" / "more").symlink_to(root.parent / "secret" / "images" / "train")
    job = take_in(import_from(pond, root / "set").json()["id"])
    assert (job.state, "leads out" in job.error) == ("failed", True)
    assert pond.dataset.images.count() == 0


def test_a_file_that_is_a_link_out_is_refused_alone(pond: Pond, root: Path) -> None:
    secret = next((root.parent / "secret" / "images").rglob("*.png"))
    (root / "set" / "images" / "train" / "linked.png").symlink_to(secret)
    job = take_in(import_from(pond, root / "set").json()["id"])
    assert job.state == "finished"
    row = ImportRow.objects.get(file__contains="linked.png")
    assert (row.outcome, "leads out" in row.reason) == ("refused", True)
    assert not pond.dataset.images.filter(stem="linked").exists()


def test_links_that_stay_inside_are_followed(pond: Pond, root: Path) -> None:
    (root / "again").symlink_to(root / "set")
    job = take_in(import_from(pond, root / "again").json()["id"])
    assert (job.state, pond.dataset.images.count()) == ("finished", 3)


def test_a_root_that_is_closed_later_is_closed_to_the_worker(
    pond: Pond, root: Path, settings: Any
) -> None:
    answer = import_from(pond, root / "set")
    settings.IMPORT_ROOTS = []
    job = take_in(answer.json()["id"])
    assert (job.state, pond.dataset.images.count()) == ("failed", 0)

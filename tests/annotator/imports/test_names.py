"""Names with folders: taken in, moved, deleted, restored, exported."""

import zipfile
from pathlib import Path

import pytest

from annotator import paths
from annotator.exports.exports import write_export
from annotator.folder.changing import delete_image, set_split, set_status
from annotator.folder.intake import remove_orphans
from annotator.folder.live_folder import sync_pending, take_in_outside_edits
from annotator.folder.saving import replace_annotation
from annotator.folder.trash.images import purge_images, restore_image
from annotator.images.thumbnails import read_thumbnail
from annotator.imports.reading import name_of, names_with_folders
from annotator.labels.formats.base import FoundImage
from annotator.models import Image
from tests.annotator.conftest import Pond
from tests.annotator.imports.fake_source import FakeSource, box, offer, start, thing
from tests.annotator.sources import picture_bytes

pytestmark = pytest.mark.django_db(transaction=True)


def take_in_nested(pond: Pond, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["cam1/day/0001", "cam1/day/0002", "cam2/0001"]
    source = FakeSource(
        [FoundImage(f"{name}.png", f"{name}.txt", "train", name=name) for name in names],
        labels={f"{name}.txt": [thing()] for name in names},
    )
    offer(monkeypatch, source)
    files = {f"{name}.png": picture_bytes(seed) for seed, name in enumerate(names)}
    assert start(pond, root, files).images_taken == 3


def tree_of(pond: Pond) -> set[str]:
    """Files and folders below images/ and labels/."""
    root = paths.dataset_dir(pond.dataset)
    return {
        path.relative_to(root).as_posix()
        for kind in ("images", "labels")
        for path in root.glob(f"{kind}/*/**/*")
    }


def test_they_lie_in_their_folders(
    pond: Pond, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in_nested(pond, tmp_path, monkeypatch)
    assert {name for name in tree_of(pond) if "." in name} == {
        *("images/train/cam1/day/0001.png", "labels/train/cam1/day/0001.txt"),
        *("images/train/cam1/day/0002.png", "labels/train/cam1/day/0002.txt"),
        *("images/train/cam2/0001.png", "labels/train/cam2/0001.txt"),
    }
    assert sync_pending() == 0
    assert take_in_outside_edits(pond.dataset) == 0
    assert read_thumbnail(pond.dataset.images.get(stem="cam2/0001"))


def test_a_move_takes_the_empty_folders_along(
    pond: Pond, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in_nested(pond, tmp_path, monkeypatch)
    image = pond.dataset.images.get(stem="cam2/0001")
    set_split(image, "val")
    assert {name for name in tree_of(pond) if "cam2" in name} == {
        *("images/val/cam2", "images/val/cam2/0001.png"),
        *("labels/val/cam2", "labels/val/cam2/0001.txt"),
    }
    set_status(Image.objects.get(pk=image.pk), "in_progress", author=pond.lead)
    assert {name for name in tree_of(pond) if "cam2" in name} == {
        *("images/unlabelled/cam2", "images/unlabelled/cam2/0001.png"),
    }
    image = Image.objects.get(pk=image.pk)
    item = {"id": str(image.instances.get().pk), "class_id": pond.swan.pk, "polygons": box(2, 2)}
    replace_annotation(
        image.pk,
        base_revision=image.revision,
        instances=[item],  # type: ignore[list-item]
        author=pond.lead,
        status="done",
    )
    assert paths.label_path(Image.objects.get(pk=image.pk)).read_text().startswith("1 ")


def test_the_trash_gives_them_back(
    pond: Pond, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in_nested(pond, tmp_path, monkeypatch)
    before = tree_of(pond)
    image = pond.dataset.images.get(stem="cam2/0001")
    delete_image(image, author=pond.lead)
    assert not any("cam2" in name for name in tree_of(pond)), "no empty folder stays"
    folder = paths.trashed_image_dir(image.pk)
    assert (folder / "cam2/0001.png").is_file()
    assert (folder / "cam2/0001.txt").is_file()
    assert restore_image(Image.trashed.get(pk=image.pk))
    assert tree_of(pond) == before
    assert not folder.exists()
    delete_image(Image.objects.get(pk=image.pk), author=pond.lead)
    purge_images(pond.dataset, [image.pk])
    assert not folder.exists()


def test_what_a_kill_left_in_folders_is_removed(pond: Pond) -> None:
    root = paths.dataset_dir(pond.dataset)
    for name in ("images/train/cam1/a.png", "labels/train/cam1/a.txt", "images/train/cam1/b.png"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    remove_orphans(pond.dataset, ["cam1/a"])
    assert {name for name in tree_of(pond) if "." in name} == {"images/train/cam1/b.png"}


def test_an_export_has_the_folders(
    pond: Pond, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in_nested(pond, tmp_path / "in", monkeypatch)
    write_export(pond.dataset, tmp_path / "out.zip")
    names = zipfile.ZipFile(tmp_path / "out.zip").namelist()
    assert "images/train/cam1/day/0001.png" in names
    assert "labels/train/cam1/day/0001.txt" in names


def test_one_name_in_several_folders_comes_in_under_each(
    pond: Pond, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = ["train/images/1.png", "val/images/1.png", "x/cam1/1.png", "y/cam1/1.png", "1.jpg"]
    source = FakeSource([FoundImage(path, None, "train") for path in places])
    offer(monkeypatch, source)
    job = start(pond, tmp_path, {path: picture_bytes(n) for n, path in enumerate(places)})
    assert set(pond.dataset.images.values_list("stem", flat=True)) == {
        *("1", "val/1", "cam1/1", "y/cam1/1", "1-2"),
    }
    assert (job.images_taken, job.images_repaired, job.images_refused) == (1, 4, 0)
    assert not job.has_losses


@pytest.mark.parametrize(
    ("found", "name", "longer"),
    [
        (FoundImage("a/b.jpg", None, "train"), "b", ["a/b"]),
        (FoundImage("images/train/b.jpg", None, "train"), "b", ["train/b"]),
        (FoundImage("x/cam/b.jpg", None, "train", name="cam/b"), "cam/b", ["x/cam/b"]),
        (FoundImage("", "labels/b.txt", "train"), "b", []),
        (FoundImage("b.jpg", None, "train", name="../c/./b"), "c/b", []),
    ],
)
def test_names_of_a_source(found: FoundImage, name: str, longer: list[str]) -> None:
    assert name_of(found) == name
    assert list(names_with_folders(found)) == longer

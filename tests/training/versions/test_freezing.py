"""Freezing a version: what is in it, what stands in its way, what it never does."""

import hashlib
import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from annotator import paths as annotator_paths
from annotator.datasets.datasets import add_class
from annotator.folder.saving import replace_annotation
from annotator.images.windows import set_window
from annotator.imports.uploads import upload_image
from annotator.kernel.errors import ConflictError, ServiceError
from annotator.labels.pixels.deep_images import Window
from annotator.models import Dataset, Image
from training import paths
from training.jobs.engine_job import MAX_ATTEMPTS
from training.models import Version
from training.versions import freezing
from training.versions.deleting import delete_version
from training.versions.freezing import find_changed_files, freeze_version, read_manifest
from training.versions.versions import preview_version, request_version

from ..conftest import Pond, freeze, make_pond, start

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_version_holds_the_done_images_with_their_labels(pond: Pond) -> None:
    pond.add_image("half", split="train", status="in_progress")
    version = freeze(pond)
    folder = paths.version_dir(version)
    assert version.state == "finished"
    assert (version.train_count, version.val_count, version.test_count) == (8, 4, 2)
    pictures = {str(path.relative_to(folder)) for path in folder.glob("images/*/*")}
    assert len(pictures) == 14
    assert "images/train/half.png" not in pictures
    for image in Image.objects.filter(dataset=pond.dataset, status="done"):
        live, frozen = annotator_paths.image_path(image), folder / "images" / image.split
        assert live.samefile(frozen / image.file_name)
        label = folder / "labels" / image.split / f"{image.stem}.txt"
        assert label.read_bytes() == annotator_paths.label_path(image).read_bytes()
        assert label.stat().st_nlink == 1
    assert not list(folder.parent.glob(".*"))


def test_data_yaml_and_manifest(pond: Pond) -> None:
    version = freeze(pond)
    data = yaml.safe_load(paths.data_yaml_path(version).read_text())
    assert data == {
        "train": "images/train",
        "val": "images/val",
        "test": "images/test",
        "nc": 2,
        "names": {0: "disc", 1: "diamond"},
    }
    manifest = read_manifest(version)
    for entry in manifest["files"]:
        content = (paths.version_dir(version) / entry["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    listed = {image["path"]: image["id"] for image in manifest["images"]}
    image = Image.objects.get(dataset=pond.dataset, stem="val-00")
    assert listed["images/val/val-00.png"] == str(image.pk)
    assert find_changed_files(version) == []


def test_going_on_drawing_does_not_change_a_version(pond: Pond) -> None:
    version = freeze(pond)
    image = Image.objects.get(dataset=pond.dataset, stem="train-00")
    before = (paths.version_dir(version) / "labels/train/train-00.txt").read_bytes()
    replace_annotation(
        image.pk, base_revision=image.revision, instances=[], author=None, status="done"
    )
    assert annotator_paths.label_path(image).read_bytes() == b""
    assert (paths.version_dir(version) / "labels/train/train-00.txt").read_bytes() == before
    assert find_changed_files(version) == []


def test_the_preview_knows_what_did_not_change(pond: Pond) -> None:
    assert preview_version(pond.dataset)["unchanged_since"] is None
    version = freeze(pond)
    assert preview_version(pond.dataset)["unchanged_since"] == version.number
    pond.add_image("new", split="train", empty=True)
    preview = preview_version(pond.dataset)
    assert preview["unchanged_since"] is None
    assert preview["background_count"] == 1
    assert preview["image_counts"] == {"train": 9, "val": 4, "test": 2}


def test_a_version_of_accepted_images_alone(pond: Pond) -> None:
    chosen = ("train-00", "train-01", "val-00")
    accepted = Image.objects.filter(dataset=pond.dataset, stem__in=chosen)
    accepted.update(status="accepted")
    pond.add_image("back", split="train", status="sent_back")
    assert preview_version(pond.dataset)["image_counts"] == {"train": 8, "val": 4, "test": 2}
    preview = preview_version(pond.dataset, only_accepted=True)
    assert preview["image_counts"] == {"train": 2, "val": 1, "test": 0}
    words = [problem["detail"] for problem in preview["problems"]]
    assert "11 done images are not accepted yet and would be left out." in words
    assert "1 image is not done and would be left out." in words
    version = request_version(pond.dataset, created_by=pond.lead, only_accepted=True)
    freeze_version(version.pk)
    version.refresh_from_db()
    assert (version.train_count, version.val_count, version.test_count) == (2, 1, 0)
    pictures = paths.version_dir(version).glob("images/*/*")
    assert sorted(path.stem for path in pictures) == list(chosen)
    unchanged = preview_version(pond.dataset, only_accepted=True)["unchanged_since"]
    assert unchanged == version.number


@pytest.mark.parametrize(
    ("fill", "code"),
    [
        ({"train": 0, "val": 2}, "no_train"),
        ({"train": 2, "val": 0}, "no_val"),
    ],
)
def test_an_empty_split_blocks(fill: dict[str, int], code: str) -> None:
    pond = make_pond()
    pond.fill(**fill, test=0)
    problems = preview_version(pond.dataset)["problems"]
    assert [problem["code"] for problem in problems if problem["blocking"]] == [code]
    with pytest.raises(ServiceError, match="split"):
        request_version(pond.dataset, created_by=pond.lead)
    assert not pond.dataset.versions.exists()


def test_backgrounds_only_are_nothing_to_learn_from() -> None:
    pond = make_pond()
    pond.add_image("a", split="train", empty=True)
    pond.add_image("b", split="val")
    codes = {
        problem["code"]: problem["blocking"]
        for problem in preview_version(pond.dataset)["problems"]
    }
    assert codes["no_instances"] is True


@pytest.mark.parametrize("count", [1, 27])
def test_classes_with_the_same_problem_are_one_line(count: int) -> None:
    pond = make_pond()
    pond.add_image("a", split="train")
    pond.add_image("b", split="val")
    taken = {"disc", "diamond"}
    for number in range(count):
        add_class(pond.dataset, name=f"rare {number}")
    problems = preview_version(pond.dataset)["problems"]
    (line,) = [item for item in problems if item["code"] == "class_not_in_train"]
    rare = [name for name in line["names"] if name not in taken]
    assert rare == [f"rare {number}" for number in range(count)]
    if count == 27:
        assert f"{len(line['names'])} classes have no instance in train" in line["detail"]
        assert line["detail"].endswith(f" and {len(line['names']) - 3} more.")
    assert len(problems) <= 3


def test_a_label_file_that_names_an_unknown_class_fails_with_file_and_line(pond: Pond) -> None:
    image = Image.objects.get(dataset=pond.dataset, stem="train-03")
    label = b"0 0.1 0.1 0.5 0.1 0.5 0.5\n7 0.1 0.1 0.5 0.1 0.5 0.5\n"
    annotator_paths.label_path(image).write_bytes(label)
    Image.objects.filter(pk=image.pk).update(label_sha256=hashlib.sha256(label).hexdigest())
    version = freeze(pond)
    assert version.state == "failed"
    assert "labels/train/train-03.txt, line 2" in version.error
    assert not paths.version_dir(version).exists()
    assert not list(paths.version_dir(version).parent.iterdir())


def test_a_picture_that_was_changed_on_the_disk_fails(pond: Pond) -> None:
    image = Image.objects.get(dataset=pond.dataset, stem="val-01")
    with annotator_paths.image_path(image).open("ab") as handle:
        handle.write(b"x")
    version = freeze(pond)
    assert version.state == "failed"
    assert "val-01.png" in version.error


def test_a_picture_changed_through_the_hard_link_is_noticed(pond: Pond) -> None:
    version = freeze(pond)
    image = Image.objects.get(dataset=pond.dataset, stem="train-01")
    with annotator_paths.image_path(image).open("ab") as handle:
        handle.write(b"x")
    (paths.version_dir(version) / "labels/train/train-02.txt").unlink()
    assert find_changed_files(version) == ["images/train/train-01.png", "labels/train/train-02.txt"]


def test_a_freezing_that_is_killed_again_and_again_ends_with_its_reason(pond: Pond) -> None:
    version = request_version(pond.dataset, created_by=pond.lead)
    Version.objects.filter(pk=version.pk).update(attempts=MAX_ATTEMPTS)
    freeze_version(version.pk)
    version.refresh_from_db()
    assert (version.state, version.error) == ("failed", "The freezing was interrupted 6 times.")
    assert not paths.version_dir(version).exists()


def test_a_message_delivered_twice_freezes_once(pond: Pond) -> None:
    version = freeze(pond)
    manifest = paths.manifest_path(version)
    before = manifest.stat().st_ino
    freeze_version(version.pk)
    assert manifest.stat().st_ino == before
    version.refresh_from_db()
    assert version.attempts == 1


def test_numbers_are_never_used_again(pond: Pond) -> None:
    first = freeze(pond)
    delete_version(first)
    assert not paths.version_dir(first).exists()
    assert freeze(pond).number == first.number + 1


def test_a_version_in_use_stays(pond: Pond) -> None:
    from ..conftest import start

    version = freeze(pond)
    start(pond, version=version, name="needs it")
    with pytest.raises(ConflictError, match="needs it"):
        delete_version(version)
    assert paths.version_dir(version).is_dir()


def refuse_links(*_: object, **__: object) -> None:
    raise OSError(18, "Invalid cross-device link")


def test_copies_where_links_are_not_possible(
    pond: Pond, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "link", refuse_links)
    version = freeze(pond)
    assert version.state == "finished"
    picture = paths.version_dir(version) / "images/train/train-00.png"
    assert picture.stat().st_nlink == 1
    assert json.loads(paths.manifest_path(version).read_text())["version"] == version.number


def test_a_version_holds_what_the_dataset_window_shows_now(pond: Pond) -> None:
    """A window was set and no worker has rendered yet: freezing does it first."""
    values = np.linspace(0, 1000, 64 * 64).astype(np.uint16).reshape(64, 64)
    image = upload_image(
        pond.dataset, file_name="deep.png", data=bytes(cv2.imencode(".png", values)[1])
    )
    replace_annotation(image.pk, base_revision=0, instances=[], status="done", author=pond.lead)
    dataset = Dataset.objects.get(pk=pond.dataset.pk)
    set_window(dataset, Window(0, 100))
    version = freeze(pond)
    assert version.state == "finished", version.error
    (frozen,) = paths.version_dir(version).glob("images/*/deep.png")
    assert (np.asarray(cv2.imread(str(frozen))) == 255).mean() > 0.85


def test_a_worker_that_was_overtaken_ends_nothing(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that holds the version now has removed its files: the runs go on waiting."""
    version = request_version(pond.dataset, created_by=pond.lead)
    run = start(pond, version=version)

    def overtaken(version: Version, _: object) -> None:
        Version.objects.filter(pk=version.pk).update(lease_owner="another")
        raise FileNotFoundError("its folder")

    monkeypatch.setattr(freezing, "_freeze", overtaken)
    freeze_version(version.pk)
    version.refresh_from_db()
    run.refresh_from_db()
    assert (version.state, run.state) == ("running", "queued")


def test_a_fault_of_any_kind_ends_it_with_a_sentence(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would be taken up again and again."""

    def fail(*_: object) -> None:
        raise ValueError("no such thing")

    monkeypatch.setattr(freezing, "_data_yaml", fail)
    version = freeze(pond)
    assert (version.state, version.error) == ("failed", "Segloop could not go on: no such thing")
    assert not list(paths.version_dir(version).parent.glob(".*"))


@pytest.mark.parametrize("can_link", [True, False])
def test_a_file_in_the_way_is_never_written_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can_link: bool
) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"new")
    target.write_bytes(b"old")
    if not can_link:
        monkeypatch.setattr(os, "link", refuse_links)
    with pytest.raises(FileExistsError):
        freezing.link_or_copy(source, target)
    assert target.read_bytes() == b"old"
    target.unlink()
    freezing.link_or_copy(source, target)
    assert target.read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]

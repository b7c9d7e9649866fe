"""Real datasets, dirty ones among them. Skipped where their folder is absent."""

import zipfile
from collections import Counter
from pathlib import Path

import pytest

from annotator import paths
from annotator.datasets.datasets import create_dataset
from annotator.exports.exports import write_export
from annotator.imports import imports
from annotator.models import Dataset, Import
from tests.real_data import REAL_DATA

YOLO = REAL_DATA / "fixtures" / "datumaro-cvat" / "tests" / "assets" / "yolo_dataset"

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.real_data,
    pytest.mark.skipif(
        not REAL_DATA.is_dir(),
        reason=f"no real data in {REAL_DATA}; name it with SEGLOOP_REAL_DATA",
    ),
]


def take(path: Path) -> tuple[Dataset, Import]:
    dataset = create_dataset(owner=None, name=path.name)
    row = imports.create_import(
        dataset, source_path=str(path), source_name=path.name, created_by=None
    )
    job = imports.run_import(row.pk)
    assert job is not None
    return dataset, job


def refused(job: Import) -> dict[str, str]:
    return dict(job.rows.filter(outcome="refused").values_list("file", "reason"))


def count_instances(dataset: Dataset) -> int:
    return sum(dataset.images.values_list("instance_count", flat=True))


def assert_labels_are_byte_for_byte(dataset: Dataset, source: Path) -> None:
    for image in dataset.images.filter(status="done").select_related("dataset"):
        name = image.stem.rpartition("/")[2]  # a doubled name carries its folder
        originals = [path.read_bytes() for path in source.rglob(f"labels/*/{name}.txt")]
        assert paths.label_path(image).read_bytes() in originals


def test_feral_cats(tmp_path: Path) -> None:
    dataset, job = take(REAL_DATA / "feral-cats")
    assert (job.state, job.taken, job.repaired, job.refused) == ("finished", 571, 0, 0)
    twice = dataset.images.filter(stem__contains="group0805").values_list("stem", "split")
    assert set(twice) == {("train/group0805", "train"), ("val/group0805", "val")}
    splits = Counter(dataset.images.values_list("split", flat=True))
    assert splits == {"train": 350, "val": 120, "test": 101}
    assert count_instances(dataset) == 2351
    background = dataset.images.get(stem="group0262")
    assert (background.status, background.instance_count) == ("done", 0)
    out = tmp_path / "cats.zip"
    write_export(dataset, out)
    with zipfile.ZipFile(out) as archive:
        for image in dataset.images.all():
            name = f"labels/{image.split}/{image.stem}.txt"
            stem = image.stem.rpartition("/")[2]
            original = REAL_DATA / "feral-cats" / "labels" / image.split / f"{stem}.txt"
            assert archive.read(name) == original.read_bytes()


def test_coco128_seg() -> None:
    dataset, job = take(REAL_DATA / "coco128-seg")
    assert (job.state, job.taken, count_instances(dataset)) == ("finished", 128, 929)
    assert dataset.classes.count() == 80
    unlabelled = dataset.images.filter(status="unlabelled").values_list("stem", flat=True)
    assert set(unlabelled) == {"000000000250", "000000000508"}
    assert {Path(file).stem for file in refused(job)} == {"000000000656", "000000000659"}
    splits = Counter(dataset.images.values_list("split", flat=True))
    assert splits["train"] > splits["val"] > 10
    assert "same images" in job.rows.get(outcome="repaired").reason


def test_arecanut_dirty() -> None:
    dataset, job = take(REAL_DATA / "arecanut-dirty")
    assert job.state == "finished"
    statuses = dict(dataset.images.values_list("stem", "status"))
    assert statuses == {
        "img_102": "done",
        "img_103": "done",
        "img_115": "done",
        "img_122": "done",
        "img_39": "unlabelled",
    }
    assert "img_115" in refused(job)["images/train/img_17.jpg"]
    assert "No image belongs" in refused(job)["labels/train/img_104.txt"]
    assert set(dataset.images.values_list("split", flat=True)) == {"train", "val"}
    assert dataset.classes.count() == 5
    for image in dataset.images.all():  # orientation 0 is no orientation
        assert image.sha256 == image.upload_sha256


@pytest.mark.parametrize("name", ["feral-cats", "coco128-seg", "arecanut-dirty"])
def test_label_files_are_kept_byte_for_byte(name: str) -> None:
    dataset, _ = take(REAL_DATA / name)
    assert_labels_are_byte_for_byte(dataset, REAL_DATA / name)


def test_the_segmentation_fixture() -> None:
    dataset, job = take(YOLO / "yolov8_segmentation")
    assert (job.state, job.taken, job.refused, count_instances(dataset)) == ("finished", 1, 0, 2)


@pytest.mark.parametrize(
    "name",
    [
        "yolo",
        "yolov8_detection",
        "yolov8_detection_with_list_of_imgs",
        "yolov8_detection_with_list_of_names",
        "yolov8_detection_with_subset_txt",
    ],
)
def test_boxes_are_taken_as_rectangles(name: str) -> None:
    dataset, job = take(YOLO / name)
    assert (job.state, job.taken, count_instances(dataset)) == ("finished", 1, 2)
    assert dataset.classes.count() == 10
    assert dataset.images.get().status == "done"
    assert job.refused == 0
    assert dataset.images.get().instances.filter(is_box=True).count() == 2


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("yolov8_oriented_boxes", "oriented boxes"),
        ("yolov8_pose", "pose set"),
        ("yolov8_pose_two_values_per_point", "pose set"),
        ("yolov8_classification", "classification set"),
    ],
)
def test_other_tasks_are_recognised_and_refused(name: str, reason: str) -> None:
    dataset, job = take(YOLO / name)
    assert job.state == "failed"
    assert reason in job.error
    assert not dataset.images.exists()

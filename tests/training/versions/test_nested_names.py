"""Names with folders in a version: frozen, divided into folds, read by Ultralytics."""

from pathlib import Path

import pytest
from ultralytics.data.dataset import YOLODataset
from ultralytics.data.utils import check_det_dataset, img2label_paths

from annotator import paths as annotator_paths
from annotator.labels.stems import clean_name
from annotator.models import Image
from training import paths
from training.engine.measuring.keeping_validator import name_below_split
from training.versions.folds import _divide_version
from training.versions.freezing import find_changed_files, read_manifest

from ..conftest import Pond, freeze, make_pond

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = {
    "train": ["cam1/0001", "cam1/0002", "cam2/day/0001", "images_/0001"],
    "val": ["cam3/0001", "0001"],
}


@pytest.fixture
def nested(db: None) -> Pond:
    pond = make_pond()
    for split, names in NAMES.items():
        for seed, name in enumerate(names):
            folder = annotator_paths.dataset_dir(pond.dataset) / "images" / "unlabelled" / name
            folder.parent.mkdir(parents=True, exist_ok=True)
            pond.add_image(name, split=split, seed=seed + 10 * (split == "val"))
    return pond


def test_ultralytics_reads_every_label_of_a_version_and_of_the_live_folder(nested: Pond) -> None:
    version = freeze(nested)
    assert (version.state, version.train_count, version.val_count) == ("finished", 4, 2)
    assert find_changed_files(version) == []
    live = annotator_paths.dataset_dir(nested.dataset)
    for root in (paths.version_dir(version), live):
        data = check_det_dataset(str(root / "data.yaml"), autodownload=False)
        for split, names in NAMES.items():
            read = YOLODataset(img_path=data[split], data=data, task="segment", augment=False)
            assert len(read.im_files) == len(names)
            expected = Image.objects.filter(dataset=nested.dataset, split=split)
            objects = sum(expected.values_list("instance_count", flat=True))
            assert sum(len(label["cls"]) for label in read.labels) == objects > 0


def test_the_manifest_and_folds_have_the_names(nested: Pond) -> None:
    version = freeze(nested)
    listed = {image["path"] for image in read_manifest(version)["images"]}
    assert listed == {f"images/{split}/{name}.png" for split in NAMES for name in NAMES[split]}
    folds = _divide_version(version, {"count": 2, "number": 1, "seed": 0})
    assert {path for fold in folds for path in fold} == listed


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("/data/versions/pond/3/images/val/cam1/day/1.jpg", "cam1/day/1.jpg"),
        ("/data/versions/pond/3/images/val/1.jpg", "1.jpg"),
        ("/elsewhere/val/images/1.jpg", "1.jpg"),
        ("/elsewhere/1.jpg", "1.jpg"),
    ],
)
def test_an_evaluation_calls_an_image_by_its_whole_name(file: str, name: str) -> None:
    assert name_below_split(file) == name


@pytest.mark.parametrize("name", ["images/0001", "a/images/b", "Images/0001", "labels/0001"])
def test_ultralytics_finds_the_label_of_any_name(name: str) -> None:
    cleaned = clean_name(name)
    (label,) = img2label_paths([f"/data/images/train/{cleaned}.jpg"])
    assert Path(label) == Path(f"/data/labels/train/{cleaned}.txt")

"""YOLO boxes as Darknet lays them out: lists, classes, and rows of boxes."""

from pathlib import Path

import pytest

from annotator.labels.formats.base import WrittenObject
from annotator.labels.formats.trees import FolderTree, TreeError
from annotator.labels.formats.yolo.boxes import YoloBoxes
from annotator.labels.formats.yolo.dataset import Yolo
from annotator.labels.polygons.geometry import Polygons
from tests.annotator.labels.formats.written import (
    LIMITS,
    SIZE_WH,
    Sample,
    box,
    lay_all,
    read_all,
    shared,
    write_again,
    write_out,
)
from tests.annotator.sources import picture_bytes

CLASSES = {0: "duck", 1: "swan: white", 2: "nø"}
TRIANGLE: Polygons = [[[1.5, 2, 20.25, 2, 10, 30]]]
PHOTO = picture_bytes(1, size_wh=SIZE_WH)
FIXTURE = shared("datumaro-cvat/tests/assets/yolo_dataset/yolo")
OBJ_DATA = "classes = 2\ntrain = data/train.txt\nnames = data/obj.names\nbackup = backup/\n"


def darknet(tmp_path: Path, rows: str, **more: str | bytes) -> FolderTree:
    return lay_all(
        tmp_path,
        {
            "obj.data": OBJ_DATA,
            "obj.names": "duck\nswan\n",
            "train.txt": "data/obj_train_data/one.png\n",
            "obj_train_data/one.png": PHOTO,
            "obj_train_data/one.txt": rows,
            **more,
        },
    )


def test_out_and_in_again(tmp_path: Path) -> None:
    objects = [WrittenObject(2, box(1.5, 2.25, 20, 30), is_box=True), WrittenObject(0, TRIANGLE)]
    samples = [
        Sample("cam1/one.png", "train", objects),
        Sample("two.png", "val"),
        Sample("three.png", "unlabelled", None),
        Sample("four.png", "test", objects[:1]),
    ]
    tree = write_out(YoloBoxes(), tmp_path / "set", CLASSES, samples)
    assert YoloBoxes().sniff(tree)
    assert not Yolo().sniff(tree)
    read = read_all(YoloBoxes(), tree)
    assert read.source.class_names == list(CLASSES.values())
    assert {name: image.split for name, image in read.images.items()} == {
        "cam1/one": "train",
        "two": "val",
        "three": "train",
        "four": "test",
    }
    assert read.images["three"].label is None
    assert read.counts() == (3, 0, 0)
    found = read.labels["cam1/one"].objects
    kept = [YoloBoxes().kept(each.polygons, size_wh=SIZE_WH) for each in objects]
    for each, polygons in zip(found, kept, strict=True):
        assert each.is_box
        assert each.polygons[0][0] == pytest.approx(polygons[0][0], abs=1e-4)
    for name in ("data.yaml", "train.txt", "valid.txt", "obj.names"):
        assert (tmp_path / "set" / name).stat().st_size


def test_rows_are_boxes_and_others_say_why(tmp_path: Path) -> None:
    rows = "0 .5 .5 .2 .2\n7 .5 .5 .2 .2\n1 .5 .5 0 .2\n1 x .5 .2 .2\n1 .2 .2 .5 .2 .3 .6\n"
    read = read_all(YoloBoxes(), darknet(tmp_path, rows))
    found = read.labels["one"].objects
    assert [(each.line, each.class_index, each.is_box) for each in found] == [
        (1, 0, True),
        (5, 1, False),
    ]
    assert read.counts() == (2, 0, 3)


def test_images_that_the_lists_leave_out_are_said(tmp_path: Path) -> None:
    more: dict[str, str | bytes] = {
        "obj_train_data/two.png": PHOTO,
        "obj_train_data/two.txt": "0 .5 .5 .2 .2\n1 .5 .5 .2 .2\n",
        "obj_train_data/three.png": PHOTO,
    }
    tree = darknet(tmp_path, "0 .5 .5 .2 .2\n", **more)
    read = read_all(YoloBoxes(), tree)
    assert sorted(read.images) == ["one", "three"]
    assert read.images["three"].label is None
    assert [(each.file, each.objects) for each in read.problems] == [
        ("obj_train_data/two.png", 0),
        ("obj_train_data/two.txt", 2),
    ]


def test_listed_images_that_are_not_there_are_said(tmp_path: Path) -> None:
    listed = "C:\\data\\obj_train_data\\one.png\ndata/obj_train_data/gone.png\n"
    tree = darknet(
        tmp_path,
        "0 .5 .5 .2 .2\n",
        **{"valid.txt": listed, "obj_train_data/gone.txt": "0 .5 .5 .2 .2\n"},
    )
    (tmp_path / "obj.data").write_text(OBJ_DATA + "valid = valid.txt\n")
    read = read_all(YoloBoxes(), tree)
    assert read.images["one"].split == "val"
    assert [(each.file, each.objects) for each in read.problems] == [("obj_train_data/gone.txt", 1)]


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("obj.names", None, "names “data/obj.names” for the classes"),
        ("obj.names", "duck\nduck\n", "names a class twice"),
    ],
)
def test_lists_of_classes_that_are_none(
    tmp_path: Path, file: str, content: str | None, reason: str
) -> None:
    tree = darknet(tmp_path, "0 .5 .5 .2 .2\n")
    if content is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_text(content)
    with pytest.raises(TreeError, match=reason):
        YoloBoxes().read(tree, limits=LIMITS)


@pytest.mark.skipif(not FIXTURE.is_dir(), reason="the fixtures of datumaro are not here")
def test_the_files_of_datumaro(tmp_path: Path) -> None:
    read = read_all(YoloBoxes(), FolderTree(FIXTURE))
    assert read.source.class_names == [f"label_{number}" for number in range(10)]
    assert read.counts() == (2, 0, 0)
    again = read_all(YoloBoxes(), write_again(YoloBoxes(), read, FIXTURE, tmp_path))
    assert again.labels["1"].objects == read.labels["1"].objects

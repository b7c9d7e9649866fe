"""Open Images: tables of boxes and masks, class names, and rows that name something else."""

from pathlib import Path

import numpy as np
import pytest

from annotator.labels.formats.base import WrittenObject
from annotator.labels.formats.mask_formats.open_images import OpenImages
from annotator.labels.formats.trees import FolderTree, TreeError
from annotator.labels.polygons.geometry import Polygons
from tests.annotator.labels.formats.written import (
    LIMITS,
    SIZE_WH,
    Read,
    Sample,
    box,
    lay_all,
    png,
    read_all,
    shared,
    write_again,
    write_out,
)
from tests.annotator.sources import picture_bytes

CLASSES = {0: "duck", 1: "swan, white", 2: 'nø "x"'}
RING: Polygons = [[[30, 4, 60, 4, 60, 40, 30, 40], [40, 10, 40, 30, 50, 30, 50, 10]]]
TWO_PARTS: Polygons = [*box(2, 2, 8, 8), *box(12, 2, 20, 9)]
PHOTO = picture_bytes(1, size_wh=SIZE_WH)
FIXTURE = shared("datumaro-cvat/tests/assets/open_images_dataset")
BOXES = (
    "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,"
    "IsDepiction,IsInside\n"
)
MASKS = "MaskPath,ImageID,LabelName,BoxID,BoxXMin,BoxXMax,BoxYMin,BoxYMax,PredictedIoU,Clicks\n"
NAMES = "LabelName,DisplayName\n/m/0,duck\n/m/1,swan\n"


def row(image: str = "one", label: str = "/m/0", at: str = ".25,.5,.25,.5", more: str = "") -> str:
    return f"{image},xclick,{label},1,{at},{more or '0,0,0,0,0'}\n"


def read_one(tmp_path: Path, *rows: str, **more: str | bytes) -> Read:
    files: dict[str, str | bytes] = {
        "images/train/one.png": PHOTO,
        "class-descriptions.csv": NAMES,
        "train-annotations-bbox.csv": BOXES + "".join(rows),
        **more,
    }
    tree = lay_all(tmp_path, files)
    assert OpenImages().sniff(tree)
    return read_all(OpenImages(), tree)


def test_out_and_in_again(tmp_path: Path) -> None:
    objects = [
        WrittenObject(0, box(1.5, 2.25, 20, 30), is_box=True, occluded=True),
        WrittenObject(2, RING, truncated=True),
        WrittenObject(1, TWO_PARTS),
        WrittenObject(1, box(2.5, 2, 20, 9), is_box=True),
    ]
    samples = [
        Sample("cam1/one.png", "train", objects),
        Sample("two.png", "val"),
        Sample("three.png", "unlabelled", None),
        Sample("four.png", "test", objects[:2], has_file=False),
    ]
    tree = write_out(OpenImages(), tmp_path / "set", CLASSES, samples)
    read = read_all(OpenImages(), tree)
    assert read.source.class_names == list(CLASSES.values())
    assert {name: image.split for name, image in read.images.items()} == {
        "cam1/one": "train",
        "two": "val",
        "three": "train",
    }
    assert [(each.file, each.objects) for each in read.problems] == [("four", 3)]
    assert read.images["three"].label is None
    assert read.labels["two"].objects == []
    assert read.counts() == (4, 0, 0)
    for one, other in zip(read.labels["cam1/one"].objects, objects, strict=True):
        assert one[1:2] + one[3:6] == other[:1] + other[2:5]
        kept = other.polygons
        if not other.is_box:
            kept = OpenImages().kept(other.polygons, size_wh=SIZE_WH)
        assert one.polygons == kept


def test_a_box_and_its_mask_are_one_object(tmp_path: Path) -> None:
    mask = np.zeros((24, 32), np.uint8)  # half as large as its image
    mask[6:12, 8:16] = 1
    at = ".25,.5,.25,.5"
    rows = f"one_m0_0000000a.png,one,/m/0,a,{at},1,\none_m1_0000000b.png,one,/m/1,b,{at},1,\n"
    more: dict[str, str | bytes] = {
        "train-annotations-object-segmentation.csv": MASKS + rows,
        "one_m0_0000000a.png": png(mask),
    }
    read = read_one(
        tmp_path,
        row(more="1,1,1,0,0"),
        row(),
        **more,
    )
    found = read.labels["one"].objects
    assert [each.is_box for each in found] == [False, True]
    assert found[0].polygons == box(16, 12, 32, 24)
    assert (found[0].occluded, found[0].truncated, found[0].note) == (True, True, "crowd")
    assert read.counts() == (1, 1, 1)
    assert "its mask one_m1_0000000b.png is not there" in read.reasons("one")[1]
    assert list(read.images) == ["one"]


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("x,.5,.2,.5", "XMin is not a number"),
        (".2,2,.2,.5", "lies outside the image"),
        (".2,.2,.2,.5", "no width or no height"),
        (".2,nan,.2,.5", "XMax is not a number"),
    ],
)
def test_what_is_no_box_says_why(tmp_path: Path, at: str, reason: str) -> None:
    read = read_one(tmp_path, row(at=at), row())
    assert reason in read.reasons("one")[0]
    assert "train-annotations-bbox.csv, line 2" in read.reasons("one")[0]
    assert read.counts() == (1, 0, 1)


def test_images_that_are_not_there_are_said_with_their_objects(tmp_path: Path) -> None:
    rows = [row(f"gone{number % 150}") for number in range(300)]
    read = read_one(tmp_path, row(), *rows)
    assert sum(each.objects for each in read.problems) == 300
    assert len(read.problems) == 100
    assert "and 51 more images" in read.problems[-1].reason


def test_rows_and_tables_that_are_no_objects(tmp_path: Path) -> None:
    labels = "ImageID,Source,LabelName,Confidence\none,verification,/m/1,1\n"
    read = read_one(tmp_path, row(), row(image=""), **{"train-imagelabels.csv": labels})
    assert {(each.file, each.line, each.objects) for each in read.problems} == {
        ("train-imagelabels.csv", None, 1),
        ("train-annotations-bbox.csv", 3, 1),
    }


def test_classes_without_names_keep_their_labels(tmp_path: Path) -> None:
    read = read_one(tmp_path, row(label="/m/9"))
    assert read.source.class_names == ["duck", "swan", "/m/9"]


def test_a_long_line_stops_the_import(tmp_path: Path) -> None:
    with pytest.raises(TreeError, match=r"train-annotations-bbox\.csv: .*(longer|no row)"):
        read_one(tmp_path, row(image="x" * 2_000_000))


@pytest.mark.parametrize("text", ['"', "\0,\0\n", "one,x,/m/0\n", ",,,,,,,,,,,,,,,,,,,\n", "ü\n"])
def test_odd_rows_end_in_lines(tmp_path: Path, text: str) -> None:
    files: dict[str, str | bytes] = {
        "images/train/one.png": PHOTO,
        "boxes.csv": BOXES + row() + text,
    }
    try:
        read = read_all(OpenImages(), lay_all(tmp_path, files))
    except TreeError:
        return
    assert len(read.labels["one"].objects) == 1


@pytest.mark.skipif(not FIXTURE.is_dir(), reason="the fixtures of datumaro are not here")
@pytest.mark.parametrize(
    ("version", "counts", "splits"),
    [
        ("v5", (0, 0, 0), {"aa": "train", "cc": "test"}),
        ("v6", (2, 0, 0), {"a": "train", "b": "train", "c": "test", "d": "val"}),
    ],
)
def test_the_files_of_datumaro(
    tmp_path: Path, version: str, counts: tuple[int, int, int], splits: dict[str, str]
) -> None:
    read = read_all(OpenImages(), FolderTree(FIXTURE / version))
    assert read.counts() == counts
    assert {name: image.split for name, image in read.images.items()} == splits
    again = read_all(OpenImages(), write_again(OpenImages(), read, FIXTURE / version, tmp_path))
    assert again.source.class_names == read.source.class_names
    for name, labels in read.labels.items():
        assert again.labels[name].objects == labels.objects


def test_nothing_is_read_where_nothing_is(tmp_path: Path) -> None:
    tree: FolderTree = lay_all(tmp_path, {"one.png": PHOTO, "table.csv": "a,b\n1,2\n"})
    assert not OpenImages().sniff(tree)
    with pytest.raises(TreeError, match="No tables"):
        OpenImages().read(tree, limits=LIMITS)

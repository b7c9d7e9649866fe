"""The XML of the old LabelMe: polygons, masks, what was deleted, and parts."""

from pathlib import Path

import numpy as np
import pytest

from annotator.labels.formats.base import WrittenObject
from annotator.labels.formats.trees import FolderTree
from annotator.labels.formats.xml_formats.labelme_xml import LabelmeXml
from annotator.labels.polygons.geometry import Polygons
from annotator.labels.polygons.overlap import polygons_iou
from tests.annotator.labels.formats.written import (
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

CLASSES = {0: "duck", 1: "swan: white", 2: "nø & <b>"}
RING: Polygons = [[[30, 4, 60, 4, 60, 40, 30, 40], [40, 10, 40, 30, 50, 30, 50, 10]]]
TWO_PARTS: Polygons = [*box(2, 2, 8, 8), *box(12, 2, 20, 9)]
PHOTO = picture_bytes(1, size_wh=SIZE_WH)
FIXTURE = shared("datumaro-cvat/tests/assets/labelme_dataset")


def points(*pairs: tuple[object, object]) -> str:
    return "".join(f"<pt><x>{x}</x><y>{y}</y></pt>" for x, y in pairs)


TRIANGLE = f"<polygon>{points((1, 1), (9, 1), (9, 9))}</polygon>"


def item(inside: str = TRIANGLE, *, name: str = "duck", number: int = 0) -> str:
    return f"<object><name>{name}</name><id>{number}</id>{inside}</object>"


def read_one(tmp_path: Path, *items: str, **more: bytes) -> Read:
    xml = (
        "<annotation><filename>one.png</filename><folder></folder>"
        f"<imagesize><nrows>48</nrows><ncols>64</ncols></imagesize>{''.join(items)}</annotation>"
    )
    tree = lay_all(tmp_path, {"one.png": PHOTO, "one.xml": xml, **more})
    assert LabelmeXml().sniff(tree)
    return read_all(LabelmeXml(), tree)


def test_out_and_in_again(tmp_path: Path) -> None:
    objects = [
        WrittenObject(0, box(1.5, 2.25, 20, 30), is_box=True, occluded=True, note="a <b> & ü"),
        WrittenObject(2, RING, truncated=True, note="x, y"),
        WrittenObject(1, TWO_PARTS),
        WrittenObject(1, box(2, 2, 20, 9)),
    ]
    samples = [
        Sample("cam1/one.png", "train", objects),
        Sample("two.png", "val"),
        Sample("three.png", "unlabelled", None),
        Sample("four.png", "test", objects[:2], has_file=False),
    ]
    tree = write_out(LabelmeXml(), tmp_path / "set", CLASSES, samples)
    read = read_all(LabelmeXml(), tree)
    assert read.source.class_names == list(CLASSES.values())
    assert {name: image.split for name, image in read.images.items()} == {
        "cam1/one": "train",
        "two": "val",
        "three": "train",
    }
    assert [(each.file, each.objects) for each in read.problems] == [
        ("Annotations/test/four.xml", 2)
    ]
    assert read.images["three"].label is None
    assert read.counts() == (4, 0, 0)
    for one, other in zip(read.labels["cam1/one"].objects, objects, strict=True):
        assert one[1:2] + one[3:7] == other[:1] + other[2:]
        assert polygons_iou(one.polygons, other.polygons) == pytest.approx(1)
        assert [len(part) for part in one.polygons] == [len(part) for part in other.polygons]


def test_what_was_deleted_is_no_object(tmp_path: Path) -> None:
    read = read_one(tmp_path, item(), item(f"<deleted>1</deleted>{TRIANGLE}", name="gone"))
    assert read.counts() == (1, 0, 0)
    assert read.source.class_names == ["duck"]
    assert any("1 objects are marked as deleted" in note for note in read.source.notes)


def test_parts_of_one_class_are_one_object(tmp_path: Path) -> None:
    part = f"<parts><hasparts/><ispartof>0</ispartof></parts>{TRIANGLE}"
    whole = f"<polygon>{points((20, 1), (30, 1), (30, 9))}</polygon>"
    read = read_one(
        tmp_path,
        item(whole, number=0),
        item(part, number=1),
        item(part, name="beak", number=2),
    )
    assert [len(each.polygons) for each in read.labels["one"].objects] == [2, 1]


def test_parts_of_each_other_end(tmp_path: Path) -> None:
    def part(number: int, owner: int) -> str:
        inside = f"<parts><ispartof>{owner}</ispartof></parts>{TRIANGLE}"
        return item(inside, number=number)

    read = read_one(tmp_path, part(0, 1), part(1, 2), part(2, 0), part(3, 3))
    assert sum(read.counts()) == 2


def test_masks_beside_the_file(tmp_path: Path) -> None:
    mask = np.zeros((48, 64), np.uint8)
    mask[2:9, 4:20] = 255
    segment = "<segm><mask>one_mask_0.png</mask></segm>"
    gone = "<segm><mask>one_mask_1.png</mask></segm>"
    read = read_one(
        tmp_path,
        item(segment),
        item(gone),
        item("<segm></segm>"),
        **{"Masks/one_mask_0.png": png(mask), "Scribbles/one_scribble_0.png": png(mask)},
    )
    assert read.labels["one"].objects[0].polygons == box(4, 2, 20, 9)
    assert [reason.partition(": ")[2] for reason in read.reasons("one")] == [
        "its mask one_mask_1.png is not there.",
        "its mask has no file.",
    ]
    assert list(read.images) == ["one"]
    assert len(list(read.source.files())) == 2


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("<polygon></polygon><segm/>", "its mask has no file"),
        ("<verified>1</verified>", "neither a polygon nor a mask"),
        (f"<polygon>{points((1, 1), (2, 'x'), (3, 3))}</polygon>", "not a number"),
        (f"<polygon>{points((1, 1), (2, 'inf'), (3, 3))}</polygon>", "not a number that can be"),
        ("<polygon><pt><x>1</x></pt></polygon>", "not a number"),
        (f"<polygon>{points((1, 1), (2, 2), (3, 3))}</polygon>", "one line"),
    ],
)
def test_what_is_no_object_says_why(tmp_path: Path, inside: str, reason: str) -> None:
    read = read_one(tmp_path, item(inside), item())
    assert reason in read.reasons("one")[0]
    assert read.counts() == (1, 0, 1)


@pytest.mark.skipif(not FIXTURE.is_dir(), reason="the fixtures of datumaro are not here")
def test_the_files_of_datumaro(tmp_path: Path) -> None:
    read = read_all(LabelmeXml(), FolderTree(FIXTURE))
    assert read.source.class_names == ["window", "license plate", "o1", "q1", "b1", "m1", "hg"]
    assert read.counts() == (7, 0, 0)
    found = read.labels["img1"].objects
    assert [each.occluded for each in found] == [False, False, True, False, True, False, False]
    assert [each.note for each in found][2:] == ["a1", "kj", "hg", "d", "gfd lkj lkj hi"]
    again = read_all(LabelmeXml(), write_again(LabelmeXml(), read, FIXTURE, tmp_path))
    for one, other in zip(again.labels["img1"].objects, found, strict=True):
        assert one[1:2] + one[3:] == other[1:2] + other[3:]
        assert polygons_iou(one.polygons, other.polygons) == pytest.approx(1)

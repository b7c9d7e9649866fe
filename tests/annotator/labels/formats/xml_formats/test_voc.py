"""Pascal VOC: boxes, masks, and both; lists of splits; files that hold something else."""

from pathlib import Path

import numpy as np
import pytest

from annotator.labels.formats.base import WrittenObject
from annotator.labels.formats.mask_formats.mask_files import VOC_COLOURS
from annotator.labels.formats.trees import FolderTree, TreeError
from annotator.labels.formats.xml_formats.voc import Voc
from annotator.labels.polygons.contours import mask_of_polygons
from annotator.labels.polygons.geometry import Polygons
from tests.annotator.labels.formats.written import (
    LIMITS,
    SIZE_WH,
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
FIXTURE = shared("labelme/examples/instance_segmentation/data_dataset_voc")


def object_xml(name: str = "duck", corners: str = "1,2,11,12", more: str = "") -> str:
    at = dict(zip(("xmin", "ymin", "xmax", "ymax"), corners.split(","), strict=True))
    inside = "".join(f"<{key}>{value}</{key}>" for key, value in at.items())
    return f"<object><name>{name}</name>{more}<bndbox>{inside}</bndbox></object>"


def annotation(*objects: str, size: str = "64,48", name: str = "one.png") -> str:
    width, height = size.split(",")
    return (
        f"<annotation><filename>{name}</filename><size><width>{width}</width>"
        f"<height>{height}</height><depth>3</depth></size>{''.join(objects)}</annotation>"
    )


def one_image(tmp_path: Path, xml: str, **more: bytes | str) -> FolderTree:
    return lay_all(
        tmp_path,
        {"JPEGImages/one.png": picture_bytes(1, size_wh=SIZE_WH), "Annotations/one.xml": xml},
    )


def test_out_and_in_again(tmp_path: Path) -> None:
    objects = [
        WrittenObject(0, box(1.5, 2.25, 20, 30), is_box=True, occluded=True),
        WrittenObject(2, RING, truncated=True),
        WrittenObject(1, TWO_PARTS),
        WrittenObject(1, box(2, 2, 20, 9), is_box=True),  # around the one before
    ]
    tree = write_out(
        Voc(),
        tmp_path / "set",
        CLASSES,
        [
            Sample("cam1/one.png", "train", objects),
            Sample("two.png", "val"),
            Sample("three.png", "unlabelled", None),
            Sample("four.png", "test", objects[:2], has_file=False),
        ],
    )
    assert Voc().sniff(tree)
    read = read_all(Voc(), tree)
    assert read.source.class_names == list(CLASSES.values())
    assert [("four" in each.file, each.objects) for each in read.problems] == [(True, 2)]
    assert {name: image.split for name, image in read.images.items()} == {
        "cam1/one": "train",
        "two": "val",
        "three": "train",
    }
    assert read.images["three"].label is None
    assert read.images["cam1/one"].group == "cam1"
    assert read.labels["two"].objects == []
    assert read.counts() == (4, 0, 0)
    found = read.labels["cam1/one"].objects
    assert [each.class_index for each in found] == [0, 2, 1, 1]
    assert [each.is_box for each in found] == [True, False, False, True]
    assert found[0].polygons == objects[0].polygons
    assert (found[0].occluded, found[1].truncated, found[2].truncated) == (True, True, False)
    for place in (1, 2):
        assert found[place].polygons == Voc().kept(objects[place].polygons, size_wh=SIZE_WH)
    assert found[3].polygons == objects[3].polygons
    assert set(read.source.files()) >= {"labelmap.txt", "ImageSets/Main/train.txt"}


def test_boxes_alone_have_no_masks(tmp_path: Path) -> None:
    tree = write_out(
        Voc(),
        tmp_path,
        CLASSES,
        [Sample("one.png", "train", [WrittenObject(0, box(1, 1, 9, 9), True)])],
    )
    assert not (tmp_path / "SegmentationClass").exists()
    assert read_all(Voc(), tree).labels["one"].objects[0].is_box


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (annotation(object_xml(corners="1,2,x,12")), "xmax is not a number"),
        (annotation(object_xml(corners="1,2,nan,12")), "xmax is not a number that can be"),
        (annotation(object_xml(corners="5,2,5,12")), "no width"),
        (annotation(object_xml(corners="100,100,110,110")), "outside the image"),
        (annotation(object_xml(name=" ")), "no class"),
        (annotation(object_xml(), "<object><name>duck</name></object>"), "no box"),
        (annotation(object_xml(), size="48,48"), "another shape"),
    ],
)
def test_objects_that_are_refused_say_why(tmp_path: Path, xml: str, reason: str) -> None:
    read = read_all(Voc(), one_image(tmp_path, xml))
    assert reason in read.reasons("one")[0]
    assert read.counts()[2] == 1


def test_repairs_are_said(tmp_path: Path) -> None:
    xml = annotation(
        object_xml(corners="-3,2,11,12"),
        object_xml(more="<part><name>head</name><bndbox/></part>"),
        object_xml(more="<difficult>1</difficult>"),
    )
    read = read_all(Voc(), one_image(tmp_path, xml))
    assert read.counts() == (1, 2, 0)
    assert "clipped" in read.reasons("one")[0]
    assert "parts (head) were left out" in read.reasons("one")[1]
    assert any("difficult" in note for note in read.source.notes)


def test_polygons_of_roboflow_are_outlines(tmp_path: Path) -> None:
    polygon = "<polygon><x1>1</x1><y1>2</y1><x2>11</x2><y2>2</y2><x3>6</x3><y3>12</y3></polygon>"
    read = read_all(Voc(), one_image(tmp_path, annotation(object_xml(more=polygon))))
    assert read.labels["one"].objects[0].polygons == [[[1, 2, 11, 2, 6, 12]]]
    assert not read.labels["one"].objects[0].is_box


def test_labels_of_no_image_are_for_one_in_the_dataset(tmp_path: Path) -> None:
    tree = lay_all(tmp_path, {"Annotations/gone.xml": annotation(object_xml(), name="other.jpg")})
    read = read_all(Voc(), tree)
    assert read.images["gone"].path == ""
    assert len(read.labels["gone"].objects) == 1


def test_the_name_in_the_file_counts_where_its_own_fits_nothing(tmp_path: Path) -> None:
    tree = lay_all(
        tmp_path,
        {
            "images/one.png": picture_bytes(1, size_wh=SIZE_WH),
            "xml/label-7.xml": annotation(object_xml(), name="one.png"),
        },
    )
    assert read_all(Voc(), tree).images["one"].label == "xml/label-7.xml"


def test_two_files_for_one_image_are_said(tmp_path: Path) -> None:
    tree = lay_all(
        tmp_path,
        {
            "images/one.png": picture_bytes(1, size_wh=SIZE_WH),
            "a/one.xml": annotation(object_xml()),
            "b/one.xml": annotation(object_xml(), object_xml("swan")),
        },
    )
    read = read_all(Voc(), tree)
    assert [(each.file, each.objects) for each in read.problems] == [("b/one.xml", 2)]
    assert "a/one.xml holds labels of the same image" in read.problems[0].reason


def test_damaged_files_are_named(tmp_path: Path) -> None:
    tree = lay_all(
        tmp_path,
        {
            "images/one.png": picture_bytes(1, size_wh=SIZE_WH),
            "one.xml": annotation(object_xml()),
            "two.xml": "<annotation><object>",
            "three.xml": '<!DOCTYPE a [<!ENTITY b "c">]><annotation>&b;</annotation>',
        },
    )
    read = read_all(Voc(), tree)
    assert {each.file: each.reason for each in read.problems} == {
        "two.xml": "The XML is damaged: no element found: line 1, column 20.",
        "three.xml": "The XML declares entities or names other files.",
    }


def masks_set(tmp_path: Path, **masks: bytes) -> FolderTree:
    return lay_all(
        tmp_path,
        {"JPEGImages/one.png": picture_bytes(1, size_wh=SIZE_WH)}
        | {f"Segmentation{kind}/one.png": content for kind, content in masks.items()},
    )


def values(*boxes: tuple[int, int, int, int, int]) -> np.ndarray:
    found = np.zeros((48, 64), dtype=np.uint8)
    for left, top, right, bottom, value in boxes:
        found[top:bottom, left:right] = value
    return found


def test_classes_without_a_list_are_vocs_own(tmp_path: Path) -> None:
    mask = values((0, 0, 30, 30, 255), (2, 2, 20, 20, 3), (40, 2, 50, 20, 3))
    read = read_all(Voc(), masks_set(tmp_path, Class=png(mask)))
    objects = read.labels["one"].objects
    assert {read.source.class_names[each.class_index] for each in objects} == {"bird"}
    assert [each.polygons for each in objects] == [box(2, 2, 20, 20), box(40, 2, 50, 20)]
    assert any("void" in note for note in read.source.notes)


def test_colours_are_values(tmp_path: Path) -> None:
    colours = [[colour >> 16, colour >> 8 & 255, colour & 255] for colour in VOC_COLOURS]
    classes = np.array(colours, np.uint8)[values((2, 2, 20, 20, 3), (20, 2, 40, 20, 3))]
    objects = np.array(colours, np.uint8)[values((2, 2, 20, 20, 1), (20, 2, 40, 20, 2))]
    read = read_all(Voc(), masks_set(tmp_path, Class=png(classes), Object=png(objects)))
    assert [each.polygons for each in read.labels["one"].objects] == [
        box(2, 2, 20, 20),
        box(20, 2, 40, 20),
    ]
    assert read.source.class_names[read.labels["one"].objects[0].class_index] == "bird"


def test_a_mask_of_another_size_is_refused_by_name(tmp_path: Path) -> None:
    mask = png(np.ones((20, 20), dtype=np.uint8))
    read = read_all(Voc(), masks_set(tmp_path, Class=mask))
    assert (
        "SegmentationClass/one.png has 20 × 20 pixels, and its image 64 × 48"
        in (read.reasons("one")[0])
    )


def test_hidden_objects_come_back_as_boxes(tmp_path: Path) -> None:
    objects = [WrittenObject(0, RING[:1]), WrittenObject(1, box(0, 0, 64, 48))]
    tree = write_out(Voc(), tmp_path / "set", CLASSES, [Sample("one.png", "train", objects)])
    found = read_all(Voc(), tree).labels["one"].objects
    assert [each.is_box for each in found] == [True, False]


def test_an_object_of_which_a_corner_is_seen_is_one_object(tmp_path: Path) -> None:
    """A box and a region far smaller than it came back as two objects: 43 more of 15,000."""
    objects = [
        WrittenObject(0, [[[2, 2, 52, 2, 52, 42, 2, 42]]]),
        WrittenObject(1, [[[4, 4, 60, 4, 60, 46, 4, 46]]]),
        WrittenObject(0, [[[2, 6, 60, 6, 60, 46, 2, 46]]]),
    ]
    tree = write_out(Voc(), tmp_path / "set", CLASSES, [Sample("one.png", "train", objects)])
    found = read_all(Voc(), tree).labels["one"].objects
    assert [each.class_index for each in found] == [0, 1, 0]
    assert not any(each.is_box for each in found)


def test_more_objects_than_a_byte_holds(tmp_path: Path) -> None:
    size = (80, 80)
    objects = [
        WrittenObject(0, box(x, y, x + 3, y + 3)) for x in range(0, 80, 4) for y in range(0, 80, 4)
    ]
    tree = write_out(
        Voc(), tmp_path / "set", CLASSES, [Sample("one.png", "train", objects, size_wh=size)]
    )
    found = read_all(Voc(), tree).labels["one"].objects
    assert [each.polygons for each in found] == [each.polygons for each in objects]


def test_nothing_is_read_where_nothing_is(tmp_path: Path) -> None:
    tree = lay_all(tmp_path, {"images/one.png": picture_bytes(1)})
    assert not Voc().sniff(tree)
    with pytest.raises(TreeError, match="No XML and no masks of Pascal VOC"):
        Voc().read(tree, limits=LIMITS)


@pytest.mark.skipif(not FIXTURE.is_dir(), reason="the fixtures of labelme are not here")
def test_the_masks_of_labelme(tmp_path: Path) -> None:
    read = read_all(Voc(), FolderTree(FIXTURE))
    assert {name: len(each.objects) for name, each in read.labels.items()} == {
        "2011_000003": 3,
        "2011_000006": 6,
        "2011_000025": 3,
    }
    assert read.counts() == (12, 0, 0)
    again = read_all(Voc(), write_again(Voc(), read, FIXTURE, tmp_path))
    for name, labels in again.labels.items():
        for one, other in zip(labels.objects, read.labels[name].objects, strict=True):
            assert one.class_index == other.class_index
            size = (500, 500)
            masks = [mask_of_polygons(each.polygons, size_wh=size) for each in (one, other)]
            assert (masks[0] == masks[1]).all()

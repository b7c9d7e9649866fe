"""CVAT's XML: images and video, every shape, what lies between keyframes, and files that lie."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.labels.formats.base import WrittenObject
from annotator.labels.formats.trees import FolderTree, TreeError
from annotator.labels.formats.xml_formats.cvat import Cvat
from annotator.labels.polygons.geometry import Polygons
from annotator.labels.polygons.overlap import polygons_iou
from tests.annotator.labels.formats.written import (
    LIMITS,
    SIZE_WH,
    Read,
    Sample,
    box,
    lay_all,
    read_all,
    shared,
    write_again,
    write_out,
)
from tests.annotator.sources import picture_bytes

CLASSES = {0: "duck", 1: "swan: white", 2: "nø & <b>"}
RING: Polygons = [[[30, 4, 60, 4, 60, 40, 30, 40], [40, 10, 40, 30, 50, 30, 50, 10]]]
TWO_PARTS: Polygons = [*box(2, 2, 8, 8), *box(12, 2, 20, 9)]
FIXTURES = shared("datumaro-cvat/tests/assets/cvat_dataset")
PHOTO = picture_bytes(1, size_wh=SIZE_WH)


def of_image(*shapes: str, labels: str = "", size: str = 'width="64" height="48"') -> str:
    return (
        f"<annotations><version>1.1</version><meta><task><labels>{labels}</labels></task></meta>"
        f'<image id="0" name="one.png" {size}>{"".join(shapes)}</image></annotations>'
    )


def read_one(tmp_path: Path, *shapes: str, **more: str) -> Read:
    tree = lay_all(
        tmp_path, {"images/one.png": PHOTO, "annotations.xml": of_image(*shapes, **more)}
    )
    assert Cvat().sniff(tree)
    return read_all(Cvat(), tree)


def test_out_and_in_again(tmp_path: Path) -> None:
    objects = [
        WrittenObject(0, box(1.5, 2.25, 20, 30), is_box=True, occluded=True, note='a "b" <c> & ü'),
        WrittenObject(2, RING, truncated=True),
        WrittenObject(1, TWO_PARTS, note="two\nlines"),
        WrittenObject(1, box(2, 2, 20, 9)),
    ]
    samples = [
        Sample("cam1/one.png", "train", objects),
        Sample("two.png", "val"),
        Sample("three.png", "unlabelled", None),
        Sample("four.png", "test", objects[:2], has_file=False),
    ]
    tree = write_out(Cvat(), tmp_path / "set", CLASSES, samples)
    assert Cvat().sniff(tree)
    read = read_all(Cvat(), tree)
    assert read.source.class_names == list(CLASSES.values())
    assert {name: image.split for name, image in read.images.items()} == {
        "cam1/one": "train",
        "two": "val",
        "three": "train",
    }
    assert [(each.file, each.objects) for each in read.problems] == [("four", 2)]
    assert read.images["three"].label is None
    assert read.counts() == (4, 0, 0)
    for one, other in zip(read.labels["cam1/one"].objects, objects, strict=True):
        assert one[1:2] + one[3:6] == other[:1] + other[2:5]
        assert one.note.split() == other.note.split()
        assert polygons_iou(one.polygons, other.polygons) == pytest.approx(1)
        assert [len(part) for part in one.polygons] == [len(part) for part in other.polygons]


def test_labels_alone_are_for_images_in_the_dataset(tmp_path: Path) -> None:
    shape = '<polygon label="duck" points="1,1;9,1;9,9" occluded="1"/>'
    tree = lay_all(tmp_path, {"val.xml": of_image(shape)})
    read = read_all(Cvat(), tree)
    assert (read.images["one"].path, read.images["one"].split) == ("", "val")
    assert read.labels["one"].objects[0].occluded


@pytest.mark.parametrize(
    ("shape", "polygons", "is_box"),
    [
        ('<box xtl="1" ytl="2" xbr="11" ybr="12"/>', box(1, 2, 11, 12), True),
        (
            '<box xtl="10" ytl="10" xbr="30" ybr="20" rotation="90"/>',
            [[[25, 5, 25, 25, 15, 25, 15, 5]]],
            True,
        ),
        ('<polygon points="1,1;9.5,1;9,9"/>', [[[1, 1, 9.5, 1, 9, 9]]], False),
        ('<mask rle="1, 2, 2, 1" left="5" top="7" width="3" height="2"/>', None, False),
    ],
)
def test_shapes(tmp_path: Path, shape: str, polygons: Polygons | None, is_box: bool) -> None:
    read = read_one(tmp_path, shape.replace("/>", ' label="duck"/>'))
    assert read.counts() == (1, 0, 0), read.reasons("one")
    found = read.labels["one"].objects[0]
    assert found.is_box == is_box
    expected = polygons or [[[6, 7, 8, 7, 8, 9, 7, 9, 7, 8, 6, 8]]]
    assert found.polygons[0][0] == pytest.approx(expected[0][0])


def test_an_ellipse_becomes_a_polygon_of_its_area(tmp_path: Path) -> None:
    shape = '<ellipse label="duck" cx="30" cy="20" rx="10" ry="5" rotation="30"/>'
    read = read_one(tmp_path, shape)
    assert read.counts() == (0, 1, 0)
    assert "an ellipse became a polygon of 64 points" in read.reasons("one")[0]


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ('<polyline label="duck" points="1,1;2,2"/>', "a line, not an outline"),
        ('<points label="duck" points="1,1"/>', "points, not an outline"),
        ('<cuboid label="duck"/>', "a cuboid, not an outline"),
        ('<skeleton label="duck"/>', "a skeleton, not an outline"),
        ('<tag label="duck"/>', "a tag of the whole image"),
        ('<blob label="duck"/>', "a blob is not known"),
        ('<polygon label="" points="1,1;9,1;9,9"/>', "it has no class"),
        ('<polygon label="duck" points="1,1;9,1"/>', "three different points; it has 2"),
        ('<polygon label="duck" points="1,1;9,1;5,1"/>', "points lie on one line"),
        ('<polygon label="duck" points="1,1;9,1;x,9"/>', "a coordinate is not a number"),
        ('<polygon label="duck" points="1,1;9,1;1e999,9"/>', "not a number that can be"),
        ('<polygon label="duck" points="1 1;9 1;9 9"/>', "not a pair of numbers"),
        ('<polygon label="duck"/>', "not a pair of numbers"),
        ('<box label="duck" xtl="1" ytl="2" xbr="1" ybr="12"/>', "no width or no height"),
        ('<box label="duck" xtl="1" ytl="2"/>', "xbr is not a number"),
        ('<ellipse label="duck" cx="30" cy="20" rx="0" ry="5"/>', "radius is not above 0"),
        ('<mask label="duck" rle="1,9" left="5" top="7" width="3" height="2"/>', "do not add up"),
        ('<mask label="duck" rle="6" left="5" top="7" width="3" height="2"/>', "mask is empty"),
        ('<mask label="duck" rle="a" left="5" top="7" width="3" height="2"/>', "whole numbers"),
        (
            '<mask label="duck" rle="1" left="5" top="7" width="9999999" height="2"/>',
            "does not lie",
        ),
    ],
)
def test_what_is_no_object_says_why(tmp_path: Path, shape: str, reason: str) -> None:
    good = '<box label="duck" xtl="1" ytl="2" xbr="11" ybr="12"/>'
    read = read_one(tmp_path, shape, good)
    assert reason in read.reasons("one")[0]
    assert read.counts() == (1, 0, 1)


def test_parts_of_a_group_are_one_object(tmp_path: Path) -> None:
    shapes = [
        '<polygon label="duck" points="1,1;9,1;9,9" group_id="3"/>',
        '<polygon label="duck" points="20,1;29,1;29,9" group_id="3" occluded="1"/>',
        '<polygon label="swan" points="20,20;29,20;29,29" group_id="3"/>',
        '<polygon label="duck" points="20,1" group_id="3"/>',
        '<box label="duck" xtl="1" ytl="2" xbr="11" ybr="12" group_id="3"/>',
    ]
    read = read_one(tmp_path, *shapes)
    assert read.counts() == (2, 1, 0)
    assert "a part was left out: a polygon needs three" in read.reasons("one")[0]
    parts = [len(each.polygons) for each in read.labels["one"].objects]
    assert sorted(parts) == [1, 1, 2]
    joined = next(each for each in read.labels["one"].objects if len(each.polygons) == 2)
    assert joined.occluded
    assert any("one group" in note for note in read.source.notes)


def test_classes_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    labels = "".join(
        f"<label><name>{name}</name>{more}</label>"
        for name, more in (
            ("zebra", "<type>polygon</type>"),
            ("ant", ""),
            ("bones", "<type>skeleton</type>"),
            ("bone", "<type>points</type><parent>bones</parent>"),
        )
    )
    read = read_one(tmp_path, '<polygon label="new" points="1,1;9,1;9,9"/>', labels=labels)
    assert read.source.class_names == ["zebra", "ant", "new"]


def test_attributes(tmp_path: Path) -> None:
    inside = (
        '<attribute name="Truncated">true</attribute><attribute name="note">hi</attribute>'
        '<attribute name="age">4</attribute>'
    )
    read = read_one(tmp_path, f'<polygon label="duck" points="1,1;9,1;9,9">{inside}</polygon>')
    found = read.labels["one"].objects[0]
    assert (found.truncated, found.note, found.occluded) == (True, "hi", False)
    assert any("age" in note for note in read.source.notes)


def test_an_image_of_another_size(tmp_path: Path) -> None:
    shape = '<box label="duck" xtl="1" ytl="2" xbr="11" ybr="12"/>'
    half = read_one(tmp_path / "a", shape, size='width="32" height="24"')
    assert half.labels["one"].objects[0].polygons == box(2, 4, 22, 24)
    assert half.counts() == (0, 1, 0)
    other = read_one(tmp_path / "b", shape, size='width="99" height="24"')
    assert "drawn on an image of 99 × 24 pixels" in other.reasons("one")[0]


def test_an_image_that_is_there_twice_is_taken_once(tmp_path: Path) -> None:
    image = '<image name="one.png"><polygon label="duck" points="1,1;9,1;9,9"/></image>'
    xml = f"<annotations><version>1.1</version>{image}{image}</annotations>"
    tree = lay_all(tmp_path, {"one.png": PHOTO, "a.xml": xml})
    read = read_all(Cvat(), tree)
    assert read.counts() == (1, 0, 0)
    assert [(each.file, each.objects) for each in read.problems] == [("a.xml", 1)]


def test_an_ambiguous_name_is_said(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "a/one.png": PHOTO,
        "b/one.png": PHOTO,
        "x/annotations.xml": of_image("<tag/>"),
    }
    read = read_all(Cvat(), lay_all(tmp_path, files))
    assert "both fit the name “one.png”" in read.problems[0].reason
    assert read.problems[0].objects == 1


# --- video ---


def of_video(*tracks: str, meta: str = "") -> str:
    return (
        f"<annotations><version>1.1</version><meta><task><mode>interpolation</mode>{meta}</task>"
        f"<source>v1.mp4</source></meta>{''.join(tracks)}</annotations>"
    )


def key_box(frame: int, left: float, *, outside: int = 0, keyframe: int = 1) -> str:
    return (
        f'<box frame="{frame}" outside="{outside}" occluded="0" keyframe="{keyframe}" '
        f'xtl="{left}" ytl="2" xbr="{left + 10}" ybr="12"/>'
    )


def read_video(tmp_path: Path, xml: str, *, frames: int = 6) -> Read:
    pictures = {
        f"images/frame_{n:06d}.png": picture_bytes(n, size_wh=SIZE_WH) for n in range(frames)
    }
    return read_all(Cvat(), lay_all(tmp_path, {**pictures, "annotations.xml": xml}))


def test_between_keyframes_boxes_move_as_cvat_shows_them(tmp_path: Path) -> None:
    track = f'<track id="0" label="duck">{key_box(0, 0)}{key_box(4, 8, outside=1)}</track>'
    read = read_video(tmp_path, of_video(track))
    lefts = {
        name: [each.polygons[0][0][0] for each in labels.objects]
        for name, labels in read.labels.items()
    }
    assert lefts == {
        "frame_000000": [0],
        "frame_000001": [2],
        "frame_000002": [4],
        "frame_000003": [6],
        "frame_000004": [],
    }
    assert read.counts() == (1, 3, 0)
    assert read.images["frame_000001"].group == "v1"
    assert read.images["frame_000005"].label is None
    assert any("keyframes alone" in note for note in read.source.notes)


def test_the_last_keyframe_goes_on_to_the_end(tmp_path: Path) -> None:
    track = f'<track id="0" label="duck">{key_box(3, 4)}</track>'
    meta = "<start_frame>0</start_frame><stop_frame>4</stop_frame>"
    read = read_video(tmp_path, of_video(track, meta=meta))
    assert {name: len(each.objects) for name, each in read.labels.items()} == {
        "frame_000000": 0,
        "frame_000001": 0,
        "frame_000002": 0,
        "frame_000003": 1,
        "frame_000004": 1,
    }


def test_where_every_frame_is_listed_nothing_is_made(tmp_path: Path) -> None:
    shapes = key_box(0, 0) + key_box(1, 3, keyframe=0) + key_box(4, 8)
    read = read_video(tmp_path, of_video(f'<track id="0" label="duck">{shapes}</track>'))
    assert read.counts() == (3, 0, 0)


def test_outlines_with_other_counts_of_points_are_refused_between(tmp_path: Path) -> None:
    track = (
        '<track id="0" label="duck">'
        '<polygon frame="0" outside="0" keyframe="1" points="1,1;9,1;9,9"/>'
        '<polygon frame="2" outside="1" keyframe="1" points="1,1;9,1;9,9;1,9"/></track>'
    )
    read = read_video(tmp_path, of_video(track))
    assert read.counts() == (1, 0, 1)
    assert "different counts of points" in read.reasons("frame_000001")[0]


def test_frames_without_images_are_said(tmp_path: Path) -> None:
    track = f'<track id="0" label="duck">{key_box(0, 0)}{key_box(9, 3, keyframe=0)}</track>'
    read = read_video(tmp_path, of_video(track))
    assert [(each.file, each.objects) for each in read.problems] == [("frame_000009", 1)]


# --- hostile files ---


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        ("<annotations><version>1.1</version><image", "damaged"),
        ("<annotations><image name='one.png'></annotations>", "damaged"),
        ("<annotations><version/>" + "<a>" * 50, "nested more than 32 deep"),
        (
            "<annotations><version/><track><box frame='-1'/></track></annotations>",
            "number of a frame",
        ),
    ],
)
def test_damaged_files_stop_the_import_by_name(tmp_path: Path, xml: str, reason: str) -> None:
    tree = lay_all(tmp_path, {"one.png": PHOTO, "a.xml": xml})
    with pytest.raises(TreeError, match=f"a.xml: .*{reason}"):
        Cvat().read(tree, limits=LIMITS)


def test_entities_are_refused(tmp_path: Path) -> None:
    bomb = (
        '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        "<annotations><version>&b;</version></annotations>"
    )
    tree = lay_all(tmp_path, {"one.png": PHOTO, "a.xml": bomb})
    assert not Cvat().sniff(tree)


odd = st.sampled_from(
    ["", "x", "-1", "1e999", "nan", "0", "99999999999999999999", "1,1", ";", "💥", "1;2;3", "true"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.data())
def test_odd_values_end_in_lines(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever stands in an attribute: lines or one sentence, never another exception."""
    template = of_image(
        '<box label="duck" occluded="{}" xtl="{}" ytl="2" xbr="{}" ybr="12" rotation="{}"/>',
        '<polygon label="{}" points="{}" group_id="{}"/>',
        '<mask label="duck" rle="{}" left="{}" top="1" width="{}" height="2"/>',
        '<ellipse label="duck" cx="{}" cy="9" rx="{}" ry="2"/>',
        size='width="{}" height="{}"',
    ).replace(
        "</annotations>",
        '<track label="{}"><box frame="{}" outside="{}" xtl="{}"/></track></annotations>',
    )
    usual = iter(
        [
            "0",
            "1",
            "11",
            "0",
            "duck",
            "1,1;9,1;9,9",
            "1",
            "1,5",
            "1",
            "3",
            "9",
            "3",
            "64",
            "48",
            "duck",
            "1",
            "0",
            "1",
        ]
    )
    values = [data.draw(st.one_of(st.just(each), odd)) for each in usual]
    root = tmp_path_factory.mktemp("odd")
    tree = lay_all(root, {"images/one.png": PHOTO, "a.xml": template.format(*values)})
    try:
        read = read_all(Cvat(), tree)
    except TreeError:
        return
    if "one" in read.labels:
        assert sum(read.counts()) >= 4


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the fixtures of datumaro are not here")
@pytest.mark.parametrize(
    ("folder", "classes", "counts"),
    [
        ("for_images", ["label1", "label2"], (1, 0, 5)),
        ("for_video", ["klhg", "z U k", "II"], (1, 0, 4)),
    ],
)
def test_the_files_of_datumaro(
    tmp_path: Path, folder: str, classes: list[str], counts: tuple[int, int, int]
) -> None:
    read = read_all(Cvat(), FolderTree(FIXTURES / folder))
    assert (read.source.class_names, read.counts()) == (classes, counts)
    again = read_all(Cvat(), write_again(Cvat(), read, FIXTURES / folder, tmp_path))
    assert again.source.class_names == classes
    for name, labels in read.labels.items():
        assert again.labels[name].objects == labels.objects

"""VIA 2 and VIA 3 as they are written by the tool."""

import json
import math
from pathlib import Path

import pytest

from annotator.labels.formats.json_formats.via2 import Via2
from annotator.labels.formats.json_formats.via3 import Via3
from annotator.labels.polygons.geometry import polygons_area

from ..round_trips import Back, lay_out, picture, read_back

POLYGON = {"name": "polygon", "all_points_x": [2, 12, 12, 2], "all_points_y": [2, 2, 12, 12]}
SHAPES2 = [
    (POLYGON, 100.0, False),
    ({"name": "rect", "x": 3, "y": 4, "width": 10, "height": 5}, 50.0, True),
    ({"name": "circle", "cx": 20, "cy": 20, "r": 7.5}, math.pi * 7.5**2, False),
    (
        {"name": "ellipse", "cx": 20, "cy": 20, "rx": 9, "ry": 4, "theta": 0.7},
        math.pi * 36,
        False,
    ),
]
REFUSED2 = [
    ({"name": "polyline", "all_points_x": [1, 2], "all_points_y": [1, 2]}, "a line"),
    ({"name": "point", "cx": 1, "cy": 2}, "a point"),
    ({"name": "polygon", "all_points_x": [1, 2, 3], "all_points_y": [1, 2]}, "3 x and 2 y"),
    ({"name": "circle", "cx": 1, "cy": 2}, "r is not a number"),
    ({"name": "circle", "cx": 1, "cy": 2, "r": 0}, "the radius is not above 0"),
    ({"name": "star"}, "“star” is a kind of shape that is not read"),
    ({}, "nothing says a kind of shape"),
    (None, "it has no shape_attributes"),
]


def image2(name: str, *regions: dict[str, object], size: int = -1) -> dict[str, object]:
    return {"filename": name, "size": size, "regions": list(regions), "file_attributes": {}}


def region(shape: object = None, **attributes: object) -> dict[str, object]:
    return {"shape_attributes": shape or POLYGON, "region_attributes": attributes}


def read2(root: Path, value: object, *files: str) -> Back:
    pictures = [(file, picture()) for file in files or ("a.png",)]
    tree = lay_out(root, [("via.json", json.dumps(value).encode()), *pictures])
    assert Via2().sniff(tree)
    return read_back(Via2(), tree)


@pytest.mark.parametrize(("shape", "area", "is_box"), SHAPES2)
def test_shapes_of_via_2(
    shape: dict[str, object], area: float, is_box: bool, tmp_path: Path
) -> None:
    back = read2(tmp_path, {"a.png1": image2("a.png", region(shape, kind="x"))})
    assert not back.lines
    assert back.objects[0].is_box == is_box
    assert polygons_area(back.objects[0].polygons) == pytest.approx(area, rel=1e-3)


@pytest.mark.parametrize(("shape", "reason"), REFUSED2)
def test_what_encloses_nothing_is_refused_with_its_place(
    shape: object, reason: str, tmp_path: Path
) -> None:
    bad = {"shape_attributes": shape, "region_attributes": {"kind": "x"}}
    back = read2(tmp_path, {"a.png1": image2("a.png", region(kind="x"), bad)})
    assert (len(back.objects), back.count("refused")) == (1, 1)
    assert back.lines[0].startswith("region 2: ")
    assert reason in back.lines[0]


def test_a_project_and_regions_of_via_1_are_read_too(tmp_path: Path) -> None:
    project = {
        "_via_settings": {},
        "_via_img_metadata": {"a.png1": image2("a.png", region(type="2"))},
        "_via_attributes": {
            "region": {"type": {"type": "radio", "options": {"1": "total", "2": "date"}}},
            "file": {},
        },
    }
    back = read2(tmp_path / "project", project)
    assert back.source.class_names == ["total", "date"]
    assert [each.class_index for each in back.objects] == [1]
    one = {"filename": "a.png", "size": 1, "regions": {"0": region(name="cat")}}
    back = read2(tmp_path / "one", {"a.png1": one})
    assert back.source.class_names == ["cat"]
    assert len(back.objects) == 1


@pytest.mark.parametrize(
    ("attributes", "names", "told"),
    [
        ([{"class": "a"}, {"class": "b"}, {"class": "a"}], ["a", "b"], ""),
        ([{"inseto": "k", "insect": "k"}] * 2, ["k"], "“inseto”; other attributes are left out"),
        ([{"id": "1", "label": "a"}, {"id": "2", "label": "a"}], ["a"], "left out: “id”"),
        ([{"x": "a"}, {}], ["a", "unnamed"], "1 objects have no “x”; their class is “unnamed”"),
        ([{}, {}], ["unnamed"], "2 objects have no attribute that could be a class"),
        ([{"kind": {"cat": True, "dog": False}}], ["cat"], ""),
        ([{"note": "big", "kind": "a", "occluded": "yes"}], ["a"], ""),
        ([{"class": 3}], ["3"], ""),
    ],
)
def test_which_attribute_is_the_class(
    attributes: list[dict[str, object]], names: list[str], told: str, tmp_path: Path
) -> None:
    back = read2(tmp_path, {"a.png1": image2("a.png", *(region(**each) for each in attributes))})
    assert back.source.class_names == names
    assert told in " ".join(back.source.notes)
    assert len(back.objects) == len(attributes)
    if "note" in attributes[0]:
        assert (back.objects[0].note, back.objects[0].occluded) == ("big", True)


def test_files_of_one_name_are_told_apart_by_their_sizes(tmp_path: Path) -> None:
    large = picture((80, 60))
    tree = lay_out(
        tmp_path,
        [
            ("x/a.png", picture()),
            ("y/a.png", large),
            (
                "via.json",
                json.dumps({"k": image2("a.png", region(c="x"), size=len(large))}).encode(),
            ),
        ],
    )
    back = read_back(Via2(), tree)
    assert [i.path for i in back.images.values() if i.label] == ["y/a.png"]
    assert back.source_objects == 1


ODD_ATTRIBUTES = [
    (["x", "y"], "attribute “more”, which is no text"),
    ({"x": {"y": 1}}, "attribute “more”, which is no text"),
    ({"x": "a text"}, "attribute “more”, which is no text"),
]


@pytest.mark.parametrize(
    ("value", "told"), [*ODD_ATTRIBUTES, ({"x": True, "y": True}, "further choices of “more”")]
)
def test_attributes_of_via_2_that_are_no_text_are_told(
    value: object, told: str, tmp_path: Path
) -> None:
    back = read2(tmp_path, {"a.png1": image2("a.png", region(kind="x", more=value))})
    assert back.source.class_names == ["x"]
    assert told in " ".join(back.source.notes)


def test_attributes_of_via_2_that_are_no_object_are_told(tmp_path: Path) -> None:
    bare: dict[str, object] = {"shape_attributes": POLYGON, "region_attributes": ["x"]}
    back = read2(tmp_path, {"a.png1": image2("a.png", region(kind="x"), bare)})
    assert "“region_attributes” that are no object" in " ".join(back.source.notes)


def test_one_choice_of_a_checkbox_is_read_whole(tmp_path: Path) -> None:
    one = region(kind={"x": True, "y": False})
    back = read2(tmp_path, {"a.png1": image2("a.png", one)})
    assert back.source.class_names == ["x"]
    assert "Left out" not in " ".join(back.source.notes)


@pytest.mark.parametrize(
    ("av", "told"),
    [
        *(({"1": "1", "more": value}, told) for value, told in ODD_ATTRIBUTES),
        ({"1": "1,0"}, "further choices of “c”"),
        (["1"], "“av” that is no object"),
    ],
)
def test_attributes_of_via_3_that_are_no_text_are_told(
    av: object, told: str, tmp_path: Path
) -> None:
    value = via3([2, 3, 4, 10, 5])
    value["metadata"]["m0"]["av"] = av  # type: ignore[index]
    assert told in " ".join(read3(tmp_path, value).source.notes)


def via3(*shapes: list[object]) -> dict[str, object]:
    return {
        "project": {"vid_list": ["v1", "v2"]},
        "config": {},
        "attribute": {"1": {"aname": "c", "type": 3, "options": {"0": "cat", "1": "dog"}}},
        "file": {
            "f1": {"fid": "f1", "fname": "a.png", "type": 2, "src": "a.png"},
            "f2": {"fid": "f2", "fname": "b.png", "type": 2, "src": ""},
        },
        "metadata": {
            f"m{place}": {"vid": "v1", "flg": 0, "z": [], "xy": xy, "av": {"1": "1"}}
            for place, xy in enumerate(shapes)
        },
        "view": {"v1": {"fid_list": ["f1"]}, "v2": {"fid_list": ["f2"]}},
    }


def read3(root: Path, value: object) -> Back:
    pictures = [(file, picture()) for file in ("a.png", "b.png")]
    tree = lay_out(root, [("p.json", json.dumps(value).encode()), *pictures])
    assert Via3().sniff(tree)
    return read_back(Via3(), tree)


@pytest.mark.parametrize(
    ("xy", "area", "is_box"),
    [
        ([7, 2, 2, 12, 2, 12, 12, 2, 12], 100.0, False),
        ([2, 3, 4, 10, 5], 50.0, True),
        ([3, 20, 20, 7.5], math.pi * 7.5**2, False),
        ([4, 20, 20, 9, 4], math.pi * 36, False),
        ([8, 5, 10, 15, 12, 10, 8, 12, 20], 120.0, True),
        ([9, 12.5, 20, 27.5, 20, 20, 27.5], math.pi * 7.5**2, False),
    ],
)
def test_shapes_of_via_3(xy: list[object], area: float, is_box: bool, tmp_path: Path) -> None:
    back = read3(tmp_path, via3(xy))
    assert back.source.class_names == ["cat", "dog"]
    assert [each.class_index for each in back.labels["a"].objects] == [1]
    assert back.labels["b"].objects == []
    assert back.objects[0].is_box == is_box
    assert polygons_area(back.objects[0].polygons) == pytest.approx(area, rel=1e-3)


@pytest.mark.parametrize(
    ("xy", "reason"),
    [
        ([1, 5, 5], "a point"),
        ([5, 5, 5, 9, 9], "a line"),
        ([6, 5, 5, 9, 9, 1, 1], "a line"),
        ([3, 5, 5], "a circle with 2 numbers instead of 3"),
        ([9, 1, 1, 2, 2, 3, 3], "three points on a line make no circle"),
        ([77, 1], "77 is a kind of shape that is not read"),
        (["x"], "a coordinate is not a number"),
    ],
)
def test_what_via_3_has_and_encloses_nothing(xy: list[object], reason: str, tmp_path: Path) -> None:
    back = read3(tmp_path, via3([2, 3, 4, 10, 5], xy))
    assert (len(back.objects), back.count("refused")) == (1, 1)
    assert reason in back.lines[0]


def test_videos_of_via_3_are_told(tmp_path: Path) -> None:
    value = via3([2, 3, 4, 10, 5])
    value["file"]["f2"]["type"] = 4  # type: ignore[index]
    value["metadata"]["m0"]["z"] = [1.5]  # type: ignore[index]
    back = read3(tmp_path, value)
    assert "belongs to a time of a video" in back.lines[0]
    assert "b.png: A video or sound, no image." in back.lines

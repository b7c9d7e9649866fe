"""labelme's and X-AnyLabeling's JSON as the tools write it."""

import base64
import json
import math
from pathlib import Path

import numpy as np
import pytest

from annotator.labels.formats.json_formats.labelme import Labelme
from annotator.labels.formats.json_formats.x_anylabeling import XAnyLabeling
from annotator.labels.formats.rle import encode_png
from annotator.labels.formats.trees import TreeError
from annotator.labels.polygons.contours import mask_of_polygons
from annotator.labels.polygons.geometry import polygons_area

from ..round_trips import LIMITS, SIZE_WH, Back, lay_out, picture, read_back

SQUARE = [[2, 2], [12, 2], [12, 12], [2, 12]]


def shape(label: str = "cat", points: object = SQUARE, **more: object) -> dict[str, object]:
    return {"label": label, "points": points, "shape_type": "polygon", "flags": {}, **more}


def file_of(*shapes: object, **changes: object) -> bytes:
    value: dict[str, object] = {
        "version": "5.5.0",
        "flags": {},
        "shapes": list(shapes),
        "imagePath": "a.png",
        "imageData": None,
        "imageHeight": 48,
        "imageWidth": 64,
    }
    return json.dumps({**value, **changes}).encode()


def read(root: Path, *shapes: object, **changes: object) -> Back:
    tree = lay_out(root, [("a.json", file_of(*shapes, **changes)), ("a.png", picture())])
    form = XAnyLabeling() if XAnyLabeling().sniff(tree) else Labelme()
    assert form.sniff(tree)
    return read_back(form, tree)


@pytest.mark.parametrize(
    ("changes", "area", "is_box"),
    [
        ({}, 100.0, False),
        ({"shape_type": None}, 100.0, False),
        ({"shape_type": "rectangle", "points": [[12, 12], [2, 2]]}, 100.0, True),
        ({"shape_type": "rectangle"}, 100.0, True),
        ({"shape_type": "circle", "points": [[20, 20], [26, 28]]}, math.pi * 100, False),
        ({"shape_type": "rotation", "direction": 1.2}, 100.0, True),
        ({"shape_type": "oriented_rectangle"}, 100.0, True),
        ({"shape_type": "quadrilateral"}, 100.0, False),
    ],
)
def test_shapes(changes: dict[str, object], area: float, is_box: bool, tmp_path: Path) -> None:
    back = read(tmp_path, shape(**changes))  # type: ignore[arg-type]
    assert not back.lines
    assert back.objects[0].is_box == is_box
    assert polygons_area(back.objects[0].polygons) == pytest.approx(area, rel=1e-3)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"shape_type": "line"}, "a line, which encloses no area"),
        ({"shape_type": "linestrip"}, "a line, which encloses no area"),
        ({"shape_type": "point"}, "a point, which encloses no area"),
        ({"shape_type": "points"}, "points, which encloses no area"),
        ({"shape_type": "cuboid"}, "a cuboid"),
        ({"shape_type": "blob"}, "“blob” is a kind of shape that is not read"),
        ({"shape_type": "circle"}, "a circle with 4 points instead of two"),
        ({"points": [[1, 2, 3]]}, "a point is not a pair of numbers"),
        ({"points": None}, "its points are not a list"),
        (
            {"shape_type": "mask", "points": [[1, 1], [2, 2]], "mask": "!"},
            "cannot be read as a PNG",
        ),
        ({"shape_type": "mask", "points": [[1, 1], [2, 2]]}, "its mask is not text"),
    ],
)
def test_what_is_no_object_is_refused_with_its_place(
    changes: dict[str, object], reason: str, tmp_path: Path
) -> None:
    back = read(tmp_path, shape(), {**shape(), **changes})
    assert (len(back.objects), back.count("refused")) == (1, 1)
    assert back.lines[0].startswith("shape 2: ")
    assert reason in back.lines[0]
    assert back.source.class_names == ["cat"]


def test_shapes_of_one_group_and_label_are_parts_of_one_object(tmp_path: Path) -> None:
    far = [[30, 20], [40, 20], [40, 30], [30, 30]]
    back = read(
        tmp_path,
        shape(group_id=1),
        shape("dog", far, group_id=1),
        shape(points=far, group_id=1),
        shape(points=far, group_id=2),
        shape(points=[[1, 1]], shape_type="point", group_id=1),
    )
    assert [(each.class_index, len(each.polygons)) for each in back.objects] == [
        (0, 2),
        (1, 1),
        (0, 1),
    ]
    assert back.source_objects == 4


def test_a_mask_lies_where_its_points_say(tmp_path: Path) -> None:
    mask = np.zeros((48, 64), dtype=bool)
    mask[10:20, 5:25] = True
    mask[12:15, 8:9] = False
    png = encode_png(mask[10:20, 5:25], is_packed=False)
    back = read(tmp_path, shape(points=[[5, 10], [24, 19]], shape_type="mask", mask=png))
    got = mask_of_polygons(back.objects[0].polygons, size_wh=SIZE_WH)
    assert np.array_equal(got, mask)


def test_attributes_come_in(tmp_path: Path) -> None:
    labelme = shape(flags={"occluded": True, "wet": True}, description="left ear")
    back = read(tmp_path / "labelme", labelme)
    assert (back.objects[0].occluded, back.objects[0].note) == (True, "left ear")
    assert "“wet”" in " ".join(back.source.notes)
    other = shape(attributes={"truncated": "yes", "age": "3"}, difficult=True, score=0.5)
    back = read(tmp_path / "x", other)
    assert back.objects[0].truncated
    assert all(word in " ".join(back.source.notes) for word in ("“age”", "“difficult”", "“score”"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"attributes": [{"name": "age", "value": 3}]}, "“attributes” that are no object"),
        ({"flags": ["wet"]}, "“flags” that are no object"),
        ({"attributes": {"age": {"years": 3}}}, "“age”"),
        ({"attributes": {"note": ["a", "b"]}}, "“note”, which is no text"),
    ],
)
def test_attributes_that_are_lists_or_objects_are_told(
    changes: dict[str, object], told: str, tmp_path: Path
) -> None:
    back = read(tmp_path, shape() | changes)
    assert len(back.objects) == 1
    assert told in " ".join(back.source.notes)


def test_the_image_may_lie_inside_the_file(tmp_path: Path) -> None:
    data = base64.b64encode(picture(kind="JPEG")).decode()
    tree = lay_out(tmp_path, [("sub/a.json", file_of(shape(), imageData=data))])
    back = read_back(Labelme(), tree)
    assert [image.path for image in back.images.values()] == ["sub/a.json"]
    assert len(back.objects) == 1
    assert "lie only in their label files" in " ".join(back.source.notes)


@pytest.mark.parametrize(
    ("image", "label", "named"),
    [
        ("a.png", "a.json", "a.png"),
        ("a.png", "a.json", "renamed.png"),
        ("images/a.png", "labels/a.json", "..\\images\\a.png"),
        ("images/a.png", "json/a.json", "a.png"),
        ("images/other.png", "json/a.json", "../images/other.png"),
    ],
)
def test_images_are_found(image: str, label: str, named: str, tmp_path: Path) -> None:
    tree = lay_out(tmp_path, [(label, file_of(shape(), imagePath=named)), (image, picture())])
    back = read_back(Labelme(), tree)
    assert [(each.path, each.label) for each in back.images.values()] == [(image, label)]


def test_a_list_of_labels_gives_the_order_and_an_image_without_file_is_not_labelled(
    tmp_path: Path,
) -> None:
    files = [
        ("labels.txt", b"__ignore__\n_background_\ndog\ncat\n"),
        ("a.json", file_of(shape())),
        ("a.png", picture()),
        ("b.png", picture()),
        ("c.json", file_of(imagePath="c.png")),
        ("c.png", picture()),
    ]
    back = read_back(Labelme(), lay_out(tmp_path, files))
    assert back.source.class_names == ["dog", "cat"]
    assert {n: i.label for n, i in back.images.items()} == {"a": "a.json", "b": None, "c": "c.json"}
    assert back.labels["c"].objects == []
    assert list(back.source.files()) == ["labels.txt"]


def test_flags_of_whole_images_alone_are_refused_by_name(tmp_path: Path) -> None:
    tree = lay_out(tmp_path, [("a.json", file_of(flags={"cat": True})), ("a.png", picture())])
    with pytest.raises(TreeError, match="labels of whole images"):
        Labelme().read(tree, limits=LIMITS)


def test_a_broken_file_beside_its_image_is_told_when_its_labels_are_read(tmp_path: Path) -> None:
    from annotator.labels.formats.trees import FileReadError

    files = [("a.json", file_of(shape())), ("a.png", picture())]
    tree = lay_out(tmp_path, [*files, ("b.json", b'{"shapes": ['), ("b.png", picture())])
    source = Labelme().read(tree, limits=LIMITS)
    broken = next(each for each in source.entries() if getattr(each, "name", "") == "b")
    with pytest.raises(FileReadError, match="not valid JSON"):
        source.read_labels(broken, size_wh=SIZE_WH, class_count=1)  # type: ignore[arg-type]

"""Supervisely's JSON as it exports it."""

import json
from pathlib import Path

import numpy as np
import pytest

from annotator.labels.formats.json_formats.supervisely import Supervisely
from annotator.labels.formats.rle import encode_png
from annotator.labels.polygons.contours import mask_of_polygons
from annotator.labels.polygons.geometry import polygons_area

from ..round_trips import SIZE_WH, Back, lay_out, picture, read_back

META = {"classes": [{"title": "dog", "shape": "polygon"}, {"title": "cat", "shape": "any"}]}
SQUARE = [[2, 2], [22, 2], [22, 22], [2, 22]]


def thing(**changes: object) -> dict[str, object]:
    made: dict[str, object] = {
        "id": 7,
        "classTitle": "cat",
        "geometryType": "polygon",
        "points": {"exterior": SQUARE, "interior": []},
        "tags": [],
        "description": "",
    }
    return {**made, **changes}


def annotation(*objects: object, **changes: object) -> bytes:
    value = {"size": {"width": 64, "height": 48}, "tags": [], "objects": list(objects)}
    return json.dumps({**value, **changes}).encode()


def read(root: Path, *objects: object, **changes: object) -> Back:
    files = [
        ("p/meta.json", json.dumps(META).encode()),
        ("p/ds/ann/a.png.json", annotation(*objects, **changes)),
        ("p/ds/img/a.png", picture()),
        ("p/ds/img/b.png", picture()),
    ]
    tree = lay_out(root, files)
    assert Supervisely().sniff(tree)
    return read_back(Supervisely(), tree)


@pytest.mark.parametrize(
    ("changes", "area", "is_box"),
    [
        ({}, 400.0, False),
        ({"points": {"exterior": SQUARE, "interior": [[[5, 5], [9, 5], [9, 9]]]}}, 392.0, False),
        (
            {"geometryType": "rectangle", "points": {"exterior": [[22, 2], [2, 22]]}},
            400.0,
            True,
        ),
    ],
)
def test_shapes(changes: dict[str, object], area: float, is_box: bool, tmp_path: Path) -> None:
    back = read(tmp_path, thing(**changes))
    assert not back.lines
    assert back.source.class_names == ["dog", "cat"]
    assert (back.objects[0].class_index, back.objects[0].is_box) == (1, is_box)
    assert polygons_area(back.objects[0].polygons) == pytest.approx(area)
    assert back.images["b"].label is None
    assert list(back.source.files()) == ["p/meta.json"]


@pytest.mark.parametrize("is_packed", [True, False])
def test_bitmaps_come_in_exactly(is_packed: bool, tmp_path: Path) -> None:
    mask = np.zeros((48, 64), dtype=bool)
    mask[10:20, 5:25] = True
    mask[12:15, 8:9] = False
    data = encode_png(mask[10:20, 5:25], is_packed=is_packed)
    bitmap = {"data": data, "origin": [5, 10]}
    back = read(tmp_path, thing(geometryType="bitmap", bitmap=bitmap, points=None))
    got = mask_of_polygons(back.objects[0].polygons, size_wh=SIZE_WH)
    assert np.array_equal(got, mask)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"geometryType": "point"}, "a point"),
        ({"geometryType": "line"}, "a line"),
        ({"geometryType": "graph"}, "a skeleton of keypoints"),
        ({"geometryType": "blob"}, "“blob” is a kind of shape that is not read"),
        ({"geometryType": "rectangle"}, "a rectangle with 4 points instead of two"),
        ({"geometryType": "bitmap"}, "it has no bitmap"),
        ({"points": None}, "it has no points"),
        (
            {"geometryType": "bitmap", "bitmap": {"data": "eJw=", "origin": [0, 0]}},
            "cannot be read as a PNG",
        ),
    ],
)
def test_what_is_no_object_is_refused_with_its_id(
    changes: dict[str, object], reason: str, tmp_path: Path
) -> None:
    back = read(tmp_path, thing(id=1), thing(**changes))
    assert (len(back.objects), back.count("refused")) == (1, 1)
    assert back.lines[0].startswith("object 7: ")
    assert reason in back.lines[0]


def test_tags_are_attributes_and_splits(tmp_path: Path) -> None:
    tags = [{"name": "occluded"}, {"name": "age", "value": 3}]
    back = read(
        tmp_path, thing(tags=tags, description="ear"), tags=[{"name": "val"}, {"name": "night"}]
    )
    assert (back.objects[0].occluded, back.objects[0].note) == (True, "ear")
    assert back.images["a"].split == "val"
    notes = " ".join(back.source.notes)
    assert "“age”" in notes
    assert "“night”" in notes


def test_datasets_are_folders_of_names(tmp_path: Path) -> None:
    files = [("meta.json", json.dumps(META).encode())]
    for dataset in ("one", "two/datasets/deep"):
        files += [
            (f"{dataset}/ann/a.png.json", annotation(thing())),
            (f"{dataset}/img/a.png", picture()),
        ]
    back = read_back(Supervisely(), lay_out(tmp_path, files))
    assert sorted(back.images) == ["one/a", "two/deep/a"]
    assert [image.group for image in back.images.values()] == ["one", "two/deep"]

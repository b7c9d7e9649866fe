"""COCO JSON as tools write it."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from annotator.labels.formats.base import WrittenObject
from annotator.labels.formats.json_formats.coco import Coco
from annotator.labels.formats.json_formats.coco_annotations import CROWD_NOTE
from annotator.labels.formats.json_formats.json_stream import Opened, stream_json
from annotator.labels.formats.rle import decode_coco, encode_coco
from annotator.labels.formats.shapes import ShapeError
from annotator.labels.formats.trees import FolderTree, TreeError
from annotator.labels.polygons.contours import mask_of_polygons
from annotator.labels.polygons.geometry import polygons_area

from ..round_trips import SIZE_WH, Back, Made, lay_out, picture, read_back, round_trip

SQUARE = [2, 2, 12, 2, 12, 12, 2, 12]
IMAGE = {"id": 7, "file_name": "a.png", "width": 64, "height": 48}
CATEGORIES = [{"id": 3, "name": "fig"}, {"id": 9, "name": "nut"}, {"id": 4, "name": "date"}]


def annotation(number: int = 1, **changes: object) -> dict[str, object]:
    made: dict[str, object] = {
        "id": number,
        "image_id": 7,
        "category_id": 9,
        "segmentation": [SQUARE],
        "bbox": [2, 2, 10, 10],
        "area": 100,
        "iscrowd": 0,
    }
    return {key: each for key, each in {**made, **changes}.items() if each != "left out"}


def read(
    root: Path,
    *annotations: object,
    images: object = (IMAGE,),
    categories: object = CATEGORIES,
    files: tuple[str, ...] = ("a.png",),
    name: str = "a.json",
) -> Back:
    value = {"images": list(images), "annotations": annotations, "categories": categories}  # type: ignore[call-overload]
    pictures = [(file, picture()) for file in files]
    tree = lay_out(root, [(name, json.dumps(value).encode()), *pictures])
    assert Coco().sniff(tree)
    return read_back(Coco(), tree)


def test_classes_are_in_the_order_of_the_file_whatever_their_ids(tmp_path: Path) -> None:
    back = read(tmp_path, annotation())
    assert back.source.class_names == ["fig", "nut", "date"]
    assert [each.class_index for each in back.objects] == [1]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"category_id": 5}, "its category_id 5 is not in the categories"),
        ({"segmentation": [[1, 1, 9, 9]]}, "needs three different points; it has 2"),
        ({"segmentation": [[1, 1, 5, 5, 9, 9]]}, "its points lie on one line"),
        ({"segmentation": [[1, 1, 5, 5, 9]]}, "an odd count of coordinates (5)"),
        ({"segmentation": [[1, 1, "five", 5, 9, 1]]}, "a coordinate is not a number"),
        ({"segmentation": [[1, 1, float("nan"), 5, 9, 1]]}, "not a number that can be in an image"),
        ({"segmentation": [[90, 90, 99, 90, 99, 99]]}, "it lies outside the image"),
        ({"segmentation": [], "bbox": [1, 1, 0, 5]}, "the box has no width or no height"),
        ({"segmentation": [], "bbox": [1, 1, 5]}, "its bbox has 3 numbers, not four"),
        ({"segmentation": "left out", "bbox": "left out"}, "neither a segmentation nor a bbox"),
        ({"segmentation": {"counts": [5, 5], "size": [48, 64]}}, "do not make a mask"),
        ({"segmentation": {"counts": "~~", "size": [48, 64]}}, "do not make a mask"),
        ({"segmentation": {"counts": [48 * 64], "size": [48, 64]}}, "its mask is empty"),
    ],
)
def test_what_is_no_object_is_refused_with_its_id_and_the_reason(
    changes: dict[str, object], reason: str, tmp_path: Path
) -> None:
    back = read(tmp_path, annotation(17, **changes), annotation(18))
    assert len(back.objects) == 1
    assert back.count("refused") == 1
    assert back.lines[0].startswith("annotation 17: ")
    assert reason in back.lines[0]


@pytest.mark.parametrize(
    ("changes", "is_box", "area"),
    [
        ({"segmentation": SQUARE}, False, 100),  # not in a list of its own
        ({"segmentation": []}, True, 100),
        ({"segmentation": None}, True, 100),
        ({"segmentation": [[*SQUARE, 2, 2]]}, False, 100),  # closed
        ({"segmentation": [SQUARE, [20, 20, 30, 20, 30, 30, 20, 30]]}, False, 200),
    ],
)
def test_outlines_and_boxes(
    changes: dict[str, object], is_box: bool, area: float, tmp_path: Path
) -> None:
    back = read(tmp_path, {**annotation(), **changes})
    assert not back.lines
    assert back.objects[0].is_box == is_box
    assert polygons_area(back.objects[0].polygons) == pytest.approx(area)


def test_parts_that_overlap_are_one_as_pycocotools_fills_them(tmp_path: Path) -> None:
    inner = [4, 4, 8, 4, 8, 8, 4, 8]
    back = read(tmp_path, annotation(segmentation=[SQUARE, inner]))
    assert polygons_area(back.objects[0].polygons) == pytest.approx(100)
    assert back.lines == ["annotation 1: its overlapping parts were joined."]


@pytest.mark.parametrize("is_packed", [True, False])
def test_masks_come_in_exactly(is_packed: bool, tmp_path: Path) -> None:
    mask = np.zeros((48, 64), dtype=bool)
    mask[5:20, 7:30] = True
    mask[8:12, 10:15] = False
    mask[30:40, 40:41] = True
    packed = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    runs = np.diff(np.flatnonzero(np.diff(mask.T.reshape(-1), prepend=~mask[0, 0])))
    counts = [int(n) for n in runs]
    counts.append(mask.size - sum(counts))
    both = packed["counts"].decode() if is_packed else counts
    segmentation = {"counts": both, "size": [48, 64]}
    back = read(tmp_path, annotation(segmentation=segmentation, iscrowd=1))
    got = mask_of_polygons(back.objects[0].polygons, size_wh=SIZE_WH)
    assert np.array_equal(got, mask)
    assert back.objects[0].note == CROWD_NOTE
    assert "Crowds" in " ".join(back.source.notes)


@given(st.data())
def test_run_lengths_are_those_of_pycocotools(data: st.DataObject) -> None:
    height, width = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 40))
    bits = data.draw(st.lists(st.booleans(), min_size=height * width, max_size=height * width))
    mask = np.array(bits, dtype=bool).reshape(height, width)
    packed = encode_coco(mask)
    assert np.array_equal(decode_coco(packed["counts"], packed["size"]), mask)
    assert np.array_equal(coco_mask.decode(packed).astype(bool), mask)


@given(st.text(max_size=60) | st.lists(st.integers(-5, 10**12), max_size=8), st.integers(1, 30))
def test_any_run_lengths_are_a_mask_or_refused(counts: object, side: int) -> None:
    try:
        mask = decode_coco(counts, [side, side])
    except ShapeError:
        return
    assert mask.shape == (side, side)


def test_attributes_come_in_and_the_others_are_told_once(tmp_path: Path) -> None:
    attributes = {"occluded": True, "truncated": "1", "description": "a bruise", "colour": "red"}
    back = read(tmp_path, annotation(attributes=attributes), annotation(2, score=0.5))
    first = back.objects[0]
    assert (first.occluded, first.truncated, first.note) == (True, True, "a bruise")
    assert any("“colour”" in note and "“score”" in note for note in back.source.notes)


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ([{"name": "colour", "value": "red"}], "“attributes” that are no object"),
        ("red", "“attributes” that are no object"),
        ({"colour": {"red": 1}}, "attribute “colour”"),
        ({"note": {"by": "me"}}, "attribute “note”, which is no text"),
        ({"description": ["a", "b"]}, "attribute “description”, which is no text"),
    ],
)
def test_attributes_that_are_lists_or_objects_are_told(
    attributes: object, told: str, tmp_path: Path
) -> None:
    back = read(tmp_path, annotation(attributes=attributes))
    assert len(back.objects) == 1
    assert told in " ".join(back.source.notes)


def test_images_listed_without_annotations_were_looked_at_and_others_were_not(
    tmp_path: Path,
) -> None:
    files = ("images/a.png", "images/b.png", "masks/a.png")
    back = read(tmp_path, files=files)
    assert back.images["a"].label == "a.json"
    assert back.labels["a"].objects == []
    assert back.images["b"].label is None
    assert set(back.images) == {"a", "b"}  # a mask is no photograph


def test_annotations_of_images_that_are_not_listed_are_told(tmp_path: Path) -> None:
    back = read(tmp_path, annotation(1, image_id=99), annotation(2, image_id=99), annotation(3))
    assert (len(back.objects), back.count("refused")) == (1, 2)
    assert back.source_objects == 3
    assert "image with id 99" in back.lines[0]


@pytest.mark.parametrize(
    ("listed", "files"),
    [
        ("a.png", ("data/images/a.png",)),
        ("./images/a.png", ("images/a.png",)),
        ("C:\\me\\set\\images\\a.png", ("images/a.png",)),
        ("/home/me/train/a.png", ("train/a.png", "other/b.png")),
        ("A.PNG", ("a.png",)),
        ("a.jpg", ("a.png",)),  # converted since
        ("a%20b.png", ("a b.png",)),
        ("e\u0301.png", ("é.png",)),
        ("cam2/a.png", ("cam1/a.png", "cam2/a.png")),
    ],
)
def test_images_are_found_wherever_they_lie(
    listed: str, files: tuple[str, ...], tmp_path: Path
) -> None:
    back = read(tmp_path, annotation(), images=[{**IMAGE, "file_name": listed}], files=files)
    assert [len(each.objects) for each in back.labels.values()] == [1]
    if listed == "cam2/a.png":
        assert [i.path for i in back.images.values() if i.label] == ["cam2/a.png"]


def test_a_name_that_fits_several_images_is_told(tmp_path: Path) -> None:
    back = read(tmp_path, annotation(), files=("cam1/a.png", "cam2/a.png"))
    assert back.count("refused") == 1
    assert "several fit: cam1/a.png, cam2/a.png" in " ".join(back.lines)


def test_roboflow_has_a_file_in_each_split_and_a_head_before_its_classes(tmp_path: Path) -> None:
    categories = [
        {"id": 0, "name": "fruits", "supercategory": "none"},
        {"id": 1, "name": "fig", "supercategory": "fruits"},
        {"id": 2, "name": "nut", "supercategory": "fruits"},
    ]
    files: list[tuple[str, bytes]] = []
    for split in ("train", "valid", "test"):
        value = {
            "images": [IMAGE],
            "annotations": [annotation(category_id=2)],
            "categories": categories,
        }
        files += [
            (f"{split}/_annotations.coco.json", json.dumps(value).encode()),
            (f"{split}/a.png", picture()),
        ]
    back = read_back(Coco(), lay_out(tmp_path, files))
    assert back.source.class_names == ["fig", "nut"]
    assert [each.class_index for each in back.objects] == [1, 1, 1]
    assert {n: i.split for n, i in back.images.items()} == {
        "train/a": "train",
        "val/a": "val",
        "test/a": "test",
    }
    assert "“fruits” is no class" in " ".join(back.source.notes)


def test_the_same_annotations_in_two_files_are_taken_once(tmp_path: Path) -> None:
    value = {"images": [IMAGE], "annotations": [annotation()], "categories": CATEGORIES}
    data = json.dumps(value).encode()
    tree = lay_out(
        tmp_path, [("trainval.json", data), ("val.json", data), ("images/a.png", picture())]
    )
    back = read_back(Coco(), tree)
    assert len(back.objects) == 1
    assert back.images["a"].split == "val"
    assert back.lines == ["annotation 1 of val.json repeats one of trainval.json; taken once."]


def test_an_image_of_another_size_has_its_objects_scaled_or_refused(tmp_path: Path) -> None:
    half = {**IMAGE, "width": 32, "height": 24}
    back = read(tmp_path / "half", annotation(), images=[half])
    assert polygons_area(back.objects[0].polygons) == pytest.approx(400)
    assert "scaled to the size of the image" in back.lines[0]
    turned = {**IMAGE, "width": 48, "height": 64}
    back = read(tmp_path / "turned", annotation(), images=[turned])
    assert "drawn on an image of 48 × 64 pixels; this one has 64 × 48" in back.lines[0]


@pytest.mark.parametrize(
    ("row", "name", "reason"),
    [
        ({"id": 1, "image_id": 7, "caption": "a cat"}, "a.json", "captions"),
        ({"id": 1, "image_id": 7, "segments_info": []}, "a.json", "panoptic"),
        ({"id": 1, "image_id": 7, "category_id": 9}, "a.json", "labels of whole images"),
        ({"id": 1, "image_id": 7, "keypoints": [1, 1, 2], "bbox": [1, 1, 2, 2]}, "a", "keypoints"),
        (annotation(), "stuff_train2017.json", "stuff"),
    ],
)
def test_other_kinds_of_coco_are_refused_by_name(
    row: dict[str, object], name: str, reason: str, tmp_path: Path
) -> None:
    value = {"images": [IMAGE], "annotations": [row], "categories": CATEGORIES}
    name = name if name.endswith(".json") else f"{name}.json"
    tree = lay_out(tmp_path, [(name, json.dumps(value).encode()), ("a.png", picture())])
    with pytest.raises(TreeError, match=reason):
        Coco().read(tree, limits=None)  # type: ignore[arg-type]
    good = {**value, "annotations": [annotation()]}
    lay_out(tmp_path, [("instances_train.json", json.dumps(good).encode())])
    back = read_back(Coco(), FolderTree(tmp_path))
    assert (len(back.objects), back.count("refused")) == (1, 1)
    assert back.problems[0].file == name


def test_ids_are_the_places_of_the_classes_and_holes_are_masks(tmp_path: Path) -> None:
    frame = [[[10.0, 10, 30, 10, 30, 30, 10, 30], [15.0, 15, 15, 25, 25, 25, 25, 15]]]
    made = [Made("train", "a.png", [WrittenObject(5, frame), WrittenObject(2, [[SQUARE]])])]  # type: ignore[list-item]
    round_trip(Coco(), {2: "b", 5: "a"}, made, tmp_path)
    value = json.loads((tmp_path / "out/annotations/instances_train.json").read_text())
    assert [(each["id"], each["name"]) for each in value["categories"]] == [(1, "b"), (2, "a")]
    first, second = value["annotations"]
    assert (first["category_id"], second["category_id"]) == (2, 1)
    assert int(coco_mask.area(first["segmentation"])) == first["area"] == 300
    assert second["segmentation"] == [SQUARE]
    assert second["bbox"] == [2, 2, 10, 10]


def test_a_file_is_read_in_pieces_and_its_members_come_one_by_one() -> None:
    """Whatever the pieces are cut at; never more is read than a member or two ahead."""
    rows = [{"id": n, "text": "é" * n, "list": [n, -1.5e-3, True, None]} for n in range(200)]
    data = json.dumps({"a": 1, "rows": rows, "b": {"c": []}}, ensure_ascii=False).encode()

    class Pieces:
        def __init__(self, size: int) -> None:
            self.size, self.at = size, 0

        def read(self, _: int) -> bytes:
            self.at += self.size
            return data[self.at - self.size : self.at]

    for size in (1, 3, 7, 64, 5000):
        pieces = Pieces(size)
        found = []
        stream = stream_json(pieces, opens=lambda at: at in {(), ("rows",)})  # type: ignore[arg-type]
        for path, value, text in stream:
            if len(path) == 2:
                found.append(value)
                assert json.loads(text) == value
                begun = data.index(text.encode())
                assert pieces.at <= begun + 2 * len(text.encode()) + 2 * size + 16
            assert value is not Opened.LIST or path == ("rows",)
        assert found == rows

"""Label Studio's JSON as it exports it."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.labels.formats.json_formats.label_studio import LabelStudio
from annotator.labels.formats.rle import decode_label_studio, encode_label_studio
from annotator.labels.formats.shapes import ShapeError
from annotator.labels.formats.trees import TreeError
from annotator.labels.polygons.contours import mask_of_polygons
from annotator.labels.polygons.geometry import polygons_area

from ..round_trips import LIMITS, SIZE_WH, Back, lay_out, picture, read_back


def result(kind: str, value: dict[str, object], **more: object) -> dict[str, object]:
    return {
        "id": more.pop("id", "r1"),
        "type": kind,
        "value": {**value, kind: ["cat"]} if kind.endswith("labels") else value,
        "original_width": 64,
        "original_height": 48,
        "image_rotation": 0,
        **more,
    }


POLYGON = result("polygonlabels", {"points": [[25, 25], [50, 25], [50, 50], [25, 50]]})


def task(*results: object, image: str = "/data/upload/1/0123abcd-a.png", **more: object) -> object:
    annotations = [{"id": 1, "was_cancelled": False, "result": list(results)}]
    return {"id": 5, "data": {"image": image}, "annotations": annotations, **more}


def read(root: Path, *tasks: object, files: tuple[str, ...] = ("a.png",)) -> Back:
    pictures = [(file, picture()) for file in files]
    tree = lay_out(root, [("export.json", json.dumps(tasks).encode()), *pictures])
    assert LabelStudio().sniff(tree)
    return read_back(LabelStudio(), tree)


@pytest.mark.parametrize(
    ("kind", "value", "area", "is_box"),
    [
        ("polygonlabels", {"points": [[25, 25], [50, 25], [50, 50], [25, 50]]}, 192.0, False),
        ("rectanglelabels", {"x": 25, "y": 25, "width": 25, "height": 25}, 192.0, True),
        (
            "rectanglelabels",
            {"x": 50, "y": 25, "width": 25, "height": 25, "rotation": 30},
            192.0,
            True,
        ),
        ("ellipselabels", {"x": 50, "y": 50, "radiusX": 25, "radiusY": 25}, math.pi * 192, False),
        (
            "ellipselabels",
            {"x": 50, "y": 50, "radiusX": 25, "radiusY": 10, "rotation": 40},
            math.pi * 16 * 4.8,
            False,
        ),
        ("polygon", {"points": [[25, 25], [50, 25], [50, 50], [25, 50]]}, 192.0, False),
    ],
)
def test_shapes(
    kind: str, value: dict[str, object], area: float, is_box: bool, tmp_path: Path
) -> None:
    back = read(tmp_path, task(result(kind, value)))
    assert not back.lines
    assert back.objects[0].is_box == is_box
    assert polygons_area(back.objects[0].polygons) == pytest.approx(area, rel=1e-3)


def test_a_turned_rectangle_turns_around_its_first_corner_in_pixels(tmp_path: Path) -> None:
    value: dict[str, object] = {"x": 50, "y": 25, "width": 25, "height": 25, "rotation": 90}
    back = read(tmp_path, task(result("rectanglelabels", value)))
    assert back.objects[0].polygons == [[[32, 12, 32, 28, 20, 28, 20, 12]]]


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("keypointlabels", {"x": 1, "y": 1, "width": 1}, "a point or a line"),
        ("polygonlabels", {"points": [[1, 1], [2, 2]]}, "three different points"),
        ("brushlabels", {"format": "png", "rle": []}, "not in run lengths"),
        ("brushlabels", {"format": "rle", "rle": [1, 2]}, "do not make a mask"),
        ("ellipselabels", {"x": 1, "y": 1, "radiusX": 0, "radiusY": 3}, "radius is not above 0"),
        ("rectanglelabels", {"x": 1, "y": None, "width": 1, "height": 1}, "y is not a number"),
    ],
)
def test_what_is_no_object_is_refused_with_its_id(
    kind: str, value: dict[str, object], reason: str, tmp_path: Path
) -> None:
    back = read(tmp_path, task(POLYGON, result(kind, value, id="bad")))
    assert (len(back.objects), back.count("refused")) == (1, 1)
    assert back.lines[0].startswith("region bad: ")
    assert reason in back.lines[0]


def test_brushes_come_in_exactly(tmp_path: Path) -> None:
    mask = np.zeros((48, 64), dtype=bool)
    mask[5:20, 7:30] = True
    mask[8:12, 10:15] = False
    value: dict[str, object] = {"format": "rle", "rle": encode_label_studio(mask)}
    back = read(tmp_path, task(result("brushlabels", value)))
    got = mask_of_polygons(back.objects[0].polygons, size_wh=SIZE_WH)
    assert np.array_equal(got, mask)


def decode_by_the_description(rle: list[int]) -> list[int]:
    """thi.ng/rle-pack, bit by bit."""
    bits = "".join(f"{byte:08b}" for byte in rle)
    at = 0

    def take(count: int) -> int:
        nonlocal at
        at += count
        return int(bits[at - count : at], 2)

    count, word = take(32), take(5) + 1
    lengths = [take(4) + 1 for _ in range(4)]
    values: list[int] = []
    while len(values) < count:
        is_run = take(1)
        length = take(lengths[take(2)]) + 1
        if is_run:
            values += [take(word)] * length
        else:
            values += [take(word) for _ in range(length)]
    return values


@given(st.data())
def test_run_lengths_are_those_of_the_description(data: st.DataObject) -> None:
    height, width = data.draw(st.integers(1, 20)), data.draw(st.integers(1, 20))
    bits = data.draw(st.lists(st.booleans(), min_size=height * width, max_size=height * width))
    mask = np.array(bits, dtype=bool).reshape(height, width)
    rle = encode_label_studio(mask)
    assert decode_by_the_description(rle) == [255 * bit for bit in bits for _ in range(4)]
    assert np.array_equal(decode_label_studio(rle, size_wh=(width, height)), mask)


def test_long_runs_and_single_values_are_decoded() -> None:
    mask = np.zeros((300, 400), dtype=bool)
    mask[100:200, :] = True
    again = decode_label_studio(encode_label_studio(mask), size_wh=(400, 300))
    assert np.array_equal(again, mask)
    head = f"{8:032b}{7:05b}" + f"{2:04b}" * 4  # two pixels, runs of up to 8
    text = (
        head + "0" + "00" + f"{7:03b}" + "".join(f"{n:08b}" for n in (0, 0, 0, 255, 9, 9, 9, 127))
    )
    text += "0" * (-len(text) % 8)
    rle = list(int(text, 2).to_bytes(len(text) // 8))
    assert decode_label_studio(rle, size_wh=(2, 1)).tolist() == [[True, False]]


@given(st.lists(st.integers(-3, 300), max_size=60), st.integers(1, 9))
def test_any_bytes_are_a_mask_or_refused(rle: list[int], side: int) -> None:
    try:
        mask = decode_label_studio(rle, size_wh=(side, side))
    except ShapeError:
        return
    assert mask.shape == (side, side)


def test_labels_attributes_and_notes_belong_to_the_region_of_their_id(tmp_path: Path) -> None:
    results = [
        result(
            "polygon", {"points": [[25, 25], [50, 25], [50, 50]]}, id="x", meta={"text": ["ear"]}
        ),
        {**result("labels", {}, id="x"), "value": {"labels": ["dog", "cat"]}},
        result("choices", {"choices": ["occluded", "wet"]}, id="x"),
        {"type": "relation", "from_id": "x", "to_id": "y"},
    ]
    back = read(tmp_path, task(*results))
    first = back.objects[0]
    assert back.source.class_names == ["dog"]
    assert (first.occluded, first.note) == (True, "ear")
    assert "it has several labels; the first counts." in back.lines[0]
    assert "choices" in " ".join(back.source.notes)


def test_the_first_annotation_that_was_not_cancelled_counts(tmp_path: Path) -> None:
    made = [
        {"was_cancelled": True, "result": [POLYGON, POLYGON]},
        {"was_cancelled": False, "result": [POLYGON]},
        {"was_cancelled": False, "result": []},
    ]
    tasks = [
        {"id": 1, "data": {"image": "a.png"}, "annotations": made},
        {"id": 2, "data": {"image": "b.png"}, "annotations": []},
        {"id": 3, "data": {"image": "c.png"}, "annotations": [{"result": []}]},
        {"id": 4, "data": {"image": "d.png"}, "annotations": [], "predictions": [{"result": []}]},
    ]
    back = read(tmp_path, *tasks, files=("a.png", "b.png", "c.png", "d.png"))
    assert {n: len(read.objects) for n, read in back.labels.items()} == {"a": 1, "c": 0}
    notes = " ".join(back.source.notes)
    assert "1 more annotations of the same tasks" in notes
    assert "1 tasks have only predictions" in notes


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("/data/upload/1/0123abcd-a%20b.png", "a b.png"),
        ("/data/upload/1/0123abcd-a.png", "images/0123abcd-a.png"),
        ("/data/local-files/?d=set/cam1/a.png", "cam1/a.png"),
        ("https://host/x/a.png?token=1", "a.png"),
        ("s3://bucket/cam1/a.png", "cam1/a.png"),
    ],
)
def test_addresses_of_images(address: str, file: str, tmp_path: Path) -> None:
    back = read(tmp_path, task(POLYGON, image=address), files=(file, "cam2/other.png"))
    assert [image.path for image in back.images.values() if image.label] == [file]


def test_min_export_and_configuration(tmp_path: Path) -> None:
    regions = [
        {
            "points": [[25, 25], [50, 25], [50, 50]],
            "polygonlabels": ["cat"],
            "original_width": 64,
            "original_height": 48,
        }
    ]
    value = [{"image": "/data/upload/1/0123abcd-a.png", "id": 1, "label": regions}]
    labels = b'<Label value="dog"/><Label value="cat"/>'
    config = b'<View><PolygonLabels name="l">' + labels + b"</PolygonLabels></View>"
    files = [
        ("min.json", json.dumps(value).encode()),
        ("config.xml", config),
        ("a.png", picture()),
    ]
    back = read_back(LabelStudio(), lay_out(tmp_path, files))
    assert back.source.class_names == ["dog", "cat"]
    assert [each.class_index for each in back.objects] == [1]
    assert list(back.source.files()) == ["min.json", "config.xml"]


def test_tasks_without_images_are_refused_by_name(tmp_path: Path) -> None:
    value = [{"id": 1, "data": {"text": "hello"}, "annotations": [{"result": []}]}]
    tree = lay_out(tmp_path, [("a.json", json.dumps(value).encode())])
    with pytest.raises(TreeError, match="name no images"):
        LabelStudio().read(tree, limits=LIMITS)

"""Ignore regions in formats: which hold them, and what comes back."""

import json
from functools import partial
from pathlib import Path

import pytest

from annotator.labels.formats import FORMATS
from annotator.labels.formats.base import HOLD_REGIONS, WrittenImage, WrittenObject
from annotator.labels.formats.json_formats.coco import Coco
from annotator.labels.polygons.geometry import Polygons
from annotator.labels.polygons.overlap import polygons_iou

from .round_trips import SIZE_WH, Back, lay_out, picture, read_back

SQUARE: Polygons = [[[2, 2, 12, 2, 12, 12, 2, 12]]]
REGION: Polygons = [
    [[20, 10, 50, 10, 50, 40, 20, 40], [30, 20, 40, 20, 40, 30, 30, 30]],
    [[2, 20, 12, 20, 12, 30, 2, 30]],
]


def written(tmp_path: Path) -> WrittenImage:
    file = tmp_path / "a.png"
    file.write_bytes(picture())
    return WrittenImage(
        "train",
        "a.png",
        file,
        SIZE_WH,
        partial(list, [WrittenObject(1, SQUARE)]),
        None,
        read_regions=partial(list, [REGION]),
    )


@pytest.mark.parametrize("name", sorted(HOLD_REGIONS))
def test_they_go_out_and_come_back(name: str, tmp_path: Path) -> None:
    kind = FORMATS[name]
    files = list(kind.write({0: "cat", 1: "dog"}, [written(tmp_path)]))
    back = read_back(kind, lay_out(tmp_path / "out", files))
    assert back.source.class_names == ["cat", "dog"]
    taken = [(each.is_region, each.class_index) for each in back.objects if not each.is_region]
    assert taken == [(False, 1)]
    (region,) = [each for each in back.objects if each.is_region]
    assert polygons_iou(region.polygons, REGION) > 0.99
    assert not back.lines


@pytest.mark.parametrize("name", sorted(set(FORMATS) - HOLD_REGIONS))
def test_other_formats_write_objects_alone(name: str, tmp_path: Path) -> None:
    kind = FORMATS[name]
    image = written(tmp_path)._replace(yolo=b"1 0.1 0.1 0.3 0.1 0.3 0.3\n")
    files = kind.write({0: "cat", 1: "dog"}, [image])
    back = read_back(kind, lay_out(tmp_path / "out", files))
    assert not [each for each in back.objects if each.is_region]
    assert len(back.objects) == 1


def read(root: Path, **changes: object) -> Back:
    annotation = {"id": 1, "image_id": 7, "category_id": 9, "segmentation": [[2, 2, 12, 2, 12, 12]]}
    value = {
        "images": [{"id": 7, "file_name": "a.png", "width": 64, "height": 48}],
        "annotations": [{**annotation, **changes}],
        "categories": [{"id": 9, "name": "nut"}],
    }
    files = [("a.json", json.dumps(value).encode()), ("a.png", picture())]
    return read_back(Coco(), lay_out(root, files))


@pytest.mark.parametrize(
    "changes", [{"ignore": 1}, {"attributes": {"ignore": True}, "iscrowd": 1, "category_id": 77}]
)
def test_what_coco_says_is_to_be_ignored_is_a_region(
    changes: dict[str, object], tmp_path: Path
) -> None:
    (item,) = read(tmp_path, **changes).objects
    assert (item.is_region, item.note) == (True, "")


def test_a_crowd_is_an_object_that_may_be_taken_as_a_region(tmp_path: Path) -> None:
    (item,) = read(tmp_path, iscrowd=1).objects
    assert (item.is_region, item.is_crowd, item.class_index) == (False, True, 0)

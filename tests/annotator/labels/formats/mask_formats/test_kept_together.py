"""Objects of one image that share its pixels: what of each comes back, as its reader says."""

from pathlib import Path

import pytest

from annotator.labels.formats import FORMATS
from annotator.labels.formats.base import SharesPixels, WrittenObject
from annotator.labels.polygons.geometry import Polygons
from annotator.labels.polygons.overlap import polygons_iou

from ..round_trips import SIZE_WH, Made, round_trip


def square(left: float, top: float, side: float) -> Polygons:
    right, bottom = left + side, top + side
    return [[[left, top, right, top, right, bottom, left, bottom]]]


OVERLAPPING = [
    WrittenObject(0, square(5, 5, 20)),
    WrittenObject(1, square(15, 15, 20)),
    WrittenObject(0, square(40, 5, 10)),
    WrittenObject(0, square(50, 5, 10)),
]
"""A duck that a boat lies over, and two ducks that touch."""


@pytest.mark.parametrize("name", ["masks", "voc"])
def test_what_is_foretold_is_what_comes_back(name: str, tmp_path: Path) -> None:
    kind = FORMATS[name]
    assert isinstance(kind, SharesPixels)
    kept = kind.kept_together(OVERLAPPING, size_wh=SIZE_WH)
    ious = [
        polygons_iou(each.polygons, found) for each, found in zip(OVERLAPPING, kept, strict=True)
    ]
    assert ious[0] == pytest.approx(0.75, abs=0.01), "a quarter lies under the boat"
    assert ious[1] == pytest.approx(1.0)
    touching = 1.0 if name == "voc" else 0.5
    assert ious[2:] == pytest.approx([touching, touching])

    made = [Made("train", "a.png", OVERLAPPING)]
    read = round_trip(kind, {0: "duck", 1: "boat"}, made, tmp_path)
    back = [each.polygons for each in read.objects]
    assert all(any(polygons_iou(found, each) > 0.999 for each in back) for found in kept)


def test_an_object_that_others_hide_is_gone() -> None:
    hidden = [WrittenObject(0, square(5, 5, 10)), WrittenObject(1, square(0, 0, 30))]
    masks = FORMATS["masks"]
    assert isinstance(masks, SharesPixels)
    assert masks.kept_together(hidden, size_wh=SIZE_WH)[0] == []


def test_boxes_stay_boxes_in_voc() -> None:
    boxes = [
        WrittenObject(0, square(5, 5, 10), is_box=True),
        WrittenObject(1, square(0, 0, 30), is_box=True),
    ]
    voc = FORMATS["voc"]
    assert isinstance(voc, SharesPixels)
    assert voc.kept_together(boxes, size_wh=SIZE_WH) == [each.polygons for each in boxes]


def test_formats_with_a_mask_for_each_object_share_nothing() -> None:
    names = {name for name, kind in FORMATS.items() if isinstance(kind, SharesPixels)}
    assert names == {"masks", "voc"}

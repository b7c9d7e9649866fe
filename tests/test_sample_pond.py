"""The sample pond: a real little dataset, the same every time."""

import io

import numpy as np
import pytest
from PIL import Image

from annotator.labels.formats.base import FoundImage
from annotator.labels.formats.trees import FileReadError
from annotator.labels.formats.yolo.folder import scan_dataset
from annotator.labels.formats.yolo.rows import parse_labels
from annotator.labels.pixels.images import take_image
from annotator.labels.polygons.geometry import polygons_area
from sample_pond import SamplePond
from sample_pond.outlines import trace_mask
from sample_pond.scene import SWAN_CLASS, draw_pond

from .annotator.labels.raster import centre_mask, mask_iou


def test_it_reads_as_a_dataset_with_three_splits_and_no_problem() -> None:
    pond = SamplePond(20)
    scan = scan_dataset(pond)
    entries = list(scan.entries())
    assert scan.class_names == ["duck", "swan"]
    assert scan.notes == []
    assert {entry.split for entry in entries if isinstance(entry, FoundImage)} == {
        "train",
        "val",
        "test",
    }
    for entry in entries[:6]:
        assert isinstance(entry, FoundImage)
        assert entry.label is not None
        taken = take_image(pond.read(entry.path, limit_bytes=1 << 20))
        assert taken.repairs == ()
        label = pond.read(entry.label, limit_bytes=1 << 20)
        parsed = parse_labels(label, size_wh=(taken.width, taken.height), class_count=2)
        assert parsed.is_unchanged


def test_pictures_depend_on_number_and_seed_alone() -> None:
    assert draw_pond(3, seed=1).jpeg == draw_pond(3, seed=1).jpeg
    assert draw_pond(3, seed=1).jpeg != draw_pond(3, seed=2).jpeg
    assert draw_pond(3, seed=1).jpeg != draw_pond(4, seed=1).jpeg


def test_swans_are_rarer_and_some_ducks_are_cut_in_parts() -> None:
    instances = [one for n in range(60) for one in draw_pond(n, seed=1).instances]
    swans = sum(class_index == SWAN_CLASS for class_index, _ in instances)
    assert 0.03 * len(instances) < swans < 0.3 * len(instances)
    assert any(len(polygons) > 1 for _, polygons in instances)
    assert all(polygons_area(polygons) > 5 for _, polygons in instances)


def test_labelled_pixels_look_unlike_the_water_around() -> None:
    """The outlines lie on the birds: inside, the colours differ from the picture's water."""
    differences = []
    for number in range(12):
        picture = draw_pond(number, seed=1)
        pixels = np.asarray(Image.open(io.BytesIO(picture.jpeg))).astype(float)
        rings = [ring for _, parts in picture.instances for part in parts for ring in part]
        mask = centre_mask(rings, size_wh=picture.size_wh)
        if mask.any():
            rows = np.flatnonzero(mask.any(axis=1))
            band = np.zeros_like(mask)
            band[rows[0] : rows[-1] + 1] = True
            inside, outside = pixels[mask].mean(axis=0), pixels[band & ~mask].mean(axis=0)
            differences.append(np.abs(inside - outside).max())
    assert np.median(differences) > 30


def test_a_traced_mask_is_the_mask() -> None:
    y, x = np.mgrid[0:240, 0:240]
    disc = (x - 110) ** 2 + (y - 120) ** 2 < 90**2
    hole = (x - 100) ** 2 + (y - 120) ** 2 < 30**2
    island = (x - 220) ** 2 + (y - 30) ** 2 < 15**2
    mask = (disc & ~hole) | island
    polygons = trace_mask(mask, scale=1.0, offset_xy=(0, 0), min_area_px=5)
    assert sorted(len(polygon) for polygon in polygons) == [1, 2]
    traced = centre_mask([r for part in polygons for r in part], size_wh=(240, 240))
    assert mask_iou(traced, mask) > 0.985


def test_parts_that_touch_in_a_corner_stay_apart() -> None:
    mask = np.zeros((20, 20), dtype=bool)
    mask[2:8, 2:8] = mask[8:14, 8:14] = True
    assert len(trace_mask(mask, scale=1.0, offset_xy=(0, 0), min_area_px=1)) == 2


@pytest.mark.parametrize("path", ["images/train/nothing.jpg", "labels/none/pond-0001.txt", "x.txt"])
def test_what_is_not_there(path: str) -> None:
    with pytest.raises(FileReadError):
        SamplePond(5).read(path, limit_bytes=10)


@pytest.mark.parametrize("count", [0, -1, 100_000])
def test_counts_that_make_no_sense(count: int) -> None:
    with pytest.raises(ValueError):
        SamplePond(count)

"""The figures beyond the headline, and what a folder of format 1 still gives."""

import json
from pathlib import Path

import numpy as np
import pytest

from training.evaluation.files import reading
from training.evaluation.files.columns import read_columns
from training.evaluation.files.store import EvaluationWriter, NativePicture, Picture

from ..files.test_columns import decode
from ..files.test_reading import NAMES, picture

AREAS = [100.0, 5000.0, 20_000.0]


def measured(image: Picture, *, boundary: float) -> Picture:
    """With areas, and masks that at full size overlap a little more than at a quarter."""
    labels, predictions = image.mask_iou.shape
    native = NativePicture(
        label_row=np.arange(labels),
        label_area=np.array(AREAS[:labels], dtype=np.float32),
        prediction_area=np.array(AREAS[:predictions], dtype=np.float32),
        iou=np.where(image.mask_iou > 0, image.mask_iou + 0.05, 0).astype(np.float32),
        boundary_iou=np.where(image.mask_iou > 0, boundary, np.nan).astype(np.float32),
    )
    return Picture(**{**vars(image), "native": native})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    writer = EvaluationWriter(tmp_path)
    found = {(0, 0): 0.8, (1, 1): 0.6}
    image = picture("one.png", [0, 0, 1], [(0, 0.9), (0, 0.8), (1, 0.7)], found)
    writer.add(measured(image, boundary=0.5))
    writer.finish(class_names=NAMES, split="val")
    return tmp_path


def test_sizes_are_cocos(folder: Path) -> None:
    sizes = reading.read_figures(folder)["sizes"]
    assert sizes is not None
    assert [row["size"] for row in sizes] == ["small", "medium", "large"]
    assert [row["labels"] for row in sizes] == [1, 1, 1]
    assert [(row["area_from"], row["area_to"]) for row in sizes] == [
        (0, 1024),
        (1024, 9216),
        (9216, None),
    ]
    assert [row["ap50"] for row in sizes] == [pytest.approx(1), pytest.approx(1), 0]
    assert [row["recall"] for row in sizes] == [1, 1, 0]


def test_overlap_of_what_was_found(folder: Path) -> None:
    overlap = reading.read_figures(folder)["overlap"]
    assert overlap["count"] == 2
    assert overlap["mask_iou"] == pytest.approx(0.7)
    assert overlap["native_mask_iou"] == pytest.approx(0.75)
    assert overlap["boundary_iou"] == pytest.approx(0.5)
    cat, dog = overlap["classes"]
    assert (cat["name"], cat["count"]) == ("cat", 2)
    assert cat["mask_iou"] == pytest.approx(0.7)
    assert (dog["count"], dog["mask_iou"]) == (0, None)


def test_ap_of_each_class_at_each_iou(folder: Path) -> None:
    figures = reading.read_figures(folder)
    assert figures["ap"]["ious"] == [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]
    cat, dog = figures["ap"]["classes"]
    assert (cat["instances"], dog["instances"]) == (2, 1)
    assert cat["mask"][0] == pytest.approx(0.995)
    assert cat["mask"][-1] == dog["mask"][0] == 0
    assert figures["coco"] is not None
    assert figures["coco"]["ap50"] == pytest.approx(0.5)
    headline = reading.read_summary(folder)["mask"]["map50"]
    assert figures["ap"]["mean"]["mask"][0] == pytest.approx(headline)


def test_columns_tell_areas_and_boundaries(folder: Path) -> None:
    _, columns = decode(read_columns(folder, evaluation=1))
    assert columns["label_area"].tolist() == columns["prediction_area"].tolist() == AREAS
    assert columns["prediction_boundary_iou"].tolist()[:2] == [0.5, 0.5]
    assert np.isnan(columns["prediction_boundary_iou"][2])


@pytest.fixture
def old_folder(folder: Path) -> Path:
    """As format 1 wrote it."""
    (folder / "figures.json").unlink()
    summary = json.loads((folder / "summary.json").read_text())
    for name in ("format", "speed", "unknown_classes", "extra_classes"):
        del summary[name]
    (folder / "summary.json").write_text(json.dumps(summary))
    with np.load(folder / "statistics.npz") as arrays:
        old = {name: arrays[name] for name in arrays if not name.startswith("native")}
    np.savez(folder / "statistics.npz", **old)
    return folder


def test_an_older_folder_gives_what_it_has_and_says_what_is_missing(old_folder: Path) -> None:
    figures = reading.read_figures(old_folder)
    assert figures["format"] == 1
    assert "Evaluate again" in figures["notes"][0]
    assert (figures["coco"], figures["sizes"], figures["speed"]) == (None, None, None)
    assert figures["ap"]["classes"][0]["coco_mask"] is None
    assert figures["overlap"]["mask_iou"] == pytest.approx(0.7)
    assert figures["overlap"]["boundary_iou"] is None
    assert figures["errors"]["ap50"] > 0
    assert figures["calibration"]["count"] == 3
    assert reading.read_summary(old_folder)["format"] == 1
    assert reading.list_images(old_folder)["total"] == 1
    _, columns = decode(read_columns(old_folder, evaluation=1))
    assert np.isnan(columns["label_area"]).all()

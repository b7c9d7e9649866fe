"""Predictions in ignore regions: neither right nor wrong, wherever they are told."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from training.evaluation.comparing.resampled_scores import draw_weights, weighted_precisions
from training.evaluation.files.columns import read_columns
from training.evaluation.files.loading import open_folder
from training.evaluation.files.reading import (
    list_images,
    read_confusion,
    read_curves,
    read_figures,
    read_image,
    read_operating,
)
from training.evaluation.files.shapes import read_shapes
from training.evaluation.files.store import EvaluationWriter, Picture, StoredPrediction
from training.evaluation.objects.label_errors import list_suspects


def shape(x: float) -> list[float]:
    return [x, 0.0, x + 10.0, 0.0, x + 10.0, 10.0]


def picture(*, with_region: bool, with_stray: bool) -> Picture:
    """Two labels: the first found, the second missed. A sure prediction beside them, in a region
    if there is one, and an unsure one that is wrong."""
    found = [(0.9, 1.0, 0.0), (0.8, 0.0, 0.75), (0.3, 0.0, 0.4)]
    if not with_stray:
        del found[1]
    predictions: list[StoredPrediction] = [
        {
            "class_index": 0,
            "confidence": confidence,
            "polygon": shape(20.0 * place),
            "box": [20.0 * place, 0.0, 20.0 * place + 10.0, 10.0],
        }
        for place, (confidence, _, _) in enumerate(found)
    ]
    iou = np.array([[each[1] for each in found], [0.0] * len(found)], dtype=np.float32)
    shares = np.array([each[2] for each in found]) if with_region else None
    made = Picture(
        record={
            "file_name": "a.png",
            "width": 100,
            "height": 80,
            "labels": [
                {"class_index": 0, "polygon": shape(x), "box": [x, 0.0, x + 10.0, 10.0]}
                for x in (0.0, 60.0)
            ],
            "predictions": predictions,
        },
        label_class=np.array([0, 0]),
        prediction_class=np.zeros(len(found), dtype=np.int64),
        confidence=np.array([each[0] for each in found], dtype=np.float32),
        box_iou=iou,
        mask_iou=iou,
        box_ignored=shares,
        mask_ignored=shares,
    )
    if with_region:
        made.record["regions"] = [shape(15.0)]
    return made


def write(folder: Path, *, with_region: bool, with_stray: bool) -> Path:
    writer = EvaluationWriter(folder)
    writer.add(picture(with_region=with_region, with_stray=with_stray))
    writer.finish(class_names=["cat"], split="val")
    return folder


@pytest.fixture
def ignored(tmp_path: Path) -> Path:
    return write(tmp_path / "ignored", with_region=True, with_stray=True)


@pytest.fixture
def absent(tmp_path: Path) -> Path:
    """The same without the prediction that lies in the region."""
    return write(tmp_path / "absent", with_region=False, with_stray=False)


def test_every_figure_is_as_if_the_model_had_not_said_it(ignored: Path, absent: Path) -> None:
    for read in (read_curves, read_figures, read_operating, read_confusion, list_suspects):
        assert read(ignored) == read(absent), read
    one, other = open_folder(ignored), open_folder(absent)
    weights = draw_weights(1, 3)
    np.testing.assert_equal(
        weighted_precisions(one, weights, basis="mask"),
        weighted_precisions(other, weights, basis="mask"),
    )
    assert one.summary["box"] == other.summary["box"]
    assert one.summary["mask"] == other.summary["mask"]


def test_without_the_region_it_is_wrong(tmp_path: Path) -> None:
    told = read_image(write(tmp_path / "x", with_region=False, with_stray=True), "0")
    assert (told["true_positives"], told["false_positives"], told["ignored"]) == (1, 2, [])


def test_an_image_tells_what_is_ignored_and_where(ignored: Path) -> None:
    told = read_image(ignored, "0", confidence=0.25)
    assert (told["true_positives"], told["false_positives"], told["false_negatives"]) == (1, 1, 1)
    assert told["prediction_count"] == 2
    assert [each["confidence"] for each in told["ignored"]] == [0.8]
    assert told["regions"] == [shape(15.0)]
    assert [each["outcome"] for each in told["predictions"]] == ["tp", "fp"]
    assert told["labels"][0]["match"] == 0
    assert read_image(ignored, "0", confidence=0.85)["ignored"] == []
    assert list_images(ignored, only="false", confidence=0.5)["total"] == 0


def test_columns_and_shapes_tell_it_too(ignored: Path) -> None:
    content = read_columns(ignored, evaluation=1)
    (length,) = struct.unpack_from("<I", content)
    header = json.loads(content[4 : 4 + length])
    column = next(each for each in header["arrays"] if each["name"] == "prediction_ignored")
    values = np.frombuffer(
        content, "<i2", count=column["length"], offset=4 + length + column["offset"]
    )
    assert values.tolist() == [0, 1, 0]
    (told,) = read_shapes(ignored, ["0"])
    assert told["regions"] == [shape(15.0)]


def test_a_share_counts_from_the_iou_on(ignored: Path) -> None:
    loaded = open_folder(ignored)
    asides = [loaded.aside(iou=iou, basis="mask").tolist() for iou in (0.3, 0.5, 0.75, 0.8)]
    assert asides == [
        [False, True, True],
        [False, True, False],
        [False, True, False],
        [False, False, False],
    ]

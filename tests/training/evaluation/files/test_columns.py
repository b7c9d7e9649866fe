"""What a browser counts from the columns is what the server counts."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.files import reading
from training.evaluation.files.columns import read_columns
from training.evaluation.files.loading import open_folder
from training.evaluation.files.shapes import read_shapes
from training.evaluation.files.store import EvaluationWriter, Picture
from training.evaluation.scores.error_types import find_errors

from ..strategies import pictures

TYPES = {"int32": "<i4", "int16": "<i2", "float32": "<f4"}


def write(folder: Path, images: list[Picture]) -> Path:
    writer = EvaluationWriter(folder)
    for image in images:
        writer.add(image)
    writer.finish(class_names=["a", "b", "c"], split="val")
    return folder


def decode(content: bytes) -> tuple[Any, dict[str, Any]]:
    (length,) = struct.unpack_from("<I", content)
    assert length % 4 == 0
    header = json.loads(content[4 : 4 + length])
    arrays = {}
    for item in header["arrays"]:
        assert item["offset"] % 4 == 0
        arrays[item["name"]] = np.frombuffer(
            content, TYPES[item["type"]], item["length"], 4 + length + item["offset"]
        )
    return header, arrays


@given(pictures(), st.sampled_from([0.05, 0.25, 0.5, 0.9]))
def test_kinds_of_errors_equal_the_figures(
    tmp_path_factory: pytest.TempPathFactory, images: list[Picture], confidence: float
) -> None:
    folder = write(tmp_path_factory.mktemp("evaluation"), images)
    _, columns = decode(read_columns(folder, evaluation=7, iou=0.75, basis="box"))
    is_present = columns["prediction_confidence"] > np.float32(confidence)
    aimed_at = columns["prediction_target"][is_present]
    missed = len(columns["label_class"]) - len(np.unique(aimed_at[aimed_at >= 0]))
    kinds = columns["prediction_error"][is_present]
    figures = find_errors(open_folder(folder).statistics, confidence=confidence)["types"]
    assert [figure["count"] for figure in figures] == [
        *((kinds == code).sum() for code in range(5)),
        missed,
    ]


@given(pictures(), st.sampled_from([0.05, 0.25, 0.5, 0.9]))
def test_counts_at_a_confidence_equal_the_servers(
    tmp_path_factory: pytest.TempPathFactory, images: list[Picture], confidence: float
) -> None:
    folder = write(tmp_path_factory.mktemp("evaluation"), images)
    header, columns = decode(read_columns(folder, evaluation=7))
    assert (header["evaluation"], header["image_count"]) == (7, len(images))
    is_present = columns["prediction_confidence"] > np.float32(confidence)
    match = columns["prediction_match"]
    found_class = np.append(columns["label_class"], -1)[match]
    is_right = columns["prediction_class"] == found_class
    for image in reading.list_images(folder, confidence=confidence, limit=100)["results"]:
        index = int(image["key"])
        own = slice(*columns["prediction_start"][index : index + 2])
        present = is_present[own]
        assert image["prediction_count"] == present.sum()
        assert image["true_positives"] == (present & (match[own] >= 0) & is_right[own]).sum()
        assert image["false_positives"] == (present & (match[own] < 0)).sum()
        labels = columns["label_match"][slice(*columns["label_start"][index : index + 2])]
        is_found = [found >= 0 and is_present[found] for found in labels]
        assert image["false_negatives"] == len(labels) - sum(is_found)
        for place, found in enumerate(labels):
            if found >= 0:
                assert match[found] == columns["label_start"][index] + place


@given(pictures())
def test_shapes_are_numbered_like_the_columns(
    tmp_path_factory: pytest.TempPathFactory, images: list[Picture]
) -> None:
    folder = write(tmp_path_factory.mktemp("evaluation"), images)
    _, columns = decode(read_columns(folder, evaluation=1))
    keys = [str(index) for index in reversed(range(len(images)))]
    for image in read_shapes(folder, keys):
        index = int(image["key"])
        predictions = slice(*columns["prediction_start"][index : index + 2])
        assert [shape["confidence"] for shape in image["predictions"]] == pytest.approx(
            columns["prediction_confidence"][predictions].tolist()
        )
        labels = slice(*columns["label_start"][index : index + 2])
        assert [shape["class_index"] for shape in image["labels"]] == (
            columns["label_class"][labels].tolist()
        )
    with pytest.raises(KeyError):
        read_shapes(folder, ["99"])

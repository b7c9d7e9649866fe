"""Precision, recall and F1 at a confidence, by the cases that bind the browser as well."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from training.evaluation.files import reading
from training.evaluation.files.store import EvaluationWriter, Picture
from training.evaluation.scores.operating import Rate, confidence_steps

from ..strategies import pictures

ROOT = Path(__file__).parents[4]
SHARED = json.loads((ROOT / "frontend/src/review-data/rates.cases.json").read_text())
RATES: tuple[Rate, ...] = ("precision", "recall", "f1")
COUNTS = (
    "labels",
    "predictions",
    "true_positives",
    "false_positives",
    "false_negatives",
    "wrong_class",
)


def picture_of(image: dict[str, Any]) -> Picture:
    predictions = image["predictions"]
    iou = np.zeros((len(image["labels"]), len(predictions)), dtype=np.float32)
    for place, prediction in enumerate(predictions):
        if "match" in prediction:
            iou[prediction["match"], place] = prediction["iou"]
        for label, overlap in prediction.get("near", []):
            iou[label, place] = overlap
    shape = {"class_index": 0, "polygon": [], "box": [0.0, 0.0, 1.0, 1.0]}
    return Picture(
        record={
            "file_name": "",
            "width": 1,
            "height": 1,
            "labels": [shape] * len(image["labels"]),  # type: ignore[list-item]
            "predictions": [],
        },
        label_class=np.array(image["labels"], dtype=np.int64),
        prediction_class=np.array([item["class"] for item in predictions], dtype=np.int64),
        confidence=np.array([item["confidence"] for item in predictions], dtype=np.float32),
        box_iou=iou,
        mask_iou=iou,
    )


def write(folder: Path, images: list[Picture], names: list[str]) -> Path:
    writer = EvaluationWriter(folder)
    for image in images:
        writer.add(image)
    writer.finish(class_names=names, split="val")
    return folder


@pytest.mark.parametrize("case", SHARED["cases"], ids=lambda case: case["name"])
def test_shared_cases(tmp_path: Path, case: dict[str, Any]) -> None:
    folder = write(tmp_path, [picture_of(image) for image in case["images"]], case["classes"])
    point = reading.read_operating(folder, confidence=case["confidence"], iou=SHARED["iou"])
    for name in (*COUNTS, "reason"):
        assert point[name] == case[name], name  # type: ignore[literal-required]
    assert point["all_objects"] == pytest.approx(case["all_objects"])
    assert point["mean_of_classes"] == pytest.approx(case["mean_of_classes"])
    for row, expected in zip(point["class_rates"], case["class_rates"], strict=True):
        assert row["name"] == case["classes"][row["class_index"]]
        assert {key: row[key] for key in expected} == pytest.approx(expected)  # type: ignore[literal-required]
    assert reading.read_summary(folder)["best_confidence"]["mask"] == case["best_confidence"]


@given(pictures())
def test_no_other_confidence_has_a_higher_f1(
    tmp_path_factory: pytest.TempPathFactory, images: list[Picture]
) -> None:
    folder = write(tmp_path_factory.mktemp("evaluation"), images, ["a", "b", "c"])

    def f1(confidence: float) -> float:
        point = reading.read_operating(folder, confidence=confidence)
        return point["mean_of_classes"]["f1"] or 0.0

    best = reading.read_summary(folder)["best_confidence"]["mask"]
    assert f1(best) >= max(map(f1, confidence_steps()[::37].tolist())) - 1e-9


@given(pictures())
def test_the_curves_pass_through_the_counts(
    tmp_path_factory: pytest.TempPathFactory, images: list[Picture]
) -> None:
    folder = write(tmp_path_factory.mktemp("evaluation"), images, ["a", "b", "c"])
    curves = reading.read_curves(folder)
    for place in (20, 50, 100, 180):
        at = curves["confidence"][place]
        point = reading.read_operating(folder, confidence=at)
        for name in RATES:
            curve = curves["mask"][name]
            assert curve["mean"][place] == pytest.approx(
                point["mean_of_classes"][name] or 0.0, abs=1e-5
            )
            assert curve["all_objects"][place] == pytest.approx(
                point["all_objects"][name] or 0.0, abs=1e-5
            )

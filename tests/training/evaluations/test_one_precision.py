"""One evaluation has one precision, whoever asks: every place that shows it is compared."""

import json
import struct
from typing import Any

import numpy as np
import pytest

from training import paths
from training.evaluation.files import reading
from training.evaluation.scores.operating import OperatingPoint
from training.evaluations.shown_figures import figure_words
from training.management.commands.train import describe_run
from training.models import Evaluation, Run
from training.runs.report.report import build_report

from ...annotator.conftest import client_of
from ..conftest import Pond
from ..judged import Judged, square, start_judged

RATES = ("precision", "recall", "f1")
COUNTS = ("labels", "predictions", "true_positives", "false_positives", "wrong_class")


def label_of(pond: Pond, stem: str) -> tuple[int, list[float]]:
    rows = pond.dataset.images.get(stem=stem).instances
    index, polygons = rows.values_list("dataset_class__index", "polygons")[0]
    return index, polygons[0][0]


@pytest.fixture
def judged(pond: Pond) -> Judged:
    """Labels found, found as the other class, and predictions of nothing."""
    rings = {stem: label_of(pond, stem) for stem in ("val-00", "val-01", "val-02")}
    found = {
        "val-00": [(rings["val-00"][0], rings["val-00"][1], 0.9), (0, square(0, 0, 5), 0.3)],
        "val-01": [(1 - rings["val-01"][0], rings["val-01"][1], 0.6)],
        "val-02": [(rings["val-02"][0], rings["val-02"][1], 0.45), (1, square(1, 40, 4), 0.2)],
    }
    return start_judged(pond, found=found)


def get(judged: Judged, path: str) -> Any:
    answer = client_of(judged.pond.reviewer).get(f"/api/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def count_columns(judged: Judged, confidence: float) -> dict[str, int]:
    """What the page counts: the browser is held to rates.cases.json, here it gets its numbers."""
    path = f"/api/evaluations/{judged.evaluation.pk}/columns/?iou=0.5&basis=mask"
    content = client_of(judged.pond.reviewer).get(path).content
    (length,) = struct.unpack_from("<I", content)
    header = json.loads(content[4 : 4 + length])
    types = {"int32": "<i4", "int16": "<i2", "float32": "<f4"}
    columns = {
        item["name"]: np.frombuffer(
            content, types[item["type"]], item["length"], 4 + length + item["offset"]
        )
        for item in header["arrays"]
    }
    assert header["best_confidence"] == pytest.approx(confidence)
    is_present = columns["prediction_confidence"] > np.float32(confidence)
    match = columns["prediction_match"]
    found = np.append(columns["label_class"], -1)[match]
    is_right = is_present & (found == columns["prediction_class"])
    return {
        "labels": len(columns["label_class"]),
        "predictions": int(is_present.sum()),
        "true_positives": int(is_right.sum()),
        "false_positives": int((is_present & (match < 0)).sum()),
        "wrong_class": int((is_present & (match >= 0) & ~is_right).sum()),
    }


def test_every_place_tells_the_same(judged: Judged) -> None:
    other = start_judged(judged.pond, version=judged.version, name="other")
    evaluation = judged.evaluation.pk
    told: OperatingPoint = get(judged, f"evaluations/{evaluation}/")["operating"]["mask"]
    assert told["reason"] == ""
    assert told["true_positives"] >= 1
    assert count_columns(judged, told["confidence"]) == {name: told[name] for name in COUNTS}  # type: ignore[literal-required]

    chosen = get(judged, f"evaluations/{evaluation}/operating/")
    assert {name: chosen[name] for name in told} == told
    compared = get(judged, f"evaluations/compare/?ids={evaluation},{other.evaluation.pk}")
    assert compared["evaluations"][0]["operating"]["mask"] == told
    assert get(judged, f"runs/{judged.run.pk}/")["operating"]["mask"] == told
    checkpoint = get(judged, f"checkpoints/{judged.checkpoint.pk}/")
    assert (checkpoint["evaluation"], checkpoint["operating"]["mask"]) == (evaluation, told)
    assert describe_run(judged.run)["evaluation"]["operating"]["mask"] == told

    report = build_report(judged.run)
    figures = dict(report["figures"])
    assert [figures[f"Mask {name}"] for name in ("precision", "recall", "F1")] == [
        figure_words(told["mean_of_classes"][name])  # type: ignore[literal-required]
        for name in RATES
    ]
    at = f"confidence {told['confidence']:.3f} and IoU 0.500"
    assert at in report["basis"]
    assert at in report["confusion"]["words"]
    assert f"confidence {told['confidence']:.3f} and mask IoU 0.500" in report["position"]
    rows = {row[0]: row for row in report["classes"]["rows"]}
    for row in chosen["class_rates"]:
        if row["labels"]:
            assert rows[row["name"]][3:6] == [
                figure_words(row[name], row["reason"]) for name in RATES
            ]

    confusion = reading.read_confusion(
        paths.evaluation_dir(judged.evaluation),
        confidence=told["confidence"],
        iou=0.5,
        basis="mask",
    )
    counts = np.array(confusion["counts"])
    assert np.trace(counts[:-1, :-1]) == told["true_positives"]
    sizes = get(judged, f"evaluations/{evaluation}/figures/")["sizes"]
    assert sizes is None or sum(row["labels"] for row in sizes) == told["labels"]


def test_nothing_found_is_null_and_says_so(pond: Pond) -> None:
    judged = start_judged(pond)
    told = get(judged, f"evaluations/{judged.evaluation.pk}/")
    assert told["reason"] == "nothing_found"
    assert set(told["mask"].values()) == set(told["box"].values()) == {None}
    assert told["operating"]["mask"]["reason"] == "nothing_found"
    assert {row["reason"] for row in told["per_class"]} == {"nothing_found"}
    checkpoint = get(judged, f"checkpoints/{judged.checkpoint.pk}/")
    assert (checkpoint["reason"], checkpoint["mask"]["map50"]) == ("nothing_found", None)
    report = build_report(judged.run)
    assert {words for _, words in report["figures"]} == {"nothing found"}


def test_nothing_to_measure_is_null_and_says_so(pond: Pond) -> None:
    for image in pond.dataset.images.filter(split="val"):
        image.delete()
    pond.add_image("val-empty", split="val", empty=True)
    judged = start_judged(pond, found={"val-empty": [(0, square(5, 5), 0.8)]})
    told = get(judged, f"evaluations/{judged.evaluation.pk}/")
    assert told["reason"] == "nothing_to_measure"
    assert set(told["mask"].values()) == {None}
    point = told["operating"]["mask"]
    assert (point["reason"], point["labels"]) == ("nothing_to_measure", 0)
    at_half = get(judged, f"evaluations/{judged.evaluation.pk}/operating/?confidence=0.5")
    assert (at_half["false_positives"], at_half["mean_of_classes"]["f1"]) == (1, None)
    report = build_report(judged.run)
    assert {words for _, words in report["figures"]} == {"nothing to measure"}


def test_what_is_not_evaluated_says_so(pond: Pond) -> None:
    judged = start_judged(pond)
    Evaluation.objects.filter(pk=judged.evaluation.pk).update(state="queued", box=None, mask=None)
    told = get(judged, f"evaluations/{judged.evaluation.pk}/")
    assert (told["reason"], told["mask"]["map50"]) == ("not_evaluated", None)
    assert Run.objects.get(pk=judged.run.pk).best_mask is None

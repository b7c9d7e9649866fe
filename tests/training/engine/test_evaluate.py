"""Segloop's figures against those that Ultralytics reports for the same checkpoint."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.evaluation import reading
from training.evaluation.average_precision import CURVE_X
from training.evaluation.matching import Basis
from training.evaluation.store import read_statistics, score_statistics

from .conftest import EVALUATED, Trained
from .harness import REPOSITORY, Answer, run_engine

pytestmark = pytest.mark.slow
TOLERANCE = 1e-3


def evaluate(trained: Trained, out_dir: Path) -> Answer:
    return run_engine(
        "evaluate",
        {
            "checkpoint": str(trained.checkpoint),
            "data_yaml": str(trained.data_yaml),
            "split": "val",
            "device": "cpu",
            "out_dir": str(out_dir),
            "config_dir": str(trained.folder / "config"),
            **EVALUATED,
        },
    )


@pytest.fixture(scope="module")
def evaluated(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    folder = tmp_path_factory.mktemp("evaluation")
    answer = evaluate(trained, folder)
    assert answer.last["type"] == "finished", answer.log[-3000:]
    return folder, answer


@pytest.fixture(scope="module")
def reference(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Any:
    out = tmp_path_factory.mktemp("reference") / "reference.json"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.training.engine.reference",
            trained.checkpoint,
            trained.data_yaml,
            trained.folder / "config",
            out,
        ],
        check=True,
        capture_output=True,
        cwd=REPOSITORY,
    )
    return json.loads(out.read_text())


@pytest.mark.parametrize("basis", ["box", "mask"])
def test_means_equal_ultralytics(
    evaluated: tuple[Path, Answer], reference: Any, basis: Basis
) -> None:
    summary = reading.read_summary(evaluated[0])
    figures = summary[basis]
    assert list(figures.values()) == pytest.approx(reference[basis]["mean"], abs=TOLERANCE)
    assert figures["map50"] > 0.2, "a model that finds nothing proves nothing"
    assert evaluated[1].last[basis] == figures


@pytest.mark.parametrize("basis", ["box", "mask"])
def test_classes_equal_ultralytics(
    evaluated: tuple[Path, Answer], reference: Any, basis: Basis
) -> None:
    rows = reading.read_summary(evaluated[0])["per_class"]
    expected = reference[basis]
    assert [row["class_index"] for row in rows] == expected["class_index"]
    for row, precision, recall, ap in zip(
        rows, expected["precision"], expected["recall"], expected["all_ap"], strict=True
    ):
        assert list(row[basis].values()) == pytest.approx(
            [precision, recall, ap[0], sum(ap) / 10], abs=TOLERANCE
        )


def test_ap_at_every_iou_equals_ultralytics(evaluated: tuple[Path, Answer], reference: Any) -> None:
    for basis, scores in zip(
        ("box", "mask"), score_statistics(read_statistics(evaluated[0])), strict=True
    ):
        np.testing.assert_allclose(
            scores.average_precision, reference[basis]["all_ap"], atol=TOLERANCE
        )


@pytest.mark.parametrize("basis", ["box", "mask"])
def test_curves_equal_ultralytics(
    evaluated: tuple[Path, Answer], reference: Any, basis: Basis
) -> None:
    curves = reading.read_curves(evaluated[0])
    at = np.linspace(0, 1, 201)
    for name, rows in reference[basis]["curves"].items():
        expected = np.stack([np.interp(at, CURVE_X, row) for row in rows])
        got = curves[basis][name]  # type: ignore[literal-required]
        np.testing.assert_allclose(got["per_class"], expected, atol=TOLERANCE)
        np.testing.assert_allclose(got["mean"], expected.mean(axis=0), atol=TOLERANCE)


@pytest.mark.parametrize("confidence", [0.001, 0.25])
def test_the_confusion_matrix_equals_ultralytics(
    evaluated: tuple[Path, Answer], reference: Any, confidence: float
) -> None:
    matrix = reading.read_confusion(evaluated[0], confidence=confidence, iou=0.45, basis="box")
    assert matrix["counts"] == reference[f"confusion_{confidence}"]


def test_labels_are_those_of_the_label_files(
    evaluated: tuple[Path, Answer], trained: Trained
) -> None:
    """Ultralytics sorts labels by area; every one must keep its own polygon and class."""
    page = reading.list_images(evaluated[0], limit=1000)
    assert page["total"] == 24
    for image in page["results"]:
        stem = Path(image["file_name"]).stem
        rows = (trained.data_yaml.parent / "labels" / "val" / f"{stem}.txt").read_text()
        expected = []
        for row in rows.splitlines():
            index, *numbers = row.split()
            scale = np.tile([image["width"], image["height"]], len(numbers) // 2)
            points = (np.array(numbers, dtype=float) * scale).round(1)
            expected.append((int(index), points.tolist()))
        got = [
            (shape["class_index"], np.array(shape["polygon"]).round(1).tolist())
            for shape in image["labels"]
        ]
        assert len(got) == len(expected)
        for class_index, polygon in got:
            assert any(
                class_index == other and np.allclose(polygon, others, atol=0.11)
                for other, others in expected
                if len(others) == len(polygon)
            )


def test_polygons_agree_with_the_stored_overlap(evaluated: tuple[Path, Answer]) -> None:
    """Painting both polygons of a match at full size gives its IoU, about: masks are compared at a
    quarter of the size, which on pictures as small as these is a coarse grid."""
    import cv2

    differences = []
    for image in reading.list_images(evaluated[0], limit=1000)["results"]:
        for shape in image["predictions"]:
            if shape["match"] is None or shape["iou"] is None:
                continue
            partner = image["labels"][shape["match"]]
            assert partner["iou"] == shape["iou"]
            masks = []
            for polygon in (shape["polygon"], partner["polygon"]):
                canvas = np.zeros((image["height"], image["width"]), dtype=np.uint8)
                points = np.array(polygon).reshape(-1, 2).astype(np.int32)
                masks.append(cv2.fillPoly(canvas, [points], 1).astype(bool))
            iou = (masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum()
            differences.append(abs(float(iou) - shape["iou"]))
    assert len(differences) > 10
    assert np.median(differences) < 0.1


def test_progress_reaches_the_total(evaluated: tuple[Path, Answer]) -> None:
    progress = evaluated[1].of_type("progress")
    assert (progress[-1]["done"], progress[-1]["total"]) == (24, 24)


def test_a_split_without_labels_has_figures_of_zero(trained: Trained, tmp_path: Path) -> None:
    import shutil

    dataset = tmp_path / "dataset"
    shutil.copytree(trained.data_yaml.parent, dataset)
    shutil.rmtree(dataset / "labels" / "test")
    (dataset / "labels" / "test").mkdir()
    data_yaml = dataset / "data.yaml"
    data_yaml.write_text(data_yaml.read_text().replace(str(trained.data_yaml.parent), str(dataset)))
    answer = run_engine(
        "evaluate",
        {
            "checkpoint": str(trained.checkpoint),
            "data_yaml": str(data_yaml),
            "split": "test",
            "device": "cpu",
            "out_dir": str(tmp_path / "out"),
            "config_dir": str(trained.folder / "config"),
            **EVALUATED,
        },
    )
    assert answer.last["type"] == "finished", answer.log[-3000:]
    summary = reading.read_summary(tmp_path / "out")
    assert summary["instance_count"] == 0
    assert summary["mask"] == {"precision": 0, "recall": 0, "map50": 0, "map50_95": 0}
    assert reading.read_curves(tmp_path / "out")["class_names"] == []
    assert reading.list_images(tmp_path / "out")["total"] == 8

"""Segloop's figures against those that Ultralytics reports for the same checkpoint."""

import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from annotator.labels.formats.yolo.rows import parse_labels
from annotator.labels.polygons.geometry import Polygons
from training.evaluation.files import reading
from training.evaluation.files.columns import read_columns
from training.evaluation.files.shapes import read_shapes
from training.evaluation.matching import Basis
from training.evaluation.scores.average_precision import CURVE_X
from training.evaluation.scores.statistics import read_statistics, score_statistics
from training.versions.ignoring import ignore_path, trim_label

from ..conftest import EVALUATED, Trained
from ..harness import REPOSITORY, Answer, ask_engine

pytestmark = pytest.mark.slow
TOLERANCE = 1e-3


def evaluate(
    trained: Trained, out_dir: Path, *, data_yaml: Path | None = None, split: str = "val"
) -> Answer:
    answer = ask_engine(
        "evaluate",
        {
            "checkpoint": str(trained.checkpoint),
            "data_yaml": str(data_yaml or trained.data_yaml),
            "split": split,
            "device": "cpu",
            "out_dir": str(out_dir),
            "config_dir": str(trained.folder / "config"),
            **EVALUATED,
        },
    )
    assert answer.last["type"] == "finished", answer.log[-3000:]
    return answer


@pytest.fixture(scope="module")
def evaluated(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    folder = tmp_path_factory.mktemp("evaluation")
    return folder, evaluate(trained, folder)


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
    """Precision over recall is its, sampled; the other three stand in a tooltip, at one place."""
    box, mask = score_statistics(read_statistics(evaluated[0]))
    scores = mask if basis == "mask" else box
    for name, rows in reference[basis]["curves"].items():
        own = getattr(scores, "precision_recall" if name == "pr" else name)
        np.testing.assert_allclose(own, np.stack(rows), atol=TOLERANCE)
    at = np.linspace(0, 1, 201)
    expected = np.stack([np.interp(at, CURVE_X, row) for row in reference[basis]["curves"]["pr"]])
    got = reading.read_curves(evaluated[0])[basis]["pr"]
    np.testing.assert_allclose(got["per_class"], expected, atol=TOLERANCE)
    np.testing.assert_allclose(got["mean"], expected.mean(axis=0), atol=TOLERANCE)
    summary = reading.read_summary(evaluated[0])
    assert summary["ultralytics_confidence"][basis] == CURVE_X[scores.best]


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


def copy_dataset(trained: Trained, folder: Path) -> Path:
    """A copy to change: the path of its data.yaml."""
    shutil.copytree(trained.data_yaml.parent, folder)
    data_yaml = folder / "data.yaml"
    data_yaml.write_text(data_yaml.read_text().replace(str(trained.data_yaml.parent), str(folder)))
    return data_yaml


def test_classes_are_matched_by_name(
    trained: Trained, evaluated: tuple[Path, Answer], tmp_path: Path
) -> None:
    """The other way round, one renamed so that the model does not know it, and one more."""
    data_yaml = copy_dataset(trained, tmp_path / "dataset")
    told = yaml.safe_load(data_yaml.read_text())
    told.update(nc=3, names={0: "square", 1: "tree", 2: "round"})
    data_yaml.write_text(yaml.safe_dump(told))
    for file in (data_yaml.parent / "labels" / "val").glob("*.txt"):
        rows = [row.split(" ", 1) for row in file.read_text().splitlines()]
        file.write_text("\n".join(f"{2 if index == '0' else 0} {row}" for index, row in rows))
    answer = evaluate(trained, tmp_path / "out", data_yaml=data_yaml)
    summary = reading.read_summary(tmp_path / "out")
    assert summary["class_names"] == ["square", "tree", "round"]
    assert (summary["unknown_classes"], summary["extra_classes"]) == (["tree"], [])
    before = {row["name"]: row["mask"] for row in reading.read_summary(evaluated[0])["per_class"]}
    after = {row["name"]: row["mask"] for row in summary["per_class"]}
    assert before.keys() == after.keys()
    for name, figures in before.items():
        assert after[name] == pytest.approx(figures, abs=1e-6)
    assert answer.last["unknown_classes"] == ["tree"]


def test_what_only_one_side_knows_is_never_right(
    trained: Trained, evaluated: tuple[Path, Answer], tmp_path: Path
) -> None:
    data_yaml = copy_dataset(trained, tmp_path / "dataset")
    data_yaml.write_text(data_yaml.read_text().replace("round", "pebble"))
    evaluate(trained, tmp_path / "out", data_yaml=data_yaml)
    summary = reading.read_summary(tmp_path / "out")
    assert summary["class_names"] == ["pebble", "square", "round"]
    assert (summary["unknown_classes"], summary["extra_classes"]) == (["pebble"], ["round"])
    before = {row["name"]: row["mask"] for row in reading.read_summary(evaluated[0])["per_class"]}
    after = {row["name"]: row["mask"] for row in summary["per_class"]}
    assert before["round"]["map50"] > 0
    assert after["pebble"]["map50"] == 0
    assert after["square"]["map50_95"] == before["square"]["map50_95"]
    counts = np.array(reading.read_confusion(tmp_path / "out", confidence=0.1)["counts"])
    assert counts[0, :].sum() == 0, "the model cannot say pebble"
    assert counts[2, 0] > 0, "pebbles are called round"


def test_the_speed_is_measured(evaluated: tuple[Path, Answer]) -> None:
    speed = evaluated[1].last["speed"]
    assert speed["inference_ms"] > 0
    assert speed["batch"] == EVALUATED["batch"]
    assert reading.read_summary(evaluated[0])["speed"] == speed


def test_masks_are_measured_at_full_size(evaluated: tuple[Path, Answer]) -> None:
    """Against the polygons that are kept, painted: they are simplified by a pixel at most.

    A label's area is its polygon's, as COCO's annotations have it.
    """
    import cv2

    statistics = read_statistics(evaluated[0])
    native = statistics.native
    assert native is not None
    keys = [str(key) for key in range(len(statistics.file_name))]
    images = read_shapes(evaluated[0], keys)

    def paint(image: Any, polygon: list[float]) -> Any:
        canvas = np.zeros((image["height"], image["width"]), dtype=np.uint8)
        points = np.array(polygon).reshape(-1, 2).astype(np.int32)
        return cv2.fillPoly(canvas, [points], 1).astype(bool)

    compared = 0
    for label, prediction, iou in zip(native.label, native.prediction, native.iou, strict=True):
        place = int(np.searchsorted(statistics.label_start, label, side="right")) - 1
        image = images[place]
        index = prediction - statistics.prediction_start[place]
        if index >= len(image["predictions"]) or iou < 0.4:
            continue
        outline = image["labels"][label - statistics.label_start[place]]["polygon"]
        one = paint(image, outline)
        two = paint(image, image["predictions"][index]["polygon"])
        area = cv2.contourArea(np.array(outline, dtype=np.float32).reshape(-1, 2))
        assert native.label_area[label] == pytest.approx(area, rel=1e-3)
        assert native.prediction_area[prediction] == pytest.approx(two.sum(), rel=0.2, abs=12)
        assert iou == pytest.approx((one & two).sum() / (one | two).sum(), abs=0.15)
        compared += 1
    assert compared > 10


def test_a_split_without_labels_has_figures_of_zero(trained: Trained, tmp_path: Path) -> None:
    data_yaml = copy_dataset(trained, tmp_path / "dataset")
    shutil.rmtree(data_yaml.parent / "labels" / "test")
    (data_yaml.parent / "labels" / "test").mkdir()
    evaluate(trained, tmp_path / "out", data_yaml=data_yaml, split="test")
    summary = reading.read_summary(tmp_path / "out")
    assert summary["instance_count"] == 0
    assert summary["mask"] == {"precision": 0, "recall": 0, "map50": 0, "map50_95": 0}
    assert reading.read_curves(tmp_path / "out")["class_names"] == []
    assert reading.list_images(tmp_path / "out")["total"] == 8


def lay_region(folder: Path, image: reading.EvaluatedImage, box: list[float]) -> list[float]:
    """An ignore region over ``box`` of an image of val, as freezing lays it down, though not
    painted, so that the model still sees what is there; its ring."""
    picture = f"images/val/{image['file_name']}"
    size_wh = (image["width"], image["height"])
    x0, y0, x1, y1 = (
        max(0.0, box[0] - 4),
        max(0.0, box[1] - 4),
        min(size_wh[0], box[2] + 4.0),
        min(size_wh[1], box[3] + 4.0),
    )
    ring = [x0, y0, x1, y0, x1, y1, x0, y1]
    regions: list[Polygons] = [[[ring]]]
    label = (folder / picture.replace("images", "labels")).with_suffix(".txt")
    parsed = parse_labels(label.read_bytes(), size_wh=size_wh, class_count=2)
    trimmed = trim_label(label.read_bytes(), parsed, regions)
    assert trimmed.dropped
    label.write_bytes(trimmed.label)
    path = folder / ignore_path(picture)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"regions": regions, "dropped": trimmed.dropped}))
    return ring


def test_what_lies_in_an_ignore_region_counts_nowhere(
    trained: Trained, evaluated: tuple[Path, Answer], tmp_path: Path
) -> None:
    """One region over a label that was found, one over a whole image; the rest stays as it was."""
    confidence = 0.1
    before = reading.list_images(evaluated[0], limit=1000, confidence=confidence)["results"]
    found = [
        (image, shape)
        for image in before
        for shape in image["predictions"]
        if shape["outcome"] == "tp" and image["label_count"] > 1
    ]
    one, right = max(found, key=lambda each: each[1]["confidence"] or 0)
    assert right["match"] is not None
    whole = max(
        (image for image in before if image is not one), key=lambda each: each["prediction_count"]
    )
    assert whole["prediction_count"]
    boxes = np.array([right["box"], one["labels"][right["match"]]["box"]])
    over = [*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()]
    data_yaml = copy_dataset(trained, tmp_path / "dataset")
    rings = {
        one["key"]: lay_region(data_yaml.parent, one, over),
        whole["key"]: lay_region(data_yaml.parent, whole, [0, 0, 1000, 1000]),
    }
    out = tmp_path / "out"
    evaluate(trained, out, data_yaml=data_yaml)

    after = reading.list_images(out, limit=1000, confidence=confidence)["results"]
    by_name = {image["file_name"]: image for image in after}
    for image in before:
        now = by_name[image["file_name"]]
        if image["key"] not in rings:
            assert (now["regions"], now["ignored"]) == ([], [])
            assert now["true_positives"] == image["true_positives"]
            continue
        assert now["regions"] == [rings[image["key"]]]
        assert now["label_count"] < image["label_count"]
        assert now["prediction_count"] + len(now["ignored"]) == image["prediction_count"]
        assert len(now["predictions"]) == now["prediction_count"]
    ignored = by_name[one["file_name"]]["ignored"]
    assert [right["box"], right["confidence"]] in [[it["box"], it["confidence"]] for it in ignored]
    empty = by_name[whole["file_name"]]
    assert (empty["label_count"], empty["prediction_count"], empty["quality"]) == (0, 0, 1)

    left_out = sum(len(image["ignored"]) for image in after)
    counted = [
        np.array(
            reading.read_confusion(folder, confidence=confidence, iou=0.5, basis="mask")["counts"]
        )
        for folder in (evaluated[0], out)
    ]
    predictions = [matrix[:-1].sum() for matrix in counted]
    assert predictions[0] - predictions[1] == left_out
    content = read_columns(out, evaluation=1)
    (length,) = struct.unpack_from("<I", content)
    flags, confidences, matches = (
        np.frombuffer(content, kind, array["length"], 4 + length + array["offset"])
        for name, kind in (
            ("prediction_ignored", "<i2"),
            ("prediction_confidence", "<f4"),
            ("prediction_match", "<i4"),
        )
        for array in json.loads(content[4 : 4 + length])["arrays"]
        if array["name"] == name
    )
    assert flags[confidences > confidence].sum() == left_out
    assert (matches[flags == 1] == -1).all()

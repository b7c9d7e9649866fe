"""What the web reads, on a hand-made evaluation."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.files import reading
from training.evaluation.files.store import EvaluationWriter, Picture, StoredPrediction, StoredShape
from training.evaluation.matching import Basis

from ..strategies import CLASS_COUNT, pictures

NAMES = ["cat", "dog"]


def picture(
    name: str,
    labels: list[int],
    predictions: list[tuple[int, float]],
    ious: dict[tuple[int, int], float],
) -> Picture:
    """Labels by class, predictions by class and confidence, overlaps by (label, prediction)."""
    iou = np.zeros((len(labels), len(predictions)), dtype=np.float32)
    for (label, prediction), value in ious.items():
        iou[label, prediction] = value
    square = [0.0, 0.0, 4.0, 0.0, 4.0, 4.0]
    box = [0.0, 0.0, 4.0, 4.0]
    stored: list[StoredShape] = [
        {"class_index": label, "polygon": square, "box": box} for label in labels
    ]
    shown: list[StoredPrediction] = [
        {"class_index": index, "polygon": square, "box": box, "confidence": confidence}
        for index, confidence in predictions
        if confidence >= 0.05
    ]
    return Picture(
        record={
            "file_name": name,
            "width": 40,
            "height": 30,
            "labels": stored,
            "predictions": shown,
        },
        label_class=np.array(labels, dtype=np.int64),
        prediction_class=np.array([index for index, _ in predictions], dtype=np.int64),
        confidence=np.array([confidence for _, confidence in predictions], dtype=np.float32),
        box_iou=iou,
        mask_iou=iou,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    writer = EvaluationWriter(tmp_path)
    writer.add(picture("perfect.png", [0], [(0, 0.9)], {(0, 0): 1.0}))
    writer.add(picture("missed.png", [0, 0], [(0, 0.9), (0, 0.1)], {(0, 0): 0.9, (1, 1): 0.8}))
    writer.add(picture("false ü.png", [], [(1, 0.6), (1, 0.01)], {}))
    writer.add(picture("wrong.png", [1], [(0, 0.7)], {(0, 0): 0.8}))
    writer.add(picture("loose.png", [0], [(0, 0.8)], {(0, 0): 0.55}))
    writer.finish(class_names=NAMES, split="val")
    return tmp_path


def names(page: reading.ImagePage) -> list[str]:
    return [image["file_name"] for image in page["results"]]


def test_summary(folder: Path) -> None:
    assert reading.is_complete(folder)
    summary = reading.read_summary(folder)
    assert summary["image_count"] == 5
    assert summary["instance_count"] == 5
    assert [(row["name"], row["images"], row["instances"]) for row in summary["per_class"]] == [
        ("cat", 3, 4),
        ("dog", 1, 1),
    ]


def test_an_evaluation_that_was_cut_short_is_not_complete(tmp_path: Path) -> None:
    writer = EvaluationWriter(tmp_path)
    writer.add(picture("perfect.png", [0], [(0, 0.9)], {(0, 0): 1.0}))
    assert not reading.is_complete(tmp_path)


def test_images_come_worst_first(folder: Path) -> None:
    page = reading.list_images(folder, confidence=0.25)
    assert page["total"] == 5
    assert names(page) == ["false ü.png", "wrong.png", "loose.png", "missed.png", "perfect.png"]
    assert [image["quality"] for image in page["results"]] == [0, 0, 0.55, 0.6, 1]


def test_images_by_name_in_pages(folder: Path) -> None:
    first = reading.list_images(folder, ordering="name", limit=2)
    second = reading.list_images(folder, ordering="name", offset=2, limit=2)
    assert first["total"] == 5
    assert names(first) + names(second) == ["false ü.png", "loose.png", "missed.png", "perfect.png"]


@pytest.mark.parametrize(
    ("only", "class_index", "expected"),
    [
        ("missed", None, {"missed.png"}),
        ("missed", 1, set()),
        ("false", None, {"false ü.png"}),
        ("false", 0, set()),
        ("wrong_class", None, {"wrong.png"}),
        ("wrong_class", 0, {"wrong.png"}),
        ("low_iou", None, {"loose.png"}),
        ("all", 1, {"wrong.png", "false ü.png"}),
        ("all", 0, {"perfect.png", "missed.png", "wrong.png", "loose.png"}),
    ],
)
def test_filters(
    folder: Path, only: reading.Only, class_index: int | None, expected: set[str]
) -> None:
    page = reading.list_images(folder, confidence=0.25, only=only, class_index=class_index)
    assert set(names(page)) == expected
    assert page["total"] == len(expected)


def test_one_image_at_two_confidences(folder: Path) -> None:
    key = next(key for key, name in reading.list_keys(folder).items() if name == "missed.png")
    strict = reading.read_image(folder, key, confidence=0.25)
    assert (strict["true_positives"], strict["false_negatives"]) == (1, 1)
    assert strict["mean_iou"] == 0.9
    assert [shape["outcome"] for shape in strict["labels"]] == ["tp", "fn"]
    assert [shape["match"] for shape in strict["labels"]] == [0, None]
    generous = reading.read_image(folder, key, confidence=0.05)
    assert (generous["true_positives"], generous["false_negatives"]) == (2, 0)
    assert [shape["match"] for shape in generous["labels"]] == [0, 1]
    assert [shape["match"] for shape in generous["predictions"]] == [0, 1]
    assert generous["mean_iou"] == 0.85


def test_what_lies_below_the_floor_is_not_shown(folder: Path) -> None:
    key = next(key for key, name in reading.list_keys(folder).items() if name.startswith("false"))
    image = reading.read_image(folder, key, confidence=0.0)
    assert image["prediction_count"] == len(image["predictions"]) == 1


def test_confusion(folder: Path) -> None:
    matrix = reading.read_confusion(folder, confidence=0.25)
    assert matrix["labels"] == ["cat", "dog", "background"]
    assert matrix["counts"] == [[3, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert matrix["normalised"] == [[0.75, 1, 0], [0, 0, 1], [0.25, 0, 0]]


@pytest.mark.parametrize("thresholds", [{"confidence": 1.5}, {"iou": 0.05}, {"iou": float("nan")}])
def test_thresholds_out_of_range_are_refused(folder: Path, thresholds: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must lie between"):
        reading.read_confusion(folder, **thresholds)  # type: ignore[arg-type]


def test_an_unknown_key_is_a_key_error(folder: Path) -> None:
    with pytest.raises(KeyError):
        reading.read_image(folder, "99")


def test_curves_have_201_points(folder: Path) -> None:
    curves = reading.read_curves(folder)
    assert len(curves["confidence"]) == len(curves["recall"]) == 201
    assert curves["class_names"] == NAMES
    for basis in (curves["box"], curves["mask"]):
        for curve in (basis["precision"], basis["recall"], basis["f1"], basis["pr"]):
            assert [len(row) for row in (curve["mean"], *curve["per_class"])] == [201] * 3


def test_a_new_evaluation_in_the_same_folder_is_seen(folder: Path) -> None:
    assert reading.list_images(folder)["total"] == 5
    writer = EvaluationWriter(folder)
    writer.add(picture("other.png", [0], [], {}))
    writer.finish(class_names=NAMES, split="val")
    assert names(reading.list_images(folder)) == ["other.png"]


@given(
    pictures(),
    st.sampled_from([0.0, 0.25, 0.6]),
    st.sampled_from([0.1, 0.45, 0.75]),
    st.sampled_from(["box", "mask"]),
)
def test_confusion_counts_every_label_and_prediction_once(
    tmp_path_factory: pytest.TempPathFactory,
    images: list[Picture],
    confidence: float,
    iou: float,
    basis: Basis,
) -> None:
    folder = tmp_path_factory.mktemp("evaluation")
    writer = EvaluationWriter(folder)
    for image in images:
        writer.add(image)
    writer.finish(class_names=["a", "b", "c"], split="val")
    matrix = reading.read_confusion(folder, confidence=confidence, iou=iou, basis=basis)
    counts = np.array(matrix["counts"])
    labels = [int(index) for image in images for index in image.label_class]
    said = [
        int(index)
        for image in images
        for index, value in zip(image.prediction_class, image.confidence, strict=True)
        if value > np.float32(confidence)
    ]
    assert (
        counts[:, :-1].sum(axis=0).tolist() == np.bincount(labels, minlength=CLASS_COUNT).tolist()
    )
    assert counts[:-1].sum(axis=1).tolist() == np.bincount(said, minlength=CLASS_COUNT).tolist()

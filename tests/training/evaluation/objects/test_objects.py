"""The objects behind each number, on a hand-made evaluation."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.files import reading
from training.evaluation.files.store import EvaluationWriter, Picture
from training.evaluation.objects.objects import BACKGROUND, ObjectFilter, list_objects

from ..files.test_columns import write
from ..files.test_reading import NAMES, picture
from ..scores.test_breakdown import measured
from ..strategies import pictures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    writer = EvaluationWriter(tmp_path)
    writer.add(measured(picture("loose.png", [0, 0], [(0, 0.9)], {(0, 0): 0.55}), boundary=0.2))
    writer.add(measured(picture("right.png", [1], [(1, 0.6)], {(0, 0): 0.9}), boundary=0.8))
    writer.add(measured(picture("wrong.png", [1], [(0, 0.7)], {(0, 0): 0.8}), boundary=0.6))
    writer.add(measured(picture("ghost.png", [], [(1, 0.4), (0, 0.3), (0, 0.1)], {}), boundary=0))
    writer.finish(class_names=NAMES, split="val")
    return tmp_path


def found(folder: Path, **filters: Any) -> list[tuple[str, str]]:
    page = list_objects(folder, ObjectFilter(**filters))
    assert page["total"] == len(page["results"])
    return [(item["file_name"].removesuffix(".png"), item["outcome"]) for item in page["results"]]


def test_the_worst_come_first(folder: Path) -> None:
    assert found(folder) == [
        ("ghost", "fp"),
        ("ghost", "fp"),
        ("wrong", "wrong_class"),
        ("loose", "fn"),
        ("loose", "tp"),
        ("right", "tp"),
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"outcomes": frozenset(["fn", "tp"])}, ["loose", "loose", "right"]),
        ({"class_index": 1}, ["ghost", "wrong", "right"]),
        ({"true": 1, "predicted": 0}, ["wrong"]),
        ({"true": BACKGROUND, "predicted": 0}, ["ghost"]),
        ({"true": 0, "predicted": BACKGROUND}, ["loose"]),
        ({"min_confidence": 0.6, "max_confidence": 0.8}, ["wrong", "right"]),
        ({"size": "medium"}, ["ghost", "loose"]),
        ({"size": "large"}, []),
        ({"outcomes": frozenset(["tp"]), "max_iou": 0.7}, ["loose"]),
    ],
)
def test_filters(folder: Path, filters: dict[str, Any], expected: list[str]) -> None:
    assert [name for name, _ in found(folder, **filters)] == expected


def test_an_object_says_where_it_is(folder: Path) -> None:
    (item,) = list_objects(folder, ObjectFilter(true=1, predicted=0))["results"]
    assert (item["key"], item["iou"], item["boundary_iou"]) == ("2", 0.8, 0.6)
    assert item["label"] == {
        "index": 0,
        "class_index": 1,
        "box": [0, 0, 4, 4],
        "area": 100,
        "confidence": None,
    }
    assert item["prediction"] is not None
    assert (item["prediction"]["class_index"], item["prediction"]["confidence"]) == (0, 0.7)


def test_other_orders_and_pages(folder: Path) -> None:
    page = list_objects(folder, ObjectFilter(), ordering="confidence", offset=1, limit=2)
    assert page["total"] == 6
    assert [item["file_name"] for item in page["results"]] == ["wrong.png", "right.png"]
    by_area = list_objects(folder, ObjectFilter(), ordering="area")["results"]
    sides = [item["label"] or item["prediction"] for item in by_area]
    areas = [side["area"] or 0 for side in sides if side]
    assert areas == sorted(areas, reverse=True)


def test_sizes_need_areas(tmp_path: Path) -> None:
    folder = write(tmp_path, [picture("a.png", [0], [], {})])
    with pytest.raises(ValueError, match="evaluate again"):
        list_objects(folder, ObjectFilter(size="small"))


@given(pictures(), st.sampled_from([0.05, 0.3, 0.8]))
def test_each_cell_of_the_confusion_matrix_opens_its_objects(
    tmp_path_factory: pytest.TempPathFactory, images: list[Picture], confidence: float
) -> None:
    folder = write(tmp_path_factory.mktemp("evaluation"), images)
    matrix = reading.read_confusion(folder, confidence=confidence, iou=0.5, basis="mask")
    for row, counts in enumerate(matrix["counts"]):
        for column, count in enumerate(counts):
            if row == column == 3:
                continue
            chosen = ObjectFilter(
                true=column if column < 3 else BACKGROUND,
                predicted=row if row < 3 else BACKGROUND,
            )
            assert list_objects(folder, chosen, confidence=confidence)["total"] == count

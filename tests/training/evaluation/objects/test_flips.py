"""Objects that one evaluation finds and another misses."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.evaluation.files.store import NativePicture, Picture
from training.evaluation.objects.flips import Flip, count_flips, list_flips

from ..files.test_columns import write
from ..files.test_reading import picture


def told(image: Picture, rows: list[int]) -> Picture:
    """The image with its labels' rows, as the engine's evaluations have them."""
    labels, predictions = image.mask_iou.shape
    native = NativePicture(
        label_row=np.array(rows, dtype=np.int64),
        label_area=np.ones(labels, dtype=np.float32),
        prediction_area=np.ones(predictions, dtype=np.float32),
        iou=image.mask_iou.astype(np.float64),
        boundary_iou=image.mask_iou,
    )
    return replace(image, native=native)


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Labels of an image are in another order in each; images as well."""
    # Rows 0 and 1 are of class 0, row 2 of class 1. The first finds rows 0 and 2.
    first = [
        told(
            picture("a.png", [0, 0, 1], [(0, 0.9), (1, 0.8)], {(0, 0): 0.9, (2, 1): 0.8}),
            [0, 1, 2],
        ),
        told(picture("b.png", [0], [(0, 0.9)], {(0, 0): 0.9}), [0]),
    ]
    # The other finds row 1, and row 2 as the wrong class.
    other = [
        told(picture("b.png", [0], [(0, 0.9)], {(0, 0): 0.7}), [0]),
        told(
            picture("a.png", [1, 0, 0], [(0, 0.9), (0, 0.8)], {(1, 0): 0.9, (0, 1): 0.9}),
            [2, 1, 0],
        ),
    ]
    for name in "12":
        (tmp_path / name).mkdir()
    return [write(tmp_path / "1", first), write(tmp_path / "2", other)]


def test_what_was_lost_and_found(folders: list[Path]) -> None:
    assert count_flips(*folders, confidence=0.25) == {"lost": 2, "found": 1}
    assert count_flips(*reversed(folders), confidence=0.25) == {"lost": 1, "found": 2}
    lost = list_flips(*folders, flip="lost", confidence=0.25)
    assert [
        (item["file_name"], item["labels"], item["class_name"]) for item in lost["results"]
    ] == [
        ("a.png", [0, 2], "a"),
        ("a.png", [2, 0], "b"),
    ]
    assert lost["results"][0]["keys"] == ["0", "1"]
    (found,) = list_flips(*folders, flip="found", confidence=0.25)["results"]
    assert found["labels"] == [1, 1]
    by_class = list_flips(*folders, flip="lost", class_index=1, confidence=0.25)
    assert [item["labels"] for item in by_class["results"]] == [[2, 0]]


@pytest.mark.parametrize("flip", ["lost", "found"])
@pytest.mark.parametrize("confidence", [0.0, 0.25, 0.85, 0.95])
def test_each_count_opens_exactly_its_objects(
    folders: list[Path], flip: Flip, confidence: float
) -> None:
    counts = count_flips(*folders, confidence=confidence)
    assert counts is not None
    seen = []
    for offset in range(4):
        page = list_flips(*folders, flip=flip, confidence=confidence, offset=offset, limit=1)
        assert page["total"] == counts[flip]
        seen += [(item["file_name"], *item["labels"]) for item in page["results"]]
    assert len(seen) == len(set(seen)) == counts[flip]


def test_an_evaluation_that_does_not_tell_its_labels(folders: list[Path], tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    old = write(tmp_path / "old", [picture("a.png", [0], [], {})])
    assert count_flips(folders[0], old, confidence=0.25) is None
    with pytest.raises(ValueError, match="evaluate again"):
        list_flips(folders[0], old, flip="lost", confidence=0.25)

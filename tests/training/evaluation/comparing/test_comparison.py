from pathlib import Path

import pytest

from training.evaluation.comparing.comparison import compare_images
from training.evaluation.files.store import Picture

from ..files.test_columns import write
from ..files.test_reading import picture


def evaluation(folder: Path, ious: dict[str, float], *, order: list[str]) -> Path:
    """One label and one prediction an image."""
    folder.mkdir()
    images: list[Picture] = [
        picture(f"{name}.png", [0], [(0, 0.9)], {(0, 0): ious[name]}) for name in order
    ]
    return write(folder, images)


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    first = evaluation(tmp_path / "1", {"a": 0.8, "b": 0.6, "c": 0.9, "d": 0.7}, order=list("abcd"))
    other = evaluation(tmp_path / "2", {"a": 0.2, "b": 0.9, "c": 0.8, "d": 0.7}, order=list("dcba"))
    return [first, other]


def test_what_got_worse_and_better(folders: list[Path]) -> None:
    worse = compare_images(folders, other=1)
    assert (worse["better"], worse["worse"], worse["same"], worse["total"]) == (1, 2, 1, 2)
    assert [(item["file_name"], item["change"]) for item in worse["results"]] == [
        ("a.png", -0.8),
        ("c.png", -0.1),
    ]
    first, other = worse["results"][0]["sides"]
    assert (first["key"], other["key"]) == ("0", "3"), "each numbers its images by itself"
    assert (first["quality"], other["quality"]) == (0.8, 0)
    assert (first["true_positives"], other["false_negatives"]) == (1, 1)
    better = compare_images(folders, other=1, direction="better")
    assert [item["file_name"] for item in better["results"]] == ["b.png"]


def test_pages_and_confidence(folders: list[Path]) -> None:
    page = compare_images(folders, other=1, offset=1, limit=1)
    assert [item["file_name"] for item in page["results"]] == ["c.png"]
    strict = compare_images(folders, other=1, confidence=0.95)
    assert strict["same"] == 4, "nothing is found in either"
    with pytest.raises(ValueError, match="must lie between"):
        compare_images(folders, other=1, confidence=2)


def test_other_images_cannot_be_compared(folders: list[Path], tmp_path: Path) -> None:
    stranger = evaluation(tmp_path / "3", {"x": 0.5}, order=["x"])
    with pytest.raises(ValueError, match="the same images"):
        compare_images([folders[0], stranger], other=1)

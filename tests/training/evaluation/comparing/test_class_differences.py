"""Gained, lost or unclear, class by class: against the figures of the whole, and by known sets."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.comparing.class_differences import find_class_changes
from training.evaluation.comparing.resampled_scores import (
    weighted_class_precisions,
    weighted_precisions,
)
from training.evaluation.files.loading import open_folder
from training.evaluation.files.store import Picture

from ..files.test_columns import write
from ..files.test_reading import picture
from ..strategies import pictures


@given(pictures(), st.data())
def test_the_mean_of_the_classes_is_the_whole(
    tmp_path_factory: pytest.TempPathFactory, images: list[Picture], data: st.DataObject
) -> None:
    loaded = open_folder(write(tmp_path_factory.mktemp("one"), images))
    drawn = st.lists(st.integers(0, 3), min_size=len(images), max_size=len(images))
    weights = np.array(data.draw(drawn), dtype=np.int64).reshape(1, len(images))
    whole = weighted_precisions(loaded, weights, basis="mask")
    classes = weighted_class_precisions(loaded, weights, basis="mask")
    for name in ("map50", "map50_95"):
        known = [
            value for each in classes.values() if not np.isnan(value := getattr(each, name)[0])
        ]
        if known:
            assert getattr(whole, name)[0] == pytest.approx(np.mean(known), abs=1e-12)
        else:
            assert np.isnan(getattr(whole, name)[0])


def evaluation(folder: Path, found: list[tuple[bool, bool]], rare: int = 0) -> Path:
    """Class 0 and class 1 in each image, found or not; class 2 in the first ``rare``, not found."""
    folder.mkdir()
    images = []
    for number, both in enumerate(found):
        labels = [0, 1, 2] if number < rare else [0, 1]
        predictions = [(index, 0.8) for index in (0, 1) if both[index]]
        pairs = {(index, place): 0.9 for place, (index, _) in enumerate(predictions)}
        images.append(picture(f"{number:03}.png", labels, predictions, pairs))
    return write(folder, images)


def test_one_class_gains_and_another_loses(tmp_path: Path) -> None:
    first = evaluation(tmp_path / "1", [(n % 4 == 0, n % 4 != 0) for n in range(60)], rare=3)
    other = evaluation(tmp_path / "2", [(n % 4 != 0, n % 4 == 0) for n in range(60)], rare=3)
    told = find_class_changes(first, other)
    changes = {item["class_index"]: item for item in told["classes"]}
    assert [changes[index]["map50"]["change"] for index in (0, 1, 2)] == [
        "gained",
        "lost",
        "unclear",
    ]
    gained = changes[0]["map50_95"]
    assert gained["low"] is not None
    assert gained["high"] is not None
    assert 0 < gained["low"] <= gained["difference"] <= gained["high"]
    assert changes[0]["image_count"] == 60
    assert (changes[2]["image_count"], changes[2]["map50"]["low"]) == (3, None), "too few images"
    assert told["overall"]["map50"]["change"] == "unclear"
    assert told["visible"] is not None
    back = find_class_changes(other, first)
    assert back["classes"][0]["map50"]["change"] == "lost"


def test_the_same_twice_is_unclear(tmp_path: Path) -> None:
    first = evaluation(tmp_path / "1", [(n % 2 == 0, True) for n in range(30)])
    told = find_class_changes(first, first)
    for item in [told["overall"], *told["classes"]]:
        assert (item["map50"]["difference"], item["map50"]["change"]) == (0, "unclear")


def test_a_few_images_have_no_interval(tmp_path: Path) -> None:
    first = evaluation(tmp_path / "1", [(False, True)] * 5)
    other = evaluation(tmp_path / "2", [(True, True)] * 5)
    told = find_class_changes(first, other)
    assert told["visible"] is None
    assert told["overall"]["map50"]["change"] == "unclear"
    assert told["overall"]["map50"]["difference"] > 0


def test_other_images_are_refused(tmp_path: Path) -> None:
    first = evaluation(tmp_path / "1", [(True, True)] * 12)
    other = evaluation(tmp_path / "2", [(True, True)] * 11)
    with pytest.raises(ValueError, match="same images"):
        find_class_changes(first, other)

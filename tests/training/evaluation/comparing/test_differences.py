"""The paired bootstrap against the same figures of images that are really repeated."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.comparing.comparison import compare_images
from training.evaluation.comparing.differences import LEAST_IMAGES, find_differences
from training.evaluation.comparing.resampled_scores import (
    count_images,
    draw_weights,
    resample_count,
    weighted_f1,
    weighted_precisions,
)
from training.evaluation.files import reading
from training.evaluation.files.loading import open_folder
from training.evaluation.files.store import Picture
from training.evaluation.matching import Basis

from ..files.test_columns import write
from ..files.test_reading import picture
from ..strategies import pictures


def repeated(images: list[Picture], times: list[int]) -> list[Picture]:
    """Each image so often, under names of its own."""
    return [
        replace(image, record={**image.record, "file_name": f"{copy}_{image.record['file_name']}"})
        for image, count in zip(images, times, strict=True)
        for copy in range(count)
    ]


def untied(images: list[Picture]) -> list[Picture]:
    """No two predictions of equal confidence, of which a copy might come before the other."""
    number = 0
    result = []
    for image in images:
        steps = np.arange(number, number + len(image.confidence))[::-1]
        number += len(image.confidence)
        result.append(replace(image, confidence=(image.confidence + steps * 1e-4).astype("f4")))
    return result


@given(pictures(), st.data(), st.sampled_from(["box", "mask"]))
def test_weights_count_as_copies_do(
    tmp_path_factory: pytest.TempPathFactory,
    images: list[Picture],
    data: st.DataObject,
    basis: Basis,
) -> None:
    images = untied(images)
    times = data.draw(st.lists(st.integers(0, 3), min_size=len(images), max_size=len(images)))
    loaded = open_folder(write(tmp_path_factory.mktemp("one"), images))
    copies = write(tmp_path_factory.mktemp("copies"), repeated(images, times))
    weights = np.array([times, [1] * len(images)], dtype=np.int64).reshape(2, len(images))
    weighted = weighted_precisions(loaded, weights, basis=basis)
    expected = reading.read_summary(copies)
    has_labels = expected["instance_count"] > 0
    for name in ("map50", "map50_95"):
        value = getattr(weighted, name)[0]
        assert np.isnan(value) == (not has_labels)
        if has_labels:
            assert value == pytest.approx(expected[basis][name], abs=1e-12)
    point = reading.read_operating(copies, confidence=0.25, basis=basis)
    counts = count_images(loaded, confidence=0.25, basis=basis)
    f1 = weighted_f1(counts, weights[:, loaded.by_name])[0]
    if has_labels:
        assert f1 == pytest.approx(point["mean_of_classes"]["f1"] or 0.0, abs=1e-12)


def evaluation(folder: Path, found: list[bool]) -> Path:
    """One label an image; found with IoU 0.9, or nothing there."""
    folder.mkdir()
    return write(
        folder,
        [
            picture(f"{number:03}.png", [0], [(0, 0.8)] if is_found else [], {(0, 0): 0.9})
            if is_found
            else picture(f"{number:03}.png", [0], [], {})
            for number, is_found in enumerate(found)
        ],
    )


def test_a_difference_beyond_chance_and_one_that_is_not(tmp_path: Path) -> None:
    count = 60
    half = [number % 2 == 0 for number in range(count)]
    first = evaluation(tmp_path / "1", half)
    better = evaluation(tmp_path / "2", [number % 6 != 0 for number in range(count)])
    alike = evaluation(tmp_path / "3", [*half[:-2], not half[-2], not half[-1]])
    for other, is_distinguishable in ((better, True), (alike, False), (first, False)):
        told = find_differences(first, other, confidence=0.25)
        assert [item["figure"] for item in told["figures"]] == ["map50_95", "map50", "f1"]
        for item in told["figures"]:
            assert item["low"] is not None
            assert item["high"] is not None
            assert item["difference"] is not None
            assert item["low"] <= item["difference"] <= item["high"]
            assert item["is_distinguishable"] is is_distinguishable, item
    summary = reading.read_summary(better)
    told = find_differences(first, better, confidence=0.25)
    assert told["figures"][0]["other"] == pytest.approx(summary["mask"]["map50_95"], abs=1e-12)
    assert find_differences(first, better, confidence=0.25) == told, "the draw has a seed"


def test_the_interval_covers_the_truth_about_as_often_as_it_says(tmp_path: Path) -> None:
    """Two models alike, 60 splits: the interval of the difference of F1 holds 0 most times."""
    generator = np.random.default_rng(1)
    held = 0
    for number in range(60):
        draws = generator.random((2, 50)) < 0.6
        folders = [
            evaluation(tmp_path / f"{number}-{side}", draws[side].tolist()) for side in (0, 1)
        ]
        held += not find_differences(*folders, confidence=0.25)["figures"][2]["is_distinguishable"]
    assert 50 <= held <= 60


def test_too_few_images_and_nothing_to_measure_are_said(tmp_path: Path) -> None:
    few = [
        evaluation(tmp_path / name, [is_found] * (LEAST_IMAGES - 1))
        for name, is_found in (("1", True), ("2", False))
    ]
    told = find_differences(*few, confidence=0.25)
    assert told["is_too_small"]
    assert all(item["low"] is None for item in told["figures"])
    assert not any(item["is_distinguishable"] for item in told["figures"])
    background = [
        write(tmp_path / name, [picture(f"{i}.png", [], [(0, 0.9)], {}) for i in range(12)])
        for name in "ab"
    ]
    told = find_differences(*background, confidence=0.25)
    assert all(
        item[key] is None
        for item in told["figures"]
        for key in ("first", "other", "difference", "low", "high")
    )


def test_other_images_and_thresholds_are_refused(tmp_path: Path) -> None:
    first = evaluation(tmp_path / "1", [True] * 12)
    other = evaluation(tmp_path / "2", [True] * 13)
    with pytest.raises(ValueError, match="the same images"):
        find_differences(first, other, confidence=0.25)
    with pytest.raises(ValueError, match="must lie between"):
        find_differences(first, first, confidence=1.5)


def test_the_work_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = open_folder(evaluation(tmp_path / "1", [True] * 12))
    assert resample_count(loaded) == 1000
    monkeypatch.setattr("training.evaluation.comparing.resampled_scores._WORK", 1)
    assert resample_count(loaded) == 200
    weights = draw_weights(12, 200)
    assert (weights.sum(axis=1) == 12).all()
    assert (weights == draw_weights(12, 200)).all()


def test_each_count_opens_its_images(tmp_path: Path) -> None:
    first = evaluation(tmp_path / "1", [True, True, False, False, True])
    other = evaluation(tmp_path / "2", [True, False, True, True, True])
    for direction in ("better", "worse", "same"):
        page = compare_images([first, other], other=1, direction=direction)
        assert page["total"] == page[direction] == len(page["results"])
    assert page["better"] + page["worse"] + page["same"] == 5


def test_all_are_compared_at_one_confidence(tmp_path: Path) -> None:
    first = evaluation(tmp_path / "1", [True] * 3)
    (tmp_path / "2").mkdir()
    sure = write(
        tmp_path / "2", [picture(f"{i:03}.png", [0], [(0, 0.3)], {(0, 0): 0.9}) for i in range(3)]
    )
    page = compare_images([first, sure], other=1, direction="worse")
    best = reading.read_summary(first)["best_confidence"]["mask"]
    assert {side["confidence"] for item in page["results"] for side in item["sides"]} == {best}

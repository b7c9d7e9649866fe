"""TIDE's six types, one picture each, and what correcting them would gain."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from training.evaluation.files.store import Picture
from training.evaluation.scores.error_types import (
    BACKGROUND,
    BOTH,
    CLASSIFICATION,
    DUPLICATE,
    LOCALISATION,
    RIGHT,
    find_errors,
    type_predictions,
)
from training.evaluation.scores.statistics import Statistics

from ..files.test_reading import picture
from ..strategies import pictures
from ..test_matching import statistics_of

CASES = {
    RIGHT: picture("right", [0], [(0, 0.9)], {(0, 0): 0.8}),
    LOCALISATION: picture("place", [0], [(0, 0.9)], {(0, 0): 0.3}),
    CLASSIFICATION: picture("class", [1], [(0, 0.9)], {(0, 0): 0.8}),
    BOTH: picture("both", [1], [(0, 0.9)], {(0, 0): 0.3}),
    DUPLICATE: picture("twice", [0], [(0, 0.9), (0, 0.8)], {(0, 0): 0.8, (0, 1): 0.7}),
    BACKGROUND: picture("ghost", [0], [(0, 0.9)], {}),
}


@pytest.mark.parametrize(("code", "image"), CASES.items(), ids=lambda value: str(value)[:12])
def test_each_type(code: int, image: Picture) -> None:
    assert type_predictions(statistics_of([image])).type[-1] == code


def counts(statistics: Statistics, confidence: float = 0.25) -> dict[str, int]:
    found = find_errors(statistics, confidence=confidence)
    return {item["type"]: item["count"] for item in found["types"]}


def test_counts_at_a_confidence() -> None:
    statistics = statistics_of(list(CASES.values()))
    assert counts(statistics) == {
        "classification": 1,
        "localisation": 1,
        "both": 1,
        "duplicate": 1,
        "background": 1,
        "missed": 2,  # those of "both" and "ghost"
    }
    assert counts(statistics, confidence=0.95) == {
        "classification": 0,
        "localisation": 0,
        "both": 0,
        "duplicate": 0,
        "background": 0,
        "missed": 6,
    }


@pytest.mark.parametrize(
    ("kind", "image", "gain"),
    [
        ("localisation", CASES[LOCALISATION], 1),
        ("classification", CASES[CLASSIFICATION], 1),
        ("both", CASES[BOTH], 0),  # its label stays unfound
        ("missed", picture("m", [0, 0], [(0, 0.9)], {(0, 0): 0.9}), 50 / 101),
        ("background", picture("b", [0], [(0, 0.9), (0, 0.5)], {(0, 1): 0.9}), 0.5),
        ("duplicate", CASES[DUPLICATE], 0),  # what comes after full recall does not matter
    ],
)
def test_what_a_correction_gains(kind: str, image: Picture, gain: float) -> None:
    found = find_errors(statistics_of([image]), confidence=0.25)
    gains = {item["type"]: item["d_ap"] for item in found["types"]}
    assert gains.pop(kind) == pytest.approx(gain)  # type: ignore[call-overload]
    if gain:
        assert all(other == pytest.approx(0) for other in gains.values())


def test_of_two_that_aim_at_a_label_the_more_confident_is_corrected() -> None:
    """And one that aims at a label that is found goes."""
    image = picture(
        "three",
        [0, 0],
        [(0, 0.9), (0, 0.8), (0, 0.7), (0, 0.6)],
        {(0, 0): 0.3, (0, 1): 0.2, (1, 2): 0.4, (1, 3): 0.9},
    )
    found = find_errors(statistics_of([image]), confidence=0.25)
    gains = {item["type"]: item["d_ap"] for item in found["types"]}
    assert found["ap50"] == pytest.approx(51 / 101 / 4)
    assert gains["localisation"] == pytest.approx(1 - found["ap50"])


@given(pictures())
def test_every_prediction_has_one_type_and_no_correction_harms(images: list[Picture]) -> None:
    statistics = statistics_of(images)
    typed = type_predictions(statistics)
    assert np.isin(typed.type, [RIGHT, 0, 1, 2, 3, 4]).all()
    for item in find_errors(statistics, confidence=0.0)["types"]:
        assert item["d_ap"] >= -1e-9, item
        assert item["count"] >= 0


def test_an_empty_split(tmp_path: Path) -> None:
    found = find_errors(statistics_of([]), confidence=0.25)
    assert found["ap50"] == 0
    assert sum(item["count"] for item in found["types"]) == 0

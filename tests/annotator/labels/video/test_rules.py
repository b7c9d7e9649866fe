"""Which frames a rule asks for, and what is no rule."""

from typing import Any

import numpy as np
import pytest

from annotator.labels.video.rules import (
    SCENE_STEPS,
    Chooser,
    FrameRule,
    RuleError,
    SceneCounts,
    parse_rule,
    scene_change,
    signature_of,
)


def chosen(rule: FrameRule, times_ms: list[int]) -> list[int]:
    chooser = Chooser(rule)
    return [
        number
        for number, time_ms in enumerate(times_ms)
        if not chooser.is_over(time_ms) and chooser.wants(number, time_ms, None)
    ]


@pytest.mark.parametrize(
    ("rule", "times_ms", "expected"),
    [
        ({"every": 3}, range(0, 1000, 100), [0, 3, 6, 9]),
        ({"every": 1}, range(0, 300, 100), [0, 1, 2]),
        ({"fps": 2}, range(0, 2000, 100), [0, 5, 10, 15]),
        ({"fps": 30}, [0, 33, 67, 100], [0, 1, 2, 3]),
        ({}, range(0, 3000, 250), [0, 4, 8]),
        # after a gap one frame comes, not those that the gap would have had
        ({"fps": 1}, [0, 500, 1000, 6000, 6100, 7000], [0, 2, 3, 5]),
        ({"every": 2, "from_seconds": 0.25}, range(0, 800, 100), [4, 6]),
        ({"every": 1, "from_seconds": 0.2, "to_seconds": 0.4}, range(0, 800, 100), [2, 3]),
    ],
)
def test_what_a_rule_chooses(rule: Any, times_ms: Any, expected: list[int]) -> None:
    assert chosen(parse_rule(rule), list(times_ms)) == expected


@pytest.mark.parametrize("first", range(1, 9))
def test_a_chooser_goes_on_as_if_it_had_never_stopped(first: int) -> None:
    times_ms = [0, 90, 410, 500, 900, 1000, 1400, 2600, 2700, 3100]
    for rule in (FrameRule(fps=2), FrameRule(every=2)):
        whole = chosen(rule, times_ms)
        last = max((number for number in whole if number <= first), default=None)
        if last is None:
            continue
        again = Chooser(rule)
        again.go_on_behind(times_ms[last], None)
        rest = [n for n in range(last + 1, 10) if again.wants(n, times_ms[n], None)]
        assert rest == [number for number in whole if number > last]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"evry": 3}, "no “evry”"),
        ({"every": 3, "fps": 1}, "one of every, fps and scene"),
        ({"every": 0}, "every is a number from 1"),
        ({"every": 2.5}, "whole number"),
        ({"every": True}, "every is a number"),
        ({"fps": "2"}, "fps is a number"),
        ({"fps": float("nan")}, "fps is a number"),
        ({"scene": 2}, "scene is a number from 0.01 to 1"),
        ({"most": 1_000_000}, "most is a number from 1 to 100,000"),
        ({"from_seconds": 5, "to_seconds": 5}, "before its beginning"),
        ({"keeps_duplicates": 1}, "true or false"),
        ([], "Say which frames"),
    ],
)
def test_what_is_no_rule_is_refused(raw: object, said: str) -> None:
    with pytest.raises(RuleError, match=said):
        parse_rule(raw)


def test_a_rule_survives_json() -> None:
    rule = FrameRule(fps=2.0, from_seconds=1.5, most=20, keeps_duplicates=True)
    assert parse_rule(rule.to_json()) == rule
    assert FrameRule().to_json() == {}
    assert [FrameRule(every=n).words() for n in (1, 2, 3, 11, 22)] == [
        *("every frame", "every 2nd frame", "every 3rd frame", "every 11th frame"),
        "every 22nd frame",
    ]


def test_a_change_of_scene_is_the_share_that_has_another_brightness() -> None:
    black = np.zeros((36, 64), np.uint8)
    quarter, moved = black.copy(), black.copy()
    quarter[:18, :32] = 255
    black[2:4, 2:4] = 255
    moved[4:6, 6:8] = 255  # within a block
    assert scene_change(signature_of(quarter), signature_of(np.zeros_like(black))) == 0.25
    assert scene_change(signature_of(black), signature_of(moved)) == 0
    white = np.full_like(black, 255)
    assert scene_change(signature_of(np.zeros_like(black)), signature_of(white)) == 1


def test_scenes_are_counted_for_each_threshold_as_they_would_be_chosen() -> None:
    rng = np.random.default_rng(3)
    frames = [rng.integers(0, 255, (36, 64), dtype=np.uint8) // (1 + n % 7) for n in range(60)]
    smalls = [signature_of(frame) for frame in frames]
    counts = SceneCounts()
    for small in smalls:
        counts.add(small)
    for threshold, count in zip(SCENE_STEPS, counts.counts, strict=True):
        chooser = Chooser(FrameRule(scene=threshold))
        assert sum(chooser.wants(n, n, small) for n, small in enumerate(smalls)) == count

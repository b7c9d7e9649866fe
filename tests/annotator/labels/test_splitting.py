"""Dividing images among the splits."""

import random
from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from annotator.labels.splitting import Division, SplitItem, divide

RATIOS = {"train": 70, "val": 20, "test": 10}


def item(number: int, *classes: int, **values: object) -> SplitItem:
    return SplitItem(f"{number:05}", dict.fromkeys(classes, 1), **values)  # type: ignore[arg-type]


def sizes(division: Division) -> Counter[str]:
    return Counter(division.splits.values())


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, {}),
        (1, {"train": 1}),
        (2, {"train": 1, "val": 1}),
        (3, {"train": 1, "val": 1, "test": 1}),
        (10, {"train": 7, "val": 2, "test": 1}),
        (100, {"train": 70, "val": 20, "test": 10}),
    ],
)
def test_shares_are_kept_and_from_three_images_on_no_split_is_empty(
    count: int, expected: dict[str, int]
) -> None:
    assert sizes(divide([item(n, 1) for n in range(count)], RATIOS, seed=1)) == expected


def test_a_split_without_a_share_gets_nothing() -> None:
    items = [item(n, n % 3) for n in range(30)]
    division = divide(items, {"train": 80, "val": 20, "test": 0}, seed=3)
    assert sizes(division) == {"train": 24, "val": 6}


def test_rare_classes_are_in_every_split() -> None:
    """1,000 images of one class, and three of another: at random, test would hardly get one."""
    items = [item(n, 1, *([2] if n < 3 else [])) for n in range(1000)]
    division = divide(items, RATIOS, seed=5)
    assert {division.splits[f"{n:05}"] for n in range(3)} == {"train", "val", "test"}
    assert sizes(division) == {"train": 700, "val": 200, "test": 100}


def test_objects_are_divided_and_not_images_alone() -> None:
    """Every tenth image holds 50 objects, the others one."""
    items = [SplitItem(f"{n:05}", {1: 50 if n % 10 == 0 else 1}) for n in range(500)]
    division = divide(items, RATIOS, seed=2)
    objects: Counter[str] = Counter()
    for each in items:
        objects[division.splits[each.key]] += each.labels[1]
    total = objects.total()
    assert objects["train"] / total == pytest.approx(0.7, abs=0.05)
    assert objects["val"] / total == pytest.approx(0.2, abs=0.05)
    assert objects["test"] / total == pytest.approx(0.1, abs=0.05)


def test_pinned_images_stay_and_take_what_they_belong_to_with_them() -> None:
    items = [item(n, 1) for n in range(20)]
    items += [item(20, 1, pinned="test", ties=["video"]), item(21, 1, ties=["video"])]
    items += [item(22, 1, pinned="val", ties=["other"]), item(23, 1, pinned="test", ties=["other"])]
    division = divide(items, RATIOS, seed=0)
    assert division.splits["00020"] == division.splits["00021"] == "test"
    assert (division.splits["00022"], division.splits["00023"]) == ("val", "test")
    assert [unit.size for unit in division.torn] == [2]


def test_another_seed_divides_otherwise() -> None:
    items = [item(n, n % 4) for n in range(200)]
    assert divide(items, RATIOS, seed=1).splits != divide(items, RATIOS, seed=2).splits


@st.composite
def datasets(draw: st.DrawFn) -> list[SplitItem]:
    classes = st.lists(st.integers(0, 6), max_size=4, unique=True)
    ties = st.lists(st.sampled_from("abcdefgh"), max_size=1)
    pins = st.sampled_from([None, None, None, None, "train", "val", "test"])
    rows = draw(st.lists(st.tuples(classes, ties, pins), min_size=1, max_size=60))
    return [
        SplitItem(f"{n:05}", dict.fromkeys(its, n % 5 + 1), tuple(tied), pin)
        for n, (its, tied, pin) in enumerate(rows)
    ]


@given(datasets(), st.integers(0, 5))
@example_settings(max_examples=150)
def test_groups_are_whole_pins_are_kept_and_the_order_does_not_matter(
    items: list[SplitItem], seed: int
) -> None:
    division = divide(items, RATIOS, seed=seed)
    assert division.splits.keys() == {each.key for each in items}
    of_group: dict[object, set[str]] = defaultdict(set)
    torn = {tie for unit in division.torn for each in unit.items for tie in each.ties}
    for each in items:
        assert each.pinned in (None, division.splits[each.key])
        for tie in each.ties:
            of_group[tie].add(division.splits[each.key])
    assert all(len(splits) == 1 for tie, splits in of_group.items() if tie not in torn)
    mixed = list(items)
    random.Random(seed).shuffle(mixed)
    assert divide(mixed, RATIOS, seed=seed).splits == division.splits


@given(
    st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=5, unique=True), min_size=3),
    st.integers(0, 3),
)
@example_settings(max_examples=150)
def test_free_images_keep_their_shares_and_nothing_is_missing(
    classes: list[list[int]], seed: int
) -> None:
    """Each class of three images or more is in every split, unless no image can be spared."""
    items = [item(n, *its) for n, its in enumerate(classes)]
    division = divide(items, RATIOS, seed=seed)
    found = sizes(division)
    assert set(found) == set(RATIOS)
    # at most as many images beside the share as classes that wanted one of their own there
    slack = 2 + len({label for its in classes for label in its})
    for split, ratio in RATIOS.items():
        assert abs(found[split] - len(items) * ratio / 100) <= slack
    alone = [label for label in range(10) if sum(its == [label] for its in classes) >= 3]
    for label in alone:
        its_splits = {division.splits[each.key] for each in items if label in each.labels}
        assert its_splits == set(RATIOS)

"""Dividing images among train, val and test: stratified, groups whole, repeatable. Pure.

Iterative stratification after Sechidis, Tsoumakas and Vlahavas, "On the stratification of
multi-label data" (ECML PKDD 2011): the rarest label first, each of its images to the split that
lacks it most. What belongs together (a group, near-duplicates) is one unit that goes as a whole.
Two passes mend what the greedy one leaves: a label that could be in every split and is not, and
splits that came out too large or too small.
"""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

MOST_BALANCE_MOVES = 2_000
_LOOKED_AT = 1_000
_CANDIDATES = 200
"""Units that the balancing looks at before each move, and of those that may go, compares."""

Label = Hashable


@dataclass(frozen=True, slots=True)
class SplitItem:
    """An image: ``labels`` are its classes with their objects, or what else is to be divided evenly
    (with 1). ``ties``: names of what it belongs to; images that share one go together.
    ``pinned``: the split that it stays in.
    """

    key: str
    labels: Mapping[Label, int]
    ties: Sequence[Hashable] = ()
    pinned: str | None = None


@dataclass(slots=True)
class Unit:
    """Images that go to one split together. ``pinned``: there, whatever the shares."""

    items: list[SplitItem]
    images: Counter[Label] = field(default_factory=Counter)
    objects: Counter[Label] = field(default_factory=Counter)
    pinned: str | None = None
    split: str = ""

    @property
    def size(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True)
class Division:
    """``splits``: of each key. ``torn``: units whose images are pinned to different splits."""

    splits: dict[str, str]
    units: list[Unit]
    torn: list[Unit]


def divide(items: Sequence[SplitItem], ratios: Mapping[str, float], *, seed: int) -> Division:
    """Divide images by ``ratios`` (of splits, in the order in which ties are broken).

    The same images, ratios and seed give the same division, in whatever order the images come. A
    split of ratio 0 gets nothing but what is pinned to it. From as many units on as there are
    splits, each split gets one at least, of the images and of each label.
    """
    rng = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    units = _make_units(sorted(items, key=lambda item: item.key))
    rng.shuffle(units)
    total = sum(ratios.values())
    shares = {split: ratio / total for split, ratio in ratios.items() if ratio > 0}
    state = _State(units, shares)
    for unit in units:
        if unit.pinned is not None:
            state.put(unit, unit.pinned)
    _stratify(state)
    _fill_gaps(state)
    _balance(state, rng)
    _fill_gaps(state)
    splits = {item.key: item.pinned or unit.split for unit in units for item in unit.items}
    torn = [unit for unit in units if len({item.pinned for item in unit.items} - {None}) > 1]
    return Division(splits, units, torn)


def _make_units(items: Sequence[SplitItem]) -> list[Unit]:
    """Join images that share a tie, through however many others."""
    parent = list(range(len(items)))

    def find(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    first: dict[Hashable, int] = {}
    for place, item in enumerate(items):
        for tie in item.ties:
            other = first.setdefault(tie, place)
            a, b = find(other), find(place)
            parent[max(a, b)] = min(a, b)
    members: dict[int, list[SplitItem]] = defaultdict(list)
    for place, item in enumerate(items):
        members[find(place)].append(item)
    return [_make_unit(its) for its in members.values()]


def _make_unit(items: list[SplitItem]) -> Unit:
    unit = Unit(items)
    pins: Counter[str] = Counter()
    for item in items:
        for label, count in item.labels.items():
            unit.images[label] += 1
            unit.objects[label] += count
        if item.pinned is not None:
            pins[item.pinned] += 1
    if pins:
        unit.pinned = min(pins, key=lambda split: (-pins[split], split))
    return unit


class _State:
    """How much each split still lacks, of the images and of each label."""

    def __init__(self, units: Sequence[Unit], shares: Mapping[str, float]) -> None:
        self.units = units
        self.shares = shares
        self.splits = list(shares)
        self.size: Counter[str] = Counter()
        self.holders: dict[Label, list[Unit]] = defaultdict(list)
        images: Counter[Label] = Counter()
        objects: Counter[Label] = Counter()
        for unit in units:
            images.update(unit.images)
            objects.update(unit.objects)
            for label in unit.images:
                self.holders[label].append(unit)
        self.images, self.total = images, sum(unit.size for unit in units)
        self.wanted_size = self._wanted(self.total, len(units))
        self.wanted = {
            label: self._wanted(count, len(self.holders[label])) for label, count in images.items()
        }
        self.wanted_objects = {
            label: {split: share * max(count, 1) for split, share in shares.items()}
            for label, count in objects.items()
        }
        self.lacking = {label: dict(wanted) for label, wanted in self.wanted.items()}
        self.lacking_objects = {
            label: dict(wanted) for label, wanted in self.wanted_objects.items()
        }
        self.units_in: dict[Label, Counter[str]] = {label: Counter() for label in images}
        self.count_in: Counter[str] = Counter()

    def _wanted(self, count: int, units: int) -> dict[str, float]:
        """The share of each split in ``count``; one at least, where there are enough units."""
        wanted = {split: share * count for split, share in self.shares.items()}
        if units >= len(wanted):
            for split in sorted(wanted, key=wanted.__getitem__):
                if wanted[split] < 1:
                    largest = max(wanted, key=wanted.__getitem__)
                    wanted[largest] -= 1 - wanted[split]
                    wanted[split] = 1.0
        return wanted

    def put(self, unit: Unit, split: str) -> None:
        """Place a unit, taking it from where it was."""
        if unit.split:
            self._count(unit, unit.split, -1)
        unit.split = split
        self._count(unit, split, 1)

    def _count(self, unit: Unit, split: str, sign: int) -> None:
        self.size[split] += sign * unit.size
        self.count_in[split] += sign
        for label, count in unit.images.items():
            self.units_in[label][split] += sign
            if split in self.shares:
                self.lacking[label][split] -= sign * count
                self.lacking_objects[label][split] -= sign * unit.objects[label]

    def lacks(self, split: str) -> float:
        return self.wanted_size[split] - self.size[split]

    def is_spread(self, label: Label) -> bool:
        """Whether a label has units enough to be in every split."""
        return len(self.holders[label]) >= len(self.splits)

    def may_leave(self, unit: Unit) -> bool:
        """Whether a unit can leave its split without taking the last of something with it."""
        if unit.pinned is not None or self.count_in[unit.split] < 2:
            return False
        return all(
            self.units_in[label][unit.split] > 1 for label in unit.images if self.is_spread(label)
        )


def _stratify(state: _State) -> None:
    """The greedy pass: the label of fewest units first, its largest units first."""
    left = {
        label: sum(not unit.split for unit in holders) for label, holders in state.holders.items()
    }
    order = {label: place for place, label in enumerate(sorted(left, key=repr))}
    while (label := _rarest(left, order)) is not None:
        waiting = [unit for unit in state.holders[label] if not unit.split]
        waiting.sort(key=partial(_by_holding, label))
        for unit in waiting:
            state.put(unit, _neediest(state, label))
            for each in unit.images:
                left[each] -= 1
    for unit in state.units:
        if not unit.split:  # without any label
            state.put(unit, max(state.splits, key=state.lacks))


def _by_holding(label: Label, unit: Unit) -> tuple[int, int]:
    return -unit.images[label], -unit.objects[label]


def _rarest(left: Mapping[Label, int], order: Mapping[Label, int]) -> Label | None:
    waiting = [label for label, count in left.items() if count > 0]
    return min(waiting, key=lambda label: (left[label], order[label]), default=None)


def _neediest(state: _State, label: Label) -> str:
    """The split of whose share of a label most is lacking, images and objects weighing the same.

    Sechidis takes the largest number that is lacking. Where images differ in their objects and
    the largest come first, all of those would go to the largest split.
    """
    images, objects = state.lacking[label], state.lacking_objects[label]
    wanted, wanted_objects = state.wanted[label], state.wanted_objects[label]

    def need(split: str) -> tuple[float, float]:
        part = images[split] / wanted[split] + objects[split] / wanted_objects[split]
        return round(part, 9), state.lacks(split)

    return max(state.splits, key=need)


def _fill_gaps(state: _State) -> None:
    """Bring labels, and images at all, to splits that have none and could have some."""
    if len(state.units) >= len(state.splits):
        for split in state.splits:
            if state.count_in[split] == 0:
                _fetch(state, split, state.units)
    for label in sorted(state.holders, key=lambda each: (len(state.holders[each]), repr(each))):
        if not state.is_spread(label):
            continue
        for split in state.splits:
            if state.units_in[label][split] == 0:
                _fetch(state, split, state.holders[label])


def _fetch(state: _State, split: str, units: Sequence[Unit]) -> None:
    """Move the smallest unit that can be spared to ``split``."""
    free = [unit for unit in units if unit.split != split and state.may_leave(unit)]
    if free:
        state.put(min(free, key=lambda unit: (unit.size, -state.size[unit.split])), split)


def _balance(state: _State, rng: random.Random) -> None:
    """Move units from the split that is too large to the one that is too small."""
    for _ in range(MOST_BALANCE_MOVES):
        over = min(state.splits, key=state.lacks)
        under = max(state.splits, key=state.lacks)
        gap = min(-state.lacks(over), state.lacks(under))
        if over == under or max(-state.lacks(over), state.lacks(under)) < 1:
            return
        most = max(1, math.ceil(gap))
        free = _find_free(
            state, rng.sample(state.units, min(len(state.units), _LOOKED_AT)), over, most
        )
        free = free or _find_free(state, state.units, over, most)
        if not free:
            return
        best = max(free[:_CANDIDATES], key=partial(_gain, state, over, under))
        before = abs(state.lacks(over)) + abs(state.lacks(under))
        state.put(best, under)
        if abs(state.lacks(over)) + abs(state.lacks(under)) >= before:
            state.put(best, over)
            return


def _find_free(state: _State, units: Sequence[Unit], split: str, most: int) -> list[Unit]:
    return [
        unit
        for unit in units
        if unit.split == split and unit.size <= most and state.may_leave(unit)
    ]


def _gain(state: _State, over: str, under: str, unit: Unit) -> float:
    """How much better the labels of a unit are divided after its move."""
    return sum(
        (state.lacking[label][under] - state.lacking[label][over]) / state.images[label]
        for label in unit.images
    )

"""Images that belong in one split: a group, or images that look alike; and where they are torn."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from annotator.labels.near_duplicates import group_near_duplicates
from annotator.models import Dataset, FindingKind, Image, Split

GATHERED = (FindingKind.LEAK, FindingKind.TORN_GROUP)


class Tied(NamedTuple):
    """An image; ``likeness``: the number of the set of images that look like it, None for none."""

    image_id: UUID
    split: str
    group: str
    likeness: int | None
    is_pinned: bool

    def tie(self, kind: FindingKind) -> Hashable | None:
        """What it belongs to, in the sense of a kind of finding."""
        return self.likeness if kind == FindingKind.LEAK else self.group or None


def read_ties(dataset: Dataset) -> list[Tied]:
    """Return the living images with what ties them to others."""
    rows = list(
        Image.objects.filter(dataset=dataset)
        .order_by("stem")
        .values_list("pk", "split", "group", "perceptual_hash", "is_split_pinned")
    )
    alike = group_near_duplicates([row[3] for row in rows])
    return [
        Tied(pk, split, group, likeness, is_pinned)
        for (pk, split, group, _, is_pinned), likeness in zip(rows, alike, strict=True)
    ]


def find_torn(ties: Sequence[Tied], kind: FindingKind) -> Iterator[list[Tied]]:
    """Yield each set of tied images that lies in several splits."""
    sets: dict[Hashable, list[Tied]] = defaultdict(list)
    for tied in ties:
        if (tie := tied.tie(kind)) is not None:
            sets[tie].append(tied)
    for members in sets.values():
        if len({tied.split for tied in members}) > 1:
            yield members


def plan_gathering(
    ties: Sequence[Tied], kind: FindingKind, wanted: Iterable[UUID]
) -> Iterator[tuple[Tied, str]]:
    """Yield the images that move, and where to, so that no set with one of ``wanted`` is torn.

    What hangs together by a group or by likeness moves as one, so that bringing one kind together
    does not tear the other. It goes where most of it lies; pinned images stay, and draw the others
    to them.
    """
    chosen = set(wanted)
    torn = {
        tied.image_id
        for members in find_torn(ties, kind)
        if any(tied.image_id in chosen for tied in members)
        for tied in members
    }
    for unit in _units(ties):
        if not any(tied.image_id in torn for tied in unit):
            continue
        split = _split_of(unit)
        for tied in unit:
            if tied.split != split:
                yield tied, split


def _split_of(unit: Sequence[Tied]) -> str:
    pinned = Counter(tied.split for tied in unit if tied.is_pinned)
    counts: Mapping[str, int] = pinned or Counter(tied.split for tied in unit)
    return max(Split.values, key=lambda split: (counts[split], -Split.values.index(split)))


def _units(ties: Sequence[Tied]) -> Iterator[list[Tied]]:
    """Images that hang together by any tie (union by the first image of each tie)."""
    parent = list(range(len(ties)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    first: dict[Hashable, int] = {}
    for place, tied in enumerate(ties):
        for kind in GATHERED:
            if (tie := tied.tie(kind)) is not None:
                other = root(first.setdefault((kind, tie), place))
                mine = root(place)
                parent[max(other, mine)] = min(other, mine)
    units: dict[int, list[Tied]] = defaultdict(list)
    for place, tied in enumerate(ties):
        units[root(place)].append(tied)
    yield from (unit for unit in units.values() if len(unit) > 1)

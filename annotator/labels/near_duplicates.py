"""Images that look alike: by perceptual hashes of 64 bits, few of which differ. Pure.

Of two hashes that differ in at most ``d`` bits, one of ``d + 1`` bands is equal in both. So only
hashes that share a band are compared, and the work grows with the images and not with their square.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

MOST_DIFFERENT_BITS = 4
_BITS = 64
_MOST_COMPARED = 1_000
"""Hashes of one band with which each is compared, the next ones in the order of the hashes: an
image that is like thousands of others is like its neighbours too."""

Hashes = NDArray[np.uint64]


def group_near_duplicates(
    hashes: Sequence[int | None], *, most_bits: int = MOST_DIFFERENT_BITS
) -> list[int | None]:
    """Return the number of the group of each hash, None for what is like no other.

    ``hashes`` are signed 64 bits; None (not computed) and 0 (nothing to compare by) are like none.
    What is alike through others is one group.
    """
    known = np.array([value or 0 for value in hashes], dtype=np.int64).view(np.uint64)
    unique, places, counts = np.unique(known, return_inverse=True, return_counts=True)
    parent = np.arange(len(unique))
    for first, second in _pairs(unique, most_bits):
        _join(parent, first, second)
    roots = np.array([_root(parent, place) for place in range(len(unique))], dtype=np.int64)
    sizes = np.zeros(len(unique))
    np.add.at(sizes, roots, counts)
    return [
        int(roots[place]) if unique[place] and sizes[roots[place]] > 1 else None for place in places
    ]


def _pairs(unique: Hashes, most_bits: int) -> list[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    bounds = np.linspace(0, _BITS, most_bits + 2).astype(int)
    places = np.flatnonzero(unique)
    for low, high in pairwise(bounds):
        mask = np.uint64((1 << int(high - low)) - 1)
        keys = (unique[places] >> np.uint64(low)) & mask
        order = np.argsort(keys, kind="stable")
        ordered, keys = places[order], keys[order]
        starts = np.arange(len(ordered))
        for step in range(1, _MOST_COMPARED):
            starts = starts[starts + step < len(ordered)]
            starts = starts[keys[starts] == keys[starts + step]]
            if not len(starts):
                break
            first, second = ordered[starts], ordered[starts + step]
            near = np.bitwise_count(unique[first] ^ unique[second]) <= most_bits
            found.update(zip(first[near].tolist(), second[near].tolist(), strict=True))
    return sorted(found)


def _root(parent: NDArray[np.int64], place: int) -> int:
    while parent[place] != place:
        parent[place] = parent[parent[place]]
        place = int(parent[place])
    return place


def _join(parent: NDArray[np.int64], first: int, second: int) -> None:
    a, b = _root(parent, first), _root(parent, second)
    parent[max(a, b)] = min(a, b)

"""Images that look alike."""

from hypothesis import given
from hypothesis import strategies as st

from annotator.labels.near_duplicates import MOST_DIFFERENT_BITS, group_near_duplicates

HASHES = st.integers(-(2**63), 2**63 - 1)


def signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def test_what_is_unknown_or_plain_is_like_nothing() -> None:
    *others, first, second = group_near_duplicates([None, None, 0, 0, 5, 5])
    assert others == [None, None, None, None]
    assert first is not None
    assert first == second
    assert group_near_duplicates([]) == []


@given(HASHES.filter(bool), st.sets(st.integers(0, 63), max_size=10))
def test_two_are_alike_when_few_bits_differ(value: int, bits: set[int]) -> None:
    other = signed((value & (2**64 - 1)) ^ sum(1 << bit for bit in bits))
    first, second = group_near_duplicates([value, other])
    is_alike = len(bits) <= MOST_DIFFERENT_BITS and other != 0
    assert (first is not None and first == second) == is_alike


@given(
    st.lists(st.sampled_from([1, 3, 7, 2**40 + 1, 2**40 + 2**30 + 1, 2**62 - 1, -1]), max_size=40)
)
def test_the_bands_find_every_pair(values: list[int]) -> None:
    groups = group_near_duplicates(values)
    for i, a in enumerate(values):
        for j in range(i):
            differing = ((a ^ values[j]) & (2**64 - 1)).bit_count()
            if differing <= MOST_DIFFERENT_BITS:
                assert groups[i] is not None
                assert groups[i] == groups[j]


def test_what_is_alike_through_another_is_one_group() -> None:
    chain = [0b1, 0b11111, 0b111111111]
    first, second, third = group_near_duplicates(chain)
    assert first is not None
    assert first == second == third

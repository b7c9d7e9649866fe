"""Items that a thread makes ahead of who takes them."""

import threading
from collections.abc import Iterator

import pytest

from annotator.kernel.ahead import made_ahead


def weigh(item: int) -> int:
    return 1


def test_they_come_in_their_order() -> None:
    with made_ahead(iter(range(1000)), weight_of=weigh, most_weight=7) as made:
        assert list(made) == list(range(1000))


def test_no_more_are_made_than_may_wait() -> None:
    started = threading.Semaphore(0)
    count = 0

    def items() -> Iterator[int]:
        nonlocal count
        for number in range(1000):
            count += 1
            started.release()
            yield number

    with made_ahead(items(), weight_of=weigh, most_weight=5) as made:
        for _ in range(5):
            assert started.acquire(timeout=10)
        assert count == 5  # the fifth item filled it
        next(made)
        assert started.acquire(timeout=10)
        assert count <= 7
    assert count <= 7
    assert not any(thread.name == "made-ahead" for thread in threading.enumerate())


def test_an_error_comes_in_its_place() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("gone")

    with made_ahead(items(), weight_of=weigh, most_weight=100) as made:
        assert [next(made), next(made)] == [1, 2]
        with pytest.raises(OSError, match="gone"):
            next(made)


def test_leaving_early_ends_the_thread() -> None:
    def endless() -> Iterator[int]:
        while True:
            yield 1

    with made_ahead(endless(), weight_of=weigh, most_weight=3) as made:
        next(made)
    assert not any(thread.name == "made-ahead" for thread in threading.enumerate())

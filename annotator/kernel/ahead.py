"""Working out the next items in a thread while the caller writes the last ones."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


@contextmanager
def made_ahead(
    items: Iterator[T], *, weight_of: Callable[[T], int], most_weight: int
) -> Iterator[Iterator[T]]:
    """Yield ``items`` in their order; a thread makes them ahead of the caller.

    The thread waits while what it has made weighs ``most_weight`` or more. It must not use the
    database: its connection would be another one. What it raises is raised to the caller, in the
    place of the item. When the body ends, the thread has ended too.
    """
    ahead = _Ahead(items, weight_of, most_weight)
    thread = threading.Thread(target=ahead.make_all, name="made-ahead", daemon=True)
    thread.start()
    try:
        yield ahead.take_all()
    finally:
        ahead.stop()
        thread.join()


class _Ahead(Generic[T]):
    def __init__(self, items: Iterator[T], weight_of: Callable[[T], int], most: int) -> None:
        self._items, self._weight_of, self._most = items, weight_of, most
        self._made: deque[tuple[T, int]] = deque()
        self._weight = 0
        self._is_stopped = self._has_ended = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def make_all(self) -> None:
        try:
            for item in self._items:
                weight = self._weight_of(item)
                with self._changed:
                    self._made.append((item, weight))
                    self._weight += weight
                    self._changed.notify_all()
                    self._changed.wait_for(lambda: self._is_stopped or self._weight < self._most)
                    if self._is_stopped:
                        return
        except BaseException as error:
            self._error = error
        finally:
            with self._changed:
                self._has_ended = True
                self._changed.notify_all()

    def take_all(self) -> Iterator[T]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._made or self._has_ended)
                if not self._made:
                    break
                item, weight = self._made.popleft()
                self._weight -= weight
                self._changed.notify_all()
            yield item
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

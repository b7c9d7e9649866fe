"""The label cache that Ultralytics keeps beside the labels, for one engine at a time.

It is one file for each folder of labels, removed and written anew wherever its hash is not that of
the images asked for; between two folds of a version it never is. Engines that start at once would
write into each other's file, or remove what another has removed.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def label_cache_turn(pictures: str | Path) -> Iterator[None]:
    """Wait until no other engine reads or writes the label caches of this version.

    ``pictures``: what Ultralytics takes for a split, a folder or a list of paths.
    """
    place = os.open(_images_folder(Path(pictures)), os.O_RDONLY)
    try:
        with suppress(OSError):  # shared storage that knows no locks: as plain Ultralytics does
            fcntl.flock(place, fcntl.LOCK_EX)
        yield
    finally:
        os.close(place)


def _images_folder(pictures: Path) -> Path:
    """The folder above the splits, which folds have in common."""
    if pictures.is_dir():
        return pictures.parent
    with pictures.open(encoding="utf-8") as lines:
        return Path(lines.readline().strip()).parent.parent

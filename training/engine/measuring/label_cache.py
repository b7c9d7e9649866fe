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

from ultralytics.data.utils import IMG_FORMATS


@contextmanager
def label_cache_turn(pictures: str | Path | list[str]) -> Iterator[None]:
    """Wait until no other engine reads or writes the label caches of this version.

    ``pictures``: what Ultralytics takes for a split, a folder or a list of paths. Where there is
    nothing to lock (several folders, shared storage that knows no locks), it goes on as plain
    Ultralytics does.
    """
    folder = _images_folder(Path(pictures)) if isinstance(pictures, str | Path) else None
    if folder is None or not folder.is_dir():
        yield
        return
    place = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(place, fcntl.LOCK_EX)
        yield
    finally:
        os.close(place)


def list_images(pictures: str | Path | list[str]) -> list[str]:
    """The files of a split as Ultralytics lists them: a folder, a list of paths, or several."""
    files: list[str] = []
    for place in map(Path, pictures if isinstance(pictures, list) else [pictures]):
        if place.is_dir():
            files += [str(path) for path in place.rglob("*.*")]
        else:
            files += place.read_text(encoding="utf-8-sig").split("\n")
    return sorted(file for file in files if file.rpartition(".")[-1].lower() in IMG_FORMATS)


def _images_folder(pictures: Path) -> Path | None:
    """The folder above the splits, which folds have in common."""
    if pictures.is_dir():
        return pictures.parent
    try:
        with pictures.open(encoding="utf-8") as lines:
            return Path(lines.readline().strip()).parent.parent
    except (OSError, ValueError):
        return None  # Ultralytics will say what is wrong with it

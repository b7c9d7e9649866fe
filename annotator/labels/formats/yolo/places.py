"""What images are called where several folders have images of the same names, and their groups.

An image's name carries the folder that it lies in below ``images`` and its split: ``cam1/0001``.
Where that does not tell two images apart, the folders above are added (``ducks/0001`` of a source
with two datasets, ``test/0001`` of one that counts anew in each split), for all images of a folder
where most of them need it.
"""

from array import array
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..names import common_folder, hash_of
from ..split_names import is_images_part, is_split_part
from .configs import Configs


class Place(NamedTuple):
    """Of a folder. ``prefixes``: what names may begin with, each telling more apart than the one
    before; ``groups``: the group for the first of them, and for all others."""

    prefixes: list[str]
    groups: tuple[str, str]


class Places:
    """The names and groups of the images of each folder."""

    def __init__(self, configs: Configs, folders: list[str]) -> None:
        common = common_folder(folders)
        self._places = {each: _place_of(each, configs, common) for each in folders}
        self._levels: dict[str, NDArray[np.uint8]] = {}
        """Which of its prefixes each image of a folder needs, in the order of the images."""

    def name_of(self, folder: str, number: int, stem: str) -> tuple[str, str]:
        """The name of the image that is ``number`` of its folder, "" where its stem is enough; and
        its group."""
        place, levels = self._places[folder], self._levels.get(folder)
        level = int(levels[number]) if levels is not None and number < len(levels) else 0
        prefix = place.prefixes[min(level, len(place.prefixes) - 1)]
        return f"{prefix}/{stem}" if prefix else "", place.groups[min(level, 1)]

    def tell_apart(self, stems: "array[int]", places: "array[int]") -> None:
        """Add folders above to the names of images that are called alike.

        ``stems``: a hash for each image; ``places``: the number of its folder. Where most images
        of a folder need it, all of them get it.
        """
        folders = list(self._places)
        count = max((len(each.prefixes) for each in self._places.values()), default=0)
        if not stems or len(folders) < 2:
            return
        rows = [_hashes_of(self._places[each].prefixes, count) for each in folders]
        table = np.array(rows, np.uint64)
        stem, folder = np.frombuffer(stems, np.uint64), np.array(places, np.intp)
        level = np.zeros(len(stem), np.uint8)
        sizes = np.bincount(folder, minlength=len(folders))
        for step in range(1, count):
            is_alike = _are_alike(stem ^ table[folder, level], folder)
            if not is_alike.any():
                break
            shares = np.bincount(folder[is_alike], minlength=len(folders)) * 2 > sizes
            level[is_alike | (shares[folder] & (level < step))] += 1
            level = np.minimum(level, count - 1).astype(np.uint8)
        if level.any():
            ends = np.cumsum(sizes)
            for name, end, size in zip(folders, ends.tolist(), sizes.tolist(), strict=True):
                self._levels[name] = level[end - size : end]


def _hashes_of(prefixes: list[str], count: int) -> list[int]:
    """Of ``count`` prefixes, the last one as often as it takes."""
    hashes = [hash_of(prefix) for prefix in prefixes]
    return hashes + hashes[-1:] * (count - len(hashes))


def _are_alike(names: NDArray[np.uint64], folders: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which images have a name that one of another folder has too."""
    order = np.lexsort((folders, names))
    names, folders = names[order], folders[order]
    starts = np.flatnonzero(np.diff(names, prepend=names[:1] + np.uint64(1)))
    lowest, highest = np.minimum.reduceat(folders, starts), np.maximum.reduceat(folders, starts)
    lengths = np.diff(np.append(starts, len(names)))
    found = np.zeros(len(names), np.bool_)
    found[order] = np.repeat(lowest != highest, lengths)
    return found


def _place_of(folder: str, configs: Configs, common: str) -> Place:
    listed = configs.listed_folder(folder)
    parts = folder.split("/") if folder else []
    start = len(common.split("/")) if common else 0
    if listed is not None:
        base = len(listed[0].split("/")) if listed[0] else 0
    else:
        base = _end_of_base(parts) or start
    below = parts[base:]
    if not any(map(is_images_part, parts[:base])):  # cam1/images
        below = [part for part in below if not is_images_part(part)]
    above = [part for part in parts[start:base] if not _is_usual(part)]
    named = [part for part in parts[start:] if not is_images_part(part)]
    shortest, longer = "/".join(below), "/".join([*above, *below])
    prefixes = dict.fromkeys([shortest, longer, "/".join(named), folder])
    return Place(list(prefixes), (shortest, longer))


def _is_usual(part: str) -> bool:
    return is_images_part(part) or is_split_part(part)


def _end_of_base(parts: list[str]) -> int:
    """How many parts of a path are ``…/images/train`` or ``…/train/images``; 0 for none."""
    for index, part in enumerate(parts):
        if _is_usual(part):
            is_other = is_split_part if is_images_part(part) else is_images_part
            has_pair = index + 1 < len(parts) and is_other(parts[index + 1])
            return index + 1 + has_pair
    return 0

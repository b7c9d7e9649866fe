"""What images are called where several folders have images of the same names, and their groups.

An image's name carries the folder that it lies in below ``images`` and its split: ``cam1/0001``.
Where that does not tell two images apart, the folders above are added (``ducks/0001`` of a source
with two datasets, ``test/0001`` of one that counts anew in each split), for all images of a folder.
"""

from array import array
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .names import common_folder, hash_of
from .split_names import is_images_part, is_split_part
from .yolo_configs import Configs


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
        self._level = dict.fromkeys(folders, 0)

    def name_of(self, folder: str, stem: str) -> tuple[str, str]:
        """The name of an image with its folder, "" where its stem is enough; and its group."""
        place, level = self._places[folder], self._level[folder]
        prefix = place.prefixes[level]
        return f"{prefix}/{stem}" if prefix else "", place.groups[min(level, 1)]

    def tell_apart(self, stems: "array[int]", places: "array[int]") -> None:
        """Add folders above to the names of those folders whose images are called alike.

        ``stems``: a hash for each image; ``places``: which folder it lies in, in order.
        """
        if not stems:
            return
        folders = list(self._places)
        stem_of_image = np.frombuffer(stems, np.uint64)
        folder_of_image = np.array(places, np.intp)
        for _ in range(max(len(each.prefixes) for each in self._places.values())):
            prefixes = (self._places[each].prefixes[self._level[each]] for each in folders)
            here = np.array([hash_of(prefix) for prefix in prefixes], np.uint64)
            alike = _folders_alike(stem_of_image ^ here[folder_of_image], folder_of_image)
            if not any([self._raise(folders[each]) for each in alike]):  # noqa: C419 - all of them
                return

    def _raise(self, folder: str) -> bool:
        level = min(self._level[folder] + 1, len(self._places[folder].prefixes) - 1)
        is_raised = level != self._level[folder]
        self._level[folder] = level
        return is_raised


def _folders_alike(names: NDArray[np.uint64], folders: NDArray[np.intp]) -> list[int]:
    """The folders of which a name also occurs in another folder."""
    order = np.lexsort((folders, names))
    names, folders = names[order], folders[order]
    is_alike = (names[1:] == names[:-1]) & (folders[1:] != folders[:-1])
    both = np.concatenate((folders[1:][is_alike], folders[:-1][is_alike]))
    found: list[int] = np.unique(both).tolist()
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

"""Which label file belongs to which image of a YOLO dataset."""

import re
from collections.abc import Callable
from typing import NamedTuple

from ..names import Listing, is_text_name, join, key_of, stem_of
from ..split_names import split_of_part

_IMAGES = re.compile(r"jpegimages|images?|imgs?", re.IGNORECASE)
_LABELS = ("labels", "label")


class Pairs(NamedTuple):
    """Of the images of one folder. ``labels``: image → its label's path; ``others``: further label
    files of these images, each with the one that was used."""

    labels: dict[str, str]
    others: dict[str, str]


class _Place:
    """The label files of one folder, by stem."""

    def __init__(self, folder: str, names: list[str], is_class_list: Callable[[str], bool]) -> None:
        self.folder = folder
        self.by_stem: dict[str, str] = {}
        for name in names:
            if is_text_name(name) and not is_class_list(join(folder, name)):
                stem = name[:-4]
                if stem not in self.by_stem or name.endswith(".txt"):
                    self.by_stem[stem] = name
        self._by_key: dict[str, list[str]] | None = None

    def exact(self, stem: str) -> str | None:
        return self.by_stem.get(stem)

    def alike(self, key: str) -> list[str]:
        """Those whose stem differs from ``key`` in spelling alone."""
        if self._by_key is None:
            self._by_key = {}
            for stem, name in self.by_stem.items():
                self._by_key.setdefault(key_of(stem), []).append(name)
        return self._by_key.get(key, [])


class Pairing:
    """Finds the label of each image where YOLO looks for it, however it is spelled.

    First where Ultralytics looks (the last ``images`` of the path replaced by ``labels``), then in
    folders that are named alike (``imgs``, ``images_2`` and ``labels_2``), then beside the image.
    """

    def __init__(self, listing: Listing, is_class_list: Callable[[str], bool]) -> None:
        """``is_class_list``: whether the text at a path holds names of classes, no rows."""
        self._listing = listing
        self._is_class_list = is_class_list

    def pair(self, folder: str, images: list[str]) -> Pairs:
        places = [
            _Place(each, self._listing.names(each), self._is_class_list)
            for each in [*self.label_folders(folder), folder]
        ]
        places = [place for place in places if place.by_stem]
        labels: dict[str, str] = {}
        others: dict[str, str] = {}
        if not places:
            return Pairs(labels, others)
        stems = {stem_of(name) for name in images}
        counts: dict[str, int] = {}
        for stem in stems:
            key = key_of(stem)
            counts[key] = counts.get(key, 0) + 1
        for name in images:
            for place in places:
                found = _find(place, name, stems, counts)
                if found is None:
                    continue
                path = join(place.folder, found)
                if name not in labels:
                    labels[name] = path
                elif path != labels[name]:
                    others[path] = labels[name]
        used = set(labels.values())
        return Pairs(
            labels, {path: used_one for path, used_one in others.items() if path not in used}
        )

    def label_folders(self, folder: str) -> list[str]:
        """The folders that hold the labels of the images of ``folder``, the likeliest first."""
        found: list[str] = []
        parts = folder.split("/")
        for index in range(len(parts) - 1, -1, -1):
            if not _IMAGES.search(parts[index]) or self._is_second(parts, index):
                continue
            for label in _LABELS:
                candidate = self._listing.find_folder(_renamed(parts, index, label))
                if candidate is None or candidate == folder or candidate in found:
                    continue
                if self._is_its_own(folder, candidate, _spellings(parts, index, label)):
                    found.append(candidate)
        return found

    def _is_its_own(self, folder: str, labels: str, spellings: list[str]) -> bool:
        """Not the labels of another folder of images that is spelled more like them."""
        if labels in spellings:
            return True
        if len(self._listing.folders_alike(folder)) > 1:
            return False
        parts = labels.split("/")
        for index in range(len(parts) - 1, -1, -1):
            if parts[index] in _LABELS:
                images = "/".join([*parts[:index], "images", *parts[index + 1 :]])
                return images not in self._listing.all_folders
        return True

    def _is_second(self, parts: list[str], index: int) -> bool:
        """Whether ``images`` lies beside this ``imgs``: the labels are of the former."""
        usual = self._listing.find_folder(_renamed(parts, index, "images"))
        return usual is not None and usual != "/".join(parts)


def pair_alike(image_folders: list[str], label_folders: list[str]) -> dict[str, str]:
    """Each folder of images with the one folder of labels that has more parts of its path than any
    other, where it is that folder's best too."""
    of_images = {each: _telling_parts(each) for each in image_folders}
    of_labels = {each: _telling_parts(each) for each in label_folders}
    for_image = {each: _best(parts, of_labels) for each, parts in of_images.items()}
    for_label = {each: _best(parts, of_images) for each, parts in of_labels.items()}
    return {
        image: label
        for image, label in for_image.items()
        if label is not None and for_label[label] == image
    }


def _telling_parts(folder: str) -> set[str]:
    return {split_of_part(part) or key_of(part) for part in folder.split("/") if part}


def _best(parts: set[str], others: dict[str, set[str]]) -> str | None:
    """The one with the most parts in common and the fewest others; None where several tie."""
    ranks = {each: (len(parts & theirs), -len(theirs - parts)) for each, theirs in others.items()}
    best = max(ranks.values(), default=(0, 0))
    found = [each for each, rank in ranks.items() if rank == best]
    return found[0] if len(found) == 1 and best[0] > 0 else None


def _spellings(parts: list[str], index: int, label: str) -> list[str]:
    """A path of labels, in small letters and as the part that it replaces is spelled."""
    part = parts[index]
    alike = label.upper() if part.isupper() else label.title() if part.istitle() else label
    return [_renamed(parts, index, label), _renamed(parts, index, alike)]


def _renamed(parts: list[str], index: int, name: str) -> str:
    """A path with ``images`` in one of its parts replaced."""
    return "/".join([*parts[:index], _IMAGES.sub(name, parts[index]), *parts[index + 1 :]])


def _find(place: _Place, image: str, stems: set[str], counts: dict[str, int]) -> str | None:
    stem = stem_of(image)
    found = place.exact(stem) or place.exact(image)
    if found is not None:
        return found
    key = key_of(stem)
    alike = place.alike(key)
    is_plain = len(alike) == 1 and counts[key] == 1 and alike[0][:-4] not in stems
    return alike[0] if is_plain else None

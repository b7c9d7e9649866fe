"""YOLO labels without images: a corrected set that comes back, for images that are here already."""

import unicodedata
from array import array
from collections.abc import Iterator

from ..base import FolderProblem, FoundImage
from ..counting import count_objects
from ..leftovers import UsedFiles, find_leftovers, is_irrelevant
from ..names import Listing, hash_of, is_text_name, join
from ..split_names import split_by_name
from ..trees import FileReadError, Tree, TreeError
from .configs import Configs
from .places import Places

_LABELS = frozenset({"labels", "label"})
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".zst", ".7z", ".rar")


class LabelsAlone:
    """What was recognised; see :class:`.folder.DatasetScan`. Images are called as they would be if
    they lay in the folders that YOLO keeps beside those of the labels."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.notes: list[str] = []
        self._listing = Listing(tree)
        self._folders = [each for each in self._listing.folders if self._texts_in(each)]
        self._configs = Configs(self._listing, self._folders)
        self.class_names = self._configs.class_names
        self.names_are_known = self._configs.names_are_known
        self._image_folders = [_beside(folder) for folder in self._folders]
        self._places = Places(self._configs, self._image_folders)
        self._tell_apart()
        self.notes += self._configs.notes

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        used = UsedFiles()
        for path in self.files():
            used.add(path)
        for image in self.images():
            used.add(image.label)
            yield image
        yield from find_leftovers(self.tree, used)

    def files(self) -> Iterator[str]:
        return iter(sorted(self._configs.used_files))

    def images(self) -> Iterator[FoundImage]:
        for folder, beside in zip(self._folders, self._image_folders, strict=True):
            for number, name in enumerate(self._labels_in(folder)):
                stem = name[:-4]
                own, group = self._places.name_of(beside, number, stem)
                split = split_by_name(folder) or "train"
                yield FoundImage("", join(folder, name), split, own or stem, group)

    def classes_of(self, image: FoundImage) -> list[int] | None:
        folder = (image.label or "").rpartition("/")[0]
        return self._configs.classes_of(folder, folder)

    def _texts_in(self, folder: str) -> bool:
        return any(is_text_name(name) for name in self._listing.names(folder))

    def _labels_in(self, folder: str) -> Iterator[str]:
        """The texts that are labels: of rows, or empty."""
        for name in self._listing.names(folder):
            path = join(folder, name)
            if not is_text_name(name) or is_irrelevant(name) or self._configs.is_class_list(path):
                continue
            if path not in self._configs.used_files and self._is_label(path):
                yield name

    def _is_label(self, path: str) -> bool:
        try:
            return count_objects(self.tree, path) > 0 or not self.tree.size(path)
        except FileReadError:
            return False

    def _tell_apart(self) -> None:
        stems, places = array("Q"), array("L")
        for place, folder in enumerate(self._folders):
            for name in self._labels_in(folder):
                stems.append(hash_of(unicodedata.normalize("NFC", name[:-4])))
                places.append(place)
        if not stems:
            raise TreeError(self._why_nothing())
        self._places.tell_apart(stems, places)

    def _why_nothing(self) -> str:
        for folder in self._listing.folders:
            for name in self._listing.names(folder):
                if name.lower().endswith(_ARCHIVES):
                    return (
                        f"No images were found, but an archive inside the source: "
                        f"{join(folder, name)}. Unpack it, or import it by itself."
                    )
        return "No images were found."


def _beside(folder: str) -> str:
    """The folder of images that YOLO expects beside one of labels."""
    parts = folder.split("/")
    for index in range(len(parts) - 1, -1, -1):
        if parts[index].lower() in _LABELS:
            return "/".join([*parts[:index], "images", *parts[index + 1 :]])
    return folder

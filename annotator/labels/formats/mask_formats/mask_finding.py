"""Which PNG files of a tree are masks, and which image each belongs to.

Masks stand in a folder that is called so (``masks``, ``labels``, ``gt``, …) or are called so
themselves (``0001_mask.png``), and look like masks: few changes along their rows. Without such
names a folder of PNG files that look like masks and are called as the images in another folder
holds masks too. Pictures of labels that do not look like masks are previews: neither masks nor
photographs.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np

from ..image_index import IMAGE_FOLDERS, ImageIndex, all_paths, is_split_folder
from ..trees import FileReadError, Tree
from .mask_files import MaskImage, load_mask

Role = Literal["mask", "preview", "other"]

_WORDS = (
    r"masks?|seg|segs|segmentations?|semantic|annotations?|anns?|labels?|label_?ids?|gts?|"
    r"ground_?truths?|targets?|instances?|objects?|inst|panoptic"
)
_MASK_FOLDER = re.compile(rf"(?i)(.*[_\W])?({_WORDS}|gtfine|seg_?masks?)([_\W\d].*)?")
_MASK_TOKEN = re.compile(rf"(?i)({_WORDS}|png|bw|binary|id|ids)(\d*)")
_INSTANCE_FOLDER = re.compile(r"(?i)(.*[_\W])?(instances?|inst|objects?)([_\W\d].*)?")
_TOKENS = re.compile(r"[_\-. ]+")
_SAMPLES = 3
_MOST_TOKENS = 6
_MOST_COLOURS = 256
_MOST_CHANGES = 0.2
"""Of the pixels of a mask, those that differ from their left neighbour; photographs have more."""


class Place(NamedTuple):
    """Whose mask a file is. ``image``: its path, "" where the source has no such image.

    ``class_name``: "" where the file does not say. ``is_one_object``: the file holds one object of
    its image, among other files.
    """

    image: str
    name: str
    class_name: str = ""
    is_one_object: bool = False


class MaskFinder:
    """Tells masks from photographs, one folder after another."""

    def __init__(self, tree: Tree, *, max_megapixels: float) -> None:
        self._tree = tree
        self._megapixels = max_megapixels
        self._verdicts: dict[str, tuple[Role, Role]] = {}

    def role_of(self, path: str) -> Role:
        """What an image file is; "other" is a photograph."""
        folder, _, name = path.rpartition("/")
        if folder not in self._verdicts:
            self._verdicts[folder] = self._judge(folder)
        of_all, of_suffixed = self._verdicts[folder]
        role = of_suffixed if _is_called_mask(name) and of_all == "other" else of_all
        return "preview" if role == "mask" and not _is_png(name) else role

    def masks(self) -> Iterator[str]:
        return (path for path in all_paths(self._tree) if _is_png(path) and self._is_mask(path))

    def _is_mask(self, path: str) -> bool:
        return self.role_of(path) == "mask"

    def _judge(self, folder: str) -> tuple[Role, Role]:
        """What all files of a folder are, and what those are that are called masks."""
        names = [name for name in self._tree.names(folder) if not name.startswith(".")]
        pngs = [name for name in names if _is_png(name)]
        if _is_mask_folder(folder):
            if pngs and self._look_like_masks(folder, pngs, unless_read=True):
                return "mask", "mask"
            if self._are_called_like_images(folder, names):
                return "preview", "preview"
            return "other", "other"
        called = [name for name in pngs if _is_called_mask(name)]
        if called and self._look_like_masks(folder, called):
            return "other", "mask"
        is_unnamed = (
            pngs
            and len(pngs) == len(names)
            and self._look_like_masks(folder, pngs)
            and self._are_called_like_images(folder, pngs)
        )
        return ("mask", "mask") if is_unnamed else ("other", "other")

    def _look_like_masks(self, folder: str, names: list[str], *, unless_read: bool = False) -> bool:
        """Of the first files, all that can be read; ``unless_read``: what where none can."""
        seen = 0
        for name in names[: 2 * _SAMPLES]:
            path = f"{folder}/{name}" if folder else name
            try:
                mask = load_mask(self._tree, path, max_megapixels=self._megapixels)
            except FileReadError:
                continue
            if not looks_like_mask(mask):
                return False
            seen += 1
            if seen >= _SAMPLES:
                break
        return seen > 0 or unless_read

    def _are_called_like_images(self, folder: str, names: list[str]) -> bool:
        """Whether the first files have namesakes in a folder that is not called a mask's."""
        wanted = {name.rpartition(".")[0].casefold() for name in names[:_SAMPLES]}
        for other in self._tree.folders():
            if other == folder or _is_mask_folder(other):
                continue
            wanted -= {name.rpartition(".")[0].casefold() for name in self._tree.names(other)}
        return bool(names) and not wanted


def looks_like_mask(mask: MaskImage) -> bool:
    """Whether few pixels differ from their left neighbours, in few colours."""
    values = mask.values
    if values.size == 0:
        return False
    changes = int((values[:, 1:] != values[:, :-1]).sum())
    is_calm = changes <= max(_MOST_CHANGES * values.size, 2 * values.shape[0])
    return is_calm and (not mask.is_coloured or len(np.unique(values)) <= _MOST_COLOURS)


def says_instances(path: str) -> bool:
    """Whether folders or name say that the values are objects, not classes."""
    *folders, name = path.split("/")
    tokens = _TOKENS.split(name.rpartition(".")[0])
    return any(_INSTANCE_FOLDER.fullmatch(part) for part in [*folders[-2:], *tokens[1:]])


def place_of(path: str, index: ImageIndex) -> Place:
    """The image that a mask belongs to. Raises NotOneError."""
    folders, stem = path.split("/")[:-1], path.rpartition("/")[2].rpartition(".")[0]
    root = _last_mask_folder(folders)
    below = [each for each in folders[root + 1 :] if not is_split_folder(each)]
    found = index.find("/".join([*below, stem]), near=path)
    if found is not None:
        of_image = {part.casefold() for part in found.split("/")[:-1]}
        class_name = below[-1] if below and below[-1].casefold() not in of_image else ""
        return Place(found, index.name_of(found), class_name)
    if below and (found := index.find("/".join(below), near=path)) is not None:
        return Place(found, index.name_of(found), _class_in(stem), is_one_object=True)
    if (place := _by_suffix(stem, below, path, index)) is not None:
        return place
    if root >= 0 and not below and (found := _only_image_beside(folders[:root], index)) is not None:
        return Place(found, index.name_of(found), _class_in(stem), is_one_object=True)
    return Place("", "/".join([*below, _without_mask_words(stem)]), _class_in(stem))


def as_one_object(place: Place, *, is_one_object: bool) -> Place:
    """The place of a mask without image, where masks lie in folders called as their images."""
    name = place.name.rpartition("/")[0]
    if is_one_object and name:
        return place._replace(name=name, is_one_object=True)
    return place._replace(class_name="")


def _by_suffix(stem: str, below: list[str], path: str, index: ImageIndex) -> Place | None:
    """``0001_mask``, ``0001_duck_2``: the name of an image, and something behind it."""
    cuts = [match.span() for match in _TOKENS.finditer(stem)][-_MOST_TOKENS:]
    for begin, end in reversed(cuts):
        base, rest = stem[:begin], stem[end:]
        found = index.find("/".join([*below, base]), near=path) if base else None
        if found is not None:
            has_number = any(token.isdigit() for token in _TOKENS.split(rest))
            class_name = _class_in(rest)
            return Place(found, index.name_of(found), class_name, is_one_object=has_number)
    return None


def _only_image_beside(parents: list[str], index: ImageIndex) -> str | None:
    """``<id>/masks/*.png`` with ``<id>/images/<id>.png``: the image called as its folder."""
    return index.find("/".join(parents)) if parents else None


def _class_in(rest: str) -> str:
    """What a name says beside numbers and words for masks; "" where it is nothing."""
    tokens = [token for token in _TOKENS.split(rest) if token]
    kept = [token for token in tokens if not token.isdigit() and not _MASK_TOKEN.fullmatch(token)]
    is_hash = len("".join(kept)) >= 16 and all(c in "0123456789abcdef" for c in "".join(kept))
    return "" if is_hash else "_".join(kept)


def _without_mask_words(stem: str) -> str:
    tokens = _TOKENS.split(stem)
    while len(tokens) > 1 and _MASK_TOKEN.fullmatch(tokens[-1]):
        tokens.pop()
        stem = stem[: stem.rfind(tokens[-1]) + len(tokens[-1])]
    return stem


def _is_mask_folder(folder: str) -> bool:
    return _last_mask_folder(folder.split("/")) >= 0


def _last_mask_folder(folders: list[str]) -> int:
    """The place of the folder that is called a mask's, with none for images below it; -1."""
    for place in range(len(folders) - 1, -1, -1):
        if folders[place].lower() in IMAGE_FOLDERS:
            return -1
        if _MASK_FOLDER.fullmatch(folders[place]):
            return place
    return -1


def _is_called_mask(name: str) -> bool:
    tokens = _TOKENS.split(name.rpartition(".")[0])
    return any(_MASK_TOKEN.fullmatch(token) for token in tokens[1:])


def _is_png(name: str) -> bool:
    return name.lower().endswith(".png")

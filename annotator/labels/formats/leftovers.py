"""What is left over of a source: every file is used, known to be irrelevant, or gets a line.

:func:`with_leftovers` puts this around any :class:`~.base.Source`: its entries come first, and
after them a :class:`~.base.FolderProblem` for each file of the tree that none of them used, label
files with the count of their objects. ``read_dataset`` returns sources that do so already.

Of each file that was used only 64 bits are remembered, for as long as the entries are walked.
"""

import re
from array import array
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from .base import FolderProblem, FoundImage, ReadLabels, Source
from .counting import count_objects
from .names import hash_of, is_hidden_folder, is_image_name, join, parents
from .trees import FileReadError, Tree

IRRELEVANT: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (reason, re.compile(pattern, re.IGNORECASE))
    for reason, pattern in {
        "hidden files: .DS_Store, .gitignore, AppleDouble's ._ files": r"\..*",
        "what Windows keeps for its file manager": r"thumbs\.db|ehthumbs\.db|desktop\.ini|icon\r?",
        "caches of a training program, which are made anew": r".*\.cache(\.npy)?",
        "texts about the dataset": r"(readme|changelog|citation|authors|notice|copying|licen[cs]e)"
        r"([ ._-](dataset|roboflow|data|mit|apache|gpl|cc[\w-]*|\d[\d.]*))?"
        r"(\.(txt|md|rst|html?|pdf|rtf|docx?|cff))?",
        "texts for people": r".*\.(md|rst)",
        "settings, which hold no labels": r".*\.ya?ml",
    }.items()
)
"""Files that no dataset needs, by the whole of their names, and why they are passed over."""

_ARCHIVES = frozenset({"zip", "tar", "gz", "tgz", "zst", "7z", "rar", "bz2", "xz"})
_VIDEOS = frozenset({"mp4", "avi", "mov", "mkv", "webm", "m4v", "mpg", "mpeg", "wmv", "mts"})
_MOST_TOLD_ALIKE = 20
_MAX_REMEMBERED_COUNTS = 100_000


class UsedFiles:
    """Which files of a tree an entry used."""

    def __init__(self) -> None:
        self._hashes = array("Q")
        self._folders: set[str] = set()
        self._sorted: NDArray[np.uint64] | None = None
        self._last = ""

    def add(self, path: str | None) -> None:
        if path and path != self._last:  # one file may hold the labels of many images
            self._hashes.append(hash_of(path))
            self._last, self._sorted = path, None

    def add_folder(self, folder: str) -> None:
        """Everything in a folder and below it."""
        self._folders.add(folder)

    def without(self, folder: str, names: list[str]) -> list[str]:
        """Those of the files in a folder that were not used."""
        if not names or any(each in self._folders for each in parents(folder)):
            return []
        if self._sorted is None:
            self._sorted = np.sort(np.frombuffer(self._hashes, dtype=np.uint64))
        wanted = np.array([hash_of(join(folder, name)) for name in names], dtype=np.uint64)
        places = np.searchsorted(self._sorted, wanted)
        places[places == len(self._sorted)] = 0
        is_used = (
            self._sorted[places] == wanted if len(self._sorted) else np.zeros(len(names), bool)
        )
        return [name for name, used in zip(names, is_used.tolist(), strict=True) if not used]


def is_irrelevant(name: str) -> bool:
    """Whether no dataset needs a file of this name. One with label rows in it is told anyway."""
    return any(pattern.fullmatch(name) for _, pattern in IRRELEVANT)


Why = Callable[[str], str]
"""Why a label file was not used."""


def find_leftovers(
    tree: Tree,
    used: UsedFiles,
    *,
    why: Why | None = None,
    counts: dict[str, int] | None = None,
) -> Iterator[FolderProblem]:
    """A line for each file of ``tree`` that is neither used nor irrelevant, folder by folder.

    ``counts``: what was counted before, and is counted now, of label files.
    """
    counts = {} if counts is None else counts
    for folder in tree.folders():
        if is_hidden_folder(folder):
            continue
        alike = 0
        for name in used.without(folder, tree.names(folder)):
            path = join(folder, name)
            if is_irrelevant(name) and not _is_readme_with_rows(tree, path):
                continue
            problem = _judge(tree, path, why, counts)
            alike += not problem.objects and not is_image_name(name) and not _is_label(name)
            if alike <= _MOST_TOLD_ALIKE or problem.objects:
                yield problem
        if (more := alike - _MOST_TOLD_ALIKE) > 0:
            reason = f"and {more:,} more files in this folder that no dataset of images needs."
            yield FolderProblem(folder or ".", None, reason)


def _is_label(name: str) -> bool:
    return name.rpartition(".")[2].lower() in {"txt", "json", "jsonl", "xml", "csv"}


def _is_readme_with_rows(tree: Tree, path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    is_text = name.endswith(".txt") and not name.startswith(".")
    return is_text and count_objects(tree, path) > 0


def _judge(tree: Tree, path: str, why: Why | None, counts: dict[str, int]) -> FolderProblem:
    name = path.rpartition("/")[2]
    if is_image_name(name):
        reason = "The image was not taken: nothing in the labels names it."
        return FolderProblem(path, None, reason)
    if not _is_label(name):
        return FolderProblem(path, None, _why_no_label(name))
    if (objects := counts.get(path)) is None:
        objects = count_objects(tree, path)
        if len(counts) < _MAX_REMEMBERED_COUNTS:
            counts[path] = objects
    if name[-4:].lower() == ".txt" and (objects or not _says_anything(tree, path)):
        reason = why(path) if why is not None else "No image belongs to this label."
    elif objects:
        reason = "These labels were not taken: they belong to no image that was."
    else:
        reason = "Left out: no labels were found in it."
    if objects:
        reason += f" It holds {_objects(objects)}."
    return FolderProblem(path, None, reason, objects)


def _says_anything(tree: Tree, path: str) -> bool:
    """Whether a text is more than an empty label."""
    try:
        with tree.open(path, limit_bytes=1 << 50) as stream:
            return bool(stream.read(1 << 12).strip())
    except FileReadError:
        return True


def _why_no_label(name: str) -> str:
    suffix = name.rpartition(".")[2].lower()
    if suffix in _ARCHIVES:
        return "An archive inside the source is not opened: unpack it, or import it by itself."
    if suffix in _VIDEOS:
        return "Left out: a video. Import it by itself, or take images out of it."
    return "Left out: no image, and no labels of a kind that is read."


def _objects(count: int) -> str:
    return "1 object" if count == 1 else f"{count:,} objects"


def pixels_of(source: Source, tree: Tree) -> Tree:
    """Where the pixels of a source's images are read: its own tree, where it has one (an image may
    lie inside a label file), else ``tree``."""
    own: Tree = getattr(source, "tree", tree)
    return own


class _WithLeftovers:
    """A source whose entries end with what is left over."""

    def __init__(self, source: Source, tree: Tree) -> None:
        self._source, self._tree = source, tree
        self.tree = pixels_of(source, tree)
        self._counts: dict[str, int] = {}
        self.class_names = source.class_names
        self.names_are_known = source.names_are_known
        self.notes = source.notes

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        used = UsedFiles()
        for entry in self._source.entries():
            if isinstance(entry, FoundImage):
                used.add(entry.path)
                used.add(entry.label)
            elif entry.images:
                used.add_folder(entry.file)
            else:
                used.add(entry.file)
            yield entry
        for path in self._source.files():
            used.add(path)
        yield from find_leftovers(self._tree, used, counts=self._counts)

    def files(self) -> Iterator[str]:
        return self._source.files()

    def read_labels(
        self, image: FoundImage, *, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        return self._source.read_labels(image, size_wh=size_wh, class_count=class_count)

    def count_classes_used(self) -> int:
        return self._source.count_classes_used()


def with_leftovers(source: Source, tree: Tree) -> Source:
    """The same source, with a line for each file of ``tree`` that it neither used nor told of."""
    return _WithLeftovers(source, tree)

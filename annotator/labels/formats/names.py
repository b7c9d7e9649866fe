"""Paths inside a source, and when two names mean the same file."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote

from annotator.labels.pixels.image_kinds import READ_EXTENSIONS

from .trees import Tree

IMAGE_EXTENSIONS = READ_EXTENSIONS | {
    *("gif", "svg", "jp2", "j2k", "jpx", "jxl", "dng", "cr2", "cr3", "nef", "arw", "pfm", "ppm"),
    *("pgm", "pbm", "pnm", "exr", "hdr", "tga", "psd", "ico", "dcm"),
}
"""What counts as an image by name; what the file really is decides its content."""

_UPLOAD_PREFIX = re.compile(r"[0-9a-f]{8}-(?=.)", re.IGNORECASE)
_IGNORED_FOLDERS = frozenset({"__MACOSX", "$RECYCLE.BIN", "System Volume Information"})
_KEPT_LISTINGS = 8


def join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def stem_of(name: str) -> str:
    """A file name without its suffix."""
    return name.rpartition(".")[0] or name


def key_of(name: str) -> str:
    """A name or path as it is compared: without case, percent signs and Unicode's two forms.

    ``Capture_d%C3%A9cran.JPG`` and ``capture_décran.jpg``, the é composed or not, are the same.
    """
    if name.isascii() and "%" not in name:
        return name.lower()
    plain = unicodedata.normalize("NFC", unquote(name, errors="surrogateescape"))
    return unicodedata.normalize("NFC", plain.casefold())


def without_upload_prefix(stem: str) -> str | None:
    """A stem without the eight signs that Label Studio puts before the name of what is uploaded;
    None where there are none."""
    found = _UPLOAD_PREFIX.match(stem)
    return stem[found.end() :] if found else None


def hash_of(text: str) -> int:
    """64 bits of a text: what is remembered of the files of a large source, in this process."""
    return hash(text) & 0xFFFF_FFFF_FFFF_FFFF


def is_image_name(name: str) -> bool:
    return not name.startswith(".") and name.rpartition(".")[2].lower() in IMAGE_EXTENSIONS


def is_text_name(name: str) -> bool:
    return not name.startswith(".") and name[-4:].lower() == ".txt"


def parents(folder: str) -> Iterator[str]:
    """A folder and those above it, the root ("") last."""
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""


def is_hidden_folder(folder: str) -> bool:
    return any(part in _IGNORED_FOLDERS or part.startswith(".") for part in folder.split("/"))


def path_ends(path: str) -> Iterator[str]:
    """A path, then what is left of it when its first part is taken off, and so on."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    for start in range(len(parts)):
        yield "/".join(parts[start:])


class Listing:
    """The folders of a tree that may hold a dataset, found however their names are spelled.

    The listings of the last folders are kept: an image's folder and its label's are read in turns.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.folders = [folder for folder in tree.folders() if not is_hidden_folder(folder)]
        self.all_folders = set(self.folders)
        for folder in self.folders:
            self.all_folders.update(parents(folder))
        self._by_key: dict[str, list[str]] = {}
        for folder in sorted(self.all_folders):
            self._by_key.setdefault(key_of(folder), []).append(folder)
        self.names = lru_cache(maxsize=_KEPT_LISTINGS)(tree.names)

    def folders_alike(self, path: str) -> list[str]:
        """The folders whose paths differ from this one in spelling alone, itself among them."""
        return self._by_key.get(key_of(path), [])

    def find_folder(self, path: str) -> str | None:
        """The folder of this path, else the only one whose path differs in spelling alone."""
        if path in self.all_folders:
            return path
        found = self._by_key.get(key_of(path), [])
        return found[0] if len(found) == 1 else None

    def find_file(self, path: str) -> str | None:
        """The file of this path, else the only one whose path differs in spelling alone."""
        folder_path, _, name = path.rpartition("/")
        if (folder := self.find_folder(folder_path)) is None:
            return None
        names = self.names(folder)
        if name not in names:
            same = [each for each in names if key_of(each) == key_of(name)]
            if len(same) != 1:
                return None
            name = same[0]
        return join(folder, name)


def common_folder(folders: Iterable[str]) -> str:
    """The deepest folder that holds all of ``folders``."""
    common: list[str] | None = None
    for folder in folders:
        parts = folder.split("/") if folder else []
        if common is None:
            common = parts
        while parts[: len(common)] != common:
            common.pop()
    return "/".join(common or [])

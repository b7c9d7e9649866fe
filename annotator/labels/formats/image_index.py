"""The images of a source and the labels of one file for many images, looked up by name.

Both lie in a temporary SQLite database that spills to disk and goes with the object, so that
memory does not grow with the dataset.
"""

import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from annotator.labels.pixels.image_kinds import READ_EXTENSIONS

from .base import FoundImage, SplitName
from .split_names import split_by_name, stem_hash
from .trees import Tree

IMAGE_FOLDERS = frozenset({"images", "jpegimages", "imgs", "img", "image", "obj_train_data"})
"""Folders that hold images in some layout: what lies above them is no part of a name."""

NO_IMAGE = "No image belongs to this label."
UNLABELLED = "unlabelled"
"""The folder of a dataset that was written for images that nobody labelled."""

_VAL_SHARE = 5  # one in five
_IGNORED_FOLDERS = frozenset({"__MACOSX"})
_SCHEMA = """
CREATE TABLE image (path BLOB PRIMARY KEY, base BLOB, stem BLOB) WITHOUT ROWID;
CREATE INDEX image_base ON image (base);
CREATE INDEX image_stem ON image (stem);
CREATE TABLE labels (id INTEGER PRIMARY KEY, key BLOB, payload BLOB);
CREATE INDEX labels_key ON labels (key);
CREATE TABLE listed (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID;
"""


class NotOneError(LookupError):
    """Several images fit; the message names two of them."""


class ImageIndex:
    """Paths of images, and what was put aside for each key."""

    def __init__(self, tree: Tree, *, is_image: Callable[[str], bool] = lambda _: True) -> None:
        self._base = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._base.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;{_SCHEMA}")
        self._base.execute("BEGIN")
        self._shared: list[str] | None = None
        for path in image_paths(tree):
            if is_image(path):
                self._add(path)

    def _add(self, path: str) -> None:
        base = _folded(path.rpartition("/")[2])
        self._base.execute(
            "INSERT OR IGNORE INTO image VALUES (?, ?, ?)",
            (_stored(path), _stored(base), _stored(base.rpartition(".")[0] or base)),
        )
        above, _ = _naming_folders(path)
        if self._shared is None:
            self._shared = above
        self._shared = self._shared[: _shared_count(iter(self._shared), iter(above))]

    def paths(self) -> Iterator[str]:
        """Every image in order of its path."""
        after = b""
        while rows := self._base.execute(
            "SELECT path FROM image WHERE path > ? ORDER BY path LIMIT 1000", (after,)
        ).fetchall():
            for (after,) in rows:
                yield _restored(after)

    def __len__(self) -> int:
        count: int = self._base.execute("SELECT count(*) FROM image").fetchone()[0]
        return count

    def find(self, name: str, *, near: str = "") -> str | None:
        """The path of the image that labels call ``name``, with or without folder and suffix.

        Of several the one that shares the most of its end with ``name``, then the one nearest to
        the file ``near`` wins. Raises NotOneError where that leaves two.
        """
        name = name.replace("\\", "/")
        base = _folded(name.rpartition("/")[2])
        found = self._named("base", base)
        if not found:
            is_suffixed = base.rpartition(".")[2] in READ_EXTENSIONS
            found = self._named("stem", base.rpartition(".")[0] if is_suffixed else base)
        if len(found) < 2:
            return found[0] if found else None
        ranked = sorted((self._closeness(path, name, near), path) for path in found)
        if ranked[-1][0] == ranked[-2][0]:
            raise NotOneError(f"{ranked[-1][1]} and {ranked[-2][1]} both fit the name “{name}”.")
        return ranked[-1][1]

    def _named(self, column: str, value: str) -> list[str]:
        rows = self._base.execute(
            f"SELECT path FROM image WHERE {column} = ? LIMIT 1000",  # noqa: S608 - one of ours
            (_stored(value),),
        )
        return [_restored(path) for (path,) in rows]

    def _closeness(self, path: str, name: str, near: str) -> tuple[int, int]:
        return (
            _shared_count(reversed(_parts(path)[:-1]), reversed(_parts(name)[:-1])),
            _shared_count(iter(_parts(path)[:-1]), iter(_parts(near)[:-1])),
        )

    def name_of(self, path: str) -> str:
        """What the image is to be called: its stem, below the folders in which images differ."""
        above, below = _naming_folders(path)
        stem = path.rpartition("/")[2].rpartition(".")[0]
        return "/".join([*above[len(self._shared or []) :], *below, stem])

    # --- labels and lists that were put aside ---

    def put(self, key: str, payload: bytes) -> None:
        self._base.execute(
            "INSERT INTO labels (key, payload) VALUES (?, ?)", (_stored(key), payload)
        )

    def labels_of(self, key: str) -> Iterator[bytes]:
        rows = self._base.execute(
            "SELECT payload FROM labels WHERE key = ? ORDER BY id", (_stored(key),)
        )
        for (payload,) in rows:
            yield payload

    def count_labels(self, key: str) -> int:
        row = self._base.execute("SELECT count(*) FROM labels WHERE key = ?", (_stored(key),))
        count: int = row.fetchone()[0]
        return count

    def list_value(self, key: str, value: str) -> bool:
        """Remember a value; False where the key has one already, which stays."""
        made = self._base.execute(
            "INSERT OR IGNORE INTO listed VALUES (?, ?)", (_stored(key), _stored(value))
        )
        return made.rowcount == 1

    def listed(self, key: str) -> str | None:
        row = self._base.execute(
            "SELECT value FROM listed WHERE key = ?", (_stored(key),)
        ).fetchone()
        return None if row is None else _restored(row[0])


class Splitter:
    """Puts one image in five of train into val where a source has neither val nor test."""

    def __init__(self, found: Iterable[tuple[str, SplitName]], notes: list[str]) -> None:
        self._val, self._train = "", ""
        count = 0
        lowest = highest = -1
        for name, split in found:
            if split != "train":
                count = 0
                break
            count += 1
            order = stem_hash(name)
            if lowest < 0 or order < lowest:
                lowest, self._val = order, name
            if order > highest:
                highest, self._train = order, name
        self._divides = count > 1
        if self._divides:
            notes.append(
                "There is no val split: one image in five of train was put into val (by a hash of "
                "its name, so the same every time)."
            )

    def split_of(self, name: str, split: SplitName) -> SplitName:
        if not self._divides:
            return split
        if name in {self._val, self._train}:
            return "val" if name == self._val else "train"
        return "val" if stem_hash(name) % _VAL_SHARE == 0 else "train"


def image_paths(tree: Tree) -> Iterator[str]:
    """Every file named like an image, folder by folder."""
    for path in all_paths(tree):
        if path.rpartition("/")[2].rpartition(".")[2].lower() in READ_EXTENSIONS:
            yield path


def all_paths(tree: Tree) -> Iterator[str]:
    """Every file that is no trace of a desktop's."""
    for folder in tree.folders():
        parts = folder.split("/")
        if any(part in _IGNORED_FOLDERS or part.startswith(".") for part in parts):
            continue
        for name in tree.names(folder):
            if not name.startswith(".") and name.lower() not in {"thumbs.db", "desktop.ini"}:
                yield f"{folder}/{name}" if folder else name


def split_of_path(path: str) -> SplitName:
    """The split that the folders of a file name; train where none does."""
    return split_by_name(path.rpartition("/")[0]) or "train"


def is_split_folder(name: str) -> bool:
    """Whether a folder is that of a split, or of what nobody labelled: no part of names."""
    return name == UNLABELLED or split_by_name(name) is not None


def found_image(
    index: ImageIndex, path: str, label: str | None, split: SplitName, *, name: str = ""
) -> FoundImage:
    """The entry of an image that lies in the source, with its folder as its group."""
    name = name or index.name_of(path)
    return FoundImage(path, label, split, name, name.rpartition("/")[0])


def _naming_folders(path: str) -> tuple[list[str], list[str]]:
    """Folders above the last one for images, and those below it, without splits."""
    folders = path.split("/")[:-1]
    places = [place for place, folder in enumerate(folders) if folder.lower() in IMAGE_FOLDERS]
    last = places[-1] if places else len(folders)
    above = [
        folder
        for folder in folders[:last]
        if folder.lower() not in IMAGE_FOLDERS and not is_split_folder(folder)
    ]
    below = folders[last + 1 :]
    if below and is_split_folder(below[0]):
        below = below[1:]
    return above, below


def _parts(path: str) -> list[str]:
    return [_folded(part) for part in path.split("/") if part not in {"", ".", ".."}]


def _shared_count(ones: Iterator[str], others: Iterator[str]) -> int:
    count = 0
    for one, other in zip(ones, others, strict=False):
        if one != other:
            break
        count += 1
    return count


def _folded(name: str) -> str:
    """Names that some file system takes for the same are the same."""
    return unicodedata.normalize("NFC", name).casefold()


def _stored(text: str) -> bytes:
    """Names that are no Unicode come from disk with lone surrogates, which no text column holds."""
    return text.encode("utf-8", "surrogatepass")


def _restored(text: bytes) -> str:
    return text.decode("utf-8", "surrogatepass")

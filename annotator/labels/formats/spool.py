"""What a pass over a source finds, kept in a temporary database on disk.

A file that lists a million objects gives them in any order, and an import asks for those of one
image after another. In between they lie in a SQLite file that has no name and goes with the
connection, so that memory does not grow with the source. Images are found here too: by the names
that label files give them, wherever they lie.
"""

import re
import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from annotator.labels.pixels.image_kinds import READ_EXTENSIONS

from .base import FolderProblem, FoundImage, SplitName
from .label_images import plots_of
from .names import without_upload_prefix
from .split_names import split_by_name, stem_hash
from .trees import Tree, TreeError
from .yolo.folder import IMAGE_EXTENSIONS

_MOST_CANDIDATES = 200
_MOST_SHOWN = 99
_MOST_PLOTTED = 1_000
"""So many images of a folder are looked at: that of a training run has some twenty."""
_VAL_SHARE = 5  # one in five
_STRUCTURE = frozenset(
    ("images", "image", "imgs", "img", "jpegimages", "photos", "pictures", "unlabelled")
)
"""Names of folders that say what is in them, not which camera or class it is."""
_MASK_FOLDER = re.compile(
    r"(?i)(.*[_\W])?(masks?|seg|segmentation\w*|labels?|gt|ground_?truth|annotations?|panoptic.*|"
    r"vis|viz|visuali[sz]ations?|previews?|thumb(nail)?s?|overlays?|stuff.*pixelmaps?)([_\W\d].*)?"
)

NO_VAL_SPLIT = (
    "There is no val split: one image in five of train was put into val (by a hash of its name, "
    "so the same every time)."
)

_SCHEMA = """
CREATE TABLE pictures (
    id INTEGER PRIMARY KEY, path TEXT, folder TEXT, base TEXT, stem TEXT, used INTEGER DEFAULT 0
);
CREATE TABLE listed (
    id INTEGER PRIMARY KEY, file INTEGER, ref TEXT, name TEXT, width INTEGER, height INTEGER,
    is_looked_at INTEGER, path TEXT, extra TEXT
);
CREATE TABLE renames (file INTEGER, old TEXT, new TEXT);
CREATE TABLE objects (id INTEGER PRIMARY KEY, file INTEGER, ref TEXT, body TEXT);
CREATE TABLE entries (
    id INTEGER PRIMARY KEY, path TEXT, label TEXT, split TEXT, name TEXT, width INTEGER,
    height INTEGER
);
CREATE TABLE links (entry INTEGER, file INTEGER, ref TEXT, extra TEXT);
CREATE TABLE problems (id INTEGER PRIMARY KEY, file TEXT, reason TEXT, objects INTEGER);
"""


Namer = Callable[[str, str], str]


class Listed(NamedTuple):
    """An image as a label file names it; ``ref``: how the objects of that file refer to it."""

    file: int
    ref: str
    name: str
    size_wh: tuple[int, int] | None = None
    is_looked_at: bool = True
    extra: str = ""


class SpooledObject(NamedTuple):
    """An object of an image; ``file``: the number of the label file that it comes from."""

    file: int
    body: str
    extra: str
    """What the file says of the image, as the format put it."""


class Spool:
    """The images of a tree and the label files that were read of it."""

    def __init__(self, tree: Tree, *, namer: "Namer | None" = None) -> None:
        """``namer``: what an image at a path is called, given the folder common to all."""
        self.files: list[str] = []
        self._namer = namer
        self._splits: list[SplitName | None] = []
        self._db = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA)
        self._begin()
        self._run_many(
            "INSERT INTO pictures (path, folder, base, stem) VALUES (?, ?, ?, ?)",
            _pictures(tree),
        )
        self._db.execute("CREATE INDEX by_base ON pictures (base)")
        self._db.execute("CREATE INDEX by_stem ON pictures (stem)")
        self._db.execute("CREATE INDEX by_path ON pictures (path)")
        self._db.execute("CREATE INDEX by_folder ON pictures (folder)")
        self.prefix = _common_folder(
            row[0] for row in self._db.execute("SELECT folder FROM pictures")
        )

    # --- filling ------------------------------------------------------------------------

    def add_file(self, path: str, *, split: SplitName | None = None) -> int:
        """Note a label file; returns its number. ``split``: of its images, as its name says."""
        self.files.append(path)
        self._splits.append(split)
        return len(self.files) - 1

    def add_listed(self, image: Listed) -> None:
        width, height = image.size_wh or (0, 0)
        self._run(
            "INSERT INTO listed (file, ref, name, width, height, is_looked_at, extra) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                image.file,
                image.ref,
                image.name,
                width,
                height,
                image.is_looked_at,
                image.extra,
            ),
        )

    def add_object(self, file: int, ref: str, body: str) -> None:
        self._run("INSERT INTO objects (file, ref, body) VALUES (?, ?, ?)", (file, ref, body))

    def add_problem(self, file: str, reason: str, objects: int = 0) -> None:
        self._run(
            "INSERT INTO problems (file, reason, objects) VALUES (?, ?, ?)",
            (file, reason, objects),
        )

    # --- finishing ----------------------------------------------------------------------

    def finish(self) -> list[str]:
        """Find the images that were listed, and those that nothing lists; returns notes.

        An image of the list that is not in the source becomes a problem with its objects. Where
        the source has no images at all, all are labels alone (``FoundImage.path`` is ""). Raises
        TreeError where several images fit one name that is listed.
        """
        self._db.execute("CREATE INDEX objects_of ON objects (file, ref)")
        self._db.execute("CREATE INDEX IF NOT EXISTS listed_of ON listed (file, ref)")
        self._pair(allow_other_split=False)
        self._pair(allow_other_split=True)
        self._add_entries(has_images=self.has_images)
        self._add_orphans()
        self._add_unlisted()
        self._db.execute("CREATE INDEX links_of ON links (entry)")
        self._part_names()
        return self._fill_splits()

    def find_image(
        self, name: str, *, near: str, split: SplitName | None, allow_other_split: bool = True
    ) -> str | None:
        """The one image that a label file at folder ``near`` means by ``name``; None where there
        is none, or where several fit as well."""
        parts = [part for part in re.split(r"[/\\]", name) if part not in {"", ".", ".."}]
        if not parts:
            return None
        rows = self._candidates(parts[-1])
        if not is_mask_folder("/".join(parts[:-1])):
            rows = [row for row in rows if not self._is_mask(row[1])] or rows
        named = split_by_name("/".join(parts[:-1])) or split
        if not allow_other_split and named is not None:
            rows = [row for row in rows if split_by_name(row[1]) in {None, named}]
        best: list[str] = []
        best_rank: tuple[int, bool, int] = (-1, False, -1)
        for path, folder in rows:
            of_folder = folder.split("/") if folder else []
            rank = (
                _common_tail(of_folder, parts[:-1]),
                named is not None and split_by_name(folder) == named,
                _common_head(of_folder, near.split("/") if near else []),
            )
            if rank > best_rank:
                best, best_rank = [path], rank
            elif rank == best_rank:
                best.append(path)
        return best[0] if len(best) == 1 else None

    def is_ambiguous(self, name: str) -> list[str]:
        """The images that fit a name, where more than one does."""
        parts = [part for part in re.split(r"[/\\]", name) if part]
        found = [path for path, _ in self._candidates(parts[-1])] if parts else []
        return found if len(found) > 1 else []

    def list_refs_of_several(self, file: int) -> list[str]:
        """What a file calls several images of different names, up to 100."""
        self._db.execute("CREATE INDEX IF NOT EXISTS listed_of ON listed (file, ref)")
        rows = self._run(
            "SELECT ref FROM listed WHERE file = ? GROUP BY ref HAVING COUNT(DISTINCT name) > 1 "
            "LIMIT ?",
            (file, _MOST_SHOWN + 1),
        )
        return [ref for (ref,) in rows]

    def part_images(self, file: int, ref: str) -> int:
        """Forget the objects of images that are called alike; returns how many there were."""
        count = self._one("SELECT COUNT(*) FROM objects WHERE file = ? AND ref = ?", file, ref)
        self._run("DELETE FROM objects WHERE file = ? AND ref = ?", (file, ref))
        self._run(
            "UPDATE listed SET is_looked_at = 0, ref = ref || '#' || id WHERE file = ? AND ref = ?",
            (file, ref),
        )
        return count

    def drop_file(self, file: int) -> int:
        """Forget what a file listed; returns how many objects it had."""
        count = self._one("SELECT COUNT(*) FROM objects WHERE file = ?", file)
        self._run("DELETE FROM objects WHERE file = ?", (file,))
        self._run("DELETE FROM listed WHERE file = ?", (file,))
        return count

    def add_rename(self, file: int, old: str, new: str) -> None:
        """Objects that refer to ``old`` belong to the image ``new``."""
        self._run("INSERT INTO renames VALUES (?, ?, ?)", (file, old, new))

    def apply_renames(self, file: int) -> None:
        self._run("CREATE INDEX IF NOT EXISTS renames_of ON renames (file, old)")
        self._run(
            "UPDATE objects SET ref = COALESCE((SELECT new FROM renames WHERE file = ? AND "
            "old = ref), ref) WHERE file = ?",
            (file, file),
        )

    def mark_unseen(self, file: int) -> None:
        """The images of a file that says nothing of labels: nobody looked at them."""
        self._run("UPDATE listed SET is_looked_at = 0 WHERE file = ?", (file,))

    def label_of(self, path: str, name: str) -> str | None:
        """The label file of an image that was added already, by path, or by name without one."""
        row = self._run(
            "SELECT label FROM entries WHERE path = ? AND (path <> '' OR name = ?)", (path, name)
        ).fetchone()
        return None if row is None else str(row[0] or "")

    @property
    def has_images(self) -> bool:
        return bool(self._one("SELECT EXISTS (SELECT 1 FROM pictures)"))

    def mark_used(self, path: str) -> None:
        self._run("UPDATE pictures SET used = 1 WHERE path = ?", (path,))

    def add_entry(
        self,
        path: str,
        *,
        label: str | None,
        split: SplitName | None,
        name: str,
        size_wh: tuple[int, int] | None = None,
    ) -> int:
        """Add an image; returns its number."""
        width, height = size_wh or (0, 0)
        cursor = self._run(
            "INSERT INTO entries (path, label, split, name, width, height) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (path, label, split, name, width, height),
        )
        if path:
            self.mark_used(path)
        return int(cursor.lastrowid or 0)

    def _is_mask(self, folder: str) -> bool:
        """Whether a folder below the one that holds all images says that it holds none."""
        return is_mask_folder(folder.removeprefix(self.prefix))

    def _candidates(self, base: str) -> list[tuple[str, str]]:
        """Images of that name; else of that name without suffix, with its ``%20`` decoded, or
        without what Label Studio puts before it."""
        plain = without_upload_prefix(base)
        for text in dict.fromkeys((base, unquote(base), *([plain] if plain else []))):
            key = fold(text)
            for column, value in (("base", key), ("stem", key.rpartition(".")[0] or key)):
                rows = self._run(
                    f"SELECT path, folder FROM pictures WHERE {column} = ? "  # noqa: S608
                    "ORDER BY path LIMIT ?",
                    (value, _MOST_CANDIDATES),
                ).fetchall()
                if column == "stem":  # a mask of another suffix is not the photograph
                    rows = [row for row in rows if not self._is_mask(row[1])]
                if rows:
                    return rows
        return []

    def _pair(self, *, allow_other_split: bool) -> None:
        rows = self._db.execute("SELECT id, file, name FROM listed WHERE path IS NULL ORDER BY id")
        updates = self._db.cursor()
        for number, file, name in rows:
            path = self.find_image(
                name,
                near=self.files[file].rpartition("/")[0],
                split=self._split_of(file),
                allow_other_split=allow_other_split,
            )
            if path is None:
                continue
            is_used = self._one("SELECT used FROM pictures WHERE path = ?", path)
            if allow_other_split and is_used:
                continue
            updates.execute("UPDATE listed SET path = ? WHERE id = ?", (path, number))
            updates.execute("UPDATE pictures SET used = 1 WHERE path = ?", (path,))

    def _add_entries(self, *, has_images: bool) -> None:
        cursor = self._db.execute(
            "SELECT file, ref, name, width, height, is_looked_at, path, extra "
            "FROM listed ORDER BY id"
        )
        told = 0
        untold = [0, 0]
        for file, ref, name, width, height, is_looked_at, path, extra in cursor:
            count = self._one("SELECT COUNT(*) FROM objects WHERE file = ? AND ref = ?", file, ref)
            if path is None and has_images:
                told += 1
                if told > _MOST_SHOWN:
                    untold[0] += 1
                    untold[1] += count
                    continue
                self.add_problem(name or "?", self._reason_missing(file, name), count)
                continue
            where = path or ""
            own = self.name_of(where or name)
            label = self.files[file] if is_looked_at or count else None
            known = self._run(
                "SELECT id, label, split FROM entries WHERE path = ? AND (path <> '' OR name = ?)",
                (where, own),
            ).fetchone()
            split = self._split_of(file) or split_by_name((where or name).rpartition("/")[0])
            if known is None:
                size_wh = (width, height) if width and height else None
                entry = self.add_entry(where, label=label, split=split, name=own, size_wh=size_wh)
            else:
                entry = known[0]
                self._run(
                    "UPDATE entries SET label = ?, split = ? WHERE id = ?",
                    (known[1] or label, known[2] or split, entry),
                )
            self._run(
                "INSERT INTO links (entry, file, ref, extra) VALUES (?, ?, ?, ?)",
                (entry, file, ref, extra),
            )
        if untold[0]:
            self.add_problem(self.files[0], f"and {untold[0]:,} more images like this", untold[1])

    def _reason_missing(self, file: int, name: str) -> str:
        if found := self.is_ambiguous(name):
            return (
                f"{self.files[file]} lists this image, and several fit: {', '.join(found[:3])}. "
                "Give its folder there too."
            )
        return f"{self.files[file]} lists this image, but it is not in the source."

    def _add_orphans(self) -> None:
        """Objects of images that their file does not list."""
        cursor = self._db.execute(
            "SELECT file, ref, COUNT(*) FROM objects WHERE NOT EXISTS (SELECT 1 FROM listed "
            "WHERE listed.file = objects.file AND listed.ref = objects.ref) "
            "GROUP BY file, ref ORDER BY file, MIN(id)"
        )
        told = 0
        untold = 0
        for file, ref, count in cursor:
            told += 1
            if told > _MOST_SHOWN:
                untold += count
                continue
            self.add_problem(
                self.files[file], f"Objects of the image with id {ref}, which is not listed.", count
            )
        if untold:
            self.add_problem(self.files[0], "and more objects of images not listed", untold)

    def _add_unlisted(self) -> None:
        """Images that no label file lists are not labelled; masks and previews are none."""
        cursor = self._db.execute("SELECT path, folder FROM pictures WHERE used = 0 ORDER BY id")
        last, plots = "", set[str]()
        for path, folder in cursor:
            if self._is_mask(folder) or path.rpartition(".")[2].lower() not in READ_EXTENSIONS:
                continue
            if folder != last:
                query = "SELECT path FROM pictures WHERE folder = ? LIMIT ?"
                rows = self._run(query, (folder, _MOST_PLOTTED)).fetchall()
                last, plots = folder, plots_of([each.rpartition("/")[2] for (each,) in rows])
            if path.rpartition("/")[2] in plots:
                continue
            self.add_entry(path, label=None, split=split_by_name(folder), name=self.name_of(path))

    def name_of(self, path: str) -> str:
        """What an image is called: its folders below ``images`` or its split, and its stem."""
        if self._namer is not None:
            return self._namer(path, self.prefix)
        *folders, base = (part for part in re.split(r"[/\\]", path) if part not in {"", "..", "."})
        stem = base.rpartition(".")[0] or base
        last = -1
        for index, folder in enumerate(folders):
            if folder.lower() in _STRUCTURE or split_by_name(folder):
                last = index
        if last >= 0:
            return "/".join((*folders[last + 1 :], stem))
        common = self.prefix.split("/") if self.prefix else []
        return "/".join((*folders[_common_head(folders, common) :], stem))

    def _part_names(self) -> None:
        """Images that would have one name get their split before it, or else their folders."""
        self._db.execute("CREATE INDEX by_name ON entries (name)")
        self._db.create_function("with_split", 3, self._with_split)
        self._db.create_function("with_folders", 3, self._with_folders)
        for take in ("with_split", "with_folders"):
            self._run(
                f"UPDATE entries SET name = {take}(name, split, path) WHERE name IN "  # noqa: S608
                "(SELECT name FROM entries GROUP BY name HAVING COUNT(DISTINCT path) > 1)"
            )

    def _with_split(self, name: str, split: str | None, path: str) -> str:
        return f"{split}/{name}" if split else self._with_folders(name, split, path)

    def _with_folders(self, name: str, _split: str | None, path: str) -> str:
        *folders, base = path.split("/")
        common = self.prefix.split("/") if self.prefix else []
        own = folders[_common_head(folders, common) :]
        kept = [part for part in own if part.lower() not in _STRUCTURE]
        return "/".join((*kept, base.rpartition(".")[0])) if base else name

    def _fill_splits(self) -> list[str]:
        """Where nothing names a split, one image in five goes to val."""
        named = self._one("SELECT COUNT(*) FROM entries WHERE split IS NOT NULL")
        count = self._one("SELECT COUNT(*) FROM entries")
        notes = []
        if not named and count > 1:
            self._db.create_function("hash_of", 1, lambda path: stem_hash(path) >> 8)
            self._db.create_function("is_val", 1, lambda path: stem_hash(path) % _VAL_SHARE == 0)
            own = "COALESCE(NULLIF(path, ''), name)"
            self._run(f"UPDATE entries SET split = IIF(is_val({own}), 'val', 'train')")  # noqa: S608
            for split, other in (("val", "train"), ("train", "val")):
                if not self._one("SELECT COUNT(*) FROM entries WHERE split = ?", split):
                    self._run(
                        "UPDATE entries SET split = ? WHERE id = (SELECT id FROM entries "  # noqa: S608
                        f"WHERE split = ? ORDER BY hash_of({own}) LIMIT 1)",
                        (split, other),
                    )
            notes.append(NO_VAL_SPLIT)
        self._run("UPDATE entries SET split = 'train' WHERE split IS NULL")
        self._db.execute("COMMIT")
        return notes

    # --- reading ------------------------------------------------------------------------

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        """Every image and every problem, in the order in which they were found."""
        last = 0
        query = (
            "SELECT id, path, label, split, name FROM entries WHERE id > ? ORDER BY id LIMIT 500"
        )
        while rows := self._db.execute(query, (last,)).fetchall():
            for _, path, label, split, name in rows:
                yield FoundImage(path, label, split, name, group=name.rpartition("/")[0])
            last = rows[-1][0]
        last = 0
        query = "SELECT id, file, reason, objects FROM problems WHERE id > ? ORDER BY id LIMIT 500"
        while rows := self._db.execute(query, (last,)).fetchall():
            for _, file, reason, objects in rows:
                yield FolderProblem(file, None, reason, objects)
            last = rows[-1][0]

    def count_images(self) -> int:
        return self._one("SELECT COUNT(*) FROM entries")

    def size_of(self, image: FoundImage) -> tuple[int, int] | None:
        """The size that the label file gives the image."""
        row = self._entry_of(image)
        return (row[1], row[2]) if row is not None and row[1] > 0 and row[2] > 0 else None

    def objects_of(self, image: FoundImage) -> Iterator[SpooledObject]:
        """The objects of an image, in the order of its files."""
        row = self._entry_of(image)
        if row is None:
            return
        cursor = self._db.cursor()
        cursor.execute(
            "SELECT links.file, objects.body, links.extra FROM links JOIN objects "
            "ON objects.file = links.file AND objects.ref = links.ref WHERE links.entry = ? "
            "ORDER BY links.rowid, objects.id",
            (row[0],),
        )
        for found in cursor:
            yield SpooledObject(*found)

    def _entry_of(self, image: FoundImage) -> tuple[int, int, int] | None:
        row: tuple[int, int, int] | None = self._run(
            "SELECT id, width, height FROM entries WHERE path = ? AND (path <> '' OR name = ?)",
            (image.path, image.name),
        ).fetchone()
        return row

    def _split_of(self, file: int) -> SplitName | None:
        return self._splits[file]

    def _one(self, query: str, *values: object) -> int:
        row = self._run(query, values).fetchone()
        return int(row[0]) if row is not None else 0

    def _begin(self) -> None:
        self._db.execute("BEGIN")

    def _run(self, query: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        cleaned = [_clean(value) if isinstance(value, str) else value for value in values]
        try:
            return self._db.execute(query, cleaned)
        except (sqlite3.Error, OverflowError) as error:
            raise TreeError(f"The source could not be indexed on disk: {error}.") from error

    def _run_many(self, query: str, rows: Iterable[tuple[object, ...]]) -> None:
        try:
            self._db.executemany(query, rows)
        except (sqlite3.Error, OverflowError) as error:
            raise TreeError(f"The source could not be indexed on disk: {error}.") from error


def fold(name: str) -> str:
    """A name for comparing: one Unicode form, no difference of case."""
    return unicodedata.normalize("NFC", name).casefold()


def split_of_file(path: str) -> SplitName | None:
    """The split that a label file's name or folder says: ``instances_train2017.json``."""
    folder, _, name = path.rpartition("/")
    for token in re.split(r"[\W_]+", name.rpartition(".")[0]):
        if found := split_by_name(token):
            return found
    return split_by_name(folder)


def is_mask_folder(folder: str) -> bool:
    """Whether a folder's name says that its pictures are masks or previews, not photographs."""
    return any(_MASK_FOLDER.fullmatch(part) for part in folder.split("/"))


def _pictures(tree: Tree) -> Iterator[tuple[str, str, str, str]]:
    for folder in tree.folders():
        if any(part == "__MACOSX" or part.startswith(".") for part in folder.split("/")):
            continue
        for name in tree.names(folder):
            stem, _, suffix = name.rpartition(".")
            if stem and suffix.lower() in IMAGE_EXTENSIONS and not name.startswith("."):
                path = f"{folder}/{name}" if folder else name
                if _clean(path) == path:
                    yield path, folder, fold(name), fold(stem)


def _common_folder(folders: Iterable[str]) -> str:
    common: list[str] | None = None
    for folder in folders:
        parts = folder.split("/") if folder else []
        common = parts if common is None else common[: _common_head(common, parts)]
        if not common:
            return ""
    return "/".join(common or ())


def _common_head(first: list[str], second: list[str]) -> int:
    count = 0
    for a, b in zip(first, second, strict=False):
        if a != b:
            break
        count += 1
    return count


def _common_tail(first: list[str], second: list[str]) -> int:
    return _common_head([fold(p) for p in reversed(first)], [fold(p) for p in reversed(second)])


def _clean(text: str) -> str:
    """Text that SQLite takes: lone surrogates of a hostile file have no place in UTF-8."""
    return text.encode("utf-8", "replace").decode()

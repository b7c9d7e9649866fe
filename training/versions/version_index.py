"""The real images of a version in the order of their ids, in a file that is read row by row.

The manifest of a version is one JSON document. What looks at every image of a large version reads
this index of it instead: an SQLite file in the cache, made from the manifest as a stream, so that
memory does not grow with the version. It may be deleted at any time.
"""

import contextlib
import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Any, NamedTuple

import ijson
from django.conf import settings

from annotator.kernel.files import file_lock
from training import paths
from training.models import Version

MOST_FILES = 60
_ROWS_AT_ONCE = 1000
_FORMAT = 3
_ORIGIN = ("group", "video_frame", "video_time_ms")
_FIELDS = (
    "id, split, name, width, height, sha256, revision, instances, instance_ids, label_sha256,"
    " painted_sha256, origin"
)
_TABLES = """
CREATE TABLE images (
    id TEXT PRIMARY KEY, split TEXT, name TEXT, width INTEGER, height INTEGER, sha256 TEXT,
    revision INTEGER, instances INTEGER, instance_ids TEXT, label_sha256 TEXT,
    painted_sha256 TEXT, origin TEXT
) WITHOUT ROWID;
CREATE TABLE files (path TEXT PRIMARY KEY, sha256 TEXT) WITHOUT ROWID;
"""


class FrozenImage(NamedTuple):
    """One image of a version. ``name`` has its folders and its extension; ``instance_ids`` are []
    where the manifest does not know which object each row of the label is."""

    id: str
    split: str
    name: str
    width: int
    height: int
    sha256: str
    revision: int
    instances: int
    instance_ids: list[str]
    label_sha256: str
    painted_sha256: str
    """Of its file, where ignore regions were painted out of it; ""."""
    origin: dict[str, Any]
    """Where it came from: those of ``group``, ``video_frame`` and ``video_time_ms`` that it has."""

    @property
    def stem(self) -> str:
        return self.name.rpartition(".")[0]

    @property
    def extension(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def picture(self) -> str:
        return f"images/{self.split}/{self.name}"

    @property
    def label(self) -> str:
        return f"labels/{self.split}/{self.stem}.txt"


def cache_dir(name: str) -> Path:
    """A folder of files that can be made again."""
    folder = Path(settings.DATA_ROOT) / "cache" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keep_newest(folder: Path, most: int = MOST_FILES) -> None:
    """Delete all files of a folder but those that were used last; folders in it stay."""
    used: list[tuple[float, Path]] = []
    for path in folder.iterdir():
        if path.is_dir():  # somebody is at work in it
            continue
        with contextlib.suppress(FileNotFoundError):
            status = path.stat()
            if S_ISREG(status.st_mode):
                used.append((status.st_mtime, path))
    for _, path in sorted(used, reverse=True)[most:]:
        path.unlink(missing_ok=True)


def touch(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        path.touch()


class SplitTotals(NamedTuple):
    images: int
    instances: int
    backgrounds: int


class VersionIndex:
    """Reads the images of a finished version. Raises FileNotFoundError where its files are gone."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self.folder = paths.version_dir(version)
        name = f"{version.pk}-{version.content_sha256[:16]}-{_FORMAT}.sqlite3"
        self.path = cache_dir("version-indexes") / name
        if not self.path.is_file():
            with file_lock(name, kind="version-index"):
                if not self.path.is_file():
                    _build(version, self.path)
        touch(self.path)

    def __iter__(self) -> Iterator[FrozenImage]:
        """All images, in the order of their ids."""
        with closing(self._connect()) as connection:
            for row in connection.execute(f"SELECT {_FIELDS} FROM images ORDER BY id"):  # noqa: S608
                yield _image(row)

    def get(self, image_id: str) -> FrozenImage | None:
        with closing(self._connect()) as connection:
            query = f"SELECT {_FIELDS} FROM images WHERE id = ?"  # noqa: S608
            row = connection.execute(query, (image_id,)).fetchone()
        return None if row is None else _image(row)

    def count_by_split(self) -> dict[str, SplitTotals]:
        query = (
            "SELECT split, COUNT(*), SUM(instances), SUM(instances = 0) FROM images GROUP BY split"
        )
        with closing(self._connect()) as connection:
            return {split: SplitTotals(*rest) for split, *rest in connection.execute(query)}

    def read_label(self, image: FrozenImage) -> bytes:
        """Return the label file as it was frozen. Raises FileNotFoundError."""
        return (self.folder / image.label).read_bytes()

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True)


def _image(row: Any) -> FrozenImage:
    values = list(row)
    values[8], values[11] = json.loads(values[8]), json.loads(values[11])
    return FrozenImage(*values)


def _build(version: Version, target: Path) -> None:
    manifest = paths.manifest_path(version)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with closing(sqlite3.connect(temporary)) as connection:
            connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
            connection.executescript(_TABLES)
            for rows in _in_batches(_file_rows(manifest)):
                connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?)", rows)
            for rows in _in_batches(_image_rows(manifest)):
                connection.executemany(
                    "INSERT OR REPLACE INTO images VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, "
                    "(SELECT sha256 FROM files WHERE path = ?), ?, ?)",
                    rows,
                )
            connection.execute("DROP TABLE files")
            connection.commit()
            connection.execute("VACUUM")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    keep_newest(target.parent)


def _file_rows(manifest: Path) -> Iterator[tuple[Any, ...]]:
    with manifest.open("rb") as handle:
        for item in ijson.items(handle, "files.item"):
            if item["path"].startswith("labels/"):
                yield item["path"], item["sha256"]


def _image_rows(manifest: Path) -> Iterator[tuple[Any, ...]]:
    with manifest.open("rb") as handle:
        for item in ijson.items(handle, "images.item"):
            if item.get("synthetic"):  # no image of the dataset: nothing to compare or restore
                continue
            _, split, *parts = PurePosixPath(item["path"]).parts
            name = "/".join(parts)
            ids = item.get("instance_ids", [])
            label = f"labels/{split}/{name.rpartition('.')[0]}.txt"
            yield (
                *(item["id"], split, name, item["width"], item["height"], item["sha256"]),
                *(item["revision"], item["instances"], json.dumps(ids), label),
                *(item.get("painted_sha256", ""), json.dumps(_origin(item))),
            )


def _origin(item: dict[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in _ORIGIN if name in item}


def _in_batches(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    batch: list[tuple[Any, ...]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch

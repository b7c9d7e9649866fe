"""What differs between a version and another one, or the dataset as it is now.

A comparison is an SQLite file in the cache. It is begun by one pass over both lists of images in
the order of their ids: an image whose label file has the same hash on both sides is the same and is
not looked at again. The objects of the others are compared afterwards, a second's worth for each
request that asks (:func:`go_on`), so that no request is long and no work is done twice. Memory does
not grow with the dataset. The file may be deleted at any time: the comparison then begins anew.
"""

import hashlib
import json
import re
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Max, Sum

from annotator.imports.present import Shape, read_shapes
from annotator.kernel.errors import ConflictError
from annotator.kernel.files import file_lock
from annotator.labels.polygons.geometry import Polygons
from annotator.labels.polygons.many import measure_many
from annotator.labels.polygons.overlap import shares_inside
from annotator.models import FINISHED, Dataset, Image
from annotator.models.jobs import JobState
from training import paths
from training.models import Version

from .ignoring import INSIDE, ignore_path, read_ignore_file, read_regions
from .object_changes import ObjectChange, compare_objects, shapes_of_label
from .version_index import FrozenImage, VersionIndex, cache_dir, keep_newest, touch

KINDS = (
    *("added", "removed", "not_done", "moved", "renamed", "other_pixels"),
    *("objects", "objects_added", "objects_removed", "objects_changed", "class_changed"),
)
"""By what the list of images is filtered."""
MOST_OUTLINES = 40
SLICE_SECONDS = 0.8
_ROWS_AT_ONCE = 500
_FORMAT = 3
_STATE = re.compile(r"[0-9a-f]{16}")

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE found (
    before_id TEXT, after_id TEXT, name TEXT, before_name TEXT, after_name TEXT,
    before_split TEXT, after_split TEXT, before_sha TEXT, after_sha TEXT,
    width INTEGER, height INTEGER, status TEXT, before_objects INTEGER, after_objects INTEGER,
    kind TEXT, not_done INTEGER, moved INTEGER, renamed INTEGER, other_pixels INTEGER,
    is_open INTEGER, added INTEGER DEFAULT 0, removed INTEGER DEFAULT 0,
    changed INTEGER DEFAULT 0, reclassed INTEGER DEFAULT 0, outlines TEXT DEFAULT '[]',
    regions INTEGER DEFAULT 0
);
CREATE TABLE class_moves (before INTEGER, after INTEGER, count INTEGER,
    PRIMARY KEY (before, after));
CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER);
"""
_COLUMNS = (
    *("before_id", "after_id", "name", "before_name", "after_name", "before_split"),
    *("after_split", "before_sha", "after_sha", "width", "height", "status", "before_objects"),
    *("after_objects", "kind", "not_done", "moved", "renamed", "other_pixels", "is_open"),
)
_WHERE = {
    "added": "kind = 'added'",
    "removed": "kind = 'removed'",
    "not_done": "not_done",
    "moved": "moved",
    "renamed": "renamed",
    "other_pixels": "other_pixels OR regions",
    "objects": "added + removed + changed + reclassed > 0 OR is_open",
    "objects_added": "added > 0",
    "objects_removed": "removed > 0",
    "objects_changed": "changed > 0",
    "class_changed": "reclassed > 0",
}


class LiveImage(NamedTuple):
    """An image of the dataset as it is now. ``label_sha256`` is "" where the label file does not
    say what the annotation is (not finished, or not written yet)."""

    id: str
    split: str
    name: str
    width: int
    height: int
    sha256: str
    revision: int
    instances: int
    label_sha256: str
    status: str
    region_count: int

    @property
    def is_finished(self) -> bool:
        return self.status in FINISHED


Side = FrozenImage | LiveImage


@dataclass(frozen=True, slots=True)
class Comparison:
    """``after`` None: the dataset as it is now. ``state`` tells what was compared from what came
    later."""

    before: Version
    after: Version | None
    state: str

    @property
    def path(self) -> Path:
        other = "now" if self.after is None else str(self.after.pk)
        name = f"{self.before.pk}-{other}-{self.state}-{_FORMAT}.sqlite3"
        return cache_dir("comparisons") / name

    @property
    def dataset(self) -> Dataset:
        return self.before.dataset


# --- beginning one ------------------------------------------------------------------------------


def compare(before: Version, after: Version | None) -> Comparison:
    """Return the comparison of a version with another, or with now, begun if it is not there.

    Raises ConflictError for a version that is not frozen, or whose files are gone.
    """
    for version in (before, after):
        if version is not None and version.state != JobState.FINISHED:
            raise ConflictError(
                f"Version {version.number} is not frozen: there is nothing to compare.",
                code="version_busy",
            )
        if version is not None and not paths.manifest_path(version).is_file():
            raise ConflictError(
                f"The files of version {version.number} are not on the disk.", code="version_gone"
            )
    comparison = Comparison(before, after, _state_of(before, after))
    with file_lock(comparison.path.name, kind="comparison"):
        if not comparison.path.is_file():
            _begin(comparison)
    touch(comparison.path)
    return comparison


def reopen(before: Version, after: Version | None, state: str) -> Comparison:
    """Return a comparison that was begun before. Raises ConflictError where it is gone."""
    comparison = Comparison(before, after, state)
    if not _STATE.fullmatch(state) or not comparison.path.is_file():
        raise _gone()
    touch(comparison.path)
    return comparison


def _gone() -> ConflictError:
    return ConflictError(
        "This comparison is not kept any more: load the page again.", code="comparison_gone"
    )


def _state_of(before: Version, after: Version | None) -> str:
    parts: list[object] = [before.content_sha256]
    if after is not None:
        parts.append(after.content_sha256)
    else:
        images = before.dataset.images.aggregate(
            count=Count("pk"),
            newest=Max("updated_at"),
            revisions=Sum("revision"),
            objects=Sum("instance_count"),
        )
        parts += [str(value) for value in images.values()]
        parts += before.dataset.classes.values_list("pk", "name", "is_retired")
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:16]


def _begin(comparison: Comparison) -> None:
    path = comparison.path
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with closing(sqlite3.connect(temporary)) as connection:
            connection.executescript(_TABLES)
            same = _fill(connection, comparison)
            _pair_by_pixels(connection)
            connection.executescript(
                "CREATE TABLE images AS SELECT NULL AS position, * FROM found ORDER BY name, kind;"
                "UPDATE images SET position = rowid; DROP TABLE found;"
                "CREATE INDEX images_open ON images (position) WHERE is_open;"
            )
            total = connection.execute("SELECT COUNT(*) FROM images WHERE is_open").fetchone()[0]
            connection.executemany(
                "INSERT INTO facts VALUES (?, ?)", [("same", same), ("to_compare", total)]
            )
            connection.commit()
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    keep_newest(path.parent)


def _fill(connection: sqlite3.Connection, comparison: Comparison) -> int:
    """Write a row for each image that may differ; return how many are the same."""
    same = 0
    rows: list[tuple[Any, ...]] = []
    places = ", ".join("?" * len(_COLUMNS))
    insert = f"INSERT INTO found ({', '.join(_COLUMNS)}) VALUES ({places})"  # noqa: S608
    for before, after in merge_images(comparison):
        row = _row(before, after)
        if row is None:
            same += before is not None
            continue
        rows.append(row)
        if len(rows) == _ROWS_AT_ONCE:
            connection.executemany(insert, rows)
            rows.clear()
    connection.executemany(insert, rows)
    return same


def merge_images(comparison: Comparison) -> Iterator[tuple[FrozenImage | None, Side | None]]:
    """Both lists in the order of the ids, side by side."""
    befores: Iterator[FrozenImage] = iter(VersionIndex(comparison.before))
    afters: Iterator[Side] = (
        _live_images(comparison.dataset)
        if comparison.after is None
        else iter(VersionIndex(comparison.after))
    )
    before, after = next(befores, None), next(afters, None)
    while before is not None or after is not None:
        if after is None or (before is not None and before.id < after.id):
            yield before, None
            before = next(befores, None)
        elif before is None or after.id < before.id:
            yield None, after
            after = next(afters, None)
        else:
            yield before, after
            before, after = next(befores, None), next(afters, None)


def _live_images(dataset: Dataset) -> Iterator[LiveImage]:
    rows = dataset.images.order_by("pk").values_list(
        *("pk", "split", "stem", "extension", "width", "height", "sha256", "revision"),
        *("instance_count", "label_sha256", "label_stale", "status", "ignore_region_count"),
    )
    for (
        pk,
        split,
        stem,
        extension,
        width,
        height,
        sha,
        revision,
        count,
        label,
        stale,
        status,
        regions,
    ) in rows.iterator(chunk_size=2000):
        is_written = status in FINISHED and not stale
        yield LiveImage(
            *(str(pk), split, f"{stem}.{extension}", width, height, sha, revision, count),
            *(label if is_written else "", status, regions),
        )


def _row(before: FrozenImage | None, after: Side | None) -> tuple[Any, ...] | None:
    """Return the row of an image; None where nothing differs."""
    if before is None and isinstance(after, LiveImage) and not after.is_finished:
        return None  # it is not in the version, and would not be in the next one either
    known = after or before
    assert known is not None  # noqa: S101 - narrows the type
    kind, is_open, not_done = "changed", False, False
    if after is None:
        kind = "removed"
    elif before is None:
        kind = "added"
    else:
        not_done = isinstance(after, LiveImage) and not after.is_finished
        is_open = before.revision != after.revision and (
            not after.label_sha256
            or before.label_sha256 != after.label_sha256
            or _may_differ_in_regions(before, after)
        )
    both = before is not None and after is not None
    moved = both and before.split != after.split  # type: ignore[union-attr]
    renamed = both and before.name != after.name  # type: ignore[union-attr]
    other = both and before.sha256 != after.sha256  # type: ignore[union-attr]
    if both and not (moved or renamed or other or is_open or not_done):
        return None
    return (
        *(before.id if before else None, after.id if after else None, known.name),
        *(before.name if before else None, after.name if after else None),
        *(before.split if before else None, after.split if after else None),
        *(before.sha256 if before else None, after.sha256 if after else None),
        *(known.width, known.height),
        after.status if isinstance(after, LiveImage) else "",
        *(before.instances if before else 0, after.instances if after else 0),
        *(kind, not_done, moved, renamed, other, is_open),
    )


def _may_differ_in_regions(before: FrozenImage, after: Side) -> bool:
    """Ignore regions stand in no label file."""
    if isinstance(after, LiveImage):
        return bool(before.painted_sha256 or after.region_count)
    return before.painted_sha256 != after.painted_sha256


def _pair_by_pixels(connection: sqlite3.Connection) -> None:
    """An image that went and came again under another id, with the same pixels, is one image."""
    connection.executescript(
        """
        CREATE INDEX found_pixels ON found (after_sha) WHERE kind = 'added';
        CREATE TABLE pairs AS
            SELECT gone.rowid AS gone, new.rowid AS new, gone.before_id, gone.before_name,
                gone.before_split, gone.before_sha, gone.before_objects
            FROM found AS gone JOIN found AS new
                ON new.kind = 'added' AND new.after_sha = gone.before_sha
            WHERE gone.kind = 'removed' GROUP BY gone.before_sha HAVING COUNT(*) = 1;
        UPDATE found SET
            kind = 'changed', is_open = 1, before_id = pairs.before_id,
            before_name = pairs.before_name, before_split = pairs.before_split,
            before_sha = pairs.before_sha, before_objects = pairs.before_objects,
            moved = pairs.before_split <> found.after_split,
            renamed = pairs.before_name <> found.after_name
            FROM pairs WHERE found.rowid = pairs.new;
        DELETE FROM found WHERE rowid IN (SELECT gone FROM pairs);
        DROP TABLE pairs;
        """
    )


# --- the objects --------------------------------------------------------------------------------


def go_on(comparison: Comparison, *, seconds: float = SLICE_SECONDS) -> None:
    """Compare the objects of images that wait for it, for about ``seconds``; at least of one."""
    until = time.monotonic() + seconds
    with _writing(comparison) as (connection, reader):
        while True:
            row = connection.execute(
                f"SELECT position, {', '.join(_COLUMNS)} FROM images"  # noqa: S608
                " WHERE is_open ORDER BY position LIMIT 1"
            ).fetchone()
            if row is None:
                return
            _store(connection, row, *reader.read_changes(row))
            if time.monotonic() > until:
                return


def finish(comparison: Comparison) -> Iterator[None]:
    """Go on until nothing is left, giving way after each slice."""
    while count_open(comparison):
        go_on(comparison)
        yield


def count_open(comparison: Comparison) -> int:
    with _reading(comparison) as connection:
        query = "SELECT COUNT(*) FROM images WHERE is_open"
        return int(connection.execute(query).fetchone()[0])


@contextmanager
def _reading(comparison: Comparison) -> Iterator[sqlite3.Connection]:
    try:  # else SQLite would make an empty file of one that was removed to make room
        opened = sqlite3.connect(f"{comparison.path.as_uri()}?mode=rw", uri=True, timeout=30)
    except sqlite3.OperationalError as error:
        raise _gone() from error
    with closing(opened) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


@contextmanager
def _writing(comparison: Comparison) -> Iterator[tuple[sqlite3.Connection, "ObjectReader"]]:
    with (
        file_lock(comparison.path.name, kind="comparison"),
        _reading(comparison) as connection,
    ):
        yield connection, ObjectReader(comparison)
        connection.commit()


class ObjectReader:
    """Reads the objects of an image on both sides of a comparison."""

    def __init__(self, comparison: Comparison) -> None:
        self.before = VersionIndex(comparison.before)
        self.after = None if comparison.after is None else VersionIndex(comparison.after)

    def read_sides(self, row: Any) -> tuple[list[Shape], list[Shape]]:
        before, after = self._read(row)
        return before.shapes, after.shapes

    def read_changes(self, row: Any) -> tuple[list[ObjectChange], bool]:
        """What differs between the objects, and whether the ignore regions differ."""
        before, after = self._read(row)
        changes = compare_objects(before.shapes, after.shapes)
        return changes, before.regions != after.regions

    def _read(self, row: Any) -> tuple["_Annotation", "_Annotation"]:
        before, after = row["before_id"], row["after_id"]
        frozen = _NOTHING if before is None else _read(self.before, before)
        if after is None:
            return frozen, _NOTHING
        if self.after is not None:
            return frozen, _read(self.after, after)
        image = Image.objects.filter(pk=UUID(after)).first()
        return frozen, _NOTHING if image is None else _read_live(image)


class _Annotation(NamedTuple):
    shapes: list[Shape]
    regions: list[Polygons]


_NOTHING = _Annotation([], [])


def _read_live(image: Image) -> _Annotation:
    """The objects that a version would hold now: those in ignore regions are left out."""
    shapes = read_shapes(image)
    regions = read_regions(image) or []
    if not regions or not shapes:
        return _Annotation(shapes, regions)
    shares = shares_inside([shape.polygons for shape in shapes], regions)
    kept = [shape for shape, share in zip(shapes, shares, strict=True) if share < INSIDE]
    return _Annotation(kept, regions)


def _read(index: VersionIndex, image_id: str) -> _Annotation:
    image = index.get(image_id)
    if image is None:
        return _NOTHING
    return _Annotation(read_frozen_shapes(index, image), read_frozen_regions(index, image))


def read_frozen_regions(index: VersionIndex, image: FrozenImage) -> list[Polygons]:
    """The ignore regions of an image as a version holds them; none where their file is gone."""
    if not image.painted_sha256:
        return []
    try:
        return read_ignore_file(index.folder / ignore_path(image.picture))["regions"]
    except FileNotFoundError:
        return []


def read_frozen_shapes(index: VersionIndex, image: FrozenImage) -> list[Shape]:
    """The objects of an image as a version holds them; none where its label file is gone."""
    try:
        label = index.read_label(image)
    except FileNotFoundError:
        return []
    return shapes_of_label(
        label,
        size_wh=(image.width, image.height),
        class_ids=[item["class_id"] for item in index.version.classes],
        instance_ids=image.instance_ids,
    )


def _store(
    connection: sqlite3.Connection, row: Any, changes: list[ObjectChange], other_regions: bool
) -> None:
    """Keep what was found about an image; one that does not differ goes."""
    position = row["position"]
    counts = {"added": 0, "removed": 0, "changed": 0, "reclassed": 0}
    for change in changes:
        counts[change.kind] += 1
        if change.kind == "reclassed" and change.before and change.after:
            connection.execute(
                "INSERT INTO class_moves VALUES (?, ?, 1)"
                " ON CONFLICT (before, after) DO UPDATE SET count = count + 1",
                (change.before.class_id, change.after.class_id),
            )
    others = ("not_done", "moved", "renamed", "other_pixels")
    if not changes and not other_regions and not any(row[name] for name in others):
        connection.execute("DELETE FROM images WHERE position = ?", (position,))
        connection.execute("UPDATE facts SET value = value + 1 WHERE name = 'same'")
        return
    outlines = json.dumps(draw_changes(changes, size_wh=(row["width"], row["height"])))
    connection.execute(
        "UPDATE images SET is_open = 0, added = ?, removed = ?, changed = ?, reclassed = ?,"
        " outlines = ?, regions = ? WHERE position = ?",
        (*counts.values(), outlines, other_regions, position),
    )


def draw_changes(changes: list[ObjectChange], *, size_wh: tuple[int, int]) -> list[dict[str, Any]]:
    """Outlines for a thumbnail, of few points, normalised to 0..1; of very many the first."""
    shown = changes[:MOST_OUTLINES]

    def draw(shapes: list[Shape | None]) -> list[list[list[float]]]:
        known = [shape.polygons for shape in shapes if shape is not None]
        drawn = iter(measure_many(known, size_wh=size_wh))
        return [[] if shape is None else next(drawn).outline for shape in shapes]

    befores = draw([change.before for change in shown])
    afters = draw([change.after for change in shown])
    return [
        {
            "kind": change.kind,
            "class_before": None if change.before is None else change.before.class_id,
            "class_after": None if change.after is None else change.after.class_id,
            "before": before,
            "after": after,
        }
        for change, before, after in zip(shown, befores, afters, strict=True)
    ]


# --- reading one --------------------------------------------------------------------------------


def where(kind: str) -> str:
    return f"WHERE {_WHERE[kind]}" if kind else ""


def read_rows(
    comparison: Comparison, *, kind: str, offset: int, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """Return some rows in the order of their names, and how many there are."""
    with _reading(comparison) as connection:
        condition = where(kind)
        total = connection.execute(f"SELECT COUNT(*) FROM images {condition}").fetchone()[0]  # noqa: S608
        rows = connection.execute(
            f"SELECT * FROM images {condition} ORDER BY position LIMIT ? OFFSET ?",  # noqa: S608
            (limit, offset),
        ).fetchall()
    return [dict(row) for row in rows], int(total)


def read_row(comparison: Comparison, position: int) -> dict[str, Any] | None:
    with _reading(comparison) as connection:
        row = connection.execute("SELECT * FROM images WHERE position = ?", (position,)).fetchone()
    return None if row is None else dict(row)


def find_neighbours(
    comparison: Comparison, position: int, *, kind: str
) -> tuple[int | None, int | None]:
    """Return the positions before and after one in the list of a kind."""
    condition = f"({_WHERE[kind]}) AND" if kind else ""
    with _reading(comparison) as connection:
        previous, following = connection.execute(
            f"SELECT (SELECT MAX(position) FROM images WHERE {condition} position < ?),"  # noqa: S608
            f" (SELECT MIN(position) FROM images WHERE {condition} position > ?)",
            (position, position),
        ).fetchone()
    return previous, following


def iterate_rows(comparison: Comparison, *, kind: str = "") -> Iterator[dict[str, Any]]:
    """All rows in the order of their names, read as they are asked for."""
    after = -1
    while True:
        with _reading(comparison) as connection:
            condition = f"({_WHERE[kind]}) AND" if kind else ""
            rows = connection.execute(
                f"SELECT * FROM images WHERE {condition} position > ? ORDER BY position LIMIT ?",  # noqa: S608
                (after, _ROWS_AT_ONCE),
            ).fetchall()
        if not rows:
            return
        yield from (dict(row) for row in rows)
        after = rows[-1]["position"]


def read_counts(comparison: Comparison) -> dict[str, int]:
    """Return how many images and objects differ in which way."""
    with _reading(comparison) as connection:
        counts = {
            kind: int(connection.execute(f"SELECT COUNT(*) FROM images WHERE {rule}").fetchone()[0])  # noqa: S608
            for kind, rule in _WHERE.items()
        }
        sums = connection.execute(
            "SELECT COUNT(*), TOTAL(added), TOTAL(removed), TOTAL(changed), TOTAL(reclassed),"
            " TOTAL(is_open), TOTAL(CASE WHEN kind = 'added' THEN after_objects END),"
            " TOTAL(CASE WHEN kind = 'removed' THEN before_objects END),"
            " TOTAL(kind = 'changed' AND"
            " (not_done OR regions OR added + removed + changed + reclassed > 0))"
            " FROM images"
        ).fetchone()
        facts = dict(connection.execute("SELECT name, value FROM facts").fetchall())
    names = (
        *("different", "object_added", "object_removed", "object_changed", "object_reclassed"),
        *("open", "objects_of_added", "objects_of_removed", "other_labels"),
    )
    return {**counts, **dict(zip(names, map(int, sums), strict=True)), **facts}


def read_class_moves(comparison: Comparison) -> list[tuple[int, int, int]]:
    """Return (class before, class after, how many objects), most first."""
    with _reading(comparison) as connection:
        query = "SELECT before, after, count FROM class_moves ORDER BY count DESC, before, after"
        return [tuple(row) for row in connection.execute(query)]

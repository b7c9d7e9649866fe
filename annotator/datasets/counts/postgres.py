"""The triggers on PostgreSQL: each statement appends what it adds to cells and takes from them.

Rows are only appended, so writers never wait for each other; ``fold_counts`` makes one row of those
of a cell. The triggers look at all rows of a statement at once (transition tables).
"""

from django.db import connection

from .columns import (
    CELLS,
    CLASS_COUNT,
    DATASET,
    IMAGE,
    IMAGE_CLASS,
    IMAGE_COUNT,
    IMAGE_TAG,
    INSTANCE,
    KEY_COUNT,
    SUMS,
    TAG,
    box,
    columns_of,
    differs,
    image_cell,
)

_PAIRS = "new_rows n JOIN old_rows o ON o.id = n.id"


def _append(table: str, *parts: str) -> str:
    """Append the sums of what the parts, each a SELECT of a table's columns, add to its cells."""
    cell, sums = CELLS[table], SUMS[table]
    values = ", ".join(f"SUM(d.{name})" for name in sums)
    changed = " OR ".join(f"SUM(d.{name}) <> 0" for name in sums)
    names = ", ".join(f"d.{name}" for name in cell)
    return (
        f"INSERT INTO {table} ({columns_of(table)}) SELECT {names}, {values} "
        f"FROM ({' UNION ALL '.join(parts)}) AS d ({columns_of(table)}) "
        f"GROUP BY {names} HAVING {changed};"
    )


def _images(row: str, source: str, sign: str) -> str:
    return (
        f"SELECT {image_cell(row)}, {sign}1, {sign}{row}.instance_count "
        f"FROM {source} WHERE {row}.deleted_at IS NULL"
    )


def _groups(row: str, source: str, sign: str) -> str:
    return (
        f"SELECT {row}.dataset_id, 'group', {row}.\"group\", {sign}1 "
        f"FROM {source} WHERE {row}.\"group\" <> '' AND {row}.deleted_at IS NULL"
    )


def _classes_of_images(row: str, sign: str) -> str:
    changed = differs("o", "n", "split", "status", "deleted_at", "dataset_id")
    return (
        f"SELECT {row}.dataset_id, c.dataset_class_id, {row}.split, {row}.status, {sign}1, "
        f"{sign}c.objects_count, {sign}c.boxes FROM {_PAIRS} "
        f"JOIN {IMAGE_CLASS} c ON c.image_id = n.id "
        f"WHERE {row}.deleted_at IS NULL AND {changed}"
    )


def _tags_of_images(row: str, sign: str) -> str:
    changed = differs("o", "n", "deleted_at", "dataset_id")
    return (
        f"SELECT {row}.dataset_id, 'tag', t.tag_id::text, {sign}1 FROM {_PAIRS} "
        f"JOIN {IMAGE_TAG} t ON t.image_id = n.id WHERE {row}.deleted_at IS NULL AND {changed}"
    )


def _put_instances(source: str) -> str:
    return (
        f"INSERT INTO {IMAGE_CLASS} AS kept (image_id, dataset_class_id, objects_count, boxes) "
        f"SELECT n.image_id, n.dataset_class_id, COUNT(*), SUM({box('n')}) FROM {source} "
        "GROUP BY n.image_id, n.dataset_class_id "
        "HAVING n.dataset_class_id IS NOT NULL ORDER BY 1, 2 "  # an ignore region is no object
        "ON CONFLICT (image_id, dataset_class_id) DO UPDATE SET "
        "objects_count = kept.objects_count + excluded.objects_count, "
        "boxes = kept.boxes + excluded.boxes;"
    )


def _take_instances(source: str) -> str:
    gone = (
        f"SELECT o.image_id, o.dataset_class_id, COUNT(*) AS many, SUM({box('o')}) AS boxes "
        f"FROM {source} GROUP BY o.image_id, o.dataset_class_id"
    )
    same = "kept.image_id = gone.image_id AND kept.dataset_class_id = gone.dataset_class_id"
    return (
        f"UPDATE {IMAGE_CLASS} AS kept SET objects_count = kept.objects_count - gone.many, "
        f"boxes = kept.boxes - gone.boxes FROM ({gone}) AS gone WHERE {same}; "
        f"DELETE FROM {IMAGE_CLASS} AS kept USING ({gone}) AS gone "
        f"WHERE {same} AND kept.objects_count <= 0;"
    )


def _boxes(*parts: str) -> str:
    return (
        f"UPDATE {IMAGE} AS i SET box_count = GREATEST(0, i.box_count + d.boxes) FROM ("
        f"SELECT image_id, SUM(boxes) AS boxes FROM ({' UNION ALL '.join(parts)}) AS p "
        "(image_id, boxes) GROUP BY image_id HAVING SUM(boxes) <> 0) AS d WHERE i.id = d.image_id;"
    )


def _counts_of_classes(row: str, source: str, *sums: str) -> str:
    return (
        f"SELECT i.dataset_id, {row}.dataset_class_id, i.split, i.status, {', '.join(sums)} "
        f"FROM {source} JOIN {IMAGE} i ON i.id = {row}.image_id WHERE i.deleted_at IS NULL"
    )


def _bodies() -> dict[tuple[str, str, str], str]:
    """By name, event and table: what a trigger does."""
    new, old = "new_rows n", "old_rows o"
    tagged = f"JOIN {IMAGE} i ON i.id = %s.image_id WHERE i.deleted_at IS NULL"
    changed = differs("o", "n", "image_id", "dataset_class_id", "is_box")
    pairs = f"{_PAIRS} WHERE {changed}"
    return {
        ("image_insert", "INSERT", IMAGE): _append(IMAGE_COUNT, _images("n", new, "+"))
        + _append(KEY_COUNT, _groups("n", new, "+")),
        ("image_delete", "DELETE", IMAGE): _append(IMAGE_COUNT, _images("o", old, "-"))
        + _append(KEY_COUNT, _groups("o", old, "-")),
        ("image_update", "UPDATE", IMAGE): _append(
            IMAGE_COUNT, _images("n", new, "+"), _images("o", old, "-")
        )
        + _append(
            KEY_COUNT,
            _groups("n", new, "+"),
            _groups("o", old, "-"),
            _tags_of_images("n", "+"),
            _tags_of_images("o", "-"),
        )
        + _append(CLASS_COUNT, _classes_of_images("n", "+"), _classes_of_images("o", "-")),
        ("instance_insert", "INSERT", INSTANCE): _put_instances(new)
        + _boxes(f"SELECT n.image_id, 1 FROM {new} WHERE n.is_box"),
        ("instance_delete", "DELETE", INSTANCE): _take_instances(old)
        + _boxes(f"SELECT o.image_id, -1 FROM {old} WHERE o.is_box"),
        ("instance_update", "UPDATE", INSTANCE): _take_instances(pairs)
        + _put_instances(pairs)
        + _boxes(
            f"SELECT n.image_id, 1 FROM {pairs} AND n.is_box",
            f"SELECT o.image_id, -1 FROM {pairs} AND o.is_box",
        ),
        ("class_insert", "INSERT", IMAGE_CLASS): _append(
            CLASS_COUNT, _counts_of_classes("n", new, "1", "n.objects_count", "n.boxes")
        ),
        ("class_delete", "DELETE", IMAGE_CLASS): _append(
            CLASS_COUNT, _counts_of_classes("o", old, "-1", "-o.objects_count", "-o.boxes")
        ),
        ("class_update", "UPDATE", IMAGE_CLASS): _append(
            CLASS_COUNT,
            _counts_of_classes(
                "n", _PAIRS, "0", "n.objects_count - o.objects_count", "n.boxes - o.boxes"
            ),
        ),
        ("tag_insert", "INSERT", IMAGE_TAG): _append(
            KEY_COUNT, f"SELECT i.dataset_id, 'tag', n.tag_id::text, 1 FROM {new} {tagged % 'n'}"
        ),
        ("tag_delete", "DELETE", IMAGE_TAG): _append(
            KEY_COUNT, f"SELECT i.dataset_id, 'tag', o.tag_id::text, -1 FROM {old} {tagged % 'o'}"
        ),
        ("tag_gone", "DELETE", TAG): f"DELETE FROM {KEY_COUNT} k USING {old} "
        "WHERE k.dataset_id = o.dataset_id AND k.kind = 'tag' AND k.key = o.id::text;",
        ("dataset_delete", "DELETE", DATASET): "".join(
            f"DELETE FROM {table} c USING {old} WHERE c.dataset_id = o.id;" for table in CELLS
        ),
    }


_TABLES = {
    "INSERT": "NEW TABLE AS new_rows",
    "DELETE": "OLD TABLE AS old_rows",
    "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
}


def trigger_statements() -> dict[str, str]:
    """By name, the statements that make each trigger with its function."""
    return {
        f"segloop_count_{name}": f"CREATE OR REPLACE FUNCTION segloop_count_{name}() "
        f"RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$; "
        f"DROP TRIGGER IF EXISTS segloop_count_{name} ON {table}; "
        f"CREATE TRIGGER segloop_count_{name} AFTER {event} ON {table} "
        f"REFERENCING {_TABLES[event]} FOR EACH STATEMENT "
        f"EXECUTE FUNCTION segloop_count_{name}();"
        for (name, event, table), body in _bodies().items()
    }


FOLDED_ROWS = 20_000


def fold_counts() -> int:
    """Make one row of the rows of each cell, a bounded number at a time. Returns how many went.

    On SQLite a cell is one row as it is.
    """
    if connection.vendor != "postgresql":
        return 0
    count = 0
    for table, cell in CELLS.items():
        names = ", ".join(cell)
        sums = ", ".join(f"SUM({name})" for name in SUMS[table])
        left = " OR ".join(f"SUM({name}) <> 0" for name in SUMS[table])
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH gone AS (DELETE FROM {table} WHERE id IN (SELECT id FROM {table} "
                f"WHERE ({names}) IN (SELECT {names} FROM {table} GROUP BY {names} "
                "HAVING COUNT(*) > 1) "
                f"ORDER BY id LIMIT {FOLDED_ROWS} FOR UPDATE SKIP LOCKED) RETURNING *), "
                f"folded AS (INSERT INTO {table} ({columns_of(table)}) SELECT {names}, {sums} "
                f"FROM gone GROUP BY {names} HAVING {left} RETURNING 1) "
                "SELECT (SELECT COUNT(*) FROM gone) - (SELECT COUNT(*) FROM folded)"
            )
            count += cursor.fetchone()[0]
    return count

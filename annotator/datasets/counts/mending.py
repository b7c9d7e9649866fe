"""Counting anew, beside what is kept: what differs is mended and logged.

Differences are found by one statement each, so what others change meanwhile is on both sides of it
or on neither. Where nothing differs nothing is written, and nobody waits.
"""

import logging

from django.db import connection

from annotator.kernel.turns import job_turn
from annotator.models import Dataset

from . import sqlite
from .columns import (
    CELLS,
    CLASS,
    CLASS_COUNT,
    IMAGE,
    IMAGE_CLASS,
    IMAGE_COUNT,
    IMAGE_TAG,
    INSTANCE,
    SUMS,
    box,
    columns_of,
    image_cell,
)

logger = logging.getLogger(__name__)


def mend_counts() -> int:
    """Mend the counts of every dataset. Returns how many were wrong."""
    return sum(
        mend_dataset(pk) for pk in Dataset.objects.order_by("pk").values_list("pk", flat=True)
    )


def mend_dataset(dataset_id: int) -> int:
    """Count a dataset anew; returns how many counts were wrong, and are right now."""
    wrong = sum(_run_if(check, change, dataset_id) for check, change in _object_statements())
    for table in CELLS:
        difference = _difference_sql(table)
        change = f"INSERT INTO {table} ({columns_of(table)}) {difference}"
        if connection.vendor == "sqlite":
            # "WHERE true": else ON CONFLICT would be read as a part of the SELECT
            change = (
                f"INSERT INTO {table} ({columns_of(table)}) SELECT * FROM ({difference}) "
                f"WHERE true {sqlite.adds_up(table)}"
            )
        wrong += _run_if(f"{difference} LIMIT 1", change, dataset_id)
    if wrong:
        logger.warning("%s counts of dataset %s were wrong and are mended", wrong, dataset_id)
    return wrong


def _run_if(check: str, change: str, dataset_id: int) -> int:
    """Run ``change`` where ``check`` finds a row. Returns how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(check, {"dataset": dataset_id})
        if cursor.fetchone() is None:
            return 0
        with job_turn():
            cursor.execute(change, {"dataset": dataset_id})
            return int(cursor.rowcount)


def _object_statements() -> list[tuple[str, str]]:
    """(what finds a difference, what mends it) for the objects of images by class, and boxes."""
    own = f"dataset_class_id IN (SELECT id FROM {CLASS} WHERE dataset_id = %(dataset)s)"
    counted = (
        f"SELECT o.image_id, o.dataset_class_id, COUNT(*) AS many, SUM({box('o')}) AS boxes "
        f"FROM {INSTANCE} o WHERE o.{own} GROUP BY o.image_id, o.dataset_class_id"
    )
    same = "s.image_id = c.image_id AND s.dataset_class_id = c.dataset_class_id"
    odd = (
        f"SELECT c.id FROM {IMAGE_CLASS} c LEFT JOIN ({counted}) s ON {same} WHERE c.{own} "
        "AND (s.many IS NULL OR s.many <> c.objects_count OR s.boxes <> c.boxes)"
    )
    missing = (
        f"SELECT s.image_id, s.dataset_class_id, s.many, s.boxes FROM ({counted}) s "
        f"LEFT JOIN {IMAGE_CLASS} c ON {same} WHERE c.id IS NULL"
    )
    boxes = f"SELECT COALESCE(SUM(c.boxes), 0) FROM {IMAGE_CLASS} c WHERE c.image_id = {IMAGE}.id"
    boxed = (
        f"dataset_id = %(dataset)s AND (box_count > 0 OR id IN (SELECT image_id FROM {IMAGE_CLASS} "
        f"WHERE boxes > 0 AND {own})) AND box_count <> ({boxes})"
    )
    return [
        (f"{odd} LIMIT 1", f"DELETE FROM {IMAGE_CLASS} WHERE id IN ({odd})"),
        (
            f"{missing} LIMIT 1",
            f"INSERT INTO {IMAGE_CLASS} (image_id, dataset_class_id, objects_count, boxes) "
            f"{missing} ON CONFLICT (image_id, dataset_class_id) DO NOTHING",
        ),
        (
            f"SELECT id FROM {IMAGE} WHERE {boxed} LIMIT 1",
            f"UPDATE {IMAGE} SET box_count = ({boxes}) WHERE {boxed}",
        ),
    ]


def _truth_sql(table: str) -> str:
    """SELECT what a table of counts should hold of a dataset, a row for each thing counted."""
    living = "i.dataset_id = %(dataset)s AND i.deleted_at IS NULL"
    if table == IMAGE_COUNT:
        return f"SELECT {image_cell('i')}, 1, i.instance_count FROM {IMAGE} i WHERE {living}"
    if table == CLASS_COUNT:
        return (
            "SELECT i.dataset_id, c.dataset_class_id, i.split, i.status, 1, c.objects_count, "
            f"c.boxes FROM {IMAGE_CLASS} c JOIN {IMAGE} i ON i.id = c.image_id WHERE {living}"
        )
    return (
        f"SELECT i.dataset_id, 'group', i.\"group\", 1 FROM {IMAGE} i "
        f"WHERE {living} AND i.\"group\" <> '' "
        f"UNION ALL SELECT i.dataset_id, 'tag', CAST(t.tag_id AS text), 1 FROM {IMAGE_TAG} t "
        f"JOIN {IMAGE} i ON i.id = t.image_id WHERE {living}"
    )


def _difference_sql(table: str) -> str:
    """SELECT what has to be added to each cell that is wrong."""
    cell, sums = ", ".join(CELLS[table]), SUMS[table]
    names = columns_of(table)
    minus = ", ".join(f"-{name}" for name in sums)
    truth = f"SELECT * FROM ({_truth_sql(table)}) AS truth"
    if connection.vendor == "sqlite":
        truth = _truth_sql(table)
    values = ", ".join(f"SUM({name}) AS {name}" for name in sums)
    wrong = " OR ".join(f"SUM({name}) <> 0" for name in sums)
    kept = f"SELECT {cell}, {minus} FROM {table} WHERE dataset_id = %(dataset)s"
    both = f"WITH counted ({names}) AS ({truth} UNION ALL {kept})"
    return f"{both} SELECT {cell}, {values} FROM counted GROUP BY {cell} HAVING {wrong}"

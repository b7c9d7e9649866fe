"""The tables and columns that the triggers and the recount share."""

from django.db import connection

from annotator.models import (
    ClassCount,
    Dataset,
    DatasetClass,
    Image,
    ImageClass,
    ImageCount,
    ImageTag,
    Instance,
    KeyCount,
    Tag,
)

DATASET = Dataset._meta.db_table
CLASS = DatasetClass._meta.db_table
IMAGE = Image._meta.db_table
INSTANCE = Instance._meta.db_table
IMAGE_CLASS = ImageClass._meta.db_table
IMAGE_COUNT = ImageCount._meta.db_table
CLASS_COUNT = ClassCount._meta.db_table
KEY_COUNT = KeyCount._meta.db_table
IMAGE_TAG = ImageTag._meta.db_table
TAG = Tag._meta.db_table

CELLS = {
    IMAGE_COUNT: ("dataset_id", "split", "status", "assignee_id", "import_id", "flags"),
    CLASS_COUNT: ("dataset_id", "class_id", "split", "status"),
    KEY_COUNT: ("dataset_id", "kind", "key"),
}
"""The columns that identify a cell of each table of counts."""
SUMS = {
    IMAGE_COUNT: ("images", "instances"),
    CLASS_COUNT: ("images", "instances", "boxes"),
    KEY_COUNT: ("images",),
}

IMAGE_FIELDS = (
    *("dataset_id", "split", "status", "assignee_id", "import_job_id", "open_comments"),
    *("instance_count", "box_count", "is_split_pinned", "is_ground_truth", "deleted_at"),
)
"""The columns of an image on which its cell depends."""


def columns_of(table: str) -> str:
    return ", ".join((*CELLS[table], *SUMS[table]))


def image_cell(row: str) -> str:
    """SQL of the cell of an image; ``row`` is its alias."""
    flag = ImageCount.Flag
    flags = " + ".join(
        f"CASE WHEN {row}.{condition} THEN {value} ELSE 0 END"
        for condition, value in (
            ("open_comments > 0", flag.COMMENT.value),
            ("instance_count > 0", flag.OBJECT.value),
            ("box_count > 0", flag.BOX.value),
            ("is_split_pinned", flag.PINNED.value),
            ("is_ground_truth", flag.GROUND_TRUTH.value),
        )
    )
    return (
        f"{row}.dataset_id, {row}.split, {row}.status, COALESCE({row}.assignee_id, 0), "
        f"COALESCE({row}.import_job_id, 0), {flags}"
    )


def has_cell_changed(old: str, new: str) -> str:
    differs = " OR ".join(f"{old}.{name} {_distinct()} {new}.{name}" for name in IMAGE_FIELDS)
    return f"({differs})"


def differs(old: str, new: str, *names: str) -> str:
    """SQL: one of the columns is not the same in both rows."""
    return f"({' OR '.join(f'{old}.{name} {_distinct()} {new}.{name}' for name in names)})"


def _distinct() -> str:
    return "IS NOT" if connection.vendor == "sqlite" else "IS DISTINCT FROM"


def box(row: str) -> str:
    return f"CASE WHEN {row}.is_box THEN 1 ELSE 0 END"

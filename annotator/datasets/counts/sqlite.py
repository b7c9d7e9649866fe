"""The triggers on SQLite: each row that changes changes its cells. A cell is one row."""

from .columns import (
    CELLS,
    CLASS_COUNT,
    DATASET,
    IMAGE,
    IMAGE_CLASS,
    IMAGE_COUNT,
    IMAGE_FIELDS,
    IMAGE_TAG,
    INSTANCE,
    KEY_COUNT,
    SUMS,
    TAG,
    box,
    columns_of,
    differs,
    has_cell_changed,
    image_cell,
)


def index_statements() -> dict[str, str]:
    """A cell is there once: by name, the statement that makes the index."""
    return {
        f"{table}_once": f"CREATE UNIQUE INDEX {table}_once ON {table} ({', '.join(cell)})"
        for table, cell in CELLS.items()
    }


def adds_up(table: str) -> str:
    """What an INSERT of a count does where its cell is there already."""
    sums = ", ".join(f"{name} = {name} + excluded.{name}" for name in SUMS[table])
    return f"ON CONFLICT ({', '.join(CELLS[table])}) DO UPDATE SET {sums}"


def _add(table: str, select: str) -> str:
    return f"INSERT INTO {table} ({columns_of(table)}) {select} {adds_up(table)};"


def _take_image(row: str) -> str:
    cell = f"({', '.join(CELLS[IMAGE_COUNT])}) = ({image_cell(row)})"
    return (
        f"UPDATE {IMAGE_COUNT} SET images = images - 1, "
        f"instances = instances - {row}.instance_count "
        f"WHERE {cell} AND {row}.deleted_at IS NULL;"
    )


def _put_image(row: str) -> str:
    select = f"SELECT {image_cell(row)}, 1, {row}.instance_count WHERE {row}.deleted_at IS NULL"
    return _add(IMAGE_COUNT, select)


def _put_group(row: str) -> str:
    return _add(
        KEY_COUNT,
        f"SELECT {row}.dataset_id, 'group', {row}.\"group\", 1 "
        f"WHERE {row}.\"group\" <> '' AND {row}.deleted_at IS NULL",
    )


def _take_group(row: str) -> str:
    return (
        f"UPDATE {KEY_COUNT} SET images = images - 1 WHERE dataset_id = {row}.dataset_id "
        f"AND kind = 'group' AND key = {row}.\"group\" AND {row}.deleted_at IS NULL;"
    )


def _classes(row: str, sign: str) -> str:
    return _add(
        CLASS_COUNT,
        f"SELECT {row}.dataset_id, c.dataset_class_id, {row}.split, {row}.status, "
        f"{sign}1, {sign}c.objects_count, {sign}c.boxes FROM {IMAGE_CLASS} c "
        f"WHERE c.image_id = {row}.id AND {row}.deleted_at IS NULL",
    )


def _tags(row: str, sign: str) -> str:
    return _add(
        KEY_COUNT,
        f"SELECT {row}.dataset_id, 'tag', CAST(t.tag_id AS text), {sign}1 FROM {IMAGE_TAG} t "
        f"WHERE t.image_id = {row}.id AND {row}.deleted_at IS NULL",
    )


def _change_class_count(row: str, *sums: str) -> str:
    sets = ", ".join(
        f"{name} = {name} + ({value})" for name, value in zip(SUMS[CLASS_COUNT], sums, strict=True)
    )
    return (
        f"UPDATE {CLASS_COUNT} SET {sets} WHERE class_id = {row}.dataset_class_id "
        "AND (dataset_id, split, status) = (SELECT i.dataset_id, i.split, i.status "
        f"FROM {IMAGE} i WHERE i.id = {row}.image_id AND i.deleted_at IS NULL);"
    )


def _put_instance(row: str) -> str:
    return (
        f"INSERT INTO {IMAGE_CLASS} (image_id, dataset_class_id, objects_count, boxes) "
        f"SELECT {row}.image_id, {row}.dataset_class_id, 1, {box(row)} "
        f"WHERE {row}.dataset_class_id IS NOT NULL "  # an ignore region is no object
        "ON CONFLICT (image_id, dataset_class_id) DO UPDATE SET "
        "objects_count = objects_count + 1, boxes = boxes + excluded.boxes;"
    )


def _take_instance(row: str) -> str:
    where = f"image_id = {row}.image_id AND dataset_class_id = {row}.dataset_class_id"
    return (
        f"UPDATE {IMAGE_CLASS} SET objects_count = objects_count - 1, boxes = boxes - {box(row)} "
        f"WHERE {where}; DELETE FROM {IMAGE_CLASS} WHERE {where} AND objects_count <= 0;"
    )


def _boxes_of_image(row: str, sign: str) -> str:
    return (
        f"UPDATE {IMAGE} SET box_count = MAX(0, box_count {sign} 1) "
        f"WHERE id = {row}.image_id AND {row}.is_box;"
    )


def trigger_statements() -> dict[str, str]:
    """By name, the statement that makes each trigger."""
    fields = ", ".join(IMAGE_FIELDS)
    place = differs("OLD", "NEW", "split", "status", "deleted_at", "dataset_id")
    made = {
        ("image_insert", f"INSERT ON {IMAGE}", ""): _put_image("NEW") + _put_group("NEW"),
        ("image_delete", f"DELETE ON {IMAGE}", ""): _take_image("OLD") + _take_group("OLD"),
        (
            "image_update",
            f"UPDATE OF {fields} ON {IMAGE}",
            has_cell_changed("OLD", "NEW"),
        ): _take_image("OLD") + _put_image("NEW"),
        (
            "image_classes",
            f"UPDATE OF split, status, deleted_at, dataset_id ON {IMAGE}",
            place,
        ): _classes("OLD", "-") + _classes("NEW", "+"),
        (
            "image_keys",
            f'UPDATE OF "group", deleted_at, dataset_id ON {IMAGE}',
            differs("OLD", "NEW", '"group"', "deleted_at", "dataset_id"),
        ): _take_group("OLD") + _put_group("NEW"),
        (
            "image_tags",
            f"UPDATE OF deleted_at, dataset_id ON {IMAGE}",
            differs("OLD", "NEW", "deleted_at", "dataset_id"),
        ): _tags("OLD", "-") + _tags("NEW", "+"),
        ("instance_insert", f"INSERT ON {INSTANCE}", ""): _put_instance("NEW"),
        ("instance_delete", f"DELETE ON {INSTANCE}", ""): _take_instance("OLD"),
        (
            "instance_update",
            f"UPDATE OF image_id, dataset_class_id, is_box ON {INSTANCE}",
            differs("OLD", "NEW", "image_id", "dataset_class_id", "is_box"),
        ): _take_instance("OLD")
        + _put_instance("NEW")
        + _boxes_of_image("OLD", "-")
        + _boxes_of_image("NEW", "+"),
        ("box_insert", f"INSERT ON {INSTANCE}", "NEW.is_box"): _boxes_of_image("NEW", "+"),
        ("box_delete", f"DELETE ON {INSTANCE}", "OLD.is_box"): _boxes_of_image("OLD", "-"),
        ("class_insert", f"INSERT ON {IMAGE_CLASS}", ""): _add(
            CLASS_COUNT,
            "SELECT i.dataset_id, NEW.dataset_class_id, i.split, i.status, 1, NEW.objects_count, "
            f"NEW.boxes FROM {IMAGE} i WHERE i.id = NEW.image_id AND i.deleted_at IS NULL",
        ),
        ("class_delete", f"DELETE ON {IMAGE_CLASS}", ""): _change_class_count(
            "OLD", "-1", "-OLD.objects_count", "-OLD.boxes"
        ),
        ("class_update", f"UPDATE ON {IMAGE_CLASS}", ""): _change_class_count(
            "NEW", "0", "NEW.objects_count - OLD.objects_count", "NEW.boxes - OLD.boxes"
        ),
        ("tag_insert", f"INSERT ON {IMAGE_TAG}", ""): _add(
            KEY_COUNT,
            "SELECT i.dataset_id, 'tag', CAST(NEW.tag_id AS text), 1 "
            f"FROM {IMAGE} i WHERE i.id = NEW.image_id AND i.deleted_at IS NULL",
        ),
        ("tag_delete", f"DELETE ON {IMAGE_TAG}", ""): (
            f"UPDATE {KEY_COUNT} SET images = images - 1 WHERE kind = 'tag' "
            "AND key = CAST(OLD.tag_id AS text) AND dataset_id = (SELECT i.dataset_id "
            f"FROM {IMAGE} i WHERE i.id = OLD.image_id AND i.deleted_at IS NULL);"
        ),
        ("tag_gone", f"DELETE ON {TAG}", ""): (
            f"DELETE FROM {KEY_COUNT} WHERE dataset_id = OLD.dataset_id AND kind = 'tag' "
            "AND key = CAST(OLD.id AS text);"
        ),
        ("dataset_delete", f"DELETE ON {DATASET}", ""): "".join(
            f"DELETE FROM {table} WHERE dataset_id = OLD.id;" for table in CELLS
        ),
    }
    return {
        f"segloop_count_{name}": f"CREATE TRIGGER segloop_count_{name} AFTER {event} "
        f"FOR EACH ROW {f'WHEN {condition} ' if condition else ''}BEGIN {body} END"
        for (name, event, condition), body in made.items()
    }

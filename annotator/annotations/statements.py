"""The SQL of a save, for SQLite and PostgreSQL: few statements, written once.

A save is what people do all day. Django builds a query anew each time, which took longer than the
database and the geometry together; these are texts that the database finds in its cache.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import DurationField, Model

from annotator.kernel.turns import Statement
from annotator.labels.polygons.geometry import Ring
from annotator.labels.polygons.many import Measures
from annotator.models import (
    AnnotationRevision,
    Dataset,
    DatasetClass,
    DeletedInstance,
    Image,
    Instance,
    Membership,
)

from .data import InstanceData

_ROWS = 500
"""Rows of one statement."""
_IMAGE = Image._meta.db_table
_INSTANCE = Instance._meta.db_table
_DELETED = DeletedInstance._meta.db_table
_REVISION = AnnotationRevision._meta.db_table


def _columns(model: type[Model], names: str) -> list[str]:
    """Those of ``names``, in the order in which ``from_db`` takes them."""
    wanted = set(names.split())
    return [item.attname for item in model._meta.concrete_fields if item.attname in wanted]


_IMAGE_COLUMNS = _columns(
    Image,
    "id dataset_id stem extension split status width height revision instance_count "
    "ignore_region_count "
    "label_pending finished_by_id sent_back_count assignee_id",
)
_DATASET_COLUMNS = _columns(Dataset, "id slug name")
_LINKS = (
    f"FROM {_IMAGE} i JOIN {Dataset._meta.db_table} d ON d.id = i.dataset_id "
    f"LEFT JOIN {Membership._meta.db_table} m ON m.dataset_id = d.id AND m.user_id = %s "
    f"LEFT JOIN {_REVISION} r "
    "ON r.image_id = i.id AND r.number = i.revision AND r.author_id = %s "
)

to_json = msgspec.json.encode
from_json = msgspec.json.decode


class ImageToSave(NamedTuple):
    """An image with its dataset, what its author is there, and when they saved it last, if that
    was the newest revision; ``last_place``: the highest order of an instance, -1 without any."""

    image: Image
    role: str | None
    saved_at: datetime | None
    last_place: int


class StoredInstance(NamedTuple):
    """``data`` None: it lies in the trash."""

    id: str
    is_elsewhere: bool
    order: int
    data: InstanceData | None


def read_image(image_id: UUID, *, author_id: int | None) -> ImageToSave | None:
    """Return the image with what a save asks of it, in one statement; None in the trash."""
    with connection.cursor() as cursor:
        cursor.execute(_image_sql(), [author_id, author_id, db_uuid(image_id)])
        row = cursor.fetchone()
    if row is None:
        return None
    count = len(_IMAGE_COLUMNS)
    values = dict(zip(_IMAGE_COLUMNS, row, strict=False))
    values |= {"id": image_id, "label_pending": bool(values["label_pending"])}
    image = Image.from_db(connection.alias, _IMAGE_COLUMNS, list(values.values()))
    of_dataset = row[count : count + len(_DATASET_COLUMNS)]
    image.dataset = Dataset.from_db(connection.alias, _DATASET_COLUMNS, of_dataset)
    role, saved_at, last_place = row[count + len(_DATASET_COLUMNS) :]
    return ImageToSave(image, role, _moment(saved_at), -1 if last_place is None else last_place)


@cache
def _image_sql() -> str:
    names = [f"i.{name}" for name in _IMAGE_COLUMNS] + [f"d.{name}" for name in _DATASET_COLUMNS]
    last = f'(SELECT MAX("order") FROM {_INSTANCE} WHERE image_id = i.id)'
    return (
        f"SELECT {', '.join(names)}, m.role, r.created_at, {last} {_LINKS}"
        "WHERE i.id = %s AND i.deleted_at IS NULL AND d.deleted_at IS NULL"
    )


def read_instances(
    image_id: UUID, ids: Sequence[str], *, needs_all: bool
) -> Iterator[StoredInstance]:
    """Yield stored instances, in order: those of ``ids`` wherever they are, the trash too;
    with ``needs_all`` the others of the image as well."""
    columns = "image_id, id, dataset_class_id, polygons, occluded, truncated, note, is_box"
    wanted, own = _ids(ids), db_uuid(image_id)
    which = [_among("id")] if ids else []
    parameters: list[Any] = [wanted] if ids else []
    if needs_all:
        which.append("image_id = %s")
        parameters.append(own)
    if not which:
        return
    sql = f'SELECT "order" AS place, {columns} FROM {_INSTANCE} WHERE {" OR ".join(which)}'
    if ids:
        sql += (
            " UNION ALL SELECT -1, image_id, instance_id, NULL, NULL, NULL, NULL, NULL, NULL "
            f"FROM {_DELETED} WHERE {_among('instance_id')}"
        )
        parameters.append(wanted)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY 1, 3", parameters)
        for place, of_image, pk, class_id, polygons, occluded, truncated, note, is_box in cursor:
            text = _text_of(pk)
            data: InstanceData | None = None
            if polygons is not None:
                data = {
                    "id": text,
                    "class_id": class_id,
                    "polygons": from_json(polygons),
                    "occluded": bool(occluded),
                    "truncated": bool(truncated),
                    "note": note,
                    "is_box": bool(is_box),
                }
            yield StoredInstance(text, of_image != own, place, data)


class Outlined(NamedTuple):
    """An instance as a thumbnail shows it."""

    id: str
    class_id: int
    outline: list[Ring]
    area_px: float


def read_largest(
    image: Image, limit: int, *, class_ids: Sequence[int]
) -> tuple[list[Outlined], set[int]]:
    """Return the largest objects, and those of ``class_ids`` that the dataset has."""
    parts, parameters = [], list[Any]()
    if limit:
        parts.append(
            f"SELECT * FROM (SELECT id, dataset_class_id, outline, area_px FROM {_INSTANCE} "
            "WHERE image_id = %s AND dataset_class_id IS NOT NULL "
            "ORDER BY area_px DESC LIMIT %s) AS largest"
        )
        parameters += [db_uuid(image.pk), limit]
    if class_ids:
        parts.append(
            f"SELECT NULL, id, NULL, NULL FROM {DatasetClass._meta.db_table} "
            f"WHERE dataset_id = %s AND id IN ({_marks(class_ids)})"
        )
        parameters += [image.dataset_id, *class_ids]
    if not parts:
        return [], set()
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        rows = cursor.fetchall()
    largest = [
        Outlined(_text_of(pk), class_id, from_json(outline), area)
        for pk, class_id, outline, area in rows
        if pk is not None
    ]
    return largest, {class_id for pk, class_id, _, _ in rows if pk is None}


def update_image(
    image: Image, *, revision: int, status: str, needs_label: bool, is_stale: bool
) -> bool:
    """Store ``image``, if it is still at ``revision`` and ``status``; whether it was.

    Takes the place of a lock: of two saves that begin at the same revision one finds nothing.
    """
    sets = ["revision = %s", "status = %s", "instance_count = %s", "updated_at = %s"]
    sets += ["finished_by_id = %s", "sent_back_count = %s", "ignore_region_count = %s"]
    values = [image.revision, image.status, image.instance_count, _stamp(image.updated_at)]
    values += [image.finished_by_id, image.sent_back_count, image.ignore_region_count]
    if "outline" not in image.get_deferred_fields():
        sets.append(f"outline = {_json_mark()}")
        values.append(_json(image.outline))
    if needs_label:
        sets.append("label_pending = %s")
        values.append(True)
    if is_stale:
        sets.append("label_stale = %s")
        values.append(True)
    sql = f"UPDATE {_IMAGE} SET {', '.join(sets)} "
    sql += "WHERE id = %s AND revision = %s AND status = %s AND deleted_at IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, db_uuid(image.pk), revision, status])
        return bool(cursor.rowcount == 1)


class InstanceRow(NamedTuple):
    """An instance to be stored."""

    data: InstanceData
    order: int
    measures: Measures


def put_instances(image: Image, rows: Sequence[InstanceRow]) -> int:
    """Insert instances, or change those that are there; how many. One of another image is left
    alone."""
    columns = (
        'id, image_id, dataset_class_id, "order", polygons, area_px, outline, occluded, truncated, '
        "note, is_box"
    )
    json_mark = _json_mark()
    marks = f"(%s, %s, %s, %s, {json_mark}, %s, {json_mark}, %s, %s, %s, %s)"
    changed = (
        "dataset_class_id", "polygons", "area_px", "outline", "occluded", "truncated", "note",
        "is_box",
    )  # fmt: skip
    sets = ", ".join(f"{name} = excluded.{name}" for name in changed)
    conflict = (
        f"ON CONFLICT (id) DO UPDATE SET {sets} WHERE {_INSTANCE}.image_id = excluded.image_id"
    )
    image_id = db_uuid(image.pk)
    total = 0
    with connection.cursor() as cursor:
        for batch in _batches(rows):
            values: list[Any] = []
            for data, order, measures in batch:
                values += [
                    *(_id(data["id"]), image_id, data["class_id"], order),
                    *(_json(data["polygons"]), measures.area_px, _json(measures.outline)),
                    *(data.get("occluded", False), data.get("truncated", False)),
                    *(data.get("note", ""), data.get("is_box", False)),
                ]
            rows_sql = ", ".join([marks] * len(batch))
            cursor.execute(
                f"INSERT INTO {_INSTANCE} ({columns}) VALUES {rows_sql} {conflict}", values
            )
            total += cursor.rowcount
    return total


def compile_instances(images: Iterable[tuple[Image, Sequence[InstanceRow]]]) -> Statement:
    """The statement that inserts the instances of images that are new, with all its rows.

    Neither is a model made of each, nor are all texts of one statement put together: that took as
    long as the database.
    """
    json_mark = _json_mark()
    sql = (
        f'INSERT INTO {_INSTANCE} (id, image_id, dataset_class_id, "order", polygons, area_px, '
        f"outline, is_box, occluded, truncated, note) VALUES (%s, %s, %s, %s, {json_mark}, %s, "
        f"{json_mark}, %s, %s, %s, %s)"
    )
    values: list[tuple[Any, ...]] = []
    for image, rows in images:
        image_id = db_uuid(image.pk)
        values += [
            (
                *(_id(data["id"]), image_id, data["class_id"], order, _json(data["polygons"])),
                *(measures.area_px, _json(measures.outline), data.get("is_box", False)),
                *(data.get("occluded", False), data.get("truncated", False)),
                data.get("note", ""),
            )
            for data, order, measures in rows
        ]
    return sql, values


def keep_deleted(image: Image, gone: Sequence[InstanceData], author_id: int | None) -> None:
    """Move instances to the trash: each can be put back."""
    columns = "instance_id, image_id, class_id, data, revision, deleted_at, deleted_by_id, outline"
    outline = f"(SELECT outline FROM {_INSTANCE} WHERE id = %s)"
    marks = f"(%s, %s, %s, {_json_mark()}, %s, %s, %s, {outline})"
    now = _stamp(image.updated_at)
    image_id = db_uuid(image.pk)
    with connection.cursor() as cursor:
        for batch in _batches(gone):
            values: list[Any] = []
            ids = [_id(data["id"]) for data in batch]
            for pk, data in zip(ids, batch, strict=True):
                values += [pk, image_id, data["class_id"], _json(data)]
                values += [image.revision, now, author_id, pk]
            rows_sql = ", ".join([marks] * len(batch))
            cursor.execute(f"INSERT INTO {_DELETED} ({columns}) VALUES {rows_sql}", values)
            sql = f"DELETE FROM {_INSTANCE} WHERE image_id = %s AND id IN ({_marks(ids)})"
            cursor.execute(sql, [image_id, *ids])


def forget_deleted(image: Image, ids: Sequence[str]) -> None:
    """Take instances that come back out of the trash."""
    with connection.cursor() as cursor:
        for batch in _batches(ids):
            sql = f"DELETE FROM {_DELETED} WHERE image_id = %s AND instance_id IN ({_marks(batch)})"
            cursor.execute(sql, [db_uuid(image.pk), *(_id(pk) for pk in batch)])


def put_order(image: Image, order: Sequence[str]) -> None:
    """Number the instances of an image anew."""
    with connection.cursor() as cursor:
        cursor.executemany(
            f'UPDATE {_INSTANCE} SET "order" = %s WHERE id = %s AND image_id = %s',
            [(place, _id(pk), db_uuid(image.pk)) for place, pk in enumerate(order)],
        )


def add_revision(revision: AnnotationRevision) -> None:
    """Store a revision, made at its image's ``updated_at``."""
    json_mark = _json_mark()
    image = revision.image
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_REVISION} (image_id, number, author_id, source, status, status_before, "
            'judged_id, reasons, active_time, put, deleted, "order", added, changed, '
            "ignore_regions, bulk_change_id, created_at) "
            f"VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, {json_mark}, {json_mark}, {json_mark}, "
            "%s, %s, %s, %s, %s) RETURNING id",
            [
                *(db_uuid(image.pk), revision.number, revision.author_id, revision.source),
                *(revision.status, revision.status_before, revision.judged_id, revision.reasons),
                *(_duration(revision.active_time), _json(revision.put), _json(revision.deleted)),
                None if revision.order is None else _json(revision.order),
                *(revision.added, revision.changed, revision.ignore_regions),
                *(revision.bulk_change_id, _stamp(image.updated_at)),
            ],
        )
        revision.pk = cursor.fetchone()[0]
    revision.created_at = image.updated_at
    revision._state.adding = False


# --- values as the database takes and gives them ---------------------------------------------


def _marks(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _among(column: str) -> str:
    """That a UUID is one of ``_ids``: one parameter, however many there are."""
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s::uuid[])"
    return f"{column} IN (SELECT value FROM json_each(%s))"


def _ids(texts: Sequence[str]) -> Any:
    ids = [_id(text) for text in texts]
    return ids if connection.vendor == "postgresql" else _json(ids)


def _batches(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS))


def _json(value: object) -> str:
    return to_json(value).decode()


def _json_mark() -> str:
    return "%s::jsonb" if connection.vendor == "postgresql" else "%s"


def db_uuid(value: UUID) -> Any:
    """Return an id as a parameter of a statement."""
    return value if connection.features.has_native_uuid_field else value.hex


def _id(text: str) -> str:
    """The same of a UUID as text, as it is on the wire: there are many, and objects take time."""
    return text if connection.features.has_native_uuid_field else text.replace("-", "")


def _text_of(value: Any) -> str:
    """A UUID of the database as it goes over the wire."""
    if isinstance(value, UUID):
        return str(value)
    return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"


def _stamp(value: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value)


def _duration(value: timedelta) -> Any:
    return DurationField().get_db_prep_value(value, connection)


def _moment(value: datetime | None) -> datetime | None:
    """SQLite gives it without a time zone, which is UTC."""
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value

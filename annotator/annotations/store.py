"""Annotations in the database: what a save may be, and what it changes.

Everything is read and worked out before the transaction, which then writes and begins with a
compare-and-set of the image's revision: of two saves at the same moment the second one finds
nothing, and starts anew. So nobody waits for a reading, and a save costs a handful of statements
that read and write what changed, whatever the number of instances that did not.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from annotator.kernel.errors import ConflictError, ServiceError, StaleRevisionError, TooLargeError
from annotator.kernel.followers import ANNOTATION_FOLLOWERS, AnnotationChange, Following
from annotator.kernel.turns import write_turn
from annotator.labels.formats.yolo.rows import MAX_OBJECTS, MAX_POINTS, too_many_objects
from annotator.labels.polygons.many import RefusedError, clean_many, measure_many
from annotator.models import AnnotationRevision, Image, ImageHold

from .data import AnnotationData, InstanceData, is_object, read_annotation
from .difference import (
    Difference,
    OrderIncompleteError,
    Save,
    Stored,
    apply_difference,
    find_difference,
    instance_elsewhere,
)
from .statements import (
    ImageToSave,
    InstanceRow,
    Outlined,
    add_revision,
    forget_deleted,
    keep_deleted,
    put_instances,
    put_order,
    read_image,
    read_instances,
    read_largest,
    update_image,
)
from .status_rules import active_time, count_verdict, finishes, next_status

BULK_CHANGE: ContextVar[int | None] = ContextVar("bulk_change", default=None)
"""The change of many images in whose turn annotations are saved; their revisions name it."""

MAX_OUTLINES = 60
_TRIES = 20
"""So often somebody else may save the same image between our reading and our writing."""


def store(image_id: UUID, save: Save, *, found: ImageToSave | None = None) -> Image:
    """Store a save in the database; the files are the caller's to bring into step.

    ``found``: the image, where the caller has just read it. The same save twice changes nothing
    the second time. Raises StaleRevisionError (with ``current``, the newest annotation) when
    ``base_revision`` is not the newest and the save would change something; ServiceError for a
    polygon that is none.
    """
    is_clean = False
    for _ in range(_TRIES):
        found = found or read_image(image_id, author_id=save.author.pk if save.author else None)
        if found is None:
            raise Http404
        if not is_clean:
            save, is_clean = _cleaned(save, found.image), True
        revision = found.image.revision
        try:
            image = _store_once(save, found)
        except StaleRevisionError:
            raise
        except ServiceError:
            # Of instances that are newer than the image that was read? Then it says nothing.
            if _is_at(image_id, revision):
                raise
            image = None
        if image is not None and (image.is_changed or _is_at(image_id, revision)):
            return image
        found = None
    raise ConflictError("The image is being changed at this very moment: try again.")


def _store_once(save: Save, found: ImageToSave) -> Image | None:
    """Return the image as it is then; None where somebody else saved it meanwhile."""
    image = found.image
    stored, places = _read_stored(image, save)
    try:
        difference = find_difference(stored, save)
    except OrderIncompleteError:
        _check_newest(image, save)
        raise
    status_before, revision_before = image.status, image.revision
    status = next_status(image, save, difference, role=found.role)
    if difference.is_empty and status == status_before:
        return image
    _check_newest(image, save)
    image.instance_count += difference.new_objects
    image.ignore_region_count += difference.new_regions
    if difference.added and image.instance_count + image.ignore_region_count > MAX_OBJECTS:
        raise TooLargeError(too_many_objects())
    was_finished = image.is_finished
    image.revision += 1
    image.status = status
    image.updated_at = timezone.now()
    if save.is_verdict:
        count_verdict(image, status_before)
    elif finishes(image, status_before, difference.has_changed):
        image.finished_by = save.author
    rows = _rows_of(image, difference, places, last_place=found.last_place)
    _summarise(image, difference, rows, stored)
    revision = AnnotationRevision(
        image=image,
        number=image.revision,
        author=save.author,
        source=save.source,
        status_before=status_before,
        status=status,
        judged_id=image.finished_by_id if save.is_verdict else None,
        active_time=timedelta() if save.is_verdict else active_time(save, found.saved_at),
        put=difference.put,
        deleted=difference.gone,
        order=difference.order,
        added=difference.objects_added,
        changed=difference.objects_put - difference.objects_added,
        ignore_regions=len(difference.put) - difference.objects_put,
        bulk_change_id=BULK_CHANGE.get(),
    )
    change = AnnotationChange(image, lambda: _instances_after(image, difference))
    following = [each for follow in ANNOTATION_FOLLOWERS if (each := follow(change)) is not None]
    image.is_changed, image.has_moved = True, was_finished != image.is_finished
    needs_label = was_finished or image.is_finished
    with write_turn(), transaction.atomic(savepoint=False):
        if not update_image(
            image,
            revision=revision_before,
            status=status_before,
            needs_label=needs_label,
            is_stale=difference.changes_label,
        ):
            return None
        _write(image, save, difference, rows, stored)
        if status != status_before:  # somebody else's turn
            ImageHold.objects.filter(image_id=image.pk).delete()
        _add_revision(revision, following)
    image.label_pending = image.label_pending or needs_label
    return image


def _is_at(image_id: UUID, revision: int) -> bool:
    return Image.objects.filter(pk=image_id, revision=revision).exists()


def _check_newest(image: Image, save: Save) -> None:
    if save.base_revision != image.revision:
        raise StaleRevisionError(
            f"“{image.file_name}” was changed since revision {save.base_revision}; "
            f"it is at revision {image.revision} now. Nothing of yours was stored.",
            current=_read_current(image),
        )


def _add_revision(revision: AnnotationRevision, following: Iterable[Following]) -> None:
    add_revision(revision)
    for follow in following:
        follow(revision)


def _write(
    image: Image,
    save: Save,
    difference: Difference,
    rows: Sequence[InstanceRow],
    stored: Stored,
) -> None:
    author_id = save.author.pk if save.author else None
    if difference.gone:
        keep_deleted(image, [stored.instances[pk] for pk in difference.gone], author_id)
    if difference.restored:
        forget_deleted(image, difference.restored)
    if rows and put_instances(image, rows) != len(rows):
        raise instance_elsewhere(rows[0].data["id"])
    if difference.order:
        put_order(image, difference.order)


def _read_stored(image: Image, save: Save) -> tuple[Stored, dict[str, int]]:
    """Return what ``save`` meets, and the places of stored instances."""
    instances: dict[str, InstanceData] = {}
    places: dict[str, int] = {}
    trashed: set[str] = set()
    elsewhere: set[str] = set()
    for row in read_instances(image.pk, save.named_ids(), needs_all=save.needs_all):
        if row.is_elsewhere:
            elsewhere.add(row.id)
        elif row.data is None:
            trashed.add(row.id)
        else:
            instances[row.id], places[row.id] = row.data, row.order
    return Stored(instances, frozenset(trashed), frozenset(elsewhere)), places


def find_elsewhere(image_id: UUID, ids: Sequence[str]) -> frozenset[str]:
    """Return those of ``ids`` that are, or were, objects of another image."""
    rows = read_instances(image_id, ids, needs_all=False)
    return frozenset(row.id for row in rows if row.is_elsewhere)


def _instances_after(image: Image, difference: Difference) -> list[InstanceData]:
    """Return the instances of an image after a save that is not stored yet."""
    rows = read_instances(image.pk, [], needs_all=True)
    stored = {row.id: row.data for row in rows if row.data is not None}
    return list(apply_difference(stored, difference).values())


def _read_current(image: Image) -> AnnotationData:
    """Return the newest annotation; never one revision's number with the instances of another."""
    image = Image.objects.get(pk=image.pk)
    while True:
        current = read_annotation(image)
        image = Image.objects.get(pk=image.pk)
        if image.revision == current["revision"]:
            return current


# --- what is written -------------------------------------------------------------------------


def _rows_of(
    image: Image, difference: Difference, places: Mapping[str, int], *, last_place: int
) -> list[InstanceRow]:
    new = {pk: last_place + 1 + n for n, pk in enumerate(difference.added)}
    size_wh = (image.width, image.height)
    measures = measure_many([item["polygons"] for item in difference.put], size_wh=size_wh)
    return [
        InstanceRow(item, new[item["id"]] if item["id"] in new else places[item["id"]], measured)
        for item, measured in zip(difference.put, measures, strict=True)
    ]


def _summarise(
    image: Image, difference: Difference, rows: Sequence[InstanceRow], stored: Stored
) -> None:
    """Draw the image's outline anew, and check the classes of what is put."""
    if not difference.has_changed:
        return
    touched = {row.data["id"] for row in rows} | set(difference.gone)
    # As many as there may be among the largest, of which those that are put or go do not count.
    drawn = [row for row in rows if is_object(row.data)]
    kept = image.instance_count - len(drawn)
    limit = MAX_OUTLINES + len(touched) - len(difference.added) if kept else 0
    known = {item["class_id"] for item in stored.instances.values()}
    unknown = sorted({pk for row in drawn if (pk := row.data["class_id"]) is not None} - known)
    largest, found = read_largest(image, limit, class_ids=unknown)
    check_classes(image, unknown, found)
    outlined = [row for row in largest if row.id not in touched]
    outlined += [
        Outlined(row.data["id"], class_id, row.measures.outline, row.measures.area_px)
        for row in drawn
        if (class_id := row.data["class_id"]) is not None
    ]
    outlined.sort(key=lambda row: -row.area_px)
    image.outline = summarise_outlines(
        (row.class_id, row.outline) for row in outlined[:MAX_OUTLINES]
    )


def check_classes(image: Image, wanted: Iterable[int], known: Iterable[int]) -> None:
    """Raise ServiceError for a class id that the dataset does not have."""
    if missing := set(wanted) - set(known):
        raise ServiceError(
            f"“{image.dataset.name}” has no class with the id {min(missing)}. "
            "Reload the page to see its classes.",
            code="unknown_class",
        )


def summarise_outlines(rows: Iterable[tuple[int, list[list[float]]]]) -> list[dict[str, object]]:
    """Return what ``Image.outline`` holds, from (class id, rings of an outline), largest first."""
    return [
        {"class_id": class_id, "points": ring} for class_id, outline in rows for ring in outline
    ]


# --- what came over the wire -----------------------------------------------------------------


def _cleaned(save: Save, image: Image) -> Save:
    """The same with ids as they are stored, and polygons too. Repeatable.

    Raises TooLargeError for more ids than an image may have objects, ServiceError for what is no
    polygon.
    """
    if max(len(save.delete), len(save.order or ())) > MAX_OBJECTS:
        raise TooLargeError(too_many_objects())
    order = None if save.order is None else [str(UUID(str(pk))) for pk in save.order]
    return replace(
        save,
        upsert=clean_instances(image, save.upsert),
        delete=[str(UUID(str(pk))) for pk in save.delete],
        order=order,
    )


def clean_instances(image: Image, items: Sequence[InstanceData]) -> list[InstanceData]:
    """Return instances clipped to the image, their coordinates rounded to 1/10,000 px.

    Raises ServiceError for what is not a polygon (see ``annotator.labels.polygons.geometry``), and
    for more points than an image may have.
    """
    if not items:
        return []
    count = sum(len(ring) for item in items for part in item["polygons"] for ring in part)
    if len(items) > MAX_OBJECTS or count > 2 * MAX_POINTS:
        raise TooLargeError(too_many_objects())
    size_wh = (image.width, image.height)
    try:
        polygons = clean_many([item["polygons"] for item in items], size_wh=size_wh)
    except RefusedError as error:
        raise ServiceError(
            f"An instance could not be saved: {error}",
            code="bad_polygon",
            instance=items[error.place]["id"],
        ) from error
    return [
        {**item, "id": str(UUID(str(item["id"]))), "polygons": cleaned}
        for item, cleaned in zip(items, polygons, strict=True)
    ]

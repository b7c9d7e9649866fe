"""Annotations in the database: what a save may be, and what it changes.

Cost of a save: one transaction with a handful of statements that read and write what changed (and
the largest instances, for the thumbnail), whatever the number of instances that did not.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone

from annotator.kernel.errors import ServiceError, StaleRevisionError, TooLargeError
from annotator.kernel.events import publish_event
from annotator.kernel.followers import ANNOTATION_FOLLOWERS
from annotator.kernel.turns import write_turn
from annotator.labels.formats.yolo import MAX_OBJECTS, MAX_POINTS, too_many_objects
from annotator.labels.polygons.geometry import (
    GeometryError,
    clean_polygons,
    covered_by,
    make_outline,
)
from annotator.models import (
    AnnotationRevision,
    DatasetClass,
    DeletedInstance,
    Image,
    ImageHold,
    Instance,
    RevisionSource,
)

from .data import InstanceData, data_of, read_annotation
from .difference import Difference, compare
from .status_rules import active_time, count_verdict, finishes, next_status

MAX_OUTLINES = 60
_DECIMALS = 4


def store_whole(
    image_id: UUID,
    *,
    base_revision: int,
    instances: Sequence[InstanceData],
    author: User | None,
    source: RevisionSource,
    status: str | None = None,
) -> Image:
    """Make ``instances`` (cleaned) the whole annotation, in this order; see store_difference."""
    with write_turn(), transaction.atomic():
        image = _lock_image(image_id)
        wanted = {item["id"] for item in instances}
        have = {str(pk) for pk in image.instances.values_list("pk", flat=True)}
        return _save(
            image,
            base_revision=base_revision,
            upsert=instances,
            delete=sorted(have - wanted),
            order=[item["id"] for item in instances],
            status=status,
            author=author,
            source=source,
        )


def store_difference(
    image_id: UUID,
    *,
    base_revision: int,
    upsert: Sequence[InstanceData],
    delete: Sequence[str],
    order: Sequence[str] | None,
    status: str | None,
    author: User | None,
    source: RevisionSource,
) -> Image:
    """Store a difference, cleaned, in the database; the files are the caller's to bring into step.

    The same difference sent twice changes nothing the second time. Raises StaleRevisionError (with
    ``current``, the newest annotation) when ``base_revision`` is not the newest and the save would
    change something.
    """
    with write_turn(), transaction.atomic():
        return _save(
            _lock_image(image_id),
            base_revision=base_revision,
            upsert=upsert,
            delete=delete,
            order=order,
            status=status,
            author=author,
            source=source,
        )


def store_verdict(image_id: UUID, *, base_revision: int, status: str, author: User) -> Image:
    """Store what a reviewer says of the annotation at ``base_revision``; see store_difference."""
    with write_turn(), transaction.atomic():
        return _save(
            _lock_image(image_id),
            base_revision=base_revision,
            upsert=[],
            delete=[],
            order=None,
            status=status,
            author=author,
            source=RevisionSource.USER,
            is_verdict=True,
        )


def _lock_image(image_id: UUID) -> Image:
    rows = Image.objects.select_for_update(of=("self",)).select_related("dataset")
    return get_object_or_404(rows, pk=image_id)


def _save(
    image: Image,
    *,
    base_revision: int,
    upsert: Sequence[InstanceData],
    delete: Sequence[str],
    order: Sequence[str] | None,
    status: str | None,
    author: User | None,
    source: RevisionSource,
    is_verdict: bool = False,
) -> Image:
    difference = compare(image, upsert=upsert, delete=delete, order=order)
    has_changed = bool(difference.put or difference.gone)
    new_status = next_status(image, status, has_changed, author)
    if difference.is_empty and new_status == image.status:
        return image
    if base_revision != image.revision:
        raise StaleRevisionError(
            f"“{image.file_name}” was changed since revision {base_revision}; "
            f"it is at revision {image.revision} now. Nothing of yours was stored.",
            current=read_annotation(image),
        )
    count = image.instance_count + len(difference.added) - len(difference.gone)
    if difference.added and count > MAX_OBJECTS:
        raise TooLargeError(too_many_objects())
    _check_classes(image, difference.put)
    status_before, was_finished = image.status, image.is_finished
    image.revision += 1
    image.status = new_status
    if new_status != status_before:  # somebody else's turn
        ImageHold.objects.filter(image=image).delete()
    if is_verdict:
        count_verdict(image, status_before)
    elif finishes(image, status_before, has_changed):
        image.finished_by = author
    _write_instances(image, difference, author)
    revision = AnnotationRevision.objects.create(
        image=image,
        number=image.revision,
        author_id=author.pk if author else None,
        source=source,
        status_before=status_before,
        status=new_status,
        judged_id=image.finished_by_id if is_verdict else None,
        active_time=timedelta() if is_verdict else active_time(image, author, source),
        put=difference.put,
        deleted=[str(row.pk) for row in difference.gone],
        order=difference.order,
        added=len(difference.added),
        changed=len(difference.put) - len(difference.added),
    )
    if has_changed:
        image.instance_count += len(difference.added) - len(difference.gone)
        _refresh_outline(image)
    image.has_moved = was_finished != image.is_finished
    image.label_pending = image.label_pending or was_finished or image.is_finished
    image.label_stale = image.label_stale or difference.changes_label
    image.updated_at = timezone.now()
    image.save(
        update_fields=[
            "revision", "status", "instance_count", "outline", "label_pending", "label_stale",
            "updated_at", "finished_by", "sent_back_count",
        ]
    )  # fmt: skip
    for follow in ANNOTATION_FOLLOWERS:
        follow(revision)
    _publish(image)
    return image


def _publish(image: Image) -> None:
    publish_event("image.changed", dataset=image.dataset, id=str(image.pk))


def clean_instances(image_id: UUID, items: Sequence[InstanceData]) -> list[InstanceData]:
    """Clean what came over the wire. Before the transaction begins, so that nobody waits for it.

    Raises ServiceError for what is not a polygon, and for more points than an image may have.
    """
    if not items:
        return []
    count = sum(len(ring) for item in items for part in item["polygons"] for ring in part)
    if len(items) > MAX_OBJECTS or count > 2 * MAX_POINTS:
        raise TooLargeError(too_many_objects())
    width, height = Image.all_objects.values_list("width", "height").get(pk=image_id)
    return [clean_instance(item, width=width, height=height) for item in items]


def clean_instance(item: InstanceData, *, width: int, height: int) -> InstanceData:
    """Return the instance clipped to the image, its coordinates rounded to 1/10,000 px.

    Raises ServiceError for what is not a polygon (see ``annotator.labels.polygons.geometry``).
    """
    try:
        polygons = clean_polygons(item["polygons"], size_wh=(width, height))
    except GeometryError as error:
        raise ServiceError(
            f"An instance could not be saved: {error}", code="bad_polygon", instance=item["id"]
        ) from error
    return {
        **item,
        "id": str(UUID(str(item["id"]))),
        "polygons": [
            [[round(number, _DECIMALS) for number in ring] for ring in polygon]
            for polygon in polygons
        ],
    }


def _check_classes(image: Image, changed: Iterable[InstanceData]) -> None:
    wanted = {item["class_id"] for item in changed}
    if not wanted:
        return
    known = set(
        DatasetClass.objects.filter(dataset_id=image.dataset_id, pk__in=wanted).values_list(
            "pk", flat=True
        )
    )
    if missing := wanted - known:
        raise ServiceError(
            f"“{image.dataset.name}” has no class with the id {min(missing)}. "
            "Reload the page to see its classes.",
            code="unknown_class",
        )


def _write_instances(image: Image, difference: Difference, author: User | None) -> None:
    if difference.gone:
        _keep_deleted(image, difference.gone, author)
    if difference.restored:
        image.deleted_instances.filter(instance_id__in=difference.restored).delete()
    if difference.put:
        first_new = _next_place(image) if difference.added else 0
        places = {pk: first_new + n for n, pk in enumerate(difference.added)} | difference.places
        Instance.objects.bulk_create(
            [make_instance(image, item, order=places[item["id"]]) for item in difference.put],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[
                "dataset_class", "polygons", "area_px", "outline", "occluded", "truncated", "note",
            ],
            batch_size=500,
        )  # fmt: skip
    if difference.order:
        rows = [Instance(id=UUID(pk), order=n) for n, pk in enumerate(difference.order)]
        Instance.objects.bulk_update(rows, ["order"], batch_size=200)


def _next_place(image: Image) -> int:
    last = image.instances.order_by("-order").values_list("order", flat=True).first()
    return 0 if last is None else last + 1


def _keep_deleted(image: Image, gone: list[Instance], author: User | None) -> None:
    """Delete instances of ``image``, which is at its new revision; each can be put back."""
    image.instances.filter(pk__in=[row.pk for row in gone]).delete()
    DeletedInstance.objects.bulk_create(
        [
            DeletedInstance(
                instance_id=row.pk,
                image=image,
                class_id=row.dataset_class_id,
                data=data_of(row),
                outline=row.outline,
                revision=image.revision,
                deleted_by_id=author.pk if author else None,
            )
            for row in gone
        ],
        batch_size=500,
    )


def make_instance(image: Image, item: InstanceData, *, order: int) -> Instance:
    """Return the row, not yet stored, of a cleaned instance."""
    return Instance(
        id=UUID(item["id"]),
        image=image,
        dataset_class_id=item["class_id"],
        order=order,
        polygons=item["polygons"],
        area_px=covered_by(item["polygons"]),
        outline=make_outline(item["polygons"], size_wh=(image.width, image.height)),
        occluded=item.get("occluded", False),
        truncated=item.get("truncated", False),
        note=item.get("note", ""),
    )


def _refresh_outline(image: Image) -> None:
    image.outline = summarise_outlines(
        image.instances.order_by("-area_px").values_list("dataset_class_id", "outline")[
            :MAX_OUTLINES
        ]
    )


def summarise_outlines(rows: Iterable[tuple[int, list[list[float]]]]) -> list[dict[str, object]]:
    """Return what ``Image.outline`` holds, from (class id, rings of an outline), largest first."""
    return [
        {"class_id": class_id, "points": ring} for class_id, outline in rows for ring in outline
    ]

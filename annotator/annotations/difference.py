"""What a save would change: an annotation on its way in, compared with the one that is stored."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from annotator.kernel.errors import ConflictError, ServiceError
from annotator.models import DeletedInstance, Image, Instance

from .data import InstanceData, data_of, with_attributes


@dataclass(frozen=True, slots=True)
class Difference:
    """What a save changes: ``put`` whole instances, ``order`` as in AnnotationRevision.

    ``places`` has the order of stored instances in ``put``, ``added`` the ids of the others,
    ``restored`` those of ``added`` that come back from the trash. ``changes_label``: more than
    attributes.
    """

    put: list[InstanceData]
    places: dict[str, int]
    added: list[str]
    restored: list[UUID]
    gone: list[Instance]
    order: list[str] | None
    changes_label: bool

    @property
    def is_empty(self) -> bool:
        return not (self.put or self.gone or self.order)


def compare(
    image: Image,
    *,
    upsert: Sequence[InstanceData],
    delete: Sequence[str],
    order: Sequence[str] | None,
) -> Difference:
    """Compare a save, its instances cleaned, with what is stored; what is put is not deleted.

    Raises ConflictError for an instance of another image, ServiceError for ids that make no sense.
    """
    by_id = {item["id"]: item for item in upsert}
    if len(by_id) != len(upsert):
        raise ServiceError("The same instance is there twice in one save.", code="twice")
    unwanted = set(map(str, delete)) - set(by_id)
    gone = list(image.instances.filter(pk__in=unwanted))
    stored = {str(row.pk): row for row in Instance.objects.filter(pk__in=list(by_id))}
    unknown = unwanted - {str(row.pk) for row in gone}
    if unknown:
        refuse_instances_elsewhere(image, unknown)
    put: list[InstanceData] = []
    is_reshaped = False
    for pk, item in by_id.items():
        row = stored.get(pk)
        if row is None:
            put.append(with_attributes(item))
            continue
        if row.image_id != image.pk:
            raise _elsewhere(row.pk)
        old = data_of(row)
        new: InstanceData = {**old, **item}
        if new != old:
            put.append(new)
        is_reshaped |= (new["class_id"], new["polygons"]) != (old["class_id"], old["polygons"])
    added = [item["id"] for item in put if item["id"] not in stored]
    new_order = None
    if order is not None:
        new_order = _changed_order(image, order, added, {str(row.pk) for row in gone})
    return Difference(
        put=put,
        places={pk: row.order for pk, row in stored.items()},
        added=added,
        restored=find_in_trash(image, [*added, *unknown]),
        gone=gone,
        order=new_order,
        changes_label=bool(added or gone or new_order or is_reshaped),
    )


def _changed_order(
    image: Image, order: Sequence[str], added: list[str], gone: set[str]
) -> list[str] | None:
    """Return the order that is asked for; None where the instances fall into it by themselves."""
    wanted = [str(UUID(str(pk))) for pk in order]
    stored = [str(pk) for pk in image.instances.values_list("pk", flat=True)]
    natural = [pk for pk in stored if pk not in gone] + added
    if len(wanted) != len(natural) or set(wanted) != set(natural):
        raise ServiceError(
            "The order must name every instance of the image once.", code="order_incomplete"
        )
    return None if wanted == natural else wanted


def _elsewhere(pk: UUID) -> ConflictError:
    return ConflictError(
        f"The object {pk} belongs to another image. Each object has an id of its own: draw it "
        "anew, or make a new UUID for it.",
        code="instance_elsewhere",
    )


def refuse_instances_elsewhere(image: Image, ids: Collection[str | UUID]) -> None:
    """Raise ConflictError where one of ``ids`` is an object of another image."""
    others = Instance.objects.filter(pk__in=ids).exclude(image_id=image.pk)
    if (pk := others.order_by().values_list("pk", flat=True).first()) is not None:
        raise _elsewhere(pk)


def find_in_trash(image: Image, ids: Collection[str | UUID]) -> list[UUID]:
    """Return those of ``ids`` that were deleted from ``image``.

    Raises ConflictError for one that was deleted from another image: it can still come back there.
    """
    if not ids:
        return []
    deleted = DeletedInstance.objects.filter(instance_id__in=ids).order_by()
    found = dict(deleted.values_list("instance_id", "image_id"))
    for pk, image_id in found.items():
        if image_id != image.pk:
            raise _elsewhere(pk)
    return list(found)


def refuse_elsewhere(image: Image, ids: Collection[str | UUID]) -> None:
    """Raise ConflictError where one of ``ids`` is, or was, an object of another image."""
    if ids:
        refuse_instances_elsewhere(image, ids)
        find_in_trash(image, ids)

"""What a save would change: an annotation on its way in, compared with the one that is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from annotator.models import Image, Instance
from annotator.services.annotation_data import InstanceData, data_of, with_attributes
from annotator.services.errors import ConflictError, ServiceError


@dataclass(frozen=True, slots=True)
class Difference:
    """What a save changes: ``put`` whole instances, ``order`` as in AnnotationRevision.

    ``places`` has the order of stored instances in ``put``, ``added`` the ids of the others.
    ``changes_label``: more than attributes.
    """

    put: list[InstanceData]
    places: dict[str, int]
    added: list[str]
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
    gone = list(image.instances.filter(pk__in=set(map(str, delete)) - set(by_id)))
    stored = {str(row.pk): row for row in Instance.objects.filter(pk__in=list(by_id))}
    put: list[InstanceData] = []
    is_reshaped = False
    for pk, item in by_id.items():
        row = stored.get(pk)
        if row is None:
            put.append(with_attributes(item))
            continue
        if row.image_id != image.pk:
            raise ConflictError(
                f"Instance {pk} belongs to another image.", code="instance_elsewhere"
            )
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

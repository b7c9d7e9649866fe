"""What a save would change. Pure: no row is read or written here.

First annotations (``store``) and second ones (``review.independent``) are saved by the same rules.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.auth.models import User

from annotator.kernel.errors import ConflictError, ServiceError
from annotator.labels.polygons.rectangles import is_rectangle
from annotator.models import RevisionSource

from .data import InstanceData, is_object, with_attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """What is asked of an annotation, by whom, and which revision they saw.

    ``upsert``: instances as they are to be; an attribute left out stays. What is put is not
    deleted. ``order`` names every instance, after the save. ``is_whole``: whatever ``upsert``
    does not name goes, and its order is the order. ``status`` None: as the change has it.
    """

    base_revision: int
    author: User | None
    upsert: Sequence[InstanceData] = ()
    delete: Sequence[str] = ()
    order: Sequence[str] | None = None
    status: str | None = None
    source: RevisionSource = RevisionSource.USER
    is_whole: bool = False
    is_verdict: bool = False

    @property
    def needs_all(self) -> bool:
        """Whether every stored instance has to be known, or only those that it names."""
        return self.is_whole or self.order is not None

    def named_ids(self) -> list[str]:
        return list(dict.fromkeys([item["id"] for item in self.upsert] + list(self.delete)))


@dataclass(frozen=True, slots=True)
class Stored:
    """What a save meets: ``instances`` in their order, those that it names at least.

    ``trashed``: ids that were deleted from this image; ``elsewhere``: those that are, or were, in
    another.
    """

    instances: Mapping[str, InstanceData]
    trashed: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Difference:
    """What a save changes: ``put`` whole instances, ``order`` as in AnnotationRevision.

    ``added``: the ids of those in ``put`` that are new, ``restored`` those of them that come back
    from the trash. ``changes_label``: more than attributes, and more than ignore regions, which no
    label file holds. ``new_objects`` and ``new_regions``: by how much the counts of objects and of
    ignore regions grow.
    """

    put: list[InstanceData] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    order: list[str] | None = None
    changes_label: bool = False
    new_objects: int = 0
    new_regions: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.put or self.gone or self.order)

    @property
    def has_changed(self) -> bool:
        return bool(self.put or self.gone)

    @property
    def objects_added(self) -> int:
        """How many of the new instances are objects."""
        new = set(self.added)
        return sum(is_object(item) for item in self.put if item["id"] in new)

    @property
    def objects_put(self) -> int:
        return sum(map(is_object, self.put))


class OrderIncompleteError(ServiceError):
    """An order that does not name what is there: nonsense, or of an earlier revision."""


def find_difference(stored: Stored, save: Save) -> Difference:
    """Compare a save, its instances cleaned, with what is stored.

    Raises ConflictError for an instance of another image, ServiceError for ids that make no sense.
    """
    by_id = {item["id"]: item for item in save.upsert}
    if len(by_id) != len(save.upsert):
        raise ServiceError("The same instance is there twice in one save.", code="twice")
    if stored.elsewhere:
        raise instance_elsewhere(min(stored.elsewhere))
    unwanted = set(stored.instances) if save.is_whole else set(save.delete)
    gone = [pk for pk in stored.instances if pk in unwanted and pk not in by_id]
    put: list[InstanceData] = []
    added: list[str] = []
    is_reshaped = any(is_object(stored.instances[pk]) for pk in gone)
    for pk, item in by_id.items():
        old = stored.instances.get(pk)
        if old is None:
            added.append(pk)
            put.append(_mended(with_attributes(item)))
            is_reshaped |= is_object(item)
            continue
        new: InstanceData = _mended({**old, **item})
        if new != old:
            put.append(new)
        if is_object(new) or is_object(old):
            is_reshaped |= (new["class_id"], new["polygons"]) != (old["class_id"], old["polygons"])
    order = None
    if save.needs_all:
        asked = by_id if save.order is None else save.order
        order = _changed_order(stored.instances, asked, added=added, gone=gone)
    before = [stored.instances[pk] for pk in {*gone, *(item["id"] for item in put)} - set(added)]
    was_object, is_now = sum(map(is_object, before)), sum(map(is_object, put))
    return Difference(
        put=put,
        added=added,
        restored=[pk for pk in added if pk in stored.trashed],
        gone=gone,
        order=order,
        changes_label=bool(order or is_reshaped),
        new_objects=is_now - was_object,
        new_regions=len(put) - is_now - (len(before) - was_object),
    )


def _mended(item: InstanceData) -> InstanceData:
    """An object that is no rectangle along the axes has been outlined: it is no box any more.

    Nor is an ignore region, which nobody has to outline.
    """
    if item.get("is_box") and not (is_object(item) and is_rectangle(item["polygons"])):
        return {**item, "is_box": False}
    return item


def _changed_order(
    stored: Iterable[str], asked: Iterable[str], *, added: Sequence[str], gone: Sequence[str]
) -> list[str] | None:
    """Return the order that is asked for; None where the instances fall into it by themselves."""
    wanted, left = list(asked), set(gone)
    natural = [pk for pk in stored if pk not in left] + list(added)
    if len(wanted) != len(natural) or set(wanted) != set(natural):
        raise OrderIncompleteError(
            "The order must name every instance of the image once.", code="order_incomplete"
        )
    return None if wanted == natural else wanted


def apply_difference(
    instances: Mapping[str, InstanceData], difference: Difference
) -> dict[str, InstanceData]:
    """Return the instances, by their ids and in their order, after a save."""
    return apply_step(instances, put=difference.put, gone=difference.gone, order=difference.order)


def apply_step(
    instances: Mapping[str, InstanceData],
    *,
    put: Iterable[InstanceData],
    gone: Iterable[str],
    order: Sequence[str] | None,
) -> dict[str, InstanceData]:
    """The same of what a revision keeps of its save; see AnnotationRevision."""
    after = dict(instances)
    for pk in gone:
        after.pop(pk, None)
    after |= {item["id"]: item for item in put}
    return after if order is None else {pk: after[pk] for pk in order}


def instance_elsewhere(pk: UUID | str) -> ConflictError:
    return ConflictError(
        f"The object {pk} belongs to another image. Each object has an id of its own: draw it "
        "anew, or make a new UUID for it.",
        code="instance_elsewhere",
    )

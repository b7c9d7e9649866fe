"""Second annotations: giving them out, drawing them, and what is made of them.

The states and who moves them: ``models.independent``.
"""

from collections.abc import Sequence
from typing import TypedDict
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet

from annotator.annotations.data import AnnotationData, InstanceData
from annotator.annotations.difference import Save, Stored, apply_difference, find_difference
from annotator.annotations.history import read_revision
from annotator.annotations.store import check_classes, clean_instances, find_elsewhere
from annotator.datasets.members import check_member
from annotator.folder.changing import change_many
from annotator.folder.saving import replace_annotation
from annotator.kernel.errors import ConflictError, StaleRevisionError, TooLargeError
from annotator.kernel.events import publish_event
from annotator.kernel.trash_time import Skipped
from annotator.kernel.turns import write_turn
from annotator.labels.formats.yolo.rows import MAX_OBJECTS, too_many_objects
from annotator.labels.polygons.agreement import Comparison, Shape, compare_annotations, disagreement
from annotator.models import Dataset, DatasetClass, Image, IndependentAnnotation

State = IndependentAnnotation.State


def give_out(
    dataset: Dataset, ids: Sequence[UUID], *, annotator_id: int, asked_by: User
) -> tuple[int, list[Skipped]]:
    """Have finished images drawn once more by a member who did not draw them.

    Returns how many were given out, and what was skipped. Repeatable.
    """
    check_member(dataset, annotator_id)

    def give(image: Image) -> None:
        give_out_image(image, annotator_id=annotator_id, asked_by=asked_by)

    return change_many(dataset, ids, change=give)


def give_out_image(
    image: Image, *, annotator_id: int, asked_by: User | None
) -> IndependentAnnotation:
    """Have one finished image drawn once more. Raises ConflictError where that cannot be."""
    if not image.is_finished:
        raise ConflictError("It is not done yet: what is not finished cannot be compared.")
    drawn = image.revisions.filter(author_id=annotator_id)
    if drawn.filter(Q(added__gt=0) | Q(changed__gt=0) | Q(ignore_regions__gt=0)).exists():
        raise ConflictError("They have drawn in it themselves.")
    row, _ = IndependentAnnotation.objects.get_or_create(
        image=image,
        annotator_id=annotator_id,
        defaults={
            "first_annotator_id": image.finished_by_id,
            "first_revision": image.revision,
            "asked_by_id": asked_by.pk if asked_by else None,
        },
    )
    return row


def list_independent_of(
    user: User, *, dataset_slug: str | None = None
) -> QuerySet[IndependentAnnotation]:
    """Return what ``user`` has yet to draw without seeing the first annotation."""
    rows = _living().filter(annotator_id=user.pk, state=State.IN_PROGRESS)
    if dataset_slug is not None:
        rows = rows.filter(image__dataset__slug=dataset_slug)
    return rows.filter(image__dataset__memberships__user_id=user.pk)


class WaitingIndependent(TypedDict):
    dataset: str
    dataset_name: str
    count: int
    next: int


def count_independent_of(user: User) -> list[WaitingIndependent]:
    """Return how many images of which dataset ``user`` has yet to draw, and the first of them."""
    rows = (
        list_independent_of(user)
        .order_by("image__dataset__name")
        .values_list("image__dataset__slug", "image__dataset__name")
        .annotate(count=Count("pk"), next=Min("pk"))
    )
    return [
        {"dataset": slug, "dataset_name": name, "count": count, "next": first}
        for slug, name, count, first in rows
    ]


def list_compared(dataset: Dataset) -> QuerySet[IndependentAnnotation]:
    """Return the second annotations of a dataset that are done."""
    rows = _living().filter(image__dataset=dataset).exclude(state=State.IN_PROGRESS)
    return rows.select_related("annotator", "first_annotator")


def _living() -> QuerySet[IndependentAnnotation]:
    rows = IndependentAnnotation.objects.filter(
        image__deleted_at__isnull=True, image__dataset__deleted_at__isnull=True
    )
    return rows.select_related("image__dataset", "image__assignee")


def read_independent(row: IndependentAnnotation) -> AnnotationData:
    """Return the second annotation in the words of an annotation."""
    return {
        "image": str(row.image_id),
        "revision": row.revision,
        "status": State.DONE if row.is_compared else State.IN_PROGRESS,
        "instances": row.instances,
    }


def check_compared(row: IndependentAnnotation) -> IndependentAnnotation:
    """Return it; raises ConflictError while there is nothing to compare."""
    if not row.is_compared:
        raise ConflictError(
            "The second annotation is not done yet: there is nothing to compare.",
            code="not_finished",
        )
    return row


def read_first(row: IndependentAnnotation) -> list[InstanceData]:
    """Return the annotation that it is compared with, as it was when it was given out."""
    return read_revision(row.image, row.first_revision)["instances"]


def save_independent(
    row: IndependentAnnotation,
    *,
    base_revision: int,
    upsert: Sequence[InstanceData] = (),
    delete: Sequence[str] = (),
    order: Sequence[str] | None = None,
    status: str | None = None,
) -> IndependentAnnotation:
    """Store a difference; ``status`` done compares it with the first annotation.

    Repeatable, and checked against ``base_revision`` as a save of the first is: raises
    StaleRevisionError with ``current``; ConflictError once a reviewer has decided.
    """
    cleaned = clean_instances(row.image, upsert)
    save = Save(
        base_revision=base_revision,
        author=row.annotator,
        upsert=cleaned,
        delete=list(map(str, delete)),
        order=None if order is None else list(map(str, order)),
        status=status,
    )
    classes = DatasetClass.objects.filter(dataset_id=row.image.dataset_id)
    wanted = {pk for item in cleaned if (pk := item["class_id"]) is not None}
    check_classes(row.image, wanted, classes.values_list("pk", flat=True))
    elsewhere = find_elsewhere(row.image_id, save.named_ids())
    comparison = None
    if status == State.DONE and row.revision == base_revision:
        # Before the turn to write: many objects take a second, and others have to save.
        comparison = _compare(row, _saved(row.instances, save, elsewhere))
    with write_turn(), transaction.atomic():
        locked = _living().select_for_update(of=("self",)).get(pk=row.pk)
        instances = _saved(locked.instances, save, elsewhere)
        changes = instances != locked.instances
        state = State.DONE if status == State.DONE else State.IN_PROGRESS
        if status is None and not changes:
            state = State(locked.state)
        if not changes and state == locked.state:
            return locked
        if locked.state not in (State.IN_PROGRESS, State.DONE):
            raise ConflictError(
                "A reviewer has compared it and decided: it cannot be changed any more.",
                code="decided",
            )
        if base_revision != locked.revision:
            raise StaleRevisionError(
                f"It was changed since revision {base_revision}; it is at revision "
                f"{locked.revision} now. Nothing of yours was stored.",
                current=read_independent(locked),
            )
        before, locked.instances, locked.state = locked.state, instances, state
        locked.revision += 1
        locked.comparison, locked.disagreement = {}, None
        if state == State.DONE:
            comparison = comparison or _compare(locked, instances)
            locked.comparison = comparison
            locked.disagreement = disagreement(comparison)
        locked.save()
        if State.DONE in (state, before):
            publish_event("independent.changed", dataset=row.image.dataset, id=row.pk)
    return locked


def _saved(
    instances: Sequence[InstanceData], save: Save, elsewhere: frozenset[str]
) -> list[InstanceData]:
    """Return the instances after a save, by the rules of any other."""
    stored = Stored({item["id"]: item for item in instances}, elsewhere=elsewhere)
    after = apply_difference(stored.instances, find_difference(stored, save))
    if len(after) > MAX_OBJECTS:
        raise TooLargeError(too_many_objects())
    return list(after.values())


def _compare(row: IndependentAnnotation, second: Sequence[InstanceData]) -> Comparison:
    return compare_annotations(_shapes(read_first(row)), _shapes(second))


def _shapes(items: Sequence[InstanceData]) -> list[Shape]:
    """The objects: ignore regions are not compared."""
    return [
        Shape(class_id, item["polygons"])
        for item in items
        if (class_id := item["class_id"]) is not None
    ]


def keep_first(row: IndependentAnnotation) -> IndependentAnnotation:
    """Leave the first annotation as it is. Raises ConflictError where it is not to be decided."""
    if row.state == State.TOOK_SECOND:
        raise ConflictError(
            "The second annotation was taken already. The image's history brings the first back.",
            code="decided",
        )
    return _decide(row, State.KEPT_FIRST)


def take_second(
    row: IndependentAnnotation, *, base_revision: int, author: User
) -> IndependentAnnotation:
    """Save the second annotation as a revision of the image by ``author``.

    Its history brings the first back. Raises StaleRevisionError where the image is no longer at
    ``base_revision``, ConflictError where it is not to be decided.
    """
    with write_turn(), transaction.atomic():
        decided = _decide(row, State.TOOK_SECOND)
        replace_annotation(
            row.image_id,
            base_revision=base_revision,
            instances=decided.instances,
            author=author,
        )
    return decided


def _decide(row: IndependentAnnotation, state: State) -> IndependentAnnotation:
    """Repeatable; the second can still be taken where the first was kept."""
    rows = IndependentAnnotation.objects.filter(pk=row.pk).exclude(state=State.IN_PROGRESS)
    if rows.update(state=state) != 1:
        raise ConflictError(
            "The second annotation is not done yet: there is nothing to decide.",
            code="not_finished",
        )
    return _living().select_related("annotator", "first_annotator").get(pk=row.pk)

"""The history of an annotation: who changed what, and how it stood at any revision."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Case, QuerySet, Value, When
from django.http import Http404

from annotator.models import AnnotationRevision, Image, ImageStatus

from .data import AnnotationData, InstanceData, with_attributes
from .difference import apply_step


class Step(NamedTuple):
    """What one revision did; see AnnotationRevision."""

    put: list[InstanceData]
    deleted: list[str]
    order: list[str] | None


def list_revisions(image: Image) -> QuerySet[AnnotationRevision]:
    """Return the revisions with ``reordered``; no polygon is read."""
    rows = image.revisions.select_related("author").defer("put", "order")
    return rows.annotate(
        reordered=Case(When(order__isnull=True, then=Value(False)), default=Value(True))
    )


def read_revision(image: Image, number: int) -> AnnotationData:
    """Return the annotation as it stood at revision ``number``. Raises Http404 for none."""
    if number > image.revision:
        raise Http404
    rows = image.revisions.filter(number__lte=number).order_by("number")
    steps = (Step(*row) for row in rows.values_list("put", "deleted", "order").iterator())
    status = rows.values_list("status", flat=True).last()
    return {
        "image": str(image.pk),
        "revision": number,
        "status": status or ImageStatus.UNLABELLED,
        "instances": [with_attributes(item) for item in replay(steps)],
    }


def replay(steps: Iterable[Step]) -> list[InstanceData]:
    """Return what ``steps``, from the first on, leave of an empty annotation, in its order."""
    instances: dict[str, InstanceData] = {}
    for put, deleted, order in steps:
        instances = apply_step(instances, put=put, gone=deleted, order=order)
    return list(instances.values())

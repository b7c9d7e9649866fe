"""A person says that a finding of an image is fine: it comes back when the image changes."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.models import User

from annotator.images.insight_filters import with_finding
from annotator.kernel.events import publish_event
from annotator.kernel.turns import TURN_ROWS, job_turn
from annotator.models import Dataset, Image, SetAside

MOST_AT_ONCE = 10_000
"""Images of one request."""


def set_aside(dataset: Dataset, kind: str, ids: Sequence[UUID], *, author: User) -> int:
    """Say that a finding is fine in the images of ``ids`` that have it. Returns how many."""
    count = 0
    for start in range(0, len(ids), TURN_ROWS):
        some = Image.objects.filter(dataset=dataset, pk__in=ids[start : start + TURN_ROWS])
        images = with_finding(some, dataset, kind)
        rows = [
            SetAside(image_id=pk, kind=kind, revision=revision, split=split, author=author)
            for pk, revision, split in images.values_list("pk", "revision", "split")
        ]
        with job_turn():
            SetAside.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["image", "kind"],
                update_fields=["revision", "split", "author"],
            )
        count += len(rows)
    publish_event("insights.changed", dataset=dataset)
    return count


def bring_back(dataset: Dataset, kind: str, ids: Sequence[UUID]) -> int:
    """Take back that a finding is fine. Returns in how many images."""
    count = 0
    for start in range(0, len(ids), TURN_ROWS):
        some = Image.objects.filter(dataset=dataset, pk__in=ids[start : start + TURN_ROWS])
        images = with_finding(some, dataset, kind, set_aside=True)
        found = list(images.values_list("pk", flat=True))
        with job_turn():
            SetAside.objects.filter(kind=kind, image__in=found).delete()
        count += len(found)
    publish_event("insights.changed", dataset=dataset)
    return count


def list_ids(dataset: Dataset, kind: str, *, aside: bool) -> list[UUID]:
    """The images that have a finding, or of which somebody said that it is fine; at most
    ``MOST_AT_ONCE``."""
    rows = with_finding(Image.objects.filter(dataset=dataset), dataset, kind, set_aside=aside)
    return list(rows.order_by("stem").values_list("pk", flat=True)[:MOST_AT_ONCE])

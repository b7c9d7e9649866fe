"""Images of a dataset: finding, walking through, moving between splits, deleting."""

from collections import Counter
from collections.abc import Iterable
from typing import TypedDict

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from annotator.datasets.counts.reading import count_by_split_status
from annotator.models import (
    FINISHED,
    AnnotationRevision,
    Dataset,
    Image,
    ImageStatus,
    ImportRow,
)

from .filters import Walk, equals, narrow_images
from .insight_filters import InsightFilters, filter_by_insights
from .kept import is_rare, most_matching
from .ordering import beyond, order_images, place_of

BULK_LIMIT = 10_000
EMPTY = Q(status__in=FINISHED, instance_count=0)
"""Somebody has looked at it, and there is nothing in it: a statement, and not an image that nobody
has looked at."""


class ImageFilters(InsightFilters, total=False):
    split: str
    status: str
    class_id: int
    search: str
    assignee: int | None
    has_comment: bool | None
    ground_truth: bool | None
    has_box: bool | None
    is_empty: bool | None
    is_pinned: bool | None
    import_id: int
    # those of images.filters
    without_class: int
    tag: int | None
    group: str
    edited_by: int
    finished_by: int
    min_objects: int
    max_objects: int
    min_width: int
    max_width: int
    min_height: int
    max_height: int
    min_bytes: int
    max_bytes: int
    created_since: str
    created_until: str
    updated_since: str
    updated_until: str


class Neighbours(TypedDict):
    previous: str | None
    next: str | None
    position: int
    total: int


def filter_images(
    dataset: Dataset, filters: ImageFilters, *, walk: Walk = Walk.SORTED
) -> QuerySet[Image]:
    """Return the images that match, in the order of their stems.

    ``assignee`` is the id of a user, or None for what is nobody's.
    """
    rows = Image.objects.filter(dataset=dataset).select_related("assignee")
    if split := filters.get("split"):
        rows = equals(rows, walk, split=split)
    if status := filters.get("status"):
        rows = equals(rows, walk, status=status)
    if search := filters.get("search"):
        rows = rows.filter(stem__icontains=search)
    if (import_id := filters.get("import_id")) is not None:
        changed = ImportRow.objects.filter(
            import_job_id=import_id, import_job__dataset=dataset, changed_image__isnull=False
        )
        brought = Q(import_job_id=import_id)
        is_of_import = brought | Q(pk__in=changed.values("changed_image"))
        rows = rows.filter(is_of_import if changed.exists() else brought)
    if "assignee" in filters:
        rows = equals(rows, walk, assignee_id=filters["assignee"])
    if (has_comment := filters.get("has_comment")) is not None:
        rows = rows.filter(open_comments__gt=0) if has_comment else rows.filter(open_comments=0)
    if (ground_truth := filters.get("ground_truth")) is not None:
        rows = rows.filter(is_ground_truth=ground_truth)
    if (has_box := filters.get("has_box")) is not None:
        rows = rows.filter(box_count__gt=0) if has_box else rows.filter(box_count=0)
    if (is_empty := filters.get("is_empty")) is not None:
        rows = rows.filter(EMPTY) if is_empty else rows.exclude(EMPTY)
    if (is_pinned := filters.get("is_pinned")) is not None:
        rows = rows.filter(is_split_pinned=is_pinned)
    rows = filter_by_insights(rows, dataset, filters)
    return narrow_images(rows, dataset, filters, walk).order_by("stem")


def list_images(dataset: Dataset, filters: ImageFilters, ordering: str) -> QuerySet[Image]:
    """The images that match, so that a page of them in ``ordering`` is found soon."""
    most, total = most_matching(dataset, filters)
    has_index = ordering.removeprefix("-") == "stem" and not {"class_id", "tag"} & filters.keys()
    walk = Walk.SORTED if has_index or is_rare(most, total) else Walk.LIST
    return filter_images(dataset, filters, walk=walk)


def find_neighbours(image: Image, filters: ImageFilters, ordering: str = "stem") -> Neighbours:
    """Return the images before and after in the filtered order, and the place of this one."""
    rows = list_images(image.dataset, filters, ordering)
    place = place_of(image, ordering)
    nearest = order_images(beyond(rows, ordering, place, backwards=True), ordering, backwards=True)
    matching = filter_images(image.dataset, filters, walk=Walk.ANY).order_by()
    before = beyond(matching, ordering, place, backwards=True)
    following = order_images(beyond(rows, ordering, place), ordering)
    previous = nearest.values_list("pk", flat=True).first()
    after = following.values_list("pk", flat=True).first()
    return {
        "previous": str(previous) if previous else None,
        "next": str(after) if after else None,
        "position": before.count() + 1,
        "total": matching.count(),
    }


def list_strip(
    image: Image, filters: ImageFilters, *, before: int, after: int, ordering: str = "stem"
) -> list[Image]:
    """Return the images around this one in the filtered order, itself among them."""
    rows = list_images(image.dataset, filters, ordering)
    place = place_of(image, ordering)
    left = beyond(rows, ordering, place, backwards=True)
    right = order_images(beyond(rows, ordering, place), ordering)
    nearest = list(order_images(left, ordering, backwards=True)[:before])
    return [*reversed(nearest), image, *right[:after]]


def list_in_progress_of(user: User, *, limit: int = 50) -> list[Image]:
    """Return the images that ``user`` began and did not finish, the latest first."""
    saved = AnnotationRevision.objects.filter(author_id=user.pk).values("image_id")
    rows = Image.objects.filter(
        pk__in=saved,
        status=ImageStatus.IN_PROGRESS,
        dataset__deleted_at__isnull=True,
        dataset__memberships__user_id=user.pk,
    )
    related = rows.select_related("dataset", "assignee")
    return list(related.order_by("-updated_at")[:limit])


def count_waiting(datasets: Iterable[Dataset]) -> Counter[tuple[int, str]]:
    """Return ``{(dataset id, status): images}``."""
    counts: Counter[tuple[int, str]] = Counter()
    for row in count_by_split_status(dataset.pk for dataset in datasets):
        counts[row.dataset_id, row.status] += row.images
    return counts

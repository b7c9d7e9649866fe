"""Images of a dataset: finding, walking through, moving between splits, deleting."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, TypedDict
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet

from annotator.models import (
    FINISHED,
    AnnotationRevision,
    Dataset,
    Image,
    ImageStatus,
    ImportRow,
    Instance,
)

from .insight_filters import InsightFilters, filter_by_insights

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


class Assignee(TypedDict):
    id: int
    username: str


class AssigneeCount(TypedDict):
    assignee: Assignee | None
    count: int


class Facets(TypedDict):
    total: int
    by_status: dict[str, int]
    by_split: dict[str, int]
    by_class: list[dict[str, int]]
    by_assignee: list[AssigneeCount]
    with_comments: int
    with_boxes: int
    empty: int
    pinned: int


class Neighbours(TypedDict):
    previous: str | None
    next: str | None
    position: int
    total: int


def filter_images(dataset: Dataset, filters: ImageFilters) -> QuerySet[Image]:
    """Return the images that match, in the order of their stems.

    ``assignee`` is the id of a user, or None for what is nobody's.
    """
    rows = Image.objects.filter(dataset=dataset).select_related("assignee")
    if split := filters.get("split"):
        rows = rows.filter(split=split)
    if status := filters.get("status"):
        rows = rows.filter(status=status)
    if search := filters.get("search"):
        rows = rows.filter(stem__icontains=search)
    if (class_id := filters.get("class_id")) is not None:
        rows = rows.filter(
            pk__in=dataset_instances(dataset).filter(dataset_class_id=class_id).values("image_id")
        )
    if (import_id := filters.get("import_id")) is not None:
        changed = ImportRow.objects.filter(
            import_job_id=import_id, import_job__dataset=dataset, changed_image__isnull=False
        )
        brought = Q(import_job_id=import_id)
        is_of_import = brought | Q(pk__in=changed.values("changed_image"))
        rows = rows.filter(is_of_import if changed.exists() else brought)
    if "assignee" in filters:
        rows = rows.filter(assignee_id=filters["assignee"])
    if (has_comment := filters.get("has_comment")) is not None:
        rows = rows.filter(open_comments__gt=0) if has_comment else rows.filter(open_comments=0)
    if (ground_truth := filters.get("ground_truth")) is not None:
        rows = rows.filter(is_ground_truth=ground_truth)
    if (has_box := filters.get("has_box")) is not None:
        boxed = boxed_images(dataset)
        rows = rows.filter(pk__in=boxed) if has_box else rows.exclude(pk__in=boxed)
    if (is_empty := filters.get("is_empty")) is not None:
        rows = rows.filter(EMPTY) if is_empty else rows.exclude(EMPTY)
    if (is_pinned := filters.get("is_pinned")) is not None:
        rows = rows.filter(is_split_pinned=is_pinned)
    rows = filter_by_insights(rows, dataset, filters)
    return rows.order_by("stem")


def dataset_instances(dataset: Dataset) -> QuerySet[Instance]:
    return Instance.objects.filter(dataset_class__dataset=dataset)


def boxed_images(dataset: Dataset) -> QuerySet[Instance, UUID]:
    """The ids of images with boxes that wait to be outlined."""
    rows = Instance.objects.filter(is_box=True, image__dataset=dataset)
    return rows.values_list("image_id", flat=True)


def count_facets(dataset: Dataset, filters: ImageFilters) -> Facets:
    """Count the images that match, and how they divide.

    What a filter chooses among is counted as if that filter were not set: each count is what
    choosing that instead would show.
    """
    by_status = dict(
        _rows_without("status", dataset, filters).values_list("status").annotate(n=Count("pk"))
    )
    by_split = _rows_without("split", dataset, filters).values_list("split").annotate(n=Count("pk"))
    by_class = (
        Instance.objects.filter(image__in=_rows_without("class_id", dataset, filters))
        .values("dataset_class_id")
        .annotate(n=Count("image_id", distinct=True))
    )
    with_comments = _rows_without("has_comment", dataset, filters).filter(open_comments__gt=0)
    status = filters.get("status")
    return {
        "total": by_status.get(status, 0) if status else sum(by_status.values()),
        "by_status": by_status,
        "by_split": dict(by_split),
        "by_class": [{"class_id": row["dataset_class_id"], "count": row["n"]} for row in by_class],
        "by_assignee": _count_by_assignee(_rows_without("assignee", dataset, filters)),
        "with_comments": with_comments.count(),
        "with_boxes": _rows_without("has_box", dataset, filters)
        .filter(pk__in=boxed_images(dataset))
        .count(),
        "empty": _rows_without("is_empty", dataset, filters).filter(EMPTY).count(),
        "pinned": _rows_without("is_pinned", dataset, filters).filter(is_split_pinned=True).count(),
    }


def _rows_without(
    name: Literal[
        "split", "status", "class_id", "assignee", "has_comment", "has_box", "is_empty", "is_pinned"
    ],
    dataset: Dataset,
    filters: ImageFilters,
) -> QuerySet[Image]:
    others = filters.copy()
    others.pop(name, None)
    return filter_images(dataset, others).order_by()


def _count_by_assignee(rows: QuerySet[Image]) -> list[AssigneeCount]:
    """Count images by whom they are assigned to, by name, what is nobody's last."""
    counts = rows.values_list("assignee_id", "assignee__username").annotate(n=Count("pk"))
    return [
        {"assignee": {"id": pk, "username": name} if pk and name else None, "count": count}
        for pk, name, count in sorted(counts, key=lambda row: (row[0] is None, row[1]))
    ]


def find_neighbours(image: Image, filters: ImageFilters) -> Neighbours:
    """Return the images before and after in the filtered order, and the place of this one."""
    rows = filter_images(image.dataset, filters)
    before = rows.filter(stem__lt=image.stem)
    previous = before.reverse().values_list("pk", flat=True).first()
    following = rows.filter(stem__gt=image.stem).values_list("pk", flat=True).first()
    return {
        "previous": str(previous) if previous else None,
        "next": str(following) if following else None,
        "position": before.count() + 1,
        "total": rows.count(),
    }


def list_strip(image: Image, filters: ImageFilters, *, before: int, after: int) -> list[Image]:
    """Return the images around this one in the filtered order, itself among them."""
    rows = filter_images(image.dataset, filters)
    left = list(rows.filter(stem__lt=image.stem).reverse()[:before])
    return [*reversed(left), image, *rows.filter(stem__gt=image.stem)[:after]]


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
    rows = Image.objects.filter(dataset__in=list(datasets)).order_by()
    counts = rows.values_list("dataset_id", "status").annotate(n=Count("pk"))
    return Counter({(dataset_id, status): count for dataset_id, status, count in counts})

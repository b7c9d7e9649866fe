"""Filters of images beyond the plain ones: each is a function of one condition.

``listing.filter_images`` asks them in turn.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from enum import Enum
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from annotator.models import AnnotationRevision, Dataset, Image, ImageClass, ImageTag

Rows = QuerySet[Image]

RANGES = {
    "min_objects": "instance_count__gte",
    "max_objects": "instance_count__lte",
    "min_width": "width__gte",
    "max_width": "width__lte",
    "min_height": "height__gte",
    "max_height": "height__lte",
    "min_bytes": "size_bytes__gte",
    "max_bytes": "size_bytes__lte",
}
"""Both ends belong to the range."""
MOMENTS = ("created", "updated")


class Walk(Enum):
    """How the rows that match are found. All find the same."""

    SORTED = "those that match are looked up, then sorted: where they are few"
    LIST = "each image of the list is asked, in its order, until the page is full"
    ANY = "in no order"


def equals(rows: Rows, walk: Walk, **values: Any) -> Rows:
    """Filter by columns; of a list that is walked no index but that of its order is offered."""
    if walk is not Walk.LIST:
        return rows.filter(**values)
    for name, value in values.items():
        if value is None:
            rows = rows.filter(Exact(Coalesce(F(name), Value(0)), Value(0)))
        else:
            other = "" if isinstance(value, str) else 0
            rows = rows.filter(Exact(Coalesce(F(name), Value(other)), Value(value)))
    return rows


def has_class(rows: Rows, dataset: Dataset, class_id: int, walk: Walk) -> Rows:
    own = {"dataset_class_id": class_id, "dataset_class__dataset": dataset}
    if walk is Walk.LIST:
        return rows.filter(Exists(ImageClass.objects.filter(image_id=OuterRef("pk"), **own)))
    return rows.filter(**{f"class_counts__{name}": value for name, value in own.items()})


Narrow = Callable[[Rows, Dataset, Any, Walk], Rows]


def lacks_class(rows: Rows, dataset: Dataset, class_id: int, walk: Walk) -> Rows:
    found = ImageClass.objects.filter(dataset_class_id=class_id, dataset_class__dataset=dataset)
    return rows.exclude(Exists(found.filter(image_id=OuterRef("pk"))))


def has_tag(rows: Rows, dataset: Dataset, tag: int | None, walk: Walk) -> Rows:
    """``tag``: the id of one, None for images without any."""
    tags = ImageTag.objects.filter(image_id=OuterRef("pk"), tag__dataset=dataset)
    if tag is None:
        return rows.exclude(Exists(tags))
    if walk is Walk.LIST:
        return rows.filter(Exists(tags.filter(tag_id=tag)))
    return rows.filter(image_tags__tag_id=tag, image_tags__tag__dataset=dataset)


def is_of_group(rows: Rows, dataset: Dataset, group: str, walk: Walk) -> Rows:
    # the index is of images in a group, and SQLite wants to read that they are
    return rows if not group else rows.exclude(group="").filter(group=group)


def was_edited_by(rows: Rows, dataset: Dataset, user_id: int, walk: Walk) -> Rows:
    """They saved one of its revisions, whoever came after."""
    saved = AnnotationRevision.objects.filter(image_id=OuterRef("pk"), author_id=user_id)
    return rows.filter(Exists(saved))


def was_finished_by(rows: Rows, dataset: Dataset, user_id: int, walk: Walk) -> Rows:
    return rows.filter(finished_by_id=user_id)


NARROWS: Mapping[str, Narrow] = {
    "class_id": has_class,
    "without_class": lacks_class,
    "tag": has_tag,
    "group": is_of_group,
    "edited_by": was_edited_by,
    "finished_by": was_finished_by,
}


def narrow_images(rows: Rows, dataset: Dataset, filters: Mapping[str, Any], walk: Walk) -> Rows:
    """Return the rows that all of ``filters`` let through, as far as they are of this module."""
    for name, narrow in NARROWS.items():
        if name in filters:
            rows = narrow(rows, dataset, filters[name], walk)
    ranges = {RANGES[name]: filters[name] for name in RANGES if filters.get(name) is not None}
    for moment in MOMENTS:
        if since := filters.get(f"{moment}_since"):
            ranges[f"{moment}_at__gte"] = _day(since)
        if until := filters.get(f"{moment}_until"):
            ranges[f"{moment}_at__lte"] = datetime.combine(_day(until), time.max, UTC)
    return rows.filter(**ranges) if ranges else rows


def _day(text: str) -> datetime:
    """Midnight, UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)

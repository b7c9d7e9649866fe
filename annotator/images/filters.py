"""Filters of images beyond the plain ones: each is a function of one condition.

``listing.filter_images`` asks them in turn.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from annotator.datasets.counts.reading import (
    count_by_tag,
    count_images_of_class,
    count_images_of_dataset,
)
from annotator.models import AnnotationRevision, Dataset, Image, ImageClass, ImageTag

Rows = QuerySet[Image]
Narrow = Callable[[Rows, Dataset, Any], Rows]

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


def has_class(rows: Rows, dataset: Dataset, class_id: int) -> Rows:
    """A rare class is looked up, and its images are put in order; of a common one each image is
    asked in the order of the list, until the page is full."""
    found = ImageClass.objects.filter(dataset_class_id=class_id, dataset_class__dataset=dataset)
    if is_rare(dataset, count_images_of_class(dataset, class_id)):
        return rows.filter(pk__in=found.values("image_id"))
    return rows.filter(Exists(found.filter(image_id=OuterRef("pk"))))


def lacks_class(rows: Rows, dataset: Dataset, class_id: int) -> Rows:
    found = ImageClass.objects.filter(dataset_class_id=class_id, dataset_class__dataset=dataset)
    return rows.exclude(Exists(found.filter(image_id=OuterRef("pk"))))


def is_rare(dataset: Dataset, count: int) -> bool:
    """Of n in N images 100 N / n are asked for a page in order, or n are looked up and sorted."""
    return count * count < 100 * count_images_of_dataset(dataset)


def has_tag(rows: Rows, dataset: Dataset, tag: int | None) -> Rows:
    """``tag``: the id of one, None for images without any."""
    tags = ImageTag.objects.filter(image_id=OuterRef("pk"), tag__dataset=dataset)
    if tag is None:
        return rows.exclude(Exists(tags))
    found = ImageTag.objects.filter(tag_id=tag, tag__dataset=dataset)
    if is_rare(dataset, count_by_tag(dataset).get(tag, 0)):
        return rows.filter(pk__in=found.values("image_id"))
    return rows.filter(Exists(found.filter(image_id=OuterRef("pk"))))


def is_of_group(rows: Rows, dataset: Dataset, group: str) -> Rows:
    return rows.filter(group=group)


def was_edited_by(rows: Rows, dataset: Dataset, user_id: int) -> Rows:
    """They saved one of its revisions, whoever came after."""
    saved = AnnotationRevision.objects.filter(image_id=OuterRef("pk"), author_id=user_id)
    return rows.filter(Exists(saved))


def was_finished_by(rows: Rows, dataset: Dataset, user_id: int) -> Rows:
    return rows.filter(finished_by_id=user_id)


NARROWS: Mapping[str, Narrow] = {
    "class_id": has_class,
    "without_class": lacks_class,
    "tag": has_tag,
    "group": is_of_group,
    "edited_by": was_edited_by,
    "finished_by": was_finished_by,
}


def narrow_images(rows: Rows, dataset: Dataset, filters: Mapping[str, Any]) -> Rows:
    """Return the rows that all of ``filters`` let through, as far as they are of this module."""
    for name, narrow in NARROWS.items():
        if name in filters:
            rows = narrow(rows, dataset, filters[name])
    ranges = {RANGES[name]: filters[name] for name in RANGES if filters.get(name) is not None}
    for moment in MOMENTS:
        if since := filters.get(f"{moment}_since"):
            ranges[f"{moment}_at__gte"] = _day(since)
        if until := filters.get(f"{moment}_until"):
            ranges[f"{moment}_at__lt"] = _day(until) + timedelta(days=1)
    return rows.filter(**ranges) if ranges else rows


def _day(text: str) -> datetime:
    """Midnight, UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)

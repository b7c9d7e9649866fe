"""Tags on images, and the tags that a dataset has."""

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction

from annotator.datasets.colors import color_of_index
from annotator.kernel.errors import ConflictError, ServiceError
from annotator.kernel.events import publish_event
from annotator.models import Dataset, Image, ImageTag, Tag

MOST_TAGS = 200
"""Of a dataset: the grid lists them all."""


@transaction.atomic
def create_tag(dataset: Dataset, *, name: str, color: str = "") -> Tag:
    Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)
    count = dataset.tags.count()
    if count >= MOST_TAGS:
        raise ServiceError(f"A dataset has at most {MOST_TAGS} tags: delete one first.")
    tag = Tag(dataset=dataset, name=name, color=color or color_of_index(count))
    _save(tag)
    return tag


def update_tag(tag: Tag, **values: str) -> Tag:
    """Rename or recolour."""
    for key, value in values.items():
        setattr(tag, key, value)
    _save(tag)
    return tag


def _save(tag: Tag) -> None:
    if tag.dataset.tags.filter(name__iexact=tag.name).exclude(pk=tag.pk).exists():
        raise ConflictError(f"There is a tag “{tag.name}” already.", code="tag_taken")
    try:
        with transaction.atomic():
            tag.save()
    except IntegrityError as error:
        raise ConflictError(f"There is a tag “{tag.name}” already.", code="tag_taken") from error
    publish_event("dataset.changed", dataset=tag.dataset, id=tag.dataset_id)


def delete_tag(tag: Tag) -> None:
    """Take a tag off all images, and out of the dataset."""
    dataset = tag.dataset
    tag.delete()
    publish_event("dataset.changed", dataset=dataset, id=dataset.pk)
    publish_event("images.changed", dataset=dataset)


def tag_images(images: Sequence[Image], tag_id: int, *, is_on: bool) -> None:
    """Put a tag on images, or take it off; the transaction is the caller's."""
    ids: list[UUID] = [image.pk for image in images]
    # Who puts one of them into the trash waits: the database counts the tags of living images.
    # By their ids, so that two who tag the same images do not wait for each other.
    locked = Image.all_objects.select_for_update(no_key=True).filter(pk__in=ids)
    list(locked.order_by("pk").values_list("pk"))
    if is_on:
        ImageTag.objects.bulk_create(
            (ImageTag(image_id=pk, tag_id=tag_id) for pk in ids), ignore_conflicts=True
        )
    else:
        ImageTag.objects.filter(tag_id=tag_id, image_id__in=ids).delete()

"""Objects of a class that share a value of an attribute, split off into another class.

The objects change image by image, each image by a revision of the person who asked: its history
shows and undoes it, and merging the two classes puts all of them back.
"""

from collections.abc import Iterator
from typing import Any, TypedDict
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Count, QuerySet

from annotator.annotations.data import InstanceData
from annotator.datasets.datasets import add_class
from annotator.folder.saving import save_annotation
from annotator.kernel.errors import ServiceError
from annotator.models import FINISHED, Dataset, DatasetClass, Image, Instance

from .classes import check_merge, retried

FLAGS = ("occluded", "truncated", "is_box")
ATTRIBUTES = (*FLAGS, "note")
MOST_NOTES = 100


class AttributeValue(TypedDict):
    """How many objects of a class have a value of an attribute: true or false, or a note."""

    attribute: str
    value: bool | str
    objects: int
    images: int
    label_files: int


class SplittingOff(TypedDict):
    """What would be split off by each value; only values that some objects have and some do not.

    ``more_notes``: how many further notes there are.
    """

    objects: int
    values: list[AttributeValue]
    more_notes: int


def list_values(item: DatasetClass) -> SplittingOff:
    """Return the values by which a class can be split. Nothing is changed."""
    living = _living(item)
    total = living.count()
    values = [_measure(living, name, True) for name in FLAGS]
    by_count = living.exclude(note="").order_by().values_list("note").annotate(n=Count("pk"))
    notes = [note for note, _ in by_count.order_by("-n", "note")[: MOST_NOTES + 1]]
    more = by_count.count() - MOST_NOTES if len(notes) > MOST_NOTES else 0
    values += [_measure(living, "note", note) for note in notes[:MOST_NOTES]]
    told = [each for each in values if 0 < each["objects"] < total]
    return {"objects": total, "values": told, "more_notes": more}


def _living(item: DatasetClass) -> QuerySet[Instance]:
    return item.instances.filter(image__deleted_at__isnull=True)


def _measure(living: QuerySet[Instance], attribute: str, value: bool | str) -> AttributeValue:
    rows = living.filter(**{attribute: value}).order_by()
    counts = rows.aggregate(objects=Count("pk"), images=Count("image", distinct=True))
    finished = rows.filter(image__status__in=FINISHED).values("image").distinct().count()
    return {
        "attribute": attribute,
        "value": value,
        "objects": counts["objects"],
        "images": counts["images"],
        "label_files": finished,
    }


def check_splitting(
    item: DatasetClass, *, attribute: str, value: bool | str, into: int | None, name: str
) -> dict[str, Any]:
    """Return the options of the change; a class called ``name`` is made where there is none.

    Raises ServiceError, ConflictError.
    """
    if isinstance(value, bool) != (attribute in FLAGS):
        raise ServiceError("A note is text; the other attributes are true or false.")
    if not _living(item).filter(**{attribute: value}).exists():
        raise ServiceError(f"No object of “{item.name}” is so.", code="nothing_found")
    classes = item.dataset.classes
    target = classes.filter(pk=into).first() if into is not None else None
    if into is not None and target is None:
        raise ServiceError("The dataset has no such class. Reload the page.", code="unknown_class")
    if target is None:
        target = classes.filter(name=name).first() or add_class(item.dataset, name=name)
    check_merge(item, target)
    return {
        **{"class_id": item.pk, "class_name": item.name},
        **{"into": target.pk, "into_name": target.name},
        **{"attribute": attribute, "value": value},
    }


def list_images_to_split(dataset: Dataset, options: dict[str, Any]) -> Iterator[UUID]:
    """Yield the living images that have an object to split off."""
    wanted = {
        "instances__dataset_class_id": options["class_id"],
        f"instances__{options['attribute']}": options["value"],
    }
    rows = dataset.images.filter(**wanted).order_by("stem").distinct()
    yield from rows.values_list("pk", flat=True).iterator(chunk_size=2_000)


def split_off(image: Image, options: dict[str, Any], *, author: User) -> Image:
    """Give the objects of one image their new class, by one revision.

    Raises ServiceError where the image has none.
    """

    def save(image: Image) -> Image:
        rows = image.instances.filter(
            dataset_class_id=options["class_id"], **{options["attribute"]: options["value"]}
        )
        upsert: list[InstanceData] = [
            {"id": str(pk), "class_id": options["into"], "polygons": polygons}
            for pk, polygons in rows.values_list("pk", "polygons")
        ]
        if not upsert:
            raise ServiceError("It has no such object.")
        return save_annotation(image.pk, base_revision=image.revision, upsert=upsert, author=author)

    return retried(image, save)

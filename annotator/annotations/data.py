"""Annotations as they go over the wire."""

from typing import NotRequired, TypedDict

from django.db.models import QuerySet

from annotator.models import Image, Instance

Polygons = list[list[list[float]]]


class InstanceData(TypedDict):
    """One instance on the wire: ``polygons`` in pixels, parts → rings → flat points.

    ``class_id`` None: an ignore region, which is no object. An attribute that a save leaves out
    stays as it is stored. ``is_box``: its polygon is a rectangle that nobody has outlined yet.
    """

    id: str
    class_id: int | None
    polygons: Polygons
    occluded: NotRequired[bool]
    truncated: NotRequired[bool]
    note: NotRequired[str]
    is_box: NotRequired[bool]


class AnnotationData(TypedDict):
    image: str
    revision: int
    status: str
    instances: list[InstanceData]


def read_annotation(image: Image) -> AnnotationData:
    """Return the newest annotation of ``image``."""
    return {
        "image": str(image.pk),
        "revision": image.revision,
        "status": image.status,
        "instances": _read(image.instances(manager="all_shapes").all()),
    }


def read_regions(image: Image) -> list[InstanceData]:
    """Return the ignore regions of ``image``, which are no objects."""
    return _read(image.instances(manager="ignore_regions").all())


def _read(rows: QuerySet[Instance]) -> list[InstanceData]:
    return [
        {
            "id": str(pk),
            "class_id": class_id,
            "polygons": polygons,
            "occluded": occluded,
            "truncated": truncated,
            "note": note,
            "is_box": is_box,
        }
        for pk, class_id, polygons, occluded, truncated, note, is_box in rows.values_list(
            "id", "dataset_class_id", "polygons", "occluded", "truncated", "note", "is_box"
        )
    ]


def is_object(item: InstanceData) -> bool:
    """Whether an instance is an object of a class, not an ignore region."""
    return item["class_id"] is not None


def with_attributes(item: InstanceData) -> InstanceData:
    """Return a new instance whole: attributes that it does not name are false or empty."""
    return {
        "id": item["id"],
        "class_id": item["class_id"],
        "polygons": item["polygons"],
        "occluded": item.get("occluded", False),
        "truncated": item.get("truncated", False),
        "note": item.get("note", ""),
        "is_box": item.get("is_box", False),
    }

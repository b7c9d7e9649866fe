"""Annotations as they go over the wire."""

from typing import NotRequired, TypedDict

from annotator.models import Image

Polygons = list[list[list[float]]]


class InstanceData(TypedDict):
    """One instance on the wire: ``polygons`` in pixels, parts → rings → flat points.

    An attribute that a save leaves out stays as it is stored. ``is_box``: its polygon is a
    rectangle that nobody has outlined yet.
    """

    id: str
    class_id: int
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
        "instances": [
            {
                "id": str(pk),
                "class_id": class_id,
                "polygons": polygons,
                "occluded": occluded,
                "truncated": truncated,
                "note": note,
                "is_box": is_box,
            }
            for (
                pk,
                class_id,
                polygons,
                occluded,
                truncated,
                note,
                is_box,
            ) in image.instances.values_list(
                "id", "dataset_class_id", "polygons", "occluded", "truncated", "note", "is_box"
            )
        ],
    }


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

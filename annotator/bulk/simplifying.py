"""Outlines of chosen images with fewer points: what that costs, and each image by one revision."""

from itertools import islice
from typing import TypedDict

from django.contrib.auth.models import User

from annotator.annotations.data import InstanceData
from annotator.folder.saving import save_annotation
from annotator.images.listing import ImageFilters, filter_images
from annotator.kernel.errors import ServiceError
from annotator.labels.polygons.simplifying import CostMeter, SimplifyingCost, simplify_polygons
from annotator.models import Dataset, Image, Instance

from .classes import retried

MOST_MEASURED = 500
_IMAGES_LOOKED_AT = 200


class SimplifyingPreview(TypedDict):
    """``costs``: a row for each tolerance, measured over some objects of the chosen images."""

    costs: list[SimplifyingCost]


def preview_simplifying(
    dataset: Dataset, *, ids: list[str] | None, filters: ImageFilters
) -> SimplifyingPreview:
    """Measure what simplifying the outlines of chosen images would cost. Nothing is changed."""
    rows = filter_images(dataset, filters) if ids is None else dataset.images.filter(pk__in=ids)
    chosen = list(rows.order_by("sha256").values_list("pk", flat=True)[:_IMAGES_LOOKED_AT])
    outlined = Instance.objects.filter(image_id__in=chosen, is_box=False).order_by()
    meter = CostMeter(most_objects=MOST_MEASURED)
    for polygons in islice(
        outlined.values_list("polygons", flat=True).iterator(chunk_size=100), MOST_MEASURED
    ):
        meter.add(polygons)
    return {"costs": meter.costs()}


def simplify_image(image: Image, tolerance_px: float, *, author: User) -> Image:
    """Simplify the outlines of one image, boxes apart. Raises ServiceError where none changes."""

    def save(image: Image) -> Image:
        upsert: list[InstanceData] = []
        rows = image.instances.filter(is_box=False)
        for pk, class_id, polygons in rows.values_list("pk", "dataset_class_id", "polygons"):
            made = simplify_polygons(polygons, tolerance_px)
            if made.is_changed:
                upsert.append({"id": str(pk), "class_id": class_id, "polygons": made.polygons})
        if not upsert:
            raise ServiceError("No outline in it can lose a point.", code="nothing_found")
        return save_annotation(image.pk, base_revision=image.revision, upsert=upsert, author=author)

    return retried(image, save)

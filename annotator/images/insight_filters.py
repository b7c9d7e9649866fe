"""Filters of the image list that stand behind a bar, a cell or a finding of the Insights page.

Each is one function: from the images of a dataset and what was chosen to those that match. The
limits are those of ``labels.figures.bins``, so that a filter lists what its bar counts.
"""

from collections.abc import Callable
from typing import Any, TypedDict

from django.db.models import Exists, F, FloatField, OuterRef, QuerySet
from django.db.models.functions import Cast

from annotator.labels.figures import bins
from annotator.labels.figures.bins import Bins
from annotator.models import (
    Dataset,
    FindingKind,
    Image,
    ImageFinding,
    ImageStatus,
    Instance,
    ObjectFigures,
    SetAside,
)

Images = QuerySet[Image]


class InsightFilters(TypedDict, total=False):
    """Numbers are places of bins. ``size``, ``points``, ``aspect`` and ``cell`` are of objects: of
    those of ``class_id``, where that is chosen too. ``set_aside``: findings that somebody said are
    fine, and not the others."""

    finding: str
    set_aside: bool | None
    size: int
    points: int
    aspect: int
    cell: int
    with_class: int
    objects: int
    pixels: int
    shape: int
    brightness: int
    sharpness: int


def filter_by_insights(rows: Images, dataset: Dataset, filters: Any) -> Images:
    """Return those of ``rows`` that match what the Insights page led to.

    ``filters`` is a mapping that has the keys of InsightFilters among others.
    """
    if kind := filters.get("finding"):
        rows = with_finding(rows, dataset, kind, set_aside=bool(filters.get("set_aside")))
    for name, choose in _OF_IMAGES.items():
        if (place := filters.get(name)) is not None:
            rows = choose(rows, place)
    for name, column in _OF_OBJECTS.items():
        if (place := filters.get(name)) is not None:
            rows = _with_objects(rows, dataset, column, place, filters.get("class_id"))
    if (class_id := filters.get("with_class")) is not None:
        found = Instance.objects.filter(
            dataset_class__dataset=dataset, dataset_class_id=class_id
        ).values("image_id")
        rows = rows.filter(pk__in=found)
    return rows


# --- findings ----------------------------------------------------------------------------------


def with_finding(
    rows: Images, dataset: Dataset, kind: str, *, set_aside: bool | None = False
) -> Images:
    """Images with a finding of a kind that nobody said is fine; with ``set_aside`` those where
    somebody did; with None both."""
    rows = _with_kind(rows, dataset, kind)
    if set_aside is None:
        return rows
    fine = Exists(fine_findings(kind))
    return rows.filter(fine) if set_aside else rows.exclude(fine)


def fine_findings(kind: str) -> QuerySet[SetAside]:
    """What was set aside of the image around the query, as the image is now."""
    return SetAside.objects.filter(
        image=OuterRef("pk"), kind=kind, revision=OuterRef("revision"), split=OuterRef("split")
    )


def _with_kind(rows: Images, dataset: Dataset, kind: str) -> Images:
    """Two kinds are counted where they are; the others were found by a worker."""
    if kind == FindingKind.UNSEEN:
        return rows.filter(status=ImageStatus.UNLABELLED, instance_count=0)
    if kind == FindingKind.BOX:
        boxed = Instance.objects.filter(is_box=True, image__dataset=dataset)
        return rows.filter(pk__in=boxed.values("image_id"))
    found = ImageFinding.objects.filter(dataset=dataset, kind=kind)
    return rows.filter(pk__in=found.values("image_id"))


# --- objects -----------------------------------------------------------------------------------


def _with_objects(
    rows: Images, dataset: Dataset, column: str, place: int, class_id: int | None
) -> Images:
    found = ObjectFigures.objects.annotate(bit=F(column).bitand(bins.bit_of(place))).exclude(bit=0)
    if class_id is None:  # most images have it: a page ends before all are looked at
        return rows.filter(Exists(found.filter(image=OuterRef("pk"))))
    of_class = found.filter(dataset_class__dataset=dataset, dataset_class_id=class_id)
    return rows.filter(pk__in=of_class.values("image_id"))


_OF_OBJECTS = {"size": "sizes", "points": "points", "aspect": "aspects", "cell": "cells"}


# --- images ------------------------------------------------------------------------------------


def _between(field: str, limits: Bins, rows: Images, place: int) -> Images:
    low, high = limits.bounds(place)
    if low is not None:
        rows = rows.filter(**{f"{field}__gte": low})
    return rows if high is None else rows.filter(**{f"{field}__lt": high})


def _by_pixels(rows: Images, place: int) -> Images:
    counted = rows.alias(pixels=F("width") * F("height"))
    return _between("pixels", bins.PIXELS, counted, place)


def _by_shape(rows: Images, place: int) -> Images:
    width, height = Cast("width", FloatField()), Cast("height", FloatField())
    return _between("shape", bins.SHAPES, rows.alias(shape=width / height), place)


def _by_objects(rows: Images, place: int) -> Images:
    """None in an image that nobody has looked at says nothing."""
    looked_at = rows.exclude(status=ImageStatus.UNLABELLED, instance_count=0)
    return _between("instance_count", bins.OBJECTS, looked_at, place)


def _by_brightness(rows: Images, place: int) -> Images:
    return _between("brightness", bins.BRIGHTNESS, rows.filter(brightness__gte=0), place)


def _by_sharpness(rows: Images, place: int) -> Images:
    return _between("sharpness", bins.SHARPNESS, rows.filter(sharpness__gte=0), place)


_OF_IMAGES: dict[str, Callable[[Images, int], Images]] = {
    "objects": _by_objects,
    "pixels": _by_pixels,
    "shape": _by_shape,
    "brightness": _by_brightness,
    "sharpness": _by_sharpness,
}

BINS_OF: dict[str, int] = {
    "size": len(bins.SIZES),
    "points": len(bins.POINTS),
    "aspect": len(bins.ASPECTS),
    "cell": bins.CELLS,
    "objects": len(bins.OBJECTS),
    "pixels": len(bins.PIXELS),
    "shape": len(bins.SHAPES),
    "brightness": len(bins.BRIGHTNESS),
    "sharpness": len(bins.SHARPNESS),
}
"""How many bins each filter chooses among."""

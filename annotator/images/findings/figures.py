"""The figures of a dataset, summed up over what was measured of each image.

Images are read in the order of their names, some at a time, so that memory does not grow with the
dataset. The sums are stored in one row (``DatasetFigures``), which is all that a page reads.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypedDict
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from annotator.datasets.counts.reading import count_objects_by_class_split
from annotator.labels.figures import bins, outliers
from annotator.labels.figures.objects import OBJECT, Records
from annotator.models import Dataset, Image, ObjectFigures

READ_AT_ONCE = 2_000
MOST_TOGETHER = 80
"""Classes in the matrix of what is seen together: those with the most objects."""

Counts = NDArray[np.int64]


class ClassFigures(TypedDict):
    """Objects in each bin of ``labels.figures.bins``; ``cells`` row by row."""

    sizes: list[int]
    points: list[int]
    aspects: list[int]
    cells: list[int]


class Figures(TypedDict):
    """What ``DatasetFigures.data`` holds. Keys of classes are ids as text.

    ``together``: ``[class, class, images]`` of the classes in ``together_classes``; a class with
    itself: the images that have it.
    ``unreadable``: images whose pixels cannot be read, so that they have no brightness.
    """

    by_class: dict[str, ClassFigures]
    together_classes: list[int]
    together: list[list[int]]
    image_pixels: list[int]
    image_shapes: list[int]
    brightness: list[int]
    sharpness: list[int]
    unreadable: int


class UsualBounds(NamedTuple):
    """What sizes (shares of the image) and aspects of a class are usual; None for too few."""

    size: outliers.Bounds | None
    aspect: outliers.Bounds | None


class Chunk(NamedTuple):
    """Some images with their objects. ``image`` and ``class_id``: of each row of figures;
    ``records``: of all of them, of which ``lengths`` belong to each."""

    images: Sequence[tuple[Any, ...]]
    image: list[UUID]
    class_id: NDArray[np.int64]
    lengths: NDArray[np.intp]
    records: Records


@dataclass
class _Sums:
    sizes: Counts
    points: Counts
    aspects: Counts
    cells: Counts
    log_sizes: Counts
    log_aspects: Counts
    together: Counts
    image_pixels: Counts = field(default_factory=lambda: np.zeros(len(bins.PIXELS), np.int64))
    image_shapes: Counts = field(default_factory=lambda: np.zeros(len(bins.SHAPES), np.int64))
    brightness: Counts = field(default_factory=lambda: np.zeros(len(bins.BRIGHTNESS), np.int64))
    sharpness: Counts = field(default_factory=lambda: np.zeros(len(bins.SHARPNESS), np.int64))
    unreadable: int = 0


def read_chunks(dataset: Dataset) -> Iterator[Chunk]:
    """Yield the living images with what was measured of their objects."""
    last = ""
    columns = ("stem", "pk", "width", "height", "brightness", "sharpness")
    while True:
        rows = Image.objects.filter(dataset=dataset, stem__gt=last).order_by("stem")
        images = list(rows.values_list(*columns)[:READ_AT_ONCE])
        if not images:
            return
        last = images[-1][0]
        figures = list(
            ObjectFigures.objects.filter(image__in=[row[1] for row in images])
            .order_by("image_id", "dataset_class_id")
            .values_list("image_id", "dataset_class_id", "objects_count", "numbers")
        )
        yield Chunk(
            images,
            [row[0] for row in figures],
            np.array([row[1] for row in figures], dtype=np.int64),
            np.array([row[2] for row in figures], dtype=np.intp),
            np.frombuffer(b"".join(bytes(row[3]) for row in figures), dtype=OBJECT),
        )


def sum_up(dataset: Dataset) -> tuple[Figures, dict[int, UsualBounds]]:
    """Return the figures of a dataset, and what is usual in each of its classes."""
    class_ids = np.array(
        sorted(dataset.classes.order_by().values_list("pk", flat=True)), dtype=np.int64
    )
    by_split = count_objects_by_class_split(dataset)
    most = sorted(by_split, key=lambda pk: (-by_split[pk].total(), pk))[:MOST_TOGETHER]
    shown = np.array(sorted(most), dtype=np.int64)
    sums = _empty_sums(len(class_ids), len(shown))
    for chunk in read_chunks(dataset):
        _add_images(sums, chunk.images)
        _add_objects(sums, chunk, class_ids)
        _add_together(sums, chunk, shown)
    figures: Figures = {
        "by_class": {
            str(pk): {
                "sizes": sums.sizes[place].tolist(),
                "points": sums.points[place].tolist(),
                "aspects": sums.aspects[place].tolist(),
                "cells": sums.cells[place].tolist(),
            }
            for place, pk in enumerate(class_ids.tolist())
            if sums.sizes[place].any()
        },
        "together_classes": most,
        "together": [
            [int(shown[i]), int(shown[j]), int(sums.together[i, j])]
            for i, j in zip(*np.nonzero(np.triu(sums.together)), strict=True)
        ],
        "image_pixels": sums.image_pixels.tolist(),
        "image_shapes": sums.image_shapes.tolist(),
        "brightness": sums.brightness.tolist(),
        "sharpness": sums.sharpness.tolist(),
        "unreadable": sums.unreadable,
    }
    bounds = {
        pk: UsualBounds(
            outliers.usual_bounds(sums.log_sizes[place], factor=outliers.SIZE_FACTOR),
            outliers.usual_bounds(sums.log_aspects[place], factor=outliers.ASPECT_FACTOR),
        )
        for place, pk in enumerate(class_ids.tolist())
    }
    return figures, bounds


def _empty_sums(classes: int, together: int) -> _Sums:
    def zeros(width: int) -> Counts:
        return np.zeros((classes, width), np.int64)

    return _Sums(
        sizes=zeros(len(bins.SIZES)),
        points=zeros(len(bins.POINTS)),
        aspects=zeros(len(bins.ASPECTS)),
        cells=zeros(bins.CELLS),
        log_sizes=zeros(outliers.BINS),
        log_aspects=zeros(outliers.BINS),
        together=np.zeros((together, together), np.int64),
    )


def _add_images(sums: _Sums, images: Sequence[tuple[Any, ...]]) -> None:
    widths = np.array([row[2] for row in images], dtype=np.int64)
    heights = np.array([row[3] for row in images], dtype=np.int64)
    sums.image_pixels += bins.PIXELS.count(widths * heights)
    sums.image_shapes += bins.SHAPES.count(widths / np.maximum(heights, 1))
    looked = [row for row in images if row[4] is not None]
    readable = [row for row in looked if row[4] >= 0]
    sums.unreadable += len(looked) - len(readable)
    sums.brightness += bins.BRIGHTNESS.count(np.array([row[4] for row in readable], float))
    sums.sharpness += bins.SHARPNESS.count(np.array([row[5] for row in readable], float))


def _add_objects(sums: _Sums, chunk: Chunk, class_ids: NDArray[np.int64]) -> None:
    if not len(chunk.records):
        return
    place = np.repeat(np.searchsorted(class_ids, chunk.class_id), chunk.lengths)
    records = chunk.records
    for total, places in (
        (sums.sizes, bins.SIZES.places(records["share"])),
        (sums.points, bins.POINTS.places(records["points"])),
        (sums.aspects, bins.ASPECTS.places(records["aspect"])),
        (sums.cells, bins.cells_of(records["x"], records["y"])),
        (sums.log_sizes, outliers.log_bins(records["share"])),
        (sums.log_aspects, outliers.log_bins(records["aspect"])),
    ):
        width = total.shape[1]
        counts = np.bincount(place * width + places, minlength=total.size)
        np.add(total, counts.reshape(total.shape), out=total)


def _add_together(sums: _Sums, chunk: Chunk, shown: NDArray[np.int64]) -> None:
    column = np.searchsorted(shown, chunk.class_id)
    is_shown = np.isin(chunk.class_id, shown)
    if not is_shown.any():
        return
    numbers = {pk: n for n, pk in enumerate(dict.fromkeys(chunk.image))}
    row = np.array([numbers[pk] for pk in chunk.image])
    has = np.zeros((len(numbers), len(shown)), dtype=np.float32)
    has[row[is_shown], column[is_shown]] = 1
    sums.together += np.rint(has.T @ has).astype(np.int64)

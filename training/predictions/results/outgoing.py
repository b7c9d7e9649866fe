"""A prediction on its way out in a format of labels, as a dataset is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from annotator.exports.material import ExportCounts, Material
from annotator.labels.formats.base import WrittenImage, WrittenObject
from annotator.labels.polygons.bridges import split_ring
from annotator.labels.stems import clean_stem
from training.models import PredictedImage, Prediction

from .columns import read_columns
from .cut import Cut
from .rows import class_names_of, file_of, walk_images
from .tables import FreeNames, format_label_file, kept_instances

SPLIT = "train"
"""A prediction has no splits; formats need one."""


def material_of(prediction: Prediction, cut: Cut) -> Material:
    """Every image that was predicted, with the objects that reach the cut."""
    return Material(
        classes=dict(enumerate(class_names_of(prediction))),
        images=_PredictedImages(prediction, cut),
        count=_counter(prediction, cut),
    )


@dataclass(frozen=True, slots=True)
class _PredictedImages:
    prediction: Prediction
    cut: Cut

    def __iter__(self) -> Iterator[WrittenImage]:
        return (image for _, image in self.after(""))

    def after(self, cursor: str) -> Iterator[tuple[str, WrittenImage]]:
        """Two images of one name get names that differ, as far as this walk has met them."""
        names = FreeNames()
        for image in walk_images(self.prediction, after=int(cursor) if cursor else -1):
            if not image.error:
                stem = names.take(clean_stem(image.file_name))
                yield str(image.position), _written(image, stem, self.cut)


def _written(image: PredictedImage, stem: str, cut: Cut) -> WrittenImage:
    instances = kept_instances(image, cut)
    file = file_of(image)
    suffix = PurePosixPath(file.name if file else image.file_name).suffix or ".jpg"
    return WrittenImage(
        folder=SPLIT,
        name=f"{stem}{suffix}",
        file=file,
        size_wh=(image.width, image.height),
        read_objects=lambda: [written_object(item) for item in instances],
        yolo=format_label_file(image, instances),
    )


def written_object(item: dict[str, Any]) -> WrittenObject:
    """Its confidence is kept as a note, by formats that hold notes."""
    ring = item["polygon"]
    return WrittenObject(
        item["class_index"],
        split_ring(ring) if len(ring) >= 6 else [],
        note=f"confidence {item['confidence']:.3f}",
    )


def _counter(prediction: Prediction, cut: Cut) -> Callable[[], ExportCounts]:
    def count() -> ExportCounts:
        columns = read_columns(prediction)
        objects = int(columns.shown(cut, len(class_names_of(prediction))).sum())
        return {
            "images": len(columns.position) - int(columns.has_error.sum()),
            "objects": objects,
            "unfinished_images": 0,
            "unfinished_objects": 0,
            "left_out_images": int(columns.has_error.sum()),
            "left_out_objects": 0,
            "other_class_objects": len(columns.class_index) - objects,
            "with_attributes": objects,
            "ignore_regions": 0,
            "size_bytes": 0,
        }

    return count

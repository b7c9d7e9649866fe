"""Exports: a dataset as a .zip, made while it is sent.

Stored, not compressed (images are compressed already). Memory does not grow with the dataset:
images are read one after another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.db.models import QuerySet
from zipstream import ZIP_STORED, ZipStream

from annotator import paths
from annotator.images.places import find_image_file
from annotator.kernel.errors import ServiceError
from annotator.labels.formats import FORMATS
from annotator.labels.formats.base import WrittenImage, WrittenObject
from annotator.models import FINISHED, Dataset, Image

STATUSES = ("done", "all")
"""``done``: accepted ones too."""


def stream_export(
    dataset: Dataset, *, status: str = "done", format: str = "yolo"
) -> Iterator[bytes]:
    """Yield the .zip in pieces: ``done`` images alone, or ``all`` with those not labelled yet."""
    rows = dataset.images.order_by("split", "stem").select_related("dataset")
    if status == "done":
        rows = rows.filter(status__in=FINISHED)
    classes = dict(dataset.classes.order_by("index").values_list("index", "name"))
    images = _Images(rows)
    archive = ZipStream(compress_type=ZIP_STORED)
    for name, content in FORMATS[format].write(classes, images):
        if isinstance(content, Path):
            archive.add_path(content, name, recurse=False)
        else:
            archive.add(content, name)
        yield from archive.all_files()
    yield from archive.finalize()


@dataclass(frozen=True, slots=True)
class _Images:
    """The images of a query, read anew each time that they are walked."""

    rows: QuerySet[Image]

    def __iter__(self) -> Iterator[WrittenImage]:
        return (_written(image) for image in self.rows.iterator(chunk_size=500))


def _written(image: Image) -> WrittenImage:
    file = find_image_file(image)
    return WrittenImage(
        folder=paths.image_folder(split=image.split, status=image.status),
        name=image.file_name,
        file=file if file.exists() else None,
        size_wh=(image.width, image.height),
        read_objects=partial(_read_objects, image) if image.is_finished else None,
        yolo=_read_label(image) if image.is_finished else None,
        group=image.group,
    )


def _read_objects(image: Image) -> list[WrittenObject]:
    rows = image.instances.select_related("dataset_class").order_by("order", "id")
    return [
        WrittenObject(
            row.dataset_class.index,
            row.polygons,
            is_box=row.is_box,
            occluded=row.occluded,
            truncated=row.truncated,
            note=row.note,
        )
        for row in rows
    ]


def _read_label(image: Image) -> bytes | None:
    """The label file as it lies; None where a crash left none."""
    try:
        return paths.label_path(image).read_bytes()
    except FileNotFoundError:
        return None


def write_export(dataset: Dataset, out: Path, *, status: str = "done", format: str = "yolo") -> int:
    """Write the .zip to a file, whole or not at all. Returns its size in bytes."""
    if not out.parent.is_dir():
        raise ServiceError(f"There is no folder “{out.parent}”.")
    temporary = out.with_name(f".{out.name}.part")
    try:
        with temporary.open("wb") as handle:
            for piece in stream_export(dataset, status=status, format=format):
                handle.write(piece)
        temporary.replace(out)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return out.stat().st_size

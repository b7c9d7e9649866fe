"""Exports: a YOLO dataset as a .zip, made while it is sent.

Stored, not compressed (pictures are compressed already); label files as they lie in the live
folder, byte for byte. Memory does not grow with the dataset: images are read one after another.
"""

from collections.abc import Iterator
from pathlib import Path

import yaml
from zipstream import ZIP_STORED, ZipStream

from annotator import paths
from annotator.images.places import find_image_file
from annotator.kernel.errors import ServiceError
from annotator.labels.formats.yolo import format_labels
from annotator.models import FINISHED, Dataset, Image, Split

FORMATS = ("yolo",)
STATUSES = ("done", "all")
"""``done``: accepted ones too."""


def stream_export(dataset: Dataset, *, status: str = "done") -> Iterator[bytes]:
    """Yield the .zip in pieces: ``done`` images alone, or ``all`` with those not labelled yet."""
    images = dataset.images.order_by("split", "stem").select_related("dataset")
    if status == "done":
        images = images.filter(status__in=FINISHED)
    archive = ZipStream(compress_type=ZIP_STORED)
    archive.add(make_data_yaml(dataset), "data.yaml")
    yield from archive.all_files()
    for image in images.iterator(chunk_size=500):
        yield from _stream_image(archive, image)
    yield from archive.finalize()


def _stream_image(archive: ZipStream, image: Image) -> Iterator[bytes]:
    folder = paths.image_folder(split=image.split, status=image.status)
    if image.is_finished:
        archive.add(read_label(image), f"labels/{folder}/{image.stem}.txt")
    picture = find_image_file(image)
    if picture.exists():
        archive.add_path(picture, f"images/{folder}/{image.file_name}", recurse=False)
    yield from archive.all_files()


def read_label(image: Image) -> bytes:
    """The label file of a done image; written anew where a crash left none."""
    try:
        return paths.label_path(image).read_bytes()
    except FileNotFoundError:
        rows = image.instances.select_related("dataset_class").order_by("order", "id")
        instances = [(row.dataset_class.index, row.polygons) for row in rows]
        return format_labels(instances, size_wh=(image.width, image.height))


def make_data_yaml(dataset: Dataset) -> bytes:
    """data.yaml with paths relative to itself, so that the archive can be unpacked anywhere."""
    names = dict(dataset.classes.order_by("index").values_list("index", "name"))
    content: dict[str, object] = {
        "path": ".",
        **{split: f"images/{split}" for split in Split.values},
    }
    content |= {"nc": len(names), "names": names}
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True).encode()


def write_export(dataset: Dataset, out: Path, *, status: str = "done") -> int:
    """Write the .zip to a file, whole or not at all. Returns its size in bytes."""
    if not out.parent.is_dir():
        raise ServiceError(f"There is no folder “{out.parent}”.")
    temporary = out.with_name(f".{out.name}.part")
    try:
        with temporary.open("wb") as handle:
            for piece in stream_export(dataset, status=status):
                handle.write(piece)
        temporary.replace(out)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return out.stat().st_size

"""Exports: what was chosen of a dataset, in a format, as a .zip.

Stored, not compressed (images are compressed already). It is made while it is sent, in memory that
does not grow with the dataset; a download that broke goes on where it stopped (downloads.py).
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from annotator.kernel.errors import ServiceError
from annotator.kernel.stored_zip import Content, dos_stamp, stream_zip
from annotator.labels.formats import FORMATS
from annotator.models import Dataset

from .material import Material, gather_material
from .selection import Selection


def list_files(format: str, material: Material) -> Iterator[tuple[str, Content]]:
    """The files of an export, in their order."""
    return FORMATS[format].write(material.classes, material.images)


def stream_export(
    dataset: Dataset, selection: Selection | None = None, *, format: str = "yolo"
) -> Iterator[bytes]:
    """Yield the .zip in pieces. Raises ServiceError at once."""
    material = gather_material(dataset, selection or Selection())
    return stream_zip(list_files(format, material), stamp=dos_stamp(time.time()))


def write_export(
    dataset: Dataset,
    out: Path,
    selection: Selection | None = None,
    *,
    format: str = "yolo",
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Write the .zip to a file, whole or not at all. Returns its size in bytes.

    ``on_progress`` is called with the bytes written, often; what it raises ends the writing.
    """
    if not out.parent.is_dir():
        raise ServiceError(f"There is no folder “{out.parent}”.")
    temporary = out.with_name(f".{out.name}.part")
    pieces = stream_export(dataset, selection, format=format)
    size = 0
    try:
        with temporary.open("wb") as handle:
            for piece in pieces:
                size += handle.write(piece)
                if on_progress is not None:
                    on_progress(size)
        temporary.replace(out)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return size

"""Small datasets for the tests of formats: written out, laid on disk, and read back."""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from annotator.labels.formats.base import (
    FolderProblem,
    Format,
    FoundImage,
    ReadLabels,
    ReadLimits,
    Source,
    WrittenImage,
    WrittenObject,
)
from annotator.labels.formats.trees import FileReadError, FolderTree
from annotator.labels.polygons.geometry import Polygons
from tests.annotator.sources import picture_bytes

LIMITS = ReadLimits(10**8, 100)
SIZE_WH = (64, 48)


class Sample(NamedTuple):
    """An image for a writer; ``objects`` None: nobody labelled it."""

    name: str
    folder: str = "train"
    objects: Sequence[WrittenObject] | None = ()
    has_file: bool = True
    size_wh: tuple[int, int] = SIZE_WH


def write_out(
    form: Format, root: Path, classes: Mapping[int, str], samples: Iterable[Sample]
) -> FolderTree:
    """Lay a dataset on disk as ``form`` writes it."""
    pictures = root.parent / f"{root.name}-pictures"
    images: list[WrittenImage] = []
    for number, each in enumerate(samples):
        picture = pictures / each.name
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(picture_bytes(number, size_wh=each.size_wh))
        images.append(
            WrittenImage(
                each.folder,
                each.name,
                picture if each.has_file else None,
                each.size_wh,
                _reader(each.objects),
                None,
            )
        )
    for path, content in form.write(classes, images):
        lay(root, path, content)
    return FolderTree(root)


def _reader(
    objects: Sequence[WrittenObject] | None,
) -> Callable[[], list[WrittenObject]] | None:
    return None if objects is None else lambda: list(objects)


def lay(root: Path, path: str, content: bytes | str | Path | Iterable[bytes]) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    assert not file.exists(), f"{path} was written twice"
    if isinstance(content, Path):
        content = content.read_bytes()
    if isinstance(content, str):
        content = content.encode()
    file.write_bytes(content if isinstance(content, bytes) else b"".join(content))


def lay_all(root: Path, files: Mapping[str, bytes | str]) -> FolderTree:
    for path, content in files.items():
        lay(root, path, content)
    return FolderTree(root)


class Read(NamedTuple):
    """All that a source holds."""

    source: Source
    images: dict[str, FoundImage]
    labels: dict[str, ReadLabels]
    problems: list[FolderProblem]

    def reasons(self, name: str) -> list[str]:
        return [problem.reason for problem in self.labels[name].list_problems()]

    def counts(self) -> tuple[int, int, int]:
        """Objects taken as they stand, repaired and refused."""
        read = list(self.labels.values())
        repaired = sum(each.counts["repaired"] for each in read)
        refused = sum(each.counts["refused"] for each in read)
        return sum(len(each.objects) for each in read) - repaired, repaired, refused


def read_all(form: Format, tree: FolderTree, *, size_wh: tuple[int, int] | None = None) -> Read:
    """Walk a source as an import does, twice, and hold it to the contract."""
    source = form.read(tree, limits=LIMITS)
    entries = list(source.entries())
    assert entries == list(source.entries())
    images = [each for each in entries if isinstance(each, FoundImage)]
    labels: dict[str, ReadLabels] = {}
    for image in images:
        if image.label is None:
            continue
        size = size_wh or SIZE_WH
        if image.path:
            with Image.open(io.BytesIO(tree.read(image.path, limit_bytes=10**9))) as picture:
                size = picture.size
        try:
            read = source.read_labels(image, size_wh=size, class_count=len(source.class_names))
        except FileReadError as error:
            read = ReadLabels()
            read.add_problem("refused", None, str(error))
        labels[image.name] = read
        for each in read.objects:
            assert 0 <= each.class_index < len(source.class_names)
            for polygon in each.polygons:
                for ring in polygon:
                    assert all(-1e-9 <= x <= size[0] + 1e-9 for x in ring[0::2])
                    assert all(-1e-9 <= y <= size[1] + 1e-9 for y in ring[1::2])
    names = [image.name for image in images]
    assert len(names) == len(set(names)), names
    for file in source.files():
        tree.size(file)
    problems = [each for each in entries if isinstance(each, FolderProblem)]
    return Read(source, {image.name: image for image in images}, labels, problems)


def write_again(form: Format, read: Read, root: Path, target: Path) -> FolderTree:
    """Write what was read from ``root`` once more."""
    images = []
    for name, image in read.images.items():
        file = root / image.path if image.path else None
        size = SIZE_WH
        if file is not None:
            with Image.open(file) as picture:
                size = picture.size
        labels = read.labels.get(name)
        objects = (
            None
            if labels is None
            else [
                WrittenObject(
                    each.class_index,
                    each.polygons,
                    each.is_box,
                    each.occluded,
                    each.truncated,
                    each.note,
                )
                for each in labels.objects
            ]
        )
        suffix = Path(image.path).suffix or ".jpg"
        reader = _reader(objects)
        images.append(WrittenImage(image.split, f"{name}{suffix}", file, size, reader, None))
    for path, content in form.write(dict(enumerate(read.source.class_names)), images):
        lay(target, path, content)
    return FolderTree(target)


def shared(path: str) -> Path:
    """Files with which other projects test themselves, where this machine has them."""
    places = [parent / "shared/data/fixtures" / path for parent in Path(__file__).parents]
    return next((place for place in places if place.exists()), places[-1])


def png(values: object, *, palette: Sequence[int] | None = None) -> bytes:
    """An array as a PNG: uint8 as grey or indexes, uint16 as 16 bits, three channels as RGB."""
    picture = Image.fromarray(np.asarray(values))
    if palette is not None:
        picture.putpalette(list(palette))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def box(left: float, top: float, right: float, bottom: float) -> Polygons:
    return [[[left, top, right, top, right, bottom, left, bottom]]]

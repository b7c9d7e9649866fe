"""Reading a whole source in a test, and counting what became of it."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

from annotator.labels.formats import read_dataset
from annotator.labels.formats.base import (
    FolderProblem,
    FoundImage,
    ReadLabels,
    ReadLimits,
    RowProblem,
    Source,
)
from annotator.labels.formats.leftovers import is_irrelevant
from annotator.labels.formats.names import is_hidden_folder, is_image_name
from annotator.labels.formats.trees import FileReadError, FolderTree, Tree
from annotator.labels.safe_zip import ZipTree
from tests.annotator.sources import lay_out, picture_bytes, zipped

LIMITS = ReadLimits(10**8, 100)
SIZE_WH = (640, 480)
DUCK = "0 0.1000 0.1 0.4000 0.15 0.2500 0.6\n"
BOAT = "1 0.1000 0.1 0.4000 0.15 0.2500 0.6\n"
TWO = DUCK + "1 0.5000 0.5 0.8000 0.52 0.7800 0.85 0.5200 0.9\n"
NAMES = "names: [duck, boat]\n"
Files = dict[str, bytes | str]


@dataclass
class Reading:
    source: Source
    images: dict[str, FoundImage] = field(default_factory=dict)
    labels: dict[str, ReadLabels] = field(default_factory=dict)
    problems: list[FolderProblem] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    @property
    def splits(self) -> dict[str, str]:
        return {path: image.split for path, image in self.images.items()}

    @property
    def names(self) -> dict[str, str]:
        return {path: image.name for path, image in self.images.items()}

    @property
    def told(self) -> list[str]:
        return [problem.file for problem in self.problems]

    @property
    def rows(self) -> list[RowProblem]:
        return [row for read in self.labels.values() for row in read.list_problems()]

    @property
    def classes(self) -> list[str]:
        """The class of each object."""
        names = self.source.class_names
        return sorted(
            names[each.class_index] if names else str(each.class_index)
            for read in self.labels.values()
            for each in read.objects
        )

    def count_objects(self) -> dict[str, int]:
        found = list(self.labels.values())
        repaired = sum(read.counts["repaired"] for read in found)
        return {
            "taken": sum(len(read.objects) for read in found) - repaired,
            "repaired": repaired,
            "refused": sum(read.counts["refused"] for read in found)
            + sum(problem.objects for problem in self.problems),
        }

    def count_images(self) -> dict[str, int]:
        refused = sum(
            problem.images or (is_image_name(problem.file) and not problem.objects)
            for problem in self.problems
        )
        return {"taken": len(self.images), "refused": refused}


class MemoryTree:
    """Files in memory as a tree."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def folders(self) -> Iterator[str]:
        yield from sorted({path.rpartition("/")[0] for path in self.files})

    def names(self, folder: str) -> list[str]:
        parts = (path.rpartition("/") for path in self.files)
        return sorted(name for where, _, name in parts if where == folder)

    def size(self, path: str) -> int:
        return len(self.files[path])

    def read(self, path: str, *, limit_bytes: int) -> bytes:
        if len(self.files[path]) > limit_bytes:
            raise FileReadError("The file is too large.")
        return self.files[path]

    def open(self, path: str, *, limit_bytes: int) -> BinaryIO:
        return io.BytesIO(self.read(path, limit_bytes=limit_bytes))


def as_folder(root: Path, files: Files) -> FolderTree:
    lay_out(root, as_bytes(files))
    return FolderTree(root)


def as_zip(root: Path, files: Files) -> ZipTree:
    path = root / "set.zip"
    path.write_bytes(zipped(as_bytes(files)))
    return ZipTree(path)


def as_bytes(files: Files) -> dict[str, bytes]:
    """Images named without content get some."""
    made: dict[str, bytes] = {}
    for number, (name, content) in enumerate(files.items()):
        data = content.encode() if isinstance(content, str) else content
        if not data and is_image_name(name):
            data = picture_bytes(number, kind="JPEG" if name.lower().endswith("g") else "PNG")
        made[name] = data
    return made


def read_all(tree: Tree, *, format: str = "") -> Reading:
    """Everything of a source; it must say the same twice."""
    source = read_dataset(tree, limits=LIMITS, format=format)
    entries = list(source.entries())
    assert entries == list(source.entries())
    reading = Reading(source)
    class_count = len(source.class_names) or source.count_classes_used()
    for entry in entries:
        if isinstance(entry, FolderProblem):
            reading.problems.append(entry)
            continue
        key = entry.path or entry.name
        assert key not in reading.images, "an image comes once"
        reading.images[key] = entry
        if entry.label is not None:
            try:
                reading.labels[key] = source.read_labels(
                    entry, size_wh=SIZE_WH, class_count=class_count
                )
            except FileReadError:
                reading.unreadable.append(key)
    return reading


def list_unaccounted(tree: Tree, reading: Reading) -> list[str]:
    """Files that are neither used, nor irrelevant, nor told of."""
    used = {*reading.images, *reading.source.files(), *reading.told}
    used.update(image.label for image in reading.images.values() if image.label)
    whole = {problem.file for problem in reading.problems if problem.images}
    missing = []
    for folder in tree.folders():
        if is_hidden_folder(folder):
            continue
        for name in tree.names(folder):
            path = f"{folder}/{name}" if folder else name
            if path not in used and not is_irrelevant(name) and not _is_of(path, whole):
                missing.append(path)
    return missing


def _is_of(path: str, folders: set[str]) -> bool:
    """Whether one line stands for the folder of an image, or for that of its labels."""
    folder = path.rpartition("/")[0] or "."
    of_images = folder.casefold().replace("labels", "images")
    return folder in folders or of_images in {each.casefold() for each in folders}


def png_bytes(mode: str, size_wh: tuple[int, int] = (8, 8)) -> bytes:
    """A PNG of one mode: P is indexed, L grey, RGB true colour."""
    from PIL import Image as PillowImage

    buffer = io.BytesIO()
    PillowImage.new(mode, size_wh, 1 if mode in {"P", "L"} else (1, 2, 3)).save(buffer, "PNG")
    return buffer.getvalue()


def rezip(path: Path, rename: dict[str, bytes]) -> Path:
    """Replace names in a .zip by bytes of the same length, without the flag for UTF-8."""
    data = path.read_bytes()
    for old, new in rename.items():
        assert len(old.encode()) == len(new)
        data = data.replace(old.encode(), new)
    path.write_bytes(data)
    assert zipfile.is_zipfile(path)
    return path

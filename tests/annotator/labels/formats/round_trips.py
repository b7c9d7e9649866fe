"""Datasets laid out by a format's writer and read back, for the tests of formats."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image as PillowImage

from annotator.labels.formats.base import (
    Content,
    FolderProblem,
    Format,
    FoundImage,
    Outcome,
    ReadLabels,
    ReadLimits,
    ReadObject,
    Source,
    WrittenImage,
    WrittenObject,
)
from annotator.labels.formats.trees import FolderTree, Tree

LIMITS = ReadLimits(10**8, 100)
SIZE_WH = (64, 48)


def bytes_of(content: Content) -> bytes:
    if isinstance(content, Path):
        return content.read_bytes()
    return content if isinstance(content, bytes) else b"".join(content)


def lay_out(root: Path, files: Iterable[tuple[str, Content]]) -> FolderTree:
    root.mkdir(parents=True, exist_ok=True)
    for name, content in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes_of(content))
    return FolderTree(root)


def picture(size_wh: tuple[int, int] = SIZE_WH, *, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    pixels = np.zeros((size_wh[1], size_wh[0], 3), dtype=np.uint8)
    PillowImage.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


class Made(NamedTuple):
    """An image to write; ``objects`` None: nobody labelled it."""

    folder: str
    name: str
    objects: Sequence[WrittenObject] | None
    size_wh: tuple[int, int] = SIZE_WH


@dataclass
class Images:
    """Images that can be walked again and again; counts how many lists of objects were asked."""

    made: Sequence[Made]
    folder: Path
    asked: int = 0

    def __iter__(self) -> Iterator[WrittenImage]:
        self.folder.mkdir(parents=True, exist_ok=True)
        for place, each in enumerate(self.made):
            file = self.folder / f"{place}.png"
            if not file.exists():
                file.write_bytes(picture(each.size_wh))
            yield WrittenImage(
                each.folder,
                each.name,
                file,
                each.size_wh,
                None if each.objects is None else partial(self._ask, each),
                None,
            )

    def _ask(self, each: Made) -> list[WrittenObject]:
        self.asked += 1
        return list(each.objects or ())


@dataclass
class Back:
    """A source, read whole."""

    source: Source
    images: dict[str, FoundImage] = field(default_factory=dict)
    labels: dict[str, ReadLabels] = field(default_factory=dict)
    problems: list[FolderProblem] = field(default_factory=list)

    @property
    def objects(self) -> list[ReadObject]:
        return [each for read in self.labels.values() for each in read.objects]

    @property
    def lines(self) -> list[str]:
        rows = [row.reason for read in self.labels.values() for row in read.list_problems()]
        return [*rows, *(f"{each.file}: {each.reason}" for each in self.problems)]

    def count(self, outcome: Outcome) -> int:
        rows = sum(read.counts[outcome] for read in self.labels.values())
        strays = sum(each.objects for each in self.problems) if outcome == "refused" else 0
        return rows + strays

    @property
    def source_objects(self) -> int:
        """Objects of the source: taken as they stand or repaired, and refused."""
        return len(self.objects) + self.count("refused")


def read_back(form: Format, tree: Tree, *, size_wh: tuple[int, int] | None = None) -> Back:
    """Everything of a source; ``size_wh``: of images that are not there."""
    source = form.read(tree, limits=LIMITS)
    back = Back(source)
    pixels: Tree = getattr(source, "tree", tree)
    entries = list(source.entries())
    assert entries == list(source.entries())  # in the same order, as often as asked
    for entry in entries:
        if isinstance(entry, FolderProblem):
            back.problems.append(entry)
            continue
        name = entry.name
        assert name not in back.images
        back.images[name] = entry
        wh = size_wh or SIZE_WH
        if entry.path:
            data = pixels.read(entry.path, limit_bytes=10**8)
            with PillowImage.open(io.BytesIO(data)) as image:
                wh = image.size
        if entry.label is not None:
            back.labels[name] = source.read_labels(
                entry, size_wh=wh, class_count=len(source.class_names)
            )
    return back


def round_trip(form: Format, classes: Mapping[int, str], made: Sequence[Made], root: Path) -> Back:
    tree = lay_out(root / "out", form.write(classes, Images(made, root / "pictures")))
    assert form.sniff(tree)
    return read_back(form, tree)


def assert_same(back: Back, made: Sequence[Made], form: Format, *, within_px: float = 0.01) -> None:
    """Images, splits, classes, objects and attributes are as they were written."""
    written = {each.name.rpartition(".")[0]: each for each in made}
    assert set(back.images) == set(written)
    for name, each in written.items():
        found = back.images[name]
        if each.folder != "unlabelled":
            assert found.split == each.folder
        if each.objects is None:
            assert found.label is None
            continue
        read = back.labels[name]
        assert read.is_unchanged, read.list_problems()
        assert len(read.objects) == len(each.objects)
        for got, put in zip(read.objects, each.objects, strict=True):
            assert got.class_index == put.class_index
            assert (got.is_box, got.occluded, got.truncated, got.note) == put[2:]
            kept = form.kept(put.polygons, size_wh=each.size_wh)
            assert [len(part) for part in got.polygons] == [len(part) for part in kept]
            for part, other in zip(got.polygons, kept, strict=True):
                for ring, same in zip(part, other, strict=True):
                    assert len(ring) == len(same)
                    assert np.abs(np.subtract(ring, same)).max() < within_px

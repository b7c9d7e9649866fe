"""What a format of labels does; each is one module, listed in ``annotator.labels.formats``.

A format recognises its datasets (:meth:`Format.sniff`), reads them image by image and writes them
image by image, so that memory does not grow with the dataset, and says what it cannot hold. It
knows neither the database nor the live folder: an import asks a :class:`Source`, an export hands
over :class:`WrittenImage`.

Nothing is lost in silence. Every file of a source is an image or its label (:class:`FoundImage`),
is refused by its place (:class:`FolderProblem`), is read for the whole (:meth:`Source.files`), or
is what no dataset needs; whatever is left over is reported (:mod:`.leftovers`).
Every object of a source is counted once: taken as it stands, taken with a change ("repaired"), or
refused with a reason. So ``source = taken + repaired + refused``, for images and for objects.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from annotator.labels.polygons.geometry import Polygons

from .trees import Tree, TreeError

SplitName = Literal["train", "val", "test"]
Outcome = Literal["refused", "repaired"]

MOST_PROBLEMS = 99
"""Problems of one outcome that are told one by one; of the others only the count."""


class FoundImage(NamedTuple):
    """An image to take in.

    ``path``: where its pixels lie in the source; "" where the source has labels alone, for an image
    that should be in the dataset already. ``label``: the file that holds its labels (one file may
    hold those of many images), None where nothing says that anybody looked at it. ``name``: what it
    is to be called, with its folder where the source has several (``cam1/0001``), without suffix;
    "" for the stem of ``path``. ``group``: the folder, video or prefix it belongs to, "" for none.
    ``frame_number``, ``time_ms``: of a frame of a video that lies in the source, counted from 0.
    """

    path: str
    label: str | None
    split: SplitName
    name: str = ""
    group: str = ""
    frame_number: int | None = None
    time_ms: int | None = None


class FolderProblem(NamedTuple):
    """A file that is not taken, and why; ``objects``: how many rows of labels it holds, 0 where
    it is no label file. ``images``: how many images a whole folder holds, where ``file`` is one
    that is not taken; it stands for everything in it. ``is_offered``: the folder is taken when a
    person asks for it (``ReadLimits.also``)."""

    file: str
    line: int | None
    reason: str
    objects: int = 0
    images: int = 0
    is_offered: bool = False


class RowProblem(NamedTuple):
    """What was wrong with ``times`` rows; ``line`` counts from 1, None is the whole file.

    Objects are counted by :attr:`ReadLabels.counts`: a row that repeats another is none.
    """

    outcome: Outcome
    line: int | None
    reason: str
    times: int = 1


class ReadObject(NamedTuple):
    """One object in pixels; ``line``: where it stood, None in formats without lines.

    ``class_index``: of ``Source.class_names``. ``is_box``: the source has only a box of it, and
    ``polygons`` is that rectangle: to be outlined later. ``is_region``: an ignore region, which is
    of no class; ``is_crowd``: several objects outlined as one, which may be taken as a region.
    """

    line: int | None
    class_index: int
    polygons: Polygons
    is_box: bool = False
    occluded: bool = False
    truncated: bool = False
    note: str = ""
    is_region: bool = False
    is_crowd: bool = False


@dataclass(slots=True)
class ReadLabels:
    """The labels of one image, and what was wrong with the others."""

    objects: list[ReadObject] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    counts: Counter[Outcome] = field(default_factory=Counter)
    """Objects, each counted once."""
    repeats: int = 0
    yolo: bytes | None = None
    """The file as it came, where it is YOLO's own: without problems it is kept byte for byte."""
    is_whole: bool = False
    """Whether one problem stands for every object that was refused."""

    @property
    def is_unchanged(self) -> bool:
        """Whether the objects say exactly what the source says."""
        return not self.problems

    @property
    def refused_count(self) -> int:
        return self.counts["refused"]

    def add_problem(self, outcome: Outcome, line: int | None, reason: str) -> None:
        """Note a problem; beyond ``MOST_PROBLEMS`` of its outcome it is only counted."""
        self.counts[outcome] += 1
        if self.counts[outcome] <= MOST_PROBLEMS:
            self.problems.append(RowProblem(outcome, line, reason))

    def add_repeat(self, line: int | None, reason: str) -> None:
        """Note a row that is no object of its own, as it repeats another."""
        self.repeats += 1
        if self.repeats <= MOST_PROBLEMS:
            self.problems.append(RowProblem("repaired", line, reason))

    def list_problems(self) -> list[RowProblem]:
        """Return the problems, and for those that were only counted one more of each outcome."""
        found = list(self.problems)
        for outcome, count in self.counts.items():
            if self.is_whole and outcome == "refused":
                continue
            if (more := count - MOST_PROBLEMS) > 0:
                found.append(RowProblem(outcome, None, and_more(more), more))
        if (more := self.repeats - MOST_PROBLEMS) > 0:
            found.append(RowProblem("repaired", None, and_more(more), more))
        return found


def and_more(count: int) -> str:
    """The last line of a list that was cut."""
    return f"and {count:,} more like this"


class AmbiguousFormatError(TreeError):
    """Several formats fit a source: a person has to choose one of ``candidates``, their names."""

    def __init__(self, candidates: Sequence[str]) -> None:
        super().__init__(
            f"Several formats fit: {', '.join(candidates)}. Say which one it is (--format)."
        )
        self.candidates = list(candidates)


class ReadLimits(NamedTuple):
    """How large an image may be. ``also``: folders of images to take although the dataset does not
    name them."""

    image_bytes: int
    image_megapixels: float
    also: tuple[str, ...] = ()


class Source(Protocol):
    """A dataset that was recognised in a tree."""

    class_names: list[str]
    names_are_known: bool
    """False: classes have indexes alone."""
    notes: list[str]
    """What a person should know of the whole."""

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        """Every image, and every file that is refused by its place; always in the same order."""

    def files(self) -> Iterator[str]:
        """Files that were read for the whole, beside those of the entries: lists, names, JSON."""

    def read_labels(
        self, image: FoundImage, *, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        """The labels of one image that has some. Raises FileReadError."""

    def count_classes_used(self) -> int:
        """One more than the highest class index in use, for a source without names."""


class WrittenObject(NamedTuple):
    """An object on its way out; see :class:`ReadObject`. ``class_index``: YOLO's, the dataset's
    own, which every format keeps the order of."""

    class_index: int
    polygons: Polygons
    is_box: bool = False
    occluded: bool = False
    truncated: bool = False
    note: str = ""


class WrittenImage(NamedTuple):
    """An image on its way out."""

    folder: str
    """A split, or that of images that nobody labelled."""
    name: str
    """With its folder below the split, and with its suffix: ``cam1/0001.jpg``."""
    file: Path | None
    """Its pixels; None where they are gone."""
    size_wh: tuple[int, int]
    read_objects: Callable[[], list[WrittenObject]] | None
    """None for an image that is not labelled."""
    yolo: bytes | None
    """Its label file as it lies in the live folder."""
    group: str = ""
    read_regions: Callable[[], list[Polygons]] = list
    """Its ignore regions: those of ``HOLD_REGIONS`` write them, the others say that they do not."""


HOLD_REGIONS = frozenset(("coco", "labelme", "x_anylabeling"))
"""Formats, by name, that can hold ignore regions."""


Content = bytes | Path | Iterable[bytes]
"""Of a file that is written: as it is, where it lies, or piece by piece."""


@runtime_checkable
class SharesPixels(Protocol):
    """A format in which the objects of one image share its pixels: each has one object, or one
    class. What comes back of an object depends on the others."""

    def kept_together(
        self, objects: Sequence[WrittenObject], *, size_wh: tuple[int, int]
    ) -> list[Polygons]:
        """What of each object of one image would come back; see :meth:`Format.kept`."""


class Format(Protocol):
    name: str
    """In addresses and on the command line."""
    title: str
    """For people: what they call it."""
    leaves_out: tuple[str, ...]
    """What a dataset here may have and this format cannot hold, each as words for a person."""

    def sniff(self, tree: Tree) -> bool:
        """Whether this is one of its datasets, by names and by what the first files hold: never by
        a suffix alone, so that two formats fit only where a person has to choose."""

    def read(self, tree: Tree, *, limits: ReadLimits) -> Source:
        """Recognise the dataset. Raises TreeError with a sentence where it is none."""

    def write(
        self, classes: Mapping[int, str], images: Iterable[WrittenImage]
    ) -> Iterator[tuple[str, Content]]:
        """Yield the files of a dataset: path and content. ``images`` can be walked several times;
        neither all of them nor all objects are ever held in memory."""

    def kept(self, polygons: Polygons, *, size_wh: tuple[int, int]) -> Polygons:
        """What of an object would come back from this format, in pixels; [] where nothing would."""

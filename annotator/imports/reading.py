"""Reading one entry of a source: its image, and its labels as objects of the dataset's classes.

An import and its dry run read in the same way, so that the one says what the other does.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from annotator.folder.intake import StagedObject
from annotator.labels.formats.base import FolderProblem, FoundImage, ReadObject, Source
from annotator.labels.formats.trees import FileReadError, Tree
from annotator.labels.formats.yolo.folder import IMAGE_EXTENSIONS
from annotator.labels.pixels.images import ImageError, TakenImage
from annotator.labels.polygons.geometry import Polygons
from annotator.labels.polygons.simplifying import CostMeter, simplify_polygons
from annotator.labels.stems import clean_name, clean_stem
from annotator.models import ImageStatus

from .classes import ClassMap
from .counting import Counts, Finding
from .uploads import MAX_IMAGE_BYTES

IGNORED = "ignored as asked"
_ASSUMED_WH = (10_000, 10_000)
"""For counting the objects of an image that cannot be read."""
_FOLDERS_OF_IMAGES = {"images", "image", "imgs", "img", "jpegimages", "labels"}


@dataclass(slots=True)
class Labels:
    """The labels of one image as they would come in.

    ``is_given``: the source says something about the image, be it that there is nothing in it.
    ``file``: the label file byte for byte, where it can stay so. ``crowds``: how many of the
    objects are several, outlined as one.
    """

    is_given: bool = False
    objects: list[StagedObject] = field(default_factory=list)
    status: str = ImageStatus.UNLABELLED
    file: bytes | None = None
    findings: list[Finding] = field(default_factory=list)
    repaired: int = 0
    refused: int = 0
    crowds: int = 0

    @property
    def has_regions(self) -> bool:
        """Whether ``objects`` has ignore regions; a source without says nothing about them."""
        return not all(each.is_object for each in self.objects)

    @property
    def source_count(self) -> int:
        return len(self.objects) + self.refused

    def count(self, counts: Counts) -> None:
        """Count the objects of an image that comes in."""
        taken = len(self.objects) - self.repaired
        counts.add_objects(taken=taken, repaired=self.repaired, refused=self.refused)


@dataclass(frozen=True, slots=True)
class Outlining:
    """What becomes of outlines on their way in: ``simplify_px`` as asked, and ``meter`` is shown
    each as it came."""

    simplify_px: float = 0.0
    meter: CostMeter | None = None

    def apply(self, each: ReadObject) -> tuple[Polygons, bool]:
        """The outline of an object as it comes in, and whether it lost points."""
        if each.is_box:
            return each.polygons, False
        if self.meter is not None:
            self.meter.add(each.polygons)
        if not self.simplify_px:
            return each.polygons, False
        return simplify_polygons(each.polygons, self.simplify_px)


AS_IT_CAME = Outlining()


def read_labels(
    found: FoundImage,
    source: Source,
    classes: ClassMap,
    size_wh: tuple[int, int],
    outlining: Outlining = AS_IT_CAME,
) -> Labels:
    """Read the labels of an image.

    All objects taken: the image is done, and a YOLO label file is kept byte for byte unless a row
    was repaired or the classes have other indexes here. Some refused: the image is in progress,
    for a person to look at. None taken of several: it stays unlabelled. None at all: a background
    image, done. Objects of a class that is ignored as asked do not count for that.
    """
    labels = Labels(is_given=found.label is not None)
    if found.label is None:
        return labels
    try:
        read = source.read_labels(found, size_wh=size_wh, class_count=len(classes.ids))
    except FileReadError as error:
        labels.findings.append(Finding("refused", found.label, None, str(error)))
        return labels
    ignored: Counter[str] = Counter()
    simplified = 0
    for each in read.objects:
        labels.crowds += each.is_crowd
        if classes.is_region(each):
            labels.objects.append(StagedObject(None, -1, each.polygons, note=each.note))
            continue
        class_id, class_index = classes.ids[each.class_index], classes.indexes[each.class_index]
        if class_id is None or class_index is None:
            ignored[classes.names[each.class_index]] += 1
            continue
        polygons, is_simplified = outlining.apply(each)
        simplified += is_simplified
        labels.objects.append(
            StagedObject(
                class_id,
                class_index,
                polygons,
                is_box=each.is_box,
                occluded=each.occluded,
                truncated=each.truncated,
                note=each.note,
            )
        )
    labels.repaired = min(read.counts["repaired"] + simplified, len(labels.objects))
    labels.refused = read.refused_count + ignored.total()
    if not read.refused_count:
        labels.status = ImageStatus.DONE
    elif labels.objects:
        labels.status = ImageStatus.IN_PROGRESS
    if read.is_unchanged and classes.keeps_indexes and not ignored and not simplified:
        labels.file = read.yolo
    labels.findings += [
        Finding(p.outcome, found.label, p.line, p.reason, p.times) for p in read.list_problems()
    ]
    if simplified:
        reason = f"{_objects(simplified)} simplified by {outlining.simplify_px:g} px, as asked."
        labels.findings.append(Finding("repaired", found.label, None, reason, simplified))
    labels.findings += [
        Finding("refused", found.label, None, f"{_objects(times)} of “{name}”: {IGNORED}.", times)
        for name, times in ignored.items()
    ]
    return labels


@dataclass(slots=True)
class Entry:
    """One entry of a source, read. ``taken``: None for labels alone and for what is refused."""

    file: str
    found: FoundImage | None = None
    taken: TakenImage | None = None
    labels: Labels = field(default_factory=Labels)
    repairs: list[Finding] = field(default_factory=list)
    """Of the image itself."""
    refusal: Finding | None = None
    counts: Counts = field(default_factory=Counts)
    """What is certain already: of an entry that is refused."""


def read_entry(
    entry: FoundImage | FolderProblem,
    tree: Tree,
    source: Source,
    classes: ClassMap,
    *,
    take: Callable[[bytes], TakenImage],
    size_of: Callable[[FoundImage], tuple[int, int] | None],
    outlining: Outlining = AS_IT_CAME,
) -> Entry:
    """Read an entry; ``take`` checks an image and makes it what is stored.

    ``size_of``: the width and height of the image here that labels alone belong to.
    """
    if isinstance(entry, FolderProblem):
        return _refuse_file(entry)
    if not entry.path:
        labels = read_labels(entry, source, classes, size_of(entry) or _ASSUMED_WH, outlining)
        return Entry(entry.label or entry.name, entry, labels=labels)
    try:
        taken = take(tree.read(entry.path, limit_bytes=MAX_IMAGE_BYTES))
    except (FileReadError, ImageError) as error:
        return refuse_image(Entry(entry.path, entry), str(error), source, classes)
    read = Entry(entry.path, entry, taken)
    read.labels = read_labels(entry, source, classes, (taken.width, taken.height), outlining)
    read.repairs = [Finding("repaired", entry.path, None, each) for each in taken.repairs]
    return read


def _refuse_file(problem: FolderProblem) -> Entry:
    entry = Entry(problem.file)
    entry.refusal = Finding("refused", problem.file, problem.line, problem.reason)
    entry.counts.add_objects(refused=problem.objects)
    if problem.images:
        entry.counts.add_image("refused", problem.images)
    elif not problem.objects and problem.line is None and _is_image(problem.file):
        entry.counts.add_image("refused")
    return entry


def _is_image(file: str) -> bool:
    return file.rpartition(".")[2].lower() in IMAGE_EXTENSIONS


def refuse_image(entry: Entry, reason: str, source: Source, classes: ClassMap) -> Entry:
    """Refuse an image with its objects."""
    found = entry.found
    entry.counts.add_image("refused")
    if found is not None and found.label is not None:
        count = read_labels(found, source, classes, _ASSUMED_WH).source_count
        entry.counts.add_objects(refused=count)
        if count:
            reason = f"{reason} Its label with {_objects(count)} was not taken either."
    entry.refusal = Finding("refused", entry.file, None, reason)
    return entry


def _objects(count: int) -> str:
    return "1 object" if count == 1 else f"{count:,} objects"


def name_of(found: FoundImage) -> str:
    """The name that an image of a source has here, if nothing else has it."""
    if found.name:
        return clean_name(found.name)
    return clean_stem(found.path or found.label or "")


def names_with_folders(found: FoundImage) -> Iterator[str]:
    """Names that tell images of one name apart: with the folder it lies in, then with those above.

    Folders that every source has (``images``) tell nothing apart.
    """
    name = name_of(found)
    stem = name.rpartition("/")[2]
    file = found.path or found.label or ""
    parents = [
        part for part in PurePosixPath(file).parts[:-1] if part.lower() not in _FOLDERS_OF_IMAGES
    ]
    for count in range(1, len(parents) + 1):
        longer = clean_name("/".join([*parents[-count:], stem]))
        if longer != name and not name.endswith(f"/{longer}"):
            yield longer

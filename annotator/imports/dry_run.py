"""The dry run of an import: everything is read, and nothing is written but ``Import.preview``."""

import base64
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Literal, TypedDict

from django.conf import settings

from annotator.images.deep import window_of
from annotator.kernel import jobs
from annotator.kernel.events import publish_event
from annotator.labels.formats import FORMATS
from annotator.labels.formats.base import FolderProblem, FoundImage, Source
from annotator.labels.formats.leftovers import pixels_of
from annotator.labels.formats.trees import Tree
from annotator.labels.pixels.images import TakenImage, make_thumbnail, take_image
from annotator.labels.polygons.many import measure_many
from annotator.labels.polygons.simplifying import CostMeter, SimplifyingCost
from annotator.models import Dataset, Image, Import

from .batches import compare_labels
from .classes import ClassMap, foresee_classes
from .counting import Counts, Finding, Tally
from .options import ImportOptions
from .present import find_present, read_shapes
from .reading import Entry, Outlining, name_of, read_entry
from .sources import VIDEO, AmbiguousFormatError, recognise
from .videos import ForeseenVideo, foresee_videos

IGNORE_REGION = "ignore region"
"""What the thumbnails call an outline that is no object."""
MOST_PROBLEMS = 200
MOST_CONFLICTS = 50
MOST_GROUPS = 100
MOST_NOTES = 99
MOST_OFFERS = 200
THUMBNAILS = 3
_MOST_OUTLINES = 60
_TELL_SECONDS = 1.0
_ROWS_AT_ONCE = 1000


class FormatChoice(TypedDict):
    name: str
    title: str


class ForeseenClass(TypedDict):
    """``is_new``: the dataset has no class of this name yet."""

    name: str
    count: int
    is_new: bool


class ForeseenGroup(TypedDict):
    name: str
    count: int


class ForeseenProblem(TypedDict):
    outcome: str
    file: str
    line: int | None
    reason: str
    times: int


ConflictKind = Literal["same_image", "same_name", "labels_only"]


class Conflict(TypedDict):
    """``image``: the id of the image that is here already; ``conflict``: by what it is the same."""

    conflict: ConflictKind
    file: str
    image: str
    image_name: str
    reason: str


class Conflicts(TypedDict):
    """``same_image``: by its hash; ``same_name``: other pixels under the name of an image here;
    ``labels_only``: labels for an image here. ``labels_differ``: of these, those whose labels say
    something else."""

    same_image: int
    same_name: int
    labels_only: int
    labels_differ: int
    examples: list[Conflict]


class ThumbnailOutline(TypedDict):
    class_name: str
    points: list[float]


class Thumbnail(TypedDict):
    """``image``: a data: address; ``outlines``: normalised to 0..1."""

    file: str
    width: int
    height: int
    image: str
    outlines: list[ThumbnailOutline]


class Offer(TypedDict):
    """A folder of images beside those that the dataset names: it is taken when asked for."""

    folder: str
    images: int
    objects: int


class Preview(TypedDict):
    """What a dry run found. ``candidates``: several formats fit, and a person has to choose; the
    rest is empty then. ``also`` and ``simplify_px``: as asked for this look. ``simplified``: what
    simplifying the outlines would cost, measured over the first of them. ``crowds``: objects that
    are several, outlined as one (COCO's ``iscrowd``)."""

    format: str
    format_title: str
    candidates: list[FormatChoice]
    images: Tally
    objects: Tally
    labelled: int
    backgrounds: int
    unlabelled: int
    classes: list[ForeseenClass]
    splits: dict[str, int]
    groups: list[ForeseenGroup]
    group_count: int
    notes: list[str]
    problems: list[ForeseenProblem]
    problem_count: int
    conflicts: Conflicts
    thumbnails: list[Thumbnail]
    offers: list[Offer]
    also: list[str]
    simplified: list[SimplifyingCost]
    simplify_px: float
    crowds: int
    videos: list[ForeseenVideo]
    video_rule: dict[str, object]


def title_of(format: str) -> str:
    """What people call a format."""
    return "Video" if format == VIDEO else FORMATS[format].title


def look_at(job: Import, tree: Tree, options: ImportOptions) -> None:
    """Read a source and store what an import of it would do. Raises TreeError, ServiceError."""
    try:
        name, source = recognise(tree, format=options.format, also=options.also)
    except AmbiguousFormatError as error:
        preview = empty_preview()
        preview["candidates"] = [
            {"name": each, "title": FORMATS[each].title} for each in error.candidates
        ]
        Import.objects.filter(pk=job.pk).update(preview=preview, format="")
        return
    with closing(_Seen()) as seen:
        looking = _Looking(job, pixels_of(source, tree), source, options, seen)
        preview = looking.look()
    preview["format"], preview["format_title"] = name, title_of(name)
    preview["videos"], preview["video_rule"] = foresee_videos(tree)
    tallies = {**looking.counts.by_field()}
    Import.objects.filter(pk=job.pk).update(preview=preview, format=name, **tallies)


def empty_preview() -> Preview:
    tally: Tally = {"source": 0, "taken": 0, "repaired": 0, "refused": 0}
    return {
        "format": "",
        "format_title": "",
        "candidates": [],
        "images": tally,
        "objects": tally,
        "labelled": 0,
        "backgrounds": 0,
        "unlabelled": 0,
        "classes": [],
        "splits": {},
        "groups": [],
        "group_count": 0,
        "notes": [],
        "problems": [],
        "problem_count": 0,
        "conflicts": {
            "same_image": 0,
            "same_name": 0,
            "labels_only": 0,
            "labels_differ": 0,
            "examples": [],
        },
        "thumbnails": [],
        "offers": [],
        "also": [],
        "simplified": [],
        "simplify_px": 0.0,
        "crowds": 0,
        "videos": [],
        "video_rule": {},
    }


class _Seen:
    """The hashes and groups of a source that were seen: on the disk, however many there are."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")  # a temporary file of SQLite's own
        self._database.execute("CREATE TABLE seen (sha TEXT PRIMARY KEY, file TEXT) WITHOUT ROWID")
        self._database.execute(
            "CREATE TABLE groups (name TEXT PRIMARY KEY, count INTEGER) WITHOUT ROWID"
        )

    def close(self) -> None:
        self._database.close()

    def first_file(self, sha256: str, file: str) -> str | None:
        """The first file with the same pixels; None: this is it."""
        row = self._database.execute("SELECT file FROM seen WHERE sha = ?", [sha256]).fetchone()
        if row is not None:
            return str(row[0])
        self._database.execute("INSERT INTO seen VALUES (?, ?)", [sha256, file])
        return None

    def add_to_group(self, name: str) -> None:
        self._database.execute(
            "INSERT INTO groups VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET count = count + 1",
            [name],
        )

    def groups(self) -> tuple[list[ForeseenGroup], int]:
        """The first groups by name, and how many there are."""
        rows = self._database.execute(
            "SELECT name, count FROM groups ORDER BY name LIMIT ?", [MOST_GROUPS]
        )
        first: list[ForeseenGroup] = [{"name": name, "count": count} for name, count in rows]
        (total,) = self._database.execute("SELECT COUNT(*) FROM groups").fetchone()
        return first, total


class _Looking:
    """One dry run at work."""

    def __init__(
        self, job: Import, tree: Tree, source: Source, options: ImportOptions, seen: _Seen
    ) -> None:
        self.job, self.tree, self.source, self.options, self.seen = job, tree, source, options, seen
        self.dataset: Dataset = job.dataset
        self.counts = Counts()
        self.preview = empty_preview()
        self.classes: ClassMap = foresee_classes(self.dataset, source)
        self.by_class: Counter[str] = Counter()
        self.splits: Counter[str] = Counter()
        self.meter = CostMeter()
        self.outlining = Outlining(options.simplify_px, self.meter)
        self.total = 0

    def look(self) -> Preview:
        self.total = sum(1 for _ in self.source.entries())
        told = time.monotonic()
        for done, entry in enumerate(self._entries()):
            self._look_at(entry, done)
            if time.monotonic() - told > _TELL_SECONDS:
                told = time.monotonic()
                self._report(done + 1)
                if jobs.is_cancelling(self.job):
                    break
        self._report(self.total)
        return self._whole()

    def _entries(self) -> Iterator[Entry]:
        take = partial(
            take_image,
            max_megapixels=settings.MAX_IMAGE_MEGAPIXELS,
            window=window_of(self.dataset),
        )
        for entry in self.source.entries():
            self._add_offer(entry)
            yield read_entry(
                entry,
                self.tree,
                self.source,
                self.classes,
                take=take,
                size_of=self._size_here,
                outlining=self.outlining,
            )

    def _add_offer(self, entry: FoundImage | FolderProblem) -> None:
        if not isinstance(entry, FolderProblem) or not entry.is_offered:
            return
        if len(self.preview["offers"]) < MOST_OFFERS:
            self.preview["offers"].append(
                {"folder": entry.file, "images": entry.images, "objects": entry.objects}
            )

    def _report(self, done: int) -> None:
        jobs.report_progress(
            self.job, done=done, total=self.total, unit="images", message="Reading everything"
        )
        publish_event("import.changed", dataset=self.dataset, id=self.job.pk)

    def _whole(self) -> Preview:
        preview = self.preview
        known = set(self.dataset.classes.values_list("name", flat=True))
        names = dict.fromkeys([*self.classes.names, *self.by_class])
        preview["classes"] = [
            {"name": name, "count": self.by_class[name], "is_new": name not in known}
            for name in names
        ]
        preview["images"], preview["objects"] = self.counts.of("images"), self.counts.of("objects")
        preview["splits"] = dict(self.splits)
        preview["groups"], preview["group_count"] = self.seen.groups()
        preview["simplified"] = self.meter.costs()
        preview["also"] = list(self.options.also)
        preview["simplify_px"] = self.options.simplify_px
        preview["notes"] = self.source.notes[:MOST_NOTES]
        return preview

    def _look_at(self, entry: Entry, place: int) -> None:
        if entry.refusal is not None or entry.found is None:
            self.counts += entry.counts
            if entry.refusal is not None:
                self._note(entry.refusal)
            return
        labels, found = entry.labels, entry.found
        self.preview["crowds"] += labels.crowds
        for each in labels.objects:
            if each.class_id is not None:
                self.by_class[self._name_of(each.class_id)] += 1
        self._add_thumbnail(entry, place)
        if found.group:
            self.seen.add_to_group(found.group)
        if entry.taken is not None:
            self.preview["backgrounds"] += labels.is_given and not labels.source_count
            self.preview["labelled" if labels.is_given else "unlabelled"] += 1
        refusal = self._find_conflict(entry, found)
        if refusal is not None:
            if entry.taken is not None:
                self.counts.add_image("refused")
            self.counts.add_objects(refused=labels.source_count)
            self._note(refusal)
            return
        if entry.taken is not None:
            self.counts.add_image("repaired" if entry.repairs else "taken")
            self.splits[self.options.split_of(found.split)] += 1
        labels.count(self.counts)
        for finding in [*entry.repairs, *labels.findings]:
            self._note(finding)

    def _name_of(self, class_id: int | None) -> str:
        if class_id is None:
            return IGNORE_REGION
        return self.classes.names[self.classes.ids.index(class_id)]

    def _size_here(self, found: FoundImage) -> tuple[int, int] | None:
        sizes = self.dataset.images.filter(stem=name_of(found)).values_list("width", "height")
        return sizes.first()

    def _note(self, finding: Finding) -> None:
        self.preview["problem_count"] += 1
        self.counts.add_line(finding)
        if len(self.preview["problems"]) < MOST_PROBLEMS:
            self.preview["problems"].append(
                {
                    "outcome": finding.outcome,
                    "file": finding.file.encode(errors="replace").decode(),
                    "line": finding.line,
                    "reason": finding.reason,
                    "times": finding.times,
                }
            )

    def _find_conflict(self, entry: Entry, found: FoundImage) -> Finding | None:
        """Note what is here already; a Finding where the image would not come in."""
        taken, name = entry.taken, name_of(found)
        hashes = [taken.upload_sha256] if taken is not None else []
        by_sha, by_name = find_present(self.dataset, hashes=hashes, names=[name])
        rule = self.options.conflict_rule(has_image=taken is not None)
        named = by_name.get(name)
        if taken is None:
            if named is not None:
                return self._conflict(entry, named, "labels_only", rule)
            reason = f"There is no image “{name}” here, and the source has only its labels."
            return Finding("refused", entry.file, None, reason)
        if same := by_sha.get(taken.upload_sha256):
            return self._conflict(entry, same, "same_image", rule)
        first = self.seen.first_file(taken.upload_sha256, entry.file)
        if first is not None and rule != "both":
            return Finding("refused", entry.file, None, f"The same image as {first}.")
        return None if named is None else self._conflict(entry, named, "same_name", rule)

    def _conflict(
        self, entry: Entry, image: Image, kind: ConflictKind, rule: str
    ) -> Finding | None:
        conflicts = self.preview["conflicts"]
        conflicts[kind] += 1
        what = {
            "same_image": f"The same image as “{image.file_name}”, which is here already",
            "same_name": f"There is another image named “{image.stem}” already",
            "labels_only": f"“{image.file_name}” is here already",
        }[kind]
        said = ""
        if entry.labels.is_given:
            said = compare_labels(
                entry.labels, read_shapes(image, with_regions=entry.labels.has_regions)
            )
            conflicts["labels_differ"] += " differ" in said
        if rule != "skip":
            said = said.replace(" and were not taken", "").replace(" and was not taken", "")
        reason = f"{what}{said}."
        if len(conflicts["examples"]) < MOST_CONFLICTS:
            conflicts["examples"].append(
                {
                    "conflict": kind,
                    "file": entry.file,
                    "image": str(image.pk),
                    "image_name": image.file_name,
                    "reason": reason,
                }
            )
        return Finding("refused", entry.file, None, reason) if rule == "skip" else None

    def _add_thumbnail(self, entry: Entry, place: int) -> None:
        """One of the first labelled image, one of the middle, one of the end."""
        made = self.preview["thumbnails"]
        is_wanted = len(made) < THUMBNAILS and place * THUMBNAILS >= len(made) * self.total
        if entry.taken is None or not is_wanted or not entry.labels.objects:
            return
        taken: TakenImage = entry.taken
        objects = entry.labels.objects
        measures = measure_many(
            [each.polygons for each in objects], size_wh=(taken.width, taken.height)
        )
        largest = sorted(zip(objects, measures, strict=True), key=lambda pair: -pair[1].area_px)
        image = base64.b64encode(make_thumbnail(taken.data, as_jpeg=True)).decode()
        made.append(
            {
                "file": entry.file,
                "width": taken.width,
                "height": taken.height,
                "image": f"data:image/jpeg;base64,{image}",
                "outlines": [
                    {"class_name": self._name_of(each.class_id), "points": ring}
                    for each, measured in largest[:_MOST_OUTLINES]
                    for ring in measured.outline
                ],
            }
        )

"""Taking a source in, batch by batch: the worker's part of an import.

Entries of the source come in a fixed order; every transaction adds a batch of images together
with its lines of the report, its counts and the count of entries done. Nothing is held in memory
but one image and the rows of one batch, and a batch ends before its rows become so many that
others would wait for them.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import F

from annotator.folder.intake import (
    StagedImage,
    clear_staging,
    discard,
    intake_lock,
    remove_orphans,
    stage_image,
    staging_dir,
    take_in,
)
from annotator.folder.live_folder import clear_names
from annotator.images.deep import take_image_for, window_of
from annotator.images.tiles import request_tiles_of_new
from annotator.kernel import jobs
from annotator.kernel.ahead import made_ahead
from annotator.kernel.disk import check_disk_space
from annotator.kernel.events import publish_event
from annotator.kernel.turns import Statement, compile_values, delete_in_turns, execute_all
from annotator.labels.formats.base import FolderProblem, FoundImage, Source, and_more
from annotator.labels.formats.trees import Tree
from annotator.labels.pixels.images import TakenImage, take_image
from annotator.models import Import, ImportRow

from .batches import Candidate, admit
from .classes import ClassMap, match_classes
from .counting import Counts, Finding
from .options import ImportOptions
from .reading import Entry, Outlining, name_of, names_with_folders, read_entry
from .updates import apply_update

BATCH_ENTRIES = 200
BATCH_SECONDS = 3.0
BATCH_OBJECTS = 2_000
BATCH_POINTS = 100_000
BATCH_LINES = 1_000
"""Of the report. One image more may lie beyond each of these: it comes in whole or not at all."""

BATCH_UPDATES = 20
"""Images that are here already, each saved as a person's save is."""

AHEAD_WEIGHT = 100_000
ENTRY_WEIGHT = 100
"""How much may be read ahead while a batch is written: points, and so many for each entry."""

MOST_NOTES = 99


@dataclass(slots=True)
class _Batch:
    """What the next transaction will hold."""

    candidates: list[Candidate] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    entries: int = 0
    objects: int = 0
    points: int = 0
    lines: int = 0
    updates: int = 0
    began: float = field(default_factory=time.monotonic)

    def refuse(self, entry: Entry) -> None:
        if entry.refusal is not None:
            self.findings.append(entry.refusal)
        self.counts += entry.counts
        self.lines += 1

    def add(self, candidate: Candidate) -> None:
        self.candidates.append(candidate)
        self.objects += len(candidate.labels.objects)
        if candidate.staged is not None:
            self.points += candidate.staged.count_points()
        self.lines += 1 + len(candidate.repairs) + len(candidate.labels.findings)

    @property
    def is_due(self) -> bool:
        late = time.monotonic() - self.began > BATCH_SECONDS
        is_large = (
            self.entries >= BATCH_ENTRIES
            or self.updates >= BATCH_UPDATES
            or self.objects >= BATCH_OBJECTS
            or self.points >= BATCH_POINTS
            or self.lines >= BATCH_LINES
        )
        return is_large or (late and self.entries > 0)


class _Staged(NamedTuple):
    """An entry that was read, and its image, the files of which are written."""

    read: Entry
    image: StagedImage | None


class _NoWindowError(Exception):
    """The image makes the window of its dataset, which the database keeps."""


class _Waiting(NamedTuple):
    """An entry for which the database is to be asked first."""

    entry: FoundImage | FolderProblem


def _is_labels_alone(entry: FoundImage | FolderProblem) -> bool:
    return isinstance(entry, FoundImage) and not entry.path


def _weight_of(made: _Staged | _Waiting) -> int:
    """In points, roughly: a row of the report weighs as much as some."""
    if isinstance(made, _Waiting) or made.image is None:
        return ENTRY_WEIGHT
    return ENTRY_WEIGHT + made.image.count_points()


class Taking:
    """One import at work."""

    def __init__(self, job: Import, options: ImportOptions, tree: Tree, source: Source) -> None:
        self.job, self.options, self.tree, self.source = job, options, tree, source
        self.dataset = job.dataset
        self.classes = ClassMap([], [], [])
        self.total = 0
        self.staging = staging_dir(job.dataset, f"import-{job.pk}")
        self.reading = threading.Lock()
        """Held by the thread that reads the source."""

    def take_all(self) -> None:
        job = self.job
        clear_staging(self.dataset, f"import-{job.pk}")
        self._clear_orphans()
        if jobs.is_cancelling(job):
            return
        self.classes = match_classes(
            self.dataset,
            self.source,
            self.options.classes,
            crowds_are_regions=self.options.crowds == "ignore",
        )
        self.total = sum(1 for _ in self.source.entries())
        first = job.progress_done
        if first == 0:
            delete_in_turns(ImportRow.objects.filter(import_job=job))
            self._commit(_Batch(findings=self._list_notes()))
        batch = _Batch()
        with made_ahead(
            self._stage_entries(first), weight_of=_weight_of, most_weight=AHEAD_WEIGHT
        ) as made:
            for entry in made:
                self._add_entry(entry, batch)
                if batch.is_due:
                    self._commit(batch)
                    if jobs.is_cancelling(job):
                        return
                    batch = _Batch()
            self._commit(batch)

    def _list_notes(self) -> list[Finding]:
        """The report's notes on the whole source: it can cause any number, so they are capped."""
        name = self.job.source_name
        notes = [Finding("repaired", name, None, note) for note in self.source.notes]
        if len(notes) <= MOST_NOTES:
            return notes
        more = len(notes) - MOST_NOTES
        return [*notes[:MOST_NOTES], Finding("repaired", name, None, and_more(more), more)]

    def _clear_orphans(self) -> None:
        """Clear up behind a worker that was killed between moving files and committing rows."""
        done = self.job.progress_done
        if self.job.attempts > 1:
            waiting = islice(self.source.entries(), done, done + BATCH_ENTRIES)
            names = [
                name
                for entry in waiting
                if isinstance(entry, FoundImage)
                for name in (name_of(entry), *names_with_folders(entry))
            ]
            remove_orphans(self.dataset, names)

    def _stage_entries(self, first: int) -> Iterator["_Staged | _Waiting"]:
        """Read the entries from ``first`` on; the files of images are written for later.

        In a thread of its own: where the database is asked, the entry is left to the caller.
        """
        entries = islice(self.source.entries(), first, None)
        while True:
            with self.reading:
                entry = next(entries, None)
                if entry is None:
                    return
                made: _Staged | _Waiting = _Waiting(entry)
                if not _is_labels_alone(entry):
                    with suppress(_NoWindowError):
                        made = self._stage(entry, self._take)
            yield made

    def _take(self, data: bytes) -> TakenImage:
        window, limit = window_of(self.dataset), settings.MAX_IMAGE_MEGAPIXELS
        taken = take_image(data, max_megapixels=limit, window=window)
        if taken.original is not None and window is None:
            raise _NoWindowError
        return taken

    def _stage(
        self, entry: FoundImage | FolderProblem, take: Callable[[bytes], TakenImage]
    ) -> "_Staged":
        """Read one entry; the files of its image are written where nothing reads them."""
        read = read_entry(
            entry,
            self.tree,
            self.source,
            self.classes,
            take=take,
            size_of=self._size_here,
            outlining=Outlining(self.options.simplify_px),
        )
        found, taken = read.found, read.taken
        if read.refusal is not None or found is None or taken is None:
            return _Staged(read, None)
        staged = stage_image(
            self.dataset,
            taken,
            stem=name_of(found),
            split=self.options.split_of(found.split),
            staging=self.staging,
            group=found.group[:200],
            job=self.job,
            frame=(found.frame_number, found.time_ms),
        )
        staged.instances = read.labels.objects
        staged.image.status = read.labels.status
        staged.label = read.labels.file
        read.taken = None  # its pixels are on disk
        return _Staged(read, staged)

    def _add_entry(self, made: "_Staged | _Waiting", batch: _Batch) -> None:
        """What an entry is goes into the batch."""
        if isinstance(made, _Waiting):
            with self.reading:
                made = self._stage(made.entry, partial(take_image_for, self.dataset))
        batch.entries += 1
        read, staged = made
        found = read.found
        if read.refusal is not None or found is None:
            batch.refuse(read)
            return
        if staged is None or self._may_update(staged.image.upload_sha256, staged.image.stem):
            batch.updates += 1
        batch.add(Candidate(read.file, found, staged, read.labels, read.repairs))

    def _size_here(self, found: FoundImage) -> tuple[int, int] | None:
        sizes = self.dataset.images.filter(stem=name_of(found)).values_list("width", "height")
        return sizes.first()

    def _may_update(self, sha256: str, name: str) -> bool:
        """Whether the labels of an image may change one that is here; what it is shows later."""
        if self.options.conflict_rule(has_image=True) in ("skip", "both"):
            return False
        images = self.dataset.images
        return images.filter(upload_sha256=sha256).exists() or images.filter(stem=name).exists()

    def _commit(self, batch: _Batch) -> None:
        """One transaction: images, lines of the report, counts, progress."""
        check_disk_space()
        job, dataset = self.job, self.dataset
        with intake_lock(dataset):
            admitted = admit(job, self.options, batch.candidates)
            discard(admitted.refused)
            clear_names(dataset, [item.image.stem for item in admitted.taken])
            counts = Counts()
            for each in (batch.counts, admitted.counts):
                counts += each
            findings = [*batch.findings, *admitted.findings]
            report = _report(job, findings)
            done = job.progress_done + batch.entries
            with take_in(dataset, admitted.taken):
                execute_all(report)
                for update in admitted.updates:
                    told = apply_update(job, update, counts)
                    execute_all(_report(job, told))
                    findings += told
                for finding in findings:
                    counts.add_line(finding)
                Import.objects.filter(pk=job.pk).update(
                    **{name: F(name) + count for name, count in counts.by_field().items()}
                )
                jobs.report_progress(job, done=done, total=self.total, unit="images")
        for staged in admitted.taken:
            request_tiles_of_new(staged.image)
        publish_event("images.changed", dataset=dataset)
        announce(job)


def _report(job: Import, findings: Sequence[Finding]) -> list[Statement]:
    """The statements that write lines of the report."""
    rows = [
        {
            "import_job_id": job.pk,
            "outcome": finding.outcome,
            "file": finding.file.encode(errors="replace").decode(),
            "line": finding.line,
            "reason": finding.reason,
            "changed_image": finding.changed and UUID(finding.changed[0]),
            "changed_to": finding.changed and finding.changed[1],
        }
        for finding in findings
    ]
    return compile_values(ImportRow, rows)


def announce(job: Import) -> None:
    publish_event("import.changed", dataset=job.dataset, id=job.pk)

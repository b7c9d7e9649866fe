"""Imports: a folder or a .zip of images and labels goes into a dataset, with a report.

The job is leased and resumable. Entries of the source come in a fixed order; every transaction
adds a batch of images together with its lines of the report and the count of entries done, so
whoever takes the job up after a kill goes on behind the last batch that was committed. Nothing is
held in memory but one image and the rows of one batch, and a batch ends before its rows become so
many that others would wait for them.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path, PurePath
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db.models import F

from annotator import paths
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
from annotator.images.deep import take_image_for
from annotator.images.tiles import request_tiles_of_new
from annotator.images.windows import settle_first_window
from annotator.kernel import jobs
from annotator.kernel.disk import check_disk_space
from annotator.kernel.errors import DISK_FULL, ServiceError, TooLargeError, is_disk_full
from annotator.kernel.events import publish_event
from annotator.kernel.files import keep_upload
from annotator.kernel.nudges import nudge_worker
from annotator.kernel.turns import compile_inserts, delete_in_turns, execute_all
from annotator.labels.formats import read_dataset
from annotator.labels.formats.base import (
    FolderProblem,
    FoundImage,
    ReadLimits,
    Source,
    and_more,
)
from annotator.labels.formats.trees import FileReadError, FolderTree, Tree, TreeError
from annotator.labels.pixels.images import ImageError
from annotator.labels.safe_zip import ArchiveLimits, ZipTree
from annotator.labels.stems import clean_stem
from annotator.models import Dataset, Import, ImportOutcome, ImportRow
from sample_pond import SamplePond

from .arriving.downloading import fetch_source
from .arriving.server_folders import SERVER, ConfinedTree, is_inside
from .batches import Candidate, Finding, admit_new, fill_annotation
from .classes import match_classes
from .uploads import MAX_IMAGE_BYTES

logger = logging.getLogger(__name__)

BATCH_ENTRIES = 200
BATCH_SECONDS = 3.0
BATCH_OBJECTS = 2_000
BATCH_POINTS = 100_000
BATCH_LINES = 1_000
"""Of the report. One image more may lie beyond each of these: it comes in whole or not at all."""

MOST_NOTES = 99
POND = "pond:"
"""``source_path`` of an import that draws: ``pond:<images>:<seed>``."""


@dataclass(slots=True)
class _Batch:
    """What the next transaction will hold."""

    staged: list[Candidate] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    entries: int = 0
    objects: int = 0
    points: int = 0
    lines: int = 0
    began: float = field(default_factory=time.monotonic)

    def refuse(self, file: str, reason: str) -> None:
        self.findings.append(Finding("refused", file, None, reason))
        self.lines += 1

    def add(self, candidate: Candidate) -> None:
        self.staged.append(candidate)
        self.objects += len(candidate.staged.instances)
        self.points += candidate.staged.count_points()
        self.lines += 1 + len(candidate.findings)

    @property
    def is_due(self) -> bool:
        late = time.monotonic() - self.began > BATCH_SECONDS
        is_large = (
            self.entries >= BATCH_ENTRIES
            or self.objects >= BATCH_OBJECTS
            or self.points >= BATCH_POINTS
            or self.lines >= BATCH_LINES
        )
        return is_large or (late and self.entries > 0)


def start_import(
    dataset: Dataset,
    *,
    source_path: str,
    source_name: str,
    created_by: User | None,
    owns_source: bool = False,
) -> Import:
    """Queue an import; a worker is nudged when the transaction commits."""
    job = create_import(
        dataset,
        source_path=source_path,
        source_name=source_name,
        created_by=created_by,
        owns_source=owns_source,
    )
    nudge_worker("annotator.tasks.run_import", job.pk)
    return job


def create_import(
    dataset: Dataset,
    *,
    source_path: str,
    source_name: str,
    created_by: User | None,
    owns_source: bool = False,
) -> Import:
    """Write the row of an import that the caller runs by itself."""
    job = Import.objects.create(
        dataset=dataset,
        source_name=source_name[:255],
        source_path=source_path,
        owns_source=owns_source,
        created_by=created_by,
        progress_unit="images",
        progress_message="Waiting for a worker",
    )
    _announce(job)
    return job


def start_archive_import(
    dataset: Dataset, upload: "UploadedFile[Any]", *, created_by: User | None
) -> Import:
    """Keep an uploaded .zip for its import and queue that. Raises ServiceError."""
    name = PurePath(upload.name or "archive.zip").name
    size_bytes = upload.size or 0
    if size_bytes > settings.MAX_UPLOAD_GIGABYTES * 1024**3:
        raise TooLargeError(f"An upload may have {settings.MAX_UPLOAD_GIGABYTES:g} GB at most.")
    check_disk_space(size_bytes)
    target = paths.uploads_dir() / f"{uuid4().hex}.zip"
    try:
        keep_upload(upload, target)
        with open_source(str(target)):
            pass
        return start_import(
            dataset,
            source_path=str(target),
            source_name=name,
            created_by=created_by,
            owns_source=True,
        )
    except TreeError as error:
        target.unlink(missing_ok=True)
        raise ServiceError(f"{name}: {error}", code="bad_archive") from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def cancel_import(job: Import) -> Import:
    """Ask an import to stop; what it took in stays."""
    if jobs.cancel_job(job) and not job.is_active:
        _drop_source(job)
    _announce(job)
    return job


def run_import(import_id: int) -> Import | None:
    """Work an import off, unless somebody else does. Returns the job as it ended."""
    job = jobs.claim_job(Import, import_id, jobs.make_owner())
    if job is None:
        return None
    with jobs.heartbeat(job) as lost:
        try:
            _run(job)
            jobs.mark_cancelled(job) if jobs.is_cancelling(job) else jobs.finish_job(job)
        except jobs.LeaseLostError:
            logger.warning("%s was taken over or ended by another worker", job)
        except (TreeError, ServiceError) as error:
            _give_up(job, str(error))
        except Exception as error:
            logger.exception("%s failed", job)
            _give_up(job, _reason(error))
        if lost.is_set():
            return job
    job.refresh_from_db()
    if not job.is_active:
        settle_first_window(job)
        clear_staging(job.dataset, f"import-{job.pk}")
        _drop_source(job)
    publish_event("dataset.changed", dataset=job.dataset, id=job.dataset_id)
    publish_event("images.changed", dataset=job.dataset)
    _announce(job)
    return job


def _reason(error: Exception) -> str:
    if is_disk_full(error):
        return f"{DISK_FULL} What was taken in until then stays; import the rest again."
    if isinstance(error, OSError):
        return f"A file could not be written or read: {error.strerror or error}."
    return "The import failed by a fault of Segloop; the worker's log has it."


def _give_up(job: Import, reason: str) -> None:
    jobs.mark_cancelled(job) if jobs.is_cancelling(job) else jobs.fail_job(job, reason)


def open_source(source_path: str) -> Tree:
    """The tree behind a ``source_path``. Raises TreeError."""
    if source_path.startswith(POND):
        count, seed = source_path.removeprefix(POND).split(":")
        return SamplePond(int(count), seed=int(seed))
    path = Path(source_path.removeprefix(SERVER))
    if source_path.startswith(SERVER):
        if not is_inside(path):
            raise TreeError(f"“{path}” is in none of the folders that an administrator allows.")
        if path.is_dir():
            return ConfinedTree(path)
    if path.is_dir():
        return FolderTree(path)
    if not path.is_file():
        raise TreeError(f"There is no folder and no file “{path}”.")
    limit = int(settings.MAX_UPLOAD_GIGABYTES * 4 * 1024**3)
    return ZipTree(path, limits=ArchiveLimits(max_total_bytes=limit))


def recognise(tree: Tree) -> Source:
    """Recognise the dataset of a source; nothing is changed. Raises TreeError."""
    limits = ReadLimits(MAX_IMAGE_BYTES, settings.MAX_IMAGE_MEGAPIXELS)
    return read_dataset(tree, limits=limits)


def _run(job: Import) -> None:
    if not fetch_source(job):
        return
    with open_source(job.source_path) as tree:
        _take_all(job, tree, recognise(tree))


def _take_all(job: Import, tree: Tree, source: Source) -> None:
    dataset = job.dataset
    clear_staging(dataset, f"import-{job.pk}")
    _clear_orphans(job, source)
    if jobs.is_cancelling(job):
        return
    classes = match_classes(dataset, source)
    total = sum(1 for _ in source.entries())
    first = job.progress_done
    if first == 0:
        delete_in_turns(ImportRow.objects.filter(import_job=job))
        _commit(job, _Batch(findings=_list_notes(job, source)), total)
    batch = _Batch()
    for entry in islice(source.entries(), first, None):
        _stage_entry(
            job, entry, tree, partial(fill_annotation, source=source, classes=classes), batch
        )
        if batch.is_due:
            _commit(job, batch, total)
            if jobs.is_cancelling(job):
                return
            batch = _Batch()
    _commit(job, batch, total)


def _list_notes(job: Import, source: Source) -> list[Finding]:
    """The report's notes on the whole source: a source can cause any number, so they are capped."""
    notes = [Finding("repaired", job.source_name, None, note) for note in source.notes]
    if len(notes) <= MOST_NOTES:
        return notes
    more = len(notes) - MOST_NOTES
    return [*notes[:MOST_NOTES], Finding("repaired", job.source_name, None, and_more(more), more)]


def _clear_orphans(job: Import, source: Source) -> None:
    """Clear up behind a worker that was killed between moving files and committing rows."""
    if job.attempts > 1:
        waiting = islice(source.entries(), job.progress_done, job.progress_done + BATCH_ENTRIES)
        stems = [clean_stem(entry.path) for entry in waiting if isinstance(entry, FoundImage)]
        remove_orphans(job.dataset, stems)


def _stage_entry(
    job: Import,
    entry: FoundImage | FolderProblem,
    tree: Tree,
    fill: Callable[[StagedImage, FoundImage], list[Finding]],
    batch: _Batch,
) -> None:
    """Read one entry; what it is goes into the batch."""
    batch.entries += 1
    if isinstance(entry, FolderProblem):
        batch.refuse(entry.file, entry.reason)
        return
    try:
        data = tree.read(entry.path, limit_bytes=MAX_IMAGE_BYTES)
        taken = take_image_for(job.dataset, data)
    except (FileReadError, ImageError) as error:
        batch.refuse(entry.path, str(error))
        return
    staged = stage_image(
        job.dataset,
        taken,
        stem=clean_stem(entry.path),
        split=entry.split,
        staging=staging_dir(job.dataset, f"import-{job.pk}"),
    )
    findings = [Finding("repaired", entry.path, None, repair) for repair in taken.repairs]
    if entry.label is not None:
        findings += fill(staged, entry)
    batch.add(Candidate(entry.path, staged, findings))


def _commit(job: Import, batch: _Batch, total: int) -> None:
    """One transaction: images, lines of the report, progress."""
    check_disk_space()
    dataset = job.dataset
    with intake_lock(dataset):
        admitted = admit_new(dataset, batch.staged, began=job.started_at)
        discard(admitted.refused)
        clear_names(dataset, [item.image.stem for item in admitted.taken])
        findings = [*batch.findings, *admitted.findings]
        counts = dict.fromkeys(ImportOutcome.values, 0)
        for finding in findings:
            counts[finding.outcome] += finding.times
        report = compile_inserts([_row(job, finding) for finding in findings])
        done = job.progress_done + batch.entries
        with take_in(dataset, admitted.taken):
            execute_all(report)
            Import.objects.filter(pk=job.pk).update(
                **{name: F(name) + count for name, count in counts.items()}
            )
            jobs.report_progress(job, done=done, total=total, unit="images")
    for staged in admitted.taken:
        request_tiles_of_new(staged.image)
    publish_event("images.changed", dataset=dataset)
    _announce(job)


def _row(job: Import, finding: Finding) -> ImportRow:
    return ImportRow(
        import_job=job,
        outcome=finding.outcome,
        file=finding.file.encode(errors="replace").decode(),
        line=finding.line,
        reason=finding.reason,
    )


def _drop_source(job: Import) -> None:
    """Remove an archive that was uploaded for this import alone."""
    source = Path(job.source_path)
    if job.owns_source and source.parent == paths.uploads_dir():
        source.unlink(missing_ok=True)


def _announce(job: Import) -> None:
    publish_event("import.changed", dataset=job.dataset, id=job.pk)

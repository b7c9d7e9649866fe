"""A look at a live folder: what is not as Segloop left it becomes rows (``FolderChange``).

A file is known by its size and time of change, as they were when its hash was last compared: a
look at a folder in which nothing changed reads no file. Where they differ the file is read and its
hash compared, so what Segloop wrote itself is never taken for another program's. It is compared
under the lock of its image (intake's lock for a file without a row): a save or an import that is
under way has ended, or the image says that its files are still to follow (``label_pending``) and
is passed over. Files that are still being written are looked at once more after a moment.

Memory is bounded by a batch, transactions by a batch too. Nothing in the folder is changed here.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from annotator import paths
from annotator.folder.intake import intake_lock
from annotator.folder.live_folder import label_bytes
from annotator.kernel import jobs
from annotator.kernel.errors import ServiceError
from annotator.kernel.files import file_lock, sha256_of
from annotator.kernel.turns import delete_in_turns, job_turn
from annotator.labels.formats.yolo.rows import MAX_LABEL_BYTES
from annotator.models import (
    ACTIVE_STATES,
    FINISHED,
    ChangeKind,
    ChangeState,
    ChangeSubject,
    FolderChange,
    FolderJob,
    Image,
    LiveFolder,
)

from .files import (
    Entry,
    Odd,
    Seen,
    clean_entry_name,
    is_image_name,
    is_text,
    read_regular,
    see,
    shown,
    walk,
    what_is_there,
)
from .labels import draw, problems_of, read_label, stage_objects
from .pixels import hash_of, probe

logger = logging.getLogger(__name__)

SETTLE_SECONDS = 2.0
"""A file whose size and time of change stay the same for so long is no longer being written."""
PAGE_IMAGES = 2_000
BATCH_FILES = 500
FLUSH_CHANGES = 100
MOST_UNSETTLED = 1_000
"""Files that are looked at once more in the same look; the others in the next."""
MOST_STRANGE = 1_000
"""Files left alone that are told one by one."""
AGAIN = timedelta(seconds=15)
MANY_REMOVED = 10

_SUFFIXES = ("jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff", "heic", "heif", "avif")

FOLDER_GONE = (
    "The dataset's folder {folder} is not there, or holds no folder “images”. Is its disk mounted? "
    "Nothing was changed."
)
MANY_GONE = (
    "Most of what was in {folders} is not there any more. If a disk is not mounted or a folder "
    "was moved, bring it back and look again; nothing that is missing is settled by itself."
)


class _Known(NamedTuple):
    """What a look compares of an image, in the order of :data:`_KNOWN_FIELDS`."""

    pk: UUID
    stem: str
    extension: str
    split: str
    status: str
    size_bytes: int
    file_mtime_ns: int | None
    label_size: int | None
    label_mtime_ns: int | None
    created_ns: int


_KNOWN_FIELDS = (
    *("pk", "stem", "extension", "split", "status", "size_bytes", "file_mtime_ns"),
    *("label_size", "label_mtime_ns", "created_at"),
)


@dataclass(slots=True)
class _Tally:
    """How many images and labels each folder should have, and how many are missing."""

    there: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)

    def emptied(self) -> list[str]:
        return [
            name
            for name, count in self.missing.items()
            if count == self.there[name] or (count >= MANY_REMOVED and 2 * count > self.there[name])
        ]


def look(job: FolderJob) -> None:
    """Compare the live folder with the database. Raises ServiceError where it is not there."""
    _Look(job).look()


class _Look:
    def __init__(self, job: FolderJob) -> None:
        self.job, self.dataset = job, job.dataset
        self.root = str(paths.dataset_dir(job.dataset))
        self.tally = _Tally()
        self.batch: list[FolderChange] = []
        self.unsettled: dict[str, tuple[Seen, UUID | Entry]] = {}
        self.stats: list[tuple[UUID, dict[str, int]]] = []
        self.is_second = self.is_cancelled = self.must_look_again = False
        self.strange = self.removed = self.done = 0

    def look(self) -> None:
        total = self.dataset.images.count()
        if not (paths.dataset_dir(self.dataset) / "images").is_dir():
            if total:
                raise ServiceError(FOLDER_GONE.format(folder=self.root), code="folder_gone")
            self._conclude()
            return
        self._report(0, total)
        for step in (self._compare_known, self._find_images, self._find_labels, self._look_again):
            step(total)
            if self.is_cancelled:
                return
        self._tell_more()
        self._flush()
        self._flush_stats()
        delete_in_turns(self._waiting().exclude(look=self.job))
        self._conclude()

    # --- images that are known -------------------------------------------------------------

    def _compare_known(self, total: int) -> None:
        for page in self._pages():
            for row in page:
                if self._is_unlike(row):
                    self._examine(row.pk)
            self.done += len(page)
            self._report(self.done, total)
            if self.is_cancelled:
                return
        self._flush()

    def _pages(self) -> Iterator[list[_Known]]:
        """Every image, by its name; what a save or a deletion is at work on is left out."""
        rows = self.dataset.images.filter(label_pending=False).order_by("stem")
        after = ""
        while True:
            found = rows.filter(stem__gt=after).values_list(*_KNOWN_FIELDS)[:PAGE_IMAGES]
            page = [_known(values) for values in found]
            if not page:
                return
            yield page
            after = page[-1].stem

    def _is_unlike(self, row: _Known) -> bool:
        """Whether a file has another size or time than noted. No file is read."""
        folder = paths.image_folder(split=row.split, status=row.status)
        self.tally.there[f"images/{folder}"] += 1
        seen = see(f"{self.root}/images/{folder}/{row.stem}.{row.extension}")
        if seen is None or seen.size != row.size_bytes:
            return True
        if row.file_mtime_ns is None:
            is_same = seen.mtime_ns <= row.created_ns
        else:
            is_same = seen.mtime_ns == row.file_mtime_ns
        if row.status not in FINISHED:
            return not is_same
        self.tally.there[f"labels/{row.split}"] += 1
        label = see(f"{self.root}/labels/{row.split}/{row.stem}.txt")
        return not is_same or label is None or label != (row.label_size, row.label_mtime_ns)

    def _examine(self, image_id: UUID) -> None:
        """Compare the files of one image by their hashes, while nobody saves it."""
        with file_lock(str(image_id)):
            rows = self.dataset.images.select_related("dataset").filter(label_pending=False)
            image = rows.filter(pk=image_id).first()
            if image is not None and self._compare_picture(image) and image.is_finished:
                self._compare_label(image)

    def _compare_picture(self, image: Image) -> bool:
        """Whether the picture is there and settled, so that its label may be compared."""
        path = paths.image_path(image)
        rel, seen = self._below(str(path)), see(path)
        if seen is None:
            if what := what_is_there(path):
                self._add(image, ChangeKind.STRANGE, rel, reason=f"In its place lies {what}.")
            else:
                self.tally.missing[rel.rpartition(image.file_name)[0].rstrip("/")] += 1
                self.removed += 1
                self._add(image, ChangeKind.REMOVED, rel, before=True)
            return False
        if seen == (image.size_bytes, image.file_mtime_ns):
            return True
        if self._is_unsettled(rel, seen, image.pk):
            return False
        try:
            sha256 = hash_of(path)
        except OSError as error:
            reason = f"It cannot be read: {error.strerror}."
            self._add(image, ChangeKind.STRANGE, rel, reason=reason)
            return False
        if sha256 == image.sha256:
            self.stats.append((image.pk, {"file_mtime_ns": seen.mtime_ns}))
            return True
        found = probe(path)
        reason = found.reason
        if not reason and found.size_wh != (image.width, image.height):
            reason = (
                f"It has {found.size_wh[0]} × {found.size_wh[1]} pixels now, before "
                f"{image.width} × {image.height}."
            )
        self._add(
            image,
            ChangeKind.STRANGE if found.reason else ChangeKind.CHANGED,
            rel,
            seen=seen,
            sha256=sha256,
            reason=reason,
            before=True,
        )
        return True

    def _compare_label(self, image: Image) -> None:
        path = paths.label_path(image)
        rel, seen = self._below(str(path)), see(path)
        subject = ChangeSubject.LABEL
        if seen is None:
            if what := what_is_there(path):
                reason = f"In its place lies {what}."
                self._add(image, ChangeKind.STRANGE, rel, subject=subject, reason=reason)
            else:
                self.tally.missing[f"labels/{image.split}"] += 1
                self._add(image, ChangeKind.REMOVED, rel, subject=subject, before=True)
            return
        if seen == (image.label_size, image.label_mtime_ns):
            return
        if self._is_unsettled(rel, seen, image.pk):
            return
        try:
            content = read_regular(path, limit_bytes=MAX_LABEL_BYTES)
        except OSError as error:
            reason = f"It cannot be read: {error.strerror or error}."
            self._add(image, ChangeKind.STRANGE, rel, subject=subject, reason=reason)
            return
        sha256 = sha256_of(content)
        if sha256 == image.label_sha256 or content == label_bytes(image):
            noted: dict[str, int] = {"label_size": seen.size, "label_mtime_ns": seen.mtime_ns}
            self.stats.append((image.pk, noted))
            if sha256 != image.label_sha256:
                Image.objects.filter(pk=image.pk).update(label_sha256=sha256)
            return
        change = self._add(
            image, ChangeKind.CHANGED, rel, subject=subject, seen=seen, sha256=sha256, before=True
        )
        self._draw_after(change, content, (image.width, image.height))

    # --- files that are not known ----------------------------------------------------------

    def _find_images(self, total: int) -> None:
        is_importing = self.dataset.imports.filter(
            state__in=ACTIVE_STATES, is_dry_run=False
        ).exists()
        for batch in self._batches("images", total):
            unknown = self._unknown_images(batch)
            if unknown and is_importing:  # a killed import has files here that it takes up again
                self.must_look_again = True
                continue
            if unknown:
                with intake_lock(self.dataset):  # an import has committed what it moved
                    unknown = self._unknown_images(unknown)
                self._flush()  # moved files are matched with the rows of those that are missing
            for entry, image in unknown:
                self._examine_new(entry, image)
        self._flush()

    def _batches(self, root: str, total: int) -> Iterator[list[tuple[Entry, Image | None]]]:
        files = walk(self.dataset, root)
        subject = ChangeSubject.IMAGE if root == "images" else ChangeSubject.LABEL
        while batch := list(islice(files, BATCH_FILES)):
            for item in batch:
                if isinstance(item, Odd):
                    self._add_strange(shown(item.path), item.reason, subject=subject)
            yield [(item, None) for item in batch if isinstance(item, Entry)]
            self._report(self.done, total)
            if self.is_cancelled:
                return

    def _unknown_images(
        self, batch: Sequence[tuple[Entry, Image | None]]
    ) -> list[tuple[Entry, Image | None]]:
        """Those files that are not where an image of theirs belongs, with the image of their
        name."""
        rows, going = self._images_of(entry.stem for entry, _ in batch)
        unknown: list[tuple[Entry, Image | None]] = []
        for entry, _ in batch:
            image = rows.get(entry.stem)
            if image is not None and image.label_pending:
                continue
            if entry.stem in going or (image is not None and self._is_in_place(entry, image)):
                continue
            unknown.append((entry, image))
        return unknown

    @staticmethod
    def _is_in_place(entry: Entry, image: Image) -> bool:
        folder = paths.image_folder(split=image.split, status=image.status)
        return entry.folder == folder and entry.name == image.file_name

    def _images_of(self, stems: Iterable[str]) -> tuple[dict[str, Image], set[str]]:
        """Images by name, and names of deleted images whose files are still to follow."""
        wanted = [stem for stem in stems if is_text(stem)]
        rows = self.dataset.images.filter(stem__in=wanted).only(
            *("stem", "extension", "split", "status", "label_pending", "dataset_id")
        )
        going = Image.trashed.filter(dataset=self.dataset, label_pending=True, stem__in=wanted)
        return {row.stem: row for row in rows}, set(going.values_list("stem", flat=True))

    def _examine_new(self, entry: Entry, named: Image | None) -> None:
        """A file where no image belongs: a new image, one that was moved, or something strange."""
        path = paths.dataset_dir(self.dataset) / entry.path
        reason = self._why_no_image(entry)
        seen = None if reason else see(path)
        if seen is not None and not self._is_unsettled(entry.path, seen, entry):
            try:
                sha256 = hash_of(path)
            except OSError as error:
                reason = f"It cannot be read: {error.strerror}."
            else:
                if self._match_moved(entry, named, seen, sha256):
                    return
                reason = self._why_taken(entry, named, sha256)
                found = probe(path)
                reason = reason or found.reason
                if not reason:
                    self._add_new(entry, seen, sha256, found.size_wh)
        if reason:
            self._add_strange(shown(entry.path), reason)

    def _add_new(self, entry: Entry, seen: Seen, sha256: str, size_wh: tuple[int, int]) -> None:
        """A new image, and the label beside it if there is one."""
        label = self._label_beside(entry)
        label_path = f"{self.root}/{label}"
        label_seen = see(label_path) if label else None
        if label_seen is not None and self._is_unsettled(label, label_seen, entry):
            return
        name = clean_entry_name(entry)
        change = self._make(
            None,
            ChangeKind.ADDED,
            entry.path,
            seen=seen,
            sha256=sha256,
            reason="" if name == entry.name else f"It will be called “{name}”.",
        )
        if label_seen is not None:
            try:
                content = read_regular(label_path, limit_bytes=MAX_LABEL_BYTES)
            except OSError as error:
                change.reason = f"Its label cannot be read: {error.strerror or error}."
            else:
                change.from_path, change.label_sha256 = label, sha256_of(content)
                self._draw_after(change, content, size_wh)
        self._append(change)

    @staticmethod
    def _why_no_image(entry: Entry) -> str:
        if not is_text(entry.path):
            return "Its name is no text in UTF-8: rename it."
        if entry.extension == "txt":
            return "A text file among the images: labels lie in “labels”."
        return "" if is_image_name(entry) else "It is no image that Segloop reads."

    def _why_taken(self, entry: Entry, named: Image | None, sha256: str) -> str:
        stem = PurePosixPath(clean_entry_name(entry)).with_suffix("").as_posix()
        if named is None and stem != entry.stem:
            named = self.dataset.images.filter(stem=stem).first()
        if named is not None:
            here = f"images/{paths.image_folder(split=named.split, status=named.status)}"
            return f"Another image has this name: {here}/{named.file_name}. Rename the file."
        same = self.dataset.images.filter(upload_sha256=sha256).first()
        if same is not None:
            return f"The same image as “{same.file_name}”, which is in {same.split}."
        return ""

    def _label_beside(self, entry: Entry) -> str:
        if entry.folder == paths.UNLABELLED:
            return ""
        return f"labels/{entry.folder}/{entry.stem}.txt"

    def _match_moved(self, entry: Entry, named: Image | None, seen: Seen, sha256: str) -> bool:
        """Whether a file is an image that is missing from its place."""
        if not self.removed:
            return False
        missing = FolderChange.objects.filter(
            look=self.job, subject=ChangeSubject.IMAGE, kind=ChangeKind.REMOVED
        )
        change = missing.filter(image__sha256=sha256, image__size_bytes=seen.size).first()
        if change is None and named is not None:
            change = missing.filter(image_id=named.pk).first()
        if change is None:
            return False
        self.removed -= 1
        root = change.path.split("/", 2)
        self.tally.missing[f"{root[0]}/{root[1]}"] -= 1
        delete_in_turns(self._waiting().filter(path=entry.path, subject=ChangeSubject.IMAGE))
        FolderChange.objects.filter(pk=change.pk).update(
            kind=ChangeKind.MOVED,
            path=entry.path,
            from_path=change.path,
            sha256=sha256,
            size_bytes=seen.size,
        )
        return True

    def _find_labels(self, total: int) -> None:
        for batch in self._batches("labels", total):
            rows, going = self._images_of(entry.stem for entry, _ in batch)
            for entry, _ in batch:
                image = rows.get(entry.stem)
                if entry.stem in going or (image is not None and image.label_pending):
                    continue
                if image is not None and image.is_finished and image.split == entry.folder:
                    continue
                self._examine_label(entry, image)
        self._flush()

    def _examine_label(self, entry: Entry, image: Image | None) -> None:
        subject = ChangeSubject.LABEL
        if not is_text(entry.path) or entry.extension != "txt":
            reason = "It is no label file: those end in .txt."
            self._add_strange(shown(entry.path), reason, subject=subject)
        elif image is None:
            if not self._has_picture(entry):
                self._add_strange(entry.path, "A label without an image.", subject=subject)
        elif image.is_finished:
            self._flush()
            if not self._is_elsewhere(image):
                place = f"images/{image.split}/{image.file_name}"
                reason = f"Its image lies in another split: {place}."
                self._add_strange(entry.path, reason, subject=subject)
        else:
            self._add_label(entry, image)

    def _has_picture(self, entry: Entry) -> bool:
        """Whether an image lies beside a label: that has a line of its own."""
        place = f"{self.root}/images/{entry.folder}/{entry.stem}."
        return any(
            what_is_there(f"{place}{suffix}")
            for name in _SUFFIXES
            for suffix in (name, name.upper())
        )

    def _is_elsewhere(self, image: Image) -> bool:
        """Whether an image is missing or was moved: its label goes with it."""
        rows = FolderChange.objects.filter(look=self.job, image_id=image.pk)
        return rows.filter(subject=ChangeSubject.IMAGE).exclude(kind=ChangeKind.CHANGED).exists()

    def _add_label(self, entry: Entry, image: Image) -> None:
        """A label of an image that is not finished here."""
        seen = see(f"{self.root}/{entry.path}")
        if seen is None or self._is_unsettled(entry.path, seen, entry):
            return
        with file_lock(str(image.pk)):
            rows = self.dataset.images.filter(label_pending=False)
            newest = rows.select_related("dataset").filter(pk=image.pk).first()
            if newest is None or newest.is_finished:
                return
            try:
                content = read_regular(f"{self.root}/{entry.path}", limit_bytes=MAX_LABEL_BYTES)
            except OSError as error:
                reason = f"It cannot be read: {error.strerror or error}."
                self._add_strange(entry.path, reason, subject=ChangeSubject.LABEL)
                return
        change = self._make(
            newest,
            ChangeKind.ADDED,
            entry.path,
            subject=ChangeSubject.LABEL,
            seen=seen,
            sha256=sha256_of(content),
            before=True,
        )
        self._draw_after(change, content, (newest.width, newest.height))
        self._append(change)

    # --- files that are still being written -------------------------------------------------

    def _is_unsettled(self, path: str, seen: Seen, of: UUID | Entry) -> bool:
        """Whether a file may still be being written; it is then looked at once more."""
        is_fresh = time.time() - seen.mtime_ns / 1e9 < SETTLE_SECONDS
        if self.is_second:
            first = self.unsettled.get(path)
            is_unsettled = is_fresh if first is None else first[0] != seen
            self.must_look_again |= is_unsettled
            return is_unsettled
        if not is_fresh:
            return False
        if len(self.unsettled) < MOST_UNSETTLED:
            self.unsettled[path] = (seen, of)
        else:
            self.must_look_again = True
        return True

    def _look_again(self, total: int) -> None:
        if not self.unsettled:
            return
        self._report(self.done, total, message="Waiting for files that are being written")
        time.sleep(SETTLE_SECONDS)
        self.is_second = True
        entries: dict[str, Entry] = {}
        ids: dict[UUID, None] = {}
        for _, of in self.unsettled.values():
            if isinstance(of, UUID):
                ids[of] = None
            else:
                entries[of.path] = of
        for image_id in ids:
            self._examine(image_id)
        self._flush()
        images = [(entry, None) for entry in entries.values() if entry.root == "images"]
        for new, named in self._unknown_images(images):
            self._examine_new(new, named)
        for entry in entries.values():
            if entry.root == "labels":
                rows, _ = self._images_of([entry.stem])
                self._examine_label(entry, rows.get(entry.stem))

    # --- rows --------------------------------------------------------------------------------

    def _below(self, path: str) -> str:
        return path[len(self.root) + 1 :]

    def _make(
        self,
        image: Image | None,
        kind: ChangeKind,
        path: str,
        *,
        subject: ChangeSubject = ChangeSubject.IMAGE,
        seen: Seen | None = None,
        sha256: str = "",
        reason: str = "",
        before: bool = False,
    ) -> FolderChange:
        change = FolderChange(
            dataset=self.dataset,
            image=image,
            look=self.job,
            subject=subject,
            kind=kind,
            path=path,
            sha256=sha256,
            size_bytes=seen.size if seen else 0,
            reason=reason,
        )
        if image is not None:
            change.revision = image.revision
        if image is not None and before:
            change.before, change.before_count = image.outline, image.instance_count
        return change

    def _add(
        self,
        image: Image | None,
        kind: ChangeKind,
        path: str,
        *,
        subject: ChangeSubject = ChangeSubject.IMAGE,
        seen: Seen | None = None,
        sha256: str = "",
        reason: str = "",
        before: bool = False,
    ) -> FolderChange:
        change = self._make(
            image,
            kind,
            path,
            subject=subject,
            seen=seen,
            sha256=sha256,
            reason=reason,
            before=before,
        )
        self._append(change)
        return change

    def _append(self, change: FolderChange) -> None:
        if len(self.batch) >= FLUSH_CHANGES:
            self._flush()
        self.batch.append(change)

    def _add_strange(
        self, path: str, reason: str, *, subject: ChangeSubject = ChangeSubject.IMAGE
    ) -> None:
        self.strange += 1
        if self.strange <= MOST_STRANGE:
            self._append(self._make(None, ChangeKind.STRANGE, path, subject=subject, reason=reason))

    def _tell_more(self) -> None:
        if (more := self.strange - MOST_STRANGE) > 0:
            reason = f"and {more:,} more files that are left alone"
            self._append(self._make(None, ChangeKind.STRANGE, "", reason=reason))

    def _draw_after(self, change: FolderChange, content: bytes, size_wh: tuple[int, int]) -> None:
        read = read_label(self.dataset, content, size_wh=size_wh)
        drawn = draw(stage_objects(self.dataset, read), size_wh=size_wh)
        change.after, change.after_count = drawn.outline, drawn.objects
        change.problems = problems_of(read)

    def _waiting(self) -> "QuerySet[FolderChange]":
        return FolderChange.objects.filter(dataset=self.dataset, state=ChangeState.WAITING)

    def _flush(self) -> None:
        """Write the rows of this look; a change that waited already keeps its row."""
        if not self.batch:
            return
        batch, self.batch = self.batch, []
        rows = self._waiting().filter(path__in=[change.path for change in batch])
        there = {(row.subject, row.path): row for row in rows}
        kept: list[int] = []
        replaced: list[int] = []
        new: list[FolderChange] = []
        for change in batch:
            old = there.get((change.subject, change.path))
            if old is not None and _says_the_same(old, change):
                kept.append(old.pk)
                continue
            if old is not None:
                replaced.append(old.pk)
            new.append(change)
        with job_turn():
            FolderChange.objects.filter(pk__in=replaced).delete()
            FolderChange.objects.filter(pk__in=kept).update(look=self.job)
            FolderChange.objects.bulk_create(new)

    def _flush_stats(self) -> None:
        """Note sizes and times of files whose hashes were found equal, if no save came since."""
        while self.stats:
            batch, self.stats = self.stats[:BATCH_FILES], self.stats[BATCH_FILES:]
            with job_turn():
                for image_id, values in batch:
                    Image.objects.filter(pk=image_id).update(**values)

    def _report(self, done: int, total: int, *, message: str = "") -> None:
        if len(self.stats) >= BATCH_FILES:
            self._flush_stats()
        jobs.report_progress(self.job, done=done, total=total, unit="images", message=message)
        self.is_cancelled = jobs.is_cancelling(self.job)

    def _conclude(self) -> None:
        emptied = sorted(self.tally.emptied())
        if emptied:
            rows = self._waiting().filter(look=self.job, kind=ChangeKind.REMOVED)
            rows.update(asks=True)
        again = timezone.now() + AGAIN if self.must_look_again else None
        LiveFolder.objects.filter(dataset=self.dataset).update(
            looked_at=timezone.now(),
            look_after=again,
            trouble=MANY_GONE.format(folders=", ".join(emptied)) if emptied else "",
        )


def _known(values: tuple[Any, ...]) -> _Known:
    return _Known._make((*values[:-1], int(values[-1].timestamp() * 1e9)))


def _says_the_same(old: FolderChange, new: FolderChange) -> bool:
    fields = ("image_id", "kind", "sha256", "label_sha256", "size_bytes", "revision", "from_path")
    return all(getattr(old, name) == getattr(new, name) for name in fields)

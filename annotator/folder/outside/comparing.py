"""What a look remembers while it compares files, and the rows that it writes."""

import time
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import QuerySet

from annotator import paths
from annotator.kernel import jobs
from annotator.kernel.errors import ServiceError
from annotator.kernel.turns import job_turn
from annotator.models import (
    ChangeKind,
    ChangeState,
    ChangeSubject,
    Dataset,
    FolderChange,
    FolderJob,
    Image,
)

from .files import (
    Entry,
    Seen,
)
from .labels import draw, problems_of, read_label, stage_objects

SETTLE_SECONDS = 2.0
"""A file whose size and time of change stay the same for so long is no longer being written."""
BATCH_FILES = 500
FLUSH_CHANGES = 100
MOST_UNSETTLED = 1_000
"""Files that are looked at once more in the same look; the others in the next."""
MOST_STRANGE = 1_000
"""Files left alone that are told one by one."""
MANY_REMOVED = 10
FOLDER_GONE = (
    "The dataset's folder {folder} is not there, or holds no folder “images”. Is its disk mounted? "
    "Nothing was changed."
)


@dataclass(slots=True)
class Tally:
    """How many images and labels each folder should have, and how many are missing."""

    there: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)

    def emptied(self) -> list[str]:
        return [
            name
            for name, count in self.missing.items()
            if count == self.there[name] or (count >= MANY_REMOVED and 2 * count > self.there[name])
        ]


class Comparing:
    """One look at work; :mod:`.known` and :mod:`.unknown` find what it tells."""

    def __init__(self, job: FolderJob) -> None:
        self.job, self.dataset = job, job.dataset
        self.root = str(paths.dataset_dir(job.dataset))
        self.tally = Tally()
        self.batch: list[FolderChange] = []
        self.unsettled: dict[str, tuple[Seen, UUID | Entry]] = {}
        self.stats: list[tuple[UUID, dict[str, int]]] = []
        self.is_second = self.is_cancelled = self.must_look_again = False
        self.strange = self.removed = self.done = 0

    def _check_is_there(self) -> None:
        """Also at the end: the disk may go, or the dataset to the trash, while we look."""
        alive = Dataset.objects.filter(pk=self.dataset.pk, deleted_at__isnull=True, files_slug="")
        if not alive.exists() or not (paths.dataset_dir(self.dataset) / "images").is_dir():
            raise ServiceError(FOLDER_GONE.format(folder=self.root), code="folder_gone")

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
        for change in {(item.subject, item.path): item for item in reversed(batch)}.values():
            old = there.get((change.subject, change.path))
            if old is not None and old.look_id == self.job.pk:
                continue  # told already in this look
            if old is not None and _says_the_same(old, change):
                kept.append(old.pk)
                continue
            if old is not None:
                replaced.append(old.pk)
            new.append(change)
        with job_turn():
            FolderChange.objects.filter(pk__in=replaced).delete()
            FolderChange.objects.filter(pk__in=kept).update(look=self.job)
            FolderChange.objects.bulk_create(reversed(new))

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


def _says_the_same(old: FolderChange, new: FolderChange) -> bool:
    fields = ("image_id", "kind", "sha256", "label_sha256", "size_bytes", "revision", "from_path")
    return all(getattr(old, name) == getattr(new, name) for name in fields)

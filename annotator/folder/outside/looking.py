"""A look at a live folder: what is not as Segloop left it becomes rows (``FolderChange``).

A file is known by its size and time of change, as they were when its hash was last compared: a
look at a folder in which nothing changed reads no file. Where they differ the file is read and its
hash compared, so what Segloop wrote itself is never taken for another program's. It is compared
under the lock of its image (intake's lock for a file without a row): a save or an import that is
under way has ended, or the image says that its files are still to follow (``label_pending``) and
is passed over. Files that are still being written are looked at once more after a moment.

Memory is bounded by a batch, transactions by a batch too. Nothing in the folder is changed here.
"""

import time
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from annotator.kernel.turns import delete_in_turns
from annotator.models import (
    ChangeKind,
    FolderJob,
    LiveFolder,
)

from . import comparing
from .files import (
    Entry,
)
from .known import KnownFiles
from .unknown import UnknownFiles

AGAIN = timedelta(seconds=15)
MANY_GONE = (
    "Most of what was in {folders} is not there any more. If a disk is not mounted or a folder "
    "was moved, bring it back and look again; nothing that is missing is settled by itself."
)


def look(job: FolderJob) -> None:
    """Compare the live folder with the database. Raises ServiceError where it is not there."""
    _Look(job).look()


class _Look(KnownFiles, UnknownFiles):
    def look(self) -> None:
        total = self.dataset.images.count()
        if total:
            self._check_is_there()
        self._report(0, total)
        for step in (self._compare_known, self._find_images, self._find_labels, self._look_again):
            step(total)
            if self.is_cancelled:
                return
        self._check_is_there()
        self._tell_more()
        self._flush()
        self._flush_stats()
        delete_in_turns(self._waiting().exclude(look=self.job))
        self._conclude()

    def _look_again(self, total: int) -> None:
        if not self.unsettled:
            return
        self._report(self.done, total, message="Waiting for files that are being written")
        time.sleep(comparing.SETTLE_SECONDS)
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

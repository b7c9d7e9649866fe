"""Images that Segloop knows, against their files."""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from annotator import paths
from annotator.folder.live_folder import label_bytes
from annotator.kernel.files import file_lock, sha256_of
from annotator.labels.formats.yolo.rows import MAX_LABEL_BYTES
from annotator.models import (
    FINISHED,
    ChangeKind,
    ChangeSubject,
    Image,
)

from . import comparing
from .comparing import Comparing
from .files import (
    Seen,
    read_regular,
    see,
    what_is_there,
)
from .pixels import hash_of, probe

PAGE_IMAGES = 2_000


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
    sha256: str
    label_sha256: str
    created_ns: int


_KNOWN_FIELDS = (
    *("pk", "stem", "extension", "split", "status", "size_bytes", "file_mtime_ns"),
    *("label_size", "label_mtime_ns", "sha256", "label_sha256", "created_at"),
)


class KnownFiles(Comparing):
    """The part of a look that walks the images."""

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
        """Whether a file is another than noted. It is read only where its size or time differ."""
        folder = paths.image_folder(split=row.split, status=row.status)
        self.tally.there[f"images/{folder}"] += 1
        if row.status in FINISHED:
            self.tally.there[f"labels/{row.split}"] += 1
        noted: dict[str, int] = {}
        file = f"{self.root}/images/{folder}/{row.stem}.{row.extension}"
        seen = see(file)
        if seen is None or seen.size != row.size_bytes:
            return True
        if row.file_mtime_ns is None:
            is_same = seen.mtime_ns <= row.created_ns
        else:
            is_same = seen.mtime_ns == row.file_mtime_ns
        if not is_same:
            if not self._has_hash(file, seen, row.sha256):
                return True
            noted["file_mtime_ns"] = seen.mtime_ns
        if row.status in FINISHED:
            path = f"{self.root}/labels/{row.split}/{row.stem}.txt"
            label = see(path)
            if label is None:
                return True
            if label != (row.label_size, row.label_mtime_ns):
                if not self._has_hash(path, label, row.label_sha256):
                    return True
                noted |= {"label_size": label.size, "label_mtime_ns": label.mtime_ns}
        if noted:
            self.stats.append((row.pk, noted))
        return False

    @staticmethod
    def _has_hash(path: str, seen: Seen, sha256: str) -> bool:
        """Whether a settled file is what Segloop wrote; no lock is needed to find that it is."""
        if time.time() - seen.mtime_ns / 1e9 < comparing.SETTLE_SECONDS:
            return False
        try:
            return hash_of(path) == sha256 and see(path) == seen
        except OSError:
            return False

    def _examine(self, image_id: UUID) -> None:
        """Compare the files of one image by their hashes, while nobody saves it."""
        with file_lock(str(image_id)):
            rows = self.dataset.images.select_related("dataset").filter(label_pending=False)
            image = rows.filter(pk=image_id).first()
            if image is not None and self._compare_image(image) and image.is_finished:
                self._compare_label(image)

    def _compare_image(self, image: Image) -> bool:
        """Whether the file is there and settled, so that its label may be compared."""
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


def _known(values: tuple[Any, ...]) -> _Known:
    return _Known._make((*values[:-1], int(values[-1].timestamp() * 1e9)))

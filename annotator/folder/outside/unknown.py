"""Files of a live folder that belong to no image in their place."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath

from annotator import paths
from annotator.folder.intake import intake_lock
from annotator.kernel.files import file_lock, sha256_of
from annotator.kernel.turns import job_turn
from annotator.labels.formats.yolo.rows import MAX_LABEL_BYTES
from annotator.models import (
    ACTIVE_STATES,
    FINISHED,
    ChangeKind,
    ChangeSubject,
    FolderChange,
    Image,
)

from .comparing import BATCH_FILES, Comparing
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
from .pixels import hash_of, probe

_SUFFIXES = ("jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff", "heic", "heif", "avif")


class UnknownFiles(Comparing):
    """The part of a look that walks the folder."""

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
        left = self._out_of_place([entry for entry, _ in batch])
        if not left:
            return []
        rows, going = self._images_of(entry.stem for entry in left)
        unknown: list[tuple[Entry, Image | None]] = []
        for entry in left:
            image = rows.get(entry.stem)
            if image is not None and image.label_pending:
                continue
            if entry.stem in going or (image is not None and self._is_in_place(entry, image)):
                continue
            unknown.append((entry, image))
        return unknown

    def _out_of_place(self, entries: Sequence[Entry]) -> list[Entry]:
        """Those files that do not lie where an image of theirs belongs, without making rows of
        the many that do."""
        stems = [entry.stem for entry in entries if is_text(entry.stem)]
        rows = self.dataset.images.filter(stem__in=stems).order_by()
        places: set[str] = set()
        for stem, extension, split, status in rows.values_list(
            "stem", "extension", "split", "status"
        ):
            folder = paths.image_folder(split=split, status=status)
            places.add(f"images/{folder}/{stem}.{extension}")
            if status in FINISHED:
                places.add(f"labels/{split}/{stem}.txt")
        return [entry for entry in entries if entry.path not in places]

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
        values = {
            "kind": ChangeKind.MOVED,
            "path": entry.path,
            "from_path": change.path,
            "sha256": sha256,
            "size_bytes": seen.size,
        }
        rows = self._waiting().filter(path=entry.path, subject=ChangeSubject.IMAGE)
        same = rows.filter(**values, image=change.image, revision=change.revision).first()
        with job_turn():
            (rows if same is None else rows.exclude(pk=same.pk)).delete()
            if same is not None:  # it waits since an earlier look
                FolderChange.objects.filter(pk=change.pk).delete()
                FolderChange.objects.filter(pk=same.pk).update(look=self.job)
            else:
                FolderChange.objects.filter(pk=change.pk).update(**values)
        return True

    def _find_labels(self, total: int) -> None:
        for batch in self._batches("labels", total):
            left = self._out_of_place([entry for entry, _ in batch])
            if not left:
                continue
            rows, going = self._images_of(entry.stem for entry in left)
            for entry in left:
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

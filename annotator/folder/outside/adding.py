"""New images that another program laid into a live folder become images of the dataset.

The file stays where it lies, byte for byte, unless it has to be made what an import stores (EXIF
orientation, TIFF ...) or its name is not safe; it is not copied. Names are mended first, then the
rows of a batch are added in one transaction under intake's lock. An image that is not finished
moves to ``images/unlabelled`` after it (``label_pending``). A kill before the commit leaves the
files as they were, for the next look; after it, the worker moves what is still to move.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import DEFAULT_DB_ALIAS

from annotator import paths
from annotator.folder.intake import (
    StagedImage,
    compile_rows,
    intake_lock,
    original_row,
)
from annotator.folder.live_folder import clear_names, sync_many
from annotator.folder.placing import (
    forget_label_caches,
    fsync_folders_of,
    move_live_file,
    remove_live_file,
)
from annotator.images.deep import take_image_for
from annotator.images.tiles import request_tiles_of_new
from annotator.kernel.disk import check_disk_space
from annotator.kernel.files import flush_disk, sha256_of, write_atomically
from annotator.kernel.turns import execute_all, job_turn
from annotator.labels.formats.base import ReadLabels
from annotator.labels.formats.yolo.rows import MAX_LABEL_BYTES
from annotator.labels.pixels.images import ImageError, TakenImage
from annotator.labels.stems import clean_name
from annotator.models import (
    ChangeState,
    Dataset,
    FolderChange,
    Image,
    ImageStatus,
    RevisionSource,
    Split,
)

from .files import (
    IMAGE_FOLDERS,
    MAX_IMAGE_BYTES,
    SPLIT_FOLDERS,
    is_behind_link,
    read_regular,
    what_is_there,
)
from .keeping import keep_copy
from .labels import read_label, stage_objects, status_of
from .pixels import hash_of
from .settling import CHANGED_AGAIN, GONE, LINKED, LeftError, mark_settled

BATCH_IMAGES = 100
BATCH_BYTES = 64 * 1024**2
BATCH_OBJECTS = 2_000


@dataclass(slots=True)
class _New:
    """A new image, read and checked. ``content``: what is to be stored, None where the file is
    that already; ``label``: the bytes of its label file, None for none."""

    change: FolderChange
    staged: StagedImage
    taken: TakenImage
    file: Path
    label_file: Path | None
    label: bytes | None
    keeps_label: bool
    content: bytes | None

    @property
    def image(self) -> Image:
        return self.staged.image


def take_added(
    dataset: Dataset, changes: Sequence[FolderChange], *, by: User | None
) -> dict[int, str]:
    """Take new images in. Returns why those that were left could not be, by the change's id."""
    check_disk_space()
    left: dict[int, str] = {}
    waiting = list(changes)
    while waiting:
        batch: list[_New] = []
        size = objects = 0
        while waiting and len(batch) < BATCH_IMAGES and size < BATCH_BYTES:
            change = waiting.pop(0)
            try:
                new = _read(dataset, change)
            except (LeftError, ImageError) as error:
                left[change.pk] = str(error)
                continue
            except OSError as error:
                missing = isinstance(error, FileNotFoundError)
                left[change.pk] = GONE if missing else f"It cannot be read: {error}."
                continue
            batch.append(new)
            size += len(new.content or b"")
            objects += len(new.staged.instances)
            if objects >= BATCH_OBJECTS:
                break
        _add(dataset, batch, left, by=by)
    for pk, reason in left.items():
        FolderChange.objects.filter(pk=pk).update(reason=reason, asks=True)
    return left


def _read(dataset: Dataset, change: FolderChange) -> _New:
    root = paths.dataset_dir(dataset)
    file = root / change.path
    if is_behind_link(file):
        raise LeftError(LINKED)
    data = read_regular(file, limit_bytes=MAX_IMAGE_BYTES)
    if sha256_of(data) != change.sha256:
        raise LeftError(CHANGED_AGAIN)
    taken = take_image_for(dataset, data)
    _, folder, name = change.path.split("/", 2)
    label_file = None if folder == paths.UNLABELLED else _label_of(root, folder, name)
    label = _read_label_file(label_file)
    if (sha256_of(label) if label is not None else "") != change.label_sha256:
        raise LeftError("Its label changed since the look: look at the folder once more.")
    read = ReadLabels()
    status: str = ImageStatus.UNLABELLED
    if label is not None:
        read = read_label(dataset, label, size_wh=(taken.width, taken.height))
        status = status_of(read)
    is_spread = int(taken.upload_sha256[:8], 16) % 5 == 0  # as an upload without a split
    split = folder if folder in Split.values else (Split.VAL if is_spread else Split.TRAIN)
    stem = clean_name(PurePosixPath(name).with_suffix("").as_posix())
    _check_twins(file, root, f"{stem}.{taken.extension}", sha256=taken.sha256)
    _check_labels(label_file if label is not None else None, root, f"{stem}.txt")
    is_finished = status == ImageStatus.DONE
    keeps_label = is_finished and read.is_unchanged and read.yolo is not None
    image = Image(
        id=uuid4(),
        dataset=dataset,
        stem=stem,
        extension=taken.extension,
        split=split,
        status=status,
        width=taken.width,
        height=taken.height,
        size_bytes=len(taken.data),
        sha256=taken.sha256,
        upload_sha256=taken.upload_sha256,
        group=stem.rpartition("/")[0],
        label_sha256=sha256_of(label) if is_finished and label is not None else "",
        label_stale=is_finished and not keeps_label,
        label_pending=not (keeps_label or (label is None and folder == paths.UNLABELLED)),
    )
    staged = StagedImage(image, file)
    staged.instances = [] if status == ImageStatus.UNLABELLED else stage_objects(dataset, read)
    return _New(
        change,
        staged,
        taken,
        file,
        label_file if label is not None else None,
        label,
        keeps_label,
        None if taken.data is data else taken.data,
    )


def _check_twins(file: Path, root: Path, file_name: str, *, sha256: str) -> None:
    """Refuse a file where another has the name that it would get, in its split or in another: it
    would be written over, or a move would take it along."""
    for folder in IMAGE_FOLDERS:
        place = root / "images" / folder / file_name
        what = "" if place == file else what_is_there(place)
        if not what or (folder in file.relative_to(root).parts[:2] and _holds(place, sha256)):
            continue
        raise LeftError(f"Another file has this name: images/{folder}/{file_name}. Rename one.")


def _holds(place: Path, sha256: str) -> bool:
    """Whether a file is what would be written there: a worker that was killed wrote it."""
    with contextlib.suppress(OSError):
        return hash_of(place) == sha256
    return False


def _check_labels(label_file: Path | None, root: Path, file_name: str) -> None:
    """Refuse an image for which another label lies in a split: it would be removed as a stale one
    of the image, or written over."""
    for split in SPLIT_FOLDERS:
        place = root / "labels" / split / file_name
        if place != label_file and what_is_there(place):
            raise LeftError(
                f"Another label has this name: labels/{split}/{file_name}. Lay it beside the image "
                "or remove it."
            )


def _label_of(root: Path, folder: str, name: str) -> Path:
    return root / "labels" / folder / PurePosixPath(name).with_suffix(".txt")


def _read_label_file(path: Path | None) -> bytes | None:
    try:
        return None if path is None else read_regular(path, limit_bytes=MAX_LABEL_BYTES)
    except FileNotFoundError:
        return None


def _add(dataset: Dataset, batch: Sequence[_New], left: dict[int, str], *, by: User | None) -> None:
    if not batch:
        return
    with intake_lock(dataset):
        clear_names(dataset, [new.image.stem for new in batch])
        chosen = _choose(dataset, batch, left)
        for new in chosen:
            _mend_files(new)
        flush_disk([new.file for new in chosen])
        fsync_folders_of(new.file for new in chosen)
        _add_rows(chosen, by=by)
    sync_many([new.image.pk for new in chosen if new.image.label_pending])
    for new in chosen:
        request_tiles_of_new(new.image)


def _choose(dataset: Dataset, batch: Sequence[_New], left: dict[int, str]) -> list[_New]:
    """Those whose name and pixels are new here."""
    rows = dataset.images.only("stem", "extension", "split", "upload_sha256", "sha256")
    stems = {row.stem: row for row in rows.filter(stem__in=[new.image.stem for new in batch])}
    hashes = [new.image.upload_sha256 for new in batch]
    same = {row.upload_sha256: row for row in rows.filter(upload_sha256__in=hashes)}
    chosen: list[_New] = []
    for new in batch:
        image = new.image
        if there := same.get(image.upload_sha256):
            left[new.change.pk] = f"The same image as “{there.file_name}”, in {there.split}."
        elif there := stems.get(image.stem):
            left[new.change.pk] = f"Another image has this name, in {there.split}: rename the file."
        else:
            stems[image.stem], same[image.upload_sha256] = image, image
            chosen.append(new)
    return chosen


def _mend_files(new: _New) -> None:
    """Give a file the name and the content that it has here; the label first."""
    image, root = new.image, paths.dataset_dir(new.image.dataset)
    _, folder, _ = new.change.path.split("/", 2)
    wanted = root / "images" / folder / image.file_name
    if new.label_file is not None and new.label is not None:
        label = root / "labels" / folder / f"{image.stem}.txt"
        if label != new.label_file:
            move_live_file(new.label_file, label)
        if not new.keeps_label:
            new.change.kept = keep_copy(new.change, new.label, label.name)
        forget_label_caches(label)
    if new.taken.original is not None:
        original = new.taken.original
        new.staged.original = original_row(image, original)
        write_atomically(paths.original_path(image, original.extension), original.data)
    if new.content is not None:
        write_atomically(wanted, new.content)
        if wanted != new.file:
            remove_live_file(new.file)
    elif wanted != new.file:
        move_live_file(new.file, wanted)
    new.file = wanted
    image.file_mtime_ns = wanted.stat().st_mtime_ns


def _add_rows(chosen: Sequence[_New], *, by: User | None) -> None:
    statements = compile_rows([new.staged for new in chosen], source=RevisionSource.DISK)
    with job_turn():
        execute_all(statements)
        for new in chosen:
            reason = " ".join(new.taken.repairs)
            mark_settled(
                new.change,
                ChangeState.TAKEN,
                by=by,
                reason=reason,
                kept=new.change.kept,
                image=new.image,
            )
    for new in chosen:
        new.image._state.adding = False
        new.image._state.db = DEFAULT_DB_ALIAS

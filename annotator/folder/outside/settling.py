"""What is done about one change of a live folder: it is taken in, or put back.

Each is one transaction, then the files, which the flag ``label_pending`` completes after a crash.
A change that is not any more what the look saw is left, with a sentence: an edit of a person in
between is never overwritten, and what a program wrote is never lost (it is in the history of the
image, or in the trash).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from annotator import paths
from annotator.annotations.data import InstanceData, read_annotation, read_regions
from annotator.annotations.difference import Save
from annotator.annotations.store import store
from annotator.folder.intake import intake_lock
from annotator.folder.live_folder import clear_names, sync_image, tell_changed
from annotator.folder.placing import (
    forget_label_caches,
    fsync_folders_of,
    move_live_file,
    remove_live_file,
)
from annotator.images.deep import take_image_for
from annotator.images.places import find_label_file
from annotator.images.tiles import request_tiles_of_new
from annotator.kernel.errors import ServiceError, StaleRevisionError
from annotator.kernel.events import publish_event
from annotator.kernel.files import file_lock, sha256_of, write_atomically
from annotator.labels.formats.yolo.rows import MAX_LABEL_BYTES
from annotator.labels.pixels.images import ImageError
from annotator.labels.stems import clean_name
from annotator.models import (
    ChangeKind,
    ChangeState,
    ChangeSubject,
    FolderChange,
    Image,
    ImageOriginal,
    ImageStatus,
    RevisionSource,
    Split,
)

from .files import MAX_IMAGE_BYTES, is_behind_link, read_regular, see, what_is_there
from .keeping import keep_away, keep_copy, restore_pixels
from .labels import match_instances, read_label, stage_objects, status_of
from .pixels import hash_of

CHANGED_AGAIN = "The file changed again since the look: look at the folder once more."
GONE = "It is not as the look found it any more: look at the folder once more."
CONFLICT = (
    "Somebody saved the image since the look. “Before” is what they saved: compare, and decide "
    "again."
)
FOLDER_AWAY = "Its split's folder is not there. Is its disk mounted?"
LINKED = "A folder on the way to it is a link, which may lead anywhere: it is left alone."
LEFT_ALONE = "It is left alone: put it right in the folder."
PIXELS_GONE = (
    "No version has its pixels: it was put into the trash with its labels, as it cannot be brought "
    "back."
)
NO_COPY = "No version has the file as it was, so it cannot be put back."


class LeftError(Exception):
    """The change stays as it is; the message says why."""


def settle(change: FolderChange, state: ChangeState, *, by: User | None) -> str:
    """Take a change in, or put it back. Returns why it was left, "" where it was settled.

    ``state``: the one that the change is to have. Added images are taken in by :mod:`.adding`.
    """
    step = _STEPS.get((state, change.subject, change.kind))
    if step is None:
        return _leave(change, LEFT_ALONE)
    try:
        step(change, by)
    except LeftError as error:
        return _leave(change, str(error))
    except (ServiceError, ImageError) as error:
        return _leave(change, str(error))
    except FileNotFoundError:
        return _leave(change, GONE)
    return ""


def _leave(change: FolderChange, reason: str) -> str:
    if change.kind != ChangeKind.STRANGE:
        FolderChange.objects.filter(pk=change.pk).update(reason=reason, asks=True)
    return reason


def mark_settled(
    change: FolderChange,
    state: ChangeState,
    *,
    by: User | None,
    reason: str = "",
    kept: str = "",
    image: Image | None = None,
) -> None:
    """Note what became of a change; in the transaction that does it, where there is one."""
    FolderChange.objects.filter(pk=change.pk).update(
        state=state,
        settled_at=timezone.now(),
        settled_by=by.get_username() if by else "",
        reason=reason,
        kept=kept,
        image=image or change.image_id,
    )


@contextmanager
def _held(change: FolderChange) -> Iterator[Image]:
    """The image of a change, its files in step, with its lock held."""
    if change.image_id is None:
        raise LeftError(GONE)
    _sync_if_pending(change.image_id)
    with file_lock(str(change.image_id)):
        rows = Image.objects.select_related("dataset")
        image = rows.filter(pk=change.image_id, dataset__deleted_at__isnull=True).first()
        if image is None:
            raise LeftError("The image is in the trash.")
        if image.label_pending:
            raise LeftError("The image is being saved at this very moment: try again.")
        yield image


def _check_missing(change: FolderChange, image: Image) -> None:
    """A file is missing only from a folder that is there: its disk may have gone since the look.

    An image that was finished or moved meanwhile has its file in another place.
    """
    path = _file(change)
    if change.subject == ChangeSubject.IMAGE and path != paths.image_path(image):
        raise LeftError(GONE)
    split_folder = paths.split_folder_of(path)
    if split_folder is None or not split_folder.is_dir():
        raise LeftError(FOLDER_AWAY)
    if what_is_there(path):
        raise LeftError(GONE)


def _file(change: FolderChange) -> Path:
    path = paths.dataset_dir(change.dataset) / change.path
    if is_behind_link(path):
        raise LeftError(LINKED)
    return path


def _check_hash(change: FolderChange, path: Path, reason: str) -> None:
    """Raise LeftError with ``reason`` where a file is not the one that the look saw."""
    try:
        is_same = hash_of(path) == change.sha256
    except FileNotFoundError:
        raise
    except OSError as error:
        raise LeftError(f"It cannot be read: {error.strerror or error}.") from error
    if not is_same:
        raise LeftError(reason)


def _read_label(change: FolderChange) -> bytes:
    try:
        content = read_regular(_file(change), limit_bytes=MAX_LABEL_BYTES)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise LeftError(f"It cannot be read: {error.strerror or error}.") from error
    if sha256_of(content) != change.sha256:
        raise LeftError(CHANGED_AGAIN)
    return content


def _check_revision(change: FolderChange, image: Image) -> None:
    """Show an edit that a person made since the look, instead of burying it."""
    if image.revision == change.revision:
        return
    FolderChange.objects.filter(pk=change.pk).update(
        revision=image.revision, before=image.outline, before_count=image.instance_count
    )
    raise LeftError(CONFLICT)


# --- labels --------------------------------------------------------------------------------------


def _take_label(change: FolderChange, by: User | None) -> None:
    with _held(change) as image:
        content = _read_label(change)
        _check_revision(change, image)
        read = read_label(image.dataset, content, size_wh=(image.width, image.height))
        status = status_of(read)
        if status == ImageStatus.UNLABELLED:
            raise LeftError("None of its rows can be taken; each is named with its line.")
        instances = match_instances(image, stage_objects(image.dataset, read))
        instances += read_regions(image)  # no label file holds them: they stay
        is_kept = read.is_unchanged and read.yolo is not None
        copy = "" if is_kept else keep_copy(change, content, PurePosixPath(change.path).name)
        # Who had accepted the image is asked again, as after an edit by an annotator.
        wanted = None if status == ImageStatus.DONE and image.is_finished else status
        with transaction.atomic():
            saved = _store(image, instances, status=wanted)
            Image.objects.filter(pk=image.pk).update(
                label_sha256=change.sha256,
                label_stale=not is_kept,
                label_mtime_ns=None,
                label_pending=saved.is_changed or not is_kept,
            )
            mark_settled(change, ChangeState.TAKEN, by=by, kept=copy)
        forget_label_caches(_file(change))
    _follow(saved)


def _take_label_away(change: FolderChange, by: User | None) -> None:
    with _held(change) as image:
        _check_missing(change, image)
        if find_label_file(image) is not None:
            raise LeftError(GONE)
        _check_revision(change, image)
        with transaction.atomic():
            saved = _store(image, read_regions(image), status=ImageStatus.UNLABELLED)
            mark_settled(change, ChangeState.TAKEN, by=by)
    _follow(saved)


def _store(image: Image, instances: list[InstanceData], *, status: str | None) -> Image:
    """Store the whole annotation as a revision by "disk"."""
    save = Save(
        base_revision=image.revision,
        author=None,
        upsert=instances,
        status=status,
        source=RevisionSource.DISK,
        is_whole=True,
    )
    try:
        return store(image.pk, save)
    except StaleRevisionError as error:
        raise LeftError(CONFLICT) from error


def _follow(image: Image) -> None:
    if not _sync_if_pending(image.pk):
        tell_changed(image)


def _sync_if_pending(image_id: UUID) -> bool:
    """Bring the files of an image into step, if a save or a change of it waits for that."""
    is_pending = Image.all_objects.filter(pk=image_id, label_pending=True).exists()
    if is_pending:
        sync_image(image_id)
    return is_pending


def _put_label_back(change: FolderChange, by: User | None) -> None:
    """Write the label file from the database; what lay there is kept in the trash."""
    with _held(change) as image:
        if not image.is_finished:
            raise LeftError(GONE)
        path, kept = _file(change), ""
        if change.kind == ChangeKind.CHANGED:
            _read_label(change)
        elif what_is_there(path):
            raise LeftError(GONE)
        # Should this process die now, the file goes into the history and ours is written over it.
        Image.objects.filter(pk=image.pk).update(label_pending=True, label_stale=True)
        if change.kind == ChangeKind.CHANGED:
            kept = keep_away(change, path)
        mark_settled(change, ChangeState.PUT_BACK, by=by, kept=kept)
    _follow(image)


def _put_label_away(change: FolderChange, by: User | None) -> None:
    with _held(change) as image:
        if image.is_finished:
            raise LeftError(GONE)
        _read_label(change)
        kept = keep_away(change, _file(change))
        mark_settled(change, ChangeState.PUT_BACK, by=by, kept=kept)


# --- images that are here -------------------------------------------------------------------------


def _take_move(change: FolderChange, by: User | None) -> None:
    _, folder, name = change.path.split("/", 2)
    cleaned = clean_name(PurePosixPath(name).with_suffix("").as_posix())
    with intake_lock(change.dataset):
        clear_names(change.dataset, [cleaned])
        with _held(change) as image:
            path = _check_moved(change, image)
            others = image.dataset.images.exclude(pk=image.pk)
            if others.filter(stem=cleaned).exists():
                raise LeftError(f"Another image is called “{cleaned}”.")
            split = folder if folder in Split.values else image.split
            # Files first: who takes this up after a kill finds them moved together.
            right = path.parents[name.count("/")] / f"{cleaned}.{image.extension}"
            if right != path and what_is_there(right):
                raise LeftError(f"A file “{right.name}” lies beside it: rename one of them.")
            _move_label(change, image, _label_beside(change), split=split, stem=cleaned)
            if right != path:
                move_live_file(path, right)
            with transaction.atomic():
                if folder == paths.UNLABELLED and image.is_finished:
                    _store_status(image, ImageStatus.IN_PROGRESS)
                Image.objects.filter(pk=image.pk).update(
                    stem=cleaned, split=split, label_pending=True, updated_at=timezone.now()
                )
                mark_settled(change, ChangeState.TAKEN, by=by)
    _follow(image)


def _store_status(image: Image, status: str) -> None:
    save = Save(
        base_revision=image.revision, author=None, status=status, source=RevisionSource.DISK
    )
    store(image.pk, save)


def _check_moved(change: FolderChange, image: Image) -> Path:
    """Return where a moved file lies, if it still is that of the image and missing in its place."""
    path = _file(change)
    if what_is_there(paths.image_path(image)):
        raise LeftError(GONE)
    _check_hash(change, path, GONE)
    return path


def _label_beside(change: FolderChange) -> Path:
    """The label file that another program moved along with an image, if it did."""
    root = paths.dataset_dir(change.dataset)
    _, folder, name = change.path.split("/", 2)
    return root / "labels" / folder / PurePosixPath(name).with_suffix(".txt")


def _move_label(change: FolderChange, image: Image, beside: Path, *, split: str, stem: str) -> None:
    """Bring the label file of a moved image to its new place, as the program may have done."""
    old = find_label_file(image)
    wanted = paths.dataset_dir(image.dataset) / "labels" / split / f"{stem}.txt"
    source = beside if see(beside) is not None else old
    if source is not None and source != wanted and not wanted.exists():
        move_live_file(source, wanted)
        fsync_folders_of([wanted])
    if old is not None and old != wanted and see(old) is not None:
        if hash_of(old) == image.label_sha256:
            remove_live_file(old)  # the program copied it
        else:
            keep_away(change, old)


def _put_move_back(change: FolderChange, by: User | None) -> None:
    with _held(change) as image:
        path = _check_moved(change, image)
        moved_label = _label_beside(change)
        if image.is_finished and see(moved_label) is not None:
            wanted = paths.label_path(image)
            if not wanted.exists():
                move_live_file(moved_label, wanted)
        move_live_file(path, paths.image_path(image))
        fsync_folders_of([paths.image_path(image)])
        mark_settled(change, ChangeState.PUT_BACK, by=by)
    publish_event("images.changed", dataset=change.dataset)


def _take_removal(change: FolderChange, by: User | None) -> None:
    with _held(change) as image:
        _check_missing(change, image)
        _delete(change, image, ChangeState.TAKEN, by=by)
    _follow(image)


def _delete(
    change: FolderChange, image: Image, state: ChangeState, *, by: User | None, reason: str = ""
) -> None:
    """Put an image whose file is gone into the trash; a version may have its pixels."""
    restore_pixels(image, paths.trashed_image_dir(image.pk) / image.file_name)
    with transaction.atomic():
        Image.objects.filter(pk=image.pk).update(
            deleted_at=timezone.now(), deleted_by=by, label_pending=True
        )
        mark_settled(change, state, by=by, reason=reason)


def _put_removed_back(change: FolderChange, by: User | None) -> None:
    with _held(change) as image:
        path = _file(change)
        _check_missing(change, image)
        if restore_pixels(image, path):
            mark_settled(change, ChangeState.PUT_BACK, by=by)
        else:
            _delete(change, image, ChangeState.PUT_BACK, by=by, reason=PIXELS_GONE)
    _follow(image)


def _take_pixels(change: FolderChange, by: User | None) -> None:
    """The file of an image became another: the same objects, in proportion."""
    with _held(change) as image:
        _check_hash(change, _file(change), CHANGED_AGAIN)
        data = read_regular(_file(change), limit_bytes=MAX_IMAGE_BYTES)
        if sha256_of(data) != change.sha256:
            raise LeftError(CHANGED_AGAIN)
        if ImageOriginal.objects.filter(image=image).exists():
            raise LeftError("It is rendered from an original of more than 8 bits: put it back.")
        taken = take_image_for(image.dataset, data)
        if taken.extension != image.extension or taken.original is not None:
            raise LeftError(f"The file is not a .{image.extension} of 8 bits any more.")
        if taken.data is not data:
            write_atomically(_file(change), taken.data)
        scale = (taken.width / image.width, taken.height / image.height)
        instances = _scaled(image, scale)
        with transaction.atomic():
            Image.objects.filter(pk=image.pk).update(
                width=taken.width,
                height=taken.height,
                size_bytes=len(taken.data),
                sha256=taken.sha256,
                upload_sha256=taken.upload_sha256,
                file_mtime_ns=None,
                perceptual_hash=None,
                updated_at=timezone.now(),
            )
            if scale != (1.0, 1.0) and instances:
                _store(image, instances, status=None)
            mark_settled(change, ChangeState.TAKEN, by=by)
    image.refresh_from_db()
    request_tiles_of_new(image)
    _follow(image)


def _scaled(image: Image, scale: tuple[float, float]) -> list[InstanceData]:
    instances = read_annotation(image)["instances"]
    for item in instances:
        item["polygons"] = [
            [[number * scale[place % 2] for place, number in enumerate(ring)] for ring in part]
            for part in item["polygons"]
        ]
    return instances


def _put_pixels_back(change: FolderChange, by: User | None) -> None:
    with _held(change) as image:
        path = _file(change)
        _check_hash(change, path, CHANGED_AGAIN)
        beside = path.with_name(f".{path.name[:60]}.put-back.tmp")
        if not restore_pixels(image, beside):
            raise LeftError(NO_COPY)
        kept = keep_away(change, path)
        beside.replace(path)
        fsync_folders_of([path])
        mark_settled(change, ChangeState.PUT_BACK, by=by, kept=kept)
    tell_changed(image)


# --- images that are not here ---------------------------------------------------------------------


def _put_added_away(change: FolderChange, by: User | None) -> None:
    """Move a foreign image out of the live folder, with its label."""
    path = _file(change)
    with intake_lock(change.dataset):
        if see(path) is None:
            raise LeftError(CHANGED_AGAIN)
        _check_hash(change, path, CHANGED_AGAIN)
        if change.from_path:
            label = paths.dataset_dir(change.dataset) / change.from_path
            if see(label) is not None and not is_behind_link(label):
                keep_away(change, label)
        kept = keep_away(change, path)
        mark_settled(change, ChangeState.PUT_BACK, by=by, kept=kept)


_Step = Callable[[FolderChange, User | None], None]
_TAKEN, _BACK = ChangeState.TAKEN, ChangeState.PUT_BACK
_IMAGE, _LABEL = ChangeSubject.IMAGE, ChangeSubject.LABEL
_STEPS: dict[tuple[str, str, str], _Step] = {
    (_TAKEN, _LABEL, ChangeKind.CHANGED): _take_label,
    (_TAKEN, _LABEL, ChangeKind.ADDED): _take_label,
    (_TAKEN, _LABEL, ChangeKind.REMOVED): _take_label_away,
    (_TAKEN, _IMAGE, ChangeKind.MOVED): _take_move,
    (_TAKEN, _IMAGE, ChangeKind.REMOVED): _take_removal,
    (_TAKEN, _IMAGE, ChangeKind.CHANGED): _take_pixels,
    (_BACK, _LABEL, ChangeKind.CHANGED): _put_label_back,
    (_BACK, _LABEL, ChangeKind.REMOVED): _put_label_back,
    (_BACK, _LABEL, ChangeKind.ADDED): _put_label_away,
    (_BACK, _IMAGE, ChangeKind.MOVED): _put_move_back,
    (_BACK, _IMAGE, ChangeKind.REMOVED): _put_removed_back,
    (_BACK, _IMAGE, ChangeKind.CHANGED): _put_pixels_back,
    (_BACK, _IMAGE, ChangeKind.ADDED): _put_added_away,
}

"""The dataset folder on disk, kept in step with the database.

The database is the truth. A save sets ``label_pending`` in its transaction; after the commit
:func:`sync_image` brings the files of that one image to where they belong and clears the flag.
Only then is "image.changed" published. What a crash left between is found by :func:`sync_pending`
at the next start. The files of a deleted image are brought to the trash, and back, in the same
manner. A label file that was edited outside is known by its hash and taken in as a revision by
"disk" before anything is written over it.
"""

import logging
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from annotator import paths
from annotator.annotations.data import InstanceData, is_object, read_annotation
from annotator.annotations.difference import Save
from annotator.annotations.store import store
from annotator.images.places import find_image_file, find_label_file
from annotator.kernel.errors import DISK_FULL, DiskFullError, is_disk_full
from annotator.kernel.events import publish_event
from annotator.kernel.files import file_lock, fsync_dir, sha256_of
from annotator.kernel.turns import job_turn
from annotator.labels.formats.yolo import rows as yolo
from annotator.labels.polygons.bridges import split_ring
from annotator.models import (
    FINISHED,
    ChangeState,
    ChangeSubject,
    Dataset,
    FolderChange,
    FolderPolicy,
    Image,
    LiveFolder,
    RevisionSource,
    Split,
)

from .placing import AtOnce, Place, Together, forget_label_caches, move_live_file

logger = logging.getLogger(__name__)

_NOTED_TOGETHER = 100
_waiting: ContextVar[list[UUID] | None] = ContextVar("waiting", default=None)
"""Images whose files are brought into step together; None: each by itself."""


def sync_image(image_id: UUID) -> None:
    """Bring the picture and the label file of one image to what the database says.

    Raises DiskFullError where they do not fit: what is in the database is kept, and housekeeping
    tries again.
    """
    try:
        _sync_image(image_id)
    except OSError as error:
        if not is_disk_full(error):
            raise
        raise _disk_full() from error


def _disk_full() -> DiskFullError:
    return DiskFullError(
        f"{DISK_FULL} What you did is in the database; the label file follows by itself once "
        "there is space.",
    )


def _sync_image(image_id: UUID) -> None:
    with file_lock(str(image_id)):
        synced = _place(image_id, AtOnce())
        if synced is not None and _note(synced, is_locked=True):
            tell_changed(synced.image)


class _Synced(NamedTuple):
    """An image whose files lie where the row that was read says."""

    image: Image
    label_sha256: str


def _place(image_id: UUID, place: Place) -> _Synced | None:
    """Bring the files of an image to where they belong; its lock is held."""
    image = _get_live(image_id)
    if image is None:
        return None
    if image.deleted_at is not None:
        if not image.label_pending:
            return None
        _place_in_trash(image, place)
        return _Synced(image, image.label_sha256)
    if _take_in_outside_edit(image, keep_ours=image.label_stale) is not None:
        image = _get_live(image_id) or image
    return _Synced(image, _place_files(image, place))


def _note(synced: _Synced, *, is_locked: bool) -> bool:
    """Store that the files are where they belong; whether pages are to look at the image again.

    A save that came in between has a newer revision, keeps its flags and syncs by itself; what
    the label file holds is noted then only by whoever still has the image's lock.
    """
    image, label_sha256 = synced
    if image.deleted_at is not None:
        Image.trashed.filter(pk=image.pk, deleted_at=image.deleted_at).update(label_pending=False)
        return True
    newest = Image.objects.filter(
        pk=image.pk, revision=image.revision, split=image.split, status=image.status
    )
    # What a look noted of the label's file is of the one before.
    flags = {"label_pending": False, "label_stale": False, "label_mtime_ns": None}
    if newest.update(label_sha256=label_sha256, **flags):
        return image.label_pending
    if is_locked:
        Image.objects.filter(pk=image.pk).update(label_sha256=label_sha256, label_mtime_ns=None)
    return False


def bring_into_step(image: Image) -> None:
    """What follows the commit of a change: its files, then the event, unless many go together."""
    waiting = _waiting.get()
    if waiting is not None:
        waiting.append(image.pk)
    elif image.label_pending:
        sync_image(image.pk)
    else:
        tell_changed(image)


@contextmanager
def syncing_together(dataset: Dataset) -> Iterator[None]:
    """Bring the files of all that the body changes and commits into step at its end.

    One flush of the disk and one event for all, where each image by itself takes several of both.
    A crash in between leaves the images marked, as a crash after a single save does.
    """
    ids: list[UUID] = []
    token = _waiting.set(ids)
    try:
        yield
    finally:
        _waiting.reset(token)
        sync_many(list(dict.fromkeys(ids)))
        if ids:
            publish_event("images.changed", dataset=dataset)


def sync_many(ids: Sequence[UUID]) -> None:
    """Bring the files of many images into step; the disk is flushed twice, however many they are.

    Raises DiskFullError like :func:`sync_image`.
    """
    place = Together()
    try:
        for image in _pending(ids):
            if image.deleted_at is None and image.is_finished and _needs_label(image):
                place.prepare(paths.label_path(image), label_bytes(image))
        place.flush()
        synced: list[_Synced] = []
        for image in _pending(ids):
            with file_lock(str(image.pk)):
                one = _place(image.pk, place)
            if one is not None:
                synced.append(one)
        place.flush()
    except OSError as error:
        if not is_disk_full(error):
            raise
        raise _disk_full() from error
    finally:
        place.clear()
    for start in range(0, len(synced), _NOTED_TOGETHER):
        with job_turn():
            for one in synced[start : start + _NOTED_TOGETHER]:
                _note(one, is_locked=False)


def _pending(ids: Sequence[UUID]) -> Iterable[Image]:
    rows = Image.all_objects.select_related("dataset").filter(
        pk__in=ids, label_pending=True, dataset__deleted_at__isnull=True
    )
    return list(rows)


def _needs_label(image: Image) -> bool:
    return image.label_stale or find_label_file(image) is None


def tell_changed(image: Image) -> None:
    """Publish that an image changed; the label file that it has by now is on disk."""
    publish_event("image.changed", dataset=image.dataset, id=str(image.pk))


def _get_live(image_id: UUID) -> Image | None:
    """Return the image, deleted or not, if its dataset is not deleted."""
    rows = Image.all_objects.select_related("dataset")
    return rows.filter(pk=image_id, dataset__deleted_at__isnull=True).first()


def sync_pending(dataset: Dataset | None = None) -> int:
    """Finish what a crash left unwritten. Returns how many images were brought into step."""
    waiting = Image.all_objects.filter(label_pending=True, dataset__deleted_at__isnull=True)
    if dataset is not None:
        waiting = waiting.filter(dataset=dataset)
    ids = list(waiting.values_list("pk", flat=True))
    for image_id in ids:
        sync_image(image_id)
    return len(ids)


def clear_names(dataset: Dataset, stems: Iterable[str]) -> None:
    """Finish moving deleted images into the trash, before others of their names come in.

    The caller holds ``intake.intake_lock``.
    """
    left = Image.trashed.filter(dataset=dataset, label_pending=True, stem__in=list(stems))
    for image_id in left.values_list("pk", flat=True):
        sync_image(image_id)


def take_in_outside_edit(image: Image) -> bool:
    """Take in the label file of a finished image, if somebody edited it outside.

    Where the team lead has chosen that such edits are put back, it is put back instead.
    """
    if not image.is_finished or image.label_pending:
        return False
    with file_lock(str(image.pk)):
        image.refresh_from_db()
        edit = None if image.label_pending else _find_outside_edit(image)
        if edit is None:
            return False
        is_put_back = _puts_back(image)
        if is_put_back:
            _keep_outside_edit(image, edit)
        elif (taken := _take_in_outside_edit(image, keep_ours=False)) is None:
            return False
        else:
            # Its file is on disk; a save that came in between keeps its flag.
            rows = Image.objects.filter(pk=image.pk, revision=taken.revision)
            if rows.update(label_pending=False):
                tell_changed(taken)
    if is_put_back:
        sync_image(image.pk)
    return not is_put_back


def _puts_back(image: Image) -> bool:
    folders = LiveFolder.objects.filter(dataset_id=image.dataset_id)
    return folders.filter(policy=FolderPolicy.PUT_BACK).exists()


def _keep_outside_edit(image: Image, edit: "_OutsideEdit") -> None:
    """Move an edited label file into the trash; a sync then writes the image's own."""
    # Should this process die now, the file goes into the history and ours is written over it.
    Image.objects.filter(pk=image.pk).update(label_pending=True, label_stale=True)
    target = paths.outside_edit_dir(image, edit.sha256) / edit.file.name
    move_live_file(edit.file, target)
    fsync_dir(target.parent)
    waiting = FolderChange.objects.filter(
        image=image, subject=ChangeSubject.LABEL, state=ChangeState.WAITING, sha256=edit.sha256
    )
    waiting.update(
        state=ChangeState.PUT_BACK,
        settled_at=timezone.now(),
        kept=target.relative_to(settings.DATA_ROOT).as_posix(),
    )


def take_in_outside_edits(dataset: Dataset) -> int:
    """Look at every finished label file of a dataset. Returns how many were taken in."""
    finished = dataset.images.filter(status__in=FINISHED, label_pending=False)
    return sum(
        take_in_outside_edit(image) for image in finished.select_related("dataset").iterator()
    )


def _place_files(image: Image, place: Place) -> str:
    """Move the picture, write, move or remove the label file; return its hash, or "" for none."""
    wanted, label = paths.image_path(image), paths.label_path(image)
    found = find_label_file(image)
    label_sha256 = ""
    # Label first, then picture: a picture without label file would be trained on as background.
    if image.is_finished:
        if image.label_stale or found is None:
            content = label_bytes(image)
            label_sha256 = sha256_of(content)
            if found != label or sha256_of(found.read_bytes()) != label_sha256:
                place.write(label, content)
        else:  # the annotation is as it was: its file moves, byte for byte
            label_sha256 = sha256_of(found.read_bytes())
            if found != label:
                place.copy(found, label)
    _move_picture(image, wanted, place)
    for split in Split.values:
        old = paths.label_path(image, split=split)
        if not (image.is_finished and old == label):
            place.remove(old)
    shutil.rmtree(paths.trashed_image_dir(image.pk), ignore_errors=True)  # it may come from there
    return label_sha256


def _place_in_trash(image: Image, place: Place) -> None:
    """Move the files of a deleted image as they are: the label may have been edited outside."""
    # Picture first, then label: a picture without label file would be trained on as background.
    folder = paths.trashed_image_dir(image.pk)
    _move_picture(image, folder / image.file_name, place)
    label = find_label_file(image)
    if label is not None and not label.is_relative_to(folder):
        place.move(label, folder / f"{image.stem}.txt")


def _move_picture(image: Image, wanted: Path, place: Place) -> None:
    if wanted.exists():
        return
    found = find_image_file(image)
    if not found.exists():
        logger.error("the picture of image %s (%s) is not on disk", image.pk, wanted)
        return
    place.move(found, wanted)


def label_bytes(image: Image) -> bytes:
    """What the label file of an image holds by its annotation."""
    rows = image.instances.order_by("order", "id")
    return yolo.format_labels(
        list(rows.values_list("dataset_class__index", "polygons")),
        size_wh=(image.width, image.height),
    )


class _OutsideEdit(NamedTuple):
    """A label file that is not the one that Segloop wrote."""

    file: Path
    content: bytes
    sha256: str


def _find_outside_edit(image: Image) -> _OutsideEdit | None:
    label = find_label_file(image)
    if label is None or not image.label_sha256:
        return None
    if label.stat().st_size > yolo.MAX_LABEL_BYTES:
        logger.warning("%s was edited outside and is too large: it is left out", label)
        return None
    content = label.read_bytes()
    sha256 = sha256_of(content)
    if sha256 == image.label_sha256 or content == label_bytes(image):
        return None
    return _OutsideEdit(label, content, sha256)


def _take_in_outside_edit(image: Image, *, keep_ours: bool) -> Image | None:
    """Store the label file as a revision by "disk" when its hash is not the one we know.

    ``keep_ours``: a save is waiting to be written, so the disk's revision goes into the history
    and ours is put on top of it again: nothing is lost, and what a person saved last stays.
    Returns the image at that revision, None where there was nothing to take in.
    Rows that cannot be read are logged; when none can, the file is left out. Ignore regions stay:
    a label file cannot hold them, so it says nothing about them.
    """
    edit = _find_outside_edit(image)
    if edit is None or (image.label_pending and _is_in_history(image, edit.content)):
        return None
    label = edit.file
    theirs = _read_label_file(image, edit.content, label)
    if theirs is None:
        return None
    ours = read_annotation(image)["instances"]
    theirs += [item for item in ours if not is_object(item)]
    with transaction.atomic():
        revisions = [(theirs, RevisionSource.DISK)]
        if keep_ours:
            revisions.append((ours, RevisionSource.USER))
        for instances, source in revisions:
            save = Save(
                base_revision=image.revision,
                author=None,
                upsert=instances,
                source=source,
                is_whole=True,
            )
            image = store(image.pk, save)
        Image.objects.filter(pk=image.pk).update(
            label_sha256=edit.sha256, label_stale=keep_ours, label_mtime_ns=None
        )
    forget_label_caches(label)
    return image


def _is_in_history(image: Image, content: bytes) -> bool:
    """Whether a label file is that of an earlier revision.

    Segloop wrote it and died before it noted its hash, and newer saves wait to be written.
    """
    index = dict(image.dataset.classes.values_list("pk", "index"))
    size_wh = (image.width, image.height)
    rows: dict[str, bytes] = {}
    steps = image.revisions.order_by("number").values_list("put", "deleted", "order")
    for put, deleted, order in steps.iterator():
        for pk in deleted:
            rows.pop(pk, None)
        for item in put:
            if not is_object(item):
                rows[item["id"]] = b""
                continue
            labelled = [(index.get(item["class_id"], -1), item["polygons"])]
            rows[item["id"]] = yolo.format_labels(labelled, size_wh=size_wh)
        if order is not None:
            rows = {pk: rows[pk] for pk in order}
        if sum(map(len, rows.values())) == len(content) and b"".join(rows.values()) == content:
            return True
    return False


def _read_label_file(image: Image, content: bytes, label: Path) -> list[InstanceData] | None:
    """Return the instances of an edited file; those that it leaves as they were keep their ids."""
    class_ids = dict(image.dataset.classes.values_list("index", "pk"))
    parsed = yolo.parse_labels(
        content,
        size_wh=(image.width, image.height),
        class_count=max(class_ids, default=-1) + 1,
    )
    for problem in parsed.list_problems():
        logger.warning("%s:%s edited outside: %s", label, problem.line, problem.reason)
    if parsed.refused_count and not parsed.rows:
        return None
    known: dict[str, list[InstanceData]] = {}
    rows = image.instances.values_list("pk", "dataset_class", "dataset_class__index", "polygons")
    for pk, class_id, class_index, polygons in rows:
        text = yolo.format_row(class_index, polygons, size_wh=(image.width, image.height))
        known.setdefault(text, []).append(
            {"id": str(pk), "class_id": class_id, "polygons": polygons}
        )
    lines = content.decode("utf-8-sig").splitlines()
    instances: list[InstanceData] = []
    for row in parsed.rows:
        same = known.get(lines[row.line - 1].strip())
        instances.append(
            same.pop()
            if same
            else {
                "id": str(uuid4()),
                "class_id": class_ids[row.class_index],
                "polygons": split_ring(row.ring),
            }
        )
    return instances

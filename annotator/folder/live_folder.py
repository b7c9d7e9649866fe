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
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

from django.db import transaction

from annotator import paths
from annotator.annotations.data import InstanceData, read_annotation
from annotator.annotations.difference import Save
from annotator.annotations.store import store
from annotator.images.places import find_image_file, find_label_file
from annotator.kernel.errors import DISK_FULL, DiskFullError, is_disk_full
from annotator.kernel.events import publish_event
from annotator.kernel.files import (
    file_lock,
    fsync_dir,
    move_file,
    remove_empty_folders,
    sha256_of,
    write_atomically,
)
from annotator.labels.formats import yolo
from annotator.labels.polygons.bridges import split_ring
from annotator.models import FINISHED, Dataset, Image, RevisionSource, Split

logger = logging.getLogger(__name__)


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
        raise DiskFullError(
            f"{DISK_FULL} What you did is in the database; the label file follows by itself once "
            "there is space.",
        ) from error


def _sync_image(image_id: UUID) -> None:
    with file_lock(str(image_id)):
        image = _get_live(image_id)
        if image is None:
            return
        if image.deleted_at is not None:
            _place_in_trash(image)
            return
        if _take_in_outside_edit(image, keep_ours=image.label_stale) is not None:
            image = _get_live(image_id) or image
        label_sha256 = _place_files(image)
        # A save that came in between has a newer revision, keeps its flags and syncs by itself.
        newest = Image.objects.filter(pk=image.pk, revision=image.revision, split=image.split)
        flags = {"label_pending": False, "label_stale": False}
        if not newest.update(label_sha256=label_sha256, **flags):
            Image.objects.filter(pk=image.pk).update(label_sha256=label_sha256)
        elif image.label_pending:
            tell_changed(image)


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
    """Take in the label file of a finished image, if somebody edited it outside."""
    if not image.is_finished or image.label_pending:
        return False
    with file_lock(str(image.pk)):
        image.refresh_from_db()
        taken = None if image.label_pending else _take_in_outside_edit(image, keep_ours=False)
        if taken is None:
            return False
        # Its file is on disk; a save that came in between keeps its flag.
        rows = Image.objects.filter(pk=image.pk, revision=taken.revision)
        if rows.update(label_pending=False):
            tell_changed(taken)
        return True


def take_in_outside_edits(dataset: Dataset) -> int:
    """Look at every finished label file of a dataset. Returns how many were taken in."""
    finished = dataset.images.filter(status__in=FINISHED, label_pending=False)
    return sum(
        take_in_outside_edit(image) for image in finished.select_related("dataset").iterator()
    )


def _place_files(image: Image) -> str:
    """Move the picture, write, move or remove the label file; return its hash, or "" for none."""
    wanted, label = paths.image_path(image), paths.label_path(image)
    found = find_label_file(image)
    label_sha256 = ""
    # Label first, then picture: a picture without label file would be trained on as background.
    if image.is_finished:
        if image.label_stale or found is None:
            content = _label_bytes(image)
            label_sha256 = sha256_of(content)
            if found != label or sha256_of(found.read_bytes()) != label_sha256:
                write_atomically(label, content)
        else:  # the annotation is as it was: its file moves, byte for byte
            label_sha256 = sha256_of(found.read_bytes())
            if found != label:
                write_atomically(label, found.read_bytes())
    _move_picture(image, wanted)
    for split in Split.values:
        old = paths.label_path(image, split=split)
        if not (image.is_finished and old == label):
            remove_live_file(image.dataset, old)
    shutil.rmtree(paths.trashed_image_dir(image.pk), ignore_errors=True)  # it may come from there
    return label_sha256


def _place_in_trash(image: Image) -> None:
    """Move the files of a deleted image as they are: the label may have been edited outside."""
    if not image.label_pending:
        return
    # Picture first, then label: a picture without label file would be trained on as background.
    folder = paths.trashed_image_dir(image.pk)
    _move_picture(image, folder / image.file_name)
    label = find_label_file(image)
    if label is not None and not label.is_relative_to(folder):
        _move(image.dataset, label, folder / f"{image.stem}.txt")
    Image.trashed.filter(pk=image.pk, deleted_at=image.deleted_at).update(label_pending=False)


def _move_picture(image: Image, wanted: Path) -> None:
    if wanted.exists():
        return
    place = find_image_file(image)
    if not place.exists():
        logger.error("the picture of image %s (%s) is not on disk", image.pk, wanted)
        return
    _move(image.dataset, place, wanted)


def _move(dataset: Dataset, source: Path, target: Path) -> None:
    move_file(source, target)
    for folder in folders_of(dataset, target):
        with suppress(FileNotFoundError):  # emptied by another process, and removed
            fsync_dir(folder)
    _remove_empty_folders(dataset, source.parent)


def folders_of(dataset: Dataset, file: Path) -> list[Path]:
    """The folders of a file, the innermost first: of its name in the live folder, up to its
    split's."""
    above = len(paths.dataset_dir(dataset).parts) + 2
    return [folder for folder in file.parents if len(folder.parts) >= above] or [file.parent]


def remove_live_file(dataset: Dataset, path: Path) -> None:
    """Remove a file of the live folder, and the folders of its name that are empty then."""
    path.unlink(missing_ok=True)
    _remove_empty_folders(dataset, path.parent)


def _remove_empty_folders(dataset: Dataset, folder: Path) -> None:
    root = paths.dataset_dir(dataset)
    if folder.is_relative_to(root):
        kind_and_split = folder.relative_to(root).parts[:2]
        remove_empty_folders(folder, below=root.joinpath(*kind_and_split))


def _label_bytes(image: Image) -> bytes:
    rows = image.instances.select_related("dataset_class").order_by("order", "id")
    return yolo.format_labels(
        [(row.dataset_class.index, row.polygons) for row in rows],
        size_wh=(image.width, image.height),
    )


def _take_in_outside_edit(image: Image, *, keep_ours: bool) -> Image | None:
    """Store the label file as a revision by "disk" when its hash is not the one we know.

    ``keep_ours``: a save is waiting to be written, so the disk's revision goes into the history
    and ours is put on top of it again: nothing is lost, and what a person saved last stays.
    Returns the image at that revision, None where there was nothing to take in.
    Rows that cannot be read are logged; when none can, the file is left out.
    """
    label = find_label_file(image)
    if label is None or not image.label_sha256:
        return None
    if label.stat().st_size > yolo.MAX_LABEL_BYTES:
        logger.warning("%s was edited outside and is too large: it is left out", label)
        return None
    content = label.read_bytes()
    found_sha256 = sha256_of(content)
    if found_sha256 == image.label_sha256 or content == _label_bytes(image):
        return None
    if image.label_pending and _is_in_history(image, content):
        return None
    theirs = _read_label_file(image, content, label)
    if theirs is None:
        return None
    ours = read_annotation(image)["instances"]
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
        Image.objects.filter(pk=image.pk).update(label_sha256=found_sha256, label_stale=keep_ours)
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
    for old in image.instances.select_related("dataset_class"):
        text = yolo.format_row(
            old.dataset_class.index, old.polygons, size_wh=(image.width, image.height)
        )
        known.setdefault(text, []).append(
            {"id": str(old.pk), "class_id": old.dataset_class_id, "polygons": old.polygons}
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

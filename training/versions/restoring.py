"""Restoring a version: the dataset becomes again what was frozen, and nothing is destroyed.

It is a bulk change (annotator/bulk): its images are rows, each is changed whole or not at all, a
worker that takes the job up after a kill goes on with those that are left. Labels become a new
revision "by restore", so each image's history holds what was there before. An image that the
version has and the dataset lost comes back from the trash, or from the version's own folder, under
its own id. Images that are not in the version stay, or go to the trash, as was asked for.
"""

import contextlib
import json
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, Literal, TypedDict
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from annotator import paths as annotator_paths
from annotator.annotations.data import InstanceData, is_object
from annotator.annotations.data import read_regions as read_ignore_regions
from annotator.annotations.difference import Save
from annotator.annotations.history import read_revision
from annotator.annotations.store import find_elsewhere
from annotator.bulk.actions import OtherAction, Planned
from annotator.bulk.changes import start_change
from annotator.datasets.datasets import append_classes, update_class
from annotator.folder.changing import delete_image, set_split
from annotator.folder.live_folder import bring_into_step
from annotator.folder.saving import carry_out
from annotator.folder.trash.images import PURGED
from annotator.imports.present import Shape, match_shapes, read_shapes
from annotator.kernel.errors import ConflictError, ServiceError, StaleRevisionError
from annotator.labels.polygons.geometry import Polygons
from annotator.models import (
    BulkAction,
    BulkChange,
    Dataset,
    Image,
    ImageStatus,
    RevisionSource,
)
from annotator.models.jobs import ACTIVE_STATES, JobState
from training.models import Version

from . import differences
from .differences import Comparison, compare, count_open, go_on, merge_images, read_frozen_shapes
from .freezing import hash_file, link_or_copy
from .ignoring import ignore_path, read_ignore_file
from .object_changes import SAME_OBJECT_IOU, compare_objects
from .payloads import count_synthetic
from .version_index import FrozenImage, VersionIndex

Others = Literal["keep", "trash"]
TRASH = "trash"
_TRIES = 3
_AT_ONCE = 500
_MOST_NAMED = 20


class RestorePreview(TypedDict):
    """What restoring would do, in images. ``open``: images whose objects are not compared yet:
    ask again until it is 0. ``labels``: get other objects, or are finished again; ``moved``: go
    to another split; ``from_trash`` and ``from_version`` come back; ``taken`` cannot, as another
    image has their name now (``taken_names``: some). ``others``: are not in the version.
    ``classes_back``: retired now; ``classes_new``: gone now; ``classes_named``: have another name
    now, which they keep."""

    version: int
    open: int
    same: int
    labels: int
    moved: int
    from_trash: int
    from_version: int
    taken: int
    taken_names: list[str]
    others: int
    classes_back: list[str]
    classes_new: list[str]
    classes_named: list[str]


def preview_restore(version: Version) -> RestorePreview:
    """Say what restoring a version would do; nothing is written. Raises ConflictError."""
    comparison = compare(version, None)
    go_on(comparison)
    counts = differences.read_counts(comparison)
    dataset = version.dataset
    total = version.train_count + version.val_count + version.test_count
    total -= count_synthetic(version)
    preview: RestorePreview = {
        "version": version.number,
        "open": counts["open"],
        "same": counts["same"],
        "labels": counts["other_labels"],
        "moved": counts["moved"],
        "from_trash": 0,
        "from_version": 0,
        "taken": 0,
        "taken_names": [],
        "others": dataset.images.count() - total + counts["removed"],
        **_foresee_classes(version),  # type: ignore[typeddict-item]
    }
    gone = differences.iterate_rows(comparison, kind="removed")
    while rows := list(islice(gone, _AT_ONCE)):
        _foresee_returns(dataset, rows, preview)
    return preview


def _gets_labels(row: dict[str, Any]) -> bool:
    changes = row["added"] + row["removed"] + row["changed"] + row["reclassed"]
    return bool(changes or row["not_done"] or row["regions"])


def _foresee_returns(
    dataset: Dataset, rows: Sequence[dict[str, Any]], preview: RestorePreview
) -> None:
    ids = [UUID(row["before_id"]) for row in rows]
    trashed = {str(pk) for pk in _trashed(dataset).filter(pk__in=ids).values_list("pk", flat=True)}
    stems = {row["before_name"].rpartition(".")[0] for row in rows}
    taken = set(dataset.images.filter(stem__in=stems).values_list("stem", flat=True))
    for row in rows:
        if row["before_name"].rpartition(".")[0] in taken:
            preview["taken"] += 1
            if len(preview["taken_names"]) < _MOST_NAMED:
                preview["taken_names"].append(row["before_name"])
        elif row["before_id"] in trashed:
            preview["from_trash"] += 1
        else:
            preview["from_version"] += 1


def _trashed(dataset: Dataset) -> Any:
    return Image.trashed.filter(dataset=dataset, deleted_at__gt=PURGED)


def _foresee_classes(version: Version) -> dict[str, list[str]]:
    by_id = {item.pk: item for item in version.dataset.classes.all()}
    names = {item.name for item in by_id.values()}
    back: list[str] = []
    new: list[str] = []
    renamed: list[str] = []
    for item in version.classes:
        here = by_id.get(item["class_id"])
        if here is None:
            if item["name"] not in names:
                new.append(item["name"])
        elif here.is_retired and not item.get("is_retired", False):
            back.append(here.name)
        elif here.name != item["name"]:
            renamed.append(f"{item['name']} → {here.name}")
    return {"classes_back": back, "classes_new": new, "classes_named": renamed}


def start_restore(version: Version, *, others: Others, author: User) -> BulkChange:
    """Queue the restoring of a version. Raises ConflictError where it cannot be."""
    if version.state != JobState.FINISHED:
        raise ConflictError(
            f"Version {version.number} is not frozen: there is nothing to restore.",
            code="version_busy",
        )
    running = BulkChange.objects.filter(
        dataset=version.dataset_id, action=BulkAction.RESTORE_VERSION, state__in=ACTIVE_STATES
    )
    if running.exists():
        raise ConflictError(
            "A version of this dataset is just being restored: wait until that is done, or cancel "
            "it.",
            code="restore_busy",
        )
    options = {"version": version.pk, "number": version.number, "others": others}
    return start_change(version.dataset, BulkAction.RESTORE_VERSION, options, author=author)


# --- the job --------------------------------------------------------------------------------------


def plan_restore(job: BulkChange, _: User) -> Iterator[Planned]:
    """Bring the classes back; then yield the images to change, those that go to the trash first:
    their names are free for what comes back."""
    version = _version_of(job)
    _bring_classes_back(version)
    comparison = compare(version, None)
    while count_open(comparison):
        go_on(comparison)
    if job.options["others"] == TRASH:
        paired = _paired_by_pixels(comparison)
        for before, after in merge_images(comparison):
            if before is None and after is not None and after.id not in paired:
                yield Planned(UUID(after.id), TRASH)
    for row in differences.iterate_rows(comparison):
        if row["before_id"] is not None and _differs(row):
            yield Planned(UUID(row["after_id"] or row["before_id"]), row["before_id"])


def _differs(row: dict[str, Any]) -> bool:
    """Whether restoring changes an image: names and pixels stay what they are."""
    return row["kind"] == "removed" or bool(row["moved"]) or _gets_labels(row)


def _paired_by_pixels(comparison: Comparison) -> set[str]:
    """Images of the dataset that are images of the version under another id."""
    rows = differences.iterate_rows(comparison)
    return {
        row["after_id"] for row in rows if row["before_id"] and row["after_id"] != row["before_id"]
    }


def _version_of(job: BulkChange) -> Version:
    rows = Version.objects.filter(dataset=job.dataset, deleted_at__isnull=True)
    version = rows.select_related("dataset").filter(pk=job.options["version"]).first()
    if version is None:
        raise ServiceError("The version is gone: there is nothing to restore.", code="version_gone")
    return version


def _bring_classes_back(version: Version) -> None:
    """Offer retired classes of a version again, and make those that are gone. Repeatable."""
    known = _class_map(version)
    missing = [item["name"] for item in version.classes if item["class_id"] not in known]
    if missing:
        append_classes(version.dataset, missing)
    wanted = [here for pk, here in known.items() if not _was_retired(version, pk)]
    for item in version.dataset.classes.filter(pk__in=wanted, is_retired=True):
        update_class(item, is_retired=False)


def _was_retired(version: Version, class_id: int) -> bool:
    return any(
        item["class_id"] == class_id and item.get("is_retired", False) for item in version.classes
    )


def _class_map(version: Version) -> dict[int, int]:
    """From the classes of a version to those of the dataset: by id, else by name."""
    here = list(version.dataset.classes.values_list("pk", "name"))
    ids, by_name = {pk for pk, _ in here}, {name: pk for pk, name in here}
    found = {
        item["class_id"]: item["class_id"] if item["class_id"] in ids else by_name.get(item["name"])
        for item in version.classes
    }
    return {pk: other for pk, other in found.items() if other is not None}


def restore_image(job: BulkChange, image_id: UUID, value: str, author: User) -> str:
    """Make one image what it is in the version; the transaction is the caller's."""
    rows = Image.all_objects.select_related("dataset").filter(dataset=job.dataset)
    image = rows.filter(pk=image_id).first()
    if value == TRASH:
        if image is None or image.deleted_at is not None:
            raise Http404
        delete_image(image, author=author)
        return image.file_name
    version = _version_of(job)
    index = VersionIndex(version)
    frozen = index.get(value)
    if frozen is None:
        raise ServiceError("The version does not have it.", code="not_in_version")
    shapes = _read_shapes(index, frozen)  # before an image's file is put in place
    regions = _read_regions(index, frozen)
    if image is None:
        image = _bring_from_version(index, frozen)
    elif image.deleted_at is not None:
        image = _bring_from_trash(image)
    if (image.width, image.height) != (frozen.width, frozen.height):
        raise ServiceError(
            f"“{image.file_name}” has {image.width} × {image.height} pixels now and had "
            f"{frozen.width} × {frozen.height}: the version's labels do not fit.",
            code="other_size",
        )
    if image.split != frozen.split:
        image = set_split(image, frozen.split)
    _restore_labels(version, image, frozen, shapes, regions, author)
    return image.file_name


def _read_shapes(index: VersionIndex, frozen: FrozenImage) -> list[Shape]:
    shapes = read_frozen_shapes(index, frozen)
    if len(shapes) != frozen.instances:
        raise ServiceError("Its label file in the version is gone or was changed.", code="bad_file")
    return shapes


def _read_regions(index: VersionIndex, frozen: FrozenImage) -> list[Polygons]:
    if not frozen.painted_sha256:
        return []
    try:
        return read_ignore_file(index.folder / ignore_path(frozen.picture))["regions"]
    except (FileNotFoundError, ValueError, KeyError) as error:
        raise ServiceError(
            "The file of its ignore regions in the version is gone or was changed.", code="bad_file"
        ) from error


def _check_name_is_free(dataset: Dataset, stem: str) -> None:
    if (named := dataset.images.filter(stem=stem).first()) is not None:
        raise ServiceError(
            f"There is another image “{stem}” in the dataset now (in {named.split}). Delete that "
            "one first, then restore again.",
            code="stem_taken",
        )


def _bring_from_trash(image: Image) -> Image:
    dataset = image.dataset
    _check_name_is_free(dataset, image.stem)
    try:
        with transaction.atomic():
            back = _trashed(dataset).filter(pk=image.pk)
            if not back.update(
                deleted_at=None, deleted_by=None, label_pending=True, updated_at=timezone.now()
            ):
                raise ServiceError("It is just being deleted for good.", code="purged")
    except IntegrityError as error:  # an image of its name came in at this very moment
        raise ServiceError("Its name was taken at this very moment.", code="stem_taken") from error
    image = Image.objects.select_related("dataset").get(pk=image.pk)
    transaction.on_commit(partial(bring_into_step, image))
    return image


def _bring_from_version(index: VersionIndex, frozen: FrozenImage) -> Image:
    """Make the image anew, under its id, of the version's file: a second name of the same bytes."""
    dataset = index.version.dataset
    _check_name_is_free(dataset, frozen.stem)
    source = index.folder / frozen.picture
    # Where ignore regions were painted out, that copy is all that is left of the image.
    sha256 = frozen.painted_sha256 or frozen.sha256
    if not source.is_file() or hash_file(source) != sha256:
        raise ServiceError(
            "Its file in the version is gone or is not the one that was frozen.", code="bad_file"
        )
    image = Image(
        id=UUID(frozen.id),
        dataset=dataset,
        stem=frozen.stem,
        extension=frozen.extension,
        split=frozen.split,
        status=ImageStatus.UNLABELLED,
        width=frozen.width,
        height=frozen.height,
        size_bytes=source.stat().st_size,
        sha256=sha256,
        upload_sha256=sha256,
        **frozen.origin,
    )
    target = annotator_paths.image_path(image)
    target.parent.mkdir(parents=True, exist_ok=True)
    is_ours = True
    try:
        link_or_copy(source, target)
    except FileExistsError as error:
        is_ours = False
        # Of a try that was killed before its commit, or of an image that is just being moved.
        if hash_file(target) != sha256:
            raise ServiceError("Another file lies in its place.", code="stem_taken") from error
    try:
        with transaction.atomic():
            image.save(force_insert=True)
    except IntegrityError as error:
        if is_ours:  # else it may be the file of the image that came in
            with contextlib.suppress(OSError):
                target.unlink()
        raise ServiceError("Its name was taken at this very moment.", code="stem_taken") from error
    return image


def _restore_labels(  # noqa: PLR0917 - what is restored, and where
    version: Version,
    image: Image,
    frozen: FrozenImage,
    shapes: Sequence[Shape],
    regions: Sequence[Polygons],
    author: User,
) -> None:
    classes = _class_map(version)
    if any(shape.class_id not in classes for shape in shapes if shape.class_id is not None):
        raise ServiceError("A class of it was deleted at this very moment.", code="class_gone")
    shapes = [
        shape if shape.class_id is None else shape._replace(class_id=classes[shape.class_id])
        for shape in shapes
    ]
    for attempt in range(_TRIES):
        items = _items_of_history(image, frozen, shapes)
        if items is None:
            items = [*_items_of_label(image, shapes), *_items_of_regions(image, regions)]
        save = Save(
            base_revision=image.revision,
            author=author,
            upsert=items,
            status=None if image.is_finished else ImageStatus.DONE,
            source=RevisionSource.RESTORE,
            is_whole=True,
        )
        try:
            carry_out(image.pk, save)
        except StaleRevisionError:
            if attempt == _TRIES - 1:
                raise
            image = Image.objects.select_related("dataset").get(pk=image.pk)
        else:
            return


def _items_of_history(
    image: Image, frozen: FrozenImage, shapes: Sequence[Shape]
) -> list[InstanceData] | None:
    """All that was drawn, with attributes, full outlines and ignore regions, as the history has it;
    None where it does not say the same as the version."""
    if str(image.pk) != frozen.id or not 0 < frozen.revision <= image.revision:
        return None
    items = read_revision(image, frozen.revision)["instances"]
    objects = [item for item in items if is_object(item)]
    frozen_ids = set(frozen.instance_ids)
    kept = [item for item in objects if item["id"] in frozen_ids]
    if [item["id"] for item in kept] != frozen.instance_ids:
        return None
    if len(kept) != len(objects) and not frozen.painted_sha256:  # else: they lie in ignore regions
        return None
    told = [Shape(item["id"], item["class_id"], item["polygons"]) for item in kept]
    return None if compare_objects(shapes, told) else items


def _items_of_regions(image: Image, regions: Sequence[Polygons]) -> list[InstanceData]:
    """The ignore regions of a version; those that are here keep their ids."""
    here = {json.dumps(item["polygons"]): item["id"] for item in read_ignore_regions(image)}
    return [
        {
            "id": here.get(json.dumps(polygons), str(uuid4())),
            "class_id": None,
            "polygons": polygons,
        }
        for polygons in regions
    ]


def _items_of_label(image: Image, shapes: Sequence[Shape]) -> list[InstanceData]:
    """The objects as the label file has them; those that are here keep ids and attributes."""
    here = read_shapes(image)
    unknown = [shape for shape in shapes if shape.key.startswith("#")]
    ids = match_shapes(unknown, here, min_iou=SAME_OBJECT_IOU)
    known = [shape.key for shape in shapes if not shape.key.startswith("#")]
    elsewhere = find_elsewhere(image.pk, known)
    taken: set[str] = set()
    items: list[InstanceData] = []
    for shape in shapes:
        pk = ids.get(shape.key, "") if shape.key.startswith("#") else shape.key
        if not pk or pk in elsewhere or pk in taken:
            pk = str(uuid4())
        taken.add(pk)
        items.append({"id": pk, "class_id": shape.class_id, "polygons": shape.polygons})
    return items


def describe_restore(job: BulkChange) -> str:
    return f"Restore version {job.options['number']}"


RESTORE = OtherAction(plan_restore, restore_image, describe_restore)

"""What Ultralytics would drop, merge or blur of a version's labels: asked of the engine, and kept.

A check (``VersionCheck``) belongs to a version, an image size and what else of a run decides how
masks are drawn. Its counts are in the row, the images in an SQLite file of the cache, bounded for
each kind; where the file is gone the check is made again.
"""

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import Any, TypedDict
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction

from annotator.kernel.errors import ConflictError
from annotator.kernel.jobs import Progress
from annotator.models import Image, Instance
from annotator.models.jobs import ENDED_STATES, JobState
from training import paths
from training.jobs.engine_job import EngineJob, RefusedError
from training.jobs.engine_process import EngineEvent
from training.jobs.nudges import nudge_worker
from training.jobs.supervising import Outcome
from training.jobs.waiting import Waiting
from training.models import Version, VersionCheck

from .version_index import VersionIndex, cache_dir, keep_newest, touch

MOST_ROWS = 20_000
"""So many losses of one kind are kept; the counts are whole."""
MOST_CHECKS = 30
"""So many checks of one version are kept."""

_TABLES = """
CREATE TABLE losses (kind TEXT, path TEXT, row INTEGER, value REAL, detail TEXT);
CREATE INDEX losses_kind ON losses (kind, path, row);
"""


class LossLine(TypedDict):
    """One kind of loss. ``advice`` says what to do, or why nothing is to be repaired; ``repair``
    names the repair, "" where there is none; ``setting`` a setting of the run that avoids it."""

    kind: str
    title: str
    objects: int
    images: int
    advice: str
    repair: str
    setting: str


class VersionCheckPayload(TypedDict):
    """``lines`` are [] until it has finished. ``suggested_size``: the image size at which no
    object's mask would vanish, null where none does."""

    id: int
    version: int
    state: JobState
    progress: Progress
    error: str
    image_size: int
    mask_ratio: int
    overlap_mask: bool
    single_class: bool
    images: int
    instances: int
    lines: list[LossLine]
    suggested_size: int | None


class LossImage(TypedDict):
    """An image that loses something. ``image``: the live image, null where it is gone;
    ``instance``: the object of the first loss, null where it is gone or none is meant."""

    image: str | None
    name: str
    split: str
    count: int
    worst: float
    detail: str
    thumbnail_url: str
    instance: str | None


class LossImages(TypedDict):
    total: int
    results: list[LossImage]


class _Kind(TypedDict):
    title: str
    advice: str
    repair: str
    setting: str


def _kind(title: str, advice: str, repair: str = "", setting: str = "") -> _Kind:
    return {"title": title, "advice": advice, "repair": repair, "setting": setting}


KINDS: dict[str, _Kind] = {
    "refused": _kind(
        "Images refused with all their objects",
        "Ultralytics cannot use these images. Move them to the trash, or import better files.",
        "delete_images",
    ),
    "duplicate": _kind(
        "Repeated objects removed", "The same outline is there twice: keep one.", "duplicates"
    ),
    "vanishes": _kind(
        "Objects without any pixel in the mask",
        "At this image size their box is trained on and their mask is empty. Train at a larger "
        "image size, or delete specks.",
        "specks",
        "image_size",
    ),
    "tiny_box": _kind(
        "Boxes under 2 pixels",
        "Nothing can be learned of so few pixels. Train at a larger image size, or delete specks.",
        "specks",
        "image_size",
    ),
    "coarse": _kind(
        "Masks that are mostly not the object",
        "The mask has too few cells for their outline. Train at a larger image size or with a "
        "smaller mask_ratio, or delete specks.",
        "specks",
        "image_size",
    ),
    "hidden": _kind(
        "Objects hidden beneath smaller ones",
        "With overlap_mask each pixel belongs to the smallest object there. The labels are right: "
        "train with overlap_mask off to keep these masks.",
        setting="overlap_mask",
    ),
    "covered": _kind(
        "Objects covered by more than half",
        "Smaller objects over them take their pixels. Train with overlap_mask off to keep them "
        "whole.",
        setting="overlap_mask",
    ),
    "joined_parts": _kind(
        "Objects in parts, joined by a line",
        "A label row holds one outline, so a line one pixel wide joins the parts. Make each part "
        "an object of its own, or leave it: the line is thin.",
        "split_parts",
    ),
    "hole_lost": _kind(
        "Holes smaller than a cell of the mask",
        "They are filled in the training mask. Remove them from the labels, or train at a larger "
        "image size.",
        "fill_holes",
        "image_size",
    ),
    "clipped": _kind(
        "Outlines outside the image",
        "Segloop clips outlines when they are saved: open the image and save it.",
    ),
    "resampled": _kind(
        "Outlines of more than 1,000 points",
        "1,000 points are taken along them. At this image size that moves an outline by less than "
        "a pixel, so there is nothing to repair.",
    ),
    "restored": _kind(
        "Damaged JPEG files",
        "Ultralytics repairs a copy of the end of the file and trains on it. Import the image "
        "again from its source to be sure of its pixels.",
    ),
}


# --- asking for one -----------------------------------------------------------------------------


def request_check(
    version: Version,
    *,
    image_size: int,
    mask_ratio: int = 4,
    overlap_mask: bool = True,
    single_class: bool = False,
    created_by: AbstractBaseUser,
) -> VersionCheck:
    """Return the check of a version with these settings, queued where it has to be made.

    Raises ConflictError for a version that is not frozen.
    """
    if version.state != JobState.FINISHED:
        raise ConflictError(f"Version {version.number} is not frozen yet.", code="version_busy")
    settings = {
        "image_size": image_size,
        "mask_ratio": mask_ratio,
        "overlap_mask": overlap_mask,
        "single_class": single_class,
    }
    rows = VersionCheck.objects.filter(version=version, **settings)
    check = rows.first()
    if check is not None and _is_of_use(check):
        if check.state == JobState.FINISHED:
            touch(check_path(check))
        return check
    with transaction.atomic():
        rows.filter(state__in=ENDED_STATES).delete()
        try:
            with transaction.atomic():
                check = VersionCheck.objects.create(
                    version=version, created_by_id=created_by.pk, **settings
                )
        except IntegrityError:  # somebody else asked at the same moment
            return rows.get()
        nudge_worker(check)
    _forget_old(version)
    return check


def _is_of_use(check: VersionCheck) -> bool:
    if check.state == JobState.FINISHED:
        return check_path(check).is_file()
    return check.is_active


def _forget_old(version: Version) -> None:
    rows = VersionCheck.objects.filter(version=version, state__in=ENDED_STATES)
    old = list(rows.order_by("-id").values_list("pk", flat=True)[MOST_CHECKS:])
    rows.filter(pk__in=old).delete()


def check_path(check: VersionCheck) -> Path:
    return cache_dir("version-checks") / f"{check.pk}.sqlite3"


class CheckingVersion(EngineJob[VersionCheck]):
    model = VersionCheck
    command = "losses"

    def in_place(self, work: Any) -> Outcome:
        outcome: Outcome = work("cpu")
        return outcome

    @property
    def folder(self) -> Path:
        return cache_dir("version-checks") / f"{self.job.pk}"

    def request(self, device: str) -> dict[str, object]:
        self.clear()
        self.folder.mkdir(parents=True)
        version = self.job.version
        folder = paths.version_dir(version)
        if not folder.is_dir():
            raise RefusedError(f"The files of version {version.number} are not on the disk.")
        with closing(self._connect()) as connection:
            connection.executescript(_TABLES)
        self.counts: dict[str, list[int]] = {}
        self.size = 0.0
        return {
            "folder": str(folder),
            "class_count": len(version.classes),
            "imgsz": self.job.image_size,
            "mask_ratio": self.job.mask_ratio,
            "overlap_mask": self.job.overlap_mask,
            "single_cls": self.job.single_class,
        }

    def log(self) -> Path:
        return self.folder / paths.LOG_NAME

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.folder / "losses.sqlite3")

    def handle(self, event: EngineEvent) -> None:
        if event["type"] == "progress":
            self.report("Reading the labels", done=event["done"], total=event["total"])
        elif event["type"] == "losses":
            self._keep(event["path"], event["losses"])

    def _keep(self, path: str, losses: list[Any]) -> None:
        kinds = {loss["kind"] for loss in losses}
        for kind in kinds:
            self.counts.setdefault(kind, [0, 0])[1] += 1
        rows = []
        for loss in losses:
            count = self.counts[loss["kind"]]
            count[0] += 1
            if loss["kind"] == "vanishes":
                self.size = max(self.size, loss["value"])
            if count[0] <= MOST_ROWS:
                rows.append((loss["kind"], path, loss["row"], loss["value"], loss["detail"]))
        with closing(self._connect()) as connection:
            connection.executemany("INSERT INTO losses VALUES (?, ?, ?, ?, ?)", rows)
            connection.commit()

    def finish(self, event: EngineEvent) -> dict[str, object]:
        (self.folder / "losses.sqlite3").replace(check_path(self.job))
        counts = {
            "images": event["images"],
            "instances": event["instances"],
            "suggested_size": int(self.size) or None,
            "kinds": self.counts,
        }
        return {"counts": counts}

    def follow(self) -> None:
        keep_newest(self.folder.parent)

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


# --- reading one --------------------------------------------------------------------------------


def check_payload(check: VersionCheck) -> VersionCheckPayload:
    counts = check.counts
    kinds = counts.get("kinds", {})
    return {
        "id": check.pk,
        "version": check.version_id,
        "state": JobState(check.state),
        "progress": Waiting().progress(check),
        "error": check.error,
        "image_size": check.image_size,
        "mask_ratio": check.mask_ratio,
        "overlap_mask": check.overlap_mask,
        "single_class": check.single_class,
        "images": counts.get("images", 0),
        "instances": counts.get("instances", 0),
        "lines": [
            {"kind": kind, "objects": kinds[kind][0], "images": kinds[kind][1], **told}
            for kind, told in KINDS.items()
            if kind in kinds
        ],
        "suggested_size": counts.get("suggested_size"),
    }


def list_loss_images(check: VersionCheck, *, kind: str, offset: int, limit: int) -> LossImages:
    """Return images that lose something of a kind, by their places in the version.

    Raises ConflictError where the list is not there (any more).
    """
    with closing(_open(check)) as connection:
        total = connection.execute(
            "SELECT COUNT(DISTINCT path) FROM losses WHERE kind = ?", (kind,)
        ).fetchone()[0]
        rows = connection.execute(
            "SELECT path, COUNT(*), MIN(value), MAX(detail), MIN(row) FROM losses WHERE kind = ?"
            " GROUP BY path ORDER BY path LIMIT ? OFFSET ?",
            (kind, limit, offset),
        ).fetchall()
    return {"total": total, "results": _loss_images(check, rows)}


def _open(check: VersionCheck) -> sqlite3.Connection:
    path = check_path(check)
    if not path.is_file():
        raise ConflictError("This check is not kept any more: ask again.", code="check_gone")
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)


def _loss_images(check: VersionCheck, rows: list[Any]) -> list[LossImage]:
    dataset = check.version.dataset
    stems = [_stem(path) for path, *_ in rows]
    live = {image.stem: image for image in dataset.images.filter(stem__in=stems)}
    first = {stem: row[-1] for stem, row in zip(stems, rows, strict=True)}
    instances = _find_instances(
        check.version, [(image, first[stem]) for stem, image in live.items()]
    )
    return [
        _loss_image(live.get(stem), instances, *row) for stem, row in zip(stems, rows, strict=True)
    ]


def _find_instances(version: Version, rows: list[tuple[Image, int]]) -> dict[UUID, UUID]:
    """By image, the object that a row of its frozen label was, where it is still there.

    The rows of the version count: objects may have come and gone since, and those in ignore
    regions have no row.
    """
    try:
        index = VersionIndex(version)
    except FileNotFoundError:
        return {}
    wanted: dict[UUID, UUID] = {}
    for image, row in rows:
        frozen = index.get(str(image.pk)) if row >= 0 else None
        if frozen is not None and row < len(frozen.instance_ids):
            wanted[image.pk] = UUID(frozen.instance_ids[row])
    here = Instance.objects.filter(pk__in=wanted.values()).values_list("pk", "image_id")
    return {image_id: pk for pk, image_id in here if wanted.get(image_id) == pk}


def _loss_image(  # noqa: PLR0917 - the columns of a row
    image: Image | None,
    instances: Mapping[UUID, UUID],
    path: str,
    count: int,
    worst: float,
    detail: str,
    _row: int,
) -> LossImage:
    _, split, *name = PurePosixPath(path).parts
    instance = None if image is None else instances.get(image.pk)
    return {
        "image": None if image is None else str(image.pk),
        "name": "/".join(name),
        "split": split,
        "count": count,
        "worst": worst,
        "detail": detail,
        "thumbnail_url": ""
        if image is None
        else f"/api/files/thumbnails/{image.pk}/{image.sha256}.webp",
        "instance": str(instance) if instance else None,
    }


def _stem(path: str) -> str:
    return "/".join(PurePosixPath(path).with_suffix("").parts[2:])


def iterate_stems(check: VersionCheck, kind: str) -> list[str]:
    """The names of the images that lose something of a kind; at most ``MOST_ROWS``."""
    with closing(_open(check)) as connection:
        rows = connection.execute(
            "SELECT DISTINCT path FROM losses WHERE kind = ? ORDER BY path", (kind,)
        )
        return [_stem(path) for (path,) in rows]

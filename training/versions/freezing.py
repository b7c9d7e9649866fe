"""Freezing a version: the work itself, done by a cpu worker.

The folder is built under another name and renamed when whole, so a version is there completely or
not at all. Pictures are hard links (copies across devices), labels are copies. Each version has a
fresh folder, so Ultralytics' label caches (keyed by paths and the sum of sizes) are never stale.
"""

import hashlib
import itertools
import json
import logging
import os
import secrets
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NotRequired, TypedDict
from uuid import UUID

import yaml
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from annotator import paths as annotator_paths
from annotator.folder.live_folder import sync_pending, take_in_outside_edits
from annotator.images.places import find_image_file
from annotator.images.windows import render_pending
from annotator.kernel.errors import ServiceError, sentence_of
from annotator.kernel.files import fsync_dir
from annotator.kernel.jobs import (
    LeaseLostError,
    claim_job,
    fail_job,
    finish_job,
    heartbeat,
    is_cancelling,
    make_owner,
    mark_cancelled,
    release_lease,
    report_progress,
)
from annotator.kernel.plain_text import one_line
from annotator.labels.formats.yolo import rows as yolo
from annotator.labels.pixels.painting import paint_out
from annotator.labels.polygons.geometry import Polygons
from annotator.models import Image, Split
from annotator.models.jobs import JobState
from training import paths
from training.jobs.announce import announce
from training.jobs.engine_job import MAX_ATTEMPTS
from training.jobs.engine_process import EngineLockedError
from training.jobs.nudges import nudge_search_of, nudge_worker
from training.models import Run, Version

from .fixes import include_fixes, release_fixes
from .ignoring import IgnoreFile, hash_regions, ignore_path, read_regions, trim_label
from .versions import ContentHash, VersionClass, classes_of, images_to_freeze

logger = logging.getLogger(__name__)

REPORT_EVERY = 100
READ_BYTES = 1 << 20


class FreezeError(Exception):
    """The dataset cannot be frozen as it is; the message says which file and why."""


class FreezeCancelledError(Exception):
    """Somebody cancelled the freezing."""


class FreezeInterruptedError(Exception):
    """This worker is shutting down; the next one begins anew."""


class ManifestFile(TypedDict):
    path: str
    size: int
    mtime_ns: int
    sha256: str


class ManifestImage(TypedDict):
    """``id``: the image in the dataset; ``path``: the picture in the version's folder.

    ``instance_ids``: the instance of each label row; [] where they could not be told, absent in
    versions frozen before they were kept. ``painted_sha256``: of the file, where ignore regions
    were painted out of it; ``sha256`` is the image's own then. ``dropped``: how many objects lie in
    ignore regions, and so are not in its labels. ``group``, ``video_frame`` and ``video_time_ms``
    only where the image has them. ``synthetic``: made of other images of the version, which
    ``shows`` names; its id is that of no image in the dataset.
    """

    id: str
    path: str
    width: int
    height: int
    sha256: str
    revision: int
    instances: int
    instance_ids: NotRequired[list[str]]
    painted_sha256: NotRequired[str]
    dropped: NotRequired[int]
    group: NotRequired[str]
    video_frame: NotRequired[int]
    video_time_ms: NotRequired[int]
    synthetic: NotRequired[bool]
    shows: NotRequired[list[str]]


class Manifest(TypedDict):
    dataset: str
    version: int
    content_sha256: str
    files: list[ManifestFile]
    images: list[ManifestImage]


@dataclass
class Totals:
    splits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Split.values, 0))
    instances: int = 0
    backgrounds: int = 0
    painted: int = 0
    dropped: int = 0
    size_bytes: int = 0


VERSION_FOLLOWERS: list[Callable[[Version], None]] = []
"""Called with each version that was frozen, in the transaction that says so. Filled when the
applications are set up."""


def freeze_version(version_id: int) -> None:
    """Freeze a queued version; does nothing if another worker has it or it has ended."""
    version = claim_job(Version, version_id, make_owner())
    if version is None:
        return
    announce(version)
    try:
        with heartbeat(version) as lost:
            _freeze(version, lost)
    except LeaseLostError:
        return
    except (OperationalError, InterfaceError):  # the database is away: the lease ends by itself
        raise
    except (EngineLockedError, FreezeInterruptedError):
        release_lease(version)
        return
    except FreezeCancelledError:
        has_ended = mark_cancelled(version)
    except (FreezeError, OSError, ServiceError) as error:
        has_ended = fail_job(version, sentence_of(error))
    except Exception as error:
        logger.exception("%s could not be frozen", version)
        has_ended = fail_job(version, f"Segloop could not go on: {sentence_of(error)}")
    else:
        has_ended = True
    if not has_ended:  # another worker holds it by now: what follows from its end is that one's
        return
    if version.state != JobState.FINISHED:
        release_fixes(version)
    announce(version)
    _release_runs(version)


def _release_runs(version: Version) -> None:
    """Let the runs that waited for this version go on, or fail with its reason."""
    for run in Run.objects.filter(version=version, state=JobState.QUEUED):
        if version.state == JobState.FINISHED:
            nudge_worker(run)
            continue
        reason = version.error or "its freezing was cancelled."
        Run.objects.filter(pk=run.pk, state=JobState.QUEUED).update(
            state=JobState.FAILED,
            error=f"Version {version.number} could not be frozen: {reason}",
            finished_at=timezone.now(),
        )
        announce(run)
        nudge_search_of(run)


def _freeze(version: Version, lost: threading.Event) -> None:
    if version.attempts > MAX_ATTEMPTS:
        raise FreezeError(f"The freezing was interrupted {MAX_ATTEMPTS} times.")
    dataset = version.dataset
    if version.synthetic is None:
        sync_pending(dataset)
        take_in_outside_edits(dataset)
        render_pending(dataset)
    folder = paths.version_dir(version)
    parent = folder.parent
    parent.mkdir(parents=True, exist_ok=True)
    for leftover in [*parent.glob(f".{version.number}-*"), folder]:  # of an attempt that died
        shutil.rmtree(leftover, ignore_errors=True)
    temporary = parent / f".{version.number}-{secrets.token_hex(4)}"
    try:
        builder = _builder_of(version)(version, temporary, lost)
        builder.build()
        temporary.rename(folder)
        fsync_dir(parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    builder.store()


def _builder_of(version: Version) -> "type[Builder]":
    if version.synthetic is None:
        return Builder
    from .synthetic import SyntheticBuilder  # it is a Builder itself

    return SyntheticBuilder


class Builder:
    """Builds the folder of one version."""

    def __init__(self, version: Version, folder: Path, lost: threading.Event) -> None:
        self.version = version
        self.folder = folder
        self.lost = lost
        self.classes = classes_of(version.dataset)
        self.content = ContentHash(self.classes)
        self.totals = Totals()
        self.files: list[ManifestFile] = []
        self.images: list[ManifestImage] = []

    def make_folders(self) -> None:
        for split in Split.values:
            (self.folder / "images" / split).mkdir(parents=True)
            (self.folder / "labels" / split).mkdir(parents=True)

    def build(self) -> None:
        self.make_folders()
        chosen = images_to_freeze(self.version.dataset, only_accepted=self.version.only_accepted)
        ids = list(chosen.order_by("stem").values_list("pk", flat=True))
        for position, image_id in enumerate(ids):
            if position % REPORT_EVERY == 0:
                self.report(position, len(ids))
            self._add_image(image_id)
        self.close()
        self.report(len(ids), len(ids))

    def close(self) -> None:
        """Write what says what the folder holds, last of all."""
        if not self.totals.splits["train"] or not self.totals.splits["val"]:
            raise FreezeError("The train or the val split has no image that is done.")
        self.write("data.yaml", _data_yaml(self.version, self.classes, self.totals.splits))
        self._write_manifest()
        os.sync()  # once for all files, before the rename says that they are there

    def report(self, done: int, total: int, message: str = "Freezing the images") -> None:
        if self.lost.is_set():
            raise LeaseLostError
        if is_cancelling(self.version):
            raise FreezeCancelledError
        report_progress(self.version, done=done, total=total, unit="images", message=message)

    def _add_image(self, image_id: UUID) -> None:
        """Add one image with its label; somebody may be drawing in it at this very moment."""
        for _ in range(3):
            rows = images_to_freeze(self.version.dataset, only_accepted=self.version.only_accepted)
            image = rows.select_related("dataset").filter(pk=image_id).first()
            if image is None:  # no longer finished, or deleted: it stays out
                return
            try:
                label = annotator_paths.label_path(image).read_bytes()
            except FileNotFoundError:
                continue
            regions = read_regions(image)
            if regions is None:
                continue
            if hashlib.sha256(label).hexdigest() == image.label_sha256:
                self._place(image, label, regions)
                return
        raise FreezeError(
            f"The label file of {image.file_name if image else image_id} does not match what was "
            "saved: it is being changed at this moment, or was lost. Open the image and save it."
        )

    def _place(self, image: Image, label: bytes, regions: list[Polygons]) -> None:
        parsed = self._check_label(image, label)
        ids = self._list_instances(image, len(parsed.rows))
        instances = len(parsed.rows)
        picture = f"images/{image.split}/{image.file_name}"
        self._link(image, picture)
        frozen: ManifestImage = {
            "id": str(image.pk),
            "path": picture,
            "width": image.width,
            "height": image.height,
            "sha256": image.sha256,
            "revision": image.revision,
            "instances": instances,
            "instance_ids": ids,
        }
        if image.group:
            frozen["group"] = image.group
        if image.video_frame is not None:
            frozen["video_frame"] = image.video_frame
        if image.video_time_ms is not None:
            frozen["video_time_ms"] = image.video_time_ms
        if regions:
            trimmed = trim_label(label, parsed, regions)
            label, instances = trimmed.label, instances - len(trimmed.dropped)
            frozen["painted_sha256"] = self._paint(picture, regions)
            frozen["dropped"] = len(trimmed.dropped)
            frozen["instances"] = instances
            frozen["instance_ids"] = list(itertools.compress(ids, trimmed.kept)) if ids else []
            content: IgnoreFile = {"regions": regions, "dropped": trimmed.dropped}
            self.write(ignore_path(picture), json.dumps(content).encode())
            self.totals.painted += 1
            self.totals.dropped += len(trimmed.dropped)
        else:
            self.list(picture, image.sha256)
        self.write(f"labels/{image.split}/{image.stem}.txt", label)
        self.content.add_image(
            stem=image.stem,
            extension=image.extension,
            split=image.split,
            sha256=image.sha256,
            label_sha256=image.label_sha256,
            regions_sha256=hash_regions(regions),
        )
        self.totals.splits[image.split] += 1
        self.totals.instances += instances
        self.totals.backgrounds += instances == 0
        self.images.append(frozen)

    def _list_instances(self, image: Image, count: int) -> list[str]:
        """Return the ids in the order of the rows, unless somebody has just changed them."""
        rows = image.instances.filter(image__revision=image.revision)
        ids = [str(pk) for pk in rows.values_list("pk", flat=True)]
        return ids if len(ids) == count else []

    def _check_label(self, image: Image, label: bytes) -> yolo.ParsedLabels:
        """Return the rows. Ultralytics would silently drop what is refused here."""
        parsed = yolo.parse_labels(
            label, size_wh=(image.width, image.height), class_count=len(self.classes)
        )
        for problem in parsed.problems:
            if problem.outcome == "refused":
                raise FreezeError(
                    f"labels/{image.split}/{image.stem}.txt, line {problem.line}: {problem.reason}"
                )
        return parsed

    def _paint(self, name: str, regions: list[Polygons]) -> str:
        """Put a copy without the ignore regions in the place of the link; return its hash."""
        path = self.folder / name
        painted = paint_out(path.read_bytes(), regions)
        path.unlink()  # never written through: it is the dataset's own file
        self.write(name, painted)
        return hashlib.sha256(painted).hexdigest()

    def _link(self, image: Image, name: str) -> None:
        """Link the picture, and see that it is the one that was imported."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(3):  # a change of split may move the file under our hands
            source = find_image_file(image)
            try:
                link_or_copy(source, target)
                break
            except FileNotFoundError:
                continue
        else:
            raise FreezeError(f"The image {image.file_name} is not on the disk.")
        sha256 = hash_file(target)
        if sha256 != image.sha256:
            raise FreezeError(
                f"The image {image.file_name} on the disk is not the one that was imported: "
                "something changed it. Delete it and upload it again."
            )

    def write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.list(name, hashlib.sha256(content).hexdigest())

    def list(self, name: str, sha256: str) -> None:
        status = (self.folder / name).stat()
        self.totals.size_bytes += status.st_size
        self.files.append(
            {
                "path": name,
                "size": status.st_size,
                "mtime_ns": status.st_mtime_ns,
                "sha256": sha256,
            }
        )

    def _write_manifest(self) -> None:
        manifest: Manifest = {
            "dataset": self.version.dataset.slug,
            "version": self.version.number,
            "content_sha256": self.content.hexdigest(),
            "files": self.files,
            "images": self.images,
        }
        with (self.folder / "manifest.json").open("w", encoding="utf-8") as handle:
            json.dump(manifest, handle, ensure_ascii=False, indent=0)

    def include_fixes(self) -> None:
        revisions = {UUID(item["id"]): item["revision"] for item in self.images}
        include_fixes(self.version, revisions)

    def store(self) -> None:
        """Note which fixes are in it, in turns; then store the totals and end the job."""
        version = self.version
        self.include_fixes()
        with transaction.atomic():
            Version.objects.filter(pk=version.pk, lease_owner=version.lease_owner).update(
                train_count=self.totals.splits["train"],
                val_count=self.totals.splits["val"],
                test_count=self.totals.splits["test"],
                instance_count=self.totals.instances,
                background_count=self.totals.backgrounds,
                painted_count=self.totals.painted,
                ignored_object_count=self.totals.dropped,
                size_bytes=self.totals.size_bytes,
                content_sha256=self.content.hexdigest(),
                classes=self.classes,
                synthetic=version.synthetic,
            )
            if not finish_job(version):
                raise LeaseLostError
            for follow in VERSION_FOLLOWERS:
                follow(version)


def _data_yaml(version: Version, classes: list[VersionClass], splits: dict[str, int]) -> bytes:
    """``path`` is left out: Ultralytics then takes the folder of the file, wherever it is moved."""
    content = {
        **{split: f"images/{split}" for split in Split.values if splits[split]},
        "nc": len(classes),
        "names": {item["index"]: item["name"] for item in classes},
    }
    name = one_line(version.dataset.name)
    head = f"# {name}, version {version.number}, frozen by Segloop\n"
    return head.encode() + yaml.safe_dump(content, sort_keys=False, allow_unicode=True).encode()


def link_or_copy(source: Path, target: Path) -> None:
    """A second name of a file; a copy on another device, or where there are no links.

    Raises FileExistsError: what lies there may be a name of a file in a version, and is never
    written through.
    """
    try:
        os.link(source, target)
    except (FileNotFoundError, FileExistsError):
        raise
    except OSError as error:  # another device, or a file system without links
        if target.exists():
            raise FileExistsError(target) from error
        temporary = target.with_name(f".{target.name[:60]}.{secrets.token_hex(4)}.tmp")
        try:
            shutil.copyfile(source, temporary)
            temporary.rename(target)
        finally:
            temporary.unlink(missing_ok=True)


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(READ_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def read_manifest(version: Version) -> Manifest:
    """Return the manifest of a finished version. Raises FileNotFoundError."""
    manifest: Manifest = json.loads(paths.manifest_path(version).read_text(encoding="utf-8"))
    return manifest


def find_changed_files(version: Version) -> list[str]:
    """Return the files of a version that are no longer what was frozen, or are gone.

    A file of the same size and time is taken as unchanged; any other is read and hashed.
    """
    folder = paths.version_dir(version)
    changed = []
    for entry in read_manifest(version)["files"]:
        path = folder / entry["path"]
        try:
            status = path.stat()
        except FileNotFoundError:
            changed.append(entry["path"])
            continue
        is_same = (status.st_size, status.st_mtime_ns) == (entry["size"], entry["mtime_ns"])
        if not is_same and hash_file(path) != entry["sha256"]:
            changed.append(entry["path"])
    return changed

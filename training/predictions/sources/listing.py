"""The images of a source, made rows by the worker before it predicts.

Rows are made in turns, each one transaction with how far the walk through the source is, so a
worker that takes the job up goes on behind the last row, and memory does not grow with the source.
Every file is used or told of: one that is named like an image and is none gets a row with its
reason; what is no image at all is counted, and the first of them are named.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.conf import settings

from annotator.images.deep import window_of
from annotator.images.listing import filter_images
from annotator.imports.arriving.downloading import download
from annotator.imports.arriving.server_folders import SERVER
from annotator.imports.sources import open_source
from annotator.imports.uploads import MAX_IMAGE_BYTES
from annotator.kernel.disk import check_disk_space
from annotator.kernel.errors import ServiceError
from annotator.kernel.files import flush_disk
from annotator.kernel.jobs import LeaseLostError, report_progress
from annotator.kernel.turns import delete_in_turns, job_turn
from annotator.labels.formats.image_index import all_paths
from annotator.labels.formats.trees import FileReadError, Tree, TreeError
from annotator.labels.pixels.image_kinds import READ_EXTENSIONS, READ_KINDS
from annotator.labels.pixels.images import ImageError, take_image
from annotator.labels.video.kinds import VIDEO_EXTENSIONS
from annotator.models import Dataset, Image
from training import paths
from training.jobs.announce import announce
from training.jobs.engine_job import RefusedError
from training.models import PredictedImage, Prediction, SourceKind, Version
from training.versions.version_index import VersionIndex

from .requested import HEAD_BYTES, recognise_content, shown_name

TURN_ROWS = 200
TURN_BYTES = 64 << 20
TURN_SECONDS = 2.0
MOST_NAMED = 50
"""So many of the files that were passed over are named; all are counted."""

NO_IMAGE = f"It is no image that Segloop reads ({READ_KINDS})."
VIDEO_INSIDE = "A video among other files is not predicted on: predict on it by itself."


class StoppedError(Exception):
    """Somebody paused or cancelled the prediction meanwhile."""


class VideoFoundError(Exception):
    """The source is a video; its file is in the folder of the prediction's source."""


Look = Callable[[], None]
"""Raises StoppedError or LeaseLostError where the work is to end."""


def list_source(job: Prediction, look: Look) -> None:
    """Make the rows of what ``job`` reads. Raises RefusedError, VideoFoundError, and what ``look``
    raises."""
    rows = _Rows(job, look)
    try:
        match job.source_kind:
            case SourceKind.DATASET:
                rows.restart()
                rows.take(_of_dataset(job))
            case SourceKind.VERSION:
                rows.restart()
                rows.take(_of_version(job))
            case _:
                _list_files(job, rows, look)
    except (TreeError, ServiceError) as error:
        raise RefusedError(str(error)) from error
    rows.end()


# --- files: an archive, a folder, a URL ----------------------------------------------------------


def _list_files(job: Prediction, rows: "_Rows", look: Look) -> None:
    path = _local_file(job, look)
    if path.is_file():
        with path.open("rb") as handle:
            content = recognise_content(handle.read(HEAD_BYTES))
        if content == "video":
            _keep_video(job, path, look)
            raise VideoFoundError
        if content == "image":
            rows.restart()
            rows.take([_Read(job.source_name, partial(_read_file, path))])
            return
    is_confined = job.source_kind == SourceKind.SERVER_FOLDER and not job.source.get("is_local")
    prefix = SERVER if is_confined else ""
    with open_source(f"{prefix}{path}", name=job.source_name) as tree:
        rows.take_tree(tree)


def _local_file(job: Prediction, look: Look) -> Path:
    """Return the file or the folder that is read; downloads it first where it is a URL."""
    if job.source_kind == SourceKind.SERVER_FOLDER:
        return Path(job.source["path"])
    folder = paths.prediction_source_dir(job)
    path = folder / "source"
    if job.source_kind == SourceKind.URL and not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        if not download(job, job.source["url"], path, part=folder / "part", look=look):
            raise StoppedError
    return path


def _read_file(path: Path) -> bytes:
    with path.open("rb") as handle:
        data = handle.read(MAX_IMAGE_BYTES + 1)
    if len(data) > MAX_IMAGE_BYTES:
        raise ImageError(f"An image has at most {MAX_IMAGE_BYTES >> 20} MB.")
    return data


def _keep_video(job: Prediction, path: Path, look: Look) -> None:
    """Put the file of a video where the job of videos looks for it."""
    target = paths.prediction_source_dir(job) / video_name(job.source_name)
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.parent == target.parent:
        path.replace(target)
    else:
        check_disk_space(path.stat().st_size)
        part = target.with_name("part")
        with path.open("rb") as source, part.open("wb") as copy:
            while piece := source.read(16 << 20):
                copy.write(piece)
                look()
            copy.flush()
            os.fsync(copy.fileno())
        part.replace(target)
    job.source = {**job.source, "file": target.name}


def video_name(name: str) -> str:
    """What the file of a video is called in the folder of its prediction."""
    suffix = name.rpartition(".")[2].lower()
    return f"video.{suffix if suffix in VIDEO_EXTENSIONS else 'mp4'}"


# --- images that are there already ---------------------------------------------------------------


def _of_dataset(job: Prediction) -> Iterator["_Known"]:
    dataset = Dataset.objects.filter(pk=job.source["dataset"], deleted_at__isnull=True).first()
    if dataset is None:
        raise RefusedError("The dataset was deleted meanwhile.")
    if "images" in job.source:
        images = dataset.images.filter(pk__in=job.source["images"]).order_by("stem")
    else:
        images = filter_images(dataset, job.source["filters"]).select_related(None)
    fields = ("pk", "stem", "extension", "width", "height", "sha256")
    for pk, stem, *known in images.values_list(*fields).iterator(chunk_size=2000):
        yield _Known(f"{stem}.{known[0]}", pk, *known)


def _of_version(job: Prediction) -> Iterator["_Known"]:
    version = Version.objects.select_related("dataset").filter(pk=job.source["version"]).first()
    if version is None or version.deleted_at is not None:
        raise RefusedError("The version was deleted meanwhile.")
    try:
        index = iter(VersionIndex(version))
    except FileNotFoundError:
        raise RefusedError(f"The files of version {version.number} are gone.") from None
    frozen = (image for image in index if image.split == job.source["split"])
    while some := list(islice(frozen, TURN_ROWS)):
        ids = [UUID(image.id) for image in some]
        there = set(Image.all_objects.filter(pk__in=ids).values_list("pk", flat=True))
        for pk, image in zip(ids, some, strict=True):
            sha256 = image.painted_sha256 or image.sha256
            yield _Known(
                image.name,
                pk if pk in there else None,
                image.extension,
                image.width,
                image.height,
                sha256,
            )


# --- rows ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Known:
    """An image whose file stays where it is."""

    file_name: str
    source_image: UUID | None
    extension: str
    width: int
    height: int
    sha256: str


@dataclass(frozen=True)
class _Read:
    """A file that may be an image. ``read`` raises FileReadError and OSError."""

    file_name: str
    read: Callable[[], bytes]


@dataclass(frozen=True)
class _Skipped:
    file_name: str
    reason: str


_Item = _Known | _Read | _Skipped


class _Rows:
    """Rows on their way into the database."""

    def __init__(self, job: Prediction, look: Look) -> None:
        self.job, self.look = job, look
        self.position = job.images.count()
        self.rows: list[PredictedImage] = []
        self.written: list[Path] = []
        self.bytes = 0
        self.began = time.monotonic()
        self.window = None if job.dataset is None else window_of(job.dataset)
        self.folder = paths.prediction_dir(job) / "images"

    def restart(self) -> None:
        """Forget what an earlier worker listed: nothing was predicted yet."""
        delete_in_turns(self.job.images.all())
        self.position = 0
        self.job.source = {
            **self.job.source,
            **{"walked": 0, "last": "", "skipped": 0, "skipped_files": []},
        }

    def take_tree(self, tree: Tree) -> None:
        """Walk through the files of a tree, behind those that are rows already."""
        walked, last = self.job.source.get("walked", 0), self.job.source.get("last", "")
        found = all_paths(tree)
        before = next(islice(found, walked - 1, None), None) if walked else ""
        if walked == 0 or before != last:  # the folder is another one than it was
            self.restart()
            found = all_paths(tree)
        for path in found:
            self._add(_item_of(tree, path))
            source = self.job.source
            source["walked"], source["last"] = source["walked"] + 1, path
            self._store_if_due()

    def take(self, items: Iterable[_Item]) -> None:
        for item in items:
            self._add(item)
            self._store_if_due()

    def _add(self, item: _Item) -> None:
        match item:
            case _Skipped():
                source = self.job.source
                source["skipped"] += 1
                if len(source["skipped_files"]) < MOST_NAMED:
                    name = shown_name(item.file_name)
                    source["skipped_files"].append({"file": name, "reason": item.reason})
                return
            case _Known():
                row = self._row(item.file_name)
                row.source_image_id = item.source_image
                row.extension, row.sha256 = item.extension, item.sha256
                row.width, row.height = item.width, item.height
            case _Read():
                row = self._row(item.file_name)
                self._read(row, item.read)
        self.position += 1
        self.rows.append(row)

    def _row(self, file_name: str) -> PredictedImage:
        return PredictedImage(
            prediction=self.job,
            position=self.position,
            file_name=shown_name(file_name),
            extension="",
            sha256="",
        )

    def _read(self, row: PredictedImage, read: Callable[[], bytes]) -> None:
        try:
            data = read()
            taken = take_image(
                data, max_megapixels=settings.MAX_IMAGE_MEGAPIXELS, window=self.window
            )
        except (FileReadError, ImageError) as error:
            row.error, row.is_done = str(error), True
            return
        row.extension, row.sha256 = taken.extension, taken.sha256
        row.width, row.height = taken.width, taken.height
        self.folder.mkdir(parents=True, exist_ok=True)
        path = paths.predicted_image_path(row)
        path.write_bytes(taken.data)
        self.written.append(path)
        self.bytes += len(taken.data)

    def _store_if_due(self) -> None:
        is_late = time.monotonic() - self.began > TURN_SECONDS
        if len(self.rows) >= TURN_ROWS or self.bytes >= TURN_BYTES or is_late:
            self.store()

    def store(self, **values: object) -> None:
        """Put the rows of this turn into the database, their files first on the disk."""
        if self.written:
            check_disk_space(0)
            flush_disk([*self.written, self.folder])
        done = self.job.images.filter(is_done=True).count() if values else 0
        with job_turn():
            PredictedImage.objects.bulk_create(self.rows)
            held = Prediction.objects.filter(pk=self.job.pk, lease_owner=self.job.lease_owner)
            values = {"source": self.job.source, "image_count": self.position, **values}
            if held.update(**values) != 1:
                raise LeaseLostError(f"{self.job} is held by another worker")
            report_progress(
                self.job,
                done=done if "progress_total" in values else self.position,
                total=self.position if self.job.source.get("is_listed") else None,
                unit="images",
                message="" if self.job.source.get("is_listed") else "Reading the source",
            )
        self.job.image_count = self.position
        self.rows, self.written, self.bytes = [], [], 0
        self.began = time.monotonic()
        announce(self.job)
        self.look()

    def end(self) -> None:
        """Note that every file of the source is a row or was told of."""
        if self.position == 0:
            raise RefusedError(self._explain_nothing())
        self.store()
        keys = ("walked", "last", "url")
        source = {key: value for key, value in self.job.source.items() if key not in keys}
        self.job.source = {**source, "is_listed": True}
        self.store(progress_total=self.position)
        if self.job.source_kind in (SourceKind.ARCHIVE, SourceKind.URL):
            shutil.rmtree(paths.prediction_source_dir(self.job), ignore_errors=True)

    def _explain_nothing(self) -> str:
        skipped: list[dict[str, str]] = self.job.source.get("skipped_files", [])
        if self.job.source_kind in (SourceKind.DATASET, SourceKind.VERSION):
            return f"There is no image in {self.job.source_name}."
        count = self.job.source.get("skipped", 0)
        if not count:
            return f"There is no file in {self.job.source_name}."
        first = skipped[0]
        files = "1 file" if count == 1 else f"{count} files"
        return (
            f"There is no image in {self.job.source_name}: it holds {files} of other kinds "
            f"({first['file']}: {first['reason']})"
        )


def _item_of(tree: Tree, path: str) -> _Item:
    """What a file of a tree comes to, by its name, else by its content."""
    read = _Read(path, lambda: tree.read(path, limit_bytes=MAX_IMAGE_BYTES))
    name = path.rpartition("/")[2]
    if name.rpartition(".")[2].lower() in READ_EXTENSIONS:
        return read
    try:
        with tree.open(path, limit_bytes=2**63 - 1) as handle:
            content = recognise_content(handle.read(HEAD_BYTES))
    except FileReadError as error:
        return _Skipped(path, str(error))
    if content == "image":
        return read
    return _Skipped(path, VIDEO_INSIDE if content == "video" else NO_IMAGE)

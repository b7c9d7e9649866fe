"""A source as a person asks for it: checked, and of uploads what their content is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import F

from annotator import paths as annotator_paths
from annotator.images.listing import ImageFilters
from annotator.imports.arriving.addresses import check_url
from annotator.imports.arriving.downloading import name_of
from annotator.imports.arriving.server_folders import find_source
from annotator.kernel.errors import ConflictError, ServiceError
from annotator.kernel.plain_text import one_line
from annotator.labels.archives import looks_like_archive
from annotator.labels.pixels.image_kinds import recognise_kind
from annotator.labels.video.kinds import looks_like_video
from annotator.models import Dataset, Image
from annotator.models import Upload as TusUpload
from annotator.models.jobs import JobState
from training.models import SourceKind, Version

Content = Literal["image", "archive", "video", ""]
HEAD_BYTES = 512


class Upload(NamedTuple):
    name: str
    file: BinaryIO


@dataclass(frozen=True)
class Source:
    """``values``: what ``Prediction.source`` keeps of it. ``dataset``: whose images they are.

    ``uploads``: the images of ``SourceKind.UPLOAD``. ``file``: the one file of an archive or a
    video; ``is_ours``: it is moved from where it lies, not copied. ``tus``: the upload that it
    came as.
    """

    kind: SourceKind
    name: str
    values: dict[str, Any] = field(default_factory=dict)
    dataset: Dataset | None = None
    uploads: Iterable[Upload] = ()
    file: BinaryIO | Path | None = None
    tus: TusUpload | None = None


def recognise_content(head: bytes) -> Content:
    """Return what a file is by its first 512 bytes; "" for anything else."""
    if recognise_kind(head) is not None:
        return "image"
    if looks_like_archive(head):
        return "archive"
    return "video" if looks_like_video(head) else ""


def from_uploads(uploads: Iterable[Upload], *, count: int) -> Source:
    """Images; a single file may be an archive or a video, which its content says."""
    if count == 1:
        (upload,) = list(uploads)
        head = upload.file.read(HEAD_BYTES)
        upload.file.seek(0)
        name = bare_name(upload.name)
        if (content := recognise_content(head)) in ("archive", "video"):
            kind = SourceKind.ARCHIVE if content == "archive" else SourceKind.VIDEO
            return Source(kind, name, file=upload.file)
        return Source(SourceKind.UPLOAD, name, uploads=[upload])
    return Source(SourceKind.UPLOAD, f"{count} images", uploads=uploads)


def from_tus_upload(upload_id: UUID, *, owner: AbstractBaseUser) -> Source:
    """A file that was uploaded for a prediction. Raises ServiceError."""
    rows = TusUpload.objects.filter(pk=upload_id, owner_id=owner.pk, is_ended=False)
    upload = rows.filter(dataset__isnull=True).first()
    if upload is None:
        raise ServiceError(
            "There is no such upload: start one at /api/predictions/uploads/.", code="no_upload"
        )
    if not rows.filter(offset_bytes=F("length_bytes")).exists():
        raise ConflictError("The upload is not whole yet: send the rest.", code="upload_not_whole")
    path = annotator_paths.upload_path(upload)
    source = from_path(path, name=upload.name)
    if source.kind == SourceKind.UPLOAD:
        return Source(
            SourceKind.UPLOAD, upload.name, uploads=_opened(path, upload.name), tus=upload
        )
    return Source(source.kind, upload.name, file=path, tus=upload)


def from_path(path: Path, *, name: str = "") -> Source:
    """A file of this machine, whatever it is."""
    with path.open("rb") as handle:
        content = recognise_content(handle.read(HEAD_BYTES))
    name = bare_name(name or path.name)
    if content == "archive":
        return Source(SourceKind.ARCHIVE, name, file=path)
    if content == "video":
        return Source(SourceKind.VIDEO, name, file=path)
    return Source(SourceKind.UPLOAD, name, uploads=_opened(path, name))


def _opened(path: Path, name: str) -> Iterable[Upload]:
    with path.open("rb") as handle:
        yield Upload(name, handle)


def from_url(url: str) -> Source:
    """An image, an archive or a video, which the worker downloads. Raises ServiceError."""
    check_url(url)
    return Source(SourceKind.URL, name_of(url.strip()), {"url": url.strip()})


def from_stream(address: str) -> Source:
    """A live stream, which the worker records; what it is asked for is checked there again."""
    scheme = address.partition("://")[0].lower()
    check_url(address if scheme in ("http", "https") else f"http://{address.partition('://')[2]}")
    if scheme not in ("http", "https", "rtsp", "rtsps"):
        raise ServiceError(
            "A stream has an address that begins with rtsp://, http:// or https://.",
            code="bad_address",
        )
    return Source(SourceKind.STREAM, name_of(address.strip()), {"address": address.strip()})


def from_server_folder(text: str) -> Source:
    """A folder, an archive or a video in a folder that an administrator allows. Raises
    ServiceError."""
    path = find_source(text)
    return Source(SourceKind.SERVER_FOLDER, shown_name(path.name), {"path": str(path)})


def from_local_folder(path: Path) -> Source:
    """A folder that whoever runs the server names on the command line."""
    real = path.resolve()
    values = {"path": str(real), "is_local": True}
    return Source(SourceKind.SERVER_FOLDER, shown_name(real.name), values)


def from_images(dataset: Dataset, image_ids: Sequence[UUID]) -> Source:
    """Images that a person chose in the grid, each once. Raises ServiceError for another's."""
    ids = list(dict.fromkeys(image_ids))
    found = Image.objects.filter(dataset=dataset, pk__in=ids).count()
    if found < len(ids):
        raise ServiceError(
            f"{len(ids) - found} of the images are not in the dataset (any more).",
            code="images_missing",
        )
    values = {"dataset": dataset.pk, "images": [str(pk) for pk in ids]}
    noun = "image" if len(ids) == 1 else "images"
    name = f"{dataset.name[:200]} ({len(ids)} {noun})"
    return Source(SourceKind.DATASET, name, values, dataset=dataset)


def from_dataset(dataset: Dataset, filters: ImageFilters, *, query: str = "") -> Source:
    """What ``filters`` of the grid let through; ``query``: as a person gave them."""
    given = {name: value for name, value in filters.items() if value is not None}
    values = {"dataset": dataset.pk, "filters": given, "filter": query}
    name = f"{dataset.name} (filtered)" if given else dataset.name
    return Source(SourceKind.DATASET, name[:255], values, dataset=dataset)


def from_version(version: Version, split: str) -> Source:
    if version.state != JobState.FINISHED:
        raise ConflictError(f"Version {version.number} is not frozen yet.", code="version_busy")
    name = f"{version.dataset.name}, version {version.number}, {split}"
    values: Mapping[str, Any] = {"version": version.pk, "split": split}
    return Source(SourceKind.VERSION, name[:255], dict(values), dataset=version.dataset)


def bare_name(name: str) -> str:
    """The name of a file without its folders, on one line."""
    return one_line(name.replace("\\", "/").rpartition("/")[2])[:255] or "image"


def shown_name(name: str) -> str:
    return one_line(name.encode(errors="replace").decode())[-255:]

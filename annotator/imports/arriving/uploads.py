"""Archives that are sent in parts: starting, listing, cancelling and clearing up.

``receiving.py`` takes their bytes. What becomes of a whole upload is the import room's part
(``annotator/imports/arrivals.py``).
"""

import contextlib
import re
from datetime import datetime, timedelta
from pathlib import Path, PurePath
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from annotator import paths
from annotator.kernel.disk import check_disk_space
from annotator.kernel.errors import ConflictError, ServiceError, TooLargeError
from annotator.kernel.files import fsync_dir
from annotator.labels.video.kinds import VIDEO_EXTENSIONS
from annotator.models import ACTIVE_STATES, Dataset, Import, Upload

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.zst")
SUFFIXES = (*ARCHIVES, *(f".{each}" for each in sorted(VIDEO_EXTENSIONS)))
"""Of one file that a dataset, or a part of it, comes in."""

MOST_OF_PERSON = 10
MOST_OF_DATASET = 20
EXPIRY = timedelta(days=1)


def most_bytes() -> int:
    """Return how large an upload may be (SEGLOOP_MAX_UPLOAD_GIGABYTES)."""
    return int(settings.MAX_UPLOAD_GIGABYTES * 1024**3)


def start_upload(
    dataset: Dataset | None, *, owner: User, name: str, length_bytes: int, fingerprint: str = ""
) -> Upload:
    """Open an upload of ``length_bytes``, whose bytes come later; ``dataset``: to be imported into,
    None for a source of a prediction. Raises ServiceError."""
    name = PurePath(name.replace("\\", "/")).name or "archive"
    suffix = find_suffix(name)
    if length_bytes > most_bytes():
        raise TooLargeError(f"An upload may have {settings.MAX_UPLOAD_GIGABYTES:g} GB at most.")
    if length_bytes == 0:
        raise ServiceError(f"{name} is empty.", code="empty")
    paths.uploads_dir().mkdir(parents=True, exist_ok=True)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=owner.pk)
        if dataset is not None:
            Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)
        _check_open(dataset, owner)
        check_disk_space(length_bytes + _reserved_bytes())
        upload = Upload.objects.create(
            dataset=dataset,
            owner=owner,
            name=name[-255:],
            suffix=suffix,
            fingerprint=fingerprint,
            length_bytes=length_bytes,
            active_at=timezone.now(),
        )
        paths.upload_path(upload).touch()
        fsync_dir(paths.uploads_dir())
    return upload


def find_suffix(name: str) -> str:
    """Return which kind of archive or video a file is, by its name. Raises ServiceError."""
    lower = name.lower()
    found = [suffix for suffix in SUFFIXES if lower.endswith(suffix)]
    if not found:
        raise ServiceError(
            f"{name} is not an archive or a video that Segloop reads: send "
            f"{', '.join(ARCHIVES[:-1])} or {ARCHIVES[-1]}, or a video (.mp4, .mov, .mkv, …).",
            code="bad_archive",
        )
    return found[0]


def _check_open(dataset: Dataset | None, owner: User) -> None:
    rows = Upload.objects.filter(is_ended=False)
    if rows.filter(owner=owner).count() >= MOST_OF_PERSON:
        raise ConflictError(
            f"You have {MOST_OF_PERSON} uploads that are not finished: continue or cancel one "
            "before you start another.",
            code="too_many_uploads",
        )
    if dataset is not None and rows.filter(dataset=dataset).count() >= MOST_OF_DATASET:
        raise ConflictError(
            f"The dataset has {MOST_OF_DATASET} uploads that are not finished: wait until one "
            "ends.",
            code="too_many_uploads",
        )


def _reserved_bytes() -> int:
    """Return how much the open uploads will still write."""
    missing = Upload.objects.filter(is_ended=False).aggregate(
        bytes=Sum(F("length_bytes") - F("offset_bytes"))
    )
    return missing["bytes"] or 0


def open_uploads_of(user: User) -> QuerySet[Upload]:
    """Return the uploads that ``user`` can continue, for an import or for a prediction."""
    rows = Upload.objects.filter(owner=user, is_ended=False, dataset__deleted_at__isnull=True)
    return rows.select_related("dataset", "import_job")


def expires_at(upload: Upload) -> datetime:
    """Return when an upload that gets no more bytes is deleted."""
    return upload.active_at + EXPIRY


def cancel_upload(upload: Upload) -> None:
    """Delete an open upload and what has come of it; an ended one is left to its import."""
    if Upload.objects.filter(pk=upload.pk, is_ended=False).delete()[0]:
        paths.upload_path(upload).unlink(missing_ok=True)


def end_upload(upload: Upload, *, import_id: int | None = None, error: str = "") -> bool:
    """Note what became of a whole upload. False: another request was first."""
    return (
        Upload.objects.filter(pk=upload.pk, is_ended=False).update(
            is_ended=True, import_job_id=import_id, error=error
        )
        == 1
    )


def whole_uploads() -> QuerySet[Upload]:
    """Return uploads of which every byte is there and that no import was made of yet."""
    rows = Upload.objects.filter(
        is_ended=False,
        offset_bytes=F("length_bytes"),
        dataset__isnull=False,
        dataset__deleted_at__isnull=True,
    )
    return rows.select_related("dataset", "owner")


def remove_expired_uploads() -> int:
    """Delete uploads without a byte for a day, and what is known of ended ones."""
    before = timezone.now() - EXPIRY
    expired = list(Upload.objects.filter(is_ended=False, active_at__lt=before))
    for upload in expired:
        cancel_upload(upload)
    Upload.objects.filter(is_ended=True, active_at__lt=before).delete()
    return len(expired)


def is_awaited(path: Path) -> bool:
    """Whether a file of the folder of uploads still grows: an open upload, or a download."""
    with contextlib.suppress(ValueError):
        if Upload.objects.filter(pk=UUID(hex=path.name.split(".")[0]), is_ended=False).exists():
            return True
    found = re.fullmatch(r"import-(\d{1,18})\.part(\.json)?", path.name)
    if found is None:
        return False
    return Import.objects.filter(pk=int(found[1]), state__in=ACTIVE_STATES).exists()

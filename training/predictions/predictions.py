"""Predictions: uploading images for one, its results as files."""

import os
import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from annotator import paths as annotator_paths
from annotator.images.deep import window_of
from annotator.imports.arriving.uploads import end_upload
from annotator.imports.uploads import MAX_IMAGE_BYTES
from annotator.kernel.disk import check_disk_space
from annotator.kernel.errors import ConflictError, ServiceError
from annotator.kernel.events import publish_event
from annotator.kernel.files import write_atomically
from annotator.kernel.jobs import cancel_job
from annotator.labels.pixels.images import ImageError, TakenImage, make_thumbnail, take_image
from annotator.models import Dataset
from annotator.models.jobs import ENDED_STATES, JobState
from training import paths
from training.checkpoints.usable import UsableModel
from training.jobs.announce import announce
from training.jobs.deleting import delete_predicted_images, delete_predictions
from training.jobs.device_holds import AUTO
from training.jobs.nudges import nudge_worker
from training.models import PredictedImage, Prediction, SourceKind

from .sources.files import PredictedFiles
from .sources.listing import video_name
from .sources.requested import HEAD_BYTES, Source, Upload, bare_name, recognise_content

ALONE = "predict on it by itself."
MOST_DELETED_AT_ONCE = 1000
"""A prediction on more images is hidden at once; a worker removes it piece by piece."""

DELETE_SECONDS = 2.0
"""How long a worker removes before it looks after other things."""


def start_prediction(
    model: UsableModel,
    source: Source,
    *,
    confidence: float,
    device: str,
    options: Mapping[str, Any] | None = None,
    dataset_for: Dataset | None = None,
    created_by: AbstractBaseUser | None,
) -> Prediction:
    """Store what was uploaded and queue the prediction; a worker lists every other source.

    ``options``: as :func:`check_options` returns them. An uploaded image that cannot be read gets
    its reason and the others go on; raises ServiceError when none can be read.
    """
    prediction = Prediction(
        **model.foreign_keys,
        dataset=_seen_by(model, source, dataset_for),
        class_names=model.class_names,
        source_kind=source.kind,
        source_name=source.name[:255],
        source=source.values,
        options=dict(options or {}),
        confidence=confidence,
        device=device or AUTO,
        created_by_id=None if created_by is None else created_by.pk,
        state=JobState.CANCELLED,  # until the images are there, no worker may take it
    )
    prediction.save()
    try:
        if source.kind == SourceKind.UPLOAD:
            _store_uploads(prediction, source.uploads)
        elif source.file is not None:
            _store_file(prediction, source)
        with transaction.atomic():
            _end_upload(source)
            prediction.state = JobState.QUEUED
            prediction.progress_unit = "images"
            prediction.save()
            nudge_worker(prediction)
            announce(prediction)
    except BaseException:
        _delete(prediction)
        raise
    if source.tus is not None:
        annotator_paths.upload_path(source.tus).unlink(missing_ok=True)
    return prediction


def _end_upload(source: Source) -> None:
    if source.tus is not None and not end_upload(source.tus):
        raise ConflictError("The upload is used already.", code="no_upload")


def _seen_by(model: UsableModel, source: Source, dataset_for: Dataset | None) -> Dataset | None:
    """Return whose members may see a prediction; None: its person alone.

    Members of the model's dataset may not see the images of another one, nor the other way round.
    """
    named = [item for item in (model.dataset, source.dataset, dataset_for) if item is not None]
    return named[0] if len({item.pk for item in named}) == 1 else None


def _store_uploads(prediction: Prediction, uploads: Iterable[Upload]) -> None:
    images = [_store_upload(prediction, i, upload) for i, upload in enumerate(uploads)]
    _refuse_if_none(images)
    PredictedImage.objects.bulk_create(images)
    prediction.source = {**prediction.source, "is_listed": True}
    prediction.image_count = prediction.progress_total = len(images)
    if not prediction.source_name:
        prediction.source_name = images[0].file_name


def _store_file(prediction: Prediction, source: Source) -> None:
    """Put an archive or a video into the folder of the prediction."""
    is_video = source.kind == SourceKind.VIDEO
    name = video_name(source.name) if is_video else "source"
    target = paths.prediction_source_dir(prediction) / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if is_video:
        prediction.source = {**prediction.source, "file": name}
    file = source.file
    if isinstance(file, Path) and source.tus is not None:
        _link_or_copy(file, target)
        return
    size = file.stat().st_size if isinstance(file, Path) else getattr(file, "size", 0)
    check_disk_space(size or 0)
    with target.open("wb") as copy, _opened(file) as handle:
        shutil.copyfileobj(handle, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())


def _link_or_copy(file: Path, target: Path) -> None:
    """The upload goes once the prediction is queued; until then it may be used again."""
    try:
        os.link(file, target)
    except OSError:
        check_disk_space(file.stat().st_size)
        shutil.copyfile(file, target)


def _opened(file: BinaryIO | Path | None) -> AbstractContextManager[BinaryIO]:
    assert file is not None  # noqa: S101 - asked before
    return file.open("rb") if isinstance(file, Path) else nullcontext(file)


def _store_upload(prediction: Prediction, position: int, upload: Upload) -> PredictedImage:
    image = PredictedImage(
        prediction=prediction,
        position=position,
        file_name=bare_name(upload.name),
        extension="",
        sha256="",
    )
    try:
        taken: TakenImage = take_image(
            _read_upload(upload),
            max_megapixels=settings.MAX_IMAGE_MEGAPIXELS,
            window=None if prediction.dataset is None else window_of(prediction.dataset),
        )
    except ImageError as error:
        image.error = str(error)
        image.is_done = True
        return image
    image.extension, image.sha256 = taken.extension, taken.sha256
    image.width, image.height = taken.width, taken.height
    write_atomically(paths.predicted_image_path(image), taken.data)
    return image


def _read_upload(upload: Upload) -> bytes:
    data = upload.file.read(MAX_IMAGE_BYTES + 1)
    content = recognise_content(data[:HEAD_BYTES])
    if content in ("archive", "video"):
        raise ImageError(f"This is {'an archive' if content == 'archive' else 'a video'}: {ALONE}")
    if len(data) > MAX_IMAGE_BYTES:
        raise ImageError(f"An image has at most {MAX_IMAGE_BYTES >> 20} MB.")
    return data


def _refuse_if_none(images: list[PredictedImage]) -> None:
    if not images:
        raise ServiceError("Choose at least one image.", code="no_images")
    if all(image.error for image in images):
        first = images[0]
        raise ServiceError(f"{first.file_name}: {first.error}", code="no_readable_image")


def pause_prediction(prediction: Prediction) -> None:
    """Let a prediction rest: what is done stays, the worker stops at the next image. Raises
    ConflictError for one that has ended."""
    rows = Prediction.objects.filter(pk=prediction.pk)
    if not rows.filter(state__in=(JobState.QUEUED, JobState.RUNNING)).update(is_paused=True):
        raise ConflictError("The prediction has already ended.", code="prediction_ended")
    prediction.refresh_from_db()
    announce(prediction)


def resume_prediction(prediction: Prediction) -> None:
    """Go on with a paused prediction, or with one that failed or was cancelled: images that are
    done are not predicted again. Raises ConflictError for any other."""
    rows = Prediction.objects.filter(pk=prediction.pk)
    with transaction.atomic():
        moved = rows.filter(
            state__in=(JobState.FAILED, JobState.CANCELLED), finished_at__isnull=False
        ).update(
            state=JobState.QUEUED,
            is_paused=False,
            attempts=0,
            error="",
            error_hint="",
            finished_at=None,
            started_at=None,
            progress_message="",
        )
        if not moved and not rows.filter(is_paused=True).update(is_paused=False):
            raise ConflictError(
                "Only a prediction that is paused, failed or was cancelled can go on.",
                code="prediction_not_paused",
            )
        prediction.refresh_from_db()
        nudge_worker(prediction)
        announce(prediction)


def cancel_prediction(prediction: Prediction) -> None:
    if not cancel_job(prediction):
        raise ConflictError("The prediction has already ended.", code="prediction_ended")
    announce(prediction)


def delete_prediction(prediction: Prediction) -> None:
    """Delete a prediction with its images. Raises ConflictError while a worker has it."""
    if prediction.state == JobState.QUEUED:
        cancel_job(prediction)
    if prediction.state not in ENDED_STATES:
        raise ConflictError("The prediction is running: cancel it first.", code="prediction_busy")
    dataset, prediction_id = prediction.dataset, prediction.pk
    if prediction.image_count <= MOST_DELETED_AT_ONCE:
        _delete(prediction)
    else:
        ended = Prediction.objects.filter(pk=prediction_id, state__in=ENDED_STATES)
        if not ended.update(deleted_at=timezone.now()):
            raise ConflictError("It goes on: cancel it first.", code="prediction_busy")
    publish_event("prediction.changed", dataset=dataset, id=prediction_id)


def keep_predictions(queues: frozenset[str]) -> None:
    """A housekeeper (config/worker.py): remove a piece of what was deleted, the oldest first.

    The files go behind the rows, and the prediction last: what a crash leaves is done later.
    """
    if "cpu" not in queues:
        return
    until = time.monotonic() + DELETE_SECONDS
    for prediction in Prediction.all_objects.filter(deleted_at__isnull=False).order_by("pk"):
        delete_predicted_images(prediction.pk, budget_seconds=until - time.monotonic())
        if prediction.images.exists() or not _remove_files(prediction, until):
            return
        _delete(prediction)


def _remove_files(prediction: Prediction, until: float) -> bool:
    """Remove the files of images; False: the time is over, and there are more."""
    with suppress(FileNotFoundError), os.scandir(paths.prediction_dir(prediction) / "images") as it:
        for file in it:
            Path(file).unlink(missing_ok=True)
            if time.monotonic() > until:
                return False
    return True


def _delete(prediction: Prediction) -> None:
    folder = paths.prediction_dir(prediction)
    delete_predictions(Prediction.all_objects.filter(pk=prediction.pk))
    shutil.rmtree(folder, ignore_errors=True)


# --- pixels ----------------------------------------------------------------------------------


def read_picture(image: PredictedImage) -> bytes:
    """Return the bytes of an image, wherever they lie. Raises Http404 where they are gone."""
    path = PredictedFiles(image.prediction).find(image)
    if path is None:
        raise Http404
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Http404 from None


def read_thumbnail(image: PredictedImage) -> bytes:
    """Return the thumbnail as WebP; it is made the first time and kept under ``cache/``."""
    path = paths.predicted_thumbnail_path(image)
    with suppress(FileNotFoundError):
        return path.read_bytes()
    content = make_thumbnail(read_picture(image))
    with suppress(OSError):
        write_atomically(path, content)
    return content

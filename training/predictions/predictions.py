"""Predictions: uploading images for one, cancelling and deleting it, its pixels."""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import PurePosixPath
from typing import BinaryIO, NamedTuple

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import Http404

from annotator.images.deep import window_of
from annotator.imports.uploads import MAX_IMAGE_BYTES
from annotator.kernel.errors import ConflictError, ServiceError
from annotator.kernel.events import publish_event
from annotator.kernel.files import write_atomically
from annotator.kernel.jobs import cancel_job
from annotator.kernel.plain_text import one_line
from annotator.labels.pixels.images import ImageError, TakenImage, make_thumbnail, take_image
from annotator.models.jobs import ENDED_STATES, JobState
from training import paths
from training.jobs.announce import announce
from training.jobs.deleting import delete_predictions
from training.jobs.device_holds import AUTO
from training.jobs.nudges import nudge_worker
from training.models import Checkpoint, PredictedImage, Prediction
from training.versions.payloads import class_names

CONFIDENCE_FLOOR = 0.05
"""Everything from here on is kept, so that the confidence slider needs no server."""


class Upload(NamedTuple):
    name: str
    file: BinaryIO


def start_prediction(
    checkpoint: Checkpoint,
    uploads: Iterable[Upload],
    *,
    confidence: float,
    device: str,
    created_by: AbstractBaseUser | None,
) -> Prediction:
    """Store the uploaded images and queue the prediction.

    An image that cannot be read gets its reason and the others go on; raises ServiceError when
    none can be read.
    """
    if not paths.checkpoint_path(checkpoint).is_file():
        raise ServiceError("The file of that checkpoint is gone.", code="checkpoint_missing")
    prediction = Prediction(
        checkpoint=checkpoint,
        dataset=checkpoint.run.dataset,
        class_names=class_names(checkpoint.run.version),
        confidence=confidence,
        device=device or AUTO,
        created_by_id=None if created_by is None else created_by.pk,
        state=JobState.CANCELLED,  # until the images are there, no worker may take it
    )
    prediction.save()
    try:
        images = [_store_upload(prediction, i, upload) for i, upload in enumerate(uploads)]
        _refuse_if_none(images)
        with transaction.atomic():
            PredictedImage.objects.bulk_create(images)
            prediction.image_count = len(images)
            prediction.state = JobState.QUEUED
            prediction.progress_total = len(images)
            prediction.progress_unit = "images"
            prediction.save()
            nudge_worker(prediction)
            announce(prediction)
    except BaseException:
        _delete(prediction)
        raise
    return prediction


def _store_upload(prediction: Prediction, position: int, upload: Upload) -> PredictedImage:
    image = PredictedImage(
        prediction=prediction,
        position=position,
        file_name=_bare_name(upload.name),
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
    if len(data) > MAX_IMAGE_BYTES:
        raise ImageError(f"An image has at most {MAX_IMAGE_BYTES >> 20} MB.")
    return data


def _bare_name(name: str) -> str:
    return one_line(PurePosixPath(name.replace("\\", "/")).name)[:255] or "image"


def _refuse_if_none(images: list[PredictedImage]) -> None:
    if not images:
        raise ServiceError("Choose at least one image.", code="no_images")
    if all(image.error for image in images):
        first = images[0]
        raise ServiceError(f"{first.file_name}: {first.error}", code="no_readable_image")


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
    _delete(prediction)
    publish_event("prediction.changed", dataset=dataset, id=prediction_id)


def _delete(prediction: Prediction) -> None:
    folder = paths.prediction_dir(prediction)
    delete_predictions(Prediction.objects.filter(pk=prediction.pk))
    shutil.rmtree(folder, ignore_errors=True)


# --- pixels ----------------------------------------------------------------------------------


def read_picture(image: PredictedImage) -> bytes:
    try:
        return paths.predicted_image_path(image).read_bytes()
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

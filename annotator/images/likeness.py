"""Perceptual hash, brightness and sharpness: measured once for each image by a ``cpu`` worker, and
kept in its row."""

import logging
from collections.abc import Callable
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from annotator.kernel.files import file_lock
from annotator.kernel.nudges import nudge_worker
from annotator.kernel.turns import job_turn
from annotator.labels.pixels.images import ImageError
from annotator.labels.pixels.likeness import Look, look_at
from annotator.models import Dataset, Image

from .thumbnails import read_picture, read_thumbnail
from .tiles import is_tiled

logger = logging.getLogger(__name__)

_BATCH = 50
UNREADABLE = -1.0
"""Brightness and sharpness of an image that cannot be read."""


def count_uncompared(dataset: Dataset) -> int:
    """Return how many images wait for their hash."""
    return Image.objects.filter(dataset=dataset, perceptual_hash__isnull=True).count()


def waiting_images(dataset: Dataset) -> QuerySet[Image]:
    """Images that nobody has looked at the pixels of."""
    return Image.objects.filter(dataset=dataset, brightness__isnull=True)


def hash_images(dataset: Dataset, *, goes_on: Callable[[], bool] = lambda: True) -> int:
    """Look at the images that were not looked at, a batch a transaction, while ``goes_on`` says so.

    Returns how many they were. One worker a dataset does it at a time.
    """
    count = 0
    with file_lock(str(dataset.pk), kind="likeness"):
        while goes_on() and (images := list(waiting_images(dataset).order_by()[:_BATCH])):
            looks: dict[UUID, Look] = {}
            for image in images:
                image.dataset = dataset
                looks[image.pk] = _look_at(image)
            with job_turn():
                for pk, look in looks.items():
                    Image.all_objects.filter(pk=pk).update(**look._asdict())
            count += len(images)
    return count


def _look_at(image: Image) -> Look:
    """0, like nothing, for what cannot be read: it is not tried again and again."""
    try:
        data = read_thumbnail(image) if is_tiled(image) else read_picture(image)
        return look_at(data)
    except (Http404, ImageError, OSError) as error:
        logger.warning("%s cannot be compared with others: %s", image, error)
        return Look(0, UNREADABLE, UNREADABLE)


def nudge_hashing() -> None:
    """Ask for the hashes of images that came in since, dataset by dataset."""
    rows = Image.objects.filter(perceptual_hash__isnull=True, dataset__deleted_at__isnull=True)
    for dataset_id in rows.order_by().values_list("dataset_id", flat=True).distinct():
        nudge_worker("annotator.tasks.hash_images", dataset_id)


def hash_dataset(dataset_id: int) -> None:
    """Compute the hashes of a dataset that are missing."""
    dataset = Dataset.objects.filter(pk=dataset_id, deleted_at__isnull=True).first()
    if dataset is not None:
        hash_images(dataset)

"""Perceptual hashes: computed once for each image by a ``cpu`` worker, and kept in its row."""

import logging
from collections.abc import Callable
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from annotator.kernel.files import file_lock
from annotator.kernel.nudges import nudge_worker
from annotator.kernel.turns import job_turn
from annotator.labels.pixels.images import ImageError
from annotator.labels.pixels.likeness import perceptual_hash
from annotator.models import Dataset, Image

from .thumbnails import read_picture, read_thumbnail
from .tiles import is_tiled

logger = logging.getLogger(__name__)

_BATCH = 50


def count_uncompared(dataset: Dataset) -> int:
    """Return how many images wait for their hash."""
    return _waiting(dataset).count()


def _waiting(dataset: Dataset) -> QuerySet[Image]:
    return Image.objects.filter(dataset=dataset, perceptual_hash__isnull=True)


def hash_images(dataset: Dataset, *, goes_on: Callable[[], bool] = lambda: True) -> int:
    """Compute the hashes that are missing, a batch a transaction, while ``goes_on`` says so.

    Returns how many were computed. One worker a dataset does it at a time.
    """
    count = 0
    with file_lock(str(dataset.pk), kind="likeness"):
        while goes_on() and (images := list(_waiting(dataset).order_by()[:_BATCH])):
            hashes: dict[UUID, int] = {}
            for image in images:
                image.dataset = dataset
                hashes[image.pk] = _hash_of(image)
            with job_turn():
                for pk, value in hashes.items():
                    Image.all_objects.filter(pk=pk).update(perceptual_hash=value)
            count += len(images)
    return count


def _hash_of(image: Image) -> int:
    """0, like nothing, for what cannot be read: it is not tried again and again."""
    try:
        data = read_thumbnail(image) if is_tiled(image) else read_picture(image)
        return perceptual_hash(data)
    except (Http404, ImageError, OSError) as error:
        logger.warning("%s cannot be compared with others: %s", image, error)
        return 0


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

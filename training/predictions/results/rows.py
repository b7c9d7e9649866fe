"""The images of a prediction with what was found in them, read in batches."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from django.db.models import QuerySet

from training.checkpoints.usable import model_of
from training.models import PredictedImage, Prediction
from training.predictions.sources.files import PredictedFiles

_BATCH_IMAGES = 100


def class_names_of(prediction: Prediction) -> list[str]:
    """By class index; rows of earlier releases have none of their own."""
    names: list[str] = prediction.class_names or model_of(prediction).class_names
    return names


def result_rows(prediction: Prediction) -> QuerySet[PredictedImage]:
    """Rows with the images of datasets that they are, or became."""
    return PredictedImage.objects.filter(prediction=prediction).select_related(
        "source_image__dataset", "taken_as__dataset"
    )


def walk_images(
    prediction: Prediction, *, after: int = -1, only: Sequence[int] | None = None
) -> Iterator[PredictedImage]:
    """Every image that was looked at, by position, behind ``after``; ``only``: these positions, in
    rising order. No query stays open between two batches."""
    rows = result_rows(prediction).filter(is_done=True).order_by("position")
    if only is None:
        while batch := list(rows.filter(position__gt=after)[:_BATCH_IMAGES]):
            yield from _of(prediction, batch)
            after = batch[-1].position
        return
    for begin in range(0, len(only), _BATCH_IMAGES):
        part = only[begin : begin + _BATCH_IMAGES]
        yield from _of(prediction, list(rows.filter(position__in=part)))


def _of(prediction: Prediction, batch: list[PredictedImage]) -> Iterator[PredictedImage]:
    for image in batch:
        image.prediction = prediction
        yield image


def file_of(image: PredictedImage) -> Path | None:
    """Where the pixels lie; None where they are gone, and for a frame of a video."""
    return PredictedFiles(image.prediction).find(image)

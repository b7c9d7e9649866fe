"""Images of more than 8 bits a value: the window through which a dataset's are seen."""

from django.conf import settings

from annotator.labels.pixels.deep_images import Window
from annotator.labels.pixels.images import TakenImage, take_image
from annotator.models import (
    Dataset,
)


def window_of(dataset: Dataset) -> Window | None:
    """The window of a dataset's images of more than 8 bits; None before the first of them."""
    if dataset.window_low is None or dataset.window_high is None:
        return None
    return Window(dataset.window_low, dataset.window_high)


def take_image_for(dataset: Dataset, data: bytes) -> TakenImage:
    """:func:`take_image` through the dataset's window; the first deep image makes that window.

    Raises ImageError.
    """
    limit = settings.MAX_IMAGE_MEGAPIXELS
    taken = take_image(data, max_megapixels=limit, window=window_of(dataset))
    if taken.original is None or window_of(dataset) is not None:
        return taken
    own = taken.original.window
    first = Dataset.objects.filter(pk=dataset.pk, window_low__isnull=True)
    first.update(window_low=own.low, window_high=own.high)
    dataset.refresh_from_db(fields=["window_low", "window_high"])
    if window_of(dataset) == own:
        return taken
    return take_image(data, max_megapixels=limit, window=window_of(dataset))

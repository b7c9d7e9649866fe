"""The window of a dataset: through which images of more than 8 bits a value are shown and trained.

Setting a window only changes the dataset's row; a ``cpu`` worker then renders each image again from
its original, one at a time: the new file takes the old one's place, then the rows follow. An image
whose row names another window than the dataset's is still to be rendered, so the work goes on
after a crash, and freezing a version completes it first.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TypedDict
from uuid import UUID

import redis
from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Min, Q, QuerySet

from annotator import paths
from annotator.kernel.disk import check_disk_space
from annotator.kernel.errors import ConflictError, ServiceError
from annotator.kernel.events import publish_event
from annotator.kernel.files import file_lock, write_atomically
from annotator.kernel.nudges import nudge_worker
from annotator.kernel.redis_client import redis_client
from annotator.kernel.turns import write_turn
from annotator.labels.pixels.deep_images import ValueRange, Window, pool_windows
from annotator.labels.pixels.images import ImageError, encode_preview, take_image
from annotator.models import Dataset, Image, ImageOriginal, Import

from .deep import window_of
from .places import find_image_file

logger = logging.getLogger(__name__)

POOLED_IMAGES = 2000
"""The automatic window looks at so many images at most."""

TOLD_EVERY = 20
_RENDERING = "segloop:windows:{dataset_id}"
_RENDERING_SECONDS = 60
_preview_turns = threading.BoundedSemaphore(2)


class WindowState(TypedDict):
    """``low`` and ``high``: the window, None before the first image of more than 8 bits a value.

    ``lowest``, ``highest``: of all their values. ``images``: how many there are, ``waiting``: how
    many are still to be rendered through the window.
    """

    low: int | None
    high: int | None
    is_automatic: bool
    lowest: int
    highest: int
    images: int
    waiting: int


def read_window(dataset: Dataset) -> WindowState:
    rows = ImageOriginal.objects.filter(image__dataset=dataset, image__deleted_at__isnull=True)
    extremes = rows.aggregate(lowest=Min("lowest"), highest=Max("highest"))
    return {
        "low": dataset.window_low,
        "high": dataset.window_high,
        "is_automatic": dataset.window_is_automatic,
        "lowest": extremes["lowest"] or 0,
        "highest": extremes["highest"] or 0,
        "images": rows.count(),
        "waiting": _waiting(dataset).filter(image__deleted_at__isnull=True).count(),
    }


def set_window(dataset: Dataset, window: Window) -> WindowState:
    """Show and train the dataset's deep images through this window from now on."""
    _check_has_originals(dataset)
    return _change(dataset, window, is_automatic=False)


def set_automatic_window(dataset: Dataset) -> WindowState:
    """Take the window from the percentiles of the dataset's images."""
    _check_has_originals(dataset)
    return _change(dataset, _pooled_window(dataset), is_automatic=True)


def settle_first_window(job: Import) -> None:
    """After an import that brought a dataset's first deep images: one window from all of them.

    Until then the window is that of the first image alone.
    """
    dataset = Dataset.objects.get(pk=job.dataset_id)
    if not dataset.window_is_automatic or job.started_at is None:
        return
    rows = ImageOriginal.objects.filter(image__dataset=dataset)
    if rows.filter(image__created_at__lt=job.started_at).exists() or not rows.exists():
        return
    window = _pooled_window(dataset)
    if window != window_of(dataset):
        _change(dataset, window, is_automatic=True)


def render_dataset(dataset_id: int) -> int:
    """Render what waits, unless another worker does. Returns how many images were rendered."""
    key = _RENDERING.format(dataset_id=dataset_id)
    client = redis_client()
    if not client.set(key, "1", nx=True, ex=_RENDERING_SECONDS):
        return 0
    try:
        return render_pending(
            Dataset.objects.get(pk=dataset_id, deleted_at__isnull=True),
            on_each=lambda: client.expire(key, _RENDERING_SECONDS),
        )
    except Dataset.DoesNotExist:
        return 0
    finally:
        client.delete(key)


def render_pending(dataset: Dataset, *, on_each: Callable[[], object] = lambda: None) -> int:
    """Render every image of the dataset that waits, one after the other."""
    count = 0
    for image_id in list(_waiting(dataset).order_by("image__stem").values_list("pk", flat=True)):
        count += _render(image_id)
        with suppress(redis.RedisError):
            on_each()
        if count % TOLD_EVERY == 0:
            _tell(dataset)
    if count:
        _tell(dataset)
    return count


def nudge_waiting() -> None:
    """Ask for the rendering of what a crash left, dataset by dataset."""
    waiting = _all_waiting().filter(image__dataset__deleted_at__isnull=True)
    for dataset_id in waiting.order_by().values_list("image__dataset_id", flat=True).distinct():
        nudge_worker("annotator.tasks.render_windows", dataset_id)


def render_preview(image: Image, window: Window) -> bytes:
    """A JPEG of the image through another window, to look at before it is set.

    Raises ConflictError for an image of 8 bits a value.
    """
    original = ImageOriginal.objects.filter(image=image).first()
    if original is None:
        raise ConflictError("The image has 8 bits a value; it is shown as it is.", code="not_deep")
    try:
        with _preview_turns:
            data = paths.original_path(image, original.extension).read_bytes()
            limit = settings.MAX_IMAGE_MEGAPIXELS
            return encode_preview(take_image(data, max_megapixels=limit, window=window).data)
    except (OSError, ImageError) as error:
        raise ServiceError("The image's original cannot be read.", code="no_original") from error


class ImageValues(TypedDict):
    """The extremes of an image's values, and the percentiles between which most lie."""

    lowest: int
    highest: int
    low: int
    high: int


def read_image_values(image: Image) -> ImageValues | None:
    """What values an image has; None for one of 8 bits a value."""
    row = ImageOriginal.objects.filter(image=image).first()
    if row is None:
        return None
    return {"lowest": row.lowest, "highest": row.highest, "low": row.low, "high": row.high}


def remove_original_files(originals: Iterable[ImageOriginal]) -> None:
    """Remove the files of originals whose rows were purged; ``image.dataset`` is loaded."""
    for original in originals:
        paths.original_path(original.image, original.extension).unlink(missing_ok=True)


def _check_has_originals(dataset: Dataset) -> None:
    if not ImageOriginal.objects.filter(image__dataset=dataset).exists():
        raise ConflictError(
            "No image of this dataset has more than 8 bits a value, so there is no window to set.",
            code="no_deep_images",
        )


def _change(dataset: Dataset, window: Window, *, is_automatic: bool) -> WindowState:
    dataset.window_low, dataset.window_high = window
    dataset.window_is_automatic = is_automatic
    with transaction.atomic():
        dataset.save(update_fields=["window_low", "window_high", "window_is_automatic"])
        publish_event("dataset.changed", dataset=dataset, id=dataset.pk)
        nudge_worker("annotator.tasks.render_windows", dataset.pk)
    return read_window(dataset)


def _pooled_window(dataset: Dataset) -> Window:
    rows = ImageOriginal.objects.filter(image__dataset=dataset).order_by("image_id")
    ranges = [
        ValueRange(*values)
        for values in rows.values_list("lowest", "highest", "low", "high")[:POOLED_IMAGES]
    ]
    return pool_windows(ranges)


def _all_waiting() -> QuerySet[ImageOriginal]:
    """Those rendered through another window than their dataset's."""
    return ImageOriginal.objects.exclude(
        Q(window_low=F("image__dataset__window_low"))
        & Q(window_high=F("image__dataset__window_high"))
    )


def _waiting(dataset: Dataset) -> QuerySet[ImageOriginal]:
    return _all_waiting().filter(image__dataset=dataset)


def _render(image_id: UUID) -> int:
    """Render one image through its dataset's window; 1 if that was still to be done."""
    with file_lock(str(image_id)):
        original = (
            _all_waiting().select_related("image__dataset").filter(pk=image_id).first()
        )  # a joined row: images in the trash are among them
        if original is None:
            return 0
        image = original.image
        window = window_of(image.dataset)
        try:
            data = paths.original_path(image, original.extension).read_bytes()
        except FileNotFoundError:
            logger.exception("the original of image %s is gone; it stays as it is", image.pk)
            original.delete()
            return 0
        check_disk_space(image.size_bytes)
        taken = take_image(data, max_megapixels=float("inf"), window=window)
        write_atomically(find_image_file(image), taken.data)
        low, high = (taken.original.window if taken.original else window) or (0, 1)
        with write_turn(), transaction.atomic():
            Image.all_objects.filter(pk=image.pk).update(
                sha256=taken.sha256, size_bytes=len(taken.data), file_mtime_ns=None
            )
            ImageOriginal.objects.filter(pk=image.pk).update(window_low=low, window_high=high)
    return 1


def _tell(dataset: Dataset) -> None:
    publish_event("images.changed", dataset=dataset)
    publish_event("dataset.changed", dataset=dataset, id=dataset.pk)

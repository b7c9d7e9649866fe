"""Tiles of big pictures: made once by a ``cpu`` worker, kept under ``cache/`` by content.

Whether they are there is a matter of the disk; who is making them, and what went wrong, is noted
in Redis, where it expires::

    (nothing) ──request──▶ queued ──make──▶ making ──▶ the folder is there
        ▲                    │                 └─────▶ failed
        └────── expired ─────┴── expired: the worker is gone ──┘
"""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from django.conf import settings
from django.http import Http404
from redis import RedisError

from annotator import paths
from annotator.kernel.child_process import ChildFailedError, run_module
from annotator.kernel.disk import check_disk_space
from annotator.kernel.errors import ConflictError, DiskFullError
from annotator.kernel.event_types import TilesState
from annotator.kernel.events import publish_event
from annotator.kernel.files import write_atomically
from annotator.kernel.nudges import nudge_worker
from annotator.kernel.redis_client import redis_client
from annotator.labels.pixels.images import make_thumbnail
from annotator.labels.pixels.pyramid import TILE_EXTENSION
from annotator.models import Image

from .places import find_image_file

logger = logging.getLogger(__name__)

TILED_SIDE_PX = 8192
"""A longer side is more than the textures of many graphics cards hold."""

MAKE_SECONDS = 1800.0
THUMBNAIL_SECONDS = 60.0
_QUEUED = "segloop:tiles:{sha256}:queued"
_MAKING = "segloop:tiles:{sha256}:making"
_FAILED = "segloop:tiles:{sha256}:failed"
_QUEUED_SECONDS = 60
_MAKING_SECONDS = 30
_FAILED_SECONDS = 600

_thumbnail_turns = threading.BoundedSemaphore(2)


def is_tiled(image: Image) -> bool:
    """Whether the picture is too big to be opened as a whole."""
    return (
        image.width * image.height > settings.TILED_MEGAPIXELS * 1e6
        or max(image.width, image.height) > TILED_SIDE_PX
    )


def read_tiles_state(image: Image) -> TilesState:
    """Return how far the tiles are; asks for them where they are missing.

    Raises ConflictError for a picture that opens as a whole.
    """
    if not is_tiled(image):
        raise ConflictError(
            "This picture is small enough to be opened as a whole; it has no tiles.",
            code="not_tiled",
        )
    if paths.tiles_dir(image).is_dir():
        return {"state": "ready", "detail": ""}
    try:
        if reason := redis_client().get(_FAILED.format(sha256=image.sha256)):
            return {"state": "failed", "detail": str(reason)}
        if redis_client().exists(_MAKING.format(sha256=image.sha256)):
            return {"state": "making", "detail": "The tiles of this big picture are being made."}
        request_tiles(image)
    except RedisError:
        return {
            "state": "failed",
            "detail": "Redis does not answer, so no worker can be asked for the tiles. "
            "Try again in a moment.",
        }
    return {"state": "making", "detail": "The tiles wait for a worker of the cpu queue."}


def request_tiles(image: Image) -> None:
    """Ask a worker for the tiles, once for all who ask. Raises RedisError."""
    key = _QUEUED.format(sha256=image.sha256)
    if redis_client().set(key, "1", nx=True, ex=_QUEUED_SECONDS):
        nudge_worker("annotator.tasks.make_tiles", str(image.pk))


def request_tiles_of_new(image: Image) -> None:
    """Ask for the tiles of a picture that was just taken in, if it is big."""
    if is_tiled(image):
        with suppress(RedisError):  # whoever opens it asks again
            request_tiles(image)


def make_tiles(image_id: UUID) -> None:
    """Make the tiles of an image, unless they are there or somebody else is at it."""
    image = Image.objects.select_related("dataset").filter(pk=image_id).first()
    if image is None or paths.tiles_dir(image).is_dir():
        return
    making = _MAKING.format(sha256=image.sha256)
    client = redis_client()
    if not client.set(making, "1", nx=True, ex=_MAKING_SECONDS):
        return
    state: TilesState = {"state": "ready", "detail": ""}
    try:
        _make_pyramid(image, making)
    except (ChildFailedError, DiskFullError) as error:
        logger.warning("no tiles of image %s: %s", image.pk, error)
        reason = str(error).rstrip(".")
        state = {"state": "failed", "detail": f"The tiles could not be made: {reason}."}
        client.set(_FAILED.format(sha256=image.sha256), state["detail"], ex=_FAILED_SECONDS)
    finally:
        client.delete(making, _QUEUED.format(sha256=image.sha256))
    publish_event("image.tiles", dataset=image.dataset, id=str(image.pk), data=state)


def read_tile(image: Image, *, level: int, column: int, row: int) -> bytes:
    """Return one tile. Raises Http404 where there is none, or where the cache was deleted."""
    path = paths.tiles_dir(image) / str(level) / f"{column}_{row}.{TILE_EXTENSION}"
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise Http404 from None


def make_big_thumbnail(image: Image) -> bytes:
    """Return the thumbnail of a big picture as WebP, a few at a time. Raises Http404."""
    with suppress(Http404):
        return make_thumbnail(read_tile(image, level=0, column=0, row=0))
    try:
        with _thumbnail_turns:
            return _run_child(image, "--thumbnail", timeout_seconds=THUMBNAIL_SECONDS)
    except ChildFailedError as error:
        logger.warning("no thumbnail of image %s: %s", image.pk, error)
        raise Http404 from error


def _make_pyramid(image: Image, making_key: str) -> None:
    check_disk_space(image.size_bytes)
    target = paths.tiles_dir(image)

    def renew() -> None:
        with suppress(RedisError):
            redis_client().expire(making_key, _MAKING_SECONDS)

    _run_child(image, target=str(target), timeout_seconds=MAKE_SECONDS, on_tick=renew)
    thumbnail = paths.thumbnail_path(image)
    if not thumbnail.exists():
        write_atomically(thumbnail, make_big_thumbnail(image))


def _run_child(
    image: Image,
    *options: str,
    target: str = "",
    timeout_seconds: float,
    on_tick: Callable[[], object] = lambda: None,
) -> bytes:
    """Run labels.pixels.tiles on the image; once more if a save moved that meanwhile."""
    targets = [target] if target else []
    for is_last in (False, True):
        source = find_image_file(image)
        try:
            return run_module(
                "annotator.labels.pixels.tiles",
                *options,
                str(source),
                *targets,
                timeout_seconds=timeout_seconds,
                on_tick=on_tick,
            )
        except ChildFailedError:
            if is_last or source.exists():
                raise
    raise AssertionError  # the loop returns or raises

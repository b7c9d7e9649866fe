"""Images that look like one: the nearest by perceptual hash among all images of its dataset.

The hashes of a dataset are kept in memory, eight bytes an image, until they change.
"""

from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import Literal, NamedTuple
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import Max
from numpy.typing import NDArray

from annotator.models import Dataset, Image

from .likeness import count_uncompared

MOST_SIMILAR = 200
_DATASETS_IN_MEMORY = 4
_IMAGE = Image._meta.db_table
_HASHED = "dataset_id = %s AND deleted_at IS NULL AND perceptual_hash IS NOT NULL"
_MODULUS = 2_147_483_647

Stamp = tuple[int, int, datetime | None]


class Alike(NamedTuple):
    """``distance``: in how many of the 64 bits the hashes differ."""

    image_id: UUID
    distance: int


class Similar(NamedTuple):
    """``waiting``: the image's own hash is not computed yet; ``plain``: nothing to compare by.
    ``uncompared``: images of the dataset without a hash, which cannot be among the nearest."""

    state: Literal["compared", "waiting", "plain"]
    nearest: list[Alike]
    uncompared: int


class _Hashes(NamedTuple):
    stamp: Stamp
    ids: NDArray[np.bytes_]
    hashes: NDArray[np.uint64]


_kept: OrderedDict[int, _Hashes] = OrderedDict()
_lock = Lock()


def find_similar(image: Image, *, limit: int) -> Similar:
    """Return the images most like ``image``, the nearest first, equals by their ids."""
    uncompared = count_uncompared(image.dataset)
    if image.perceptual_hash is None:
        return Similar("waiting", [], uncompared)
    if image.perceptual_hash == 0:
        return Similar("plain", [], uncompared)
    kept = _hashes_of(image.dataset)
    own = np.array([image.perceptual_hash], dtype=np.int64).view(np.uint64)[0]
    distances = np.bitwise_count(kept.hashes ^ own)
    count = min(limit + 1, len(distances))
    nearest = np.argpartition(distances, count - 1)[:count] if count else np.array([], dtype=int)
    alike = [Alike(UUID(kept.ids[place].decode()), int(distances[place])) for place in nearest]
    others = sorted((each for each in alike if each.image_id != image.pk), key=_nearness)
    return Similar("compared", others[:limit], uncompared)


def _nearness(each: Alike) -> tuple[int, str]:
    return each.distance, each.image_id.hex


def _hashes_of(dataset: Dataset) -> _Hashes:
    """Return the hashes of a dataset; 0, nothing to compare by, is left out."""
    stamp = _stamp_of(dataset)
    with _lock:
        kept = _kept.get(dataset.pk)
        if kept is not None and kept.stamp == stamp:
            _kept.move_to_end(dataset.pk)
            return kept
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, perceptual_hash FROM {_IMAGE} "  # noqa: S608 - constants
            f"WHERE {_HASHED} AND perceptual_hash <> 0",
            [dataset.pk],
        )
        rows = cursor.fetchall()
    ids = [pk.hex if isinstance(pk, UUID) else pk for pk, _ in rows]
    kept = _Hashes(
        stamp,
        np.array(ids, dtype="S32"),
        np.array([value for _, value in rows], dtype=np.int64).view(np.uint64),
    )
    with _lock:
        _kept[dataset.pk] = kept
        _kept.move_to_end(dataset.pk)
        while len(_kept) > _DATASETS_IN_MEMORY:
            _kept.popitem(last=False)
    return kept


def _stamp_of(dataset: Dataset) -> Stamp:
    """A number of hashes, a sum over them, and when the newest image came in: read from indexes.

    It changes when they do, also where an image made room for another with its hash.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT COUNT(*), COALESCE(SUM(perceptual_hash %% {_MODULUS}), 0) "  # noqa: S608
            f"FROM {_IMAGE} WHERE {_HASHED}",
            [dataset.pk],
        )
        count, total = cursor.fetchone()
    newest = dataset.images.aggregate(newest=Max("created_at"))["newest"]
    return int(count), int(total), newest

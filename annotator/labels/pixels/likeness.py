"""What an image looks like, in 64 bits: near-duplicates differ in few of them. How bright and how
sharp it is comes from the same pixels.

``imagehash`` brings SciPy with it, so it is imported where a hash is computed: by workers alone.
"""

import io
from typing import NamedTuple

import numpy as np
from PIL import Image

from .images import ImageError

_HASH_SIDE_PX = 256
_SIDE_PX = 640
"""Sharpness is measured at the size at which YOLO trains by default."""
_FLAT = 2
"""An image whose grey values differ by less has nothing to compare by."""


class Look(NamedTuple):
    """``perceptual_hash``: pHash as signed 64 bits, 0 for an image that is all of one colour.
    ``brightness``: the mean grey value, 0 to 1. ``sharpness``: the variance of the Laplacian
    (Pech-Pacheco et al. 2000) of the grey values (0 to 255), the image no larger than 640 px."""

    perceptual_hash: int
    brightness: float
    sharpness: float


def look_at(data: bytes) -> Look:
    """Measure an image. Raises ImageError for what cannot be read."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.draft("L", (_SIDE_PX, _SIDE_PX))
            grey = image.point(lambda value: value / 256) if image.mode == "I;16" else image
            grey = grey.convert("L")
            grey.thumbnail((_SIDE_PX, _SIDE_PX), reducing_gap=2.0)
            values = np.asarray(grey, dtype=np.float32)
            bits = hash_grey(grey)
    except Exception as error:  # Pillow raises whatever a damaged file leads it to
        raise ImageError("The image cannot be compared with others: it is damaged.") from error
    return Look(bits, float(values.mean()) / 255, _laplacian_variance(values))


def perceptual_hash(data: bytes) -> int:
    """The hash alone; see :class:`Look`. Raises ImageError for what cannot be read."""
    return look_at(data).perceptual_hash


def hash_grey(grey: Image.Image) -> int:
    """The hash of an image that is grey already, which is made small in place."""
    import imagehash

    low, high = grey.getextrema()
    if float(high) - float(low) < _FLAT:  # type: ignore[arg-type]
        return 0
    grey.thumbnail((_HASH_SIDE_PX, _HASH_SIDE_PX), reducing_gap=2.0)
    bits = imagehash.phash(grey).hash.flatten()
    value = sum(1 << place for place, bit in enumerate(bits) if bit)
    return int(value - (1 << 64) if value >> 63 else value)


def _laplacian_variance(values: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> float:
    if min(values.shape) < 3:
        return 0.0
    inner = values[1:-1, 1:-1]
    around = values[:-2, 1:-1] + values[2:, 1:-1] + values[1:-1, :-2] + values[1:-1, 2:]
    return float((around - 4 * inner).var())

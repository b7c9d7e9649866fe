"""What an image looks like, in 64 bits: near-duplicates differ in few of them.

``imagehash`` brings SciPy with it, so it is imported where a hash is computed: by workers alone.
"""

import io

from PIL import Image

from .images import ImageError

_DRAFT_SIDE_PX = 256
_FLAT = 2
"""An image whose grey values differ by less has nothing to compare by."""


def perceptual_hash(data: bytes) -> int:
    """Return the hash (pHash) of an image as signed 64 bits; 0 for one that is all of one colour.

    Raises ImageError for what cannot be read.
    """
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.draft("L", (_DRAFT_SIDE_PX, _DRAFT_SIDE_PX))
            grey = image.point(lambda value: value / 256) if image.mode == "I;16" else image
            return hash_grey(grey.convert("L"))
    except Exception as error:  # Pillow raises whatever a damaged file leads it to
        raise ImageError("The image cannot be compared with others: it is damaged.") from error


def hash_grey(grey: Image.Image) -> int:
    """The same of an image that is grey already, which is made small in place."""
    import imagehash

    grey.thumbnail((_DRAFT_SIDE_PX, _DRAFT_SIDE_PX), reducing_gap=2.0)
    low, high = grey.getextrema()
    if float(high) - float(low) < _FLAT:  # type: ignore[arg-type]
        return 0
    bits = imagehash.phash(grey).hash.flatten()
    value = sum(1 << place for place, bit in enumerate(bits) if bit)
    return int(value - (1 << 64) if value >> 63 else value)

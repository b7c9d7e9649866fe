"""COCO's three sizes of objects, by the area of their mask in pixels of the stored image."""

from typing import Literal

import numpy as np

from .matching import Floats, Ints

Size = Literal["small", "medium", "large"]
SIZES: tuple[Size, ...] = ("small", "medium", "large")
AREA_LIMITS = (32.0**2, 96.0**2)
"""Small objects are below the first, large ones from the second on."""


def sizes_of(area: Floats) -> Ints:
    """The place in ``SIZES`` of each area."""
    return np.searchsorted(np.array(AREA_LIMITS), area, side="right").astype(np.int64)

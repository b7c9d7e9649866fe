"""How sizes, points, shapes and the like are divided into bars. Pure.

A bar of a chart and the filter of the images behind it use the same limits, so that the filter
lists what the bar counts. A value belongs to the bin whose lower limit it reaches.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Bins:
    """``limits`` divide values into ``len(limits) + 1`` bins, each with a label."""

    limits: tuple[float, ...]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def places(self, values: ArrayLike) -> NDArray[np.intp]:
        """The bin of each value."""
        return np.searchsorted(np.asarray(self.limits), np.asarray(values), side="right")

    def count(self, values: ArrayLike) -> NDArray[np.int64]:
        """How many values lie in each bin."""
        return np.bincount(self.places(values), minlength=len(self)).astype(np.int64)

    def bounds(self, place: int) -> tuple[float | None, float | None]:
        """The lower limit of a bin, which belongs to it, and the upper one, which does not."""
        low = self.limits[place - 1] if place else None
        return low, self.limits[place] if place < len(self.limits) else None


SIZES = Bins(
    (0.0001, 0.001, 0.01, 0.05, 0.2),
    ("< 0.01 %", "0.01–0.1 %", "0.1–1 %", "1–5 %", "5–20 %", "> 20 %"),
)
"""The share of its image that an object covers."""

POINTS = Bins(
    (5, 9, 17, 33, 65, 129),
    ("3–4", "5–8", "9–16", "17–32", "33–64", "65–128", "> 128"),
)
"""Points of all rings of an object."""

ASPECTS = Bins(
    (1 / 5, 1 / 3, 1 / 2, 4 / 5, 5 / 4, 2.0, 3.0, 5.0),
    ("< 1:5", "1:5–1:3", "1:3–1:2", "1:2–4:5", "square", "5:4–2:1", "2:1–3:1", "3:1–5:1", "> 5:1"),
)
"""Width to height of the box around an object; "square" is 4:5 to 5:4."""

OBJECTS = Bins(
    (1, 2, 3, 6, 11, 21, 51, 101),
    ("0", "1", "2", "3–5", "6–10", "11–20", "21–50", "51–100", "> 100"),
)
"""Objects of an image."""

BRIGHTNESS = Bins(
    tuple(place / 10 for place in range(1, 10)),
    tuple(f"{10 * place}–{10 * place + 10} %" for place in range(10)),
)
"""The mean grey value of an image, black to white."""

SHARPNESS = Bins(
    (10, 30, 100, 300, 1000, 3000),
    ("< 10", "10–30", "30–100", "100–300", "300–1,000", "1,000–3,000", "> 3,000"),
)
"""The variance of the Laplacian of an image: low is blurred, or of one colour."""

PIXELS = Bins(
    (100_000, 300_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000, 16_000_000),
    ("< 0.1", "0.1–0.3", "0.3–1", "1–2", "2–4", "4–8", "8–16", "> 16"),
)
"""Pixels of an image; the labels are in megapixels."""

SHAPES = Bins(
    (0.5, 0.8, 1.25, 2.0),
    ("< 1:2", "1:2–4:5", "square", "5:4–2:1", "> 2:1"),
)
"""Width to height of an image."""

GRID = 8
CELLS = GRID * GRID
"""Cells of the heat map of positions, row by row from the top left."""


def cells_of(xs: ArrayLike, ys: ArrayLike) -> NDArray[np.intp]:
    """The cell of each position; ``xs`` and ``ys`` are shares of the image's sides."""
    columns = np.clip((np.asarray(xs) * GRID).astype(np.intp), 0, GRID - 1)
    rows = np.clip((np.asarray(ys) * GRID).astype(np.intp), 0, GRID - 1)
    return rows * GRID + columns


def mask_of(places: NDArray[np.intp]) -> int:
    """One bit for each bin that is not empty; bit 63 makes the number negative, as databases
    store 64 bits with a sign."""
    mask = 0
    for place in np.unique(places).tolist():
        mask |= 1 << place
    return mask - (1 << 64) if mask >> 63 else mask


def bit_of(place: int) -> int:
    """The number of which only the bit of a bin is set, signed as in :func:`mask_of`."""
    return (1 << place) - (1 << 64) if place == CELLS - 1 else 1 << place

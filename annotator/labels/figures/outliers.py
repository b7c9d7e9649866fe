"""Objects of a size or shape that is odd for their class: a robust rule. Pure.

An object is an outlier where the logarithm of its value is more than ``DEVIATIONS`` robust
deviations (1.4826 × the median absolute deviation) from the median of its class (the modified
z-score of Iglewicz and Hoaglin, 1993), and differs from it by a factor of ``SIZE_FACTOR`` or
``ASPECT_FACTOR`` at least. Classes of fewer than ``FEWEST`` objects have no outliers.

Values are counted in bins of 5 %, so that memory does not grow with the objects.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DEVIATIONS = 3.5
FEWEST = 20
SIZE_FACTOR = 3.0
ASPECT_FACTOR = 2.0

_STEP = math.log(1.05)
_LOWEST = math.log(1e-9)
BINS = round((math.log(1e4) - _LOWEST) / _STEP)


class Bounds(NamedTuple):
    """Values from ``low`` to ``high`` are usual."""

    low: float
    high: float


def log_bins(values: NDArray[np.floating]) -> NDArray[np.intp]:
    """The bin of each value, which is above 0."""
    logs = np.log(np.maximum(values.astype(np.float64), 1e-9))
    return np.clip(((logs - _LOWEST) / _STEP).astype(np.intp), 0, BINS - 1)


def usual_bounds(counts: NDArray[np.int64], *, factor: float) -> Bounds | None:
    """Return the usual values of a class from its counts by :func:`log_bins`; None for too few."""
    if counts.sum() < FEWEST:
        return None
    middles = (_LOWEST + (np.arange(BINS) + 0.5) * _STEP).astype(np.float64)
    median = _weighted_median(middles, counts)
    deviation = 1.4826 * _weighted_median(np.abs(middles - median), counts)
    reach = max(DEVIATIONS * deviation, math.log(factor))
    return Bounds(math.exp(median - reach), math.exp(median + reach))


def _weighted_median(values: NDArray[np.float64], counts: NDArray[np.int64]) -> float:
    order = np.argsort(values, kind="stable")
    total = np.cumsum(counts[order])
    place = int(np.searchsorted(total, (total[-1] + 1) // 2))
    return float(values[order[place]])

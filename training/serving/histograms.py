"""Times as counts in buckets that grow by seven percent: a quantile is off by that much at most."""

import math
from collections.abc import Mapping

FIRST_MS = 0.1
GROWTH = 1.07


def bucket_of(milliseconds: float) -> int:
    """Return the number of the bucket that holds a time; 0: up to ``FIRST_MS``."""
    if milliseconds <= FIRST_MS:
        return 0
    return math.ceil(math.log(milliseconds / FIRST_MS) / math.log(GROWTH))


def middle_of(bucket: int) -> float:
    """Return the time in the middle of a bucket, in milliseconds."""
    return FIRST_MS * GROWTH ** (bucket - 0.5) if bucket else 0.0


def quantile_of(counts: Mapping[int, int], share: float) -> float | None:
    """Return the time below which ``share`` of the counted ones lie; None of nothing."""
    rank = share * sum(counts.values())
    reached = 0
    for bucket in sorted(counts):
        reached += counts[bucket]
        if reached >= rank and reached:
            return round(middle_of(bucket), 2)
    return None

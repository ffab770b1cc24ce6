"""Counts of lengths of time in buckets that grow by a tenth, so that a quantile is right to 5 %. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping

from tracker.lib.times import SECOND

GROWTH = 1.1
"""How much longer each bucket reaches than the one below it: its middle is at most 5 % off what is in it."""

Histogram = Mapping[int, int]
"""Bucket -> how many lengths of time are in it."""


def bucket_of(span: int) -> int:
    """Return the bucket of a length of time in microseconds; what is shorter than a second is in bucket 0."""
    return 0 if span < SECOND else 1 + int(math.log(span / SECOND) / math.log(GROWTH))


def middle_of(bucket: int) -> int:
    """Return the length of time in the middle of a bucket, in microseconds."""
    return 0 if bucket <= 0 else round(SECOND * GROWTH ** (bucket - 0.5))


def quantile(counts: Histogram, share: float) -> int | None:
    """Return the length of time that this share of all is not longer than, to 5 %; None where nothing was counted."""
    total = sum(counts.values())
    reached = 0
    for bucket in sorted(counts):
        reached += counts[bucket]
        if total > 0 and reached >= share * total:
            return middle_of(bucket)
    return None

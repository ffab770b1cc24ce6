"""Many lengths of time as a few numbers: how many, their sum, and how many were no longer than each of some bounds."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

ABOVE = 0
"""In place of its bound: the bucket of what is above the last one."""


@dataclass(slots=True)
class Histogram:
    """Any number of values in microseconds; without bounds only their count and their sum."""

    count: int = 0
    total: int = 0
    #: How many values are in each bucket, by its upper bound; empty buckets are left out.
    buckets: dict[int, int] = field(default_factory=dict)

    def note(self, value: int, bounds: Sequence[int]) -> None:
        """Take in one value, by bounds that ascend."""
        self.count += 1
        self.total += value
        if bounds:
            at = bisect_left(bounds, value)
            self._put(bounds[at] if at < len(bounds) else ABOVE, 1)

    def add(self, other: Histogram) -> None:
        """Take in all values of another."""
        self.count += other.count
        self.total += other.total
        for bound, count in other.buckets.items():
            self._put(bound, count)

    def _put(self, bound: int, count: int) -> None:
        self.buckets[bound] = self.buckets.get(bound, 0) + count

    def cumulative(self, bounds: Sequence[int]) -> list[int]:
        """Return for each bound how many values were no longer.

        What was counted by bounds that are no longer used counts from the next bound on.
        """
        counts = [0] * (len(bounds) + 1)
        for bound, count in self.buckets.items():
            counts[len(bounds) if bound == ABOVE else bisect_left(bounds, bound)] += count
        return list(accumulate(counts[:-1]))

    def quantile(self, share: float, bounds: Sequence[int]) -> int | None:
        """Estimate what this share of the values did not exceed; None where there are none.

        As Prometheus does: evenly between the bounds of a bucket, and at most the last bound.
        """
        wanted = share * self.count
        for lower, upper, before, upto in self._steps(bounds):
            if upto >= wanted and upto > before:
                return lower + round((upper - lower) * max(0.0, wanted - before) / (upto - before))
        return bounds[-1] if self.count and bounds else None

    def _steps(self, bounds: Sequence[int]) -> Iterator[tuple[int, int, int, int]]:
        counts = self.cumulative(bounds)
        yield from zip((0, *bounds), bounds, (0, *counts), counts, strict=False)

    def text(self) -> str:
        """Write the buckets in short, as they are stored."""
        return json.dumps(dict(sorted(self.buckets.items())), separators=(",", ":"))


def stored(count: int, total: int, buckets: str) -> Histogram:
    """Read what was stored, with the buckets as `Histogram.text` wrote them."""
    return Histogram(count, total, {int(bound): number for bound, number in json.loads(buckets).items()})

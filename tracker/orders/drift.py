"""Whether the orders of a service take clearly longer than they did, told once each time that they begin to. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from tracker.lib.times import MINUTE

NEWEST = 20
"""The newest orders, which are compared with those before."""

BEFORE = 40
"""Orders before them that there must be."""

SLOWER = 2.0
"""How many times as long the newest must take in the middle; and"""

LATE = 15
"""so many of them must take longer than three of four took before: a few slow orders are no drift. And"""

LEAST = 10 * MINUTE
"""by so much longer they must take: a service of seconds that takes twice as many is no news."""

AS_BEFORE = 1.4
"""Up to how many times as long as before they take in the middle when it is over."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A service has become slower, or is as fast as before again. Times are microseconds, in the middle."""

    newest: int
    usual: int
    is_over: bool = False


def drift(durations: Sequence[int], usual: int | None = None) -> Drift | None:
    """Decide whether a service drifts, by how long its completed orders took, the newest first; None: nothing new.

    `usual` is what its orders took before, where it was told already that they take longer: until that is over, it
    is not told again, and what is usual does not move.
    """
    newest, before = durations[:NEWEST], sorted(durations[NEWEST:])
    if len(newest) < NEWEST:
        return None
    now = int(median(newest))
    if usual is not None:
        return Drift(now, usual, is_over=True) if now <= AS_BEFORE * usual else None
    if len(before) < BEFORE:
        return None
    was, slow = int(median(before)), before[len(before) * 3 // 4]
    is_slower = now >= SLOWER * was and now - was >= LEAST
    return Drift(now, was) if is_slower and sum(one > slow for one in newest) >= LATE else None

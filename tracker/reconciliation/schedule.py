"""When an order whose answer was lost is looked for. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def first_check_at(lost_at: int, looks: Sequence[int], not_before: int = 0) -> int:
    """Return when evidence is first gathered; `not_before` is when the `add` is surely over."""
    return max(not_before, lost_at + looks[0])


def next_check_at(lost_at: int, looks: Sequence[int], now: int) -> int:
    """Return when evidence is gathered next: at each of `looks` after the loss; the last of them repeats."""
    for after in looks:
        if lost_at + after > now:
            return lost_at + after
    return lost_at + looks[-1] * ((now - lost_at) // looks[-1] + 1)

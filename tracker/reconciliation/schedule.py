"""When an order whose answer was lost is looked for. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracker.lib.times import HOUR, MINUTE, SECOND

QUICK = 10 * SECOND
"""Checks within this time after a loss come before any other order is sent: the fewer ids are given meanwhile, the
fewer may be the lost order's."""

CLOSING = 10 * MINUTE
"""How often it is checked, for an hour, once late arrivals have had their time: the next orders' ids are known then."""


JUST_AFTER = 2 * SECOND
"""How soon after the settle time the first of these checks comes: what waited for that has got its ids by then, and no
two clocks differ by so much."""


def is_awaited(checked_at: int | None, due_at: int, lost_at: int) -> bool:
    """Tell whether a lost order was not checked yet, or is to be checked again within QUICK of its loss."""
    return checked_at is None or due_at <= lost_at + QUICK


def first_check_at(lost_at: int, looks: Sequence[int], settle: int, not_before: int = 0) -> int:
    """Return when evidence is first gathered; `not_before` is when the `add` is surely over.

    Others wait for it, so it is never later than right after the settle time.
    """
    return max(not_before, lost_at + min(looks[0], settle + JUST_AFTER))


def next_check_at(lost_at: int, looks: Sequence[int], settle: int, now: int) -> int:
    """Return when evidence is gathered next: at each of `looks` after the loss, and around the settle time.

    The last of `looks` repeats.
    """
    later = [after for after in _all_looks(looks, settle) if lost_at + after > now]
    repeated = looks[-1] * ((now - lost_at) // looks[-1] + 1)
    return lost_at + min([*later, repeated])


def _all_looks(looks: Sequence[int], settle: int) -> Iterator[int]:
    yield from looks
    yield from range(settle + JUST_AFTER, settle + JUST_AFTER + HOUR + 1, CLOSING)

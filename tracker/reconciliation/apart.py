"""Which queued orders wait because they could not be told apart from a lost one. Pure.

A lost order is known by its charge: while it may still arrive, another order of the same charge whose answer is lost as
well would leave two ids that fit both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A lost order that may still arrive, for `rest` more microseconds."""

    order_id: int
    expected_charge: Decimal | None
    rest: int


def waits_for(charge: Decimal | None, unsettled: Sequence[Unsettled]) -> Unsettled | None:
    """Return the lost order that an order of this charge waits for longest; an unknown charge is like any other."""
    alike = [
        one for one in unsettled if None in (charge, one.expected_charge) or one.expected_charge == charge
    ]
    return max(alike, key=lambda one: one.rest, default=None)

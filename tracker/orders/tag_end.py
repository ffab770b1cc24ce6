"""When all orders of a tag have ended, and what is told of it: how many ended how, and what they cost. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from tracker.events import Event, Notice
from tracker.lib import money
from tracker.orders.order import ENDED, State

Counts = Mapping[str, int]
"""How many orders of a tag are in which state."""

OPEN = frozenset({State.QUEUED, State.SUBMITTING, State.UNKNOWN, State.ACTIVE})
"""States from which an order still goes on."""


class TagChange(NamedTuple):
    """How many orders of a tag were in which state before a transaction, and are after it."""

    tag: str
    before: Counts
    after: Counts

    @property
    def has_ended(self) -> bool:
        """Tell whether the last of its orders came to its end just now; what was only given up is no end."""
        goes_on = [any(counts.get(state, 0) for state in OPEN) for counts in (self.before, self.after)]
        return goes_on == [True, False] and any(self.after.get(state, 0) for state in ENDED)


class Ended(NamedTuple):
    """What counts of one order of a tag that has ended."""

    state: str
    charge: Decimal | None
    expected_charge: Decimal | None
    currency: str | None
    #: What `remains` counts down from.
    total: int | None
    remains: int | None


def notice_of_end(tag: str, ended: Iterable[Ended]) -> Notice:
    """Make the notice that a tag is over: its orders by their state, and their cost by currency, to the last digit."""
    counts: Counter[str] = Counter()
    spent: dict[str, Decimal] = {}
    unpriced = 0
    for one in ended:
        counts[one.state] += 1
        cost = _cost(one)
        if cost is None:
            unpriced += 1
        elif one.state in ENDED:
            spent[one.currency or ""] = spent.get(one.currency or "", Decimal(0)) + cost
    facts = {
        "tag": tag,
        "orders": {str(state): counts[state] for state in State if counts[state]},
        "spent": {currency: money.text(spent[currency]) for currency in sorted(spent)},
        "unpriced": unpriced,
    }
    return Notice(Event.TAG_ENDED, facts=facts)


def _cost(one: Ended) -> Decimal | None:
    """Return what an order cost for good, if its panel gives back what it did not deliver; None: it is not known."""
    if one.state not in ENDED:
        return Decimal(0)
    known = [amount for amount in (one.charge, one.expected_charge) if amount is not None]
    if not known or one.state == State.FAILED:
        return None
    match one.state:
        case State.COMPLETED:
            return known[0]
        case State.CANCELED:
            return Decimal(0)
        case _ if one.total and one.remains is not None and 0 <= one.remains <= one.total:
            return max(known) * (one.total - one.remains) / one.total
        case _:
            return None

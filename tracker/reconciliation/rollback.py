"""Whether a database knows all that was sent from its account, when it may have been put back. Pure.

Nothing on this machine shows that a whole folder or a whole machine was rolled back. The account does: its wallet holds
less than the orders here explain, and it has orders that nobody here placed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

from tracker.lib import money
from tracker.orders.ledger import ZERO, Range

SHOWN = 5
"""How many ids a reason names."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What the panel says of an account, compared with the database."""

    #: Whether the database was moved or put back, as far as its files tell.
    moved: bool
    #: By how much more the wallet sank than the orders here explain; None when that is not known.
    sank: Range | None = None
    #: Ids above the newest own one that are the account's and that no order here can have.
    strangers: Sequence[str] = ()
    #: What the queued orders should cost, in the order in which they would be sent.
    queued: Sequence[Decimal] = ()
    #: Whether the panel was asked about ids above the newest own one.
    asked: bool = False
    #: What shows that it may be another database, with orders that may be sent; None when nothing does.
    doubt: str | None = None


def has_sunk(sank: Range | None) -> bool:
    """Tell whether the wallet sank by more than the orders here can explain."""
    return sank is not None and sank.low > ZERO


def why_behind(signs: Signs) -> str | None:
    """Say what shows that orders were sent which the database does not know; None when nothing does."""
    if signs.strangers:
        more = f" and {len(signs.strangers) - SHOWN} more" if len(signs.strangers) > SHOWN else ""
        return f"the account has orders that nobody here placed: {', '.join(signs.strangers[:SHOWN])}{more}"
    if signs.sank is None or not has_sunk(signs.sank):
        return _why_unseen(signs)
    amount = money.text(signs.sank.low)
    if signs.moved:
        return f"the wallet sank by {amount} more than the orders here cost"
    count = _first_of_queue(signs.sank, signs.queued)
    return None if count is None else f"the wallet sank by {amount}, which is what the next {_orders(count)}"


def _why_unseen(signs: Signs) -> str | None:
    """Say what could not be compared, when nothing could be that shows whether orders were sent since."""
    if signs.doubt is None or signs.asked or (signs.sank is not None and ZERO in signs.sank):
        return None
    wallet = (
        "what the wallet should hold is not known" if signs.sank is None else "the wallet has risen since"
    )
    return f"{signs.doubt}, and the panel cannot show what was sent since: no order id could be compared, and {wallet}"


def _orders(count: int) -> str:
    return "queued order costs" if count == 1 else f"{count:,} queued orders cost"


def ids_above(newest: str | None, owned: Iterable[int], count: int) -> list[str]:
    """Return the ids just above the newest own one; none where ids are no numbers."""
    if newest is None or not newest.isascii() or not newest.isdecimal() or len(newest) > LONGEST:
        return []
    top = max((int(newest), *owned))
    return [str(one) for one in range(top + 1, top + 1 + count)]


LONGEST = 18
"""Digits of an id that is a counter."""


def _first_of_queue(sank: Range, queued: Sequence[Decimal]) -> int | None:
    """Return how many orders at the head of the queue cost just that: a database rolled back would send them again."""
    for count, total in enumerate(accumulate(queued), start=1):
        if total in sank:
            return count
    return None

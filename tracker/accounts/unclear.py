"""Says of refunds that cannot be told apart what is known of them, and what is not. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from tracker.accounts.retraced import Unclear, Why
from tracker.lib import money

SHOWN = 8
"""Orders that a sentence names."""

SENTENCES: Mapping[Why, str] = {
    Why.WHICH: "{amount} did not come, and one or some of these make it up: {orders}",
    Why.ORDER: "{amount} is missing: it did not come back for {orders}, or an unknown or dropped order was charged",
    Why.BEFORE: "{amount} is missing: it did not come back for {orders}, or it came before the end was seen",
    Why.TOP_UP: "{amount} was put in if money came back for {orders}; if not, more was put in, by as much",
    Why.LATE: "{amount} came in: the refund of {orders} at an unusual time, or a top-up, and the refund did not come",
    Why.LOSS: "{amount} is missing and unexplained; refunds that did not come may be a part of it, of {orders}",
}
"""What is said of each; a person who knows what was put in can decide most of them."""


def sentence(of: Unclear, currency: str | None) -> str:
    """Say what moved, and which orders' refunds may have come or not."""
    named = [f"order {one.order_id} ({money.shown(one.amount)})" for one in of.refunds[:SHOWN]]
    if len(of.refunds) > SHOWN:
        named.append(f"{len(of.refunds) - SHOWN:,} more")
    return SENTENCES[of.why].format(amount=money.shown(of.amount, currency), orders=", ".join(named))

"""How far an order is, and when it should end at its own rate. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.orders.order import Order


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an order is: a guess for people, and never a basis of a decision."""

    #: Units that were delivered, and all of them; None where that is not known.
    delivered: int | None
    total: int | None
    #: How long it should still take (microseconds); 0 where it should be over by now, None where nothing is known.
    ends_in: int | None

    @property
    def share(self) -> float | None:
        """The part that was delivered, from 0 to 1; None where that is not known."""
        return self.delivered / self.total if self.total and self.delivered is not None else None


def progress(order: Order, now: int, usual: int | None = None) -> Progress:
    """Estimate when an order ends: by what was delivered since it was sent, else by how long its service usually takes.

    `usual` is that time in microseconds; None while it is not known. What was delivered is as of the last poll.
    """
    total = order.total
    delivered = None
    if total and order.remains is not None:
        delivered = min(total, max(0, total - order.remains))
    return Progress(delivered, total, _ends_in(order, now, usual, delivered))


def _ends_in(order: Order, now: int, usual: int | None, delivered: int | None) -> int | None:
    if order.submitted_at is None:
        return None
    polled_at = max(order.submitted_at, min(order.checked_at or now, now))
    took = polled_at - order.submitted_at
    if delivered and order.total and took > 0:
        lasts = took * order.total // delivered
    elif usual is not None and now - order.submitted_at <= usual:
        lasts = usual
    else:
        return None
    return max(0, order.submitted_at + lasts - now)

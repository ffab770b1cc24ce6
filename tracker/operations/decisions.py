"""What an operator decides about orders: each is refused, or written with who it was.

`by` is who decides, as the history says it: "the operator", or where they sit as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tracker.lib.times import about
from tracker.operations.refused import Refused
from tracker.orders.change import OrderChange
from tracker.orders.order import Order, State
from tracker.orders.resolution import (
    after_approval,
    after_drop,
    after_release,
    after_retry,
    approval_fault,
    drop_fault,
    retry_fault,
)
from tracker.orders.tags import tags_of
from tracker.store import asks, attempts, catalogue, changes, tag_edits
from tracker.store.database import Database

CHANGED = "an order changed its state meanwhile; `tracker list` shows its state"
"""What to say when fewer orders were changed than were meant."""


def release(db: Database, order: Order, by: str, now: int) -> list[Order]:
    """Queue an unknown order again, because the panel never took it; Refused while it is on its way once more."""
    if order.state is not State.UNKNOWN:
        raise Refused(f"order {order.id} is {order.state}; only unknown orders can be resolved")
    refuse_while_asked(db, order, now)
    return _write(db, [order], lambda found: after_release(found, by, now), now)


def retry(db: Database, found: Sequence[Order], by: str, now: int) -> list[Order]:
    """Queue orders again that were rejected, or dropped unsent; Refused when one of them is neither."""
    for order in found:
        _refuse(order, retry_fault(order, attempts.was_sent(db, order)))
    return _write(db, found, lambda order: after_retry(order, by, now), now)


def approve(db: Database, found: Sequence[Order], by: str, now: int) -> list[Order]:
    """Approve what queued orders cost, at the prices of now; Refused when one of them is not queued."""
    for order in found:
        _refuse(order, approval_fault(order))
    prices = {order.id: catalogue.service(db, order.panel, order.service) for order in found}
    return _write(
        db,
        found,
        lambda order: after_approval(order, one.price if (one := prices[order.id]) else None, by, now),
        now,
    )


def drop(db: Database, found: Sequence[Order], by: str, now: int) -> list[Order]:
    """Give orders up; Refused when one of them is neither queued nor unknown, or is on its way once more."""
    for order in found:
        _refuse(order, drop_fault(order))
        refuse_while_asked(db, order, now)
    return _write(db, found, lambda order: after_drop(order, by, now), now)


def tag(
    db: Database, found: Sequence[Order], add: Sequence[str], remove: Sequence[str], now: int
) -> list[Order]:
    """Add and remove tags of orders, in whatever state; Refused when one has too many, or a tag has a fault."""
    try:
        added, removed = tags_of(add), frozenset(tags_of(remove))
        for order in found:
            tags_of((*(one for one in order.tags if one not in removed), *added))
    except ValueError as wrong:
        raise Refused(f"{wrong}. Nothing was changed.") from None
    with db.transaction():
        edited = [tag_edits.edit(db, order.id, added, removed, now) for order in found]
    return [order for order in edited if order is not None]


def refuse_while_asked(db: Database, order: Order, now: int) -> None:
    """Refuse to give up or to queue again what is on its way to the panel once more, or may be."""
    until = asks.open_until(db, order.id, now)
    if until is not None:
        raise Refused(
            f"order {order.id}: the panel is being asked for it once more, which may place it; try again in "
            f"{about(until - now)}. Nothing was changed."
        )


def _write(
    db: Database, found: Sequence[Order], decide: Callable[[Order], OrderChange], now: int
) -> list[Order]:
    """Write a decision; return the orders as they are now, without those that have changed since they were read."""
    return [change.after for change in changes.apply(db, [decide(order) for order in found], now)]


def _refuse(order: Order, fault: str | None) -> None:
    if fault:
        raise Refused(f"order {order.id}: {fault}. Nothing was changed.")

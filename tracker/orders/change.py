"""One decision about an order, as a value: what is to be written, with its notices. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tracker.events import Event, Notice
from tracker.lib import money
from tracker.lib.times import rfc3339
from tracker.orders.ledger import Mark
from tracker.orders.order import Order, Series


@dataclass(frozen=True, slots=True)
class Intent:
    """What was known when the intent to send was recorded: the basis for all later evidence."""

    at: int
    expected_charge: Decimal | None
    balance: Decimal | None
    balance_at: int | None
    newest_id: str | None
    mark: Mark | None = None
    #: What the order comes to; only of an intent that is yet to be recorded, as they are kept with the order.
    units: int | None = None
    series: Series | None = None
    #: The idempotency key that is sent with it, made for this attempt alone; None where the panel knows none.
    request_key: str | None = None
    #: What tells its request from any other; None where the panel is never asked again.
    request_digest: str | None = None


@dataclass(frozen=True, slots=True)
class OrderChange:
    """One decision about an order: all that it returns."""

    before: Order
    after: Order
    why: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    #: Whether it is recorded in the history although the state stays: a person decided something about the order.
    is_decision: bool = False

    @property
    def recorded(self) -> bool:
        """Whether it becomes an entry of the history."""
        return self.moved or self.is_decision

    @property
    def moved(self) -> bool:
        """Whether the state changes."""
        return self.before.state is not self.after.state


def order_facts(order: Order) -> dict[str, Any]:
    """Return what a message may say of an order, as JSON values."""
    return {
        "id": order.id,
        "ref": order.ref,
        "panel": order.panel,
        "service": order.service,
        "link": order.link,
        "quantity": order.quantity,
        "units": order.total,
        "charge": money.text(order.charge),
        "expected_charge": money.text(order.expected_charge),
        "currency": order.currency,
        "remains": order.remains,
        "panel_order_id": order.panel_order_id,
        "panel_status": order.panel_status,
        "state": str(order.state),
        "last_error": order.last_error,
        **({"tags": list(order.tags)} if order.tags else {}),
    }


def about_order(
    event: Event, order: Order, *, once: str | None = None, ends: Event | None = None, **facts: Any
) -> Notice:
    """Make the notice of an event that concerns one order."""
    all_facts = {"order": order_facts(order), **facts}
    return Notice(event, panel=order.panel, order_id=order.id, facts=all_facts, once=once, ends=ends)


def settled(order: Order, how: str) -> Notice:
    """Make the notice that an order is no longer unknown."""
    return about_order(Event.ORDER_UNKNOWN, order, ends=Event.ORDER_UNKNOWN, kind="settled", how=how)


def intent_evidence(intent: Intent) -> dict[str, Any]:
    """Return what was known when the intent was recorded, as JSON values."""
    return {
        "submitted_at": rfc3339(intent.at),
        "expected_charge": money.text(intent.expected_charge),
        "balance_before": money.text(intent.balance),
        "balance_at": None if intent.balance_at is None else rfc3339(intent.balance_at),
        "newest_id": intent.newest_id,
    }

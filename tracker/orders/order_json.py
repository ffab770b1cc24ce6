"""An order as JSON: the keys that commands and messages to programs show. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from tracker.lib import money
from tracker.lib.times import rfc3339
from tracker.orders.order import Order

ORDER_KEYS = (
    "id", "ref", "panel", "service", "link", "quantity", "comments", "fields", "state", "panel_order_id",
    "panel_status", "charge", "currency", "start_count", "remains", "attempts", "last_error", "created_at",
    "submitted_at", "checked_at", "finished_at", "tags", "priority", "not_before", "expires_at", "held",
    "held_why", "price", "approved_at",
)  # fmt: skip
"""The keys of an order as JSON, in the contract's order; what came later stands at the end."""

TIMES = frozenset(
    {"created_at", "submitted_at", "checked_at", "finished_at", "not_before", "expires_at", "approved_at"}
)


def order_json(order: Order) -> dict[str, object]:
    """Return an order as the contract's JSON object."""
    return {key: plain(key, order) for key in ORDER_KEYS}


def plain(key: str, order: Order) -> object:
    """Return the value of one of the keys as JSON holds it."""
    match getattr(order, key):
        case Decimal() as value:
            return money.text(value)
        case Mapping() as value:
            return dict(value)
        case tuple() as value:
            return list(value)
        case int(value) if key in TIMES:
            return rfc3339(value)
        case value:
            return value

"""What an order cost, and what of it comes back, from the facts of a notice. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from tracker.events import Event


def paid(event: Event, order: Mapping[str, Any]) -> Decimal | None:
    """Return what the order cost before any refund; a panel may show a refunded charge as less, or as 0."""
    charge, expected = amount_of(order.get("charge")), amount_of(order.get("expected_charge"))
    if event is Event.ORDER_COMPLETED and charge is not None:
        return charge
    return max((amount for amount in (charge, expected) if amount is not None), default=None)


def refund(event: Event, order: Mapping[str, Any]) -> Decimal | None:
    """Return what should come back of what was paid; None when the end of the order does not say."""
    cost = paid(event, order)
    if cost is None:
        return None
    if event is Event.ORDER_COMPLETED:
        return Decimal(0)
    if event is Event.ORDER_CANCELED:
        return cost
    if event is not Event.ORDER_PARTIAL:
        return None
    remains, quantity = amount_of(order.get("remains")), amount_of(order.get("units", order.get("quantity")))
    if remains is None or not quantity or not 0 <= remains <= quantity:
        return None
    return cost * remains / quantity


def amount_of(value: object) -> Decimal | None:
    """Read an amount from a JSON value; None when it cannot be summed."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount.adjusted()) < 30 else None


def shown_amount(amount: Decimal) -> str:
    """Write an amount for people, to four decimals: a partial refund is a fraction with many more."""
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and -4 <= exponent <= 0:
        return f"{amount:,f}"
    shown = f"{amount:,.4f}".rstrip("0").rstrip(".")
    return shown if amount == 0 or Decimal(shown.replace(",", "")) != 0 else f"{amount:f}"

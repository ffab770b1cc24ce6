"""The shapes of the v2 API, as panels' pages show them: numbers as text, times nowhere. Pure.

What is not known is null, as it is with panels: no figure is made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from tracker.lib import money
from tracker.orders.answers import Service
from tracker.orders.cost import charge_for
from tracker.orders.kinds import kind_named
from tracker.orders.order import Order, State

Answer = Mapping[str, object]
"""A JSON object of the API."""

NO_ORDER = "Incorrect order ID"

_OPEN = {"pending": "Pending", "inprogress": "In progress", "processing": "Processing"}
"""The API's words for an order that is under way, by their letters."""

_WORDS = {
    **dict.fromkeys((State.QUEUED, State.SUBMITTING, State.UNKNOWN), "Pending"),
    State.COMPLETED: "Completed",
    State.PARTIAL: "Partial",
    **dict.fromkeys((State.CANCELED, State.REJECTED, State.DROPPED), "Canceled"),
    State.FAILED: "Fail",
}
"""What each state is called. An unknown order may be placed, so that it never looks failed."""

_UNPAID = frozenset({State.REJECTED, State.DROPPED})
_WAITING = frozenset({State.QUEUED, State.SUBMITTING, State.UNKNOWN})

LARGEST = 2_147_483_647
"""What is listed as the maximum where the panel names none: the largest number that every database of a shop takes."""


def status_answer(order: Order, currency: str | None) -> Answer:
    """Return what a status says of an order; `currency` is that of its panel's wallet."""
    return {
        "charge": money.text(charge(order)),
        "start_count": _figure(order.start_count),
        "status": status_word(order),
        "remains": _figure(remains(order)),
        "currency": order.currency or currency,
    }


def status_word(order: Order) -> str:
    """Return the API's word for where an order stands: of one under way the panel's own, where the API has it.

    One of which the panel has said nothing yet is as new to it as to the client.
    """
    if order.state is not State.ACTIVE:
        return _WORDS[order.state]
    if order.panel_status is None:
        return "Pending"
    letters = "".join(char for char in order.panel_status.casefold() if char.isalpha())
    return _OPEN.get(letters, "In progress")


def charge(order: Order) -> Decimal | None:
    """Return what an order costs, or will; 0 for one that nobody paid for."""
    if order.state in _UNPAID:
        return Decimal(0)
    if order.charge is not None:
        return order.charge
    if order.state is State.CANCELED:
        return Decimal(0)
    return order.expected_charge


def remains(order: Order) -> int | None:
    """Return how much is still to come: all of it, where nothing was sent or taken."""
    if order.state in _UNPAID:
        return order.total
    return order.total if order.state in _WAITING and order.remains is None else order.remains


def service_answer(service: Service, service_id: str) -> Answer | None:
    """Return a line of the catalogue; None for a service without a price, which nobody could sell on."""
    if service.price is None:
        return None
    kind = kind_named(service.type, service.name)
    is_whole = kind is not None and kind.is_priced_whole
    return {
        "service": whole(service_id),
        "name": service.name,
        "type": service.type or "Default",
        "category": service.category or "",
        "rate": money.text(charge_for(service.price, 1 if is_whole else 1000)),
        "min": str(1 if service.minimum is None else service.minimum),
        "max": str((1 if is_whole else LARGEST) if service.maximum is None else service.maximum),
        "refill": bool(service.refill),
        "cancel": bool(service.cancel),
        "dripfeed": bool(service.dripfeed),
    }


def whole(text: str) -> int | str:
    """Return an id as panels write it in JSON: a number where it is one."""
    return int(text) if text.isascii() and text.isdigit() and str(int(text[:18])) == text else text


def _figure(value: int | None) -> str | None:
    return None if value is None else str(value)

"""What is known to be wrong with an order before it is sent, and what changed in the catalogue that tells it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from tracker.lib.counts import counted
from tracker.orders.answers import Service
from tracker.orders.cost import FAMILY, CostRules, Scope, number_in, runs_of, units_in
from tracker.orders.kinds import Counted, Kind, is_subscription, kind_named, kind_of, lines_in
from tracker.orders.links import link_fault
from tracker.orders.order import Draft, Order


@dataclass(frozen=True, slots=True)
class Listed:
    """The catalogue lists the service."""

    service: Service


@dataclass(frozen=True, slots=True)
class NotListed:
    """The catalogue was read, and the service is not in it."""


@dataclass(frozen=True, slots=True)
class Unread:
    """The catalogue was never read: nothing is known about the service."""


Found = Listed | NotListed | Unread
"""What the catalogue has for an order."""


class OrderFault(NamedTuple):
    """What is wrong with an order: as the operator is told, and in the words in which panels tell programs."""

    told: str
    panel_words: str


def known_refusal(order: Order | Draft, found: Found, rules: CostRules = FAMILY) -> str | None:
    """Say why an order would be refused, and what to change; None when nothing that is known rules it out.

    The one check: of `add` and `import` before an order is queued, and of the daemon right before it is sent.
    """
    fault = known_fault(order, found, rules)
    return None if fault is None else fault.told


def known_fault(order: Order | Draft, found: Found, rules: CostRules = FAMILY) -> OrderFault | None:
    """Return what `known_refusal` says, with a panel's words for it."""
    service = found.service if isinstance(found, Listed) else None
    fault = None if isinstance(found, Unread) else _fault(order, service, rules)
    if fault is not None or is_subscription(order, service):
        return fault
    wrong = link_fault(order.link)
    return None if wrong is None else OrderFault(wrong, BAD_LINK)


def fault_in(order: Order | Draft, service: Service | None, rules: CostRules = FAMILY) -> str | None:
    """Say what to change so that the panel can take the order; None when nothing rules it out.

    `service` is None when the catalogue is known and does not list it.
    """
    fault = _fault(order, service, rules)
    return None if fault is None else fault.told


BAD_LINK = "Bad link"
"""What panels say of a text that is no link."""


def _missing(told: str, name: str) -> OrderFault:
    return OrderFault(told, f"There are missing required parameters: {name}")


def _fault(order: Order | Draft, service: Service | None, rules: CostRules) -> OrderFault | None:
    if service is None:
        return OrderFault(
            f"the panel has no service {order.service}; `tracker services` lists what it has",
            "Incorrect service ID",
        )
    kind = kind_of(order, service)
    return (
        _missing_field(order, service, kind)
        or _comments_fault(order, kind)
        or _runs_fault(order, service, kind, rules)
        or _amount_fault(order, service, kind, rules)
    )


def _missing_field(order: Order | Draft, service: Service, kind: Kind) -> OrderFault | None:
    for name in kind.needs:
        called = f"service {service.id} ({service.name}) needs"
        if name == "comments" and not lines_in(order.comments):
            return _missing(f"{called} comments: give one a line with --comments-file", name)
        if name != "comments" and not order.fields.get(name, "").strip():
            return _missing(f"{called} the field {name}: give it with --field {name}=…", name)
    return None


def _comments_fault(order: Order | Draft, kind: Kind) -> OrderFault | None:
    lines = lines_in(order.comments)
    if lines and order.quantity is not None and lines != order.quantity and not kind.is_priced_whole:
        given = counted(lines, "comment")
        return OrderFault(
            f"{given} for a quantity of {order.quantity}: make them equal, or leave the quantity out",
            f"Incorrect quantity: {order.quantity} for {given}",
        )
    return None


def _runs_fault(order: Order | Draft, service: Service, kind: Kind, rules: CostRules) -> OrderFault | None:
    """Say why a drip-feed cannot be placed. An order without runs is none, and has no fault here."""
    if rules.runs not in order.fields:
        return None
    if runs_of(order, rules) is None:
        told = f"the field {rules.runs} is not a whole number above 0: {order.fields[rules.runs][:40]!r}"
        return OrderFault(told, "Runs is invalid: it must be a whole number above 0")
    if kind.counted is not Counted.QUANTITY or service.dripfeed is False:
        told = f"service {service.id} ({service.name}) has no drip-feed: leave out the field {rules.runs}"
        return OrderFault(told, "This service does not support Dripfeed")
    return None


def _amount_fault(order: Order | Draft, service: Service, kind: Kind, rules: CostRules) -> OrderFault | None:
    if kind.counted is Counted.POSTS:
        return _subscription_fault(order, service)
    lowest, highest = _counts_to_check(order, kind, rules)
    if lowest is None or highest is None:
        free = kind.is_priced_whole or (order.fields and kind_named(service.type) is None)
        return None if free else _missing("the quantity is missing", "quantity")
    return _limits_fault("quantity", lowest, highest, service)


def _counts_to_check(
    order: Order | Draft, kind: Kind, rules: CostRules
) -> tuple[int, int] | tuple[None, None]:
    """Return the smallest and the largest number that must keep to the service's limits."""
    if kind.is_priced_whole:  # its comments are no quantity
        return (None, None) if order.quantity is None else (order.quantity, order.quantity)
    units, runs = units_in(order, kind, rules), runs_of(order, rules)
    if units is None or runs is None:
        return None, None
    return (units, units) if rules.limits is Scope.TOTAL else (units // runs, -(-units // runs))


def _subscription_fault(order: Order | Draft, service: Service) -> OrderFault | None:
    if order.quantity is not None:
        return OrderFault(
            "a subscription has no quantity: its fields min and max say how much each post gets",
            "Incorrect quantity: a subscription has min and max instead",
        )
    low, high = number_in(order.fields.get("min")), number_in(order.fields.get("max"))
    if low is None or high is None or low > high:
        told = "the fields min and max must be whole numbers above 0, and min not above max"
        return OrderFault(told, f"Incorrect quantity: {told}")
    posts = order.fields.get("posts", "").strip()
    if posts.strip("0") and number_in(posts) is None:
        told = f"the field posts is not a whole number: {posts[:40]!r}"
        return OrderFault(told, f"Incorrect quantity: {told}")
    return _limits_fault("number for each post,", low, high, service)


def _limits_fault(what: str, lowest: int, highest: int, service: Service) -> OrderFault | None:
    if service.minimum is not None and lowest < service.minimum:
        told = f"the {what} {lowest} is below the service's minimum of {service.minimum}"
        return OrderFault(told, f"Quantity less than minimal {service.minimum}")
    if service.maximum is not None and highest > service.maximum:
        told = f"the {what} {highest} is above the service's maximum of {service.maximum}"
        return OrderFault(told, f"Quantity more than maximum {service.maximum}")
    return None


def differences(before: Mapping[str, Service], after: Mapping[str, Service]) -> dict[str, str]:
    """Say, by id, what became of the services that have another price or other limits now, or are gone."""
    found = {}
    for service_id, old in before.items():
        new = after.get(service_id)
        what = "is gone" if new is None else _difference(old, new)
        if what:
            found[service_id] = f"{service_id} ({old.name}): {what}"
    return found


def _difference(old: Service, new: Service) -> str:
    pairs = (
        ("price", old.price, new.price),
        ("minimum", old.minimum, new.minimum),
        ("maximum", old.maximum, new.maximum),
    )
    return ", ".join(f"{name} {_figure(was)} is now {_figure(now)}" for name, was, now in pairs if was != now)


def _figure(value: Decimal | int | None) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "none" if value is None else str(value)

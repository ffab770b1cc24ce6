"""What the panel's catalogue says against an order, and what it will cost. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from tracker.orders.answers import Service
from tracker.orders.order import Draft, Order


def fault_in(order: Order | Draft, service: Service | None) -> str | None:
    """Say what to change so that the panel can take the order; None when nothing rules it out.

    `service` is None when the catalogue is known and does not list it.
    """
    if service is None:
        return f"the panel has no service {order.service}; `tracker services` lists what it has"
    return _comments_fault(order, service) or _quantity_fault(order, service)


def expected_charge(order: Order | Draft, service: Service | None) -> Decimal | None:
    """What the order costs by the catalogue's price; None when the price or the quantity is not known."""
    if service is None or service.price is None:
        return None
    count = _count(order)
    if count is None:
        return service.price if _is_package(service) else None
    return (service.price * count).normalize() + Decimal(0)


def wants_comments(service: Service) -> bool:
    """Tell whether the service takes a list of comments, by its type or its name."""
    kind = (service.type or "").casefold()
    if kind:
        return "custom comments" in kind
    return "custom comment" in service.name.casefold()


def comment_lines(comments: str | None) -> int:
    """Count the comments: the panel takes one a line and ignores empty ones."""
    return sum(1 for line in (comments or "").splitlines() if line.strip())


def _is_package(service: Service) -> bool:
    return "package" in (service.type or "").casefold()


def _count(order: Order | Draft) -> int | None:
    return order.quantity if order.quantity is not None else comment_lines(order.comments) or None


def _comments_fault(order: Order | Draft, service: Service) -> str | None:
    lines = comment_lines(order.comments)
    if wants_comments(service) and not lines:
        return f"service {service.id} ({service.name}) needs comments: give one a line with --comments-file"
    if lines and order.quantity is not None and lines != order.quantity:
        return (
            f"{lines} comments for a quantity of {order.quantity}: make them equal, or leave the quantity out"
        )
    return None


def _quantity_fault(order: Order | Draft, service: Service) -> str | None:
    count = _count(order)
    if count is None:
        return None if _is_package(service) or order.fields else "the quantity is missing"
    if service.minimum is not None and count < service.minimum:
        return f"the quantity {count} is below the service's minimum of {service.minimum}"
    if service.maximum is not None and count > service.maximum:
        return f"the quantity {count} is above the service's maximum of {service.maximum}"
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

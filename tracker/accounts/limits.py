"""What an order may cost and an account may spend, and which limit an order reaches. Pure.

An order must fit every limit of its panel and of each of its tags. One that does not is held, never refused: it waits
in the queue until what holds it has changed, and holds up no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from tracker.lib import moments, money
from tracker.orders.order import Held, Order


class Scope(NamedTuple):
    """Whose limits: a panel's, or a tag's over all panels; the other of the two is empty."""

    panel: str = ""
    tag: str = ""

    def __str__(self) -> str:
        """Name it for people: `panel shop`, `tag july`."""
        return f"tag {self.tag}" if self.tag else f"panel {self.panel}"


class Span(StrEnum):
    """For how long spending is added up."""

    DAY = "day"
    MONTH = "month"

    @property
    def current(self) -> str:
        """Name the one that goes on now."""
        return "today" if self is Span.DAY else "this month"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the orders of a scope may cost, in the panel's currency; None where there is no such limit."""

    #: Of one unit, or of a whole package, as the catalogue shows it.
    max_price: Decimal | None = None
    #: By what share a price may have risen since the order was queued.
    price_jump: Decimal | None = None
    day: Decimal | None = None
    month: Decimal | None = None
    approve_above: Decimal | None = None


NO_LIMITS = Limits()

Concerned = Mapping[Scope, Limits]
"""Every limit that concerns an order."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Every limit of a config that may concern an order, and whose days and months count."""

    limits: Concerned
    #: None: the machine's own.
    zone: tzinfo | None = None

    @property
    def has_tags(self) -> bool:
        """Tell whether any limit is a tag's."""
        return any(scope.tag for scope in self.limits)

    def concerning(self, panel: str, tags: Iterable[str] = ()) -> Concerned:
        """Return the limits that concern an order of a panel with these tags."""
        scopes = (Scope(panel=panel), *(Scope(tag=tag) for tag in tags))
        return {scope: self.limits[scope] for scope in scopes if scope in self.limits}

    def caps(self, limits: Concerned, now: int) -> tuple[Cap, ...]:
        """Return those of some limits that are on spending, with the day and the month of a moment."""
        day, month = moments.day_begin(now, self.zone), moments.month_begin(now, self.zone)
        found = []
        for scope, one in limits.items():
            for span, since, most in ((Span.DAY, day, one.day), (Span.MONTH, month, one.month)):
                if most is not None:
                    found.append(Cap(scope, span, since, most))
        return tuple(found)


NO_RULES = Rules({})


class Cap(NamedTuple):
    """What a scope may spend in the day or the month that began at a time."""

    scope: Scope
    span: Span
    since: int
    most: Decimal


class Now(NamedTuple):
    """What an order costs at this moment."""

    #: Of a unit; None while no catalogue says it.
    price: Decimal | None
    #: Of the whole order; None where it cannot be known.
    charge: Decimal | None
    currency: str | None = None

    def shown(self, amount: Decimal) -> str:
        """Write an amount for people."""
        return money.shown(amount, self.currency)


class Reached(NamedTuple):
    """Which kind of limit an order reaches, and a sentence that says it."""

    kind: Held
    why: str


def fits(charge: Decimal | None, rooms: Mapping[Cap, Decimal]) -> bool:
    """Tell whether an order may be paid under every limit on spending; `rooms` is what is left of each."""
    return not rooms or (charge is not None and all(charge <= room for room in rooms.values()))


def reached(order: Order, now: Now, limits: Concerned, rooms: Mapping[Cap, Decimal]) -> Reached | None:
    """Return the first limit that holds an order, those first that a person decides about; None when it may go."""
    found = _of_price(order, now, limits) if not is_accepted(order, now, limits) else None
    return found or _of_spending(now, rooms)


def is_accepted(order: Order, now: Now, limits: Concerned) -> bool:
    """Tell whether a person has approved what an order costs, which since then rose by no more than it may."""
    if order.approved_at is None:
        return False
    if now.price is None or order.price is None:
        return True
    jumps = [one.price_jump for one in limits.values() if one.price_jump is not None]
    return now.price <= _raised(order.price, min(jumps, default=Decimal(0)))


def _of_price(order: Order, now: Now, limits: Concerned) -> Reached | None:
    for find in (_max_price, _price_jump, _approval):
        for scope, one in limits.items():
            if (why := find(order, now, scope, one)) is not None:
                return Reached(_KINDS[find], why)
    return None


def _max_price(_: Order, now: Now, scope: Scope, one: Limits) -> str | None:
    if one.max_price is None or (now.price is not None and now.price <= one.max_price):
        return None
    most = now.shown(one.max_price)
    if now.price is None:
        return f"what a unit costs is not known now, and `max_price` of {scope} is {most}"
    return f"a unit costs {now.shown(now.price)}, and `max_price` of {scope} is {most}"


def _price_jump(order: Order, now: Now, scope: Scope, one: Limits) -> str | None:
    if one.price_jump is None or order.price is None:
        return None
    most = percent(one.price_jump)
    if now.price is None:
        return f"what a unit costs is not known now, and `price_jump` of {scope} is {most}"
    if now.price <= _raised(order.price, one.price_jump):
        return None
    price, before = now.shown(now.price), now.shown(order.price)
    return f"a unit costs {price}, and cost {before} when it was queued: `price_jump` of {scope} is {most}"


def _raised(price: Decimal, share: Decimal) -> Decimal:
    return price * (1 + share)


def _approval(_: Order, now: Now, scope: Scope, one: Limits) -> str | None:
    if one.approve_above is None or (now.charge is not None and now.charge <= one.approve_above):
        return None
    least = now.shown(one.approve_above)
    if now.charge is None:
        return f"what it costs cannot be known before, and `approve_above` of {scope} is {least}"
    return f"it costs {now.shown(now.charge)}, and `approve_above` of {scope} is {least}"


_KINDS = {_max_price: Held.MAX_PRICE, _price_jump: Held.PRICE_JUMP, _approval: Held.APPROVAL}


def _of_spending(now: Now, rooms: Mapping[Cap, Decimal]) -> Reached | None:
    for cap, room in rooms.items():
        if now.charge is None or now.charge > room:
            return Reached(Held.SPEND, _exceeds(now, cap))
    return None


def _exceeds(now: Now, cap: Cap) -> str:
    scope, most = cap.scope, now.shown(cap.most)
    if now.charge is None:
        return f"what it costs cannot be known before, and {scope} may spend {most} a {cap.span}"
    cost = now.shown(now.charge)
    if now.charge > cap.most:
        return f"it costs {cost} by itself, and {scope} may spend {most} a {cap.span}"
    return f"it costs {cost}: with it, {scope} would spend more than {most} {cap.span.current}"


def percent(share: Decimal) -> str:
    """Write a share for people: `20%`."""
    return f"{money.shown(share * 100)}%"

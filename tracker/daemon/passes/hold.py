"""Holds the queued orders of one panel that reach a limit, and lets them go on. A part of the pass that sends.

Only the daemon that sends for the panel does this. What it holds and frees here is a forecast, so that one order holds
up no other: what keeps a limit on spending is the claim (`attempts.claim`), which checks it once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from tracker.accounts.limits import Cap, Concerned, Now, Reached, reached
from tracker.daemon.context import PanelContext
from tracker.events import Event, Notice
from tracker.orders.answers import Service
from tracker.orders.change import about_order
from tracker.orders.cost import estimate
from tracker.orders.order import LIMITED, Held, Order
from tracker.store import catalogue, held, outbox, spending
from tracker.store.held import BEGIN, Place

AT_ONCE = 500
"""Orders that are looked at together: a limit that is reached with thousands queued costs few commits."""

EVENTS = {
    Held.MAX_PRICE: Event.LIMIT_MAX_PRICE,
    Held.PRICE_JUMP: Event.LIMIT_PRICE_JUMP,
    Held.APPROVAL: Event.LIMIT_APPROVAL,
    Held.SPEND: Event.LIMIT_SPEND,
}


class Seen(NamedTuple):
    """What held orders were compared with last: they are compared again when it changes in their favour."""

    services_at: int | None
    rooms: dict[Cap, Decimal]

    def may_free(self, now: Seen) -> bool:
        """Tell whether what is so now may let an order go on that was held."""
        if self.services_at != now.services_at or self.rooms.keys() != now.rooms.keys():
            return True
        return any(now.rooms[cap] > room for cap, room in self.rooms.items())


class Hold:
    """Keeps back what reaches a limit. Only the pass that sends calls it."""

    def __init__(self, context: PanelContext) -> None:
        self.context = context
        self._seen: Seen | None = None
        #: Where among the held orders the next look begins; None when all were looked at.
        self._place: Place | None = BEGIN
        #: The kinds of which it was told that they hold orders; all of them until that is known.
        self._told = frozenset(LIMITED)
        self._reviewed_at: int | None = None

    # -- held by a limit ------------------------------------------------------------------------------

    def caps(self, order: Order, now: int) -> tuple[Cap, ...]:
        """Return the limits on spending that an order must fit."""
        rules = self.context.rules
        return rules.caps(self._concerning([order])[order.id], now) if rules.limits else ()

    def holds(self, order: Order) -> bool:
        """Tell whether a limit holds an order that is next in line; then it is held, and those behind it that are too.

        All of them are written in one change.
        """
        context = self.context
        if not context.rules.limits or not self._reached([order]):
            return False
        line = [order, *held.behind(context.db, order, AT_ONCE)]
        found = self._reached(line)
        with context.db.transaction():
            held.hold(context.db, found)
            self._tell(found)
        return True

    def _tell(self, found: Sequence[tuple[Order, Reached]]) -> None:
        """Tell once of each kind of limit that holds orders."""
        firsts = {one.kind: (order, one) for order, one in reversed(found)}
        notices = [_notice(order, one) for kind, (order, one) in firsts.items() if kind not in self._told]
        outbox.post(self.context.db, notices, self.context.now())
        self._told |= firsts.keys()

    # -- held no longer -------------------------------------------------------------------------------

    def review_if_due(self) -> None:
        """Review, unless that was done within the time in which the queue is looked at again."""
        elapsed = self.context.elapsed()
        if self._reviewed_at is None or elapsed - self._reviewed_at >= self.context.schedule.submit:
            self.review()

    def review(self) -> None:
        """Let those go on that no limit holds any more, where anything has changed that held them."""
        context = self.context
        self._reviewed_at = context.elapsed()
        kinds = held.kinds(context.db, context.name)
        if kinds:
            seen = self._look()
            if self._seen is None or self._seen.may_free(seen):
                self._place = BEGIN
            self._seen = seen
            if self._place is not None:
                self._place = self._free_from(self._place)
                kinds = held.kinds(context.db, context.name)
        self._tell_ends(kinds)

    def _look(self) -> Seen:
        context = self.context
        rules = context.rules
        read_at = catalogue.services_at(context.db, context.name)
        return Seen(read_at, spending.rooms(context.db, rules.caps(rules.limits, context.now())))

    def _free_from(self, place: Place) -> Place | None:
        """Look at the next held orders, and free as many as fit together; return the place of the last one."""
        context = self.context
        line = held.page(context.db, context.name, place, AT_ONCE)
        if not line:
            return None
        still = {order.id: one for order, one in self._reached(line, together=True)}
        changed = [
            (order, still[order.id])
            for order in line
            if order.id in still and (order.held, order.held_why) != tuple(still[order.id])
        ]
        free = [order for order in line if order.id not in still]
        if free or changed:
            with context.db.transaction():
                held.free(context.db, free)
                held.change(context.db, changed)
                self._tell(changed)
        return held.place_of(line[-1])

    def _tell_ends(self, kinds: frozenset[Held]) -> None:
        """Tell of the kinds of limits that hold nothing any more."""
        context = self.context
        ended = self._told - kinds
        if ended:
            ends = [_end(context.name, kind) for kind in LIMITED if kind in ended]
            with context.db.transaction():
                outbox.post(context.db, ends, context.now())
        self._told = kinds

    # -- deciding -------------------------------------------------------------------------------------

    def _reached(self, line: Sequence[Order], *, together: bool = False) -> list[tuple[Order, Reached]]:
        """Return those of some orders that reach a limit.

        `together`: what fits takes its share of what may be spent from those behind it.
        """
        context, found = self.context, list[tuple[Order, Reached]]()
        limits, prices = self._concerning(line), _Prices(context)
        concerned = {scope for one in limits.values() for scope in one}
        all_limits = {scope: one for scope, one in context.rules.limits.items() if scope in concerned}
        rooms = spending.rooms(context.db, context.rules.caps(all_limits, context.now()))
        for order in line:
            own = {cap: room for cap, room in rooms.items() if cap.scope in limits[order.id]}
            cost = prices.now(order)
            one = reached(order, cost, limits[order.id], own)
            if one is not None:
                found.append((order, one))
            elif together and cost.charge is not None:
                rooms |= {cap: room - cost.charge for cap, room in own.items()}
        return found

    def _concerning(self, line: Sequence[Order]) -> dict[int, Concerned]:
        """Return the limits that concern each of some orders."""
        context = self.context
        tags = spending.tags_of(context.db, [order.id for order in line]) if context.rules.has_tags else {}
        return {order.id: context.rules.concerning(context.name, tags.get(order.id, ())) for order in line}


class _Prices:
    """What orders cost now; each service is looked up once."""

    def __init__(self, context: PanelContext) -> None:
        self._context = context
        self._currency = context.account().currency
        self._services: dict[str, Service | None] = {}

    def now(self, order: Order) -> Now:
        """Return what an order costs now."""
        context = self._context
        if order.service not in self._services:
            self._services[order.service] = catalogue.service(context.db, context.name, order.service)
        service = self._services[order.service]
        charge = estimate(order, service, context.dialect.cost_rules).charge
        return Now(None if service is None else service.price, charge, self._currency)


def _notice(order: Order, one: Reached) -> Notice:
    about = about_order(EVENTS[one.kind], order, why=one.why)
    return replace(about, order_id=None)


def _end(panel: str, kind: Held) -> Notice:
    return Notice(EVENTS[kind], panel, facts={"kind": "over"}, ends=EVENTS[kind])

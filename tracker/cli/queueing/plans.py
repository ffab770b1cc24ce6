"""Makes and prints plans: what orders would cost, what the wallet lacks, and how long they would take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import click

from tracker.accounts.account import submitting_hold
from tracker.accounts.plan import Plan, Tally, Wallet, pace, usual_time
from tracker.cli.output import time_or_none
from tracker.cli.session import Session
from tracker.cli.terminal import screen
from tracker.config.panel_settings import PanelConfig
from tracker.lib import money
from tracker.lib.clock import now
from tracker.lib.counts import counted
from tracker.lib.times import SECOND, about, seconds
from tracker.operations.limits import limits_json, room_sentence, rooms, rules_of
from tracker.operations.offers import Offers
from tracker.orders.catalogue import Listed
from tracker.orders.order import Draft, Order
from tracker.store import accounts, attempts, orders

MEASURED_ADDS = 50
"""The newest adds of a panel from which its pace is learnt."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A queued order that will be rejected before it is sent, and why."""

    order: Order
    why: str


class PanelPlan:
    """The plan of one panel, order by order; it changes nothing."""

    def __init__(self, session: Session, panel: PanelConfig) -> None:
        self._db = session.untouched
        self._panel = panel
        self.name = panel.name
        self.offers = Offers(self._db, panel)
        self._rules = rules_of(session.config, panel.name)
        self._tally = self._new_tally()

    def _new_tally(self) -> Tally:
        return Tally(self._panel.dialect.cost_rules, self._rules, self.name)

    def add(self, order: Order | Draft) -> None:
        """Plan an order; one that was placed elsewhere costs nothing and is not sent."""
        if order.panel_order_id is None:
            _count(self._tally, order, self.offers)

    @cached_property
    def queue(self) -> tuple[Tally, list[Reject]]:
        """What waits in the queue already, and what of it will be rejected."""
        tally, rejects = self._new_tally(), list[Reject]()
        for order in [] if self._db is None else orders.queued(self._db, self.name):
            why = self.offers.refusal(order)
            if why is None:
                _count(tally, order, self.offers)
            else:
                rejects.append(Reject(order, why))
        return tally, rejects

    def of_queue(self) -> Plan:
        """The plan of the queue as it stands."""
        return self._plan(self.queue[0], Tally())

    def of_added(self) -> Plan:
        """The plan of the orders that were added, behind what waits already."""
        return self._plan(self._tally, self.queue[0])

    def _plan(self, tally: Tally, before: Tally) -> Plan:
        db, calls = self._db, self._panel.calls_per_second
        if db is None:
            return Plan(tally, before, Wallet(), pace((), calls), dict.fromkeys(tally.services))
        account = accounts.read(db, self.name)
        wallet = Wallet(account.balance, account.currency, account.balance_at)
        adds = attempts.newest_times(db, self.name, MEASURED_ADDS)
        usual = {one: usual_time(orders.durations(db, self.name, one)) for one in tally.services}
        left = rooms(db, self._rules, now(), self.name, tally.tagged | before.tagged)
        hold = submitting_hold(account, now())
        stopped = None if hold is None else hold.why
        return Plan(tally, before, wallet, pace(adds, calls), usual, left, stopped)


def _count(tally: Tally, order: Order | Draft, offers: Offers) -> None:
    found = offers.find(order.service)
    tally.add(order, found.service if isinstance(found, Listed) else None)


# -- for programs --------------------------------------------------------------------------------------------


def plan_json(name: str, plan: Plan, offers: Offers) -> dict[str, object]:
    """Return a panel's plan as a JSON object; money is exact text, times are whole seconds, unknown is null."""
    wallet = plan.wallet
    return {
        "name": name, "orders": plan.orders.orders, "cost": money.text(plan.orders.cost), "currency": wallet.currency,
        "unknown_costs": plan.orders.unpriced, "subscriptions": plan.orders.subscriptions,
        "queued_before": plan.before.orders, "queued_cost": money.text(plan.before.cost),
        "balance": money.text(wallet.balance), "balance_at": time_or_none(wallet.read_at),
        "shortfall": money.text(plan.missing), "sent_in_seconds": _seconds(plan.sent_in),
        "pace_measured": plan.pace.is_measured, "done_in_seconds": _seconds(plan.done_in),
        "catalogue_read": offers.is_read,
        "too_dear": plan.orders.too_dear, "to_approve": plan.orders.to_approve,
        "limits": limits_json(plan.rooms), "stopped": plan.stopped,
        "services": [
            {"service": one, "orders": count, "usual_seconds": _seconds(plan.usual.get(one))}
            for one, count in plan.orders.services.items()
        ],
    }  # fmt: skip


def reject_json(reject: Reject) -> dict[str, object]:
    """Return an order that will be rejected as a JSON object."""
    return {"order": reject.order.id, "ref": reject.order.ref, "error": reject.why}


def _seconds(span: int | None) -> int | None:
    return None if span is None else round(seconds(span))


# -- for people ----------------------------------------------------------------------------------------------


def print_plan(name: str, plan: Plan, offers: Offers) -> None:
    """Print a panel's plan for people."""
    count = plan.orders.orders
    click.echo(f"{name}: {counted(count, 'order')} to send")
    if not count:
        return
    for label, line in _lines(plan, offers):
        screen.say_beside(f"  {label:<9} ", line)


def _lines(plan: Plan, offers: Offers) -> Iterator[tuple[str, str]]:
    currency = plan.wallet.currency
    yield "cost", _cost(plan.orders, currency, offers)
    if plan.before.orders:
        yield (
            "before it",
            f"{counted(plan.before.orders, 'queued order')}, {_cost(plan.before, currency, offers)}",
        )
    yield "wallet", _wallet(plan)
    if plan.missing:
        yield "missing", f"{money.shown(plan.missing, currency)}; top it up, or the rest waits"
    yield from _limits(plan)
    if plan.stopped is not None:
        yield "stopped", f"{plan.stopped}; nothing is sent until then"
    yield "sent", _sent(plan)
    yield "done", _done(plan)


def _limits(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield what limits do to the orders."""
    for cap, room in plan.rooms.items():
        waits = "; the rest waits" if plan.orders.under(cap) + plan.before.under(cap) > room else ""
        yield "limit", f"{room_sentence(cap, room, plan.wallet.currency)}{waits}"
    if plan.orders.too_dear:
        yield "dear", f"{counted(plan.orders.too_dear, 'order')} will wait: `max_price`"
    if plan.orders.to_approve:
        yield "approval", f"{counted(plan.orders.to_approve, 'order')} will wait for `tracker approve`"


def _cost(tally: Tally, currency: str | None, offers: Offers) -> str:
    if tally.unpriced == tally.orders and not tally.subscriptions:
        return "not known" if offers.is_read else "not known: the services were never read (tracker services)"
    posts = tally.subscriptions
    more = [f"{counted(posts, 'subscription')} paid post by post"] if posts else []
    unknown = tally.unpriced - posts
    more += [f"not known for {counted(unknown, 'order')}"] if unknown else []
    known = [money.shown(tally.cost, currency)] if tally.orders > tally.unpriced or not more else []
    return ", and ".join([*known, *more])


def _wallet(plan: Plan) -> str:
    wallet = plan.wallet
    if wallet.balance is None:
        return "not known: the daemon has not read it yet (tracker run)"
    read = "" if wallet.read_at is None else f", read {about(max(0, now() - wallet.read_at))} ago"
    return f"{money.shown(wallet.balance, wallet.currency)}{read}"


def _sent(plan: Plan) -> str:
    each = plan.pace.each
    one = f"{about(each)} each" if each >= 10 * SECOND else f"{each / SECOND:.2g} s each"
    if plan.pace.is_measured:
        return f"in about {_span(plan.sent_in)} (measured: {one})"
    return f"in {_span(plan.sent_in)} or more ({one} by `calls_per_second`; no add was measured yet)"


def _span(span: int) -> str:
    return about(max(span, SECOND))


def _done(plan: Plan) -> str:
    slowest, untimed = plan.slowest, plan.untimed
    if slowest is None:
        return "not known: no order of these services has been completed yet"
    usual = about(plan.usual[slowest] or 0)
    if untimed:
        some = ", ".join(untimed[:5]) + (" …" if len(untimed) > 5 else "")
        return f"not known for service {some}; service {slowest} usually takes {usual}"
    return f"after about {_span(plan.done_in or 0)} (service {slowest} usually takes {usual})"


class Plans(Mapping[str, PanelPlan]):
    """The plan of each panel, made when it is first needed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._made: dict[str, PanelPlan] = {}

    def __getitem__(self, name: str) -> PanelPlan:
        """Return a panel's plan."""
        if name not in self._made:
            self._made[name] = PanelPlan(self._session, self._session.panel(name))
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """Name the panels of which there is a plan."""
        return iter(self._made)

    def __len__(self) -> int:
        """Count them."""
        return len(self._made)

"""Takes a panel's id as an unknown order's own, once the panel confirms it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from tracker.accounts.ids import account_after_adopt
from tracker.daemon.context import PanelContext
from tracker.operations.refused import Refused
from tracker.orders.answers import Failure, Missing, Report, Unlisted
from tracker.orders.ids import LONGEST, id_fault
from tracker.orders.order import Order
from tracker.orders.resolution import after_adopt
from tracker.store import changes, orders, parts


@dataclass(frozen=True, slots=True)
class Adopted:
    """The order is active under the panel's id."""

    order: Order


@dataclass(frozen=True, slots=True)
class NotAdopted:
    """The order stays unknown."""

    why: str


def adopt(context: PanelContext, order: Order, panel_order_id: str, by: str) -> Adopted | NotAdopted:
    """Take a panel id as an unknown order's own on the word of `by`, once the panel confirms it."""
    report = _confirmed(context, panel_order_id)
    if isinstance(report, NotAdopted):
        return report
    now = context.now()
    with context.db.transaction():
        owner = orders.owner_of_number(context.db, context.name, panel_order_id)
        if owner is not None:
            return NotAdopted(f"{owner.panel_order_id} is order {owner.id}'s id already")
        whole = parts.whole_of(context.db, context.name, panel_order_id)
        if whole is not None:
            return NotAdopted(
                f"the panel made {panel_order_id} for order {whole}: it is a part of that order"
            )
        change = after_adopt(order, panel_order_id, report, by, now)
        decide = partial(account_after_adopt, panel_order_id=panel_order_id)
        written = changes.apply(context.db, [change], now, panel=context.name, decide=decide)
    return Adopted(written[0].after) if written else NotAdopted("it changed while the panel was asked")


def adopted_or_refused(context: PanelContext, order: Order, panel_order_id: str, by: str) -> Order:
    """Do the same for a person; Refused says why the order stays unknown."""
    outcome = adopt(context, order, panel_order_id, by)
    if isinstance(outcome, NotAdopted):
        raise Refused(f"order {order.id} stays unknown: {outcome.why}")
    return outcome.order


def _confirmed(context: PanelContext, panel_order_id: str) -> Report | NotAdopted:
    fault = id_fault(panel_order_id)
    if fault is not None:
        return NotAdopted(f"{panel_order_id[:LONGEST]!r} is not a panel's order id: {fault}")
    exchange = context.client.call(context.dialect.status([panel_order_id]))
    answers = context.dialect.read_status(exchange, [panel_order_id])
    if isinstance(answers, Failure):
        return NotAdopted(f"the panel could not be asked: {answers.why}")
    match answers.get(panel_order_id):
        case Report() as report:
            return report
        case Missing(message=message):
            return NotAdopted(f"the panel has no order {panel_order_id} of yours: {message}")
        case Unlisted(words=words):
            return NotAdopted(f"the panel's answer about {panel_order_id} is not known: {words}")
        case _:
            return NotAdopted(f"the panel said nothing about {panel_order_id}; try again in a minute")

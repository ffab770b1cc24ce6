"""What an operator asks of a panel about orders that it has: to refill them, or to cancel them.

It is recorded here and sent by the daemon. The gateway may ask through `ask` as well, with the client as `by`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.config.settings import Config
from tracker.operations.refused import Refused
from tracker.orders.order import Order
from tracker.orders.requests import OPEN, Kind, OrderRequest, again_fault, order_fault, service_fault
from tracker.panel.dialects.dialect import Requests
from tracker.store import catalogue, orders, requests
from tracker.store.database import Database


@dataclass(frozen=True, slots=True)
class Asked:
    """One order, and what waits to be asked about it; `is_new` is False where the same waited already."""

    order: Order
    request: OrderRequest
    is_new: bool


def ask(
    db: Database,
    config: Config,
    kind: Kind,
    found: Sequence[Order],
    *,
    by: str,
    now: int,
    anyway: bool = False,
) -> list[Asked]:
    """Record that a panel is to be asked this about each order; Refused, with nothing recorded, when one is unfit.

    What waits already stands, and nothing is added. `anyway` overrules what the catalogue says, and nothing else.
    """
    with db.transaction():
        orders.lock(db, sorted(order.id for order in found))  # or two commands could ask the same at once
        current = {order.id: order for order in orders.some(db, [order.id for order in found])}
        return [_ask(db, config, kind, current.get(one.id, one), by, now, anyway) for one in found]


def may_ask(db: Database, config: Config, kind: Kind, order: Order, now: int) -> bool:
    """Tell whether a panel can be asked this of an order now, as far as is known: for a button."""
    try:
        _refuse_unfit(db, config, kind, order, anyway=False)
    except Refused:
        return False
    earlier = requests.of_order(db, order.id)
    return not _waiting(earlier, kind) and again_fault(earlier, kind, now) is None


def _ask(db: Database, config: Config, kind: Kind, order: Order, by: str, now: int, anyway: bool) -> Asked:
    earlier = requests.of_order(db, order.id)
    if waiting := _waiting(earlier, kind):
        return Asked(order, waiting[0], is_new=False)
    _refuse_unfit(db, config, kind, order, anyway)
    _refuse(order, again_fault(earlier, kind, now))
    queued = requests.queue(db, order, kind, by, now)
    if queued is None:
        raise Refused(f"order {order.id}: a {kind} was asked for at this very moment. Nothing was recorded.")
    return Asked(order, queued, is_new=True)


def _waiting(earlier: Sequence[OrderRequest], kind: Kind) -> list[OrderRequest]:
    return [one for one in earlier if one.kind is kind and one.state in OPEN]


def _refuse_unfit(db: Database, config: Config, kind: Kind, order: Order, anyway: bool) -> None:
    panel = config.panels.get(order.panel)
    if panel is None:
        raise Refused(f"order {order.id}: the config has no panel {order.panel!r}. Nothing was recorded.")
    if panel.dialect.requests is Requests.NONE:
        raise Refused(
            f"order {order.id}: the API of {order.panel} (dialect {panel.dialect.name}) knows no {kind}; "
            "ask for it on the panel's own page. Nothing was recorded."
        )
    _refuse(order, order_fault(order, kind))
    if not anyway:
        fault = service_fault(kind, catalogue.service(db, order.panel, order.service))
        _refuse(order, fault and f"{fault}; --anyway asks all the same")


def _refuse(order: Order, fault: str | None) -> None:
    if fault:
        raise Refused(f"order {order.id}: {fault}. Nothing was recorded.")

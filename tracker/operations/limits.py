"""The limits of a config as values that decide about orders, and what is known under them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from tracker.accounts.limits import NO_LIMITS, Cap, Limits, Rules, Scope
from tracker.config.panel_settings import Limits as Written
from tracker.config.settings import Config
from tracker.lib import money
from tracker.lib.times import rfc3339
from tracker.orders.order import LIMITED, Held, Order
from tracker.store import held, spending
from tracker.store.database import Database


def rules_of(config: Config, panel: str) -> Rules:
    """Return the limits that may concern the orders of a panel."""
    own = _read(config.panels[panel].limits)
    of_panel = {} if own == NO_LIMITS else {Scope(panel=panel): own}
    return Rules({**of_panel, **rules_of_tags(config).limits}, config.timezone)


def rules_of_tags(config: Config) -> Rules:
    """Return the limits of tags alone."""
    written = {Scope(tag=tag): _read(one) for tag, one in (config.tags or {}).items()}
    return Rules({scope: found for scope, found in written.items() if found != NO_LIMITS}, config.timezone)


def _read(one: Written) -> Limits:
    return Limits(one.max_price, one.price_jump, one.spend.day, one.spend.month, one.approve_above)


def rooms(
    db: Database, rules: Rules, now: int, panel: str = "", tags: Iterable[str] = ()
) -> dict[Cap, Decimal]:
    """Return what may still be spent under each limit of a panel, and of some tags."""
    return spending.rooms(db, rules.caps(rules.concerning(panel, tags), now))


def limits_json(found: Mapping[Cap, Decimal]) -> list[dict[str, object]]:
    """Return how much of each limit on spending is used, as JSON values."""
    return [
        {
            **({"tag": cap.scope.tag} if cap.scope.tag else {}),
            "span": str(cap.span), "since": rfc3339(cap.since), "limit": money.text(cap.most),
            "spent": money.text(cap.most - room),
        }
        for cap, room in found.items()
    ]  # fmt: skip


def room_sentence(cap: Cap, room: Decimal, currency: str | None) -> str:
    """Say how much of a limit on spending is used."""
    whose = f"{cap.scope}: " if cap.scope.tag else ""
    return (
        f"{whose}{money.shown(cap.most - room)} of {money.shown(cap.most, currency)} spent {cap.span.current}"
    )


_PRICE = "`tracker approve {order}` at that price, or raise the limit"
_CURES = {
    Held.MAX_PRICE: _PRICE,
    Held.PRICE_JUMP: _PRICE,
    Held.APPROVAL: "`tracker approve {order}`, or `tracker drop {order}`",
    Held.SPEND: "wait for the next day or month or for refunds, or raise the limit",
}


def cure(order: Order) -> str | None:
    """Say what lets an order go on that a limit holds; None for any other."""
    found = _CURES.get(Held(order.held)) if order.held in LIMITED else None
    return None if found is None else found.format(order=order.id)


def held_sentences(db: Database, panel: str) -> list[str]:
    """Return a sentence for each kind of limit that holds orders of a panel."""
    firsts = [order for kind in LIMITED if (order := held.first(db, panel, kind)) is not None]
    return [_held_sentence(order, held.count(db, panel, Held(order.held or ""))) for order in firsts]


def _held_sentence(order: Order, count: int) -> str:
    orders = (
        f"order {order.id} is held" if count == 1 else f"{count:,} orders are held, like order {order.id}"
    )
    return f"{order.panel}: {orders}: {order.held_why or order.held}. To go on: {cure(order)}"

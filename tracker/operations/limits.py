"""The limits of a config as values that decide about orders, and what is known under them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tracker.accounts.limits import Cap, Limits, Rules, Scope
from tracker.config.settings import Config
from tracker.config.settings import Limits as Written
from tracker.lib import money
from tracker.lib.counts import counted
from tracker.orders.order import LIMITED, Held
from tracker.store import held, spending
from tracker.store.database import Database


def rules_of(config: Config, panel: str) -> Rules:
    """Return the limits that may concern the orders of a panel."""
    written = {Scope(panel=panel): config.panels[panel].limits}
    written |= {Scope(tag=tag): one for tag, one in (config.tags or {}).items()}
    return Rules(
        {scope: found for scope, one in written.items() if (found := _read(one)) != Limits()}, config.timezone
    )


def _read(one: Written) -> Limits:
    return Limits(one.max_price, one.price_jump, one.spend.day, one.spend.month, one.approve_above)


def rooms(db: Database, rules: Rules, panel: str, now: int) -> dict[Cap, Decimal]:
    """Return what may still be spent under each limit of a panel."""
    return spending.rooms(db, rules.caps(rules.concerning(panel), now))


def room_sentence(cap: Cap, room: Decimal, currency: str | None) -> str:
    """Say how much of a limit on spending is used."""
    spent = money.shown(cap.most - room, currency)
    return f"{spent} of {money.shown(cap.most, currency)} spent this {cap.span}"


_APPROVE = "`tracker approve ORDER`, at the price of now"
CURES = {
    Held.MAX_PRICE: f"{_APPROVE}; or a lower price, or a higher limit",
    Held.PRICE_JUMP: f"{_APPROVE}; or a lower price, or a higher limit",
    Held.APPROVAL: "`tracker approve ORDER`",
    Held.SPEND: "by itself with the next day or month, with refunds, or with a higher limit",
}
"""What lets orders go on that each kind of limit holds."""


def held_sentences(db: Database, panel: str) -> list[str]:
    """Return a sentence for each kind of limit that holds orders of a panel."""
    return list(_held_sentences(db, panel))


def _held_sentences(db: Database, panel: str) -> Iterator[str]:
    for kind in LIMITED:
        order = held.first(db, panel, kind)
        if order is not None:
            count = held.count(db, panel, kind)
            are = f"{counted(count, 'queued order')} {'is' if count == 1 else 'are'} held (`{kind}`)"
            yield f"{panel}: {are}; for order {order.id}, {order.held_why or kind}. They go on: {CURES[kind]}"

"""Tells the orders that a panel makes itself, for a drip-feed or a subscription of ours, from those of a stranger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tracker.daemon.context import PanelContext
from tracker.orders.answers import Report, Said
from tracker.orders.cost import may_be_part
from tracker.orders.ids import number_of
from tracker.orders.order import Order
from tracker.store import evidence, parts

Answers = Mapping[str, Said]
"""Panel order id -> what the panel says of it."""

Poll = Callable[[list[Order]], None]


class Parts(NamedTuple):
    """Ids that are none of a stranger's."""

    #: Parts of the account's own orders, and its own orders themselves.
    known: frozenset[str] = frozenset()
    #: What may be a part of an order whose parts the panel does not list.
    possible: frozenset[str] = frozenset()


def without_parts(context: PanelContext, poll: Poll, answers: Answers) -> dict[str, Said]:
    """Leave out what is said of ids that are, or may be, parts of the account's own orders."""
    parts_found = parts_among(context, poll, answers)
    return {one: said for one, said in answers.items() if not any(one in ids for ids in parts_found)}


def parts_among(context: PanelContext, poll: Poll, answers: Answers) -> Parts:
    """Find the ids that are, or may be, parts of the account's own orders.

    A part is an order of the account that nobody here has sent, and its charge may be that of a lost order. So those
    that may have parts are asked about after the ids were: what was made by then is listed.
    """
    found = {one: said for one, said in answers.items() if isinstance(said, Report)}
    if not found:
        return Parts()
    since, makers = context.now(), parts.makers(context.db, context.name)
    for start in range(0, len(makers), context.ids_per_call):
        poll(makers[start : start + context.ids_per_call])
    numbers = {one: number for one in found if (number := number_of(one)) is not None}
    owned = evidence.owned_among(context.db, context.name, list(numbers.values()))
    within = {part for said in found.values() for part in said.parts or ()}
    known = frozenset(one for one in found if one in within or numbers.get(one) in owned)
    silent = [maker for maker in parts.makers(context.db, context.name) if not _is_listed(maker, since)]
    possible = (one for one, said in found.items() if _is_perhaps_part(context, said, silent))
    return Parts(known, frozenset(possible) - known)


def _is_perhaps_part(context: PanelContext, said: Report, makers: list[Order]) -> bool:
    return any(may_be_part(said, maker, context.dialect.cost_rules) for maker in makers)


def _is_listed(maker: Order, since: int) -> bool:
    """Tell whether the panel has said since then which parts the order has."""
    return maker.parts is not None and (maker.checked_at or 0) >= since

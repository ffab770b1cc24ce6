"""Why queued orders wait, for people who ask: one of them, or all that could not be told apart from a lost one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from tracker.accounts.account import submitting_hold
from tracker.config.panel_settings import PanelConfig
from tracker.config.settings import Unknown
from tracker.lib.times import about
from tracker.orders.catalogue import Listed
from tracker.orders.cost import estimate
from tracker.orders.order import Draft, Order, State
from tracker.orders.submission import ADD_MARGIN
from tracker.reconciliation.apart import Unsettled, waits_for
from tracker.reconciliation.schedule import QUICK, is_awaited
from tracker.store import accounts, catalogue, counters, equal_orders, losses, queue
from tracker.store.database import Database
from tracker.store.losses import OpenLoss

COUNTED = 1000
"""Queued orders that are looked at, the first of each panel: people ask every few seconds, of a million too."""

LOST = 200
"""Lost orders that are looked at, the newest."""


def why_queued(db: Database, unknown: Unknown, panel: PanelConfig, order: Order, now: int) -> str | None:
    """Say why a queued order that no limit holds is not sent yet; None where nothing is known to hold it up."""
    if order.state is not State.QUEUED or order.held is not None:
        return None
    hold = submitting_hold(accounts.read(db, panel.name), now)
    if hold is not None:
        rest = "" if hold.until is None else f" (for {about(max(0, hold.until - now))} more)"
        return f"{hold.why}{rest}"
    if panel.same_link == "wait" and queue.link_is_open(db, order):
        return "another order for the same service and link is not finished (`same_link: wait`)"
    return _why_apart(db, unknown, panel, order, now) or _why_equal(db, panel, order, now)


def _why_apart(db: Database, unknown: Unknown, panel: PanelConfig, order: Order, now: int) -> str | None:
    """Say which lost order a queued one waits for, as it could not be told apart from it."""
    unsettled = _unsettled(unknown, losses.open_losses(db, panel.name, LOST), now)
    if not unsettled:
        return None
    found = catalogue.find(db, panel.name, order.service)
    service = found.service if isinstance(found, Listed) else None
    lost = waits_for(estimate(order, service, panel.dialect.cost_rules).charge, unsettled)
    return None if lost is None else f"{_until_settled(lost)}: it costs the same (`unknown.apart`)"


def _why_equal(db: Database, panel: PanelConfig, order: Order, now: int) -> str | None:
    """Say which equal order the panel would take a queued one for."""
    window = panel.dialect.dedupe_window
    if window is None:
        return None
    window += ADD_MARGIN
    equal = equal_orders.equal_sent(db, order, now, window, panel.add_timeout)
    if equal is None:
        return None
    rest = about(max(0, equal[1] + window - now))
    return (
        f"for {rest} more the panel would take it for order {equal[0].id}, which asks for the same "
        "(`dedupe_window`)"
    )


def waiting_sentences(db: Database, unknown: Unknown, panel: PanelConfig, now: int) -> list[str]:
    """Return a sentence for each lost order of a panel that queued orders wait for."""
    found = losses.open_losses(db, panel.name, LOST)
    queued = counters.counts(db).get(panel.name, {}).get(State.QUEUED, 0)
    awaited = [one for one in found if _is_awaited_for_long(one, now)] if queued else []
    if awaited:  # all wait for all of them
        return [_awaited(panel.name, max(awaited, key=lambda one: one.due_at), now)]
    return _apart(db, unknown, panel, found, now)


def _is_awaited_for_long(lost: OpenLoss, now: int) -> bool:
    return lost.due_at - now > QUICK and is_awaited(lost.checked_at, lost.due_at, lost.lost_at)


def _awaited(panel: str, lost: OpenLoss, now: int) -> str:
    return (
        f"{panel}: nothing is sent before order {lost.order_id}, whose answer was lost, is looked for, in "
        f"{about(lost.due_at - now)} (`unknown.looks`)"
    )


def _apart(
    db: Database, unknown: Unknown, panel: PanelConfig, found: Sequence[OpenLoss], now: int
) -> list[str]:
    unsettled = _unsettled(unknown, found, now)
    if not unsettled:
        return []
    waiting = _counted(db, panel, unsettled)
    is_more = counters.counts(db).get(panel.name, {}).get(State.QUEUED, 0) > COUNTED
    return [
        _sentence(panel.name, one, waiting[one.order_id], "at least " if is_more else "")
        for one in unsettled
        if waiting[one.order_id]
    ]


def _unsettled(unknown: Unknown, found: Sequence[OpenLoss], now: int) -> list[Unsettled]:
    """Return the lost orders that what looks like them waits for."""
    if not unknown.apart:
        return []
    rests = [
        (lost, min(unknown.settle, lost.lost_at + unknown.settle - now))
        for lost in found
        if not lost.is_settled
    ]
    return [Unsettled(lost.order_id, lost.expected_charge, rest) for lost, rest in rests if rest > 0]


def _until_settled(lost: Unsettled) -> str:
    return (
        f"until order {lost.order_id}, whose answer was lost, is found or surely absent, at most "
        f"{about(lost.rest)}"
    )


def _sentence(panel: str, lost: Unsettled, count: int, least: str) -> str:
    orders = "1 queued order waits" if count == 1 else f"{count:,} queued orders wait"
    return (
        f"{panel}: {least}{orders} {_until_settled(lost)}: "
        f"{'it costs' if count == 1 else 'they cost'} the same (`unknown.apart`)"
    )


def _counted(db: Database, panel: PanelConfig, unsettled: Sequence[Unsettled]) -> Counter[int]:
    """Count the queued orders that wait for each lost one."""
    waiting: Counter[int] = Counter()
    for charge, count in _charges(db, panel):
        found = waits_for(charge, unsettled)
        if found is not None:
            waiting[found.order_id] += count
    return waiting


def _charges(db: Database, panel: PanelConfig) -> Iterator[tuple[Decimal | None, int]]:
    """Yield what the queued orders should cost, and how many of them cost that."""
    services = {one.id: one for one in catalogue.services(db, panel.name)}

    def charge(order: Order | Draft) -> Decimal | None:
        return estimate(order, services.get(order.service), panel.dialect.cost_rules).charge

    for service, quantity, count in queue.queued_kinds(db, panel.name, COUNTED):
        yield charge(Draft(panel.name, service, "", quantity)), count
    for order in queue.queued_others(db, panel.name, COUNTED):
        yield charge(order), 1

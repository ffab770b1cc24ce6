"""Writes what was decided. `apply` is the one place where an order's state moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from tracker.accounts import Account, Verdict
from tracker.decisions import Change
from tracker.orders import TRANSITIONS, Order
from tracker.store import accounts, outbox
from tracker.store.database import Database
from tracker.store.rows import compact, order_values
from tracker.store.tables import History, Orders

log = structlog.get_logger(__name__)

Judge = Callable[[Account], Verdict]
"""Decides what becomes of an account, from how it stands at the moment of writing."""


class IllegalMove(Exception):
    """A decision that the law of states does not allow: a bug, and never written."""


@dataclass(frozen=True, slots=True)
class Look:
    """An order that was looked at and had nothing new to say."""

    order_id: int
    checked_at: int | None
    due_at: int


def apply(
    db: Database,
    changes: Sequence[Change],
    now: int,
    *,
    looks: Iterable[Look] = (),
    panel: str | None = None,
    judge: Judge | None = None,
) -> list[Change]:
    """Write changes with their history and their alerts in one transaction; return those that were written.

    A change whose order has moved since it was read is left out: whoever moved it decided on newer facts.
    `judge` decides, in the same transaction, what becomes of the panel's account. IllegalMove means a bug.
    """
    with db.transaction():
        written = [change for change in changes if _write(db, change, now)]
        _write_looks(db, looks)
        notices = [notice for change in written for notice in change.notices]
        if panel is not None and judge is not None:
            notices += accounts.judge(db, panel, judge)
        outbox.post(db, notices, now)
    for change in written:
        _log(change)
    return written


def _write(db: Database, change: Change, now: int) -> bool:
    before, after = change.before, change.after
    if change.moved and after.state not in TRANSITIONS[before.state]:
        raise IllegalMove(f"order {before.id}: {before.state} may not become {after.state} ({change.why})")
    values = _changed(before, after)
    if not values:
        return False
    same = (
        (Orders.id == before.id) & (Orders.state == str(before.state)) & (Orders.attempts == before.attempts)
    )
    if not db.write(Orders.update(values).where(same)):
        log.warning("change.outrun", order=before.id, decided=str(after.state), why=change.why)
        return False
    if change.moved:
        record(db, before.id, now, str(before.state), str(after.state), change.why, compact(change.evidence))
    return True


def _changed(before: Order, after: Order) -> dict[str, Any]:
    old, new = order_values(before), order_values(after)
    return {name: value for name, value in new.items() if value != old[name]}


def record(
    db: Database,
    order_id: int,
    at: int,
    from_state: str | None,
    to_state: str,
    why: str,
    evidence: str = "{}",
) -> None:
    """Add a row to an order's history."""
    row = {"order": order_id, "at": at, "from_state": from_state, "to_state": to_state, "why": why}
    db.write(History.insert(evidence=evidence, **row))


def _write_looks(db: Database, looks: Iterable[Look]) -> None:
    rows = [(look.checked_at, look.due_at, look.order_id) for look in looks]
    if rows:
        db.many("UPDATE orders SET checked_at = ?, due_at = ? WHERE id = ? AND state = 'active'", rows)


def _log(change: Change) -> None:
    if change.moved:
        log.info(
            "order.moved",
            order=change.before.id,
            ref=change.before.ref,
            panel=change.before.panel,
            was=str(change.before.state),
            state=str(change.after.state),
            panel_order_id=change.after.panel_order_id,
            why=change.why,
        )

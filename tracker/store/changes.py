"""Writes what was decided. `apply` is the one place where an order's state changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

from tracker.accounts.account import Account, AccountChange
from tracker.events import Notice
from tracker.orders.change import OrderChange
from tracker.orders.cohorts import Polled
from tracker.orders.ledger import NO_COST, ZERO, CostRange, cost_delta
from tracker.orders.order import TRANSITIONS, Order, State
from tracker.orders.spending import counted
from tracker.orders.status import Unchanged
from tracker.orders.worth import moved as moved_figures
from tracker.store import accounts, cohorts, counters, figures, orders, outbox, polls, spending, tag_counts
from tracker.store import parts as kept_parts
from tracker.store.database import Database
from tracker.store.orders import Locked
from tracker.store.parts import Part
from tracker.store.rows import changed_columns, compact
from tracker.store.spending import Spent

log = structlog.get_logger(__name__)

_UPDATE_RECHECKED = "UPDATE orders SET checked_at = ?, due_at = ? WHERE id = ? AND state = ?"
_INSERT_HISTORY = (
    "INSERT INTO history (order_id, at, from_state, to_state, why, evidence) VALUES (?, ?, ?, ?, ?, ?)"
)

NO_DIGESTS: Mapping[int, int] = {}

Decide = Callable[[Account], AccountChange]
"""Decides what becomes of an account, from its state at the moment of writing."""


class IllegalMove(Exception):
    """A decision that the state machine does not allow: a bug, and never written."""


def apply(
    db: Database,
    changes: Sequence[OrderChange],
    now: int,
    *,
    unchanged: Sequence[Unchanged] = (),
    repeated: Sequence[Polled] = (),
    digests: Mapping[int, int] = NO_DIGESTS,
    parts: Iterable[Part] = (),
    panel: str | None = None,
    decide: Decide | None = None,
) -> list[OrderChange]:
    """Write changes with their history and their alerts in one transaction; return those that were written.

    A change whose order was changed since it was read is left out: whoever changed it decided on newer facts. So is
    an intent to send an order that is held, or whose time to be sent has passed.
    `unchanged` and `repeated` are orders that were polled without news; `digests` holds, by the id of an order, what
    tells whether the panel says the same of it again, where that would be no news.
    `decide` decides, in the same transaction, what becomes of the panel's account. IllegalMove means a bug.

    Cohorts are locked first, then what is polled, orders, what is spent, counts, figures, the account, the outbox: in
    another order, two writers could wait for each other.
    """
    with db.transaction():
        places = cohorts.lock(db, _followed(changes, unchanged), repeated)
        written = _still_true(db, changes)
        _write_orders(db, written)
        polled = _write_polls(db, written, unchanged, digests, places)
        left = [places[one.before.id] for one in written if one.moved and one.before.id in places]
        cohorts.reschedule(db, [*repeated, *polled], left)
        kept_parts.keep(db, parts)
        moved = [change for change in written if change.moved]
        db.many(_INSERT_HISTORY, [_history(change, now) for change in written if change.recorded])
        spending.note(db, [spent for change in written for spent in _spent(change)])
        counters.move(
            db,
            entered=((change.after.panel, str(change.after.state)) for change in moved),
            left=((change.before.panel, str(change.before.state)) for change in moved),
        )
        tags = tag_counts.move(
            db,
            entered=((change.after.tags, str(change.after.state)) for change in moved),
            left=((change.before.tags, str(change.before.state)) for change in moved),
        )
        figures.move(db, moved_figures(written))
        notices = [notice for change in written for notice in change.notices]
        notices += _update_accounts(db, _costs(written), panel, decide)
        notices += tag_counts.ended(db, tags)
        outbox.post(db, notices, now)
    _log(written)
    return written


def update_account(db: Database, panel: str, decide: Decide, now: int) -> None:
    """Decide on an account as it is at the moment of writing, and write that with its alerts in one transaction."""
    with db.transaction():
        outbox.post(db, accounts.update(db, panel, decide), now)


def _update_accounts(
    db: Database, costs: dict[str, CostRange], panel: str | None, decide: Decide | None
) -> tuple[Notice, ...]:
    """Add to each account what its orders have cost, and decide on the one that `decide` is for."""
    notices: tuple[Notice, ...] = ()
    if panel is not None and decide is not None:
        notices = accounts.update(db, panel, decide, costs.pop(panel, None))
    for other, cost in costs.items():
        accounts.update(db, other, AccountChange, cost)
    return notices


def _write_orders(db: Database, written: Sequence[OrderChange]) -> None:
    """Write what changed of each order and nothing else: each column that is written has its indexes written too."""
    rows: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for change in written:
        names, values = changed_columns(change.before, change.after)
        if names:
            rows.setdefault(names, []).append((*values, change.before.id))
    for names, many in rows.items():
        db.change("orders", names, many)


def _followed(changes: Iterable[OrderChange], unchanged: Iterable[Unchanged]) -> list[int]:
    """Return the ids of the active orders of which something may be written."""
    changed = [one.before.id for one in changes if one.before.state is State.ACTIVE]
    return [*changed, *(one.order_id for one in unchanged if one.state == State.ACTIVE)]


def _write_polls(
    db: Database,
    written: Sequence[OrderChange],
    unchanged: Sequence[Unchanged],
    digests: Mapping[int, int],
    places: Mapping[int, int],
) -> list[Polled]:
    """Begin or end to follow orders, and keep what was said of others; return those that were polled, to be due anew.

    Whatever else was decided on an order, the next answer about it is read with care: only a poll gives a digest.
    """
    active = State.ACTIVE
    polls.end(db, [one.before.id for one in written if one.moved and one.before.state is active])
    polls.begin(db, [one.after for one in written if one.moved and one.after.state is active])
    stayed = [(one.before, one.after) for one in written if not one.moved and one.before.state is active]
    # Another daemon may have polled it since it was read: what was not decided on is not written.
    polls.keep(db, [(None, after.id) for before, after in stayed if not _is_polled(before, after)])
    times = [
        (after.id, after.due_at, after.checked_at) for before, after in stayed if _is_polled(before, after)
    ]
    times += [(one.order_id, one.due_at, one.checked_at) for one in unchanged if one.state == active]
    polled = [
        Polled(one, places[one], due_at or 0, checked_at)
        for one, due_at, checked_at in times
        if one in places
    ]
    polls.keep(db, [(digests.get(one.order_id), one.order_id) for one in polled])
    db.many(_UPDATE_RECHECKED, [one for one in unchanged if one.state != active])
    return polled


def _is_polled(before: Order, after: Order) -> bool:
    return (before.checked_at, before.due_at) != (after.checked_at, after.due_at)


def _costs(written: Sequence[OrderChange]) -> dict[str, CostRange]:
    """Return what the changes add to what each panel's account has spent, where they add anything."""
    costs: dict[str, CostRange] = {}
    for change in written:
        added = cost_delta(change.before, change.after)
        if added != NO_COST:
            costs[change.before.panel] = costs.get(change.before.panel, NO_COST).plus(added)
    return costs


def _still_true(db: Database, changes: Sequence[OrderChange]) -> list[OrderChange]:
    """Leave out what was decided on an order that was changed since, and what changes nothing."""
    locked = orders.lock(db, [change.before.id for change in changes])
    true: list[OrderChange] = []
    for change in changes:
        if change.after != change.before and _is_true(change, locked):
            change = _completed(change, locked[change.before.id])
            after = change.after
            locked[after.id] = locked[after.id]._replace(
                state=after.state, attempts=after.attempts, spent=after.spent
            )
            true.append(change)
    return true


def _completed(change: OrderChange, now: Locked) -> OrderChange:
    """Complete a change by what the order counts as spent, and by its tags: both may have changed since it was read."""
    before, after = change.before, change.after
    spent = counted(after, now.spent)
    if (spent, now.spent, now.tags) == (after.spent, before.spent, before.tags):
        return change
    if (now.spent, now.tags) != (before.spent, before.tags):
        before = before._replace(spent=now.spent, tags=now.tags)
    return replace(change, before=before, after=after._replace(spent=spent, tags=now.tags))


def _spent(change: OrderChange) -> Iterator[Spent]:
    """Yield what a change adds to what is spent; it counts for when the order was sent."""
    was, now = change.before.spent or ZERO, change.after.spent or ZERO
    if was != now:
        at = change.after.submitted_at or change.before.submitted_at or 0
        yield Spent(change.before.panel, change.before.tags, at, now - was)


def _is_true(change: OrderChange, locked: Mapping[int, Locked]) -> bool:
    before, after = change.before, change.after
    if change.moved and after.state not in TRANSITIONS[before.state]:
        raise IllegalMove(f"order {before.id}: {before.state} may not become {after.state} ({change.why})")
    found = locked.get(before.id)
    is_true = found is not None and (found.state, found.attempts) == (before.state, before.attempts)
    if found is not None and change.moved and after.state is State.SUBMITTING:
        is_true = is_true and found.may_be_sent(after.submitted_at or 0)
    if not is_true:
        log.warning("change.conflict", order=before.id, decided=str(after.state), why=change.why)
    return is_true


def _history(change: OrderChange, now: int) -> tuple[Any, ...]:
    before, after = change.before, change.after
    return before.id, now, str(before.state), str(after.state), change.why, compact(change.evidence)


def _log(written: Sequence[OrderChange]) -> None:
    log = structlog.get_logger(__name__).bind()  # once: it takes a fifth of the time of a line
    for change in written:
        if change.moved:
            log.info(
                "order.state_changed",
                order=change.before.id,
                ref=change.before.ref,
                panel=change.before.panel,
                was=str(change.before.state),
                state=str(change.after.state),
                panel_order_id=change.after.panel_order_id,
                why=change.why,
            )

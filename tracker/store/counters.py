"""Counts orders by panel and state, and deliveries that are not sent.

Orders are counted when their state changes: counting all rows each time would take longer and longer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tracker.orders.order import State
from tracker.store.database import Database

TO_SEND = (State.QUEUED, State.SUBMITTING, State.UNKNOWN)
"""States of an order that may still be sent, or sent again."""

_COUNTS = "SELECT panel, state, orders FROM tallies WHERE orders > 0"
_DELIVERIES = {
    state: f"SELECT COUNT(*) FROM deliveries WHERE state = '{state}'" for state in ("waiting", "dead")
}
"""The state is written out, or SQLite would not use the index of these few rows, and would read those sent too."""
_OF_TARGETS = (
    "SELECT target, 'waiting', COUNT(*) FROM deliveries WHERE state = 'waiting' GROUP BY target "
    "UNION ALL SELECT target, 'dead', COUNT(*) FROM deliveries WHERE state = 'dead' GROUP BY target"
)
_WAITING_TARGETS = "SELECT DISTINCT target FROM deliveries WHERE state = 'waiting'"
_ADD = (
    "INSERT INTO tallies (panel, state, orders) VALUES (?, ?, ?) "
    "ON CONFLICT (panel, state) DO UPDATE SET orders = tallies.orders + excluded.orders"
)


def move(db: Database, entered: Iterable[tuple[str, str]] = (), left: Iterable[tuple[str, str]] = ()) -> None:
    """Count orders that entered and left states, each as (panel, state); inside the transaction that changes them.

    A Counter of them tells of many at once.
    """
    counts = Counter(entered)
    counts.subtract(Counter(left))
    # Sorted, so that two writers never wait for each other's rows in a circle.
    db.many(_ADD, sorted((panel, state, count) for (panel, state), count in counts.items() if count))


def counts(db: Database) -> dict[str, dict[str, int]]:
    """Return how many orders each panel has in each state: `{panel: {state: count}}`."""
    found: dict[str, dict[str, int]] = {}
    for panel, state, count in db.sql(_COUNTS):
        found.setdefault(panel, {})[state] = count
    return found


def panels_to_send(db: Database) -> list[str]:
    """Return the panels with orders that may still be sent, or sent again."""
    return [panel for panel, found in counts(db).items() if any(found.get(state) for state in TO_SEND)]


def waiting_targets(db: Database) -> set[str]:
    """Return the targets for which alerts wait."""
    return {target for (target,) in db.sql(_WAITING_TARGETS)}


def alerts(db: Database) -> dict[str, int]:
    """Return how many deliveries are waiting and how many are dead, by these two states."""
    return {state: int(db.sql(statement)[0][0]) for state, statement in _DELIVERIES.items()}


def deliveries(db: Database) -> dict[tuple[str, str], int]:
    """Return how many deliveries wait and how many are dead, by target and state; nothing where there are none."""
    return {(target, state): count for target, state, count in db.sql(_OF_TARGETS)}

"""How many there are of what: orders by panel and state, and alerts that are not sent.

Orders are counted as they move: counting their rows anew would take ever longer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tracker.store.database import Database

_ADD = (
    "INSERT INTO tallies (panel, state, orders) VALUES (?, ?, ?) "
    "ON CONFLICT (panel, state) DO UPDATE SET orders = tallies.orders + excluded.orders"
)


def move(db: Database, entered: Iterable[tuple[str, str]] = (), left: Iterable[tuple[str, str]] = ()) -> None:
    """Count the orders that entered into a state of a panel and those that left out of one, in their transaction."""
    counts = Counter(entered)
    counts.subtract(Counter(left))
    # In one order everywhere, so that two writers never wait for each other's rows.
    db.many(_ADD, sorted((panel, state, count) for (panel, state), count in counts.items() if count))


def counts(db: Database) -> dict[str, dict[str, int]]:
    """Return how many orders each panel has in each state: `{panel: {state: count}}`."""
    found: dict[str, dict[str, int]] = {}
    for panel, state, count in db.sql("SELECT panel, state, orders FROM tallies WHERE orders > 0"):
        found.setdefault(panel, {})[state] = count
    return found


def alerts(db: Database) -> dict[str, int]:
    """Return how many deliveries wait and how many are dead."""
    query = "SELECT COUNT(*) FROM deliveries WHERE state = ?"
    return {state: int(db.sql(query, (state,))[0][0]) for state in ("waiting", "dead")}

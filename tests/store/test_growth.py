"""Counts of orders that are kept up to date, so that the work does not grow with the number of orders."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.samples import NOW, a_database, a_draft, an_intent, claim_for_add, enqueued, prune_orders
from tracker.orders.answers import Report
from tracker.orders.order import State
from tracker.orders.resolution import By, after_drop
from tracker.orders.status import after_status
from tracker.store import changes, counters
from tracker.store.database import Database


def counted(db: Database) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for panel, state, count in db.sql("SELECT panel, state, COUNT(*) FROM orders GROUP BY panel, state"):
        found.setdefault(panel, {})[state] = count
    return found


def test_the_counts_match_the_rows_after_every_change(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    fresh = enqueued(db, *(a_draft(f"https://x.example/{n}", ref=f"r{n}") for n in range(6)))
    enqueued(db, a_draft("https://x.example/0", ref="r0"))
    placed = enqueued(
        db, *(a_draft(f"https://y.example/{n}", panel="q", panel_order_id=str(n)) for n in range(4))
    )
    assert counters.counts(db) == counted(db) == {"p": {"queued": 6}, "q": {"active": 4}}

    claim_for_add(db, fresh[0], an_intent(), "USD")
    changes.apply(db, [after_drop(fresh[1], By.OPERATOR, NOW)], NOW)
    done = [after_status(order, Report("Done", State.COMPLETED), NOW, NOW) for order in placed[:3]]
    changes.apply(db, [one for one in done if one], NOW)
    changes.apply(db, [one for one in done if one], NOW)  # these conflict, and are counted once
    assert counters.counts(db) == counted(db)

    assert prune_orders(db, NOW + 1, 2) == 2
    assert counters.counts(db) == counted(db)


def test_a_transaction_that_is_rolled_back_counts_nothing(tmp_path: Path) -> None:
    db = a_database(tmp_path)

    def undone() -> None:
        with db.transaction():
            enqueued(db, a_draft())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()

    assert counters.counts(db) == {}

"""The orders here that a panel's list of recent orders is compared with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.samples import NOW, a_database, a_draft, an_intent, claim_for_add, enqueued
from tracker.orders.change import OrderChange
from tracker.orders.order import Order, State
from tracker.store import changes, listed
from tracker.store.database import Database


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return a_database(tmp_path)


def sent(db: Database, at: int, panel_order_id: str | None, panel: str = "p") -> Order:
    (order,) = enqueued(db, a_draft(panel=panel))
    claimed = claim_for_add(db, order, an_intent(at=at))
    assert claimed is not None
    before = claimed[0].after
    state = State.UNKNOWN if panel_order_id is None else State.ACTIVE
    change = OrderChange(before, before._replace(state=state, panel_order_id=panel_order_id, due_at=at), "")
    return changes.apply(db, [change], at)[0].after


def test_each_id_comes_with_the_order_that_has_it_however_many_are_asked_for(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listed, "CHUNK", 2)
    made = {one: sent(db, NOW, one) for one in ("1", "2", "ord_3", "5")}
    sent(db, NOW, "4", panel="q")

    assert listed.owners(db, "p", ["1", "2", "ord_3", "4", "5"]) == made
    assert listed.owners(db, "p", []) == {}


def test_orders_with_an_id_that_were_sent_since_are_found_the_newest_first(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, last, between = sent(db, NOW, "1"), sent(db, NOW + 2, "2"), sent(db, NOW + 1, "3")
    sent(db, NOW - 1, "4")
    sent(db, NOW, None)
    sent(db, NOW, "6", panel="q")

    assert listed.sent_since(db, "p", NOW) == [last, between, first]
    monkeypatch.setattr(listed, "MOST", 2)
    assert listed.sent_since(db, "p", NOW) == [last, between]

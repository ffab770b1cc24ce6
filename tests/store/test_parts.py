"""The orders that a panel makes itself for one of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.samples import NOW, a_database, a_draft, enqueued, prune_orders
from tracker.lib.times import DAY
from tracker.orders.change import OrderChange
from tracker.orders.order import Series, State
from tracker.store import changes, evidence, orders, parts


def test_parts_are_owned_and_go_with_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db = a_database(tmp_path)
    (order,) = enqueued(db, a_draft(panel_order_id="10"))
    after = order._replace(series=Series.POSTS, parts=2)
    listed = [("p", "12", order.id), ("p", "13", order.id), ("p", "12", order.id), ("p", "14", 99)]
    changes.apply(db, [OrderChange(order, after, "said so")], NOW, parts=listed)

    assert parts.makers(db, "p") == [after]
    assert parts.any_subscribed(db, "p")
    assert not parts.any_subscribed(db, "q")
    assert evidence.owned_among(db, "p", [9, 10, 12, 13, 14]) == {10, 12, 13}
    assert (parts.whole_of(db, "p", "12"), parts.whole_of(db, "p", "14")) == (order.id, None)

    monkeypatch.setattr(parts, "CHUNK", 2)
    changes.apply(
        db, [OrderChange(after, after._replace(parts=3), "said so")], NOW, parts=[("p", "15", order.id)]
    )
    assert parts.among(db, "p", [12, 1, 2, 13, 15]) == {12, 13, 15}
    assert parts.among(db, "p", []) == parts.among(db, "q", [12]) == set()
    after = after._replace(parts=3)

    over = after._replace(state=State.COMPLETED, finished_at=NOW)
    changes.apply(db, [OrderChange(after, over, "over")], NOW)
    assert parts.makers(db, "p") == []
    assert prune_orders(db, NOW + DAY) == 1
    assert (orders.by_id(db, order.id), parts.whole_of(db, "p", "12")) == (None, None)

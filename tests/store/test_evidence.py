"""The evidence about lost orders as it is kept: which they are, which ids are whose, and what each check found."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.samples import NOW, a_database, a_draft, an_intent, claim_for_add, enqueued
from tracker.lib.times import MINUTE
from tracker.orders.change import OrderChange
from tracker.orders.ledger import CostRange, Mark
from tracker.orders.order import Order, State
from tracker.reconciliation.evidence import LostOrder, Ruling, Verdict
from tracker.store import changes, evidence
from tracker.store.database import Database

MARK = Mark(Decimal(70), CostRange())
LATER = NOW + MINUTE


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return a_database(tmp_path)


def moved(db: Database, order: Order, state: State, at: int = NOW, **after: Any) -> Order:
    change = OrderChange(order, order._replace(state=state, **after), "")
    return changes.apply(db, [change], at)[0].after


def lost(db: Database, order: Order, at: int = NOW, lost_at: int = NOW, **intent: Any) -> Order:
    """Send an order and lose its answer."""
    claimed = claim_for_add(db, order, an_intent(at=at, **intent))
    assert claimed is not None
    return moved(db, claimed[0].after, State.UNKNOWN, lost_at)


def test_a_lost_order_comes_with_what_was_known_when_it_was_sent(db: Database) -> None:
    first, second, other = enqueued(
        db, a_draft("https://x.example/1"), a_draft("https://x.example/2"), a_draft(panel="q")
    )
    one = lost(db, first, lost_at=LATER, mark=MARK, newest_id="0104")
    two = lost(db, second, expected_charge=None, newest_id="104")
    lost(db, other)

    assert evidence.lost_orders(db, "p", NOW) == [
        LostOrder(one, LATER, Decimal(3000), None, MARK),
        LostOrder(two, NOW, None, 104, None),
    ]
    assert evidence.any_lost(db, "p")
    assert not evidence.any_lost(db, "other")


def test_an_order_lost_twice_comes_with_the_attempt_that_it_was_lost_in_last(db: Database) -> None:
    (order,) = enqueued(db, a_draft())
    again = moved(db, lost(db, order, newest_id="5"), State.QUEUED)
    # By a clock that was set back meanwhile.
    lost(db, again, at=NOW - MINUTE, lost_at=NOW - 5, newest_id="6")

    ((found),) = evidence.lost_orders(db, "p", NOW)
    assert (found.newest_id, found.lost_at) == (6, NOW - 5)


@pytest.mark.parametrize(
    ("state", "age", "is_remembered"),
    [
        (State.QUEUED, 0, True), (State.DROPPED, evidence.REMEMBERED, True), (State.DROPPED, evidence.REMEMBERED + 1, False),
        (State.ACTIVE, 0, False),
    ],
)  # fmt: skip
def test_an_order_that_was_released_or_dropped_is_remembered_for_a_month(
    db: Database, state: State, age: int, is_remembered: bool
) -> None:
    (order,) = enqueued(db, a_draft())
    moved(db, lost(db, order), state, NOW)

    found = evidence.lost_orders(db, "p", NOW + age)

    assert [one.order_id for one in found] == ([order.id] if is_remembered else [])
    assert evidence.lost_orders(db, "q", NOW) == []


def test_the_next_check_is_that_of_the_order_that_is_due_first(db: Database) -> None:
    first, second = enqueued(db, a_draft("https://x.example/1"), a_draft("https://x.example/2"))
    assert evidence.next_due_check(db, "p") is None
    assert not evidence.unchecked(db, "p")

    one = lost(db, first)
    assert evidence.next_due_check(db, "p") == 0
    assert evidence.unchecked(db, "p")
    one = moved(db, one, State.UNKNOWN, due_at=LATER, checked_at=NOW)
    assert evidence.next_due_check(db, "p") == LATER
    assert not evidence.unchecked(db, "p")
    moved(db, lost(db, second), State.UNKNOWN, due_at=LATER - 1)
    assert evidence.next_due_check(db, "p") == LATER - 1
    assert evidence.unchecked(db, "p")
    assert evidence.next_due_check(db, "q") is None
    assert not evidence.unchecked(db, "q")


def test_the_first_ids_since_a_time_are_those_that_the_panel_confirmed(db: Database) -> None:
    values: tuple[dict[str, Any], ...] = (
        {"panel_order_id": "104"}, {"panel_order_id": "105", "panel_status": None}, {"panel_order_id": "00106"},
        {"panel_order_id": None}, {"panel_order_id": "102"}, {"panel_order_id": "107"}, {"panel_order_id": "108"},
    )  # fmt: skip
    times = (NOW + 2, NOW + 2, NOW + 2, NOW + 2, NOW, NOW - 1, LATER + 1)
    for made, at, ids in zip(
        enqueued(db, *(a_draft(f"https://x.example/{n}") for n in range(7))), times, values, strict=True
    ):
        claimed = claim_for_add(db, made, an_intent(at=at))
        assert claimed is not None
        moved(db, claimed[0].after, State.ACTIVE, **{"panel_status": "Pending", **ids})

    assert evidence.first_ids_since(db, "p", NOW, LATER) == [102, 104]
    assert evidence.first_ids_since(db, "q", NOW, LATER) == []


def test_which_ids_are_owned_also_with_leading_zeros_and_in_any_number(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "CHUNK", 2)
    ids = ("1", "3", "05", "007", "ord_9", "0x4")
    enqueued(
        db,
        *(a_draft(f"https://x.example/{one}", panel_order_id=one) for one in ids),
        a_draft(panel="q", panel_order_id="2"),
    )

    assert evidence.owned_among(db, "p", range(10)) == {1, 3, 5, 7}
    assert evidence.owned_among(db, "p", [2, 3, 4]) == {3}
    assert evidence.owned_among(db, "p", [3, 2]) == {3}
    assert evidence.owned_among(db, "p", []) == set()
    assert evidence.owned_among(db, "q", range(10)) == {2}


def test_denials_are_counted_until_an_id_proves_ours(db: Database) -> None:
    with db.transaction():
        evidence.keep_probes(db, "p", [104, 105], [])
        evidence.keep_probes(db, "p", [104], [106])
        evidence.keep_probes(db, "q", [104], [107])

    assert evidence.denials(db, "p") == {104: 2, 105: 1}
    assert evidence.strangers(db, "p") == [106]
    with db.transaction():
        evidence.keep_probes(db, "p", [], [104, 106])
    assert evidence.denials(db, "p") == {105: 1}
    assert sorted(evidence.strangers(db, "p")) == [104, 106]
    evidence.forget_denials(db, "p")
    assert evidence.denials(db, "p") == {}
    assert evidence.denials(db, "q") == {104: 1}
    assert sorted(evidence.strangers(db, "p")) == [104, 106]


def test_a_strange_id_is_unexplained_then_acknowledged_and_stays_so(db: Database) -> None:
    with db.transaction():
        evidence.keep_probes(db, "p", [103], [104, 105])
        evidence.keep_probes(db, "q", [], [104])
        evidence.keep_unexplained(db, "p", ["103", "104"])

    assert sorted(evidence.strangers(db, "p")) == [104, 105]
    evidence.acknowledge(db, "p")
    assert evidence.strangers(db, "p") == [105]
    assert evidence.strangers(db, "p", acknowledged=True) == [104]
    assert evidence.strangers(db, "q") == [104]
    with db.transaction():
        evidence.keep_probes(db, "p", [], [104])
        evidence.keep_unexplained(db, "p", ["104"])
    assert evidence.strangers(db, "p", acknowledged=True) == [104]
    assert evidence.denials(db, "p") == {103: 1}


def test_each_check_is_kept_with_its_reasons_for_the_orders_that_it_was_about(db: Database) -> None:
    first, second = enqueued(db, a_draft("https://x.example/1"), a_draft("https://x.example/2"))
    verdicts = [Verdict(first.id, Ruling.HOLD, ("a", "ü")), Verdict(second.id, Ruling.ABSENT, ())]
    with db.transaction():
        evidence.keep_check(db, verdicts, {"b": 1}, NOW)
        evidence.keep_check(db, verdicts[:1], {}, LATER)

    assert evidence.checks(db, first.id) == [
        (NOW, "hold", ["a", "ü"], {"b": 1}),
        (LATER, "hold", ["a", "ü"], {}),
    ]
    assert evidence.checks(db, second.id) == [(NOW, "absent", [], {"b": 1})]
    assert evidence.checks(db, 99) == []

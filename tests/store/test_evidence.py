"""The evidence about lost orders as it is kept: which they are, which ids are whose, and what each check found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.samples import NOW, a_database, a_draft, an_intent, claim_for_add, enqueued
from tracker.lib.times import MINUTE
from tracker.orders.change import OrderChange
from tracker.orders.ledger import CostRange, Mark
from tracker.orders.order import Order, State
from tracker.reconciliation.candidates import Denial
from tracker.reconciliation.evidence import Ruling, Verdict
from tracker.reconciliation.lost_order import LostOrder, Sighting
from tracker.store import asks, changes, evidence, losses
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

    assert losses.lost_orders(db, "p", NOW) == [
        LostOrder(one, 1, LATER, Decimal(3000), None, MARK),
        LostOrder(two, 2, NOW, None, 104, None),
    ]
    assert evidence.any_lost(db, "p")
    assert not evidence.any_lost(db, "other")
    assert losses.open_attempts(db, "p") == (1, 2)
    assert losses.open_losses(db, "p") == [
        (one.id, 1, LATER, Decimal(3000), None, 0, False),
        (two.id, 2, NOW, None, None, 0, False),
    ]
    assert losses.open_attempts(db, "other") == ()


def test_an_order_lost_twice_comes_with_the_attempt_that_it_was_lost_in_last(db: Database) -> None:
    (order,) = enqueued(db, a_draft())
    again = moved(db, lost(db, order, newest_id="5"), State.QUEUED)
    # By a clock that was set back meanwhile.
    lost(db, again, at=NOW - MINUTE, lost_at=NOW - 5, newest_id="6")

    ((found),) = losses.lost_orders(db, "p", NOW)
    assert (found.newest_id, found.lost_at) == (6, NOW - 5)


@pytest.mark.parametrize(
    ("state", "age", "is_remembered"),
    [
        (State.QUEUED, 0, True), (State.DROPPED, losses.REMEMBERED, True), (State.DROPPED, losses.REMEMBERED + 1, False),
        (State.ACTIVE, 0, False),
    ],
)  # fmt: skip
def test_an_order_that_was_released_or_dropped_is_remembered_for_a_month(
    db: Database, state: State, age: int, is_remembered: bool
) -> None:
    (order,) = enqueued(db, a_draft())
    moved(db, lost(db, order), state, NOW)

    found = losses.lost_orders(db, "p", NOW + age)

    assert [one.order_id for one in found] == ([order.id] if is_remembered else [])
    assert losses.lost_orders(db, "q", NOW) == []


def test_an_order_that_was_released_lost_again_and_found_is_remembered_by_the_attempt_of_its_release(
    db: Database,
) -> None:
    (order,) = enqueued(db, a_draft())
    again = moved(db, lost(db, order, newest_id="104"), State.QUEUED)
    found_again = lost(db, again, at=LATER, lost_at=LATER, newest_id="106")
    moved(db, found_again, State.ACTIVE, panel_order_id="107")

    # What the second attempt got is known: it is no rival of others.
    ((found),) = losses.lost_orders(db, "p", NOW)
    assert (found.attempt_id, found.newest_id, found.is_open) == (1, 104, False)


def test_what_was_closed_long_before_the_open_ones_is_not_read(db: Database) -> None:
    for number in range(4):
        (order,) = enqueued(db, a_draft(f"https://x.example/{number}"))
        moved(db, lost(db, order, lost_at=NOW + number), State.DROPPED, NOW + number)
    found = losses.closed_orders(db, "p", NOW)
    with db.transaction():
        evidence.keep_progress(
            db, [replace(found[0], settled_by=5), replace(found[1], settled_by=6)], [], NOW
        )
        evidence.keep_progress(db, [replace(found[2], settled_by=5)], [3], NOW)

    def read(attempt: int, at: int) -> list[int]:
        since = losses.Since(attempt, at)
        return [one.order_id for one in losses.closed_orders(db, "p", NOW, since)]

    assert read(0, 0) == [1, 2, 4]
    assert read(6, NOW + 9) == [2, 4]
    assert read(7, NOW + 9) == [4]
    assert read(7, NOW + 1) == [2, 4]


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


def keep(db: Database, panel: str, denied: Sequence[int], found: Sequence[int]) -> None:
    evidence.keep_probes(db, panel, [Denial(one, True, 0) for one in denied], found, 1)


def test_denials_are_counted_until_an_id_proves_ours(db: Database) -> None:
    with db.transaction():
        keep(db, "p", [104, 105], [])
        keep(db, "p", [104], [106])
        keep(db, "q", [104], [107])

    assert evidence.denials(db, "p") == {104: 2, 105: 1}
    assert evidence.strangers(db, "p") == [106]
    with db.transaction():
        keep(db, "p", [], [104, 106])
    assert evidence.denials(db, "p") == {105: 1}
    assert sorted(evidence.strangers(db, "p")) == [104, 106]
    evidence.forget_denials(db, "p")
    assert evidence.denials(db, "p") == {}
    assert evidence.denials(db, "q") == {104: 1}
    assert sorted(evidence.strangers(db, "p")) == [104, 106]


def test_a_strange_id_is_unexplained_then_acknowledged_and_stays_so(db: Database) -> None:
    with db.transaction():
        keep(db, "p", [103], [104, 105])
        keep(db, "q", [], [104])
        evidence.keep_unexplained(db, "p", ["103", "104"])

    assert sorted(evidence.strangers(db, "p")) == [104, 105]
    evidence.acknowledge(db, "p")
    assert evidence.strangers(db, "p") == [105]
    assert evidence.strangers(db, "p", acknowledged=True) == [104]
    assert evidence.strangers(db, "q") == [104]
    with db.transaction():
        keep(db, "p", [], [104])
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


def test_an_id_was_seen_once_a_check_has_called_it_ours_and_not_while_it_is_denied(db: Database) -> None:
    with db.transaction():
        keep(db, "p", [104], [105])
        keep(db, "q", [], [106])
        evidence.keep_unexplained(db, "p", ["105"])

    seen = [evidence.was_seen(db, "p", one) for one in ("104", "105", "106", "ord_1")]
    assert seen == [False, True, False, False]
    assert evidence.was_seen(db, "q", "106")


def test_it_is_kept_when_an_id_was_first_seen_and_what_its_last_denial_rules_out(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "CHUNK", 2)
    with db.transaction():
        evidence.keep_probes(db, "p", [Denial(104, False, 3), Denial(105, True, 3)], [106], 7)
        evidence.keep_probes(db, "p", [Denial(104, False, 5)], [], 8)
        evidence.keep_probes(db, "p", [], [104, 106], 9)
        evidence.keep_probes(db, "p", [Denial(106, True, 9)], [], 10)

    assert evidence.sightings(db, "p", [104, 105, 106, 107]) == {
        "104": Sighting(9, 5), "105": Sighting(None, 3), "106": Sighting(7, None),
    }  # fmt: skip
    assert evidence.denials(db, "p") == {105: 1}


def answered(db: Database, link: str, panel_order_id: str | None, **values: Any) -> int:
    """Send an order that is answered, and return its attempt."""
    (order,) = enqueued(db, a_draft(f"https://x.example/{link}"))
    claimed = claim_for_add(db, order, an_intent())
    assert claimed is not None
    moved(
        db,
        claimed[0].after,
        State.ACTIVE,
        **{"panel_order_id": panel_order_id, "panel_status": "P", **values},
    )
    return claimed[1]


def test_the_ids_around_an_attempt_are_those_that_the_panel_confirmed(db: Database) -> None:
    answered(db, "a", "101")
    answered(db, "b", "102", panel_status=None)
    (order,) = enqueued(db, a_draft("https://x.example/c"))
    moved(db, lost(db, order), State.ACTIVE, panel_order_id="103", panel_status="P")
    middle = answered(db, "d", "104")
    answered(db, "e", None)
    answered(db, "f", "ord_6")
    answered(db, "g", "107")
    answered(db, "h", "106")

    assert evidence.id_before(db, "p", middle) == (101, 1)
    assert evidence.id_before(db, "p", 1) is None
    assert evidence.id_before(db, "q", middle) is None
    assert evidence.ids_after(db, "p", middle) == [107, 106]
    assert evidence.ids_after(db, "q", 0) == []


def test_own_ids_are_looked_for_on_a_few_pages_of_attempts_and_no_further(db: Database) -> None:
    near = answered(db, "a", "101")
    (other,) = enqueued(db, a_draft(panel="q"))

    def more_attempts(count: int) -> None:
        with db.transaction():
            db.many("INSERT INTO attempts (order_id, at) VALUES (?, ?)", [(other.id, NOW)] * count)

    more_attempts(sum(evidence.PAGES) - 1)
    last = answered(db, "b", "102")

    assert evidence.id_before(db, "p", last) == (101, near)
    assert evidence.ids_after(db, "p", near) == [102]
    more_attempts(sum(evidence.PAGES))
    assert evidence.id_before(db, "p", last + sum(evidence.PAGES)) == (102, last)
    assert evidence.id_before(db, "p", last + sum(evidence.PAGES) + 1) is None
    assert evidence.ids_after(db, "p", near - 1) == [101]


def test_how_far_a_lost_order_is_settled_is_kept_and_never_taken_back(db: Database) -> None:
    (order,) = enqueued(db, a_draft())
    lost(db, order)
    (found,) = losses.lost_orders(db, "p", NOW)
    assert (found.settled_by, found.is_clear, found.is_absent) == (None, False, False)
    mark = Mark(Decimal(5), CostRange(), NOW, (3, 4))
    with db.transaction():
        evidence.keep_progress(db, [found], [], NOW)
    assert losses.lost_orders(db, "p", NOW) == [found]
    with db.transaction():
        evidence.keep_progress(
            db, [replace(found, settled_by=9, before=mark, is_clear=True)], [order.id], NOW
        )
    (kept,) = losses.lost_orders(db, "p", NOW)
    assert (kept.settled_by, kept.before, kept.is_clear, kept.is_absent) == (9, mark, True, True)
    with db.transaction():
        evidence.keep_progress(db, [replace(kept, settled_by=11, is_clear=False)], [], NOW)
    (kept,) = losses.lost_orders(db, "p", NOW)
    assert (kept.settled_by, kept.is_clear, kept.is_absent) == (9, True, True)
    assert [(one.order_id, one.is_settled) for one in losses.open_losses(db, "p")] == [(order.id, True)]


def test_what_had_its_time_is_settled_by_the_first_attempt_that_shows_it(db: Database) -> None:
    first, second, third = (lost(db, enqueued(db, a_draft(f"https://x.example/{n}"))[0]) for n in range(3))
    with db.transaction():
        evidence.keep_settled(db, [1, 2], 7)
        evidence.keep_settled(db, [2], 9)

    assert {one.order_id: one.settled_by for one in losses.lost_orders(db, "p", NOW)} == {
        first.id: 7, second.id: 7, third.id: None,
    }  # fmt: skip


def test_what_is_asked_again_is_neither_settled_nor_absent_any_longer(db: Database) -> None:
    (order,) = enqueued(db, a_draft())
    after = lost(db, order)
    (found,) = losses.lost_orders(db, "p", NOW)
    with db.transaction():
        evidence.keep_progress(db, [replace(found, settled_by=9, is_clear=True)], [order.id], NOW)

    assert asks.record(db, after, found.attempt_id, NOW, LATER) is not None

    (again,) = losses.lost_orders(db, "p", NOW)
    assert (again.settled_by, again.is_clear, again.is_absent) == (None, False, False)
    assert again.lost_at == LATER
    assert [one.lost_at for one in losses.open_losses(db, "p")] == [LATER]

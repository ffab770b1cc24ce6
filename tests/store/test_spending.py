"""What is spent is counted with the change that spends it, over all that write at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

from tests.support.samples import NOW, a_database, a_draft, an_intent, claim_for_add, enqueued
from tracker.accounts.limits import Cap, Scope, Span
from tracker.lib.times import DAY
from tracker.orders.change import OrderChange
from tracker.orders.order import Order, State
from tracker.orders.resolution import after_release
from tracker.orders.submission import after_crash, before_add
from tracker.store import attempts, changes, orders, renames, spending, tag_edits
from tracker.store.database import Database

JULY = Scope(tag="july")
CHARGE = Decimal("33.3")


def drafted(db: Database, count: int) -> list[Order]:
    drafts = (
        a_draft(f"https://x.example/{n}", panel=f"p{n % 4}", service="2", tags=("july",))
        for n in range(count)
    )
    return enqueued(db, *drafts)


def test_of_many_who_claim_at_once_no_more_get_through_than_fit(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    cap = Cap(JULY, Span.DAY, NOW // DAY * DAY, Decimal(100))
    intent = an_intent(expected_charge=CHARGE)

    def claim(order: Order) -> bool:
        try:
            return attempts.claim(db, before_add(order, intent, None), intent, [cap]) is not None
        finally:
            db.close()

    found = drafted(db, 16)
    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(claim, found))

    assert sum(claimed) == 3
    assert spending.total(db, JULY, 0) == Decimal("99.9")
    assert spending.rooms(db, [cap]) == {cap: Decimal("0.1")}


def test_a_release_gives_back_to_the_day_on_which_it_was_sent(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (order,) = drafted(db, 1)
    intent = an_intent(expected_charge=CHARGE)
    claim_for_add(db, order, intent)
    changes.apply(db, [after_crash(orders.by_id(db, order.id) or order, intent)], NOW)
    assert spending.total(db, JULY, 0) == CHARGE

    changes.apply(db, [after_release(orders.by_id(db, order.id) or order, "me", NOW + DAY)], NOW + DAY)

    assert [spending.total(db, scope, 0) for scope in (JULY, Scope(panel="p0"))] == [0, 0]
    assert spending.total(db, JULY, NOW + DAY) == 0


def test_a_change_that_was_decided_on_an_older_charge_counts_from_the_newest(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (order,) = drafted(db, 1)
    claim_for_add(db, order, an_intent(expected_charge=CHARGE))
    sent = orders.by_id(db, order.id) or order
    active = sent._replace(state=State.ACTIVE, panel_order_id="9")
    changes.apply(db, [OrderChange(sent, active, "taken")], NOW)

    for charge in (Decimal(40), Decimal(50)):  # the second was decided before the first was written
        changes.apply(db, [OrderChange(active, active._replace(charge=charge), "its charge is known")], NOW)

    assert spending.total(db, JULY, 0) == 50


def test_what_was_spent_follows_a_panel_to_its_new_name(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    for order in drafted(db, 5):
        claim_for_add(db, order, an_intent(expected_charge=CHARGE))

    renames.rename(db, "p0", "p1")

    assert spending.total(db, Scope(panel="p0"), 0) == 0
    assert spending.total(db, Scope(panel="p1"), 0) == 3 * CHARGE
    assert spending.total(db, JULY, 0) == 5 * CHARGE


def test_an_order_takes_what_it_has_spent_to_the_tags_that_it_gets(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (order,) = drafted(db, 1)
    claim_for_add(db, order, an_intent(expected_charge=CHARGE))

    tag_edits.edit(db, order.id, ("june",), frozenset({"july"}), NOW)

    assert [spending.total(db, scope, 0) for scope in (JULY, Scope(tag="june"))] == [0, CHARGE]
    assert spending.total(db, Scope(panel="p0"), 0) == CHARGE

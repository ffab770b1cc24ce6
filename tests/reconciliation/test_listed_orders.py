"""What a list of the account's orders proves about lost ones, by table."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import NOW, an_order
from tracker.lib.times import HOUR, MINUTE, SECOND
from tracker.orders.answers import ListedOrder, Listing, Report
from tracker.orders.links import plain_link
from tracker.orders.order import State
from tracker.reconciliation.evidence import Ruling
from tracker.reconciliation.listed_orders import Ledger, OwnOrder, View, verdicts_by_list
from tracker.reconciliation.lost_order import LostOrder

SENT = NOW - HOUR
SETTLE = 15 * MINUTE
RUNNING = Report("Processing", State.ACTIVE, Decimal(300))


def lost(order_id: int = 7, **values: Any) -> LostOrder:
    asked = {name: values.pop(name) for name in ("link", "quantity", "comments") if name in values}
    order = an_order(id=order_id, state=State.UNKNOWN, submitted_at=SENT, **asked)
    return LostOrder(order, order_id, SENT + SECOND, Decimal(300), 103, **{"settled_by": 50, **values})


def row(order_id: str = "105", **values: Any) -> ListedOrder:
    return ListedOrder(
        **{
            "panel_order_id": order_id, "service": "4", "link": "https://x.example/a", "quantity": 100,
            "report": RUNNING, **values,
        }
    )  # fmt: skip


def own(order_id: int, sent_at: int) -> OwnOrder:
    link = f"https://x.example/{order_id}"
    return OwnOrder(an_order(id=order_id, link=link, panel_order_id=str(order_id)), sent_at)


OWN = [own(101, SENT - HOUR), own(104, SENT + MINUTE), own(120, NOW - 5 * MINUTE)]
ROWS = tuple(row(str(one.order.id), link=one.order.link) for one in OWN)


def view(*rows: ListedOrder, **values: Any) -> View:
    owners = {
        str(one.order.id): one for one in OWN if str(one.order.id) in {row.panel_order_id for row in rows}
    }
    ledger = Ledger(owners, [one for one in OWN if one.sent_at >= SENT])
    return View(**{"listing": Listing(rows), "ledger": ledger, "at": NOW, "settle": SETTLE, **values})


def ruling(seen: View, *orders: LostOrder) -> tuple[Ruling, str]:
    verdict = verdicts_by_list(seen, orders or (lost(),))[0]
    return verdict.ruling, verdict.reasons[0]


@pytest.mark.parametrize(
    "found",
    [
        row(), row(link="http://www.X.example/a/"), row(link="x.example/a?"), row(report=RUNNING._replace(charge=None)),
        row(at=SENT), row(report=Report("Canceled", State.CANCELED, Decimal(0))),
    ],
)  # fmt: skip
def test_the_one_row_that_fits_one_lost_order_is_adopted(found: ListedOrder) -> None:
    verdict = verdicts_by_list(view(*ROWS, found), [lost()])[0]

    assert (verdict.ruling, verdict.panel_order_id) == (Ruling.ADOPT, "105")


@pytest.mark.parametrize(
    ("seen", "orders", "why"),
    [
        (view(*ROWS, row(), row("106")), (), "2 fit"),
        (view(*ROWS, row()), (lost(), lost(8)), "it fits order 8 as well"),
        (view(*ROWS, row(), shared="the account is shared"), (), "somebody else"),
        (view(*ROWS, row(), ids_grow=False), (), "nothing shows that it was placed after"),
        (view(*ROWS, row("ord_1")), (), "nothing shows that it was placed after"),
        (view(*ROWS, row(report=RUNNING._replace(charge=Decimal(301)))), (), "does not fit"),
        (view(*ROWS, row(report=None)), (), "does not fit"),
        (view(*ROWS, row(quantity=None)), (), "written otherwise"),
        (view(*ROWS, row(link=None)), (), "written otherwise"),
        (view(*ROWS, row(link="https://x.example/b")), (), "written otherwise"),
    ],
)
def test_what_could_be_another_order_is_held(seen: View, orders: tuple[LostOrder, ...], why: str) -> None:
    found, reason = ruling(seen, *orders)

    assert found is Ruling.HOLD
    assert why in reason


@pytest.mark.parametrize(
    "older", [row("103"), row("99"), row(at=SENT - HOUR), row(service="5", link="https://x.example/b")]
)
def test_what_is_older_or_something_else_is_no_match_and_hides_no_absence(older: ListedOrder) -> None:
    assert ruling(view(*ROWS, older))[0] is Ruling.ABSENT


def test_an_id_that_the_operator_knows_is_nobody_elses() -> None:
    seen = view(*ROWS, row())

    assert (
        ruling(replace(seen, ledger=replace(seen.ledger, acknowledged=frozenset({"105"}))))[0]
        is Ruling.ABSENT
    )


@pytest.mark.parametrize(
    ("seen", "order", "why"),
    [
        (view(), lost(), "no order in it is known to be older"),
        (view(*ROWS[1:]), lost(), "no order in it is known to be older"),
        (view(*ROWS[:1], *ROWS[2:]), lost(), "it lacks 104"),
        (view(*ROWS[:2]), lost(), "it lacks 120"),
        (view(*ROWS, listing=Listing(ROWS, unread=1)), lost(), "cannot be read"),
        (view(row("101", link="https://y.example/"), *ROWS[1:]), lost(), "something else of 101"),
        (view(*ROWS), lost(settled_by=None), "may still arrive"),
        (view(*ROWS), replace(lost(), lost_at=NOW - 10 * MINUTE), "another list"),
    ],
)
def test_an_absence_proves_nothing_in_a_list_that_may_lack_it(seen: View, order: LostOrder, why: str) -> None:
    found, reason = ruling(seen, order)

    assert found is Ruling.HOLD
    assert why in reason


def test_absent_from_a_fresh_list_or_from_two_is_proven() -> None:
    late = replace(lost(), lost_at=NOW - 10 * MINUTE)

    assert ruling(view(*ROWS))[0] is Ruling.ABSENT
    assert ruling(view(*ROWS, missed=frozenset({7})), late)[0] is Ruling.ABSENT


@pytest.mark.parametrize(
    ("link", "plain"),
    [
        ("https://www.Instagram.com/p/AbC/", "instagram.com/p/AbC"), ("instagram.com/p/AbC?", "instagram.com/p/AbC"),
        ("https://m.youtube.com/watch?v=X&amp;t=1#now", "youtube.com/watch?v=X&t=1"), (" @name ", "@name"),
        ("https://x.com/%D9%85", "x.com/م"), ("https://www.com/", "www.com"), ("", ""),
    ],
)  # fmt: skip
def test_links_are_compared_as_panels_write_them(link: str, plain: str) -> None:
    assert plain_link(link) == plain

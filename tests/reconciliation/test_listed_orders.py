"""What a list of the account's orders proves about lost ones, by table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import NOW, an_order
from tracker.lib.times import HOUR, MINUTE, SECOND
from tracker.orders.answers import ListedOrder, Listing, Report
from tracker.orders.links import plain_link
from tracker.orders.order import Series, State
from tracker.reconciliation.evidence import Ruling, Verdict
from tracker.reconciliation.listed_orders import (
    CLOCKS,
    REGISTERS,
    Ledger,
    OwnOrder,
    View,
    is_missing,
    verdicts_by_list,
)
from tracker.reconciliation.lost_order import LostOrder

SENT = NOW - HOUR
SETTLE = 15 * MINUTE
RUNNING = Report("Processing", State.ACTIVE, Decimal(300))


LISTS = "the panel lists 105"
FITS = "with its service, link and quantity, but "
NOT_LATER = "nothing shows that it was placed after this order was sent"
UNFIT = "its charge or its status does not fit"
OTHERWISE = "which may be this order, written otherwise"
NOTHING = "the panel's list has nothing that fits it"


def lost(order_id: int = 7, **values: Any) -> LostOrder:
    asked = {name: values.pop(name) for name in ("link", "quantity", "comments") if name in values}
    order = an_order(id=order_id, state=State.UNKNOWN, submitted_at=SENT, **asked)
    return LostOrder(
        order, order_id, SENT + SECOND, Decimal(300), **{"newest_id": 103, "settled_by": 50, **values}
    )


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


OTHER = "https://x.example/b"
TWO_LINES = lost(quantity=None, comments="one\ntwo")

OWN = [own(101, SENT - HOUR), own(104, SENT + MINUTE), own(120, NOW - 5 * MINUTE)]
ROWS = tuple(row(str(one.order.id), link=one.order.link) for one in OWN)


def view(*rows: ListedOrder, own: Sequence[OwnOrder] = OWN, **values: Any) -> View:
    owners = {
        str(one.order.id): one for one in own if str(one.order.id) in {row.panel_order_id for row in rows}
    }
    ledger = Ledger(owners, [one for one in own if one.sent_at >= SENT])
    return View(**{"listing": Listing(rows), "ledger": ledger, "at": NOW, "settle": SETTLE, **values})


def ruling(seen: View, *orders: LostOrder) -> tuple[Ruling, str]:
    verdict = verdicts_by_list(seen, orders or (lost(),))[0]
    assert verdict.order_id == 7
    return verdict.ruling, verdict.reasons[0]


@pytest.mark.parametrize(
    "found",
    [
        row(), row(link="http://www.X.example/a/"), row(link="x.example/a?"), row(report=RUNNING._replace(charge=None)),
        row(at=SENT), row(at=SENT - CLOCKS), row(report=Report("Canceled", State.CANCELED, Decimal(0))),
    ],
)  # fmt: skip
def test_the_one_row_that_fits_one_lost_order_is_adopted(found: ListedOrder) -> None:
    verdict = verdicts_by_list(view(*ROWS, found), [lost()])[0]

    assert verdict == Verdict(
        7,
        Ruling.ADOPT,
        ("the panel lists 105 with its service, link and quantity, and nothing else that fits",),
        "105",
    )


@pytest.mark.parametrize(
    ("seen", "order"),
    [
        (view(*ROWS, row("99", at=SENT), ids_grow=False), lost()), (view(*ROWS, row(quantity=2)), TWO_LINES),
        (view(*ROWS, row()), replace(lost(), order=an_order(id=7, state=State.UNKNOWN))),
    ],
)  # fmt: skip
def test_what_an_order_is_found_by_depends_on_what_is_known_of_it(seen: View, order: LostOrder) -> None:
    assert ruling(seen, order)[0] is Ruling.ADOPT


@pytest.mark.parametrize(
    ("seen", "orders", "why"),
    [
        (view(*ROWS, row(), row("106")), (), f"{LISTS}, 106 {FITS}2 fit"),
        (view(*ROWS, *(row(str(one)) for one in range(105, 111))), (), f"{LISTS}, 106, 107, 108, 109 {FITS}6 fit"),
        (view(*ROWS, row()), [lost(one) for one in range(7, 14)], f"{LISTS} {FITS}it fits order 8, 9, 10, 11, 12 as well"),
        (view(*ROWS, row(), shared="the account is shared"), (), f"{LISTS} {FITS}it may be somebody else's: the account is shared"),
        (view(*ROWS, row(), ids_grow=False), (), f"{LISTS} {FITS}{NOT_LATER}"),
        (view(*ROWS, row("ord_1")), (), f"the panel lists ord_1 {FITS}{NOT_LATER}"),
        (view(*ROWS, row()), (lost(newest_id=None),), f"{LISTS} {FITS}{NOT_LATER}"),
        (view(*ROWS, row(report=RUNNING._replace(charge=Decimal(301)))), (), f"{LISTS} {FITS}{UNFIT}"),
        (view(*ROWS, row(report=RUNNING._replace(charge=Decimal(299)))), (), f"{LISTS} {FITS}{UNFIT}"),
        (view(*ROWS, row(report=Report("Canceled", State.CANCELED, Decimal(301)))), (), f"{LISTS} {FITS}{UNFIT}"),
        (view(*ROWS, row(report=None)), (), f"{LISTS} {FITS}{UNFIT}"),
        (view(*ROWS, row(quantity=None)), (), f"{LISTS}, {OTHERWISE}"),
        (view(*ROWS, row(service=None)), (), f"{LISTS}, {OTHERWISE}"),
        (view(*ROWS, row(service="5")), (), f"{LISTS}, {OTHERWISE}"),
        (view(*ROWS, row(quantity=101)), (), f"{LISTS}, {OTHERWISE}"),
        (view(*ROWS, row(link=None)), (), f"{LISTS}, {OTHERWISE}"),
        (view(*ROWS, row(link=OTHER, service=None)), (), f"{LISTS}, {OTHERWISE}"),
        (view(*ROWS, row(link=OTHER, quantity=None)), (), f"{LISTS}, {OTHERWISE}"),
        (view(*ROWS, row(quantity=3)), (TWO_LINES,), f"{LISTS}, {OTHERWISE}"),
        (view(*ROWS, row(link=OTHER, quantity=2)), (TWO_LINES,), f"{LISTS}, {OTHERWISE}"),
        (view(*ROWS, row(link=OTHER, quantity=2)), (lost(quantity=None),), f"{LISTS}, {OTHERWISE}"),
        (view(*ROWS, row(link=None, quantity=None, service=None)), (), f"{LISTS}, {OTHERWISE}"),
        (view(*ROWS, *(row(str(one), link=OTHER) for one in range(105, 111))), (),
         f"{LISTS}, 106, 107, 108, 109, {OTHERWISE}"),
    ],
)  # fmt: skip
def test_what_could_be_another_order_is_held(seen: View, orders: Sequence[LostOrder], why: str) -> None:
    assert ruling(seen, *orders) == (Ruling.HOLD, why)


@pytest.mark.parametrize(
    ("other", "order"),
    [
        (row("103"), lost()), (row("99"), lost()), (row(at=SENT - CLOCKS - 1), lost()), (row(service="5", link=OTHER), lost()),
        (row(service="5", quantity=101), lost()), (row(link=OTHER, quantity=101), lost()),
        (row(link=OTHER, quantity=3), TWO_LINES), (row(service="5", link=OTHER), lost(quantity=None)),
    ],
)  # fmt: skip
def test_what_is_older_or_something_else_is_no_match_and_hides_no_absence(
    other: ListedOrder, order: LostOrder
) -> None:
    assert ruling(view(*ROWS, other), order)[0] is Ruling.ABSENT


DRIP = lost(quantity=100)
DRIP = replace(DRIP, order=DRIP.order._replace(fields={"runs": "5"}, units=500, series=Series.RUNS))
RUNS = Report("In progress", State.ACTIVE, None, series=Series.RUNS, length=5, parts=("106",))
PACKAGE = replace(lost(), order=lost().order._replace(quantity=1000, units=0))


@pytest.mark.parametrize("quantity", [100, 500])
def test_a_drip_feed_is_listed_with_what_one_run_or_all_are_for(quantity: int) -> None:
    assert ruling(view(*ROWS, row(report=RUNS, quantity=quantity)), DRIP)[0] is Ruling.ADOPT


def test_a_package_is_listed_with_any_quantity() -> None:
    assert ruling(view(*ROWS, row(quantity=1)), PACKAGE)[0] is Ruling.ADOPT


def test_what_is_or_may_be_a_part_of_an_own_order_is_not_adopted() -> None:
    seen = view(*ROWS, row())
    part = replace(seen, ledger=replace(seen.ledger, parts=frozenset({"105"})))
    perhaps = replace(seen, ledger=replace(seen.ledger, perhaps_parts=frozenset({"105"})))

    assert ruling(part)[0] is Ruling.ABSENT
    assert ruling(perhaps) == (
        Ruling.HOLD,
        f"{LISTS} {FITS}it may be a part of another order from here",
    )
    assert ruling(view(*ROWS, row(report=RUNS)))[0] is Ruling.HOLD


def test_an_id_that_the_operator_knows_is_nobody_elses() -> None:
    seen = view(*ROWS, row())

    assert (
        ruling(replace(seen, ledger=replace(seen.ledger, acknowledged=frozenset({"105"}))))[0]
        is Ruling.ABSENT
    )


@pytest.mark.parametrize(
    ("seen", "order", "why"),
    [
        (view(), lost(), f"{NOTHING}, but no order in it is known to be older"),
        (view(*ROWS[1:]), lost(), f"{NOTHING}, but no order in it is known to be older"),
        (view(*ROWS[:1], *ROWS[2:]), lost(), f"{NOTHING}, but it lacks 104, which was sent later"),
        (view(*ROWS[:2]), lost(), f"{NOTHING}, but it lacks 120, which was sent later"),
        (view(*ROWS[:1]), lost(), f"{NOTHING}, but it lacks 104, 120, which was sent later"),
        (view(*ROWS, listing=Listing(ROWS, unread=1)), lost(), f"{NOTHING}, but some of its rows cannot be read"),
        (view(row("101", link="https://y.example/"), *ROWS[1:]), lost(),
         f"{NOTHING}, but it says something else of 101 than what was ordered here"),
        (view(*ROWS), lost(settled_by=None), f"{NOTHING}; it may still arrive"),
        (view(*ROWS), replace(lost(), lost_at=NOW - 10 * MINUTE), f"{NOTHING}; another list must show the same"),
        (view(*ROWS), replace(lost(), lost_at=NOW - 20 * MINUTE + 1), f"{NOTHING}; another list must show the same"),
    ],
)  # fmt: skip
def test_an_absence_proves_nothing_in_a_list_that_may_lack_it(seen: View, order: LostOrder, why: str) -> None:
    assert ruling(seen, order) == (Ruling.HOLD, why)


def seen_of(*sent_at: int, listed: int, link: str | None = None) -> View:
    """A list with the first few of our own orders, sent at these times."""
    own_ones = [own(111 + at, one) for at, one in enumerate(sent_at)]
    rows = [row(str(one.order.id), link=link or one.order.link) for one in own_ones[:listed]]
    return view(*rows, own=own_ones)


OLDER, FRESH = SENT - HOUR, NOW - 5 * MINUTE


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (seen_of(SENT, FRESH, listed=2), f"{NOTHING}, but no order in it is known to be older"),
        (seen_of(SENT - 1, FRESH, SENT, listed=2), f"{NOTHING}, but it lacks 113, which was sent later"),
        (seen_of(OLDER, FRESH, NOW - REGISTERS - 1, listed=2), f"{NOTHING}, but it lacks 113, which was sent later"),
        (seen_of(OLDER, FRESH, *[NOW - 2 * MINUTE] * 6, listed=2),
         f"{NOTHING}, but it lacks 113, 114, 115, 116, 117, which was sent later"),
        (seen_of(OLDER, *[FRESH] * 5, listed=6, link="https://y.example/"),
         f"{NOTHING}, but it says something else of 111, 112, 113, 114, 115 than what was ordered here"),
    ],
)  # fmt: skip
def test_a_list_that_lacks_own_orders_proves_no_absence(seen: View, why: str) -> None:
    assert ruling(seen) == (Ruling.HOLD, why)


@pytest.mark.parametrize(
    "seen",
    [
        seen_of(OLDER, FRESH, NOW - REGISTERS, listed=2), seen_of(OLDER, FRESH, NOW - 1, listed=2), seen_of(OLDER, NOW, listed=2),
    ],
)  # fmt: skip
def test_a_list_need_not_have_what_was_sent_just_before_it_was_made(seen: View) -> None:
    assert ruling(seen)[0] is Ruling.ABSENT


@pytest.mark.parametrize("is_clear", [True, False])
def test_absent_from_a_fresh_list_or_from_two_is_proven(is_clear: bool) -> None:
    late = replace(lost(), lost_at=NOW - 10 * MINUTE)
    why = "the panel's list of orders reaches back before it, without it"

    assert verdicts_by_list(view(*ROWS), [lost(is_clear=is_clear)]) == [
        Verdict(7, Ruling.ABSENT, (why,), is_proven_twice=is_clear)
    ]
    assert ruling(view(*ROWS), replace(lost(), lost_at=NOW - 20 * MINUTE))[0] is Ruling.ABSENT
    assert ruling(view(*ROWS, missed=frozenset({7})), late)[0] is Ruling.ABSENT


@pytest.mark.parametrize(
    ("seen", "order", "missing"),
    [
        (view(*ROWS), lost(), True), (view(*ROWS), lost(settled_by=None), False), (view(*ROWS, row(link=None)), lost(), False),
        (view(*ROWS[1:]), lost(), False),
    ],
)  # fmt: skip
def test_an_order_is_missing_in_a_list_that_can_be_trusted_after_its_settle_time(
    seen: View, order: LostOrder, missing: bool
) -> None:
    assert is_missing(seen, order) is missing


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

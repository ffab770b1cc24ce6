"""Which limit an order reaches, by table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from tests.support.samples import an_order
from tracker.accounts.limits import Cap, Limits, Now, Rules, Scope, Span, fits, reached
from tracker.lib.times import HOUR, SECOND
from tracker.orders.order import Held, Order

PANEL, TAG = Scope(panel="p"), Scope(tag="july")
DAY = Cap(PANEL, Span.DAY, 0, Decimal(100))
MONTH = Cap(TAG, Span.MONTH, 0, Decimal(1000))


def kind_of(
    order: Order, now: Now, limits: dict[Scope, Limits], rooms: dict[Cap, Decimal] | None = None
) -> Held | None:
    found = reached(order, now, limits, rooms or {})
    return None if found is None else found.kind


@pytest.mark.parametrize(
    ("limit", "queued_at", "now", "kind"),
    [
        (Limits(), None, Now(None, None), None),
        (Limits(max_price=Decimal(2)), None, Now(Decimal(2), Decimal(200)), None),
        (Limits(max_price=Decimal(2)), None, Now(Decimal("2.000001"), Decimal(200)), Held.MAX_PRICE),
        (Limits(max_price=Decimal(2)), None, Now(None, None), Held.MAX_PRICE),
        (Limits(price_jump=Decimal("0.2")), Decimal(10), Now(Decimal(12), Decimal(1)), None),
        (
            Limits(price_jump=Decimal("0.2")),
            Decimal(10),
            Now(Decimal("12.0001"), Decimal(1)),
            Held.PRICE_JUMP,
        ),
        (Limits(price_jump=Decimal("0.2")), Decimal(10), Now(None, Decimal(1)), Held.PRICE_JUMP),
        (Limits(price_jump=Decimal("0.2")), None, Now(Decimal(99), Decimal(1)), None),
        (Limits(price_jump=Decimal(0)), Decimal(10), Now(Decimal(9), Decimal(1)), None),
        (Limits(approve_above=Decimal(50)), None, Now(Decimal(1), Decimal(50)), None),
        (Limits(approve_above=Decimal(50)), None, Now(Decimal(1), Decimal("50.01")), Held.APPROVAL),
        (Limits(approve_above=Decimal(50)), None, Now(Decimal(1), None), Held.APPROVAL),
        (
            Limits(max_price=Decimal(2), approve_above=Decimal(50)),
            None,
            Now(Decimal(3), Decimal(51)),
            Held.MAX_PRICE,
        ),
    ],
)
def test_an_order_is_held_by_the_first_limit_that_it_reaches(
    limit: Limits, queued_at: Decimal | None, now: Now, kind: Held | None
) -> None:
    order = an_order(price=queued_at)

    assert kind_of(order, now, {PANEL: limit}) is kind
    assert kind_of(order, now, {PANEL: Limits(), TAG: limit}) is kind


@pytest.mark.parametrize(
    ("charge", "day", "month", "kind"),
    [
        (Decimal(40), Decimal(40), Decimal(40), None),
        (Decimal("40.01"), Decimal(40), Decimal(1000), Held.SPEND),
        (Decimal(40), Decimal(1000), Decimal("39.99"), Held.SPEND),
        (Decimal(0), Decimal(0), Decimal(0), None),
        (None, Decimal(100), Decimal(1000), Held.SPEND),
        (Decimal(1), Decimal(-5), Decimal(1000), Held.SPEND),
    ],
)
def test_an_order_must_fit_every_limit_on_spending(
    charge: Decimal | None, day: Decimal, month: Decimal, kind: Held | None
) -> None:
    rooms = {DAY: day, MONTH: month}

    assert kind_of(an_order(), Now(Decimal(1), charge), {}, rooms) is kind
    assert fits(charge, rooms) is (kind is None)


@pytest.mark.parametrize(
    ("price", "now", "jump", "kind"),
    [
        (Decimal(3), Decimal(3), None, None),
        (Decimal(3), Decimal("3.01"), None, Held.MAX_PRICE),
        (Decimal(3), Decimal("3.6"), Decimal("0.2"), None),
        (Decimal(3), Decimal("3.61"), Decimal("0.2"), Held.MAX_PRICE),
        (Decimal(3), Decimal(1), None, None),
        (None, Decimal(9), None, None),
    ],
)
def test_what_is_approved_goes_at_its_price_and_up_to_the_jump_that_is_allowed(
    price: Decimal | None, now: Decimal, jump: Decimal | None, kind: Held | None
) -> None:
    order = an_order(price=price, approved_at=1)
    limit = Limits(max_price=Decimal(2), approve_above=Decimal(1), price_jump=jump)

    assert kind_of(order, Now(now, Decimal(300)), {PANEL: limit}) is kind


def test_an_approval_lifts_no_limit_on_spending() -> None:
    order = an_order(price=Decimal(1), approved_at=1)

    assert (
        kind_of(
            order, Now(Decimal(1), Decimal(60)), {PANEL: Limits(approve_above=Decimal(1))}, {DAY: Decimal(50)}
        )
        is Held.SPEND
    )


@pytest.mark.parametrize(
    ("charge", "room", "why"),
    [
        (Decimal(60), Decimal(50), "it costs 60 T: with it, panel p would spend more than 100 T today"),
        (Decimal(101), Decimal(100), "it costs 101 T by itself, and panel p may spend 100 T a day"),
        (None, Decimal(100), "what it costs cannot be known before, and panel p may spend 100 T a day"),
    ],
)
def test_the_sentence_names_the_limit_and_whose_it_is(
    charge: Decimal | None, room: Decimal, why: str
) -> None:
    found = reached(an_order(), Now(Decimal(1), charge, "T"), {}, {DAY: room})

    assert found is not None
    assert found.why == why


def test_days_and_months_begin_in_the_zone_of_the_config() -> None:
    rules = Rules({PANEL: Limits(day=Decimal(1), month=Decimal(2))}, timezone(timedelta(hours=3, minutes=30)))
    at = int(datetime(2026, 10, 31, 21, 0, tzinfo=UTC).timestamp()) * SECOND  # the first of November there

    day, month = rules.caps(rules.limits, at)

    assert (day.span, day.since) == (Span.DAY, at - HOUR // 2)
    assert (month.span, month.since) == (Span.MONTH, at - HOUR // 2)


def test_only_the_limits_of_the_panel_and_the_tags_concern_an_order() -> None:
    other = Scope(tag="june")
    rules = Rules({PANEL: Limits(day=Decimal(1)), TAG: Limits(day=Decimal(2)), other: Limits(day=Decimal(3))})

    assert set(rules.concerning("p", ["july", "none"])) == {PANEL, TAG}
    assert set(rules.concerning("q", ["june"])) == {other}

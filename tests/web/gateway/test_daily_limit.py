"""What a client's orders of one day cost together stays within its limit."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.gateways import OTHER_KEY, Gateway
from tests.support.samples import NOW
from tests.web.gateway.test_add import move
from tracker.lib.moments import day_begin
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.orders.order import State

REACHED = {"error": "Not enough funds on balance: today's limit would be passed"}


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    """Its orders cost 50 each."""
    made = Gateway(tmp_path, limit="120")
    made.read_catalogue()
    return made


def test_orders_are_queued_up_to_the_limit(gateway: Gateway) -> None:
    assert [gateway.add(), gateway.add(), gateway.add()] == [{"order": 1}, {"order": 2}, REACHED]
    assert gateway.add(quantity="40") == {"order": 3}
    assert gateway.add(quantity="10") == REACHED
    assert gateway.add(key=OTHER_KEY) == {"order": 4}


def test_a_repeat_is_answered_beyond_the_limit(gateway: Gateway) -> None:
    first = gateway.add(ref="r-1")
    gateway.add()
    gateway.add(quantity="40")

    assert gateway.add(ref="r-1") == first
    assert gateway.add(ref="r-2") == REACHED


def test_a_new_day_has_a_new_limit(gateway: Gateway) -> None:
    gateway.add()
    gateway.add()
    gateway.now += DAY

    assert gateway.add() == {"order": 3}


ENDS = [
    ((State.REJECTED,), {}, True),
    ((State.DROPPED,), {}, True),
    ((State.SUBMITTING, State.ACTIVE, State.CANCELED), {"panel_order_id": "9"}, True),
    ((State.SUBMITTING, State.ACTIVE, State.PARTIAL), {"panel_order_id": "9", "charge": Decimal(5)}, True),
    ((State.SUBMITTING, State.ACTIVE, State.COMPLETED), {"panel_order_id": "9"}, False),
    ((State.SUBMITTING, State.UNKNOWN), {}, False),
]


@pytest.mark.parametrize(("states", "values", "has_room"), ENDS)
def test_orders_count_with_what_they_really_cost(
    gateway: Gateway, states: tuple[State, ...], values: dict[str, Any], has_room: bool
) -> None:
    gateway.add()
    gateway.add()
    move(gateway, gateway.orders()[0], *states, attempts=1, **values)
    gateway.now += SECOND

    assert gateway.add() == ({"order": 3} if has_room else REACHED)


def test_an_order_that_costs_more_than_it_should_is_seen_within_a_minute(gateway: Gateway) -> None:
    gateway.add()
    move(
        gateway,
        gateway.orders()[0],
        State.SUBMITTING,
        State.ACTIVE,
        attempts=1,
        panel_order_id="9",
        charge=Decimal(100),
    )
    gateway.now += MINUTE

    assert gateway.add() == REACHED
    assert gateway.add(quantity="40") == {"order": 2}


def test_an_order_of_unknown_price_is_refused_under_a_limit(gateway: Gateway) -> None:
    error = "the price of this service is not known yet, and your orders of a day have a limit"

    assert gateway.add(service="5") == {"error": error}
    assert gateway.ask("add", service="4", username="u", min="20", max="30") == {"error": error}
    assert gateway.add(service="5", key=OTHER_KEY) == {"order": 1}


def test_one_limit_is_not_kept_in_two_currencies(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, ("p", "q"), limit="120")
    for panel, currency in (("p", "USD"), ("q", "Tomans")):
        gateway.read_catalogue(panel=panel)
        gateway.read_balance("9", currency, panel)

    assert gateway.add(service="p:1") == {
        "error": "your panels have different currencies, and your orders of a day have one limit"
    }


def test_a_limit_that_is_new_counts_what_was_queued_before_it(tmp_path: Path) -> None:
    before = Gateway(tmp_path)
    before.add()
    before.read_catalogue()
    before.add()
    after = Gateway(tmp_path, limit="120")

    assert after.add()["error"].startswith("what another of today's orders costs is not known yet")


def test_threads_at_once_never_exceed_it(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, limit="500")
    gateway.read_catalogue()
    answers: list[Any] = []

    def order() -> None:
        answers.extend(gateway.add() for _ in range(5))
        gateway.db.close()

    threads = [threading.Thread(target=order) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(gateway.orders()) == 10
    assert answers.count(REACHED) == 20


def counted_at(gateway: Gateway) -> int:
    """When the orders of the day were added up last, after the test began."""
    return int(gateway.db.sql("SELECT counted_at FROM client_days")[0][0]) - NOW


def test_a_busy_day_is_not_added_up_at_each_order(gateway: Gateway) -> None:
    for _ in range(12):
        gateway.add(quantity="10")
    gateway.add()
    gateway.now += 5_000

    assert gateway.add() == REACHED
    assert counted_at(gateway) == 0
    gateway.now += 20_000
    assert gateway.add() == REACHED
    assert counted_at(gateway) == 25_000


TEHRAN = timezone(timedelta(hours=3, minutes=30))


@pytest.mark.parametrize(
    ("now", "zone", "began"),
    [
        (datetime(2026, 11, 27, 21, 0, tzinfo=UTC), TEHRAN, datetime(2026, 11, 27, 20, 30, tzinfo=UTC)),
        (datetime(2026, 11, 27, 20, 0, tzinfo=UTC), TEHRAN, datetime(2026, 11, 26, 20, 30, tzinfo=UTC)),
        (
            datetime(2026, 3, 29, 10, 0, tzinfo=UTC),
            ZoneInfo("Europe/Berlin"),
            datetime(2026, 3, 28, 23, tzinfo=UTC),
        ),
        (
            datetime(2026, 10, 25, 22, 0, tzinfo=UTC),
            ZoneInfo("Europe/Berlin"),
            datetime(2026, 10, 24, 22, tzinfo=UTC),
        ),
    ],
)
def test_a_day_begins_at_midnight_in_its_zone(now: datetime, zone: Any, began: datetime) -> None:
    assert day_begin(int(now.timestamp()) * SECOND, zone) == int(began.timestamp()) * SECOND


def test_without_a_zone_the_machines_own_counts() -> None:
    began = day_begin(NOW, None)

    assert 0 <= NOW - began < 25 * HOUR
    assert datetime.fromtimestamp(began / SECOND).hour == 0  # noqa: DTZ006

"""What an order's bill is, and what the orders of a service come to."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import NOW, an_order
from tracker.lib.spans import bucket_of, middle_of, quantile
from tracker.lib.times import DAY, HOUR, SECOND
from tracker.orders.answers import Report
from tracker.orders.bill import Bill, bill
from tracker.orders.change import OrderChange
from tracker.orders.order import State
from tracker.orders.start import started_at
from tracker.orders.worth import Figures, figures, moved, worth


def ended(state: State, **values: Any) -> Any:
    known = {
        "charge": Decimal(10), "expected_charge": Decimal(10), "submitted_at": NOW, "finished_at": NOW + HOUR,
        "attempts": 1,
    }  # fmt: skip
    return an_order(state=state, **{**known, **values})


BILLS: list[tuple[str, Any, Bill | None]] = [
    ("a completed order keeps its charge", ended(State.COMPLETED), Bill(Decimal(10))),
    (
        "the panel's charge counts, not the catalogue's",
        ended(State.COMPLETED, charge=Decimal(9)),
        Bill(Decimal(9)),
    ),
    ("a canceled order comes back whole", ended(State.CANCELED), Bill(Decimal(10), Decimal(10))),
    (
        "a panel that says what it keeps is believed",
        ended(State.CANCELED, charge=Decimal(4), paid=Decimal(10)),
        Bill(Decimal(10), Decimal(6)),
    ),
    (
        "what was taken is what was said before the end, whatever the catalogue says",
        ended(State.CANCELED, charge=Decimal(9), paid=Decimal(9)),
        Bill(Decimal(9), Decimal(9)),
    ),
    (
        "of a partial order the share that was not delivered comes back",
        ended(State.PARTIAL, remains=25),
        Bill(Decimal(10), Decimal("2.5")),
    ),
    (
        "an endless share is rounded down",
        ended(State.PARTIAL, remains=1, quantity=3),
        Bill(Decimal(10), Decimal("3.33333")),
    ),
    (
        "of a partial order without a count nothing is known to come back",
        ended(State.PARTIAL),
        Bill(Decimal(10), None),
    ),
    ("a failed order promises nothing", ended(State.FAILED), Bill(Decimal(10))),
    (
        "a failed order whose charge sank gives the rest back",
        ended(State.FAILED, charge=Decimal(0)),
        Bill(Decimal(10), Decimal(10)),
    ),
    (
        "an order of unknown price has no bill",
        ended(State.COMPLETED, charge=None, expected_charge=None),
        None,
    ),
    ("an unknown order has none", ended(State.UNKNOWN), None),
]


@pytest.mark.parametrize(("order", "expected"), [row[1:] for row in BILLS], ids=[row[0] for row in BILLS])
def test_a_bill_is_what_was_taken_and_what_is_to_come_back(order: Any, expected: Bill | None) -> None:
    assert bill(order) == expected


@pytest.mark.parametrize(
    ("report", "started"),
    [
        (Report("Pending", State.ACTIVE), None),
        (Report("In Queue", State.ACTIVE), NOW),
        (Report("cron_pending", State.ACTIVE, remains=100), None),
        (Report("Pending", State.ACTIVE, remains=99), NOW),
        (Report("In progress", State.ACTIVE), NOW),
        (Report("Completed", State.COMPLETED), NOW),
        (Report("Canceled", State.CANCELED), None),
        (Report("some new word", None), None),
    ],
)
def test_an_order_has_started_once_the_panel_shows_work_on_it(report: Report, started: int | None) -> None:
    assert started_at(an_order(state=State.ACTIVE), report, NOW) == started
    assert started_at(an_order(state=State.ACTIVE, started_at=NOW - 1), report, NOW) == NOW - 1


def test_a_bucket_is_at_most_five_percent_off_what_is_in_it() -> None:
    chance = random.Random(3)
    for _ in range(2000):
        span = round(SECOND * 10 ** chance.uniform(0, 7.5))
        assert abs(middle_of(bucket_of(span)) - span) <= span * 0.05


def test_quantiles_are_right_to_five_percent() -> None:
    chance = random.Random(4)
    spans = sorted(round(chance.lognormvariate(8, 1) * SECOND) for _ in range(5000))
    counts: dict[int, int] = {}
    for span in spans:
        counts[bucket_of(span)] = counts.get(bucket_of(span), 0) + 1

    for share in (0.5, 0.9):
        true = spans[int(share * len(spans)) - 1]
        assert abs((quantile(counts, share) or 0) - true) <= true * 0.05
    assert quantile({}, 0.5) is None


def test_an_end_that_changes_later_takes_its_figures_back() -> None:
    active = ended(State.ACTIVE, finished_at=None)
    partial = ended(State.PARTIAL, remains=25, started_at=NOW + SECOND)
    canceled = partial._replace(state=State.CANCELED, finished_at=NOW + DAY)

    first = moved([OrderChange(active, partial, "")])["p", "4"]
    second = moved([OrderChange(partial, canceled, "")])["p", "4"]
    back = moved([OrderChange(canceled, active, "")])["p", "4"]

    assert first == figures(partial)
    assert first.plus(second) == figures(canceled)
    assert first.plus(second).plus(back) == Figures()


def test_the_worth_of_a_service_is_told_by_its_orders() -> None:
    orders = [
        *[ended(State.COMPLETED, started_at=NOW + 60 * SECOND)] * 8,
        ended(State.PARTIAL, remains=50),
        ended(State.CANCELED, remains=100),
    ]
    total = Figures()
    for one in orders:
        total = total.plus(figures(one))
    found = worth(total)

    assert (found.orders, found.completed, found.partial, found.canceled) == (10, 8, 1, 1)
    assert found.share(State.PARTIAL) == 0.1
    assert (found.paid, found.refunded, found.delivered) == (Decimal(100), Decimal(15), 850)
    assert found.unit_price == Decimal("0.1")
    assert found.start_median == pytest.approx(60 * SECOND, rel=0.05)
    assert found.end_90 == pytest.approx(HOUR, rel=0.05)

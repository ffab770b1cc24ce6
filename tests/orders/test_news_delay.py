"""How late the end of an order was noticed, at most."""

from __future__ import annotations

import pytest

from tests.support.samples import NOW, an_order
from tracker.lib.times import HOUR, MINUTE
from tracker.orders.change import OrderChange
from tracker.orders.order import Order, State
from tracker.orders.status import news_delay

ACTIVE = an_order(state=State.ACTIVE, submitted_at=NOW - HOUR, checked_at=NOW - MINUTE)
DONE = ACTIVE._replace(state=State.COMPLETED)


@pytest.mark.parametrize(
    ("before", "after", "clock_set_at", "late"),
    [
        (ACTIVE, DONE, 0, MINUTE),
        (ACTIVE._replace(checked_at=None), DONE, 0, HOUR),
        (ACTIVE._replace(checked_at=None, submitted_at=None, created_at=NOW - 2), DONE, 0, 2),
        (ACTIVE, ACTIVE._replace(remains=5), 0, None),
        (DONE, DONE._replace(state=State.CANCELED), 0, None),
        (ACTIVE, DONE, NOW - MINUTE, None),
        (ACTIVE._replace(checked_at=NOW + 1), DONE, 0, None),
    ],
    ids=["asked", "sent", "queued", "no end", "another end", "clock set since", "asked in the future"],
)
def test_news_is_as_late_as_the_order_was_last_asked_about(
    before: Order, after: Order, clock_set_at: int, late: int | None
) -> None:
    assert news_delay(OrderChange(before, after, ""), clock_set_at, NOW) == late

"""How far an order is, and when it should end."""

from __future__ import annotations

import pytest

from tests.support.samples import NOW
from tracker.lib.times import HOUR, MINUTE
from tracker.orders.order import Order, State
from tracker.orders.progress import progress

ORDER = Order(
    1, "p", "2", "https://x.example", 1000, None, {}, None, State.ACTIVE, NOW - 2 * HOUR,
    submitted_at=NOW - HOUR, checked_at=NOW, remains=750,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "usual", "share", "ends_in"),
    [
        ({}, None, 0.25, 3 * HOUR),
        ({}, 10 * HOUR, 0.25, 3 * HOUR),
        ({"checked_at": NOW - 30 * MINUTE}, None, 0.25, HOUR),
        ({"remains": 0}, None, 1.0, 0),
        ({"remains": 1000}, None, 0.0, None),
        ({"remains": 1000}, 90 * MINUTE, 0.0, 30 * MINUTE),
        ({"remains": 1000}, 30 * MINUTE, 0.0, None),
        ({"remains": None}, 90 * MINUTE, None, 30 * MINUTE),
        ({"remains": 2000}, None, 0.0, None),
        ({"quantity": None}, None, None, None),
        ({"submitted_at": None}, HOUR, 0.25, None),
        ({"checked_at": NOW + HOUR}, None, 0.25, 3 * HOUR),
    ],
)
def test_the_end_is_estimated_by_the_own_rate_else_by_what_is_usual(
    changes: dict[str, int | None], usual: int | None, share: float | None, ends_in: int | None
) -> None:
    found = progress(ORDER._replace(**changes), NOW, usual)  # type: ignore[arg-type]

    assert (found.share, found.ends_in) == (share, ends_in)

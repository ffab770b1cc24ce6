"""What planned orders cost, what the wallet lacks for them, and how long they take."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.samples import a_draft
from tracker.accounts.plan import Pace, Plan, Tally, Wallet, pace, usual_time
from tracker.lib.times import MINUTE, SECOND
from tracker.orders.answers import Service
from tracker.orders.order import Draft

LIKES = Service("4", "Likes", Decimal("0.5"))
POSTS = Service("9", "Posts", Decimal("0.5"), type="Subscriptions")


def tally(*drafts: Draft) -> Tally:
    counted = Tally()
    for draft in drafts:
        counted.add(draft, {"4": LIKES, "9": POSTS}.get(draft.service))
    return counted


def test_a_tally_adds_up_what_is_known_and_counts_the_rest() -> None:
    posts = {"username": "u", "min": "10", "max": "20"}
    found = tally(
        a_draft(),
        a_draft(quantity=3),
        a_draft(service="7"),
        a_draft(service="9", quantity=None, fields=posts),
    )

    assert (found.orders, found.cost, found.unpriced, found.subscriptions) == (4, Decimal("51.5"), 2, 1)
    assert found.services == {"4": 2, "7": 1, "9": 1}


@pytest.mark.parametrize(
    ("adds", "each", "is_measured"),
    [
        ([], SECOND // 5, False),
        ([(0, SECOND // 100)], SECOND // 5, True),
        ([(0, 3 * SECOND)], 3 * SECOND, True),
        ([(n * 4 * SECOND, n * 4 * SECOND + SECOND) for n in range(6)], 4 * SECOND, True),
        ([(n * 5 * MINUTE, n * 5 * MINUTE + SECOND) for n in range(6)], SECOND, True),
        ([(10, 5), (9, 1), (0, 0)], SECOND // 5, True),
    ],
)
def test_the_pace_is_that_of_the_answers_the_gaps_or_the_rate_limit(
    adds: list[tuple[int, int]], each: int, is_measured: bool
) -> None:
    assert pace(adds, 5.0) == Pace(each, is_measured)


def test_the_usual_time_is_within_which_most_were_done() -> None:
    assert usual_time([]) is None
    assert usual_time([7]) == 7
    assert usual_time(list(range(100))) == 90


@pytest.mark.parametrize(
    ("balance", "missing"), [(None, None), ("100", "0"), ("75", "0"), ("74.99", "0.01"), ("0", "75")]
)
def test_what_is_missing_counts_the_orders_before(balance: str | None, missing: str | None) -> None:
    wallet = Wallet(None if balance is None else Decimal(balance))
    plan = Plan(tally(a_draft()), tally(a_draft(quantity=50)), wallet, Pace(SECOND, True), {"4": MINUTE})

    assert plan.missing == (None if missing is None else Decimal(missing))
    assert (plan.sent_in, plan.done_in, plan.slowest, plan.untimed) == (
        2 * SECOND,
        MINUTE + 2 * SECOND,
        "4",
        [],
    )


def test_it_is_not_known_when_all_is_done_while_the_time_of_one_service_is_not() -> None:
    plan = Plan(tally(a_draft(), a_draft(service="7")), Tally(), Wallet(), Pace(SECOND, False), {"4": MINUTE})

    assert (plan.done_in, plan.slowest, plan.untimed) == (None, "4", ["7"])
    assert Plan(Tally(), tally(a_draft()), Wallet(), Pace(SECOND, False)).sent_in == 0
